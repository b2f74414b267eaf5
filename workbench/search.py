"""Finding traces by their words, by meaning, and by likeness to another trace."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from pandas import DataFrame

from workbench.errors import UnknownName


def by_words(store: Any, text: str, *, limit: int) -> DataFrame:
    """Traces in whose input, output or conversation all the words occur, case ignored, newest first.

    Returns:
        Columns trace_id and score (always 1).
    """
    words = text.split()
    where = " AND ".join(
        "(contains(lower(coalesce(input, '')), lower(?)) OR contains(lower(coalesce(output, '')), lower(?))"
        " OR contains(lower(coalesce(messages, '')), lower(?)))"
        for _ in words
    )
    params = [word for word in words for _ in range(3)]
    found = store.traces(
        columns=["trace_id"], where=where or "true", params=params, order_by="started_at DESC, trace_id", limit=limit
    )
    return found.assign(score=1.0)


def by_meaning(query: np.ndarray, ids: Sequence[str], vectors: np.ndarray, *, limit: int) -> DataFrame:
    """Traces whose vectors point most nearly the same way as the query.

    Args:
        query: Shape (d,), unit length.
        ids: n trace ids.
        vectors: Shape (n, d), unit length.
        limit: Most rows to return.

    Returns:
        Columns trace_id and score (cosine), best first.
    """
    return _best(vectors @ query, ids, limit).rename(columns={"similarity": "score"})


def nearest(trace_id: str, ids: Sequence[str], vectors: np.ndarray, *, k: int) -> DataFrame:
    """The k traces most like one.

    Returns:
        Columns trace_id and similarity (cosine), best first, the trace itself left out.

    Raises:
        UnknownName: The trace is not on the map.
    """
    if trace_id not in ids:
        raise UnknownName("trace on the map with id", trace_id, ["see the table of traces"])
    row = list(ids).index(trace_id)
    similarity = vectors @ vectors[row]
    similarity[row] = -np.inf
    return _best(similarity, ids, min(k, len(ids) - 1))


def _best(similarity: np.ndarray, ids: Sequence[str], limit: int) -> DataFrame:
    order = np.argsort(-similarity, kind="stable")[:limit]
    return DataFrame({"trace_id": [ids[row] for row in order], "similarity": similarity[order].astype(float)})
