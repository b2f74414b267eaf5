"""Where it is known from what golden queries fetch: a file that the retriever's owner brings, or traces.

Of traces the one an open case was made from, and any other that asks the same in the same words. Ids of passages are
redacted as those of traces are; texts are read to count words and are not kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.workspace.golden_templates import GoldenTemplateReads

if TYPE_CHECKING:
    from pandas import DataFrame

    from workbench.drift.retrieval import Fetched
    from workbench.drift.snapshots import Knowledge
    from workbench.golden import Case

MOST_TEXTS = 50_000
"""Traces whose passages are read, the newest."""


@dataclass(frozen=True)
class Known:
    """What cases fetched, out of one source.

    Attributes:
        fetched: Passages by case, best first.
        of_trace: The trace it is from, by case.
        texts: Texts of passages, as a file has them: for counting words, never to be stored.
        newest: When the newest of the traces began.
        other: Rows of a file that are of no open case.
        rejected_rows: Rows of it that could not be used.
    """

    fetched: dict[str, Fetched]
    of_trace: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    newest: datetime | None = None
    other: int = 0
    rejected_rows: tuple[Mapping[str, Any], ...] = ()


class RetrievalSources(GoldenTemplateReads):
    """What cases fetch, by source."""

    def _from_file(self, path: Path, cases: Sequence[Case]) -> Known:
        """What a file says of open cases; ids redacted, as those of traces are."""
        from workbench.drift.retrieval_file import read_retrievals
        from workbench.embed import text_hash

        read = read_retrievals(path)
        by_query: dict[str, list[str]] = {}
        for case in cases:
            by_query.setdefault(text_hash(case.query), []).append(case.case_id)
        open_ids = {case.case_id for case in cases}
        asked = [row.query for row in read.rows if row.case_id is None and row.query]
        queries = iter([text_hash(str(text)) for text in self.redactor.redact(asked)[0]])
        ids = list(dict.fromkeys(name for row in read.rows for name, _ in row.fetched))
        safe = dict(zip(ids, self._safe_ids(ids), strict=True))
        found: dict[str, Fetched] = {}
        texts: dict[str, str] = {}
        other = 0
        for row in read.rows:
            mine = [row.case_id] if row.case_id in open_ids else []
            if row.case_id is None:
                mine = by_query.get(next(queries), [])
            other += not mine
            for each in mine:
                found.setdefault(str(each), [(safe[name], score) for name, score in row.fetched])
            texts |= {safe[name]: text for name, text in row.texts.items()}
        return Known(found, texts=texts, other=other, rejected_rows=read.rejected_rows)

    def _from_traces(self, cases: Sequence[Case], where: str | None, params: Sequence[Any] = ()) -> Known:
        """What traces fetched that open cases were made from, or that ask the same; the newest of each."""
        of = [[case.trace_id for case in cases if case.trace_id], [case.query for case in cases]]
        more = "" if where is None else f" AND (\n{where}\n)"
        frame = self.store.traces(
            columns=["trace_id", "input", "started_at", "retrieved"],
            where="retrieved IS NOT NULL AND (trace_id IN (SELECT unnest(?::VARCHAR[])) OR input IN"
            f" (SELECT unnest(?::VARCHAR[]))){more}",
            params=[*of, *params], order_by="started_at, trace_id",
        )  # fmt: skip
        return _newest(frame, "input", {case.case_id: case.query for case in cases}, cases)

    def _passages(self, where: str, params: Sequence[Any]) -> Knowledge:
        frame = self.store.traces(
            columns=["retrieved"], where=f"retrieved IS NOT NULL AND (\n{where}\n)", params=params,
            order_by="started_at DESC", limit=MOST_TEXTS,
        )  # fmt: skip
        return passages_of(frame["retrieved"].tolist())

    def _safe_ids(self, ids: Sequence[str]) -> list[str]:
        return [str(text) for text in self.redactor.redact(list(ids))[0]]


def asked_in(side: DataFrame, cases: Sequence[Case]) -> Known:
    """What the traces of a set fetched that ask what open cases ask."""
    from workbench.embed import text_hash

    if "retrieved" not in side:
        return Known({})
    return _newest(side, "query", {case.case_id: text_hash(case.query) for case in cases}, cases)


def _newest(frame: DataFrame, column: str, asks: Mapping[str, str], cases: Sequence[Case]) -> Known:
    """By case what its newest trace fetched: one that asks the same, or the one it was made from."""
    from workbench.drift.retrieval import read_fetched

    by_trace: dict[str, list[str]] = {}
    by_query: dict[str, list[str]] = {}
    for case in cases:
        by_query.setdefault(asks[case.case_id], []).append(case.case_id)
        if case.trace_id:
            by_trace.setdefault(case.trace_id, []).append(case.case_id)
    found: dict[str, Fetched] = {}
    of_trace: dict[str, str] = {}
    times = []
    rows = frame.to_dict("records")
    for row, fetched in zip(rows, read_fetched([row["retrieved"] for row in rows]), strict=True):
        mine = {*by_trace.get(row["trace_id"], ()), *by_query.get(str(row[column]), ())}
        if fetched is None or not mine:
            continue
        found |= dict.fromkeys(mine, fetched)
        of_trace |= dict.fromkeys(mine, row["trace_id"])
        times.append(row["started_at"])
    dated = [each for each in times if each is not None and each == each]
    return Known(found, of_trace, newest=max(dated).to_pydatetime() if dated else None)


def passages_of(values: Sequence[Any]) -> Knowledge:
    """The passages of traces, newest first or last: ids, and a text of each that has one."""
    import orjson

    from workbench.drift.snapshots import Knowledge

    ids: set[str] = set()
    texts: dict[str, str] = {}
    for value in values:
        passages = orjson.loads(value) if isinstance(value, str) else None
        for one in passages if isinstance(passages, list) else ():
            if isinstance(one, dict) and one.get("id") not in (None, ""):
                ids.add(str(one["id"]))
                if isinstance(one.get("text"), str):
                    texts.setdefault(str(one["id"]), one["text"])
    return Knowledge(texts, ids)
