"""The verbs about those who label: how they change over time, what they miss, and what a change of the rubric did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.workspace.adjudication import AdjudicationVerbs

if TYPE_CHECKING:
    from pandas import DataFrame


class AnnotatorVerbs(AdjudicationVerbs):
    """Annotators."""

    def _measured(self, sample_id: str | None = None, *, newest: bool = True) -> DataFrame:
        """Labels with codes as the codebook has them now, and the session of each trace."""
        labels = self._in_force(self.store.labels(newest=newest, sample_id=sample_id), self.codebook_history())
        sessions = self.store.traces(columns=["trace_id", "session_id"], where="session_id IS NOT NULL")
        return labels.merge(sessions, on="trace_id", how="left")
