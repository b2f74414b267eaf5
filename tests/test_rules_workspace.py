"""Rules in a workspace: declared in workspace.toml, written as labels of kind rule, run again, and the command line."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from small_workspace import N, make

from workbench import Workspace
from workbench.cli import main
from workbench.errors import BadRequest, BadSettings, UnknownName

ODD = '[rules.odd]\nkind = "regex"\npattern = "[13579]$"\nmatch = "fail"\n'


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    """Forty traces, the answer of each is "answer N"; two more have no answer, and one has an expected one."""
    made = make(tmp_path / "w", with_map=False)
    more: list[dict[str, Any]] = [{"trace_id": "t-none"}, {"trace_id": "t-meta", "output": "blue"}]
    more[1]["metadata"] = {"expected": {"colour": "blue"}, "list": [1]}
    filled = {"started_at": datetime(2026, 11, 1, tzinfo=UTC), "source": "made", "input": "q", "text_hash": "x"}
    with made.store.writing(), made.store.new_batch() as batch:
        batch.add_traces([{**filled, **row} for row in more])
        batch.commit({"traces": 2, "rows": 2})
    return made


def with_rules(ws: Workspace, text: str) -> Workspace:
    (ws.path / "workspace.toml").write_text(text, encoding="utf-8")
    return Workspace(ws.path)


def cli(capsys: Any, monkeypatch: Any, *arguments: object) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["workbench", *map(str, arguments)])
    try:
        main()
        code = 0
    except SystemExit as stop:
        code = int(stop.code or 0)
    told = capsys.readouterr()
    return code, told.out, told.err


def test_what_a_rule_says_becomes_labels_of_its_kind(ws: Workspace) -> None:
    ws = with_rules(ws, ODD)
    made = ws.run_rules().rules[0]
    assert (made.checked, made.passed, made.failed, made.not_applicable, made.problems) == (
        N + 1,
        N // 2 + 1,
        N // 2,
        1,
        0,
    )
    labels = ws.labels()
    assert len(labels) == made.new == N + 1
    assert set(labels["annotator"]) == {"odd"} and set(labels["annotator_kind"]) == {"rule"}
    assert set(labels["dimension"]) == {"outcome"}
    failed = labels[labels["value"] == "fail"]
    assert set(failed["note"]) == {"the pattern is found"} and labels["note"].notna().sum() == len(failed)
    told = ws.traces(columns=["trace_id", "output"]).set_index("trace_id")["output"]
    assert all(told[trace_id][-1] in "13579" for trace_id in failed["trace_id"])


def test_a_second_run_adds_nothing_and_another_definition_says_everything_anew(ws: Workspace) -> None:
    ws = with_rules(ws, ODD)
    ws.run_rules()
    again = ws.run_rules()
    assert again.new == 0 and ws.store.n_labels() == N + 1
    ws = with_rules(ws, ODD.replace("[13579]$", "[13579]\\\\b"))  # says the same of every text
    assert ws.run_rules().new == N + 1 and ws.store.n_labels() == 2 * (N + 1)
    assert ws.run_rules().new == 0
    ws = with_rules(ws, ODD + "where = \"trace_id < 't-10'\"\n")
    made = ws.run_rules().rules[0]
    assert made.new == 10 - 1 and made.withdrawn == N + 1 - made.new, "t-05 is called otherwise"
    assert len(ws.labels()) == made.new


def test_only_some_traces_and_only_some_rules(ws: Workspace) -> None:
    ws = with_rules(ws, ODD + ODD.replace("odd", "second"))
    made = ws.run_rules(["second"], where="trace_id < 't-10' OR trace_id > 't-38'")
    assert [each.rule for each in made.rules] == ["second"] and made.rules[0].checked == 9 + 1 + 2
    ws.run_rules(["second"])
    assert ws.run_rules(["second"], where="false").rules[0].withdrawn == 0 and len(ws.labels()) == N + 1
    with pytest.raises(UnknownName, match="odd, second"):
        ws.run_rules(["third"])
    with pytest.raises(BadRequest, match="condition"):
        ws.run_rules(where="no such column = 3")


def test_a_text_is_set_against_gold_answers_or_metadata(ws: Workspace) -> None:
    ws.store.add_labels(
        [
            {"trace_id": "t-01", "annotator": who, "annotator_kind": "human", "dimension": "outcome", "value": "pass",
             "gold_answer": gold}
            for who, gold in (("ana", "answer 1"), ("ben", "one"))
        ]
        + [{"trace_id": "t-02", "annotator": "ana", "dimension": "outcome", "value": "fail", "gold_answer": "two"}]
    )  # fmt: skip
    ws = with_rules(
        ws,
        '[rules.gold]\nkind = "exact"\ndimension = "exact"\n'
        '[rules.meta]\nkind = "exact"\nagainst = "metadata.expected.colour"\ndimension = "exact"\n'
        '[rules.listed]\nkind = "json_schema"\nfield = "metadata.list"\nschema = {type = "array"}\n'
        'dimension = "exact"\n',
    )
    made = {each.rule: each for each in ws.run_rules().rules}
    assert (made["gold"].passed, made["gold"].failed, made["gold"].not_applicable) == (1, 1, N)
    assert (made["meta"].passed, made["meta"].checked) == (1, 1) == (made["listed"].passed, made["listed"].checked)
    of_rules = ws.labels()[ws.labels()["dimension"] == "exact"]
    assert dict(zip(of_rules["annotator"] + of_rules["trace_id"], of_rules["value"], strict=True)) == {
        "goldt-01": "pass", "goldt-02": "fail", "metat-meta": "pass", "listedt-meta": "pass",
    }  # fmt: skip


def test_a_schema_may_be_a_file_of_the_workspace(ws: Workspace) -> None:
    file = '[rules.form]\nkind = "json_schema"\nschema_file = "form.json"\n'
    with pytest.raises(BadRequest, match=r"rule 'form': there is no file form\.json"):
        with_rules(ws, file).run_rules()
    (ws.path / "form.json").write_text("{")
    with pytest.raises(BadRequest, match=r"form\.json is no JSON"):
        with_rules(ws, file).run_rules()
    (ws.path / "form.json").write_text('{"type": "string"}')
    assert with_rules(ws, file).run_rules().rules[0].failed == N + 1
    (ws.path / "form.json").write_text('{"type": "object"}')
    assert with_rules(ws, file).run_rules().new == N + 1, "what the file holds is part of the definition"


def test_a_rule_on_a_dimension_of_the_rubric_carries_its_version(ws: Workspace) -> None:
    ws.import_rubric("starter", author="ana")
    made = with_rules(ws, ODD + 'dimension = "instructions"\n')
    made.run_rules()
    assert set(made.labels()["rubric_version"]) == {1}
    with pytest.raises(BadRequest, match="by the rubric tone is one of off, acceptable, good"):
        with_rules(ws, ODD + 'dimension = "tone"\n').run_rules()


def test_what_a_rule_says_is_redacted(ws: Workspace) -> None:
    made = with_rules(ws, '[rules.contact]\nkind = "phrases"\nrequired = ["joe@example.com"]\n')
    made.run_rules()
    assert set(made.labels()["note"]) == {"missing: <EMAIL_1>"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (ODD.replace("[13579]$", "("), "rule 'odd': its pattern is no regular expression"),
        (ODD + 'field = "n_turns"\n', "there is no text 'n_turns'"),
        (ODD + 'field = "output.colour"\n', "there is no text 'output.colour'"),
        (ODD + 'dimension = "code"\n', "its dimension may be outcome"),
        (ODD.replace("rules.odd", 'rules."joe@example.com"'), "may be no address"),
        (ODD.replace("rules.odd", "rules.ana"), "somebody who is no rule"),
        ('[rules.x]\nkind = "json_schema"\nschema = {type = "strin"}\n', "look at type"),
    ],
)
def test_a_bad_rule_is_one_line_and_keeps_nobody_from_the_traces(ws: Workspace, text: str, reason: str) -> None:
    ws.store.add_labels([{"trace_id": "t-01", "annotator": "ana", "dimension": "outcome", "value": "pass"}])
    made = with_rules(ws, text)
    with pytest.raises(BadRequest) as caught:
        made.run_rules()
    assert reason in str(caught.value) and "\n" not in str(caught.value)
    assert made.count() == N + 2 and made.rules()["problem"].notna().tolist() == [True]
    assert made.store.n_labels() == 1


@pytest.mark.parametrize(
    "text", ['[rules.x]\nkind = "mood"\n', ODD + "casse = true\n", "rules = 3\n", ODD + "match = 3\n"]
)
def test_a_misspelt_rule_is_an_error_of_the_settings(ws: Workspace, text: str) -> None:
    with pytest.raises(BadSettings, match="rules|valid TOML"):
        with_rules(ws, text)


def test_the_demo_s_rules_can_be_run(ws: Workspace) -> None:
    demo = Path(__file__).parent.parent / "sample_data" / "workspace.toml"
    made = with_rules(ws, demo.read_text(encoding="utf-8"))
    assert made.rules()["problem"].isna().tolist() == [True, True]
    assert made.run_rules(["no_greeting"]).rules[0].checked == 0, "these traces are of earlier releases"


def test_the_same_through_the_command_line(ws: Workspace, capsys: Any, monkeypatch: Any) -> None:
    def answer(*arguments: object) -> dict[str, Any]:
        code, out, err = cli(capsys, monkeypatch, "-w", ws.path, "rules", *arguments, "--json")
        assert code == 0 and out.count("\n") == 1, err
        return json.loads(out)

    assert answer("list") == {"rules": []} and answer("run") == {"new": 0, "problems": 0, "rules": []}
    with_rules(ws, ODD)
    made = answer("run")
    assert made["new"] == N + 1 and made["rules"][0]["failed_share"] == pytest.approx(N / 2 / (N + 1))
    assert answer("run", "odd")["new"] == 0
    assert [(row["passed"], row["failed"]) for row in answer("list")["rules"]] == [(N // 2 + 1, N // 2)]
    nothing = answer("run", "odd", "--where", "false")["rules"][0]
    assert nothing["failed_share"] is None and nothing["reason"] == "no trace was checked"
    assert "odd" in cli(capsys, monkeypatch, "-w", ws.path, "rules", "list")[1]
    assert "odd" in cli(capsys, monkeypatch, "-w", ws.path, "rules", "run")[1]
    code, out, err = cli(capsys, monkeypatch, "-w", ws.path, "rules", "run", "other")
    assert code == 2 and out == "" and err.count("\n") == 1


def test_a_pattern_that_would_hang_is_told_on_the_command_line(ws: Workspace, capsys: Any, monkeypatch: Any) -> None:
    long = {"started_at": datetime(2026, 11, 1, tzinfo=UTC), "source": "made", "input": "q", "text_hash": "x"}
    with ws.store.writing(), ws.store.new_batch() as batch:
        batch.add_traces([{**long, "trace_id": "t-long", "output": "a" * 60 + "b"}])
        batch.commit({"traces": 1, "rows": 1})
    with_rules(
        ws, '[rules.slow]\nkind = "regex"\npattern = "(a|a)*$"\nmatch = "fail"\nwhere = "trace_id = \'t-long\'"\n'
    )
    code, out, _ = cli(capsys, monkeypatch, "-w", ws.path, "rules", "run")
    assert code == 0 and "slow: 1 traces: the pattern takes too long" in out
