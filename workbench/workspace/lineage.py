"""The verbs of maps over time: what became of clusters, and which new ones a person accepts or dismisses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.errors import BadRequest, MapChanged, UnknownName
from workbench.workspace.explore import ExploreVerbs, _new_map_id
from workbench.workspace.reading import ReadingVerbs

if TYPE_CHECKING:
    from pandas import DataFrame

    from workbench.lineage import Proposals

LONGEST_NAME = 80


@dataclass(frozen=True)
class Decided:
    """What a person decided about a proposal: the version of the map it made, and the cluster if there is one."""

    map_id: str
    proposal: str
    decision: str
    cluster: int | None
    name: str | None
    n: int


class LineageVerbs(ExploreVerbs, ReadingVerbs):
    """Clusters over time."""

    def cluster_lineage(self) -> DataFrame:
        """What happened to clusters, map by map, oldest first.

        Returns:
            Columns map_id, made_at, cluster, name, event (new, kept, gone, split, merged, accepted, dismissed), from,
            share, n, by and reason. The share of a kept cluster is the Jaccard similarity over the traces on both
            maps, of a split or merger the share of the cluster it comes from.
        """
        from workbench import lineage

        found: DataFrame = self._for_traces(
            "lineage", lambda: lineage.frame(self.store.maps(), self.store.map_clusters)
        )
        return found.copy()

    def cluster_proposals(self) -> Proposals:
        """Groups of traces off the newest map that may be new clusters.

        A trace is off the map where an update found it less like its neighbours than 98% of the map's points are like
        theirs. Ten of them, from five sessions or more, are proposed where they are on average as alike as nine in ten
        of the map's texts are like the others of their cluster. ``sure`` says how often they are found again when
        sessions are drawn anew: firm, maybe or cannot tell.

        Returns:
            The proposals as a frame, the largest first, how many traces are off the map, and why there is no proposal.

        Raises:
            NotReady: There is no map.
        """
        found: Proposals = self._for_traces("proposals", self._proposed)
        return found

    def _proposed(self) -> Proposals:
        from workbench import lineage

        points = self._newest_map().points
        return lineage.proposals(
            points, vectors=lambda: self._trace_vectors()[1], sessions=self._sessions, read=self._map_texts
        )

    def _map_texts(self, trace_ids: list[str]) -> list[str]:
        from workbench import atlas

        frame = self.store.traces_named(trace_ids, ["trace_id", "input", "output", "messages"])
        texts = atlas.texts(frame, self.settings.embedding.view).set_index("trace_id")["text"]
        return [str(text) for text in texts.reindex(trace_ids).fillna("")]

    def accept_cluster(self, proposal: str, *, name: str | None = None, by: str) -> Decided:
        """Make a proposal a cluster: a new version of the map on which no point moved.

        Args:
            proposal: Its id; it stands for exactly the traces that were shown.
            name: What to call it; its first keywords by default.
            by: Who accepts it.

        Raises:
            UnknownName: There is no such proposal (any more).
            BadRequest: The name cannot be used.
            MapChanged: Somebody else changed the map meanwhile.
        """
        from workbench import lineage

        by, stored, row = self.reader(by), self._newest_map(), self._proposal(proposal)
        called = self._cluster_name(name if name is not None else ", ".join(row["keywords"][:2]), stored.clusters)
        ids, vectors = self._trace_vectors()
        place = {trace_id: at for at, trace_id in enumerate(ids)}
        number = self._next_cluster()
        made = lineage.accepted(
            stored, row["trace_ids"], vectors[[place[each] for each in row["trace_ids"]]], map_id=_new_map_id(),
            next_id=number, name=called, keywords=row["keywords"], by=by,
        )  # fmt: skip
        return self._decided(made, stored, Decided(made.map_id, proposal, "accepted", number, called, row["n"]))

    def dismiss_cluster(self, proposal: str, *, reason: str, by: str) -> Decided:
        """Say that a proposal is no cluster; its traces are not proposed again, later ones like them may be.

        Args:
            proposal: Its id.
            reason: Why not.
            by: Who says so.

        Raises:
            UnknownName: There is no such proposal (any more).
            BadRequest: There is no reason.
            MapChanged: Somebody else changed the map meanwhile.
        """
        from workbench import lineage

        if not reason.strip():
            raise BadRequest("a dismissal needs a reason. Say why: --reason TEXT")
        by, stored, row = self.reader(by), self._newest_map(), self._proposal(proposal)
        why = str(self.redactor.redact([" ".join(reason.split())])[0][0])
        made = lineage.dismissed(stored, row["trace_ids"], map_id=_new_map_id(), reason=why, by=by)
        return self._decided(made, stored, Decided(made.map_id, proposal, "dismissed", None, None, row["n"]))

    def _proposal(self, proposal: str) -> dict[str, Any]:
        found = self.cluster_proposals().frame
        for row in found[found["proposal"] == proposal].to_dict("records"):
            return {str(key): value for key, value in row.items()}
        raise UnknownName("proposal", proposal, found["proposal"].tolist())

    def _cluster_name(self, name: str, clusters: DataFrame) -> str:
        called = str(self.redactor.redact([" ".join(name.split())])[0][0])
        if not called or len(called) > LONGEST_NAME or not called.isprintable():
            raise BadRequest(f"a cluster's name has 1 to {LONGEST_NAME} characters. Say what its traces are about")
        if called.casefold() in {str(each).casefold() for each in clusters["name"]}:
            raise BadRequest("there is a cluster of that name already. Give this one a name of its own")
        return called

    def _decided(self, made: Any, stored: Any, told: Decided) -> Decided:
        if not self._saved(made, follows=stored.map_id):
            raise MapChanged("the map was changed meanwhile. Look at the proposals again, and decide again")
        return told
