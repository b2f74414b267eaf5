"""The traces behind one code, so that a row of the ranking can be read and not only believed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pandas import DataFrame

WIDTH = 160
"""Characters of what was asked."""
COLUMNS = ("trace_id", "started_at", "first_words", "release", "model", "annotators", "severity", "note", "stratum")


def traces_of(
    code: str, trace_ids: Sequence[str], traces: DataFrame, labels: DataFrame, sample: DataFrame, notes: DataFrame
) -> DataFrame:
    """List the traces that have a code, newest first.

    Args:
        code: The code.
        trace_ids: The traces that have it.
        traces: trace_id, started_at, input, release and model of those.
        labels: Labels that count, with ``code``.
        sample: Rows of samples; a trace in several is told by the first.
        notes: Label rows among which the notes are.

    Returns:
        Columns trace_id, started_at, first_words, release, model, annotators, severity (the worst given), note (the
        first; what was said with the code where there is none), stratum and weight.
    """
    import pandas as pd

    given = labels[(labels["code"] == code).fillna(False).astype(bool) & labels["trace_id"].isin(list(trace_ids))]
    by = given.groupby("trace_id", sort=False)
    names = by["annotator"].agg(lambda each: ", ".join(sorted({str(name) for name in each.dropna()})))
    worst = pd.to_numeric(given["severity"], errors="coerce").groupby(given["trace_id"]).max()
    said = notes[(notes["dimension"] == "note") & notes["trace_id"].isin(list(trace_ids))]
    own = given[given["note"].notna()].drop_duplicates("trace_id").set_index("trace_id")["note"]
    first = said.drop_duplicates("trace_id").set_index("trace_id")["value"].combine_first(own)
    rows = sample.drop_duplicates("trace_id").set_index("trace_id")
    frame = pd.DataFrame({"trace_id": list(trace_ids)}).merge(traces, on="trace_id", how="left")
    words = frame["input"].fillna("").astype(str).str.split().str.join(" ").str.slice(0, WIDTH)
    of = frame["trace_id"]
    frame = frame.assign(
        first_words=words,
        annotators=of.map(names),
        severity=of.map(worst).astype("Int64"),
        note=of.map(first),
        stratum=of.map(rows["stratum"]),
        weight=of.map(rows["weight"]).astype(float),
    )
    ordered = frame.sort_values("started_at", ascending=False, na_position="last", kind="stable")
    return ordered[[*COLUMNS, "weight"]].reset_index(drop=True)
