"""The words of the Agreement page: coefficients with their intervals, what was settled, the lines for a notebook."""

from typing import Any

import pandas as pd

MARKS = {"reliable": "●", "ambiguous": "◆", "undecided": "○", "no_variation": "✕"}
LEFT_OUT = "Labels that count for nothing here, and why"


def coefficient(value: Any) -> str:
    """A coefficient with two digits and no leading zero; nothing where there is none.

    >>> coefficient(0.741), coefficient(-0.02), coefficient(1.0), coefficient(float("nan"))
    ('.74', '-.02', '1.00', '')
    """
    if pd.isna(value):
        return ""
    return f"{value:.2f}".replace("0.", ".", 1) if abs(round(value, 2)) < 1 else f"{value:.2f}"


def with_bounds(value: Any, low: Any, high: Any) -> str:
    """A coefficient with its interval: '.74 (.61 to .85)'.

    >>> with_bounds(0.741, 0.61, 0.85)
    '.74 (.61 to .85)'
    """
    return "" if pd.isna(value) else f"{coefficient(value)} ({coefficient(low)} to {coefficient(high)})"


def more_coefficients(row: Any) -> str:
    """The coefficients that the table has no room for: 'nominal, 3 annotators · kappa .36 · Fleiss .36 …'."""
    people = f"{row.annotators} annotator{'' if row.annotators == 1 else 's'}"
    named = {
        "kappa": row.kappa, "weighted kappa": row.kappa_weighted, "Fleiss": row.fleiss, "AC2": row.ac2,
        "Brennan-Prediger": row.brennan_prediger, "agreement on no failure": row.negative_agreement,
    }  # fmt: skip
    told = [f"{name} {coefficient(value)}" for name, value in named.items() if coefficient(value)]
    return " · ".join([f"{row.level}, {people}, {row.labels:,} labels", *told])


def signed(share: float) -> str:
    """A difference of shares in points: '+15 points'.

    >>> signed(0.15), signed(-0.004)
    ('+15 points', '-0 points')
    """
    return f"{100 * share:+.0f} points"


def p_words(p: float) -> str:
    """A p-value as it is printed.

    >>> p_words(0.0004), p_words(0.004), p_words(0.27)
    ('p < .001', 'p .004', 'p .27')
    """
    if p < 0.001:
        return "p < .001"
    return f"p {p:.3f}".replace("0.", ".", 1) if p < 0.01 else f"p {coefficient(p)}"


def how_words(how: str, value: Any) -> str:
    """Say how something was settled.

    >>> how_words("decide", "curt"), how_words("majority", "pass"), how_words("exclude", None)
    ('curt', 'pass, by majority', 'excluded')
    """
    if how == "exclude":
        return "excluded"
    if how == "ambiguous":
        return "kept as ambiguous"
    return f"{value}, by majority" if how == "majority" and isinstance(value, str) else str(value or "by majority")


def standard(ws: Any, dimension: str, *, short: bool = False) -> dict[str, str]:
    """What the rubric, or of a code the codebook, says of a dimension, by title; ``short`` leaves out the examples."""
    if dimension.startswith("code: "):
        told = ws.codebook().find(dimension.removeprefix("code: "))
        titles = {"Definition": "definition", "Just in": "just_in", "Just out": "just_out", "Not": "excludes"}
    else:
        told = ws.rubric().by_name.get(dimension)
        titles = {"Definition": "definition", "Just passes": "passes", "Just fails": "fails", "Rule": "rule"}
    found = {title: getattr(told, field, "") for title, field in titles.items()}
    return {title: text for title, text in found.items() if text and not (short and title.startswith("Just"))}


def dispute_code(path: str, sample: str | None, trace_id: str, dimension: str) -> str:
    """Give the dispute on the screen in a notebook, and how it is settled there."""
    lines = ["from workbench import Workspace", "", f"ws = Workspace({path!r})"]
    lines += [f"disputes = ws.disputes({sample!r})" if sample else "disputes = ws.disputes()"]
    lines += [f"dispute = ws.dispute({trace_id!r}, {dimension!r})", f"trace = ws.trace({trace_id!r})"]
    settle = f"# ws.adjudicate({trace_id!r}, {dimension!r}, value='...', reason='...', decided_by='...')"
    return "\n".join([*lines, settle])


def agreement_code(view: Any, by: str) -> str:
    """Give the page's tables and figures in a notebook."""
    said = ", ".join(f"{name}={value!r}" for name, value in view.options.items())
    lines = ["from workbench import Workspace, charts", "", f"ws = Workspace({str(view.ws.path)!r})"]
    lines += [f"found = ws.agree({said})", "print(found)", "charts.agreement_forest(found.dimensions)"]
    if view.dimension is not None and view.compared:
        lines += [
            f"mixed = found.confusions[found.confusions.dimension == {view.dimension!r}]",
            "charts.mixed_bars(mixed)",
            f"pairs = found.pairs[found.pairs.dimension == {view.of_people!r}]",
            "charts.pair_matrix(pairs)",
            f"people = found.annotators[found.annotators.dimension == {view.of_people!r}]",
            "charts.left_out_forest(people)",
        ]
    if view.dimension is not None and view.compared and view.tab != "adjudicated":
        more = "".join(f", {name}={value!r}" for name, value in view.options.items())
        lines += [
            f"course = ws.agreement_over_time({by!r}, dimension={view.dimension!r}{more})",
            "charts.annotator_course(course.periods, what='disagreement')",
            "misses = ws.gold_misses()",
        ]
        lines += [f"model = ws.consensus({view.dimension!r}{more})"] if view.may_be_modelled else []
    sample = f"{view.sample!r}" if view.sample else ""
    return "\n".join([*lines, f"disputes = ws.disputes({sample})", "settled = ws.adjudications()"])
