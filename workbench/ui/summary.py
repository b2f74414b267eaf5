"""The Overview page's parts: the numbers, the days, the next steps, clusters by failure rate, and the sources."""

from typing import Any

import pandas as pd
import streamlit as st

from workbench.charts import failure_forest, per_day, rate_text
from workbench.ui import cached
from workbench.ui.first_run import bring_in
from workbench.ui.tables import ROW, fitted
from workbench.ui.words import between, plain, when
from workbench.workspace import Workspace

PAGES = {
    "overview": ("pages/overview.py", "Open the overview"),
    "map": ("pages/map.py", "Open the map"),
    "sample": ("pages/sample.py", "Draw a sample"),
    "read": ("pages/read.py", "Go on reading"),
    "codebook": ("pages/codebook.py", "Open the codebook"),
    "rank": ("pages/rank.py", "See the ranking"),
    "regress": ("pages/regress.py", "Make it a regression case"),
    "cases": ("pages/cases.py", "Go over the cases"),
    "golden": ("pages/golden.py", "Open the golden set"),
    "gate": ("pages/gate.py", "Open the gate"),
}
PLAIN_FIGURE = {"displayModeBar": False}


def headline(state: Any) -> None:
    """Draw the five numbers that say how much is here, from when, and how clean."""
    signals = state.failure_signals
    with st.container(horizontal=True, gap="medium"):
        st.metric("Traces", f"{state.n_traces:,}", width="content")
        st.metric(
            "From",
            between(state.first_at, state.last_at),
            width="content",
            help=f"Newest trace: {when(state.last_at)} UTC",
        )
        st.metric(
            "With text",
            f"{state.with_text_share:.0%}" if state.with_text_share is not None else "none",
            width="content",
        )
        st.metric(
            "Failure signals",
            rate_text(signals.estimate, signals.low, signals.high),
            width="content",
            help="Share of traces with an error, a thumbs down or a failure signal, with its 95% interval. "
            "A signal is a hint, not a verdict: nobody has read them.",
        )
        st.metric(
            "Values redacted",
            f"{sum(state.redacted.values()):,}",
            width="content",
            help=plain(f"By {state.engine or 'no engine yet'}, policy {state.policy}. {state.leaks}"),
        )


def days_and_next_steps(ws: Workspace, state: Any) -> None:
    """Draw traces per day beside what to do next."""
    left, right = st.columns([62, 38], gap="medium")
    with left, st.container(border=True, height="stretch"):
        st.markdown(f"**Traces per day**{days_words(state)}")
        if len(state.per_day):
            figure = per_day(state.per_day, marks=state.marks, height=290)
            st.plotly_chart(figure, key="overview.days", config=PLAIN_FIGURE, height="stretch")
        else:
            st.caption("These traces carry no times, so there are no days to draw.")
    with right, st.container(border=True, height="stretch"):
        st.markdown("**Next**")
        for step in [*cached.review_steps(ws), *state.next_steps, *ws.retention_steps()]:
            with st.container(gap="xxsmall"):
                st.markdown(plain(step.text))
                if step.page in PAGES:
                    path, label = PAGES[step.page]
                    st.page_link(path, label=label, query_params=step.query or None, icon=":material/arrow_forward:")
                elif step.command:
                    st.code(step.command, language="bash")


def days_words(state: Any) -> str:
    """What the bars are coloured by and what is marked, of what there is."""
    releases = ", by release" if state.per_day["release"].nunique() > 1 else ""
    return releases + ("; a triangle marks a new system prompt" if len(state.marks) else "")


def clusters_and_sources(ws: Workspace, state: Any) -> None:
    """Draw the clusters by failure rate beside where the traces came from and what was not taken."""
    left, right = st.columns([62, 38], gap="medium")
    with left, st.container(border=True, height="stretch"):
        drawn = len(state.clusters) and state.clusters["failures"].any()
        st.markdown(f"**Clusters by failure rate**{', with 95% intervals; the line is all traces' if drawn else ''}")
        if len(state.clusters) and not drawn:
            st.caption("No trace in a cluster has an error, a thumbs down or another sign of failure.")
        elif len(state.clusters):
            figure = failure_forest(state.clusters, overall=state.failure_signals.estimate)
            st.plotly_chart(figure, key="overview.forest", config=PLAIN_FIGURE)
        else:
            missing = (
                "These traces form no clusters: too few, or too unlike." if state.has_map else "There is no map yet."
            )
            st.caption(missing)
    with right, st.container(border=True, height="stretch"):
        st.markdown("**Sources**")
        st.dataframe(
            source_rows(state.batches),
            hide_index=True,
            row_height=ROW,
            height=fitted(len(state.batches), 220),
            column_config={"files": st.column_config.TextColumn(width=96)},
        )
        _rejects(state)
        with st.expander("What was redacted", icon=":material/shield_lock:"):
            st.caption(plain(f"By {state.engine or 'no engine yet'}, policy {state.policy}. {state.leaks}"))
            found = pd.DataFrame(list(state.redacted.items()), columns=["kind", "values"])
            st.dataframe(found, hide_index=True, height=240)
        with st.expander("Bring in more", icon=":material/upload_file:"):
            bring_in(ws)


def source_rows(batches: pd.DataFrame) -> pd.DataFrame:
    """List the batches, newest first: when, from which files, how many."""
    summaries = [summary or {} for summary in batches["summary"]]
    return pd.DataFrame(
        {
            "brought in": [when(each) for each in batches["created_at"]],
            "files": [_files(summary.get("files", [])) for summary in summaries],
            "traces": batches["traces"].to_numpy(),
            "known": [int(summary.get("duplicates", 0)) for summary in summaries],
            "rejected": [int(summary.get("rejected", 0)) for summary in summaries],
        }
    ).iloc[::-1]


def _files(files: list[Any]) -> str:
    names = [str(each.get("file", each) if isinstance(each, dict) else each).rsplit("/", 1)[-1] for each in files]
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _rejects(state: Any) -> None:
    if not state.n_rejected:
        st.caption("Every row could be read.")
        return
    rows = [row for summary in state.batches["summary"] if summary for row in summary.get("rejected_rows", [])]
    with st.expander(f"Rows that could not be read: {state.n_rejected:,}", icon=":material/report:"):
        st.dataframe(pd.DataFrame(rows[:1000]), hide_index=True, height=220)
