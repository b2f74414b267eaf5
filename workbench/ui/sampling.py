"""The Sample page's parts: what to draw, what it would give, what that will tell, and the samples drawn so far.

The page shows a draw before it is made: the same seed then gives exactly what was shown. The plan, the number and the
window are in the URL; nothing is written until the button is pressed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from workbench.errors import WorkbenchError
from workbench.ui import cached
from workbench.ui.tables import fitted
from workbench.ui.words import plain, when
from workbench.workspace import Workspace

TROUBLE = "sample.trouble"
NAME = "sample.name"
TABLE = "sample.table"
MORE = "sample.more"
DRAWN = "map.drawn"
READ = "pages/read.py"
TO_REVIEW = 20


@dataclass(frozen=True)
class Wanted:
    """A draw as the controls ask for it."""

    n: int
    plan: str
    seed: int
    since: date | None
    until: date | None
    where: str | None

    @property
    def options(self) -> dict[str, Any]:
        """The keywords of ``Workspace.sample``, those left out that say nothing."""
        given = {"plan": self.plan, "seed": self.seed, "since": self.since, "until": self.until, "where": self.where}
        return {name: value for name, value in given.items() if value is not None}


def sample_controls(ws: Workspace) -> Wanted:
    """Draw the row of controls: plan, number, window, condition, seed."""
    plans = ws.plans()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        plan = st.selectbox("Plan", list(plans), key="plan", bind="query-params", width=210)
        n = st.number_input("Traces", 1, 100_000, 80, key="n", bind="query-params", width=120)
        since = st.date_input("Since", None, key="since", bind="query-params", format="YYYY-MM-DD", width=140)
        until = st.date_input("Until", None, key="until", bind="query-params", format="YYYY-MM-DD", width=140)
        where = st.text_input(
            "Only traces where (SQL)", key="where", bind="query-params", width=260, placeholder="release = '2.4.1'"
        )
        seed = st.number_input(
            "Seed", 0, 2**31 - 1, 0, key="seed", bind="query-params", width=120, help="The same seed, the same sample."
        )
    st.caption(plain(f"{plan}: {plans[plan].meaning}."))
    return Wanted(int(n), plan, int(seed), since, until, where.strip() or None)


def sample_preview(ws: Workspace, wanted: Wanted) -> Any:
    """Work out what a draw would give; where it cannot be, say so and give None."""
    if st.session_state.get(TROUBLE):
        st.error(plain(st.session_state.pop(TROUBLE)), icon=":material/error:")
    try:
        return _preview(ws, f"{ws.path} {ws.revision} {ws.settings.model_dump_json()}", wanted)
    except WorkbenchError as error:
        st.info(plain(error), icon=":material/info:")
        return None


@st.cache_resource(max_entries=16, show_spinner="Looking at the traces …")
def _preview(_ws: Workspace, state: str, wanted: Wanted) -> Any:
    return _ws.preview_sample(wanted.n, **wanted.options)


def sample_strata(ws: Workspace, report: Any) -> None:
    """Draw the table of strata."""
    if report is None:
        return
    st.markdown(f"**{report.n:,} of {report.frame:,} traces**, {report.random:,} of them at random over all strata")
    rows = strata_table(report, _cluster_names(ws))
    st.dataframe(rows, hide_index=True, height=fitted(len(rows), 432), column_config=_COLUMNS)
    for warning in report.warnings:
        st.warning(plain(warning), icon=":material/info:")


_COLUMNS = {
    "traces": st.column_config.NumberColumn(help="Traces of the frame in this stratum and in none before it."),
    "groups": st.column_config.NumberColumn(help="Groups of near-duplicates: one trace of a group is drawn."),
    "wanted": st.column_config.TextColumn(help="Share of the reading, the random part included."),
    "weight": st.column_config.TextColumn(help="For how many traces of the frame one that is drawn stands."),
    "shows from": st.column_config.TextColumn(
        help="The smallest share of failing traces within the stratum that shows at least once with 95% certainty."
    ),
}


def _cluster_names(ws: Workspace) -> dict[str, str]:
    """What the clusters of the newest map are called, by the names of their strata."""
    if not ws.has_map():
        return {}
    named = cached.clusters(ws)
    return {f"cluster {each}": name for each, name in zip(named["cluster"], named["name"], strict=True)}


def strata_table(report: Any, names: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Make the table of strata: one row each, in the words of the page; ``names`` of clusters stand beside them."""
    return pd.DataFrame(
        [
            {
                "stratum": ": ".join(filter(None, (row["stratum"], (names or {}).get(row["stratum"])))),
                "traces": row["population"],
                "groups": row["units"],
                "wanted": f"{row['target'] / max(report.n, 1):.0%}",
                "drawn": row["drawn"],
                "at random": row["random"],
                "weight": _weights(row),
                "shows from": "" if row["smallest_share"] is None else f"{row['smallest_share']:.1%}",
            }
            for row in report.strata
        ]
    )


def _weights(row: Any) -> str:
    low, high = row["weight_low"], row["weight_high"]
    if low is None:
        return "none"
    return f"{low:,.1f}" if f"{low:.1f}" == f"{high:.1f}" else f"{low:,.1f} - {high:,.1f}"


def sample_limits(ws: Workspace, wanted: Wanted, report: Any) -> None:
    """Say what the sample will be able to tell, and offer to draw it."""
    if report is None:
        return
    with st.container(border=True):
        share = "nothing" if report.smallest_share is None else f"{report.smallest_share:.1%}"
        st.metric(
            "Shows any failure that is in at least",
            f"{share} of the traffic",
            help="With 95% certainty at least one such trace is read: 1 - 0.05^(1/n), with Kish's effective sample size"
            f" for n, here {report.effective_n:.0f}: unequal weights cost something.",
        )
        for sentence in report.can:
            st.markdown(f":material/check: {plain(sentence)}")
        for sentence in report.cannot:
            st.markdown(f":material/block: {plain(sentence)}")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.text_input("Name", key=NAME, placeholder="incident 5 Nov", help="Passes the redactor before it is kept.")
            st.button(
                f"Draw {report.n:,} traces",
                type="primary",
                icon=":material/casino:",
                on_click=_draw,
                args=(ws, wanted),
            )


def _draw(ws: Workspace, wanted: Wanted) -> None:
    try:
        report = ws.sample(wanted.n, name=st.session_state.get(NAME) or None, **wanted.options)
    except WorkbenchError as error:
        st.session_state[TROUBLE] = str(error)
        return
    st.session_state[NAME] = ""
    st.query_params["sample"] = report.sample_id


def former_samples(ws: Workspace) -> None:
    """List the samples with their progress; a row opens one: to read it, or to draw further into it."""
    samples = ws.samples().iloc[::-1].reset_index(drop=True)
    st.markdown("**Samples**" if len(samples) else "**No sample yet.** Draw one above, then read it.")
    if samples.empty:
        return
    ids = samples["sample_id"].tolist()
    chosen = st.query_params.get("sample")
    st.session_state[TABLE] = {
        "selection": {"rows": [ids.index(chosen)] if chosen in ids else [], "columns": [], "cells": []}
    }
    st.dataframe(
        samples_table(samples),
        key=TABLE,
        hide_index=True,
        height=fitted(len(samples), 260),
        on_select=lambda: _choose(ids),
        selection_mode="single-row",
        column_config={
            "name": st.column_config.TextColumn(width=150),
            "plan": st.column_config.TextColumn(width=90),
            "read": st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1, width=80),
        },
    )
    if chosen in ids:
        _opened(ws, samples.iloc[ids.index(chosen)])


def samples_table(samples: pd.DataFrame) -> pd.DataFrame:
    """Make the table of samples, in the words of the page."""
    readers = [", ".join(f"{name or 'nameless'} {n}" for name, n in each.items()) for each in samples["readers"]]
    return pd.DataFrame(
        {
            "name": samples["name"],
            "drawn": [when(each) if pd.notna(each) else "brought in" for each in samples["created_at"]],
            "plan": samples["plan"].astype("string").fillna(""),
            "traces": samples["n"],
            "with weight": samples["weighted"],
            "read": samples["reviewed"] / samples["n"].clip(lower=1),
            "by": readers,
            "sample": samples["sample_id"],
        }
    )


def _choose(ids: list[str]) -> None:
    rows = st.session_state[TABLE]["selection"]["rows"]
    if rows:
        st.query_params["sample"] = ids[rows[0]]
    else:
        st.query_params.pop("sample", None)


def _opened(ws: Workspace, sample: pd.Series) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.markdown(f"**{plain(sample['name'])}**: {sample['reviewed']} of {sample['n']} traces read", width="stretch")
        st.page_link(
            READ, label="Read it", icon=":material/menu_book:", query_params={"sample": str(sample["sample_id"])}
        )
        if pd.notna(sample["plan"]) and sample["plan"] != "picked":
            st.number_input("More traces", 1, 100_000, 20, key=MORE, width=120)
            st.button(
                "Draw further",
                on_click=_extend,
                args=(ws, str(sample["sample_id"])),
                help="What was drawn stays; all weights are renewed, so that frequencies stay right.",
            )


def _extend(ws: Workspace, sample_id: str) -> None:
    try:
        ws.sample(int(st.session_state[MORE]), extend=sample_id)
    except WorkbenchError as error:
        st.session_state[TROUBLE] = str(error)


def sample_code(ws: Workspace, wanted: Wanted) -> str:
    """Give the page's draw and tables in a notebook."""
    options = {name: str(value) if isinstance(value, date) else value for name, value in wanted.options.items()}
    said = "".join(f", {name}={value!r}" for name, value in options.items())
    return (
        f"from workbench import Workspace\n\nws = Workspace({str(ws.path)!r})\n"
        f"report = ws.preview_sample({wanted.n}{said})  # ws.sample(...) draws it\n"
        "print(report, *report.can, *report.cannot, sep='\\n')\nsamples = ws.samples()"
    )


def draw_selection(ws: Workspace, trace_ids: list[str], how: str) -> None:
    """Offer to draw some of a selection made on the map, as deliberate picks."""
    n = min(TO_REVIEW, len(trace_ids))
    st.button(
        f"Draw {n} to review",
        on_click=_draw_picks,
        args=(ws, trace_ids, n, how),
        icon=":material/casino:",
        help="Chosen by looking, so they carry no weight: they find failures and enter no frequency. "
        "For a rate, draw a sample on the Sample page.",
    )
    folder, sample_id = st.session_state.get(DRAWN, (None, None))
    if folder == str(ws.path):
        st.page_link(READ, label="Read them", icon=":material/menu_book:", query_params={"sample": sample_id})


def _draw_picks(ws: Workspace, trace_ids: list[str], n: int, how: str) -> None:
    st.session_state[DRAWN] = (str(ws.path), ws.sample(n, trace_ids=trace_ids, name=how[:120]).sample_id)
