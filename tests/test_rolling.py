"""The rolling pool: the old leave, fresh traces come in, one graduates with a reason, the score stands apart."""

import json
import sys
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from golden_cases import accept, case
from hypothesis import given
from hypothesis import strategies as st
from labelling_workspace import make_labelling
from small_workspace import make

from workbench import Workspace
from workbench.cli import cli
from workbench.errors import BadRequest, TooLittleData
from workbench.golden.rolling import turn

TODAY = date(2026, 10, 26)


def pool(*days: str | None) -> pd.DataFrame:
    ids = [f"c{at}" for at in range(len(days))]
    return pd.DataFrame({"case_id": ids, "capture_date": pd.Series(days, dtype=object)})


def test_what_is_too_old_leaves_and_the_oldest_make_room() -> None:
    held = pool("2026-10-20", "2026-09-01", "2026-10-12", None, "2026-10-15")
    made = turn(held, ["t1", "t2", "t3"], n=2, size=4, days=28, today=TODAY)
    assert made.too_old == ("c3", "c1")  # one has no day
    assert made.make_room == ("c2",)  # three are kept, two come in, four may be there
    assert len(made.drawn) == 2 and set(made.drawn) < {"t1", "t2", "t3"}
    assert turn(held, ["t1", "t2", "t3"], n=2, size=4, days=28, today=TODAY) == made


def test_nobody_leaves_for_what_does_not_come() -> None:
    made = turn(pool("2026-10-20", "2026-10-21"), [], n=2, size=2, days=28, today=TODAY)
    assert made == type(made)((), (), ())


@pytest.mark.parametrize("name", ["n", "size", "days"])
def test_nothing_is_no_size(name: str) -> None:
    with pytest.raises(BadRequest, match=f"{name} is 0"):
        turn(pool(), ["t"], **{"n": 1, "size": 1, "days": 1, "today": TODAY, name: 0})


@given(
    st.lists(st.none() | st.dates(date(2026, 9, 1), TODAY), max_size=30), st.integers(0, 30), st.integers(1, 40),
    st.integers(1, 30),
)  # fmt: skip
def test_the_pool_never_grows_beyond_its_size(days: list, fresh: int, n: int, size: int) -> None:
    held = pool(*(each and each.isoformat() for each in days))
    made = turn(held, [f"t{at}" for at in range(fresh)], n=n, size=size, days=28, today=TODAY)
    left = len(held) - len(made.too_old) - len(made.make_room) + len(made.drawn)
    assert left <= max(size, len(held) - len(made.too_old)) and len(set(made.drawn)) == min(n, size, fresh)
    assert len(made.make_room) <= len(made.drawn) or len(held) > size


# --- in a workspace -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Traces every twelve hours from 12 October on, a small pool of two weeks."""
    made = make(tmp_path_factory.mktemp("w") / "workspace", with_map=False)
    settings = made.path / "workspace.toml"
    text = settings.read_text().replace("rolling_size = 100 ", "rolling_size = 8 ")
    settings.write_text(text.replace("rolling_days = 28 ", "rolling_days = 14 "))
    return Workspace(made.path)


def days_of(ws: Workspace) -> list[str]:
    rows = ws.cases(pool="rolling")
    return sorted(rows.loc[rows["status"].isin(["candidate", "accepted"]), "capture_date"])


def test_a_round_draws_from_the_window_and_the_next_lets_the_oldest_go(ws: Workspace) -> None:
    first = ws.refresh_rolling(by="lee", n=6, today=date(2026, 10, 20))
    assert (first.added, first.too_old, first.made_room, first.size) == (6, 0, 0, 6)
    assert ws.cases(status="candidate")["pool"].unique().tolist() == ["rolling"]
    assert all("2026-10-06" <= day <= "2026-10-20" for day in days_of(ws))
    before = days_of(ws)
    second = ws.refresh_rolling(by="lee", n=4, today=date(2026, 10, 25))
    assert (second.added, second.made_room, second.size) == (4, 2, 8)
    gone = ws.cases(status="discarded")
    assert sorted(gone["capture_date"]) == before[:2]
    assert "made room" in ws.case_changes(gone["case_id"].iloc[0])["reason"].iloc[-1]
    later = ws.refresh_rolling(by="lee", n=50, today=date(2027, 1, 1))  # no traffic is left in the window
    assert (later.added, later.too_old, later.size) == (0, 8, 0)
    assert "0 of 50" in later.notices[0]
    assert ws.refresh_rolling(by="lee", n=50, today=date(2026, 10, 30)).added == 8


def ready(ws: Workspace, case_id: str, evaluation_type: str = "open_ended") -> None:
    told = {"expected_behavior": "says how long it takes", "evaluation_type": evaluation_type}
    ws.edit_case(case_id, told, by="lee")
    ws.check_private(case_id, by="ben")
    ws.accept_case(case_id, by="ben", reason="as good as any")


def test_one_graduates_with_a_reason_and_is_never_sealed(ws: Workspace) -> None:
    if ws.cases(pool="rolling", status="candidate").empty:
        ws.refresh_rolling(by="lee", n=8, today=date(2026, 10, 30))
    [one, other] = ws.cases(pool="rolling", status="candidate")["case_id"].head(2)
    ready(ws, one)
    accept(ws, case(1))
    with pytest.raises(BadRequest, match="needs a reason"):
        ws.graduate_case(one, by="lee", reason=" ")
    ws.graduate_case(one, by="lee", reason="nobody had thought of it")
    ws.graduate_case(other, by="lee", reason="worth a look")  # still a candidate, now for the golden set
    with pytest.raises(BadRequest, match="golden pool"):
        ws.graduate_case(one, by="lee", reason="again")
    assert ws.cases(pool="golden").set_index("case_id").loc[other, "status"] == "candidate"
    ws.freeze(author="ana", reason="first", blind_share=0.5)
    assert one in {each.case_id for each in ws.golden_cases(1)}
    assert "nobody had thought of it" in ws.golden_changelog()


def test_the_rolling_pool_is_scored_apart(ws: Workspace, tmp_path: Path) -> None:
    if ws.cases(pool="rolling", status="candidate").empty:
        ws.refresh_rolling(by="lee", n=8, today=date(2026, 10, 30))
    with pytest.raises(TooLittleData, match="rolling pool"):
        ws.score_rolling(pd.DataFrame({"case_id": ["x"], "passed": [True]}))
    ids = ws.cases(pool="rolling", status="candidate")["case_id"].head(4).tolist()
    for case_id in ids:
        ready(ws, case_id)
    rows = [{"case_id": ids[0], "passed": True}, {"case_id": ids[1], "error": "Timeout"}]
    rows += [{"case_id": ids[2], "output": "a week"}, {"case_id": "case-001", "passed": True}]
    path = tmp_path / "results.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    found = ws.score_rolling(path)
    assert (found.rate.n, found.rate.estimate, found.errors, found.unscored) == (2, 0.5, 1, 1)
    assert (found.cases, found.missing, found.unknown) == (4, 1, 1)
    assert str(found).startswith("rolling pool: 50.0% (9.5-90.5), n 2 passed of 4 cases, captured 2026-10-")
    with pytest.raises(BadRequest, match="more than one result"):
        ws.score_rolling(pd.DataFrame([rows[0], rows[0]]))
    shown = CliRunner().invoke(cli, ["-w", str(ws.path), "cases", "score", "--results", str(path), "--json"])
    answer = json.loads(shown.stdout)
    assert (answer["rate"]["estimate"], answer["missing"], answer["cases"]) == (0.5, 1, 4)
    assert len(ws.gate_looks()) == 0  # it is no look at a golden version


def test_a_target_is_asked_the_pool_and_nothing_of_it_is_stored(ws: Workspace, tmp_path: Path) -> None:
    before = ws.rolling_counts().get("accepted", 0)
    waiting = ws.cases(pool="rolling", status="candidate")["case_id"].head(2).tolist()
    if len(waiting) < 2:
        waiting = list(ws.refresh_rolling(by="lee", n=2, today=date(2026, 10, 30)).case_ids)[:2]
    forbidden = [{"kind": "phrases", "forbidden": ["always"]}]
    for case_id in waiting:
        ws.edit_case(case_id, {"evaluation_type": "rules", "checks": forbidden}, by="lee")
        ready(ws, case_id, evaluation_type="rules")

    def bot(payload: dict) -> str:
        return "Always, write to jane.doe@example.com" if payload["query"] == ws.case(waiting[0]).query else "Never."

    found = ws.run_rolling(bot, concurrency=1)
    rows = found.results.set_index("case_id")
    assert len(rows) == found.score.cases == before + 2 and found.score.missing == 0
    assert not rows.loc[waiting[0], "passed"] and rows.loc[waiting[1], "passed"]
    assert "jane" not in rows.loc[waiting[0], "output"]
    assert found.score.unscored == before and found.score.rate.n == 2
    assert ws.runs().empty and len(ws.gate_looks()) == 0
    script, out = tmp_path / "bot.py", tmp_path / "out.jsonl"
    script.write_text("print('Never.')")
    told = ["cases", "run", "--target", f"{sys.executable} {script}", "--out", str(out), "--json"]
    shown = CliRunner().invoke(cli, ["-w", str(ws.path), *told])
    assert json.loads(shown.stdout)["rate"]["estimate"] == 1.0 and len(out.read_text().splitlines()) == before + 2
    assert ws.score_rolling(out).rate.n == 2


def test_on_the_command_line(ws: Workspace) -> None:
    def run(*arguments: str) -> tuple[int, dict]:
        found = CliRunner().invoke(cli, ["-w", str(ws.path), "cases", *arguments, "--json"])
        return found.exit_code, json.loads(found.stdout) if found.stdout.strip() else {}

    code, answer = run("refresh", "--n", "2", "--today", "2026-10-31", "--by", "lee")
    assert code == 0 and answer["last"] == "2026-10-31" and answer["size"] <= 8
    one = ws.cases(pool="rolling", status="candidate")["case_id"].iloc[0]
    assert run("graduate", one, "--reason", "rare", "--by", "lee") == (0, {"graduated": [one]})
    assert run("list", "--pool", "golden", "--status", "candidate")[1]["cases"]


def test_pool_check_and_freeze_are_the_same_on_either_database(tmp_path: Path, database_url: str | None) -> None:
    ws = make_labelling(tmp_path / "w", n=12, database_url=database_url)
    days = ws.store.query("SELECT max(started_at) AS last FROM traces")["last"].dt.date
    found = ws.refresh_rolling(by="lee", n=4, today=days.iloc[0])
    assert (found.added, found.size) == (4, 4)
    [one, *_] = found.case_ids
    ready(ws, one)
    ws.graduate_case(one, by="lee", reason="nobody had thought of it")
    assert ws.rolling_counts() == {"candidate": 3}
    accept(ws, *(case(number) for number in range(5)))
    assert {each.verdict for each in ws.check_golden().findings} == {"cannot tell", "clear"}
    assert ws.freeze(author="lee", reason="first", allow_findings=True).cases == 6  # the texts are made up
    assert one in {each.case_id for each in ws.golden_cases(1)}
    ws.store.close()
