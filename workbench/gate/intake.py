"""Results laid beside their cases, with every row accounted for.

A case without a usable result is not a case that passed, nor one that failed: it is counted, and the decision says
whether it would have changed anything. Leaving it out without a word would let a run pass by not answering.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import BadRequest, MissingColumns
from workbench.long_form import plain_text

if TYPE_CHECKING:
    from pandas import DataFrame, Series

PASS_WORDS = ("true", "pass", "passed", "1", "yes")
FAIL_WORDS = ("false", "fail", "failed", "0", "no")
MOST_VALUES = 50
"""A column with more values than this names its cases rather than slicing them."""
OF_A_CASE = frozenset(
    "case_id input_payload expected_behavior reference checks rubric rubric_version evaluation_type risk_level edge"
    " source category slices capture_date product_version labelled_by agreement version_added parent_case trace_id"
    " blind".split()
)
"""Fields of a golden case; they are slices only where the contract asks for them."""
SEEN_IN = frozenset({"model", "provider", "environment", "name"})
"""Where the trace behind a case was seen; also slices only where the contract asks, since each slice costs power."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of a run's rows, and which cases they left without a verdict.

    Attributes:
        rows: Rows in all: scored + errors + unscored + duplicates + contradictory + unknown + without_id.
        scored: Cases with one usable verdict.
        errors: Cases whose run failed; they count as failing.
        unscored: Cases with an output that nobody has scored.
        duplicates: Rows beyond the one that counts: a verdict said again, a failed run that was run again.
        contradictory: Rows of cases that have verdicts of both kinds; those cases have none.
        unknown: Rows of cases that the set does not have.
        without_id: Rows without a case_id.
        missing: Cases without any row.
        contradicted: Cases with verdicts of both kinds.
    """

    rows: int = 0
    scored: int = 0
    errors: int = 0
    unscored: int = 0
    duplicates: int = 0
    contradictory: int = 0
    unknown: int = 0
    without_id: int = 0
    missing: int = 0
    contradicted: int = 0

    @property
    def unanswered(self) -> int:
        """Cases of which it is not known whether they pass."""
        return self.missing + self.unscored + self.contradicted


@dataclass(frozen=True)
class Run:
    """A run's verdicts in the order of the cases.

    Attributes:
        passed: 1, 0, or nan where there is no verdict; a failed run is 0.
        errored: Where the run itself failed.
        metrics: Further columns of verdicts, by name.
        counts: What became of the rows.
    """

    passed: np.ndarray
    errored: np.ndarray
    counts: Counts
    metrics: Mapping[str, np.ndarray] = field(default_factory=dict)


def case_ids(cases: DataFrame) -> list[str]:
    """The ids of the cases.

    Raises:
        MissingColumns: There is no case_id.
        BadRequest: A case has no id, or several have the same.
    """
    if "case_id" not in cases.columns:
        raise MissingColumns("cases", ["case_id"], [str(name) for name in cases.columns], "Add it.")
    ids = plain_text(cases["case_id"])
    if ids.isna().any():
        raise BadRequest(f"{int(ids.isna().sum()):,} cases have no case_id. Give every case one")
    twice = int(ids.duplicated().sum())
    if twice:
        raise BadRequest(f"{twice:,} cases have a case_id that an earlier case has. Give every case its own")
    return [str(each) for each in ids]


def lay_beside(ids: Sequence[str], results: DataFrame, *, what: str, metrics: Sequence[str] = ()) -> Run:
    """Bring a run's rows into the order of the cases.

    Args:
        ids: The cases.
        results: Columns case_id and passed; if there: error, output (unused), and the metrics.
        what: What the table is called in messages.
        metrics: Further columns of verdicts to bring along.

    Raises:
        MissingColumns: A column is not there.
        BadRequest: No row is of any of the cases.
    """
    import pandas as pd

    found = [str(name) for name in results.columns]
    needed = [name for name in ("case_id", "passed", *metrics) if name not in found]
    if needed:
        raise MissingColumns(what, needed, found, "Score the outputs first, or add it.")
    rows = pd.DataFrame({"case": plain_text(results["case_id"]), "passed": verdicts(results["passed"])})
    rows["error"] = plain_text(results["error"]).notna() if "error" in found else False
    for name in metrics:
        rows[f"metric {name}"] = verdicts(results[name])
    without_id = int(rows["case"].isna().sum())
    place = {case: at for at, case in enumerate(ids)}
    rows["at"] = rows["case"].map(place)
    unknown = int(rows["at"].isna().sum()) - without_id
    rows = rows.dropna(subset=["at"]).astype({"at": "int64"})
    if not len(rows) and len(results):
        raise BadRequest(
            f"none of the {len(results):,} rows of {what} is of the {len(ids):,} cases. Check that both use the same"
            " ids"
        )
    rows["said"] = np.where(rows["error"], 2.0, rows["passed"].fillna(-1.0))
    # what counts of a case's rows: its verdicts; without one its failed run; without that its unscored output
    verdict = rows[rows["said"].isin([0.0, 1.0])]
    kinds = verdict.groupby("at")["said"].nunique()
    contradicted = kinds.index[kinds > 1]
    rows = rows.assign(rank=rows["said"].map({1.0: 0, 0.0: 0, 2.0: 1, -1.0: 2})).sort_values("rank", kind="stable")
    clash = rows["at"].isin(contradicted)
    kept = rows[~clash].drop_duplicates("at")
    passed, errored = np.full(len(ids), np.nan), np.zeros(len(ids), dtype=bool)
    at, said = kept["at"].to_numpy(), kept["said"].to_numpy()
    passed[at] = np.where(said == 2, 0.0, np.where(said < 0, np.nan, said))
    errored[at] = said == 2
    others = {}
    for name in metrics:
        values = np.full(len(ids), np.nan)
        values[at] = np.where(said == 2, 0.0, kept[f"metric {name}"].to_numpy())
        others[name] = values
    counts = Counts(
        rows=len(results), scored=int(np.isin(said, (0, 1)).sum()), errors=int((said == 2).sum()),
        unscored=int((said < 0).sum()), duplicates=int((~clash).sum()) - len(kept), contradictory=int(clash.sum()),
        unknown=unknown, without_id=without_id, missing=len(ids) - len(kept) - len(contradicted),
        contradicted=len(contradicted),
    )  # fmt: skip
    return Run(passed, errored, counts, others)


def verdicts(column: Series[Any]) -> Series[Any]:
    """A column of passes as 1, 0 and nan; whatever is no such word is nan, and so counted as not scored."""
    import pandas as pd

    words = plain_text(column).str.casefold()
    return pd.Series(
        np.where(words.isin(PASS_WORDS), 1.0, np.where(words.isin(FAIL_WORDS), 0.0, np.nan)), index=column.index
    )


def slices_of(cases: DataFrame, columns: Sequence[str] | None, notices: list[str]) -> dict[str, np.ndarray]:
    """Which cases belong to which slice, by ``column=value``.

    Args:
        cases: The cases; a column ``slices`` of mappings is taken apart.
        columns: Which to slice by; None takes the mappings' names and, beside the fields of a case, columns of words,
            except those that say where a case was seen and nothing of what it asks (``SEEN_IN``).
        notices: Told of columns that are no slices.

    Raises:
        MissingColumns: A column is not there.
    """
    import pandas as pd

    wide = cases.drop(columns=["slices"], errors="ignore")
    named: list[str] = []
    if "slices" in cases.columns:
        inner = pd.DataFrame([each if isinstance(each, Mapping) else {} for each in cases["slices"]], index=cases.index)
        named = [str(name) for name in inner.columns]
        wide = pd.concat([wide.drop(columns=named, errors="ignore"), inner], axis=1)
    if columns is None:
        others = [name for name in wide.columns if name not in OF_A_CASE and name not in named and _words(wide[name])]
        chosen = [name for name in (*named, *map(str, others)) if name not in SEEN_IN]
    else:
        chosen = list(columns)
        missing = [name for name in chosen if name not in wide.columns]
        if missing:
            raise MissingColumns("cases", missing, map(str, wide.columns), "Correct slice_by in the contract.")
    members = {}
    for name in chosen:
        values = plain_text(wide[name]).str.replace(r"^(True|False)$", lambda found: found[0].lower(), regex=True)
        kinds = sorted(values.dropna().unique())
        if len(kinds) > MOST_VALUES and columns is None:
            notices.append(f"{name!r} has {len(kinds):,} values and is no slice; name it in slice_by to make it one.")
            continue
        for kind in kinds:
            members[f"{name}={kind}"] = (values == kind).fillna(False).to_numpy(dtype=bool)
    return members


def _words(column: Series[Any]) -> bool:
    import pandas as pd

    if pd.api.types.is_bool_dtype(column):
        return True
    given = column.dropna()
    return (
        not pd.api.types.is_numeric_dtype(column)
        and not pd.api.types.is_datetime64_any_dtype(column)
        and bool(given.map(lambda each: isinstance(each, str)).all())
    )
