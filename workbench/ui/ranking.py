"""The Rank page: over which sample and at which costs, the order and how certain it is, and the traces behind a code.

Sample, costs and the open code are in the URL. The costs of workspace.toml are the team's; other ones tried here change
the page and nothing else.
"""

from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from workbench.charts import rate_text
from workbench.ui.tables import fitted
from workbench.ui.words import notebook, plain
from workbench.workspace import Workspace

TABLE = "rank.table"
READ = "pages/read.py"
ALL = "all samples with weights"
EVERYTHING = "all that was reviewed"


@dataclass(frozen=True)
class RankView:
    """The ranking as the page shows it."""

    ws: Workspace
    ranking: Any
    sample: str | None
    dimension: str
    costs: tuple[float, ...]
    by: str

    @property
    def code(self) -> str | None:
        """The open code: the one in the URL, else the first."""
        names = self.ranking.codes["code"].tolist()
        asked = st.query_params.get("code")
        return asked if asked in names else self.ranking.first

    @property
    def options(self) -> dict[str, Any]:
        """What differs from the defaults of ``Workspace.rank``."""
        given: dict[str, Any] = {"sample": self.sample} if self.sample else {}
        given |= {"dimension": self.dimension} if self.dimension != "code" else {}
        own = tuple(float(each) for each in self.ws.settings.severity.costs)
        return given | ({"costs": self.costs} if self.costs != own else {})


def rank_controls(ws: Workspace) -> RankView:
    """Draw the row of controls and work the ranking out; where nothing was read, say what to do and stop."""
    state = f"{ws.path} {ws.revision} {ws.settings.model_dump_json()}"
    names, dimensions = _samples(ws, state), _dimensions(ws, state)
    if not dimensions:
        _nothing_read()
        st.stop()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        sample = st.selectbox(
            "Over", [None, *names], key="sample", bind="query-params", width=320,
            format_func=lambda each: (ALL if names else EVERYTHING) if each is None else plain(names[each]),
        )  # fmt: skip
        dimension = "code"
        if len(dimensions) > 1:
            dimension = st.selectbox("Rank", dimensions, key="dimension", bind="query-params", width=150)
        costs = _costs(ws)
    ranking = _ranking(ws, state, sample, dimension, costs)
    return RankView(ws, ranking, sample, dimension, costs, "week")


def _costs(ws: Workspace) -> tuple[float, ...]:
    own, costs = ws.settings.severity.costs, []
    shown = " / ".join(_cost_shown(level, own[level - 1]) for level in range(1, 6))
    with st.popover(f"Costs {shown}", icon=":material/balance:"):
        st.caption("What one failure of each severity costs, in any unit: how many of severity 1 is it as bad as?")
        for level, words in ws.severity_anchors.items():
            costs.append(
                st.number_input(
                    f"{level}  {plain(words)}", 0.01, 1e9, float(own[level - 1]), key=f"cost{level}",
                    bind="query-params", format="%g",
                )
            )  # fmt: skip
        st.button("Those of workspace.toml", on_click=_own_costs, args=(own,), icon=":material/restart_alt:")
    return tuple(costs)


def _cost_shown(level: int, own: float) -> str:
    """A cost as the address or the control says it; before the control is drawn the address is first."""
    given = st.session_state.get(f"cost{level}")
    return plain(st.query_params.get(f"cost{level}", f"{own:g}"), 12) if given is None else f"{given:g}"


def _own_costs(own: tuple[float, ...]) -> None:
    for level, cost in enumerate(own, start=1):
        st.session_state[f"cost{level}"] = float(cost)


def _nothing_read() -> None:
    st.info("No trace was reviewed yet: there is nothing to rank.", icon=":material/menu_book:")
    with st.container(horizontal=True):
        st.page_link("pages/sample.py", label="Draw a sample", icon=":material/casino:")
        st.page_link(READ, label="Read it", icon=":material/menu_book:")
    st.caption("Labels from elsewhere: `workbench labels import FILE --create-codes`.")


def rank_words(view: RankView) -> None:
    """Say in a line what the shares rest on, and in a few what the order can and cannot tell."""
    ranking = view.ranking
    first, *rest = ranking.sentences
    mark = ":material/scale:" if ranking.weighted else ":material/warning:"
    st.markdown(f"{mark} **{plain(first)}**")
    share = ranking.any_code
    if share is not None and len(ranking.codes):
        what = "of the traffic" if ranking.weighted else "of what was read"
        st.markdown(f"Any of them: **{plain(rate_text(share.estimate, share.low, share.high, share.n))}** {what}")
    st.markdown("\n".join(f"- {plain(sentence)}" for sentence in rest))


def rank_table(view: RankView) -> None:
    """Draw the ranking; a row opens the traces behind it."""
    codes = view.ranking.codes
    if codes.empty:
        return
    names = codes["code"].tolist()
    at = [names.index(view.code)] if view.code in names else []
    st.session_state[TABLE] = {"selection": {"rows": at, "columns": [], "cells": []}}
    st.dataframe(
        ranking_rows(view.ranking),
        key=TABLE,
        hide_index=True,
        height=fitted(len(codes), 540),
        on_select=lambda: _choose(names),
        selection_mode="single-row",
        column_config=_COLUMNS | {"share": st.column_config.TextColumn(_share_title(view.ranking), width=118)},
    )


_COLUMNS: dict[str, Any] = {
    "#": st.column_config.TextColumn(width=30),
    "code": st.column_config.TextColumn(width=142),
    "": st.column_config.ProgressColumn(format=" ", min_value=0, max_value=1, width=50),
    "severity": st.column_config.TextColumn(width=62),
    "harm per 1,000": st.column_config.TextColumn(
        width=128, help="Share of the traffic times the cost of its severity, per 1,000 traces, with its interval."
    ),
    "rank certain?": st.column_config.TextColumn(
        width=88, help="Places that another sample could as well have given it: redrawn 2,000 times, tied under 90%."
    ),
    "first": st.column_config.TextColumn(width=44, help="How often it has the most harm when the sample is redrawn."),
    "n": st.column_config.NumberColumn(width=36, help="Reviewed traces that have it, picks included."),
    "naive": st.column_config.TextColumn(width=52, help="Counted without weights: wrong where some were oversampled."),
    "1-5": st.column_config.NumberColumn(
        width=42, help="Per cent times severity: the customary product. A heuristic, for severity has no unit."
    ),
}


def _share_title(ranking: Any) -> str:
    return "share of traffic" if ranking.weighted else "share of what was read"


def ranking_rows(ranking: Any) -> pd.DataFrame:
    """Make the table of a ranking, in the words of the page."""
    codes = ranking.codes
    missing = codes["severity"].isna()
    severity = codes["severity"].astype("string").where(~missing, "none")
    rows = {
        "#": ["!" if row.pinned else str(row.rank) for row in codes.itertuples()],
        "code": codes["code"],
        "share": [rate_text(row.share, row.low, row.high) for row in codes.itertuples()],
        "": codes["share"] / max(float(codes["share"].max()), 1e-9),
        "severity": severity.where(~codes["pinned"], severity + " pinned"),
        "harm per 1,000": [_harm(row) for row in codes.itertuples()],
        "rank certain?": codes["standing"],
        "first": ["" if pd.isna(each) else f"{each:.0%}" for each in codes["p_top"]],
        "n": codes["n"],
        "naive": [f"{each:.1%}" for each in codes["naive"]],
        "1-5": codes["ordinal"].round(0),
    }
    if not ranking.weighted:
        del rows["naive"]
    if not ranking.by_harm:
        del rows["harm per 1,000"], rows["1-5"]
    return pd.DataFrame(rows)


def _harm(row: Any) -> str:
    if pd.isna(row.harm):
        return "no severity"
    digits = 0 if row.harm_high >= 100 else 1
    return f"{row.harm:,.{digits}f} ({row.harm_low:,.{digits}f}-{row.harm_high:,.{digits}f})"


def _choose(names: list[str]) -> None:
    rows = st.session_state[TABLE]["selection"]["rows"]
    if rows:
        st.query_params["code"] = names[rows[0]]
    else:
        st.query_params.pop("code", None)


def rank_next(view: RankView) -> None:
    """Say what to do next, and give the page in a notebook."""
    ranking = view.ranking
    if not ranking.weighted:
        text = "draw a sample with weights and read it: only then are these shares of the traffic."
    elif ranking.codes.empty:
        text = "give codes to the traces that fail, in round two of Read & tag."
    elif not ranking.by_harm or ranking.codes["severity"].isna().any():
        text = "give every code a severity on the Codebook page."
    elif ranking.tied:
        text = "to tell tied codes apart draw further into the sample; or take the one that is cheaper to mend."
    else:
        text = "mend the first one, and keep its traces as cases that must pass."
    st.caption(f"**Next:** {text}")
    notebook(rank_code(view))


def rank_code(view: RankView) -> str:
    """Give the page's table and figures in a notebook."""
    said = ", ".join(f"{name}={value!r}" for name, value in view.options.items())
    more = "".join(f", {name}={value!r}" for name, value in view.options.items() if name != "costs")
    lines = ["from workbench import Workspace, charts", "", f"ws = Workspace({str(view.ws.path)!r})"]
    lines += [f"ranking = ws.rank({said})", "print(ranking)", "ranking.codes"]
    if view.code is not None:
        lines += [
            "charts.harm_forest(ranking.codes)",
            "charts.severity_matrix(ranking.codes)",
            "charts.pareto(ranking.covered)",
            f"trend = ws.rank_trend({view.by!r}{more})",
            f"charts.code_trend(trend[trend.code == {view.code!r}])",
            f"traces = ws.coded_traces({view.code!r}{more})",
        ]
    return "\n".join(lines)


@st.cache_resource(max_entries=16, show_spinner="Weighing …")
def _ranking(_ws: Workspace, state: str, sample: str | None, dimension: str, costs: tuple[float, ...]) -> Any:
    return _ws.rank(sample, dimension=dimension, costs=costs)


@st.cache_resource(max_entries=8, show_spinner=False)
def _samples(_ws: Workspace, state: str) -> dict[str, str]:
    samples = _ws.samples()
    read = samples[samples["reviewed"] > 0].iloc[::-1]
    rows = read[["sample_id", "name", "reviewed", "n"]].itertuples(index=False)
    return {row.sample_id: f"{row.name} ({row.reviewed} of {row.n} read)" for row in rows}


@st.cache_resource(max_entries=8, show_spinner=False)
def _dimensions(_ws: Workspace, state: str) -> list[str]:
    return _ws.ranked_dimensions()
