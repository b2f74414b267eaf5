"""Everything about drift in one answer: a verdict, what it rests on, and what to look at first."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pandas import DataFrame

from workbench.drift.golden_templates import GoldenTemplates
from workbench.drift.inputs import ClusterDrift, EmbeddingDrift, OffMap
from workbench.drift.lights import CHANGED, Light, lights
from workbench.drift.retrieval import RetrievalDrift
from workbench.drift.snapshots import SnapshotDrift
from workbench.drift.templates import TemplateDrift
from workbench.drift.usual import Usual
from workbench.drift.words import sentences


@dataclass(frozen=True, repr=False)
class DriftReport:
    """Whether traffic moved away, where, and since when.

    Attributes:
        verdict: stable, drifted or undecided.
        reason: Why it is undecided: too_few, too_few_sessions, no_clusters, not_shown, unclustered, one_cluster.
        n: Traces of the reference.
        other_n: Traces of the current set.
        sessions: Sessions of the reference.
        other_sessions: Sessions of the current set.
        level: What the verdict may be wrong at, with all parts together; and what *stable* may.
        tolerance: The share of traffic that may have moved under a verdict of stable.
        min_n: Traces that each side has to have.
        parts: What the verdict rests on: part, p, p_holm and drifted; a part that was not tested has no p.
        clusters: Shares of clusters.
        embedding: The embeddings.
        off_map: What is far from everything before.
        templates: Prompts and tools.
        retrieval: What was fetched.
        outcomes: Failure signs, errors, feedback, refusals, latency, cost; no part of the verdict.
        timeline: Days of change.
        within: Whether input was tested within templates that both sides share.
        confounded: Whether templates differ and no test within them was possible.
        notices: What a reader should know about how the sets were made.
        usual: The newest change beside what weeks usually differ by, and whether to be alarmed; no part of the verdict.
        golden_templates: Prompts and tools of the current set that the golden set has never seen, and whether to be
            alarmed; no part of the verdict.
        snapshot: What the golden queries fetch against what they fetched when it was last written down; no part of the
            verdict.
    """

    verdict: str
    reason: str | None
    n: int
    other_n: int
    sessions: int
    other_sessions: int
    level: float
    tolerance: float
    min_n: int
    parts: DataFrame = field(repr=False)
    clusters: ClusterDrift
    embedding: EmbeddingDrift
    off_map: OffMap
    templates: TemplateDrift
    retrieval: RetrievalDrift
    outcomes: DataFrame
    timeline: DataFrame
    within: bool = False
    confounded: bool = False
    notices: tuple[str, ...] = ()
    usual: Usual = field(default_factory=lambda: Usual(reason="not_asked"))
    golden_templates: GoldenTemplates = field(default_factory=lambda: GoldenTemplates(reason="not_asked"))
    snapshot: SnapshotDrift = field(default_factory=lambda: SnapshotDrift(reason="not_asked"))

    @property
    def drifted(self) -> tuple[str, ...]:
        """The parts that drifted."""
        return tuple(self.parts["part"][self.parts["drifted"]])

    @property
    def what(self) -> tuple[str, ...]:
        """What changed: input, prompt; of what the verdict does not rest on also retrieval and outcome."""
        return tuple(name for name, light in self.lights.items() if light.state == CHANGED)

    @property
    def small(self) -> str | None:
        """Why nothing is judged: too_few, too_few_sessions; None where there is enough."""
        return self.reason if self.reason in ("too_few", "too_few_sessions") else None

    @property
    def lights(self) -> dict[str, Light]:
        """Of input, prompt, retrieval and outcome whether each changed, did not as far as was shown, or was not tested
        and why; in this order.
        """
        return lights(self)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What matters, the worst first."""
        return sentences(self)

    @property
    def leading(self) -> DataFrame:
        """The clusters whose difference is more than chance, new and gone ones first."""
        shares = self.clusters.shares
        return shares[shares["p_bh"] <= self.level] if len(shares) else shares

    def since(self, series: str) -> Any:
        """The day of the last change of a series of the timeline; None where none was found."""
        days = self.timeline.loc[self.timeline["series"] == series, "day"]
        return None if days.empty else days.iloc[-1]

    def __repr__(self) -> str:
        why = f" ({self.reason})" if self.reason else ""
        return f"DriftReport({self.verdict}{why}, {self.n:,} against {self.other_n:,} traces)\n" + "\n".join(
            f"  {each}" for each in self.sentences
        )
