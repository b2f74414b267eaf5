"""For whoever runs the labelling: make a queue, see how far people are, hand over, close.

Drawn only where it is opened, and never on a server for annotators.
"""

from typing import Any

import pandas as pd
import streamlit as st

from workbench.errors import WorkbenchError
from workbench.ui.words import notebook, plain
from workbench.workspace import Workspace

TROUBLE = "queue.trouble"
MADE = "queue.made"
RUN = "queue.run"


def queue_lead(ws: Workspace, lead: str) -> None:
    """Offer what whoever runs the labelling needs."""
    shown = st.expander(
        "Run the labelling: make a queue, see progress, hand over, close", icon=":material/groups:", on_change="rerun"
    )
    if not _is_open(shown):
        return
    with shown:
        left, right = st.columns([42, 58], gap="large")
        with left:
            _make(ws, lead)
        with right:
            _run(ws)


def _is_open(shown: Any) -> bool:
    return bool(shown.open)


def _make(ws: Workspace, lead: str) -> None:
    samples = ws.store.sample_names()
    st.markdown("**Make a queue from a sample**")
    if not samples:
        st.markdown("There is no sample yet.")
        st.page_link("pages/sample.py", label="Draw a sample", icon=":material/arrow_forward:")
        return
    with st.form("queue.make", border=False):
        st.selectbox("Sample", list(samples), format_func=samples.__getitem__, key="queue.make.sample")
        st.text_input(
            "Name", key="queue.make.name", placeholder="first round",
            help="Annotators see it, so it should say nothing of what you expect. It passes the redactor.",
        )  # fmt: skip
        st.text_input(
            "People, separated by commas", key="queue.make.people", placeholder="empty: anybody",
            help="The names they will label under.",
        )  # fmt: skip
        with st.container(horizontal=True):
            st.number_input("People per shared item", 1, 50, 2, key="queue.make.per_item")
            st.number_input("Shared items, %", 0, 100, 100, key="queue.make.overlap")
            st.number_input("Minutes per item", 1, 1440, 30, key="queue.make.minutes")
        with st.container(horizontal=True):
            st.checkbox("plan items to people", key="queue.make.fixed", help="Otherwise whoever comes takes the next.")
            st.checkbox("own answer first", True, key="queue.make.gold_first")
            st.checkbox(
                "mix in adjudicated items", key="queue.make.gold",
                help="About a tenth of each person's items, at irregular places: who tires or drifts, misses them.",
            )  # fmt: skip
        st.form_submit_button("Make the queue", type="primary", on_click=_made, args=(ws, lead))
    made = st.session_state.pop(MADE, None)
    if made:
        st.success(plain(made), icon=":material/check:")


def _made(ws: Workspace, lead: str) -> None:
    given = {
        name.removeprefix("queue.make."): value for name, value in st.session_state.items() if isinstance(name, str)
    }
    try:
        report = ws.make_queue(
            given["sample"],
            annotators=[each for each in given["people"].split(",") if each.strip()],
            per_item=int(given["per_item"]),
            overlap=given["overlap"] / 100,
            assign="fixed" if given["fixed"] else "open",
            gold="adjudicated" if given["gold"] else (),
            gold_first=given["gold_first"],
            minutes=int(given["minutes"]),
            name=given["name"] or None,
            author=lead,
        )
    except WorkbenchError as error:
        st.session_state[TROUBLE] = str(error)
        return
    st.session_state[MADE] = " ".join([f"{report}.", *report.notices])
    st.session_state[RUN] = report.queue_id


def _run(ws: Workspace) -> None:
    queues = ws.queues().iloc[::-1]
    st.markdown("**How it goes**")
    if queues.empty:
        st.markdown("No queue yet.")
        return
    names = dict(zip(queues["queue_id"], queues["name"], strict=True))
    queue_id = st.selectbox(
        "Queue", list(names), format_func=lambda each: f"{names[each]} ({each})", key=RUN, label_visibility="collapsed"
    )
    queue = queues[queues["queue_id"] == queue_id].iloc[0]
    total = int(queue["open"] + queue["held"] + queue["done"])
    state = "closed" if pd.notna(queue["closed_at"]) else f"{queue['held']:,} being worked on"
    st.progress(int(queue["done"]) / max(total, 1), text=f"{queue['done']:,} of {total:,} labels · {state}")
    progress = ws.queue_progress(queue_id)
    st.dataframe(progress_table(progress), hide_index=True, column_config=_COLUMNS)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        people = progress["annotator"].tolist()
        st.selectbox("Hand over from", people, key="queue.from", disabled=not people)
        st.text_input("to", key="queue.to", placeholder="empty: spread over the others")
        st.button("Hand over", on_click=_hand_over, args=(ws, queue_id), disabled=not people)
        closed = pd.notna(queue["closed_at"])
        verb = ws.reopen_queue if closed else ws.close_queue
        st.button("Open again" if closed else "Close the queue", on_click=verb, args=(queue_id,))
    st.caption(plain(f"The link for annotators: /queue?queue={queue_id}. For a server on which they see nothing else: "
                     "workbench app --only queue"))  # fmt: skip
    notebook(
        f"from workbench import Workspace\n\nws = Workspace({str(ws.path)!r})\n"
        f"progress = ws.queue_progress({queue_id!r})\nchecks = ws.gold_checks({queue_id!r})"
    )


_COLUMNS = {
    "held": st.column_config.NumberColumn(help="Reserved just now."),
    "planned": st.column_config.NumberColumn(help="Planned to them and not begun; only where items are planned."),
    "per item": st.column_config.TextColumn(help="The middle one of the times an item took."),
    "near the output": st.column_config.TextColumn(
        help="Own answers that are nearly the output they were shown, of those long enough to compare, with a 95%"
        " Wilson interval: labels that lean on what was to be judged."
    ),
}


def progress_table(progress: pd.DataFrame) -> pd.DataFrame:
    """Make the table of progress, in the words of the page."""
    return pd.DataFrame(
        {
            "person": progress["annotator"],
            "done": progress["done"],
            "held": progress["held"],
            "planned": progress["open"],
            "gold": progress["gold_done"],
            "deferred": progress["deferred"],
            "per item": ["" if pd.isna(each) else f"{each:.0f} s" for each in progress["seconds"]],
            "near the output": [_near(row) for row in progress.itertuples()],
        }
    )


def _near(row: Any) -> str:
    if not row.comparable or pd.isna(row.comparable):
        return "none to compare"
    return f"{row.anchored_share:.0%} ({row.low:.0%}-{row.high:.0%}), n {row.comparable:.0f}"


def _hand_over(ws: Workspace, queue_id: str) -> None:
    try:
        done = ws.hand_over(queue_id, st.session_state["queue.from"], st.session_state["queue.to"].strip() or None)
    except WorkbenchError as error:
        st.session_state[TROUBLE] = str(error)
        return
    st.session_state[MADE] = str(done)
