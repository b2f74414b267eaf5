"""What people said of the traces they read: which traces were reviewed, and which codes each of them has.

A trace is reviewed once it has an outcome or a code. Where several people read it, it has the codes that at least half
of them gave it; where somebody adjudicated it, what they said counts and nothing else. Where one code alone was settled
(a label of the dimension ``code: NAME``, yes or no) it settles that one. Only people count here: a judge's verdicts are
corrected and used elsewhere. What was said unblinded, of a trace that was chosen because it had failed, counts for its
case and for no rate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median_high
from typing import TYPE_CHECKING

import numpy as np

from workbench.errors import MissingColumns

if TYPE_CHECKING:
    from pandas import DataFrame, Series

    from workbench.codebook import Codebook

NEEDED = ("trace_id", "dimension", "value", "annotator")
LINKED = ("code", "root_cause")
"""Dimensions of which any label shows that a trace was read."""


@dataclass(frozen=True)
class Reviewed:
    """The traces that were read, and their codes.

    Attributes:
        trace_ids: (n,) in the order in which they were first read.
        codes: (K,) names of the codes that any of them was given, those given to more traces first.
        has: (n, K) whether each trace has each code.
        failed: (n,) whether each has a code, or fails by the outcome that counts.
        labels: (K,) labels of each code.
        severities: The severities people gave with each code, by its name.
        unplaced: Labels whose code was split or retired: they count as no code until somebody chooses.
        annotators: Who read.
    """

    trace_ids: np.ndarray = field(repr=False)
    codes: tuple[str, ...]
    has: np.ndarray = field(repr=False)
    failed: np.ndarray = field(repr=False)
    labels: np.ndarray = field(repr=False)
    severities: Mapping[str, tuple[int, ...]] = field(repr=False)
    unplaced: int = 0
    annotators: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        """How many traces were reviewed."""
        return len(self.trace_ids)

    def traces_of(self, code: str) -> list[str]:
        """The traces that have a code; none where it was given to none."""
        if code not in self.codes:
            return []
        return [str(each) for each in self.trace_ids[self.has[:, self.codes.index(code)]]]


def reviewed(labels: DataFrame, *, codebook: Codebook | None = None, dimension: str = "code") -> Reviewed:
    """Bring the labels that count down to traces and codes.

    Args:
        labels: Labels that count, one row per trace, annotator, dimension and (for codes) code: trace_id, dimension,
            value, annotator and, where there are, annotator_kind, round, severity, labelled_at. A column ``code`` says
            what a code is called now and is empty where nobody can say; without it names are looked up in the codebook.
        codebook: The names in force; names it does not know count as they stand.
        dimension: The dimension whose values are codes.

    Raises:
        MissingColumns: A column is missing.
    """
    missing = [name for name in NEEDED if name not in labels]
    if missing:
        raise MissingColumns("labels", missing, labels.columns, "Pass labels as ws.labels() gives them.")
    rows = _by_people(labels, dimension, codebook)
    given = rows[rows["dimension"] == dimension]
    trace_ids = rows["trace_id"].drop_duplicates().to_numpy(dtype=object)
    placed = given[given["code"].notna()]
    counted = _settled_one_by_one(rows, dimension, codebook, _that_count(rows, placed))
    sizes = counted["code"].value_counts(sort=False)
    often = placed["code"].value_counts()
    codes = sorted(sizes.index, key=lambda code: (-sizes[code], -often.get(code, 0), code))
    has = np.zeros((len(trace_ids), len(codes)), dtype=bool)
    place = {trace_id: at for at, trace_id in enumerate(trace_ids)}
    column = {code: at for at, code in enumerate(codes)}
    has[counted["trace_id"].map(place).to_numpy(dtype=int), counted["code"].map(column).to_numpy(dtype=int)] = True
    outcome = _outcomes(rows).reindex(trace_ids)
    of_code = placed[placed["code"].isin(codes)]
    n_labels = of_code["code"].value_counts().reindex(codes, fill_value=0)
    return Reviewed(
        trace_ids,
        tuple(codes),
        has,
        has.any(axis=1) | (outcome == "fail").to_numpy(dtype=bool),
        n_labels.to_numpy(dtype=int),
        _given_severities(of_code),
        len(given) - len(placed),
        tuple(sorted(rows["annotator"].drop_duplicates())),
    )


def severities(read: Reviewed, codebook: Codebook | None) -> tuple[list[int | None], list[str | None]]:
    """The codebook's severity, else the median of those on the labels (the worse one of two), else none."""
    severity: list[int | None] = []
    source: list[str | None] = []
    for name in read.codes:
        code = codebook.find(name) if codebook is not None else None
        given = read.severities.get(name, ())
        if code is not None and code.severity is not None:
            severity.append(code.severity)
            source.append("codebook")
        else:
            severity.append(median_high(given) if given else None)
            source.append("labels" if given else None)
    return severity, source


def _by_people(labels: DataFrame, dimension: str, codebook: Codebook | None) -> DataFrame:
    """The rows that show that a person read a trace, in order of time, as plain objects."""
    import pandas as pd

    def column(name: str) -> pd.Series:
        return labels[name].astype(object) if name in labels else pd.Series(None, index=labels.index, dtype=object)

    code = column("code") if "code" in labels else _looked_up(column("value"), codebook)
    rows = pd.DataFrame(
        {
            "trace_id": column("trace_id"),
            "dimension": column("dimension"),
            "value": column("value"),
            "code": code.where(code.notna(), None),
            "annotator": column("annotator").fillna("").astype(str),
            "adjudicated": (column("round") == "adjudicated").fillna(False).astype(bool),
            "severity": pd.to_numeric(column("severity"), errors="coerce"),
            "labelled_at": pd.to_datetime(column("labelled_at"), utc=True),
        }
    )
    kind = column("annotator_kind")
    alone = rows["adjudicated"] & rows["dimension"].str.startswith(f"{dimension}: ").fillna(False).astype(bool)
    shows = (rows["dimension"].isin({"outcome", *LINKED, dimension}) | alone) & (kind.isna() | (kind == "human"))
    shows &= (column("round") != "unblinded").fillna(True).astype(bool)
    return rows[shows & rows["value"].notna()].sort_values("labelled_at", kind="stable")


def _looked_up(values: Series, codebook: Codebook | None) -> Series:
    def name(value: object) -> object:
        found = codebook.find(str(value)) if codebook is not None and isinstance(value, str) else None
        return found.name if found is not None else value

    return values.map({each: name(each) for each in values.dropna().unique()})


def _that_count(rows: DataFrame, placed: DataFrame) -> DataFrame:
    """Pairs of trace and code that hold, each once."""
    import pandas as pd

    last = placed[placed["adjudicated"]]
    outcome = rows[rows["adjudicated"] & (rows["dimension"] == "outcome")].drop_duplicates("trace_id", keep="last")
    cleared = set(outcome.loc[outcome["value"] == "pass", "trace_id"])
    settled = set(last["trace_id"])
    open_ = placed[~placed["trace_id"].isin(settled | cleared)]
    held = [_by_majority(last, last), _by_majority(open_, rows[~rows["adjudicated"]])]
    return pd.concat(held, ignore_index=True)


def _settled_one_by_one(rows: DataFrame, dimension: str, codebook: Codebook | None, held: DataFrame) -> DataFrame:
    """The pairs of trace and code that hold once what was settled of single codes is followed."""
    import pandas as pd

    alone = rows[rows["dimension"].str.startswith(f"{dimension}: ")]
    if alone.empty:
        return held
    name = _looked_up(alone["dimension"].str.removeprefix(f"{dimension}: "), codebook)
    last = alone.assign(code=name).drop_duplicates(["trace_id", "code"], keep="last")
    key = ["trace_id", "code"]
    open_ = held[~pd.MultiIndex.from_frame(held[key]).isin(pd.MultiIndex.from_frame(last[key]))]
    return pd.concat([open_, last.loc[last["value"] == "yes", key]], ignore_index=True)


def _by_majority(given: DataFrame, readers: DataFrame) -> DataFrame:
    votes = given.drop_duplicates(["trace_id", "code", "annotator"]).groupby(["trace_id", "code"], sort=False).size()
    among = readers.drop_duplicates(["trace_id", "annotator"]).groupby("trace_id", sort=False).size()
    found = votes.rename("votes").reset_index()
    return found[2 * found["votes"] >= found["trace_id"].map(among)][["trace_id", "code"]]


def _outcomes(rows: DataFrame) -> Series:
    """The outcome of each trace: the adjudicated one, else fail where at least half of its readers say so."""
    said = rows[rows["dimension"] == "outcome"].drop_duplicates(["trace_id", "annotator"], keep="last")
    fails = (said["value"] == "fail").groupby(said["trace_id"]).mean()
    word = (fails >= 0.5).map({True: "fail", False: "pass"})
    last = rows[rows["adjudicated"] & (rows["dimension"] == "outcome")].drop_duplicates("trace_id", keep="last")
    word = word.astype(object)
    word.loc[last["trace_id"]] = last["value"].to_numpy(dtype=object)
    return word


def _given_severities(of_code: DataFrame) -> dict[str, tuple[int, ...]]:
    known = of_code[of_code["severity"].between(1, 5)]
    return {str(code): tuple(int(each) for each in rows["severity"]) for code, rows in known.groupby("code")}
