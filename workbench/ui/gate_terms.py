"""Beside the verdict: the contract it is held to, what this set can see, who looked, and what became of every row."""

from typing import Any

import pandas as pd
import streamlit as st

from workbench.errors import WorkbenchError
from workbench.ui.gate import GateDesk
from workbench.ui.gate_verdict import PEEKED
from workbench.ui.tables import ROW, fitted
from workbench.ui.words import notebook, plain, when
from workbench.workspace import Workspace
from workbench.workspace.planning import power

SNIPPET = """\
[contract]
decision = "ship the next release"
scope = "returns and refunds; not voice"
threshold = 0.85  # has to be shown to pass
slice_threshold = 0.70  # no slice below this
critical = [{critical}]  # slices that veto
margin = 0.05  # a drop that is good enough
false_pass = 5  # cost of shipping a bad one
false_hold = 1  # cost of holding a good one
"""
ROWS = {
    "scored": "cases with a verdict",
    "missing": "cases without a row",
    "unscored": "cases with an output and no verdict",
    "errors": "cases whose run broke off",
    "contradicted": "cases with verdicts of both kinds",
    "unknown": "rows of cases that the set does not have",
    "duplicates": "rows that repeat a case",
    "without_id": "rows without a case_id",
    "rows": "rows in all",
}


def gate_contract(desk: GateDesk) -> None:
    """Show the contract that the gate reads, or how to write one."""
    terms = desk.ws.evaluation_contract
    with st.container(border=True, gap="small"):
        st.markdown("**Contract** · what is decided and by what, said before anybody looks")
        if terms is None:
            st.markdown(
                "There is none, so only the baseline decides, with a margin of 5 points. Put this into "
                "`workspace.toml`, with your own numbers:"
            )
            st.code(contract_snippet(desk), language="toml")
            return
        for label, words in (("Decision", terms.decision), ("Scope", terms.scope)):
            if words:
                st.markdown(f"{label}: {plain(words)}")
        st.markdown("  \n".join(contract_lines(terms)))
        st.caption("From `[contract]` in `workspace.toml`. Whoever moves a threshold after a look has moved the goal.")


def contract_lines(terms: Any) -> list[str]:
    """The contract in sentences, each a line."""
    lines = [_bar("The whole", terms.threshold)] if terms.threshold else ["No threshold for the whole"]
    lines += [_bar("Every slice", terms.slice_threshold)] if terms.slice_threshold else []
    lines += [_bar(plain(name), share) for name, share in terms.slices.items()]
    for name, metric in terms.metrics.items():
        lines += [_bar(plain(name), metric.threshold)] if metric.threshold else []
        lines += [_bar(f"{plain(name)}, every slice", metric.slice_threshold)] if metric.slice_threshold else []
        lines += [_bar(f"{plain(name)}, {plain(each)}", share) for each, share in metric.slices.items()]
    if terms.critical:
        lines.append(f"Critical, each a veto: {', '.join(map(plain, terms.critical))}")
    lines.append(
        f"Against the baseline: not worse by {100 * terms.margin:g} points, {100 * terms.trip_margin:g} in a trip-wire"
    )
    if terms.false_pass is not None:
        lines.append(f"A false pass costs {terms.false_pass:g}, a false hold {terms.false_hold:g}")
    lines.append(f"Of good releases at most {100 * terms.alpha:g}% are failed")
    return lines


def _bar(what: str, share: float) -> str:
    return f"{what}: **{100 * share:g}%** has to be shown"


def contract_snippet(desk: GateDesk) -> str:
    """A contract to copy; its critical slice is one that the set has, where its name is plain."""
    names = _slices(desk.ws, desk.state, desk.version) if desk.version is not None else []
    plain_ones = [each for each in names if each.isprintable() and not set(each) & set('"\\')]
    return SNIPPET.format(critical=f'"{plain_ones[0]}"' if plain_ones else "")


def gate_sees(desk: GateDesk) -> None:
    """Say the smallest change that this set can see."""
    with st.container(border=True, gap="small"):
        st.markdown("**What this set can see**")
        seen = None if desk.report is None else desk.report.power
        query: dict[str, str] = {}
        if seen is not None and seen.mde is not None:
            words = f"{seen.n:,} cases see a change of **{100 * seen.mde:.1f} points** four times in five"
            if seen.discordance is not None:
                words += f"; the runs differ on {seen.discordance:.0%} of them"
                query["differ"] = f"{100 * seen.discordance:.1f}"
            st.markdown(words + ".")
            if seen.recommended is not None:
                st.caption(f"The margin takes about {seen.recommended:,} cases at this discordance.")
        elif desk.version is not None:
            n = _open(desk)
            found = power(0.9, -0.05, discordance=0.1, n=n)
            told = plain(found.mde_reason) if found.mde is None else f"see a change of **{100 * found.mde:.1f} points**"
            st.markdown(f"{n:,} open cases {told} four times in five, if two runs differ on 10% of them.")
        st.page_link(
            "pages/power.py", label="Plan on the Power page", icon=":material/query_stats:", query_params=query
        )


def _open(desk: GateDesk) -> int:
    row = desk.golden.versions[desk.golden.versions["version"] == desk.version].iloc[0]
    return int(row["cases"]) - int(row["blind"])


def gate_counts(desk: GateDesk) -> None:
    """Say what became of every row, and what else has to be known."""
    report = desk.report
    with st.container(border=True, height="stretch"):
        st.markdown("**Every row is accounted for**")
        st.dataframe(
            count_rows(report.counts, report.baseline_counts), key="gate.counts", hide_index=True, row_height=ROW,
            column_config={"": st.column_config.TextColumn(width=250)},
        )  # fmt: skip
        for notice in (*desk.told, *report.notices):
            if not notice.startswith(PEEKED):
                st.caption(plain(notice))


def count_rows(results: Any, baseline: Any) -> pd.DataFrame:
    """Make the table of counts: those that are not 0 in either run, and the rows in all."""
    sides = {"results": results} | ({} if baseline is None else {"baseline": baseline})
    kept = [name for name in ROWS if name in ("scored", "rows") or any(getattr(each, name) for each in sides.values())]
    frame = {"": [ROWS[name] for name in kept]}
    return pd.DataFrame(frame | {side: [getattr(each, name) for name in kept] for side, each in sides.items()})


def gate_looks(desk: GateDesk) -> None:
    """List how often this version was scored, and what that means."""
    with st.container(border=True, height="stretch"):
        looks = desk.ws.gate_looks(desk.version)
        st.markdown(f"**Looks at v{desk.version}** · scored {_times(len(looks))} since it was frozen")
        if looks.empty:
            st.caption("Nobody has scored it yet. Each run counts once, however often it is decided on.")
            return
        st.dataframe(
            look_rows(looks), key="gate.looks", hide_index=True, row_height=ROW,
            height=fitted(len(looks), 250),
        )  # fmt: skip
        st.caption(
            "What is tuned on a set looks better on it than it is. Confirm on fresh cases, or open the sealed ones."
        )


def _times(n: int) -> str:
    return {0: "never", 1: "once"}.get(n, f"{n:,} times")


def look_rows(looks: pd.DataFrame) -> pd.DataFrame:
    """Make the table of looks, newest first, in the words of the page."""
    rows = looks.iloc[::-1]
    return pd.DataFrame(
        {
            "when (UTC)": [when(each) for each in rows["looked_at"]],
            "release": rows["release"].tolist(),
            "verdict": rows["verdict"].tolist(),
            "passed": [f"{row.passed:,} of {row.n:,}" for row in rows.itertuples()],
            "sealed too": ["yes" if each == "blind" else "" for each in rows["part"]],
        }
    )


def gate_next(desk: GateDesk) -> None:
    """Say what to do next, and give the page in a notebook."""
    if desk.version is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(f"**Next:** {_next(desk)}", width="content")
        st.page_link("pages/cases.py", label="Cases", icon=":material/fact_check:")
        st.page_link("pages/power.py", label="Power", icon=":material/query_stats:")
    notebook(gate_code(desk))


def _next(desk: GateDesk) -> str:
    if desk.touched is not None:
        return "restore the version, or freeze a new one."
    if desk.report is None:
        return "bring the results of a release, and of the one that is live."
    if desk.report.verdict == "fail":
        return "read the lost cases of the worst slice, mend, and run it again; a failure found here is a new case."
    if desk.report.verdict == "undecided" and not desk.baseline and desk.ws.evaluation_contract is None:
        return "write a contract, or bring the results of the release that is live."
    if desk.report.verdict == "undecided":
        return "add cases where it is undecided, or say in the contract what may be lost."
    return "ship, and watch what production says that no case asks."


def gate_code(desk: GateDesk) -> str:
    """Give what the page shows in a notebook."""
    lines = ["from workbench import Workspace, charts", "", f"ws = Workspace({str(desk.ws.path)!r})"]
    if desk.results and desk.touched is None:
        given = {name: value for name, value in desk.asked if value not in (None, "", False)}
        words = [desk.results.code] + ([f"baseline={desk.baseline.code}"] if desk.baseline else [])
        words += [f"{name}={value!r}" for name, value in given.items()]
        lines += [f"report = ws.gate({', '.join(words)})", "print(report)", "report.flips, report.counts"]
        lines.append("charts.gate_rate(report.overall.rate, report.overall.threshold, report.overall.state)")
        if desk.baseline:
            lines.append("charts.gate_difference(report.paired)")
        lines.append("charts.gate_slices(report.slices, overall=report.overall.rate.estimate)")
    lines += ["contract = ws.evaluation_contract", f"looks = ws.gate_looks({desk.version})"]
    return "\n".join(lines)


@st.cache_resource(max_entries=8, show_spinner=False)
def _slices(_ws: Workspace, state: str, version: int) -> list[str]:
    """The slices of a version, the largest first; none where it cannot be read."""
    try:
        return [str(each) for each in _ws.slice_power(baseline=0.9, effect=-0.05, version=version)["slice"]]
    except WorkbenchError:
        return []
