"""The steps of a recurring round on rows small enough to check by hand, and its report as a file that needs nothing."""

import base64
import hashlib
import re
from datetime import date
from html.parser import HTMLParser

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.refresh import Group, failing_slices, page, propose, retirements, what_changed
from workbench.refresh.page import POLICY, STYLE
from workbench.refresh.svg import Bar, Row, escaped, share_bars

# --- categories that fail and lack cases ----------------------------------------------------------------------------


def traffic(**counts: tuple[int, int]) -> pd.DataFrame:
    """So many queries of each category, the first so many of them with a sign of failure; nobody read any."""
    rows = [(name, None, at < bad) for name, (bad, n) in counts.items() for at in range(n)]
    return pd.DataFrame(rows, columns=["category", "failed", "signal"]).astype({"failed": "boolean"})


def test_the_surest_failing_come_first_and_what_fails_no_more_than_the_rest_is_left_out() -> None:
    """3 of 4 has a lower bound of .30, 40 of 100 one of .31; 5 of 100 is below the 48 of 204 over all."""
    frame = failing_slices(
        traffic(few=(3, 4), many=(40, 100), calm=(5, 100)), {name: (0, 5) for name in ("few", "many", "calm")}, {}
    )
    assert frame["category"].tolist() == ["many", "few"] and frame["low"].round(2).tolist() == [0.31, 0.30]
    assert set(frame["source"]) == {"signals"} and frame["lacking"].tolist() == [5, 5]


def test_a_quarter_names_five_where_it_can_and_never_more_than_ten() -> None:
    many = traffic(**{f"c{at}": (at, 20) for at in range(1, 15)})
    held = {f"c{at}": (0, 5) for at in range(1, 15)}
    assert len(failing_slices(many, held, {}, least=5)) == 7
    flat = traffic(**{f"c{at}": (5, 20) for at in range(14)})
    held = {f"c{at}": (0, 5) for at in range(14)}
    assert len(failing_slices(flat, held, {})) == 0 and len(failing_slices(flat, held, {}, least=5)) == 5
    assert len(failing_slices(flat, held, {}, least=99)) == 10


def test_a_category_without_any_other_beside_it_counts() -> None:
    assert failing_slices(traffic(only=(3, 10)), {"only": (0, 5)}, {})["category"].tolist() == ["only"]


def test_what_has_its_cases_or_candidates_waiting_is_covered() -> None:
    rows = traffic(a=(9, 10), b=(9, 10), c=(9, 10), d=(0, 90))
    frame = failing_slices(rows, {"a": (5, 5), "b": (2, 5), "c": (2, 5)}, {"b": 3, "c": 1})
    assert frame[["category", "lacking", "waiting"]].values.tolist() == [["c", 2, 1]]


def test_peoples_word_is_taken_where_they_read_enough() -> None:
    rows = traffic(a=(20, 20), b=(0, 20))
    read = rows.assign(failed=pd.array([False] * 15 + [None] * 5 + [True] * 12 + [False] * 8, dtype="boolean"))
    frame = failing_slices(read, {"a": (0, 3), "b": (0, 3)}, {})
    assert frame["category"].tolist() == ["b"] and frame.iloc[0][["judged", "failures", "source"]].tolist() == [
        20,
        12,
        "labels",
    ]


def test_no_traffic_is_no_category() -> None:
    assert failing_slices(traffic(), {}, {}).empty
    assert failing_slices(traffic(a=(1, 2)).assign(category=None), {}, {}).empty


# --- proposals ------------------------------------------------------------------------------------------------------

UNITS = {f"t{at}": at for at in range(20)}


def ids(*numbers: int) -> list[str]:
    return [f"t{at}" for at in numbers]


def test_sources_and_groups_take_turns() -> None:
    groups = [
        Group("failing", "f", "fails", ids(1, 2)), Group("new", "n", "is new", ids(3, 4)),
        Group("grown", "g", "grew", ids(5)), Group("new", "m", "is new too", ids(6, 7)),
    ]  # fmt: skip
    found = propose(groups, n=7, units=UNITS, known=())
    assert [each.trace_id for each in found] == ids(3, 5, 1, 6, 2, 4, 7)
    assert [each.source for each in found[:3]] == ["new", "grown", "failing"] and found[0].why == "is new"


def test_what_is_said_of_one_trace_follows_the_reason() -> None:
    group = Group("failing", "f", "fails", ids(1, 2), None, {"t2": "people failed it"})
    assert [each.why for each in propose([group], n=2, units=UNITS, known=())] == ["fails", "fails; people failed it"]


def test_no_case_no_near_copy_and_no_more_than_a_group_lacks() -> None:
    units = {**UNITS, "t2": 1, "t9": 8}
    groups = [Group("failing", "f", "fails", ids(1, 2, 3, 4), 2), Group("new", "n", "is new", ids(8, 10))]
    assert [each.trace_id for each in propose(groups, n=9, units=units, known=["t9"])] == ids(10, 1, 3)


@given(st.lists(st.tuples(st.sampled_from(["new", "grown", "failing"]), st.lists(st.integers(0, 19), max_size=6))),
       st.integers(1, 12), st.sets(st.integers(0, 19), max_size=5))  # fmt: skip
def test_nothing_is_proposed_twice_and_nothing_known(groups: list, n: int, known: set[int]) -> None:
    given_ = [Group(source, str(at), "why", ids(*numbers)) for at, (source, numbers) in enumerate(groups)]
    found = [each.trace_id for each in propose(given_, n=n, units=UNITS, known=ids(*known))]
    free = {trace_id for group in given_ for trace_id in group.trace_ids} - set(ids(*known))
    assert len(found) == len(set(found)) == min(n, len(free)) and set(found) <= free


# --- retirements ----------------------------------------------------------------------------------------------------


def test_only_production_cases_without_a_reason_to_be_rare_are_proposed() -> None:
    unseen = [{"case_id": name, "cell": "telex", "last_seen": None} for name in ("a", "b", "c", "d")]
    cases = {
        "a": {"source": "production", "risk_level": "low", "edge": None}, "b": {"source": "expert"},
        "c": {"source": "production", "risk_level": "critical"}, "d": {"source": "production", "edge": "injection"},
    }  # fmt: skip
    found = retirements(unseen, cases, first=date(2026, 1, 1), today=date(2026, 11, 1))
    assert [each["case_id"] for each in found.cases] == ["a"] and found.kept == 3
    assert found.cases[0]["why"] == "never asked in the traffic at hand"
    seen = retirements(
        [{**unseen[0], "last_seen": date(2026, 2, 3)}], cases, first=date(2026, 1, 1), today=date(2026, 11, 1)
    )
    assert seen.cases[0]["why"] == "last asked on 2026-02-03"


def test_traffic_of_less_than_six_months_says_nothing_of_six_months() -> None:
    unseen = [{"case_id": "a", "cell": "telex", "last_seen": None}]
    cases = {"a": {"source": "production"}}
    assert retirements(unseen, cases, first=date(2026, 6, 1), today=date(2026, 11, 1)).reason == "too_short"
    assert retirements(unseen, cases, first=None, today=date(2026, 11, 1)).cases == ()


# --- what changed ---------------------------------------------------------------------------------------------------


def steps(**more: dict) -> dict:
    """What the steps of a round found, as little as a report can hold."""
    base = {
        "ingest": {"traces": 100, "new": 10, "until": "2026-11-01T10:00:00+00:00"},
        "map": {"placed": 10, "off_map": 1, "clusters": 4, "groups": []},
        "drift": {
            "verdict": "stable", "reason": None, "leading": [], "shares": [], "n": 80, "other_n": 20, "level": 0.05,
            "min_n": 100, "windows": "the last 7 days", "sentences": ["Traffic is stable."],
        },
        "mirror": {
            "verdict": "covers", "reason": None, "coverage": 0.95, "missing": [], "other_mix": False, "signs": [],
            "modes": [], "failures": 30, "cases": 20, "sentences": ["All is covered."],
        },
        "slices": {"rows": [], "window": "Over 100 queries."},
        "choose": {"proposals": []}, "draft": {"case_ids": [], "traces": [], "rejected": []},
        "rolling": {"added": 0, "left": 0, "size": 0, "reason": "There is no rolling pool"},
        "retire": {"cases": [], "kept": 0}, "decided": {},
    }  # fmt: skip
    return {name: {**values, **more.get(name, {})} for name, values in base.items()}


def test_the_first_round_has_nothing_to_compare_with() -> None:
    assert what_changed(steps(), None) == ("This is the first round here: nothing to compare with yet.",)


def test_what_turned_is_told_with_what_it_was() -> None:
    sign = {"name": "old", "state": "yes", "words": "Old."}
    now = steps(
        ingest={"traces": 130}, map={"clusters": 5}, drift={"verdict": "drifted", "leading": [{"name": "esim"}]},
        mirror={"verdict": "behind", "coverage": 0.6, "missing": ["curt"], "other_mix": True, "signs": [sign]},
        decided={"accepted": 3, "candidate": 2},
    )  # fmt: skip
    found = what_changed(now, steps(mirror={"other_mix": True, "missing": ["slow"]}))
    assert found == (
        "30 traces more than at the last round; 5 clusters, 4 before.",
        "Drift: drifted, stable at the last round.",
        "Newly among the clusters that moved: “esim”.",
        "Mirror: behind, covers at the last round.",
        "Covered of what fails in production: 60%, 95% at the last round.",
        "Failures that newly lack any case: “curt”.",
        "Failures that had no case and have one now, or were not seen again: “slow”.",
        "The mix of failures is another than production's for the second round in a row: act on it.",
        "Signs of age that show now and did not: old.",
        "Of 5 proposed at the last round 3 were accepted, 2 wait.",
    )
    assert what_changed(steps(ingest={"traces": 90}), steps())[0] == "10 traces fewer than at the last round."


def test_a_name_that_commands_a_terminal_is_told_on_one_line() -> None:
    name = "\x1b[2Jesim\r\nDrift: stable"
    found = what_changed(steps(drift={"leading": [{"name": name}]}, mirror={"missing": [name]}), steps())
    assert sum("[2Jesim Drift: stable" in each for each in found) == 2
    assert all(each.isprintable() for each in (*found, escaped(name)))


def test_an_alert_about_unseen_templates_is_told_when_it_is_new() -> None:
    alert = {"unseen_templates": {"share": 0.4, "alert": True}}
    told = "Newly an alert: traffic runs under prompts or tools that the golden set has never seen."
    assert what_changed(steps(drift=alert), steps())[1] == f"Drift: stable, as at the last round. {told}"
    assert what_changed(steps(drift=alert), steps(drift=alert))[1] == "Drift: stable, as at the last round."


# --- the report -----------------------------------------------------------------------------------------------------

HOSTILE = '<img src="http://evil.test/x.png" onerror=alert(1)> "quoted" & </title><script>1</script>'
ABOUT = {
    "workspace": HOSTILE, "round_id": "round-1", "period": "week", "by": HOSTILE, "at": "2026-11-01 10:00",
    "version": "0", "notices": [HOSTILE],
}  # fmt: skip
SHARE = {"share": 0.3, "low": 0.2, "high": 0.4, "case_share": 0.1, "case_low": 0.0, "case_high": 0.3}


def hostile() -> str:
    """A report in which every name that may come from a trace, a file or a person is hostile."""
    shares = {f"{name}{end}": 0.2 for name in ("reference", "current") for end in ("", "_low", "_high")}
    row = {"category": HOSTILE, "n": 9, "judged": 9, "failures": 3, "rate": 0.3, "low": 0.1, "high": 0.6,
           "source": "signals", "have": 0, "waiting": 0, "target": 3, "lacking": 3}  # fmt: skip
    sign = {"name": HOSTILE, "state": "yes", "words": HOSTILE}
    made = steps(
        map={"groups": [{"about": HOSTILE, "n": 12, "sure": "firm", "proposal": "p", "trace_ids": []}]},
        drift={"verdict": "drifted", "sentences": [HOSTILE], "shares": [{"name": HOSTILE, **shares}]},
        mirror={"sentences": [HOSTILE], "modes": [{"mode": HOSTILE, "cases": 1, **SHARE}], "signs": [sign]},
        slices={"rows": [row], "window": HOSTILE},
        choose={"proposals": [{"trace_id": HOSTILE, "source": "new", "about": HOSTILE, "why": HOSTILE}]},
        draft={"case_ids": ["c1"], "traces": [HOSTILE]},
        retire={"cases": [{"case_id": HOSTILE, "cell": HOSTILE, "why": HOSTILE}], "kept": 2},
    )  # fmt: skip
    return page(ABOUT, made, [HOSTILE])


class Seen(HTMLParser):
    """Every tag and attribute of a page, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_names_never_become_markup_and_nothing_is_fetched() -> None:
    seen = Seen(hostile())
    assert not {"img", "script", "link", "iframe", "object", "a", "form", "use", "image"} & set(seen.tags)
    assert not [each for each in seen.attributes if each[1] in ("src", "href", "style") or each[1].startswith("on")]
    assert "url(" not in STYLE and "@import" not in STYLE and "http" not in STYLE
    told = " ".join(seen.words)
    assert told.count("onerror=alert(1)") >= 12, "told as text, each of them"


def test_the_policy_allows_the_style_that_is_there_and_nothing_else() -> None:
    text = hostile()
    [style] = re.findall(r"<style>(.*?)</style>", text, re.S)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert POLICY == f"default-src 'none'; style-src 'sha256-{digest}'" and f'content="{POLICY}"' in text
    assert "prefers-color-scheme:dark" in style and "@media print" in style


def test_a_round_without_anything_is_a_report_all_the_same() -> None:
    told = " ".join(Seen(page({**ABOUT, "workspace": "w"}, steps(map={"reason": "no trace has text"}), [])).words)
    for words in (
        "No map was made: no trace has text.",
        "No trace is worth a case",
        "No case asks what production has",
    ):
        assert words in told


def test_bars_keep_to_their_scale_and_whiskers_to_their_intervals() -> None:
    drawn = share_bars(
        [Row("a", (Bar(0.1, 0.05, 0.2, "10%"), Bar(None, 0, 0, "not known")))], series=("x", "y"), title="t"
    )
    assert drawn.count("<rect") == 1 and "not known" in drawn
    [width] = re.findall(r'<rect[^>]* width="([\d.]+)"', drawn)
    [(first, last)] = re.findall(r'class="whisker" x1="([\d.]+)" x2="([\d.]+)"', drawn)
    assert (float(last) - float(first)) / float(width) == pytest.approx(1.5, rel=0.01)
    assert "0%" in share_bars([], series=("x",), title="t") and escaped("a" * 50, 10) == "a" * 9 + "…"
