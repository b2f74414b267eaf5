"""The recurring round on a workspace: once, twice, broken off at every step, killed, two at once, on both databases."""

import json
import re
import subprocess
import sys
import threading
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from golden_cases import accept, case
from labelling_workspace import make_labelling
from small_workspace import make
from test_browser import chromium, page
from test_drift_verb import Bag

from workbench import Workspace
from workbench.cli import cli
from workbench.errors import BadRequest, TooLittleData, WorkspaceBusy
from workbench.store import Store
from workbench.workspace import round_steps
from workbench.workspace.refreshing import STEPS

__all__ = ["chromium", "page"]
TESTS = Path(__file__).parent
NEW = "t-new"
SAID = ("this one shows a sign of failure", "people failed this one")


def small(folder: Path) -> Workspace:
    """Forty traces on a map, a few read, some cases; embedded by counting words."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "workspace.toml").write_text('[redaction]\npolicy = "structured_only"\n', encoding="utf-8")
    ws = ready(make(folder))
    for at in (1, 3, 7, 9):
        ws.save_reading(f"t-{at:02d}", "ana", outcome="fail", note="says a week, the policy says a month")
    accept(ws, case(1, slices={"intent": "change flight"}))
    return ws


def ready(ws: Workspace) -> Workspace:
    ws.__dict__["embedder"] = Bag("made")
    return ws


def newest(folder: Path, n: int = 12, *, first: int = 0) -> Path:
    """A file of traffic that came in after all there is, every one a refund, most with a bad vote."""
    rows = [
        {"trace_id": f"{NEW}-{at:02d}", "session_id": f"s-{at}", "started_at": f"2026-11-02T{at:02d}:00:00Z",
         "input": f"refund for a ticket number {at} to my card", "output": "no", "feedback": -1 if at % 3 else 1}
        for at in range(first, first + n)
    ]  # fmt: skip
    file = folder / f"newest-{first}.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def rounds(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, list]:
    """Two rounds: as it stands, and with new traffic; between them a call with nothing new."""
    folder = tmp_path_factory.mktemp("rounds")
    ws = small(folder / "w")
    first = ws.refresh(by="ana", n=6)
    revision = ws.revision
    between = ws.refresh(by="ana", n=6)
    assert ws.revision == revision, "nothing new is nothing written"
    second = ws.refresh(by="ana", n=6, ingest=[newest(folder)])
    return ws, [first, between, second]


def test_a_round_does_every_step_and_says_so_in_one_line(rounds) -> None:
    ws, [first, _, _] = rounds
    assert first.status == "done" and set(STEPS) <= set(first.steps) and not first.resumed
    assert first.line.startswith("week: 40 new traces, drift undecided (too_few), mirror behind, ")
    assert "\n" not in first.line and first.changes == ("This is the first round here: nothing to compare with yet.",)
    assert first.report.parent == ws.path / "reports" and first.report.exists()


def test_a_second_call_without_new_data_says_so(rounds) -> None:
    _, [first, between, _] = rounds
    assert (between.status, between.round_id, between.report) == ("nothing_new", first.round_id, first.report)
    assert between.line == f"week: nothing new since round {first.round_id}"


def test_new_traffic_is_ingested_placed_and_compared_with_the_last_round(rounds) -> None:
    ws, [first, _, second] = rounds
    assert second.steps["ingest"]["new"] == second.steps["map"]["placed"] == 12
    assert second.changes[0].startswith("12 traces more than at the last round")
    assert any(each.startswith("Of 6 proposed at the last round 6 wait") for each in second.changes)
    assert len(ws.rounds()) == 2 and ws.rounds()["ended_at"].notna().all()
    assert len(list((ws.path / "reports").iterdir())) == 2


def test_proposals_are_candidates_each_with_its_reason_and_from_what_grew(rounds) -> None:
    ws, [first, _, second] = rounds
    proposals = second.steps["choose"]["proposals"]
    grown = [each for each in proposals if each["source"] == "grown"]
    assert grown and all(each["trace_id"].startswith(NEW) for each in grown)
    assert grown[0]["why"].endswith("of the traffic since the last round (31 Oct 2026)")
    failing = [each for each in proposals if each["source"] == "failing"]
    assert failing and all(each["why"].partition("; ")[2] in SAID for each in failing)
    cases = ws.cases(status="candidate").set_index("case_id")
    ids = second.steps["draft"]["case_ids"]
    assert cases.loc[ids, "why"].tolist() == [each["why"] for each in proposals] and len(ids) <= 6
    assert set(cases.loc[ids, "proposed_by"]) == {"ana"}
    before = {each["trace_id"] for each in first.steps["choose"]["proposals"]}
    assert not before & {each["trace_id"] for each in proposals}


def test_a_report_names_traces_and_quotes_nobody(rounds) -> None:
    ws, [first, _, second] = rounds
    for report in (first, second):
        text = report.report.read_text(encoding="utf-8")
        assert report.steps["choose"]["proposals"][0]["trace_id"] in text and report.round_id in text
        stored = json.dumps(ws.store.rounds()[-1]["steps"])
        for quoted in ("says a week", "number 9 to my card", "refund for a ticket number", "change my flight number"):
            assert quoted not in text and quoted not in stored


def test_another_period_is_a_round_of_its_own_and_does_not_wake_the_first(rounds) -> None:
    ws, _ = rounds
    found = ws.refresh("quarter", by="ana", n=2)
    assert found.status == "done" and "Over the last 52 queries" in found.steps["slices"]["window"]
    assert ws.refresh(by="ana").status == "nothing_new" and ws.refresh("quarter", by="ana").status == "nothing_new"
    assert "what was not asked for six months cannot be told" in found.steps["retire"]["reason"]


def test_a_label_is_something_new(rounds) -> None:
    ws, _ = rounds
    ws.save_reading("t-11", "ben", outcome="fail", note="wrong")
    found = ws.refresh(by="ben", n=1)
    assert found.status == "done" and found.steps["ingest"]["new"] == 0 and found.changes[0].startswith("0 traces more")


def test_cases_unseen_for_six_months_are_proposed_and_nothing_is_retired(tmp_path: Path) -> None:
    ws = small(tmp_path / "w")
    telex = {"intent": "telex", "complexity": "simple"}
    accept(ws, case(7, source="production", slices=telex), case(8, source="expert", slices=telex))
    found = ws.refresh(by="ana", today=date(2027, 5, 20)).steps["retire"]
    assert [each["case_id"] for each in found["cases"]] == ["case-007"] and found["kept"] == 1
    assert set(ws.cases(status="accepted")["case_id"]) == {"case-001", "case-007", "case-008"}


def test_a_trace_from_the_future_is_told_since_every_window_ends_there(tmp_path: Path) -> None:
    ws = small(tmp_path / "w")
    found = ws.refresh(by="ana", n=1, today=date(2026, 10, 1))
    assert any("dated 2026-10-31, after today" in each for each in found.notices)
    assert not any("after today" in each for each in ws.refresh(by="ana", n=1, today=date(2026, 10, 30)).notices)


def test_the_rolling_pool_is_turned_over_once_a_round(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ws = small(tmp_path / "w")
    ws.promote(["t-20"], by="ana", pool="rolling")
    with monkeypatch.context() as patch:
        patch.setattr(Store, "keep_steps", _breaks_after("rolling", Store.keep_steps))
        with pytest.raises(Broken):
            ws.refresh(by="ana", today=date(2026, 11, 25), n=2)
    drawn = len(ws.cases(pool="rolling"))
    found = ws.refresh(by="ana", today=date(2026, 11, 25), n=2)
    assert drawn > 1 and len(ws.cases(pool="rolling")) == drawn
    assert found.steps["rolling"] == {"added": drawn - 1, "left": 1, "size": drawn - 1}, "one was too old"
    assert ws.refresh(by="ana").status == "nothing_new"


class Broken(Exception):
    """What a test breaks a round with."""


def _breaks_after(step: str, keep):
    """A store that loses the connection right before it would write what a step found."""

    def broken(self: Store, round_id: str, steps: dict, *, done: bool = False) -> None:
        if list(steps)[-1] == step:
            raise Broken
        keep(self, round_id, steps, done=done)

    return broken


def test_broken_off_at_every_step_it_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each step breaks once before it does anything, the drafts also after; then the round ends as if nothing was."""
    ws = small(tmp_path / "w")
    ran: list[str] = []

    def counted(name: str):
        step = getattr(round_steps, f"{name}_step")
        broken = iter([True])

        def run(ws: Workspace, now: round_steps.Round) -> dict:
            if next(broken, False):
                raise Broken
            ran.append(name)
            return step(ws, now)

        return run

    for name in STEPS:
        monkeypatch.setattr(round_steps, f"{name}_step", counted(name))
    for _ in STEPS:
        with pytest.raises(Broken):
            ready(Workspace(ws.path)).refresh(by="ana", n=5)
    with monkeypatch.context() as patch:
        patch.setattr(Store, "write_report", lambda *_: (_ for _ in ()).throw(Broken))
        with pytest.raises(Broken):
            ws.refresh(by="ana", n=5)
    found = ws.refresh(by="ana", n=5)
    assert ran == list(STEPS), "every step was done once"
    assert found.resumed and found.status == "done" and len(ws.rounds()) == 1
    assert len(ws.cases(status="candidate")) == len(found.steps["draft"]["case_ids"]) == 5
    assert ws.refresh(by="ana").status == "nothing_new"


KILLED = """
import os, signal, sys
from pathlib import Path
from test_refresh_verb import ready
from workbench import Workspace
from workbench.store import Store

keep = Store.keep_steps

def killed(self, round_id, steps, *, done=False):
    if "draft" in steps:
        os.kill(os.getpid(), signal.SIGKILL)
    keep(self, round_id, steps, done=done)

Store.keep_steps = killed
ready(Workspace(Path(sys.argv[1]))).refresh(by="ana", n=5)
"""


def test_killed_after_it_drafted_and_before_it_wrote_that_down_it_drafts_nothing_twice(tmp_path: Path) -> None:
    ws = small(tmp_path / "w")
    done = subprocess.run([sys.executable, "-c", KILLED, str(ws.path)], cwd=TESTS, capture_output=True, text=True)
    assert done.returncode == -9, done.stderr
    assert len(ws.cases(status="candidate")) == 5 and ws.rounds()["ended_at"].isna().all()
    (ws.path / "more").mkdir()
    found = ws.refresh(by="ana", n=5, ingest=[newest(ws.path / "more", 3)])
    assert found.resumed and len(ws.cases(status="candidate")) == 5 == len(found.steps["draft"]["case_ids"])
    assert found.steps["map"]["placed"] == 3 and any("looked at anew" in each for each in found.notices)
    assert len(ws.rounds()) == 1


def test_two_at_once_the_second_is_told_to_wait(tmp_path: Path) -> None:
    ws = small(tmp_path / "w")
    refused: list[Exception] = []

    def other() -> None:
        try:
            ready(Workspace(ws.path)).refresh(by="ben")
        except WorkspaceBusy as busy:
            refused.append(busy)

    with ws.store.refreshing():
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert len(refused) == 1 and "another process is at work on a round" in str(refused[0])
    assert ws.rounds().empty


def test_what_cannot_be_asked_is_said_in_one_line(tmp_path: Path) -> None:
    ws = Workspace.create(tmp_path / "w")
    for wrong, words in (
        ({"period": "year"}, "week, sprint, quarter"), ({"n": 0}, "from 1 to 200"), ({"by": " "}, "--by NAME"),
        ({"ingest": [tmp_path / "none.jsonl"]}, "none.jsonl: there is no such file"),
    ):  # fmt: skip
        with pytest.raises(BadRequest, match=re.escape(words)):
            ws.refresh(**{"by": "ana", **wrong})
    with pytest.raises(TooLittleData, match="holds no traces"):
        ws.refresh(by="ana")
    assert ws.rounds().empty and not (ws.path / "reports").exists()


def test_it_is_the_same_on_both_databases(tmp_path: Path, database_url: str | None) -> None:
    ws = ready(make_labelling(tmp_path / "w", database_url=database_url))
    first = ws.refresh("sprint", by="ana", n=3)
    assert first.status == "done" and len(first.steps["draft"]["case_ids"]) == len(first.steps["choose"]["proposals"])
    assert ws.refresh("sprint", by="ana").status == "nothing_new"
    [row] = ws.store.rounds()
    assert row["started_at"] <= row["ended_at"] and row["steps"]["report"] == f"reports/{row['round_id']}.html"
    ws.store.close()


def test_on_the_command_line_one_line_or_one_object(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ws = small(tmp_path / "w")
    monkeypatch.setattr("workbench.embed.load_embedder", lambda *a, **k: Bag("made"))

    def call(*more: str):
        return CliRunner().invoke(cli, ["-w", str(ws.path), "refresh", *more])

    told = call("--by", "ana", "--n", "3")
    assert told.exit_code == 0 and told.stdout.count("\n") == 1 and told.stdout.startswith("week: 40 new traces")
    again = call("--by", "ana", "--json")
    answer = json.loads(again.stdout)
    assert again.exit_code == 0 and answer["status"] == "nothing_new" and "NaN" not in again.stdout
    assert answer["ingest"]["new"] == 0 and answer["ingest"]["traces"] == 40
    assert {"changes", "ingest", "map", "drift", "mirror", "slices", "proposals", "retire", "report"} <= set(answer)
    assert call().exit_code == 2 and call("--by", "ana", "--period", "year").exit_code == 2


def test_the_report_in_chromium_asks_for_nothing_and_keeps_to_its_policy(rounds, page) -> None:
    _, [_, _, second] = rounds
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(second.report.as_uri())
    assert asked == [second.report.as_uri()] and said == []
    shown = {}
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        shown[scheme] = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.emulate_media(media="print", color_scheme="dark")
    assert shown["light"] != shown["dark"]
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == shown["light"], "paper is white"
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
