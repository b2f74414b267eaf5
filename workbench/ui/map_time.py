"""Below the map: groups off it that may be new clusters, to accept or dismiss, and what became of clusters so far."""

from typing import Any

import pandas as pd
import streamlit as st

from workbench.charts import rate_text
from workbench.ui.codes import attempt, say_what_happened
from workbench.ui.explore import open_trace
from workbench.ui.tables import fitted
from workbench.ui.who import name_field, person
from workbench.ui.words import plain, when
from workbench.workspace import Workspace

SURE = {
    "firm": "**firm**: found again when sessions are drawn anew",
    "maybe": "**maybe**: there is a pattern, but who belongs to it is doubtful",
    "cannot tell": "**cannot tell**: other draws cut it elsewhere",
}
EVENTS = {
    "kept": "kept", "new": "new", "gone": "gone", "split": "part of a split", "merged": "part of a merger",
    "accepted": "accepted", "dismissed": "dismissed",
}  # fmt: skip
LOOK = """<style>
[class*="st-key-proposal-texts"] {gap: 0;}
[class*="st-key-proposal-texts"] button {min-height: 1.9rem; padding: .1rem 0;}
[class*="st-key-proposal-texts"] button > div, [class*="st-key-proposal-texts"] button > div > span {
  justify-content: flex-start; width: 100%;
}
</style>"""
MOST = 6
"""Proposals shown at once."""


def new_clusters(ws: Workspace) -> bool:
    """Offer groups of traces off the map as new clusters; whether there are any."""
    say_what_happened()
    found = ws.cluster_proposals()
    if found.reason:
        if found.off_map:
            st.caption(f"New clusters: {plain(found.reason)}")
        return False
    n = len(found.frame)
    st.html(LOOK)
    with st.container(border=True, key="proposals"):
        st.markdown(
            f"**{'A group' if n == 1 else f'{n} groups'} off the map: new?** {found.off_map:,} traces came"
            " later and are unlike anything on the map. Accepting makes a cluster of them and moves no point."
        )
        name_field("map.proposals", person(ws), hint="your name, to decide")
        words = ws.points().set_index("trace_id")["first_words"]
        for row in found.frame.head(MOST).to_dict("records"):
            _proposal(ws, row, words)
        if n > MOST:
            st.caption(f"{n - MOST} smaller ones follow once these are decided.")
    return True


def _proposal(ws: Workspace, row: dict[Any, Any], words: pd.Series) -> None:
    key = f"proposal.{row['proposal']}"
    left, right = st.columns([60, 40], gap="medium")
    with left:
        share = rate_text(row["share"], row["low"], row["high"])
        called = ", ".join(map(str, row["keywords"][:3])) or "no words in common"
        st.markdown(
            f"**{plain(called)}** · {row['n']:,} traces of {row['sessions']:,} sessions, {share} of those placed"
        )
        alike = "as alike as" if row["density"] >= row["usual"] else "less alike than"
        st.caption(
            f"{SURE[row['sure']]}; its texts are {alike} those of clusters usually are",
            help=f"Traces shared with what is found anew: Jaccard {row['stability']:.2f}. Mean cosine between its texts"
            f" {row['density']:.2f}, in clusters of this map {row['usual']:.2f}.",
        )
        with st.container(key=f"proposal-texts-{row['proposal']}"):
            for trace_id in row["examples"][:3]:
                first = words.get(trace_id)
                st.button(
                    plain(first, 90) if isinstance(first, str) and first else "(no text)", key=f"{key}.{trace_id}",
                    on_click=open_trace, args=(trace_id,), type="tertiary", width="stretch",
                )  # fmt: skip
    with right, st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.text_input(
            "Name", value=", ".join(map(str, row["keywords"][:2])), key=f"{key}.name", max_chars=80, width=240
        )
        nobody = not person(ws)
        st.button(
            "Accept", key=f"{key}.accept", type="primary", disabled=nobody, on_click=_accept,
            args=(ws, row["proposal"], f"{key}.name"), help="Say who you are first." if nobody else None,
        )  # fmt: skip
        with st.popover("Dismiss"):
            st.text_input("Why is it no cluster?", key=f"{key}.reason", max_chars=200)
            st.button(
                "Dismiss it", key=f"{key}.dismiss", disabled=nobody, on_click=_dismiss,
                args=(ws, row["proposal"], f"{key}.reason"),
            )  # fmt: skip


def _accept(ws: Workspace, proposal: str, name: str) -> None:
    def accept() -> str:
        done = ws.accept_cluster(proposal, name=st.session_state[name], by=person(ws))
        return f"“{done.name}” is a cluster now: {done.n} traces. No point moved."

    attempt(accept)


def _dismiss(ws: Workspace, proposal: str, reason: str) -> None:
    def dismiss() -> str:
        done = ws.dismiss_cluster(proposal, reason=st.session_state[reason], by=person(ws))
        return f"{done.n} traces are not proposed again. More of their kind would be."

    attempt(dismiss)


def cluster_history(ws: Workspace) -> None:
    """List what became of clusters, newest map first."""
    found = ws.cluster_lineage()
    if found["map_id"].nunique() < 2:
        return
    n_kept = int((found["event"] == "kept").sum())
    with st.expander("What became of the clusters, map by map"):
        st.markdown(history_words(found))
        rows = found[found["event"] != "kept"].iloc[::-1]
        if n_kept and st.toggle(f"also the {n_kept:,} times that one was kept", key="map.kept"):
            rows = found.iloc[::-1]
        st.dataframe(
            history_rows(rows, found),
            hide_index=True,
            height=fitted(len(rows), 320),
            column_config={
                "share": st.column_config.NumberColumn(
                    format="%.0f%%",
                    help="Kept: traces on both maps that both clusters share (Jaccard). Split, merger: the share of the"
                    " cluster it comes from.",
                ),
                "from": st.column_config.TextColumn(help="The cluster it comes from, by its last name"),
            },
        )
        st.caption(
            "An id is never used again; a cluster that is kept keeps its colour. In a notebook: ws.cluster_lineage()"
        )


def history_rows(rows: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """Make the table of what became of clusters; columns that say nothing are left out.

    Args:
        rows: What is listed, of the lineage.
        found: All of it, for the names.
    """
    names = found.drop_duplicates("cluster", keep="last").set_index("cluster")["name"]
    told = pd.DataFrame(
        {
            "map of": [when(each) for each in rows["made_at"]],
            "what": [EVENTS[each] for each in rows["event"]],
            "id": rows["cluster"].to_numpy(),
            "cluster": rows["name"].to_numpy(),
            "from": ["" if pd.isna(each) else str(names.get(each, each)) for each in rows["from"]],
            "share": 100 * rows["share"].to_numpy(),
            "traces": rows["n"].to_numpy(),
            "by": rows["by"].fillna("").to_numpy(),
            "why": rows["reason"].fillna("").to_numpy(),
        }
    )
    empty = [name for name in ("from", "share", "by", "why") if (told[name].isna() | (told[name] == "")).all()]
    return told.drop(columns=empty)


def history_words(found: pd.DataFrame) -> str:
    """Say in a sentence what the newest map that changed clusters did to them."""
    last = found[found["map_id"] == found["map_id"].iloc[-1]]
    counts = last["event"].value_counts()
    told = [f"{counts[each]:,} {EVENTS[each]}" for each in EVENTS if each in counts]
    return f"**The last change, {when(last['made_at'].iloc[0])}:** {', '.join(told)}."
