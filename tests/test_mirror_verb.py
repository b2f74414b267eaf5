"""The verb of the mirror, on the command line too, its figures, and its tab as a page shows it."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import streamlit
from click.testing import CliRunner
from golden_cases import accept, case
from page_in_test import opener, said
from small_workspace import make

from workbench import Workspace, charts
from workbench.cli import cli
from workbench.errors import BadRequest, UnknownName
from workbench.ui.mirror import mode_rows

HOSTILE = "made up [x](y) <b>"


@pytest.fixture(autouse=True, scope="module")
def let_go():
    """Close what the pages keep open between reruns."""
    yield
    streamlit.cache_resource.clear()


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Thirty traces read: six made up, four curt, one without a code; cases for some, scores of two releases."""
    ws = make(tmp_path_factory.mktemp("mirror") / "w")
    ids = sorted(set(ws.traces(columns=["trace_id"])["trace_id"]) - {"t-hostile"})[:30]
    ws.add_codes([{"name": HOSTILE, "severity": 5}, {"name": "curt", "severity": 2}], author="ana")
    for at, trace_id in enumerate(ids):
        failed = at < 11
        codes = [HOSTILE if at < 6 else "curt"] if at < 10 else []
        ws.save_reading(trace_id, "ana", outcome="fail" if failed else "pass", codes=codes)
    slices = {"intent": "change flight"}
    accept(
        ws,
        *(case(at, trace_id=ids[at], slices=slices, capture_date="2026-01-05") for at in (0, 10, 12)),
        *(case(100 + at, slices={**slices, "code": "CURT"}) for at in range(5)),
        case(200, slices={}), case(201, edge="injection", slices={"outcome": "pass"}),
    )  # fmt: skip
    ws.freeze(author="ana", reason="first", blind_share=0, allow_findings=True)
    now = datetime.now(UTC)
    for at, (release, passed) in enumerate((("1.0", 9), (ws.traces()["release"].iloc[-1], 10))):
        look = {"version": 1, "part": "open", "release": release, "results": f"h{at}", "n": 10, "passed": passed}
        ws.store.add_gate_look({**look, "verdict": "pass", "looked_at": now + timedelta(seconds=at)})
    return ws


def test_a_case_tests_for_its_slice_or_for_the_codes_of_its_trace(filled: Workspace) -> None:
    report = filled.mirror(today=date(2026, 11, 1))
    frame = report.modes.frame.set_index("mode")
    assert frame["cases"].to_dict() == {HOSTILE: 1, "curt": 5, "other or new": 1}
    assert frame["n"].to_dict() == {HOSTILE: 6, "curt": 4, "other or new": 1}
    assert (report.passing, report.unplaced, report.sealed, report.modes.cases) == (2, 1, 0, 7)
    assert (report.verdict, report.modes.coverage.estimate) == ("behind", pytest.approx(4 / 11))
    assert not report.weighted and report.of == "the accepted cases"


def test_a_slice_names_one_code_with_a_comma_or_several(tmp_path: Path) -> None:
    ws = Workspace.create(tmp_path / "w")
    ws.add_codes([{"name": "late, and curt", "severity": 2}, {"name": "curt", "severity": 2}], author="ana")
    accept(ws, case(1, slices={"code": "Late, and curt"}), case(2, slices={"code": "curt, new one"}))
    held = ws.mirror().modes.frame.set_index("mode")["cases"].to_dict()
    assert held == {"late, and curt": 1, "curt": 1, "new one": 1}


def test_signs_scores_and_releases_come_from_the_workspace(filled: Workspace) -> None:
    report = filled.mirror(1, today=date(2026, 11, 1))
    states = {each.name: each.state for each in report.signs}
    assert states == {"old": "yes", "thin_safety": "yes", "stuck": "cannot tell", "apart": "cannot tell"}
    assert f"{HOSTILE} 1" in next(each.words for each in report.signs if each.name == "thin_safety")
    assert report.rates.raw.estimate == 1 and report.rates.reason == "totals_only"
    over = report.validity
    assert over.source == "signals" and over.frame["passed"].tolist() == [9, 10] and over.levels is None
    assert over.frame["first_seen"].is_monotonic_increasing and over.frame["traces"].sum() == filled.count()


def test_a_run_gives_the_score_by_slice(filled: Workspace) -> None:
    plan = {"key": "k", "target": "t", "model": None, "trip_wire": False}
    filled.store.add_run("r1", version=1, release="1.0", plan=plan)
    for at, each in enumerate(filled.golden_cases(1)):
        row = {"state": "answered", "output": "x", "passed": at % 2 == 0, "scorer": "checks"}
        filled.store.keep_result("r1", each.case_id, row)
    rates = filled.mirror(1).rates
    assert rates.raw.n == 10 and rates.by == "intent" and rates.unplaced == 2 and rates.slices == 1
    assert rates.by_traffic.n == 8 and 0.4 < rates.traffic < 0.6 and rates.without
    assert filled.mirror(1, by="release").rates.reason == "no_shared_slice"
    assert filled.mirror(1, run="r1").rates == rates
    with pytest.raises(UnknownName, match="there is no run"):
        filled.mirror(run="r9")


def test_a_trip_wire_and_a_few_cases_are_no_score_of_a_release(filled: Workspace) -> None:
    before = filled.mirror(1)
    ids = [each.case_id for each in filled.golden_cases(1)]
    for run_id, wire, asked in (("wire", True, ids), ("few", False, ids[:2])):
        plan = {"key": run_id, "target": "t", "model": None, "trip_wire": wire}
        filled.store.add_run(run_id, version=1, release="1.0", plan=plan)
        for each in asked:
            filled.store.keep_result(run_id, each, {"state": "answered", "output": "x", "passed": False})
    look = {"version": 1, "part": "trip-wire", "release": "1.0", "results": "hw", "n": 5, "passed": 0}
    filled.store.add_gate_look({**look, "verdict": "fail", "looked_at": datetime.now(UTC)})
    after = filled.mirror(1)
    assert after.rates == before.rates and after.validity.frame.equals(before.validity.frame)
    assert filled.mirror(1, run="wire").rates.raw.estimate == 0, "it is told where it is asked for"


def test_a_case_that_gave_an_error_failed(filled: Workspace) -> None:
    filled.store.add_run("e", version=1, release="1.0", plan={"key": "e", "target": "t", "model": None, "trip_wire": 0})
    for at, each in enumerate(filled.golden_cases(1)):
        good = {"state": "answered", "output": "x", "passed": True}
        row = good if at else {"state": "failed", "output": None, "error": "no answer within 60 s"}
        filled.store.keep_result("e", each.case_id, row)
    raw = filled.mirror(1).rates.raw
    assert (raw.n, round(raw.estimate * raw.n)) == (10, 9)


def test_a_window_and_a_version_that_cannot_be(filled: Workspace) -> None:
    late = filled.mirror(since="2026-10-20")
    assert late.modes.failures < 11 and "were read" in late.notices[-1]
    nothing = filled.mirror(since="2027-01-01")
    assert (nothing.verdict, nothing.reason) == ("undecided", "no_failures")
    with pytest.raises(BadRequest, match="is no time"):
        filled.mirror(since="yesterday")
    with pytest.raises(UnknownName):
        filled.mirror(version=9)


def test_a_dimension_that_is_none_is_told_though_nothing_was_scored(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="is no dimension"):
        make(tmp_path / "w", with_map=False).mirror(by="nosuch")


def test_an_empty_workspace_is_an_answer(tmp_path: Path) -> None:
    report = Workspace.create(tmp_path / "w").mirror()
    assert (report.verdict, report.reason) == ("undecided", "no_failures") and report.sentences


def test_the_command_line_prints_one_object_without_nan_and_a_table(filled: Workspace) -> None:
    shown = CliRunner().invoke(cli, ["-w", str(filled.path), "mirror", "--version", "1", "--json"])
    assert shown.exit_code == 0 and "NaN" not in shown.stdout and "Infinity" not in shown.stdout
    answer = json.loads(shown.stdout)
    assert answer["verdict"] == "behind" and answer["cases"] == {"failing": 7, "passing": 2, "sealed": 0, "unplaced": 1}
    assert {"coverage", "missing", "modes", "distance", "order", "rates", "releases", "validity", "signs"} <= set(
        answer
    )
    assert answer["order"]["reason"] == "too_few_kinds" and answer["validity"]["reason"] == "too_few_releases"
    told = CliRunner().invoke(cli, ["-w", str(filled.path), "mirror"])
    assert told.exit_code == 0 and told.stdout.startswith("behind") and "ratio" in told.stdout


def test_the_figures_draw_both_sides_with_intervals_and_escape_names(filled: Workspace) -> None:
    report = filled.mirror()
    bars = charts.mirror_bars(report.modes.frame)
    assert [trace.name for trace in bars.data] == ["cases of the set", "failures of production"]
    for trace in bars.data:
        assert len(trace.x) == 3 and all(each >= 0 for each in (*trace.error_x.array, *trace.error_x.arrayminus))
        assert not any("<b>" in name for name in trace.y)
    assert len(charts.mirror_ratios(report.modes.frame).data[0].x) == 3
    assert len(charts.mirror_releases(report.validity.frame).data[0].x) == 2
    hatched = charts.mirror_bars(report.modes.frame.assign(cases=[0, 5, 1])).data[1].marker.pattern.shape
    assert sorted(hatched) == ["", "", "/"]


page = opener("pages/mirror.py")


def test_the_page_says_the_verdict_and_disarms_names(filled: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    app = page(filled, monkeypatch)
    words = said(app)
    assert "The set is behind production" in words and "[x](y)" not in words
    assert "Over six months old: yes" in words.replace("\\", "")
    assert app.dataframe[0].value["failure"].tolist() == mode_rows(filled.mirror().modes.frame)["failure"].tolist()
    exec(app.code[0].value.replace("print(", "repr("), {})
    app.selectbox(key="mirror").set_value("1").run()
    assert not app.exception and "ws.mirror(1)" in app.code[0].value


def test_the_page_of_an_empty_workspace_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ws = Workspace.create(tmp_path / "w")
    assert "This workspace is empty" in said(page(ws, monkeypatch))
    (tmp_path / "one.jsonl").write_text('{"trace_id": "a", "input": "hello", "output": "hello"}\n')
    ws.ingest(tmp_path / "one.jsonl")
    app = page(ws, monkeypatch)
    assert "cannot be told yet" in said(app) and "draw a sample" in said(app)
