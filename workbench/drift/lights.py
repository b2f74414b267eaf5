"""One light each for input, prompt, retrieval and outcome: changed, unchanged, or not tested and why.

*Unchanged* says that no change beyond chance was shown. Only the verdict *stable* claims that little can have moved.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pandas import DataFrame

    from workbench.drift.report import DriftReport

CHANGED, UNCHANGED, NOT_TESTED = "changed", "unchanged", "not_tested"
NAMES = ("input", "prompt", "retrieval", "outcome")
INPUT = ("clusters", "embedding", "off_map")
WHY = {
    "too_few": "Too few traces to judge anything.",
    "too_few_sessions": "Too few sessions to judge anything.",
    "no_map": "There is no map, and no vectors to compare either.",
    "no_vectors": "A side has no vectors.",
    "embedder_changed": "The map was made by another embedding model.",
    "no_clusters": "Nothing on the map is in a cluster.",
    "no_hashes": "No trace says which prompt and tools it was made with.",
    "no_common_template": "Nearly every trace has a prompt of its own.",
    "no_retrieval": "No trace says what was fetched.",
    "no_outcomes": "No trace says what became of it.",
    "few_days": "Too few days to tell a change from days that differ by themselves: three a side will do.",
    "one_side": "Only one of the two sets has any of it.",
}


@dataclass(frozen=True, slots=True)
class Light:
    """Whether one thing changed.

    Attributes:
        state: changed, unchanged (no change beyond chance was shown) or not_tested.
        reason: Why it was not tested: a key of ``WHY``.
    """

    state: str
    reason: str | None = None

    @property
    def words(self) -> str:
        """The reason as a sentence; empty where it was tested."""
        return WHY[self.reason] if self.reason else ""


def lights(report: DriftReport) -> dict[str, Light]:
    """Read the lights off a report, in the order of ``NAMES``."""
    if report.small:
        return dict.fromkeys(NAMES, Light(NOT_TESTED, report.small))
    return dict(zip(NAMES, (_input(report), _prompt(report), _retrieval(report), _outcome(report)), strict=True))


def _input(report: DriftReport) -> Light:
    rows = report.parts[report.parts["part"].isin(INPUT)]
    if rows["p"].isna().all():
        return Light(NOT_TESTED, report.clusters.reason or report.embedding.reason or "no_vectors")
    return Light(CHANGED if rows["drifted"].any() else UNCHANGED)


def _prompt(report: DriftReport) -> Light:
    if "templates" in report.drifted:
        return Light(CHANGED)
    return Light(NOT_TESTED, report.templates.reason) if report.templates.reason else Light(UNCHANGED)


def _retrieval(report: DriftReport) -> Light:
    drift, golden = report.retrieval, report.snapshot.changed
    light = Light(NOT_TESTED, drift.reason) if drift.reason else _of((drift.measures, drift.documents), report.level)
    if golden is None or light.state == CHANGED:
        return light
    return Light(CHANGED if golden else UNCHANGED)


def _outcome(report: DriftReport) -> Light:
    rows = report.outcomes
    if rows.empty:
        return Light(NOT_TESTED, "no_outcomes")
    if rows["p"].isna().all() and ((rows["n"] > 0) & (rows["other_n"] > 0)).any():
        return Light(NOT_TESTED, "few_days")
    return _of((rows,), report.level)


def _of(frames: tuple[DataFrame, ...], level: float) -> Light:
    """Of what is tested row by row; a row without a p-value has nothing on one of the sides."""
    p = [each for frame in frames if len(frame) for each in frame["p_bh"].tolist() if each == each]
    if not p:
        return Light(NOT_TESTED, "one_side")
    return Light(CHANGED if min(p) <= level else UNCHANGED)
