"""What must not reach a prompt: the items a judge is tried and tested on.

An example may leak by its id, by a near-duplicate or a later turn of its session, or by its words, pasted into the
prompt by hand. Groups are held together for the first two; for the third, the prompt and the items must not share
thirteen words in a row, the length by which GPT-3's authors told contamination from chance (Brown et al. 2020, app. C).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pandas import DataFrame, Series

RUN = 13  # words
_WORD = re.compile(r"\w+")


def groups(traces: DataFrame) -> Series[str]:
    """The group of each trace: one session, one text or near-duplicates go together, and so does what they link.

    A group is named by its earliest trace, so that traces which come later leave its name as it is.

    Args:
        traces: trace_id, started_at, session_id, text_hash and unit (the number of its near-duplicates), any missing.

    Returns:
        The name of the group, indexed by trace_id.
    """
    import pandas as pd
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = len(traces)
    ordered = traces.sort_values(["started_at", "trace_id"], na_position="last", kind="stable").reset_index(drop=True)
    rows, columns, offset = [], [], n
    for name in ("session_id", "text_hash", "unit"):
        codes, known = pd.factorize(ordered[name])
        there = codes >= 0
        rows.append(np.flatnonzero(there))
        columns.append(codes[there] + offset)
        offset += len(known)
    at = (np.concatenate(rows), np.concatenate(columns))
    links = coo_array((np.ones(len(at[0]), dtype=np.int8), at), shape=(offset, offset))
    component = connected_components(links, directed=False)[1][:n]
    names = ordered["trace_id"].groupby(component).transform("first")
    return names.set_axis(ordered["trace_id"])


def quoted(prompt: str, texts: Iterable[tuple[str, str]]) -> list[str]:
    """The items of which a prompt quotes thirteen words in a row.

    Args:
        prompt: What is the same for every item: template and system message.
        texts: Item and text; an item may have several.
    """
    there = _runs(prompt)
    if not there:
        return []
    return list(dict.fromkeys(item for item, text in texts if not there.isdisjoint(_runs(text))))


def _runs(text: str) -> set[tuple[str, ...]]:
    words = _WORD.findall(text.casefold())
    return {tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1)}
