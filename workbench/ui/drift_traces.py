"""The traces behind it: those that tell the sets apart best, of a cluster, or inside what was drawn on the map."""

from typing import Any
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from workbench.ui.drift import DriftDesk
from workbench.ui.drift_verdict import p_words
from workbench.ui.drift_where import clear_drawn, drawn
from workbench.ui.linked import linked_choice
from workbench.ui.sampling import draw_selection
from workbench.ui.tables import ROW, fitted
from workbench.ui.words import notebook, outcome, plain, when

TELLING, TELLS = "telling", "what tells the sets apart best"
MOST = 200


def drift_traces(desk: DriftDesk) -> None:
    """List the traces: what was drawn last, else the open cluster, else those that tell the sets apart."""
    if desk.empty:
        return
    ids, how = _which(desk)
    with st.container(border=True, gap="small"):
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            options = _options(desk)
            linked_choice(
                "Traces of the current set", "cluster", list(options), words=options, width=360, on_change=clear_drawn
            )
            if drawn():
                st.button("Clear the box", on_click=clear_drawn, type="tertiary", icon=":material/close:")
            st.space("stretch")
            if ids:
                draw_selection(desk.ws, ids, f"drift: {how}")
        if not ids:
            st.caption(_nothing(desk))
            return
        st.caption(f"**{plain(_start(how), 90)}**: {len(ids):,} of the current set{_first(ids)}. {_apart(desk, how)}")
        found = desk.ws.drift_rows(ids[:MOST])
        st.dataframe(
            trace_rows(found, on_map=desk.ws.has_map()), key="drift.traces", hide_index=True, row_height=ROW,
            height=fitted(len(found), 370), column_config=_COLUMNS,
        )  # fmt: skip


_COLUMNS: dict[str, Any] = {
    "open": st.column_config.LinkColumn("", display_text="read", width=48),
    "map": st.column_config.LinkColumn("", display_text="on the map", width=78),
    "time": st.column_config.TextColumn("time (UTC)", width=125),
    "outcome": st.column_config.TextColumn(width=110),
    "first words": st.column_config.TextColumn(width=430),
}


def _apart(desk: DriftDesk, how: str) -> str:
    """How well the sets can be told apart at all."""
    apart = desk.report.embedding
    if how != TELLS or apart.auc is None:
        return ""
    p = "" if desk.report.small else f", p {p_words(apart.auc_p)}"
    return f"A classifier tells the sets apart with an AUC of {apart.auc:.2f}, where .50 is not at all{p}."


def _which(desk: DriftDesk) -> tuple[list[str], str]:
    polygon, asked = drawn(), st.query_params.get("cluster", TELLING)
    if polygon:
        return desk.view.within(polygon["x"], polygon["y"]), "drawn on the map"
    options = _options(desk)
    if asked == TELLING or asked not in options:
        return list(desk.report.embedding.telling["trace_id"]), TELLS
    cluster = None if asked == "none" else int(asked)
    return desk.view.of_cluster(cluster), _names(desk)[asked]


def _options(desk: DriftDesk) -> dict[str, str]:
    """What can be listed: the telling ones, then the clusters as the report orders them, by key."""
    counts = dict(zip(_keys(desk), desk.report.clusters.shares["other_n"], strict=True))
    return {
        TELLING: "that tell the sets apart best",
        **{key: f"{name} ({counts[key]:,})" for key, name in _names(desk).items()},
    }


def _names(desk: DriftDesk) -> dict[str, str]:
    return dict(zip(_keys(desk), map(str, desk.report.clusters.shares["name"]), strict=True))


def _keys(desk: DriftDesk) -> list[str]:
    return ["none" if pd.isna(each) else str(int(each)) for each in desk.report.clusters.shares["cluster"]]


def _nothing(desk: DriftDesk) -> str:
    if drawn():
        return "No trace of the current set lies inside what was drawn."
    if st.query_params.get("cluster") in _options(desk):
        return "The current set has no trace of this cluster."
    if desk.report.embedding.reason == "all_identical":
        return "Every trace says the same, so none tells the sets apart."
    return "Too few traces to say which of them tell the sets apart. Choose a cluster, or draw a box on the map."


def _first(ids: list[str]) -> str:
    return f", the first {MOST} below" if len(ids) > MOST else ""


def _start(words: str) -> str:
    return words[:1].upper() + words[1:]


def trace_rows(found: pd.DataFrame, *, on_map: bool) -> pd.DataFrame:
    """The table of traces; columns that say nothing are left out."""
    links = [urlencode({"trace": each}) for each in found["trace_id"]]
    rows = pd.DataFrame(
        {
            "open": [f"read?{each}" for each in links],
            "map": [f"map?{each}" if on_map else "" for each in links],
            "time": [when(each) if pd.notna(each) else "" for each in found["started_at"]],
            "first words": found["first_words"],
            "outcome": [
                outcome(*each) for each in zip(found["status"], found["feedback"], found["signals"], strict=True)
            ],
            "release": found["release"].astype("string").fillna(""),
            "model": found["model"].astype("string").fillna(""),
            "trace": found["trace_id"],
        }
    )
    return rows.loc[:, [name for name in rows if name in ("open", "trace") or rows[name].ne("").any()]]


def drift_notebook(desk: DriftDesk, part: list[str]) -> None:
    """Give the page in a notebook, with the lines of the part that is open."""
    notebook(drift_code(desk, part))


def drift_code(desk: DriftDesk, part: list[str]) -> str:
    """Give the page's verdict, figures and list in a notebook."""
    given = {"reference": desk.asked.reference, "current": desk.asked.current}
    said = ", ".join(f"{name}={value!r}" for name, value in given.items() if value is not None)
    view = desk.view
    lines = ["from workbench import Workspace, charts", "", f"ws = Workspace({str(desk.ws.path)!r})"]
    lines += [f"view = ws.drift_view({said})", "report = view.report", "print(report)", "report.lights"]
    if view.density is not None:
        lines.append("charts.drift_map(view.density, view.clusters, view.traces)")
    if len(desk.report.clusters.shares):
        lines.append(f"charts.drift_shares(report.clusters.shares, level={desk.shown_at})")
    if len(view.days) and not desk.empty:
        lines.append("charts.drift_timeline(report.timeline, view.days, lanes=view.followed)")
    if len(desk.report.usual.weeks):
        lines.append("charts.drift_usual(report.usual, view.last_at)")
    polygon, asked = drawn(), st.query_params.get("cluster", TELLING)
    if polygon:
        corners = ", ".join(f"{name}={[round(each, 3) for each in polygon[name]]}" for name in ("x", "y"))
        listed = f"view.within({corners})"
    elif asked != TELLING and asked in _options(desk):
        listed = f"view.of_cluster({None if asked == 'none' else int(asked)})"
    else:
        listed = "report.embedding.telling.trace_id"
    return "\n".join([*lines, *part, f"ws.drift_rows({listed})"])
