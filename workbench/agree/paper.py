"""Agreement as a table for a paper or a report: formatted, with a caption that says how each number was made."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pandas import DataFrame

    from workbench.agree.report import Agreement

HEAD = (
    "dimension", "items", "annotators", "raw agreement", "alpha [95% CI]", "AC1", "kappa", "agreement on failures",
    "verdict",
)  # fmt: skip
NONE = "–"
_LATEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "|": r"\textbar{}", "<": r"\textless{}",
    ">": r"\textgreater{}", NONE: "--",
}  # fmt: skip
_MARKDOWN = "\\|*_`[]<>#$~"


def paper_table(found: Agreement, *, codes: bool = True) -> DataFrame:
    """Put the main figures of each dimension into words and numbers as they are printed.

    Args:
        found: The agreement.
        codes: Each code by itself, too.
    """
    import pandas as pd

    rows = found.dimensions if codes else found.dimensions[found.dimensions["code"].isna()]
    head = [each.replace("95%", f"{100 * found.confidence:g}%") for each in HEAD]
    return pd.DataFrame([_row(row) for row in rows.to_dict("records")], columns=head, dtype="str")


def caption(found: Agreement) -> str:
    """How the numbers of the table were made, in a few sentences."""
    return (
        f"Agreement of {found.round} labels. Items: labelled by two annotators or more. Raw agreement: share of"
        " agreeing pairs, averaged over items. Alpha: Krippendorff's; bounds from 2,000 draws, of two values of the"
        " patterns of votes under Jeffreys' prior, else of items, whole sessions where they are known"
        f" (seed {found.seed}). Kappa: Cohen's for two annotators, Fleiss' for more."
        " Agreement on failures: of the ratings that say failure, the share that another annotator of the item shares."
        " Verdict: reliable where the whole interval of alpha is at .6 or above, ambiguous where it is below."
    )


def markdown(table: DataFrame, note: str = "") -> str:
    """A table as Markdown; text is text, whatever signs it holds."""
    lines = [_line(table.columns), _line(["---"] * len(table.columns), plain=True)]
    lines += [_line(row) for row in table.itertuples(index=False)]
    return "\n".join(lines) + (f"\n\n{note}\n" if note else "\n")


def latex(table: DataFrame, note: str = "", *, label: str = "tab:agreement") -> str:
    """A table as LaTeX; it needs the package booktabs."""
    numbers = "l" + "r" * (len(table.columns) - 2) + "l"
    body = [" & ".join(map(_latex, row)) + r" \\" for row in table.itertuples(index=False)]
    head = " & ".join(map(_latex, table.columns)) + r" \\"
    lines = [
        "% \\usepackage{booktabs}", r"\begin{table}", r"\centering", rf"\begin{{tabular}}{{{numbers}}}", r"\toprule",
        head, r"\midrule", *body, r"\bottomrule", r"\end{tabular}",
        *([rf"\caption{{{_latex(note)}}}"] if note else []), rf"\label{{{label}}}", r"\end{table}",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _row(row: dict[Any, Any]) -> list[str]:
    alpha = _number(row["alpha"])
    if alpha == NONE:
        alpha = "no variation" if row["verdict"] == "no_variation" else NONE
    elif not isnan(row["alpha_low"]):
        alpha += f" [{_number(row['alpha_low'])}, {_number(row['alpha_high'])}]"
    kappa = row["kappa"] if row["annotators"] <= 2 else row["fleiss"]
    return [
        str(row["dimension"]), f"{row['units']:,}", str(row["annotators"]), _percent(row["percent"]), alpha,
        _number(row["ac1"]), _number(kappa), _percent(row["positive_agreement"]),
        str(row["verdict"]).replace("_", " "),
    ]  # fmt: skip


def _number(value: float) -> str:
    """Two decimals without the leading zero, as coefficients are printed."""
    if isnan(value):
        return NONE
    text = f"{round(value, 2) + 0.0:.2f}"
    text = text.replace("0.", ".", 1) if abs(value) < 0.995 else text
    return text.replace("-", "−")


def _percent(value: float) -> str:
    return NONE if isnan(value) else f"{100 * value:.1f}%"


def _line(cells: Sequence[Any], *, plain: bool = False) -> str:
    texts = [str(cell) if plain else "".join(f"\\{sign}" if sign in _MARKDOWN else sign for sign in str(cell))
             for cell in cells]  # fmt: skip
    return "| " + " | ".join(" ".join(text.split()) for text in texts) + " |"


def _latex(cell: Any) -> str:
    text = "".join(_LATEX.get(sign, sign) for sign in " ".join(str(cell).split()))
    return text.replace("−", "$-$")
