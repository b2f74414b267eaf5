"""The Mirror page: whether the set fails where production fails.

Which set is in the URL (``?mirror=``); everything shown is the answer of one verb.
"""

from datetime import UTC, datetime
from typing import Any

import pandas as pd
import streamlit as st

from workbench.charts import mirror_bars, mirror_ratios, mirror_releases
from workbench.ui.golden import state_of
from workbench.ui.tables import ROW, fitted
from workbench.ui.words import notebook, plain
from workbench.workspace import Workspace

AS_THEY_STAND = "accepted"
STILL = {"displayModeBar": False}
VERDICTS = {
    "covers": ("The set covers what fails", "green", ":material/check_circle:"),
    "behind": ("The set is behind production", "red", ":material/error:"),
    "undecided": ("Whether the set covers what fails cannot be told yet", "orange", ":material/help:"),
}
SIGNS = {
    "stuck": "Scores over 90% while users fare no better",
    "old": "Over six months old",
    "thin_safety": "Next to no case of what must never happen",
    "apart": "15 points between the set and fresh production",
}
MARKS = {"yes": ":material/warning:", "no": ":material/check:", "cannot tell": ":material/help:"}
STATES = {"over": "more cases than failures", "under": "fewer cases than failures", "as it is": "in proportion"}


def mirror_section(ws: Workspace) -> None:
    """Draw the page: which set, the verdict with its reasons, the figures, the signs, what to do next."""
    version = _which(ws)
    report = _mirror(ws, f"{state_of(ws)} {ws.settings.model_dump_json()} {datetime.now(UTC).date()}", version)
    word, colour, icon = VERDICTS[report.verdict]
    st.markdown(f"### {icon} :{colour}[{word}]")
    for sentence in report.sentences[: 4 if report.modes.failures else 1]:
        st.markdown(plain(sentence))
    _figures(report)
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True, height="stretch"):
        _releases(report)
    with right, st.container(border=True, height="stretch"):
        _signs(report)
    for notice in report.notices:
        st.caption(plain(notice))
    _next(report)
    notebook(mirror_code(ws, version))


def _which(ws: Workspace) -> int | None:
    versions = [str(row["version"]) for row in ws.store.golden_versions()][::-1]
    if not versions:
        return None
    chosen = st.selectbox(
        "Set", [AS_THEY_STAND, *versions], key="mirror", bind="query-params", width=260,
        format_func=lambda each: "accepted cases, as they stand" if each == AS_THEY_STAND else f"v{each}, as frozen",
    )  # fmt: skip
    return None if chosen == AS_THEY_STAND else int(chosen)


def _figures(report: Any) -> None:
    frame = report.modes.frame
    if not report.modes.failures and not report.modes.cases:
        return
    left, right = st.columns([3, 2], gap="medium")
    with left, st.container(border=True, height="stretch"):
        st.markdown("**What fails: in production, and in the set** · hatched has no case")
        st.plotly_chart(mirror_bars(frame), key="mirror.bars", config=STILL)
    with right, st.container(border=True, height="stretch"):
        st.markdown("**Too much, too little** · filled is more than chance")
        if report.modes.failures and report.modes.cases:
            st.plotly_chart(mirror_ratios(frame), key="mirror.ratios", config=STILL)
        else:
            st.caption("Takes failures on both sides.")
    st.dataframe(
        mode_rows(frame), hide_index=True, key="mirror.table", row_height=ROW,
        height=fitted(len(frame), 530),
    )  # fmt: skip


def mode_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """The failures as the page lists them."""
    return pd.DataFrame(
        {
            "failure": frame["mode"].astype("str"),
            "of production's failures": [
                _share(*row) for row in frame[["share", "low", "high"]].itertuples(index=False)
            ],
            "traces read": frame["n"].astype("int64"),
            "cases": frame["cases"].astype("int64"),
            "of the set's failures": [
                _share(*row) for row in frame[["case_share", "case_low", "case_high"]].itertuples(index=False)
            ],
            "set / production": [
                _times(*row) for row in frame[["log2", "log2_low", "log2_high"]].itertuples(index=False)
            ],
            "told apart": [STATES.get(each, each) for each in frame["state"]],
        }
    )


def _share(share: float, low: float, high: float) -> str:
    return "not known" if share != share else f"{100 * share:.1f}% ({100 * low:.1f}-{100 * high:.1f})"


def _times(middle: float, low: float, high: float) -> str:
    return "not known" if middle != middle else f"{2**middle:.2f}× ({2**low:.2f}-{2**high:.2f})"


def _releases(report: Any) -> None:
    over = report.validity
    st.markdown("**Scores and production, by release**")
    if over.frame.empty:
        st.caption("No release has both a score and traffic. Run the set for a release, or gate its results.")
        return
    st.plotly_chart(mirror_releases(over.frame), key="mirror.releases", config=STILL)
    source = "by what people said" if over.source == "labels" else "by signs of failure, which are hints"
    st.caption(f"{plain(over.sentence)} Production's failures are {source}.")
    for found, what in ((over.gated, "passed the gate"), (over.held, "did not pass")):
        if found is not None:
            st.caption(f"Of releases that {what}, shown to fail more than the one before: {found}.")


def _signs(report: Any) -> None:
    st.markdown("**Signs that a set has had its day**")
    for sign in report.signs:
        st.markdown(f"{MARKS[sign.state]} **{SIGNS[sign.name]}: {sign.state}.** {plain(sign.words)}")
    rates = report.rates
    if rates is not None and rates.by_traffic is not None:
        st.markdown(
            f"**The score, by production's mix of {plain(rates.by)}:** {rates.by_traffic}; raw {rates.raw}. Slices with"
            f" {rates.traffic:.0%} of the traffic have a scored case."
        )


def _next(report: Any) -> None:
    told, page, label, icon = "look here again after the next round of reading.", "", "", ""
    if report.reason == "no_failures":
        told = "draw a sample, read it and name what went wrong; then the set can be held against it."
        page, label, icon = "pages/sample.py", "Draw a sample", ":material/casino:"
    elif report.modes.missing or report.verdict != "covers":
        told = "make cases of the failures that lack them: open one on Rank and promote its traces."
        page, label, icon = "pages/rank.py", "Open Rank", ":material/leaderboard:"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(f"**Next:** {told}", width="content")
        if page:
            st.page_link(page, label=label, icon=icon)


def mirror_code(ws: Workspace, version: int | None) -> str:
    """Give the page in a notebook."""
    return "\n".join(
        [
            "from workbench import Workspace, charts", "", f"ws = Workspace({str(ws.path)!r})",
            f"report = ws.mirror({'' if version is None else version})", "print(report)",
            "charts.mirror_bars(report.modes.frame)", "charts.mirror_ratios(report.modes.frame)",
            "charts.mirror_releases(report.validity.frame)",
        ]
    )  # fmt: skip


@st.cache_resource(max_entries=8, show_spinner="Holding the set against production …")
def _mirror(_ws: Workspace, state: str, version: int | None) -> Any:
    return _ws.mirror(version)
