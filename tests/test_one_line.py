"""Names that files and people bring, in sentences: one line each, and nothing that commands a terminal."""

from drift_sets import NAMES, TOPICS, side
from hypothesis import given
from hypothesis import strategies as st

from workbench.drift import drift, outcomes_over_time
from workbench.one_line import JOINERS, one_line

HOSTILE = "\x1b[2J\x1b]8;;http://evil.test\x07x\nTraffic is stable\r\u202e<script>**b**"


@given(st.text())
def test_nothing_is_left_that_cannot_be_seen_and_twice_is_once(text: str) -> None:
    found = one_line(text)
    assert all(each.isprintable() or each in JOINERS for each in found) and one_line(found) == found


def test_letters_that_belong_together_stay_together() -> None:
    assert (
        one_line("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645")
        == "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    )


def test_drift_says_it_in_one_line() -> None:
    first, second = side(1, 300), side(2, 300, new=0.3, name="b", start=11)
    second[0]["prompt_hash"] = HOSTILE
    second[0]["retrieved"] = [[{"id": HOSTILE, "score": 0.4}] for _ in range(300)]
    report = drift(
        first[0], second[0], vectors=(first[1], second[1]), names={**NAMES, TOPICS: HOSTILE}, replicates=99, telling=0
    )
    assert all(each.isprintable() for each in report.sentences), report.sentences
    assert sum("<script>" in each or "evil.test" in each for each in report.sentences) >= 3  # cluster, prompt, passage


def test_outcomes_say_it_in_one_line() -> None:
    frame = side(1, 1500)[0].assign(group=HOSTILE)
    frame.loc[frame["started_at"] >= "2026-03-04", "latency_ms"] *= 20
    found = outcomes_over_time(frame, by="release", replicates=199)
    assert any("<script>" in each for each in found.sentences) and all(each.isprintable() for each in found.sentences)
