"""The queue desk: who labels, in which queue, which item; and the list of queues where none is chosen.

The queue and the name are in the URL (``?queue=&as=``). All that leaves the server is what ``Workspace.queue_item``
gives back: no id of a trace, no model, nobody's view. Keys of widgets carry the number of the slot, which is drawn at
random and tells nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from workbench.errors import WorkbenchError
from workbench.ui.queue_lead import queue_lead
from workbench.ui.serving import is_only
from workbench.ui.who import READER, ask_name
from workbench.ui.words import notebook, plain, when
from workbench.workspace import Workspace

TROUBLE = "queue.trouble"
AGAIN = "queue.again"
"""The queue in which the person looks at their last item again."""


@dataclass(frozen=True)
class QueueDesk:
    """One item in front of one annotator; no item where nothing is left for them."""

    ws: Workspace
    annotator: str
    queue_id: str
    name: str
    is_planned: bool
    rubric: Any
    item: Any
    again: bool = False

    def key(self, name: str) -> str:
        """A widget's key for this item alone: a press that was meant for the one before finds nothing."""
        return f"queue.{name}.{self.item.slot_id}.{self.item.state}"

    def get(self, name: str, otherwise: Any = None) -> Any:
        """What a widget of this item holds."""
        return st.session_state.get(self.key(name), otherwise)


def queue_desk(ws: Workspace) -> QueueDesk:
    """Work out who labels what; ask for what is missing."""
    annotator = ask_name(ws, "queue", question="Who is labelling?", button="Start labelling")
    queue_id = st.query_params.get("queue")
    if not queue_id:
        _landing(ws, annotator)
        st.stop()
    again = st.session_state.get(AGAIN) == queue_id
    item = ws.last_item(queue_id, annotator) if again else ws.queue_item(queue_id, annotator)
    if again and item is None:
        item = ws.queue_item(queue_id, annotator)
    queue = ws.store.queue(queue_id)
    is_planned = queue["plan"]["assign"] == "fixed"
    rubric = ws.rubric(queue["rubric_version"])
    return QueueDesk(ws, annotator, queue_id, queue["name"], is_planned, rubric, item, again)


def queue_head(desk: QueueDesk) -> None:
    """Draw the line above the desk: the queue, one's own progress, the keys."""
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="queue-head"):
        if desk.item is None:
            st.markdown(f"**{plain(desk.name)}**", width="stretch")
        else:
            of = desk.item.done + desk.item.left
            st.progress(desk.item.done / max(of, 1), text=_progress(desk), width="stretch")
        _looking_back(desk)
        with st.popover("Keys"):
            st.markdown(KEYS)
        st.button("All queues", type="tertiary", on_click=_leave)
        st.button(
            f"labelling as **{plain(desk.annotator)}**", type="tertiary", on_click=another_annotator,
            help="Label under another name",
        )  # fmt: skip
    say_trouble()


KEYS = (
    "**N** into the text, **Esc** out of it · **Ctrl+Enter** reveals, then saves and goes on · **P** pass · **F** fail"
    " · **D** defer · **1-9** the next value of a dimension"
)


def queue_next(desk: QueueDesk) -> None:
    """Say what is next once nothing is left, and give the same in a notebook."""
    if desk.item is None:
        _nothing_left(desk)
    notebook(queue_code(str(desk.ws.path), desk.queue_id, desk.annotator, again=desk.again))


def queue_code(path: str, queue_id: str, annotator: str, *, again: bool = False) -> str:
    """Give what is on the page, and how the same is done without it."""
    verb = "last_item" if again else "queue_item"
    return (
        f"from workbench import Workspace\n\nws = Workspace({path!r})\n"
        f"item = ws.{verb}({queue_id!r}, {annotator!r})\nstanding = ws.queue_standing({queue_id!r}, {annotator!r})\n"
        f"# ws.answer_item({queue_id!r}, item.slot_id, {annotator!r}, 'what should have been said')\n"
        f"# ws.save_item({queue_id!r}, item.slot_id, {annotator!r}, outcome='fail', critique='...', dimensions={{}})"
    )


def attempt(act: Callable[[], Any]) -> bool:
    """Do what a press asked for; what went wrong is kept to be shown, and False given back."""
    try:
        act()
    except WorkbenchError as error:
        st.session_state[TROUBLE] = str(error)
        return False
    return True


def say_trouble() -> None:
    """Show what went wrong in the last press."""
    trouble = st.session_state.pop(TROUBLE, None)
    if trouble:
        st.error(f"Not saved: {plain(trouble)}", icon=":material/error:")


def another_annotator() -> None:
    """Ask for the name again."""
    st.session_state.pop(READER, None)
    st.session_state.pop(AGAIN, None)
    st.query_params.pop("as", None)


def _landing(ws: Workspace, annotator: str) -> None:
    """List the queues for this person with their own progress; whoever runs the labelling finds the rest below."""
    say_trouble()
    queues = ws.my_queues(annotator)
    with st.container(horizontal=True, vertical_alignment="center"):
        words = "**Your queues**" if len(queues) else f"**There is nothing to label for {plain(annotator)} yet.**"
        st.markdown(words, width="stretch")
        st.button(
            f"labelling as **{plain(annotator)}**", type="tertiary", on_click=another_annotator,
            help="Label under another name",
        )  # fmt: skip
    if queues.empty:
        st.markdown(
            "Whoever runs the labelling makes a queue from a sample and gives you its link."
            if is_only()
            else "A queue hands the traces of a sample out: make one below, or `workbench queue make SAMPLE`."
        )
    for row in queues.itertuples():
        with st.container(horizontal=True, vertical_alignment="center", border=True, gap="medium"):
            st.markdown(f"**{plain(row.name)}**  \n:gray[since {plain(when(row.created_at))}]", width="stretch")
            state = "closed" if row.closed else f"up to {row.left:,} to go" if row.left else "nothing left for you"
            st.markdown(f"{row.done:,} done · {state}")
            st.button(
                "Label" if row.left and not row.closed else "Open", key=f"queue.open.{row.queue_id}",
                type="primary" if row.left and not row.closed else "secondary", on_click=_enter, args=(row.queue_id,),
            )  # fmt: skip
    if not is_only():
        queue_lead(ws, annotator)
    notebook(f"from workbench import Workspace\n\nws = Workspace({str(ws.path)!r})\nmine = ws.my_queues({annotator!r})")


def _enter(queue_id: str) -> None:
    st.query_params["queue"] = queue_id


def _leave() -> None:
    st.session_state.pop(AGAIN, None)
    st.query_params.pop("queue", None)


def _progress(desk: QueueDesk) -> str:
    of = desk.item.done + desk.item.left
    if desk.again:
        return f"**your last item again** · {desk.item.done:,} done · {plain(desk.name)}"
    most = "" if desk.is_planned else "at most "  # in an open queue others take from the same items
    return f"**{desk.item.place:,}** of {most}**{of:,}** · {plain(desk.name)}"


def _looking_back(desk: QueueDesk) -> None:
    if desk.again:
        st.button("Back to the next item", on_click=st.session_state.pop, args=(AGAIN, None))
    elif desk.item is None or desk.item.done:
        st.button(
            "My last item", on_click=_look_back, args=(desk.queue_id,), type="tertiary",
            help="Look at it again and save it anew; what you save last counts.",
        )  # fmt: skip


def _look_back(queue_id: str) -> None:
    st.session_state[AGAIN] = queue_id


def _nothing_left(desk: QueueDesk) -> None:
    stands = desk.ws.queue_standing(desk.queue_id, desk.annotator)
    if stands.closed:
        st.info(f"**This queue is closed.** You have done {stands.done:,} items; thank you.", icon=":material/lock:")
    elif stands.held_by_others:
        st.info(
            f"**Nothing is left for you just now.** You have done {stands.done:,} items. Others are at work on"
            f" {stands.held_by_others:,}; what they leave comes back. Look in again later.",
            icon=":material/hourglass:",
        )
    else:
        st.success(
            f"**All done.** You have labelled {stands.done:,} items and nothing is left for you.",
            icon=":material/check:",
        )
    with st.container(horizontal=True):
        st.button("See all queues", on_click=_leave, key="queue.all")
        if not is_only():
            st.page_link("pages/agreement.py", label="Next: how far the labels agree", icon=":material/arrow_forward:")
