"""What everybody said blind of each trace and dimension, side by side, with why they said it.

A code is a dimension of its own, ``code: NAME``: who reviewed the trace and did not give the code says no. Who put the
outcome off and gave no code has not answered, and neither has a defer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.errors import MissingColumns

if TYPE_CHECKING:
    from pandas import DataFrame, Series

COLUMNS = (
    "trace_id", "dimension", "annotator", "value", "severity", "critique", "gold_answer", "seconds", "rubric_version",
    "labelled_at",
)  # fmt: skip
NEEDED = ("trace_id", "annotator", "dimension", "value")
OF_CODE = "code: "
YES, NO = "yes", "no"
DEFER = "defer"
_NO_DIMENSION = ("code", "note", "gold_answer")


def votes(labels: DataFrame, *, dimension: str | None = None) -> DataFrame:
    """Put the labels that people gave blind into one row per trace, dimension and annotator.

    Args:
        labels: Labels that count: trace_id, annotator, dimension, value and, where there are, annotator_kind, round,
            severity, note, gold_answer, seconds, rubric_version, labelled_at.
        dimension: Only this one.

    Returns:
        ``COLUMNS``: ``critique`` is the note of the label, else that of the annotator's outcome, else their note.

    Raises:
        MissingColumns: A column is missing.
    """
    import pandas as pd

    missing = [name for name in NEEDED if name not in labels]
    if missing:
        raise MissingColumns("labels", missing, labels.columns, "Pass labels as ws.labels() gives them.")
    rows = _by_people(labels)
    key = ["trace_id", "annotator"]
    outcome = rows[rows["dimension"] == "outcome"].drop_duplicates(key, keep="last")
    said = _first_of(key, outcome, rows[rows["dimension"] == "note"])
    parts = []
    if dimension is None or not dimension.startswith(OF_CODE):
        plain = rows[~rows["dimension"].isin(_NO_DIMENSION)]
        plain = plain if dimension is None else plain[plain["dimension"] == dimension]
        parts.append(plain.drop_duplicates([*key, "dimension"], keep="last"))
    if dimension is None or dimension.startswith(OF_CODE):
        wanted = None if dimension is None else dimension.removeprefix(OF_CODE)
        parts.append(_of_codes(rows, outcome, wanted))
    found = pd.concat(parts, ignore_index=True).merge(said, on=key, how="left")
    found["critique"] = found["note"].where(found["note"].notna(), found["said"])
    found["gold_answer"] = found["gold_answer"].where(found["gold_answer"].notna(), found["said_gold"])
    return found.sort_values(["trace_id", "dimension", "labelled_at", "annotator"], kind="stable")[
        list(COLUMNS)
    ].reset_index(drop=True)


def _by_people(labels: DataFrame) -> DataFrame:
    import pandas as pd

    def column(name: str) -> Series[Any]:
        return labels[name].astype(object) if name in labels else pd.Series(None, index=labels.index, dtype=object)

    kind, round_ = column("annotator_kind"), column("round")
    rows = pd.DataFrame({name: column(name) for name in (*NEEDED, "note", "gold_answer", "rubric_version")})
    rows["severity"] = pd.to_numeric(column("severity"), errors="coerce")
    rows["seconds"] = pd.to_numeric(column("seconds"), errors="coerce")
    rows["labelled_at"] = pd.to_datetime(column("labelled_at"), utc=True)
    rows["annotator"] = rows["annotator"].fillna("").astype(str)
    blind = (kind.isna() | (kind == "human")) & (round_.isna() | (round_ == "blind")) & rows["value"].notna()
    if "withdrawn" in labels:
        blind &= ~labels["withdrawn"].astype("boolean").fillna(False).astype(bool)
    return rows[blind].sort_values("labelled_at", kind="stable")


def _first_of(key: list[str], outcome: DataFrame, notes: DataFrame) -> DataFrame:
    """Per trace and annotator the critique and the gold answer that belong to all they said of it."""
    import pandas as pd

    with_note = outcome[outcome["note"].notna()].set_index(key)["note"]
    open_note = notes.drop_duplicates(key, keep="last").set_index(key)["value"]
    gold = outcome[outcome["gold_answer"].notna()].set_index(key)["gold_answer"]
    said = with_note.combine_first(open_note)
    return pd.DataFrame({"said": said, "said_gold": gold}, dtype=object).rename_axis(key).reset_index()


def _of_codes(rows: DataFrame, outcome: DataFrame, wanted: str | None) -> DataFrame:
    """Yes or no of everybody who reviewed a trace, for each code that anybody gave it; for the code that is wanted."""
    given = rows[rows["dimension"] == "code"]
    given = given if wanted is None else given[given["value"] == wanted]
    own = given.drop_duplicates(["trace_id", "annotator", "value"], keep="last")
    coded = rows.loc[rows["dimension"] == "code", ["trace_id", "annotator"]].drop_duplicates()
    answered = outcome.loc[outcome["value"] != DEFER, ["trace_id", "annotator"]]
    reviewers = coded.merge(answered, how="outer")
    asked = (
        own[["trace_id", "value"]].drop_duplicates().merge(reviewers, on="trace_id")
        if wanted is None
        else reviewers.assign(value=wanted).astype({"value": object})
    )
    found = asked.merge(own, on=["trace_id", "value", "annotator"], how="left", indicator=True)
    when = outcome.set_index(["trace_id", "annotator"])["labelled_at"].to_dict()
    silent = found["_merge"] == "left_only"
    pairs = zip(found["trace_id"], found["annotator"], strict=True)
    of_outcome = [when.get(pair) for pair in pairs]
    found["labelled_at"] = found["labelled_at"].where(~silent, of_outcome).astype("datetime64[us, UTC]")
    return found.assign(
        dimension=OF_CODE + found["value"].astype(str), value=silent.map({True: NO, False: YES}).astype(object)
    ).drop(columns="_merge")
