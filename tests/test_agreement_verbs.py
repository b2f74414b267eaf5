"""agree and judge on a workspace and on files: the keys scripts rely on, and mistakes in one line."""

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from workbench import Workspace
from workbench.agree import agree
from workbench.cli import cli
from workbench.errors import MissingColumns, UnreadableFile, WorkbenchError
from workbench.long_form import plain_text, read_long
from workbench.workspace.agreement import agree_file, judge_files

# contract: DESIGN, the command line
OF_DIMENSIONS = {"dimension", "units", "annotators", "percent", "alpha", "alpha_low", "alpha_high", "kappa", "fleiss", "ac1", "verdict"}  # fmt: skip  # noqa: E501
OF_ANNOTATORS = {"annotator", "mean_disagreement", "alpha_without"}
OF_JUDGE = {"n", "agreement", "kappa", "tpr", "tpr_low", "tpr_high", "tnr", "tnr_low", "tnr_high", "unparsable", "corrected", "verdict"}  # fmt: skip  # noqa: E501


def run(*arguments):
    found = CliRunner().invoke(cli, list(map(str, arguments)), catch_exceptions=True)
    if isinstance(found.exception, WorkbenchError):
        return 2, "", str(found.exception)
    return found.exit_code, found.stdout, found.stderr


def answer(*arguments):
    code, out, _ = run(*arguments, "--json")
    assert code == 0 and out.count("\n") == 1
    return json.loads(out, parse_constant=lambda word: pytest.fail(f"{word} in JSON"))


@pytest.fixture
def long(tmp_path):
    rng = np.random.default_rng(0)
    rows = []
    for item in range(60):
        truth = rng.random() < 0.4
        for annotator in "abc":
            said = truth if rng.random() < 0.9 else not truth
            rows.append((f"t{item}", annotator, "outcome", "fail" if said else "pass"))
            rows.append((f"t{item}", annotator, "tone", 1 + int(said) + int(rng.random() < 0.5)))
            rows.append((f"t{item}", annotator, "polite", "yes"))
    path = tmp_path / "labels.csv"
    pd.DataFrame(rows, columns=["item", "annotator", "dimension", "value"]).to_csv(path, index=False)
    return path


def test_agree_on_a_file_needs_no_workspace(long, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = answer("agree", "--labels", long, "--level", "tone=ordinal")
    rows = {row["dimension"]: row for row in found["dimensions"]}
    assert set(rows) == {"outcome", "polite", "tone"}
    assert all(set(row) >= OF_DIMENSIONS for row in found["dimensions"])
    assert all(set(row) >= OF_ANNOTATORS for row in found["annotators"])
    assert rows["tone"]["level"] == "ordinal" and rows["outcome"]["level"] == "nominal"
    constant = rows["polite"]
    assert constant["verdict"] == "no_variation" and constant["reason"] == "no variation"
    assert constant["alpha"] is constant["alpha_low"] is constant["kappa"] is constant["ac1"] is None
    assert not (tmp_path / "workspace").exists()
    assert answer("agree", "--labels", long, "--level", "tone=ordinal") == found


def test_one_level_for_all(long):
    rows = {
        row["dimension"]: row["level"] for row in answer("agree", "--labels", long, "--level", "interval")["dimensions"]
    }
    assert rows["tone"] == "interval" and set(rows) == {"outcome", "polite", "tone"}


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".jsonl", ".json", ".parquet"])
def test_every_kind_of_file_says_the_same(long, tmp_path, ending):
    frame = pd.read_csv(long)
    path = tmp_path / f"other{ending}"
    if ending == ".parquet":
        frame.to_parquet(path)
    elif ending in (".csv", ".tsv"):
        frame.rename(columns={"item": " Trace_ID "}).to_csv(path, index=False, sep="\t" if ending == ".tsv" else ";")
    else:
        frame.to_json(path, orient="records", lines=ending == ".jsonl")
    expected = agree_file(long, level={"tone": "ordinal"}).dimensions
    pd.testing.assert_frame_equal(agree_file(path, level={"tone": "ordinal"}).dimensions, expected)


def test_a_table_for_people(long):
    code, out, _ = run("agree", "--labels", long)
    assert code == 0 and "no variation" in out and "polite" in out


@pytest.fixture
def judged(tmp_path):
    human, judge = tmp_path / "human.csv", tmp_path / "judge.csv"
    human.write_text("item,value\n" + "".join(f"{i},{'fail' if i < 40 else 'pass'}\n" for i in range(120)))
    verdicts = ["fail"] * 30 + ["pass"] * 10 + ["fail"] * 2 + ["pass"] * 78 + ["fail"] * 80 + ["pass"] * 320
    judge.write_text("item,value\n" + "".join(f"{i},{verdict}\n" for i, verdict in enumerate(verdicts)))
    return human, judge


def test_judge_on_files(judged):
    found = answer("judge", "--human", judged[0], "--judge", judged[1])
    assert set(found) >= OF_JUDGE and set(found["corrected"]) >= {"estimate", "low", "high", "method"}
    assert (found["n"], found["tnr"], found["tpr"], found["verdict"]) == (120, 0.75, 0.975, "undecided")
    assert found["corrected"]["estimate"] == pytest.approx(0.7586, abs=5e-5)
    ppi = answer("judge", "--human", judged[0], "--judge", judged[1], "--labelled", "random")
    assert ppi["corrected"]["method"] == "ppi"
    code, out, err = run("judge", "--human", *judged[:1], "--judge", judged[1])
    assert code == 0 and "good outputs" in out and "not said" in err


def test_what_cannot_be_computed_is_null_with_a_reason(tmp_path):
    file = tmp_path / "same.csv"
    file.write_text("item,value\n1,pass\n2,pass\n")
    found = answer("judge", "--human", file, "--judge", file)
    assert found["kappa"] is None and found["kappa_reason"] == "no variation"
    assert found["tnr"] is None and found["tnr_reason"]
    assert found["corrected"]["estimate"] is None and found["corrected"]["reason"]
    assert found["verdict"] == "undecided"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "no such file"),
        ("", "no rows"),
        ("item,annotator,value\n1,a\n", "row 0 has 2 fields"),
        ("item,annotator,value\n1,a,x\n2,a,\"y\n", "never closed"),
        ("item,item,value\n1,a,x\n", "same name"),
        ("item,value\n1,x\n", "no column 'annotator'"),
        ("Dear Ms Smith\nhello\n", "no column 'item', 'annotator', 'value' (it has: others)"),
        (b"\xff\xfe\x00", "UTF-8"),
    ],
)  # fmt: skip
def test_a_damaged_file_is_one_line(tmp_path, content, words):
    path = tmp_path / "labels.csv"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        path.write_text(content)
    code, out, err = run("agree", "--labels", path, "--json")
    assert code == 2 and out == "" and words in err and "Smith" not in err


def test_requests_that_are_wrong(long, tmp_path):
    for arguments, words in (
        (["agree", "--labels", long, "--level", "cardinal"], "level 'cardinal'"),
        (["agree", "--labels", long, "--level", "nominal", "--level", "tone=ordinal"], "given twice"),
        (["agree", "--labels", long, "--sample", "s1"], "Give one of them"),
        (["agree", "--labels", long, "--positive", "awful"], "as the failure"),
        (["judge", "--human", long], "compares two files"),
        (["judge", "--human", long, "--judge", tmp_path / "none.csv"], "no such file"),
    ):
        code, out, err = run(*arguments)
        assert code == 2 and out == "" and words in err


def test_empty_fields_are_missing_and_nothing_else_is(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("item,value\n1,NA\n2,None\n3,\n4, \n")
    assert read_long(path)["value"].isna().tolist() == [False, False, True, True]
    for name, error in (("x.txt", UnreadableFile), ("y.csv", UnreadableFile)):
        with pytest.raises(error):
            read_long(tmp_path / name)
    bad = tmp_path / "bad.json"
    bad.write_text('{"item": 1}')
    with pytest.raises(UnreadableFile, match="list of objects"):
        read_long(bad)
    bad.write_text("[1, 2")
    with pytest.raises(UnreadableFile, match="not valid JSON"):
        read_long(bad)
    bad = tmp_path / "bad.parquet"
    bad.write_text("no")
    with pytest.raises(UnreadableFile, match="Parquet"):
        read_long(bad)
    with pytest.raises(MissingColumns):
        read_long(path, needed=("annotator",))


def test_numbers_and_text_become_the_same_words():
    mixed = pd.Series([1, 2.0, " x ", None, True, float("nan"), ""], dtype=object)
    assert plain_text(mixed).fillna("-").tolist() == ["1", "2", "x", "-", "true", "-", "-"]
    assert plain_text(pd.Series([1.0, np.nan])).fillna("-").tolist() == ["1", "-"]


# --- on a workspace ----------------------------------------------------------------------------------------------


@pytest.fixture
def workspace(tmp_path):
    source = tmp_path / "traces.jsonl"
    source.write_text(
        "".join(
            json.dumps(
                {"id": f"t{i}", "session_id": f"s{i // 2}", "question": f"where is parcel {i}", "answer": "Sent."}
            )
            + "\n"
            for i in range(24)
        )
    )
    ws = Workspace.create(tmp_path / "w")
    ws.ingest(source)
    ws.add_codes([{"name": "Facts", "severity": 3}, {"name": "Tone", "severity": 2}], author="ann")
    rows = []
    for i in range(24):
        for annotator in ("ann", "bob"):
            failed = i % 3 == 0 or (annotator == "bob" and i == 1)
            rows.append((f"t{i}", annotator, "outcome", "fail" if failed else "pass", "human"))
            if failed:
                rows.append((f"t{i}", annotator, "code", "Facts" if i % 2 else "Tone", "human"))
        rows.append((f"t{i}", "judge-1", "outcome", "fail" if i % 3 == 0 else "pass", "judge"))
    labels = tmp_path / "labels.csv"
    columns = ["trace_id", "annotator", "dimension", "value", "annotator_kind"]
    pd.DataFrame(rows, columns=columns).to_csv(labels, index=False)
    assert ws.import_labels(labels).rejected == 0
    return ws


def test_agree_on_a_workspace(workspace):
    found = workspace.agree()
    rows = found.dimensions.set_index("dimension")
    assert set(rows.index) == {"outcome", "code", "code: Facts", "code: Tone"}
    assert rows.loc["outcome", "units"] == 24 and rows.loc["outcome", "annotators"] == 2  # the judge is left out
    assert rows.loc["outcome", "method"] == "group bootstrap"  # sessions are drawn whole
    assert rows.loc["outcome", "percent"] == pytest.approx(23 / 24)
    on_file = answer("-w", workspace.path, "agree")
    assert {row["dimension"]: row["alpha"] for row in on_file["dimensions"]} == pytest.approx(rows["alpha"].to_dict())
    labels = workspace.labels()
    alone = agree(labels[labels["dimension"] == "outcome"])
    assert alone.dimensions["alpha"].iloc[0] == pytest.approx(rows.loc["outcome", "alpha"])


def test_judge_on_a_workspace(workspace):
    found = workspace.judge("judge-1")
    assert found.rates.n == 23  # on one trace the two people are split
    assert found.rates.agreement.estimate == 1 and found.verdict == "undecided"


def test_a_workspace_without_labels_is_an_answer(tmp_path):
    ws = Workspace.create(tmp_path / "empty")
    found = answer("-w", ws.path, "agree")
    assert found["dimensions"] == [] and "no labels" in found["notices"][0]


def test_judge_files_is_a_call_too(judged):
    assert judge_files(*judged).rates.n == 120
