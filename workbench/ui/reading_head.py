"""Above and below the desk: how far the reader is, when a new code last came up, jump, undo, the keys; what is next."""

import streamlit as st

from workbench.charts import saturation_curve
from workbench.errors import WorkbenchError
from workbench.ui import cached
from workbench.ui.reading import CODES, NOTES, TROUBLE, Desk, go_to, key_of
from workbench.ui.reading_words import reading_code
from workbench.ui.words import notebook, plain
from workbench.workspace import Workspace

NOTICE = "reading.notice"

KEYS = {
    NOTES: "**1** pass · **2** fail · **D** defer",
    CODES: "**P** pass · **F** fail · **D** defer · **1-9** codes · **T** find or create a code · "
    "**S** severity of the last code, one up",
}
KEYS_OF_BOTH = (
    "**N** to the note, **Esc** back from it · **J K** turn by turn, **M** marks it · **/** search · "
    "**Ctrl+Enter** saves and goes on · **← →** back, skip · **U** undo"
)


def reading_head(desk: Desk) -> None:
    """Draw the line above the desk."""
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="reading-head"):
        if desk.sample_id is None:
            st.markdown("a single trace, in no sample", width="stretch")
        else:
            st.progress(desk.n_read / max(len(desk.queue), 1), text=_progress(desk), width="stretch")
        if desk.round == CODES and desk.sample_id is not None:
            unseen = st.popover("Still unseen", key="reading.unseen", on_change="rerun")
            if unseen.open:
                with unseen:
                    _saturation(desk)
        with st.popover("Jump"):
            _jump(desk)
        st.button(
            "Undo", key=desk.key("undo"), shortcut="U", on_click=_undo, args=(desk,),
            help="Takes back your last save, here or on the trace before",
        )  # fmt: skip
        if desk.reading.outcome == "fail":
            st.page_link(
                "pages/regress.py", label="Make it a regression case", icon=":material/assignment_late:",
                query_params={"trace": desk.trace_id, "as": desk.reader}, width="content",
                help="Shows what flagged it: what is said there is not blind, and what you said here stays as it is",
            )  # fmt: skip
        else:
            st.button(
                "Make a case", key=desk.key("case"), type="tertiary", icon=":material/upgrade:", on_click=_promote,
                args=(desk,), help="Proposes this trace for the golden set, on the Cases page",
            )  # fmt: skip
        with st.popover("Keys"):
            st.markdown(f"{KEYS[desk.round]}\n\n{KEYS_OF_BOTH}")
    notice = st.session_state.pop(NOTICE, None)
    if notice:
        st.caption(notice)


def reading_next(desk: Desk) -> None:
    """Say what is next once all is read, and give the same in a notebook."""
    if desk.sample_id is not None and desk.n_read == len(desk.queue):
        deferred = int((desk.queue["outcome"] == "defer").sum())
        again = f" {deferred} deferred: Jump leads to them." if deferred else ""
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**All {len(desk.queue):,} are read.**{again} Next: give the notes names.", width="content")
            st.page_link("pages/codebook.py", label="Open the codebook", icon=":material/arrow_forward:")
    notebook(reading_code(str(desk.ws.path), desk.sample_id, desk.trace_id, desk.reader))


def load_next(desk: Desk) -> None:
    """Read the trace that comes next, so that it is there when it is asked for; and wake the redactor."""
    _awake(desk.ws)
    for trace_id in dict.fromkeys((desk.unread(), desk.after)):
        if trace_id is not None:
            cached.trace(desk.ws, trace_id)


@st.cache_resource(max_entries=8, show_spinner=False)
def _awake(_ws: Workspace) -> None:
    """Let the redactor load what it loads, so that the first save does not wait for it."""
    _ws.redactor.redact(["the first thing that went wrong"])


def _progress(desk: Desk) -> str:
    of = f"**{desk.place + 1} of {len(desk.queue):,}**" if desk.place is not None else "**not in this sample**"
    parts = [of, f"read {desk.n_read:,}"]
    deferred = int((desk.queue["outcome"] == "defer").sum())
    parts += [f"deferred {deferred:,}"] if deferred else []
    return " · ".join([*parts, *saturation_words(desk)])


def saturation_words(desk: Desk) -> list[str]:
    """Say how long ago a new code last came up; nothing where there are no codes yet."""
    if desk.sample_id is None:
        return []
    since = desk.ws.since_new_code(desk.sample_id, desk.reader)
    return [] if since is None else [f"last new code {since:,} traces ago"]


def _saturation(desk: Desk) -> None:
    """Tell what is still unseen, once it is asked for: the curve, and what it can and cannot claim."""
    found = desk.ws.saturation(desk.sample_id, desk.reader)
    if found.codes == 0:
        st.markdown("No codes were given yet, so there is nothing to say of what is still unseen.")
        return
    curve = found.curve
    st.plotly_chart(
        saturation_curve(curve.traces, curve.mean, curve.low, curve.high, found.read),
        key=desk.key("curve"), config={"displayModeBar": False},
    )  # fmt: skip
    st.markdown("\n\n".join(plain(sentence) for sentence in found.sentences))


def _jump(desk: Desk) -> None:
    n = max(len(desk.queue), 1)
    place = min(max((desk.place or 0) + 1, 1), n)
    with st.form(desk.key("jump"), border=False):
        st.number_input("To number", 1, n, place, key=desk.key("number"))
        st.text_input("or to a trace id", key=desk.key("id"))
        st.form_submit_button("Go", on_click=_go, args=(desk,))
    unread, deferred = desk.unread(), desk.unread("defer")
    st.button("Next unread", key=desk.key("unread"), on_click=go_to, args=(unread,), disabled=unread is None)
    st.button("Next deferred", key=desk.key("deferred"), on_click=go_to, args=(deferred,), disabled=deferred is None)


def _go(desk: Desk) -> None:
    trace_id = st.session_state.get(desk.key("id"), "").strip()
    go_to(trace_id or desk.at(int(st.session_state[desk.key("number")]) - 1))


def _promote(desk: Desk) -> None:
    """Propose the trace as a case; whether it was one before is not told, for that is what others thought of it."""
    try:
        desk.ws.promote([desk.trace_id], by=desk.reader, why="proposed while reading")
    except WorkbenchError as error:
        st.session_state[TROUBLE] = str(error)
        return
    st.session_state[NOTICE] = "Proposed as a case, unless it was before; it is gone over on the Cases page."


def _undo(desk: Desk) -> None:
    """Take back the last save and show the trace it was about."""
    try:
        undone = desk.ws.undo(desk.reader, sample_id=desk.sample_id)
    except WorkbenchError as error:
        st.session_state[TROUBLE] = str(error)
        return
    if undone is None:
        st.session_state[NOTICE] = "Nothing of yours is left to take back here."
        return
    for name in ("note", "mark"):
        st.session_state.pop(key_of(name, undone.trace_id), None)
    st.session_state[NOTICE] = f"Took back: {plain(', '.join(undone.dimensions))}."
    go_to(undone.trace_id)
