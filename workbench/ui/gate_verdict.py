"""The verdict in one word, why, and what it rests on: the rate, the difference, the slices and the cases that flipped.

Of sealed cases that flipped nothing is here but their number, not even their slices.
"""

from html import escape
from typing import Any
from urllib.parse import quote

import pandas as pd
import streamlit as st

from workbench.charts import FAIL, PASS, UNDECIDED, gate_difference, gate_rate, gate_slices, rate_text
from workbench.ui.gate import GateDesk
from workbench.ui.tables import ROW, fitted
from workbench.ui.words import plain
from workbench.workspace.gating import written

STILL = {"displayModeBar": False}
WORDS = {"pass": ("Ship", PASS), "fail": ("Hold", FAIL), "undecided": ("Cannot tell", UNDECIDED)}
NO_ALARM = "No alarm"
"""What a trip-wire that passes says: it did not see enough to say ship."""
PEEKED = "This set has been scored"
FLIPS = {"lost": "Passed before, fails now", "gained": "Failed before, passes now"}
LOST, GAINED = FLIPS


def gate_verdict(desk: GateDesk) -> None:
    """Say the verdict, why, what to do, and what would decide it; offer it as files."""
    report = desk.report
    word, shade = verdict_word(report)
    st.html(
        f'<div role="status" style="font-size:3.4rem;line-height:1.1;font-weight:700;color:{shade}">{escape(word)}'
        "</div>"
    )
    st.markdown(f"**{plain(_sentence(report.reason))}**.")
    st.markdown(plain(report.advice))
    decides = what_decides(report)
    if decides:
        st.markdown(decides)
    with st.container(horizontal=True, gap="small"):
        for name, kind, label in (("gate.md", "markdown", "Markdown"), ("gate.xml", "junit", "JUnit XML")):
            st.download_button(
                label, written(report, kind), name, "text/markdown" if kind == "markdown" else "application/xml",
                key=f"gate.{kind}", icon=":material/download:", on_click="ignore",
            )  # fmt: skip
    for notice in (*desk.told, *report.notices):
        if notice.startswith(PEEKED):
            st.warning(plain(notice), icon=":material/visibility:")


def verdict_word(report: Any) -> tuple[str, str]:
    """The word and its colour."""
    word, shade = WORDS[report.verdict]
    return (NO_ALARM, shade) if report.passed and report.mode == "trip-wire" else (word, shade)


def what_decides(report: Any) -> str:
    """What would decide it: how many more cases, of what; empty where it is decided."""
    if report.verdict != "undecided":
        return ""
    power = report.power
    if power.n_needed is None:
        return f"**What would decide it:** {plain(power.reason)}."
    parts = [f"{'the whole' if name in ('overall', 'baseline') else plain(name)} {n:,}"
             for name, n in power.checks.items() if n]  # fmt: skip
    each = (
        f" ({'; '.join(parts)})"
        if len(parts) > 1
        else f", all of {parts[0].rsplit(' ', 1)[0]}"
        if _of_slice(power)
        else ""
    )
    return f"**What would decide it:** about {power.n_needed:,} more cases{each}, if the rates stay as they are."


def _of_slice(power: Any) -> bool:
    return not set(power.checks) & {"overall", "baseline"}


def gate_rates(desk: GateDesk) -> None:
    """Draw the rate with its threshold, and the difference with its margin, each with its words."""
    report = desk.report
    rate = report.overall
    with st.container(border=True, gap=None):
        told = rate_text(rate.rate.estimate, rate.rate.low, rate.rate.high, rate.rate.n)
        st.markdown(f"**Passed** {plain(told)}" + ("" if rate.threshold else " · no threshold was declared"))
        st.plotly_chart(gate_rate(rate.rate, rate.threshold, rate.state), key="gate.rate", config=STILL)
        if report.paired is not None:
            st.markdown(f"**Against the baseline** {plain(difference_words(report.paired))}")
            st.plotly_chart(gate_difference(report.paired), key="gate.difference", config=STILL)
        else:
            st.caption("Without a baseline nothing is said of what this release changed.")
        for row in report.metrics.itertuples():
            told = rate_text(row.rate, row.low, row.high, int(row.n))
            st.markdown(f"**{plain(row.metric)}** {plain(told)}, wanted {100 * row.threshold:g}%: {plain(row.state)}")


def difference_words(paired: Any) -> str:
    """The paired difference in words: '-5.0 points (-9.1 to -1.2), n 120, p .012'."""
    gap = paired.difference
    if not paired.pairs.n:
        return "no case has a verdict in both runs"
    bounds = f"({100 * gap.low:+.1f} to {100 * gap.high:+.1f})"
    return f"{100 * gap.estimate:+.1f} points {bounds}, n {gap.n:,}, p {p_text(paired.p)}"


def p_text(p: float) -> str:
    """A p value as short as it can be; empty where there is none.

    >>> [p_text(each) for each in (0.0312, 0.00004, float("nan"))]
    ['.031', '<.001', '']
    """
    return "" if pd.isna(p) else "<.001" if p < 0.001 else f"{p:.3f}".lstrip("0")


def gate_slices_shown(desk: GateDesk) -> None:
    """Draw the slices, the worst first."""
    slices = desk.report.slices
    with st.container(border=True, height="stretch"):
        st.markdown("**Slices**, the worst first")
        if slices.empty:
            st.caption("The cases have no slices, or the contract names none. A rate over all can hide what broke.")
            return
        st.plotly_chart(gate_slices(slices, overall=desk.report.overall.rate.estimate), key="gate.slices", config=STILL)
        notes = ["▲ critical: nothing passes until it is shown to hold", "bars are 95% intervals"]
        notes += ["a line across is the slice's threshold"] if slices["threshold"].notna().any() else []
        notes += ["a square the baseline"] if slices["before"].notna().any() else []
        st.caption("; ".join(notes) + ".")
        with st.expander("As a table, with p after Holm", icon=":material/table:"):
            st.dataframe(slice_rows(slices), hide_index=True, row_height=ROW, height=fitted(len(slices), 400))


def slice_rows(slices: pd.DataFrame) -> pd.DataFrame:
    """Make the table of slices, in the words of the page."""
    rows = list(slices.itertuples())
    return pd.DataFrame(
        {
            "slice": slices["slice"],
            "": ["critical" if row.critical else "" for row in rows],
            "state": [{"unknown": "cannot tell", "untested": "not tested"}.get(row.state, row.state) for row in rows],
            "passed": [rate_text(row.rate, row.low, row.high, int(row.n)) for row in rows],
            "wanted": ["" if pd.isna(row.threshold) else f"{100 * row.threshold:g}%" for row in rows],
            "before": ["" if pd.isna(row.before) else f"{row.before:.0%}" for row in rows],
            "lost": slices["lost"],
            "gained": slices["gained"],
            "p (Holm)": [p_text(row.p_holm) for row in rows],
            "why": slices["reason"],
        }
    )


def gate_flips(desk: GateDesk) -> None:
    """List the cases that flipped, both directions side by side."""
    report = desk.report
    with st.container(border=True, height="stretch"):
        if report.paired is None:
            st.markdown("**Flips**")
            st.caption("Bring the results of the release that is live to see which cases were lost and which gained.")
            return
        st.markdown(
            f"**Flips** · {report.paired.lost:,} lost, {report.paired.gained:,} gained of {report.paired.pairs.n:,}"
        )
        for column, (flip, words) in zip(st.columns(2, gap="small"), FLIPS.items(), strict=True):
            with column:
                rows, sealed = flip_rows(report.flips, flip, report.slices["slice"].tolist())
                shade = FAIL if flip == LOST else PASS
                st.html(f'<div style="color:{shade};font-weight:600">{escape(words)} ({len(rows) + sealed:,})</div>')
                if len(rows):
                    st.dataframe(
                        rows, key=f"gate.{flip}", hide_index=True, row_height=ROW,
                        height=fitted(len(rows), 430), column_config=_COLUMNS,
                    )  # fmt: skip
                if sealed:
                    st.caption(f":material/lock: {sealed:,} sealed")
                if not len(rows) + sealed:
                    st.caption("none")


_COLUMNS: dict[str, Any] = {
    "case": st.column_config.TextColumn(width=114),
    "slices": st.column_config.TextColumn(width=190),
    "": st.column_config.LinkColumn(display_text="open", width=44),
}


def flip_rows(flips: pd.DataFrame, flip: str, worst_first: list[str]) -> tuple[pd.DataFrame, int]:
    """The open cases that flipped one way, those of the worst slice first; and how many sealed ones did.

    Args:
        flips: case_id, flip, blind and slices.
        flip: lost or gained.
        worst_first: The slices in order.
    """
    of = flips[flips["flip"] == flip]
    places = {name: place for place, name in enumerate(worst_first)}
    shown = of[~of["blind"]]
    parts = [each.split(", ") for each in shown["slices"]]
    shown = shown.assign(
        place=[min((places.get(each, len(places)) for each in of), default=0) for of in parts],
        words=[", ".join(_value(each) for each in of) for of in parts],
    ).sort_values(["place", "case_id"])
    links = [f"cases?case={quote(each, safe='')}" for each in shown["case_id"]]
    frame = pd.DataFrame({"case": shown["case_id"], "": links, "slices": shown["words"]})
    return frame.reset_index(drop=True), len(of) - len(shown)


def _value(name: str) -> str:
    """What a slice holds, without its dimension where the value speaks for itself."""
    value = name.partition("=")[2]
    return name if value in ("", "none") else value


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".")
