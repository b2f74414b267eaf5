"""Coverage of the golden set: targets that follow the cost of failure, what the set is made of, what has grown old."""

import json
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from golden_cases import accept, case
from hypothesis import given, settings
from hypothesis import strategies as st
from small_workspace import make

from workbench import Workspace
from workbench.cli import cli
from workbench.coverage import cells, composition, staleness
from workbench.errors import BadRequest, MissingColumns, NotReady, TooLittleData


def traffic(**of: tuple[int, int, int, float]) -> pd.DataFrame:
    """Traces by intent: how many, how many read, how many of those failed, cost of a failure."""
    rows = []
    for intent, (n, read, failed, cost) in of.items():
        for at in range(n):
            bad = at < failed
            rows.append(
                {"intent": intent, "failed": bad if at < read else None, "signal": False,
                 "cost": cost if bad and at < read else np.nan}
            )  # fmt: skip
    return pd.DataFrame(rows).astype({"failed": "boolean"})


def held(**of: int) -> pd.DataFrame:
    return pd.DataFrame([{"intent": intent} for intent, n in of.items() for _ in range(n)], columns=["intent"])


def test_targets_follow_the_cost_of_failure_and_not_the_traffic() -> None:
    # two intents that fail alike; one has a quarter of the traffic and fails at a hundred times the cost
    production = traffic(chat=(300, 100, 20, 1.0), refund=(100, 100, 20, 100.0))
    found = cells(production, held(), ["intent"], size=100).frame.set_index("intent")
    assert found.loc["refund", "target"] > 90
    assert found["target"].sum() == 100
    # weights .75 * 1 * sqrt(.2 * .8) and .25 * 100 * sqrt(.2 * .8): 0.03 of the 94 beside the floor of 3 each
    assert found.loc["chat", "target"] == 3 + round(94 * 0.75 / (0.75 + 25))


def test_the_dearest_gap_comes_first() -> None:
    production = traffic(chat=(300, 60, 6, 1.0), refund=(100, 60, 6, 100.0), stay=(100, 60, 6, 10.0))
    found = cells(production, held(chat=1, refund=90, stay=1), ["intent"], size=100)
    assert found.frame["intent"].iloc[0] == "stay"
    assert 0 < found.covered < 1
    assert found.blind.empty


def test_a_cell_that_was_seen_and_holds_nothing_is_blind_and_one_never_seen_says_so() -> None:
    production = traffic(chat=(50, 30, 3, 1.0), refund=(50, 30, 3, 1.0))
    found = cells(production, held(chat=5, telex=4), ["intent"], size=40)
    assert found.blind["intent"].tolist() == ["refund"]
    telex = found.frame.set_index("intent").loc["telex"]
    assert (telex["traffic"], telex["have"], telex["gap"], bool(telex["seen"])) == (0, 4, 0, False)
    assert any("not seen in production" in notice for notice in found.notices)


def test_one_failure_in_two_traces_does_not_claim_the_set() -> None:
    production = traffic(chat=(500, 200, 20, 10.0), rare=(500, 2, 1, 10.0))
    found = cells(production, held(), ["intent"], size=100).frame.set_index("intent")
    assert found.loc["rare", "rate"] < 0.25
    assert found.loc["rare", "failure_rate"] == 0.5


def test_without_labels_signals_stand_in_and_it_is_said() -> None:
    production = traffic(chat=(50, 0, 0, 1.0), refund=(50, 0, 0, 1.0))
    production.loc[production.index[-20:], "signal"] = True
    found = cells(production, held(), ["intent"], size=20)
    assert found.rate_from == "signals"
    assert found.frame["intent"].iloc[0] == "refund"
    assert any("signals are hints" in notice for notice in found.notices)
    assert any("no failure has a severity" in notice.lower() for notice in found.notices)


def test_a_missing_value_is_a_value_and_own_targets_replace_computed_ones() -> None:
    production = traffic(chat=(50, 20, 2, 1.0), refund=(50, 20, 2, 1.0))
    production.loc[:4, "intent"] = None
    found = cells(production, held(), ["intent"], size=30, targets={("chat",): 7}).frame.set_index("intent")
    assert found.loc["not given", "traffic"] == 5
    assert found.loc["chat", "target"] == 7


@pytest.mark.parametrize(
    ("by", "error"), [([], BadRequest), (["a", "b", "c", "d"], BadRequest), (["mood"], MissingColumns)]
)
def test_dimensions_that_are_none(by: list[str], error: type[Exception]) -> None:
    with pytest.raises(error):
        cells(traffic(chat=(10, 5, 1, 1.0)), held(), by, size=10)
    with pytest.raises(TooLittleData):
        cells(traffic(chat=(10, 5, 1, 1.0)).iloc[:0], held(), ["intent"], size=10)


@given(
    st.lists(st.tuples(st.integers(1, 60), st.integers(0, 10), st.integers(0, 10)), min_size=1, max_size=8),
    st.integers(1, 200),
)
@settings(max_examples=40)
def test_targets_add_up_and_gaps_are_what_is_missing(rows: list[tuple[int, int, int]], size: int) -> None:
    of = {f"i{at}": (n, min(read, n), min(bad, read, n), 1.0 + at) for at, (n, read, bad) in enumerate(rows)}
    frame = cells(traffic(**of), held(i0=3), ["intent"], size=size).frame
    assert frame["target"].sum() == size
    assert (frame["gap"] == (frame["target"] - frame["have"]).clip(lower=0)).all()
    assert (frame["target"] >= 0).all()


# --- composition and staleness ------------------------------------------------------------------------------------


def made_of(**sources: int) -> pd.DataFrame:
    rows = [{"source": source, "risk_level": "medium", "edge": None} for source, n in sources.items() for _ in range(n)]
    return pd.DataFrame(rows, columns=["source", "risk_level", "edge"])


def test_the_stage_and_the_sources_of_a_set() -> None:
    found = composition(made_of(production=10, expert=60))
    assert (found.stage.name, found.n, found.missing) == ("start", 70, 0)
    off = dict(zip(found.sources["source"], found.sources["off"], strict=True))
    assert off == {"production": True, "expert": True, "adversarial": False, "synthetic": False}
    assert composition(made_of(production=300)).stage.name == "growing"
    assert composition(made_of(production=900)).missing == 100
    assert composition(made_of()).missing == 50


def test_the_edge_set_is_kept_apart() -> None:
    frame = made_of(production=10)
    frame = pd.concat([frame, frame.assign(edge="injection").head(4)], ignore_index=True)
    found = composition(frame)
    assert found.n == 10
    assert found.edges.set_index("edge")["n"].to_dict() == {"injection": 4, "toxicity": 0, "policy": 0}


def test_what_production_no_longer_asks_is_stale() -> None:
    cases = pd.DataFrame({"case_id": ["a", "b", "c", "d"], "intent": ["x", "y", "z", None]})
    seen = {("x",): date(2026, 11, 1), ("y",): date(2026, 1, 1)}
    found = staleness(cases, seen, ("intent",), today=date(2026, 11, 25), frozen_at=date(2026, 5, 1))
    assert found.unseen["case_id"].tolist() == ["b", "c"]
    assert (found.share.n, found.days, found.old) == (3, 208, True)
    empty = staleness(cases.iloc[3:], seen, ("intent",), today=date(2026, 11, 25))
    assert empty.reason is not None and empty.share.n == 0 and not empty.old


# --- in a workspace -----------------------------------------------------------------------------------------------


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return make(tmp_path / "w")


def test_coverage_of_a_workspace_and_candidates_for_a_cell(ws: Workspace) -> None:
    ws.save_reading("t-01", "ana", outcome="fail")
    accept(ws, *(case(number, slices={"intent": "change flight"}) for number in range(5)))
    found = ws.coverage(["intent"], size=40)
    assert found.of == "the accepted cases"
    row = found.cells.frame.set_index("intent").loc["change flight"]
    assert row["have"] == 5
    assert "no case at all" in found.sentences[0]
    refund = next(name for name in found.cells.frame["intent"] if name.startswith("refund"))
    candidates = ws.cell_traces({"intent": refund})
    assert candidates["trace_id"].iloc[0] == "t-01"
    ws.promote(["t-01"], by="ana")
    assert "t-01" not in set(ws.cell_traces({"intent": refund})["trace_id"])
    with pytest.raises(BadRequest, match="dimension"):
        ws.coverage(["mood"])
    assert len(ws.coverage(["release", "complexity"]).cells.frame) >= 2


def test_promoted_cases_are_filed_by_where_they_were_seen_too(tmp_path: Path) -> None:
    ws = make(tmp_path / "w", with_map=False)
    ids = ws.store.traces(columns=["trace_id"])["trace_id"]
    with ws.store.writing(), ws.store.new_batch() as batch:
        batch.add_traces(
            [
                {"trace_id": f"l-{at}", "input": f"asked {at}", "n_turns": 1, "metadata": {"language": lang}}
                for at, lang in enumerate(["de-DE", "fr", "de", "<LOCATION_1>"])
            ]
        )
        batch.commit({})
    assert {"model", "language"} <= set(ws.coverage_dimensions())
    ws.promote(["t-00", "t-01", "t-03", "l-0", "l-1"], by="lee")
    of = {case.trace_id: case.slices for case in map(ws.case, ws.cases()["case_id"])}
    assert [of[each].get("model") for each in ("t-00", "t-01", "t-03", "l-0")] == ["large", "small", "large", None]
    assert [of[each].get("language") for each in ("t-00", "l-0", "l-1")] == [None, "de", "fr"]
    accept(ws, case(1, slices={"model": "small", "language": "de"}))
    by_model = ws.coverage(["model"], size=10).cells.frame.set_index("model")
    assert by_model.loc["small", "have"] == 1 and by_model.loc["large", "have"] == 0 and len(ids) == 40
    by_language = ws.coverage(["language"], size=10).cells.frame.set_index("language")
    assert by_language.loc["de", "have"] == 1 and {"fr", "not given"} <= set(by_language.index)


def test_sealed_cases_are_counted_and_not_shown(ws: Workspace) -> None:
    accept(ws, *(case(number) for number in range(20)))
    ws.freeze(author="ana", reason="first")
    assert ws.coverage(["intent"], version=1).sealed == 4
    assert ws.coverage(["intent"]).sealed == 4
    assert any("sealed" in sentence for sentence in ws.coverage(["intent"]).sentences)


def test_intent_needs_a_map(tmp_path: Path) -> None:
    with pytest.raises(NotReady, match="map"):
        make(tmp_path / "w", with_map=False).coverage(["intent"])


def test_on_the_command_line(ws: Workspace) -> None:
    accept(ws, case(1))
    found = CliRunner().invoke(cli, ["-w", str(ws.path), "coverage", "--by", "intent", "--by", "complexity", "--json"])
    answer = json.loads(found.stdout)
    assert {"cells", "composition", "staleness"} <= answer.keys()
    assert {"intent", "complexity", "target", "have", "gap"} <= answer["cells"][0].keys()
    shown = CliRunner().invoke(cli, ["-w", str(ws.path), "coverage"])
    assert shown.exit_code == 0 and "target" in shown.stdout
