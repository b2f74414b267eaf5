"""The verbs that look before a regression case is made: which failures were flagged, and which cases are like one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from workbench.errors import BadRequest, UnknownName
from workbench.workspace.mining import MiningVerbs

if TYPE_CHECKING:
    from pandas import DataFrame, Series

    from workbench.workspace import Workspace

FLAGGED = ("trace_id", "started_at", "why", "n", "cluster", "release", "input")
LIKE = ("case_id", "status", "query", "expected_behavior", "how", "score", "near")
STANDING = ("candidate", "accepted")


class FlaggingVerbs(MiningVerbs):
    """Failures that somebody or something flagged."""

    def flagged(self, *, since: object = None, cluster: str | None = None, limit: int | None = None) -> DataFrame:
        """The flagged failures that no case covers yet, newest first; near-duplicates are one row.

        Flagged is an error, a thumbs down, a failure signal, or a person's word that it failed. Where people let a
        trace pass it is not, whatever its signals say. A trace that is a case already, in whatever state, or nearly
        the same as one, is left out.

        Args:
            since: Only those from this day or moment on.
            cluster: Only those of the cluster of this name.
            limit: The most there should be.

        Returns:
            Columns trace_id (the newest of its near-duplicates), started_at, why (in words), n (flagged traces it
            stands for), cluster (its name; empty off the map), release and input.

        Raises:
            UnknownName: The map has no cluster of that name.
        """
        import pandas as pd

        names = [each.name for each in self._subjects()] if cluster is not None else []
        if cluster is not None and cluster not in names:
            raise UnknownName("cluster", cluster[:80], names)
        if not self.count():
            return pd.DataFrame(columns=list(FLAGGED))
        found, codes = self._flagged(since)
        called = self._cluster_names(found["trace_id"].tolist())
        found = found.assign(cluster=found["trace_id"].map(called).astype(object))
        if cluster is not None:
            found = found[found["cluster"] == cluster]
        found["n"] = found.groupby("unit")["unit"].transform("size")
        found = found.drop_duplicates("unit").head(len(found) if limit is None else limit)
        found["why"] = [_why(row, codes.get(row["trace_id"], [])) for row in found.to_dict("records")]
        texts = self.store.traces_named(found["trace_id"].tolist(), ["trace_id", "input"])
        return found.merge(texts, on="trace_id", how="left")[list(FLAGGED)].reset_index(drop=True)

    def _flagged(self, since: object = None) -> tuple[DataFrame, dict[str, list[str]]]:
        """The flagged traces that no case covers, newest first, with their ``unit``; and the codes people gave."""
        failed, codes, _ = self._people()
        traces = self._with_verdicts(self._for_traces("traces to flag", lambda: self._to_mine(None)), failed)
        known = self._cases_already(traces["trace_id"].tolist())
        covered = set(traces.loc[traces["trace_id"].isin(known), "unit"])
        said = traces["failed"]
        open_ = said.fillna(False).astype(bool) | (traces["signal"] & said.isna())
        found = traces[open_ & ~traces["unit"].isin(covered) & self._from(traces, since)]
        return found.sort_values(["started_at", "trace_id"], ascending=[False, True], na_position="last"), codes

    def similar_cases(self, trace_id: str, *, query: str = "", limit: int = 5) -> DataFrame:
        """The open cases most like a trace, so that one failure does not become five cases; sealed ones never show.

        Args:
            trace_id: The trace.
            query: What the new case would ask, where that is not the trace's own question.
            limit: The most there should be.

        Returns:
            Columns case_id, status, query, expected_behavior, how (the rung of ``workbench.leakage`` that found it, or
            cosine), score, and near: whether it asks nearly the same (from a cosine of .95 or shared words of 80% on,
            as elsewhere); the nearest first.

        Raises:
            BadRequest: There is no such trace.
        """
        import pandas as pd

        from workbench.golden.promote import asked, payload
        from workbench.leakage.semantic import HIGHEST
        from workbench.sample.near import THRESHOLD

        rows = {row["case_id"]: row for row in self.store.case_rows() if row["content"] is not None}
        trace = self._trace_to_regress(trace_id)
        words, _ = asked({**payload(trace), **({"query": query} if query else {})})
        found = {case_id: ("cosine", score) for case_id, score in self._near_by_meaning(trace_id, rows).items()}
        copied = self._near_by_words(words, rows)
        told = [
            {
                **{name: rows[case_id][name] for name in ("case_id", "status")},
                "query": rows[case_id]["content"]["input_payload"]["query"],
                "expected_behavior": rows[case_id]["content"]["expected_behavior"],
                "how": how,
                "score": score,
                "near": score >= (HIGHEST if how == "cosine" else THRESHOLD),
            }
            for case_id, (how, score) in {**found, **copied}.items()
        ]
        frame = pd.DataFrame(told, columns=list(LIKE)).astype({"score": float, "near": bool})
        frame = frame.sort_values(["near", "score"], ascending=False, kind="stable")
        return frame.head(limit).reset_index(drop=True)

    def _trace_to_regress(self, trace_id: str) -> dict[str, Any]:
        trace = self.store.trace(trace_id)
        if trace is None:
            raise BadRequest("this workspace has no trace of that id. Check the id, or ingest the trace first")
        return trace

    def _from(self, traces: DataFrame, since: object) -> Series[bool]:
        from workbench.workspace.frame import moment

        first = moment(since)
        if first is None:
            return traces["recent"]
        return (traces["started_at"] >= first).fillna(False).astype(bool)

    def _likely_codes(self, intent: str | None) -> tuple[str, ...]:
        """Every code in force: those given most to traces of the cluster first, then those given most at all."""
        given = self.coded_labels()
        given = given[given["code"].notna() & (given["annotator_kind"].fillna("human") == "human")]
        here = given.iloc[:0]
        if intent is not None:
            names = self._cluster_names(given["trace_id"].tolist())
            here = given[given["trace_id"].map(names) == intent]
        often = [str(code) for frame in (here, given) for code in frame["code"].value_counts().index]
        return tuple(dict.fromkeys([*often, *(each.name for each in self.codebook().active)]))

    def _near_by_words(self, words: str, rows: dict[str, Any]) -> dict[str, tuple[str, float]]:
        """The cases that ask in the same words, each with the rung that found it and its score."""
        from workbench.golden.promote import asked
        from workbench.leakage import leakage
        from workbench.workspace.case_leaks import WORD_RUNGS

        ids = list(rows)
        texts = [asked(rows[case_id]["content"]["input_payload"])[0] for case_id in ids]
        if not words.strip() or not any(text.strip() for text in texts):
            return {}
        pairs = leakage([words], texts, rungs=WORD_RUNGS).pairs
        return {
            ids[int(row)]: (str(rung), float(score))
            for row, rung, score in zip(pairs["other_row"], pairs["rung"], pairs["score"], strict=True)
        }

    def _near_by_meaning(self, trace_id: str, rows: dict[str, Any]) -> dict[str, float]:
        """The cosine of the trace with the trace behind each case, for those that are on the map."""
        if self.store.newest_map() is None:
            return {}
        ids, vectors = cast("Workspace", self)._trace_vectors()
        place = {each: at for at, each in enumerate(ids)}
        behind = {case_id: place.get(row["content"].get("trace_id")) for case_id, row in rows.items()}
        on_map = {case_id: at for case_id, at in behind.items() if at is not None}
        if trace_id not in place or not on_map:
            return {}
        cosines = vectors[list(on_map.values())] @ vectors[place[trace_id]]
        return dict(zip(on_map, map(float, cosines), strict=True))


def _why(row: dict[Any, Any], codes: list[str]) -> str:
    from workbench.golden.regression import signs

    parts = list(signs(row["status"], row["feedback"], row["signals"]))
    if row["failed"] is True:
        named = ", ".join(f"\u201c{code}\u201d" for code in codes)
        parts.insert(0, f"people failed it: {named}" if named else "people failed it")
    return ", ".join(parts)
