"""Agreement in sentences: what a dimension's verdict means, why it is so, and what to do about it."""

from __future__ import annotations

from math import ceil, log10
from typing import TYPE_CHECKING, Any

from workbench.agree.mixed import LEFT_OUT

if TYPE_CHECKING:
    from workbench.agree.report import Agreement

SHORT = {"reliable": "reliable", "ambiguous": "ambiguous", "undecided": "cannot tell", "no_variation": "no variation"}
STOPPED = (
    "Stop labelling and write the rubric anew: every alpha is below .4, and their mean is below .5 with its interval."
)


def about(n: float) -> str:
    """A number of labels as it can be planned with, rounded up to two digits.

    >>> about(38), about(257), about(3317)
    ('38', '260', '3,400')
    """
    unit = 10 ** max(int(log10(max(n, 1))) - 1, 0)
    return f"{ceil(n / unit) * unit:,}"


def verdict_words(found: Agreement, dimension: str) -> str:
    """Say the verdict, what it takes to settle it, and why it is so: 'cannot tell: label about 60 more; …'."""
    row = _row(found, dimension)
    if row.verdict == "no_variation":
        return "no variation: everybody gave the same value"
    cause = why(found, dimension)
    if row.verdict == "reliable":
        return "reliable"
    if row.verdict == "ambiguous":
        what = "definition" if isinstance(row.code, str) else "rubric"
        return f"{what} ambiguous" + (f": {cause}" if cause else "")
    more = f"label about {about(row.n_more)} more" if row.n_more == row.n_more else None
    bare = None if row.alpha == row.alpha else row.reason
    told = [each for each in (bare, more, cause) if isinstance(each, str)]
    return "cannot tell: " + "; ".join(told) if told else "cannot tell"


def why(found: Agreement, dimension: str) -> str | None:
    """Say what most disputes of a dimension are about; of two values, whose use of them stands apart."""
    row = _row(found, dimension)
    mixed = found.confusions[found.confusions["dimension"] == dimension]
    if not row.disputed or mixed.empty:
        return None
    top = mixed.iloc[0]
    most = f"{top['items']} of {row.disputed} dispute{'s' if row.disputed != 1 else ''}"
    if isinstance(row.code, str):
        instead = "only another code" if top["other"] == LEFT_OUT else top["other"]
        return f"others gave {instead} in {most}"
    if len(mixed) > 1:
        return f"{most} {'are' if top['items'] != 1 else 'is'} {top['value']} / {top['other']}"
    apart = found.outliers[found.outliers["dimension"] == dimension].sort_values("change", ascending=False)
    if apart.empty:
        return None
    return f"without {apart['annotator'].iloc[0]} alpha is {number(apart['alpha_without'].iloc[0])}"


def sentences(found: Agreement) -> tuple[str, ...]:
    """Say how many dimensions and codes can be trusted, worst first; and when to stop."""
    told = [STOPPED] if found.stop else []
    for rows, one, many in (
        (found.dimensions[found.dimensions["code"].isna()], "dimension", "dimensions"),
        (found.dimensions[found.dimensions["code"].notna()], "code", "codes"),
    ):
        if rows.empty:
            continue
        by = {word: list(rows.loc[rows["verdict"] == word, "dimension"]) for word in SHORT}
        parts = [f"{len(by['reliable'])} of {len(rows)} {one if len(rows) == 1 else many} reliable"]
        parts += [f"{_named(by['ambiguous'])} ambiguous"] if by["ambiguous"] else []
        parts += [f"of {_named(by['undecided'])} nobody can tell yet"] if by["undecided"] else []
        parts += [f"{_named(by['no_variation'])} without variation"] if by["no_variation"] else []
        told.append(f"{', '.join(parts)}.")
    return tuple(told)


def number(value: float) -> str:
    """A coefficient with two digits and no leading zero.

    >>> number(0.741), number(-0.02), number(1.0), number(float("nan"))
    ('.74', '-.02', '1.00', 'none')
    """
    if value is None or value != value:
        return "none"
    return f"{value:.2f}".replace("0.", ".", 1) if abs(round(value, 2)) < 1 else f"{value:.2f}"


def _row(found: Agreement, dimension: str) -> Any:
    rows = found.dimensions[found.dimensions["dimension"] == dimension]
    if rows.empty:
        raise ValueError(f"no dimension {dimension!r} was measured")
    return next(rows.itertuples(index=False))


def _named(names: list[str]) -> str:
    plain = [name.removeprefix("code: ") for name in names]
    return ", ".join(plain) if len(plain) <= 3 else f"{', '.join(plain[:2])} and {len(plain) - 2} more"
