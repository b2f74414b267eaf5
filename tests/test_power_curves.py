"""The curves of a plan and what slices see: the same numbers as the plan's own, at every size."""

import pandas as pd
import pytest
from golden_cases import accept, case
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench import Workspace
from workbench.errors import BadRequest, NotReady
from workbench.gate import chances, plan, sizes_of, smallest_changes, what_slices_see
from workbench.stats import power as stats


def row(frame: pd.DataFrame, **of: object) -> pd.Series:
    for name, value in of.items():
        frame = frame[frame[name] == value]
    [found] = [each for _, each in frame.iterrows()]
    return found


# reference/statistics.md §6: 312 pairs, 681 in each sample (90 to 85%), 316 against a target see 5 points
def test_the_curves_go_through_the_sizes_of_the_plan():
    found = smallest_changes(0.9, -0.05, discordance=0.1, sizes=(312, 316, 681))
    for design, n in (("paired", 312), ("fixed target", 316), ("independent", 681)):
        assert row(found, design=design, n=n)["mde"] == pytest.approx(0.05, abs=2e-4)
    chance = chances(0.9, -0.05, discordance=0.1)
    told = {each.design: each.n for each in chance[chance["power"] == 0.8].itertuples()}
    assert told == {"paired": 312, "independent": 681, "fixed target": 316}


def test_without_a_discordance_there_is_no_paired_design():
    assert set(smallest_changes(0.8, 0.05)["design"]) == {"independent", "fixed target"}
    assert set(chances(0.8, 0.05)["design"]) == {"independent", "fixed target"}


@settings(deadline=None, max_examples=30)
@given(
    baseline=st.floats(0.3, 0.95), drop=st.floats(0.02, 0.1), more=st.floats(0.0, 0.1), rising=st.booleans()
)  # fmt: skip
def test_larger_sets_see_smaller_changes_and_larger_chances_take_more(baseline, drop, more, rising):
    effect = min(drop, 1 - baseline) if rising else -drop
    discordance = min(abs(effect) + more, 2 * baseline + effect, 2 - 2 * baseline - effect)
    smallest = smallest_changes(baseline, effect, discordance=discordance, sizes=(30, 60, 120, 500, 2000))
    for _, rows in smallest.groupby("design"):
        seen = rows.sort_values("n")["mde"].dropna()
        assert (seen.diff().dropna() <= 1e-9).all() and (seen > 0).all()
    for _, rows in chances(baseline, effect, discordance=discordance).groupby("design"):
        assert rows.sort_values("power")["n"].is_monotonic_increasing


def test_a_loss_larger_than_the_discordance_makes_the_runs_differ_by_as_much():
    assert stats.mde_paired(30, 0.1) is None
    seen = row(smallest_changes(0.9, -0.05, discordance=0.1, sizes=(30,)), design="paired")["mde"]
    assert stats.paired(seen, seen) <= 30 < stats.paired(seen - 0.005, seen - 0.005)
    none = row(smallest_changes(0.9, -0.05, discordance=0.1, sizes=(5,)), design="paired")["mde"]
    assert pd.isna(none)


def test_what_cannot_be_is_refused():
    with pytest.raises(BadRequest, match="differ on"):
        smallest_changes(0.9, -0.05, discordance=0.01)
    with pytest.raises(BadRequest, match="leaves 0 to 1"):
        chances(0.98, 0.05)


def test_slices_read_alone_and_tested_together():
    cases = pd.DataFrame(
        {
            "case_id": [str(n) for n in range(1000)],
            "slices": [{"size": "large" if n < 600 else "middle" if n < 995 else "tiny"} for n in range(1000)],
        }
    )
    found = what_slices_see(cases, baseline=0.9, effect=-0.05, discordance=0.1)
    assert found["slice"].tolist() == ["size=large", "size=middle", "size=tiny"]
    large, middle, tiny = (found.iloc[each] for each in range(3))
    assert large["n_alone"] == 312 and large["n_together"] == plan(0.9, -0.05, discordance=0.1, alpha=0.025).n
    assert [large["sees"], middle["sees"], tiny["sees"]] == ["together", "together", "no"]
    assert large["mde"] < large["mde_together"] and large["share"] == 0.6
    assert not tiny["tested"] and pd.isna(tiny["mde_together"]), "5 cases are not tested"
    assert tiny["more"] == large["n_together"] - 5
    vetoed = what_slices_see(cases, baseline=0.9, effect=-0.05, discordance=0.1, critical=("size=tiny",))
    assert row(vetoed, slice="size=tiny")[["tested", "critical"]].all(), "a critical one is, whatever its size"
    assert what_slices_see(cases.drop(columns="slices"), baseline=0.9, effect=-0.05).empty


def test_between_alone_and_together():
    cases = pd.DataFrame({"case_id": [str(n) for n in range(640)], "half": ["a", "b"] * 320})
    found = what_slices_see(cases, baseline=0.9, effect=-0.05, discordance=0.1)
    assert found["sees"].tolist() == ["alone", "alone"], "320 cases suffice for one slice, not for two at one level"


def test_the_workspace_counts_open_cases_only(tmp_path):
    ws = Workspace.create(tmp_path / "w")
    with pytest.raises(NotReady, match="freeze"):
        ws.slice_power(baseline=0.9, effect=-0.05)
    assert ws.golden_sizes() == {}
    accept(ws, *(case(number) for number in range(150)))
    ws.freeze(author="ana", reason="first")
    assert ws.golden_sizes() == {"v1": 120, "v1 opened": 150}
    found = ws.slice_power(baseline=0.9, effect=-0.05, discordance=0.1)
    assert found["n"].sum() == 120 and set(found["slice"]) == {"intent=returns", "intent=refunds"}
    assert sizes_of({"version": 3, "cases": 40, "blind": 0}) == {"v3": 40}
