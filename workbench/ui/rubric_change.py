"""What can be done with the rubric on its page: start one, write, change, move and remove dimensions, import, export.

Every change goes through a callback, carries its author, a reason and the version that was on the screen, and is
refused where somebody else was faster.
"""

from typing import Any

import streamlit as st

from workbench.ui.codes import attempt
from workbench.ui.rubric import Standard, open_dimension, values_in_words
from workbench.ui.words import plain

TEXTS = {
    "definition": ("Definition", "what is looked at, in a sentence or two"),
    "passes": ("Just passes", "an example that is barely good enough, and why"),
    "fails": ("Just fails", "one that differs in a single thing and is not"),
    "rule": ("In doubt", "what holds where two people disagree"),
}
LEVELS = {"nominal": "nominal (kinds)", "ordinal": "ordinal (steps)"}
APART = "|"
STARTER = "starter"


def rubric_start(standard: Standard) -> None:
    """Where there is no rubric, say what one is for and offer one to start from."""
    with st.container(border=True, gap="small"):
        st.markdown("**There is no rubric yet.**")
        st.markdown(
            "People agree on what they were told to look at, and where the line is. A rubric asks four to six "
            "questions, each with two or three answers, an example on either side of the line, and a rule for the "
            "doubtful case. Without one, labels say pass or fail and nobody knows why."
        )
        st.caption("One to start from; take it in, then replace its examples by traces of your own:")
        for each in standard.ws.starter_rubric():
            st.markdown(f"**{plain(each.name)}** {values_in_words(each)}  \n{plain(each.definition)}")
        st.button(
            "Take in the starter", type="primary", key=standard.key("starter"), disabled=not standard.person,
            on_click=_take_in, args=(standard, STARTER),
        )  # fmt: skip


def rubric_changes(standard: Standard) -> None:
    """Draw what can be done with the open dimension, and below it ways to bring in more."""
    each = standard.open
    if each is not None:
        with st.container(border=True, gap="small"):
            st.markdown(f"**Change {plain(each.name)}** {values_in_words(each)}")
            _edit(standard, each)
            _move_or_remove(standard, each)
    with st.expander("Write a dimension", icon=":material/add:", expanded=not standard.rubric.dimensions):
        _write(standard)
    with st.expander("Import and export", icon=":material/sync_alt:"):
        _files(standard)


def _fields(standard: Standard, each: Any = None) -> None:
    """The fields of a dimension, filled with what it says."""
    values = f" {APART} ".join(each.values if each else ("fail", "pass"))
    st.text_input(
        f"Values, separated by {APART}", values, key=standard.key("values", each), help="Two or three, in order"
    )
    with st.container(horizontal=True):
        st.text_input("Which one is the failure", each.failure if each else "fail", key=standard.key("failure", each))
        st.selectbox(
            "Level", list(LEVELS), index=list(LEVELS).index(each.level) if each else 0, key=standard.key("level", each),
            format_func=LEVELS.__getitem__,
        )  # fmt: skip
    for field, (title, hint) in TEXTS.items():
        st.text_area(
            title, getattr(each, field, ""), key=standard.key(field, each), height=90, max_chars=4000, placeholder=hint
        )


def _written(standard: Standard, each: Any = None) -> dict[str, Any]:
    """What stands in the fields."""
    state = st.session_state
    told = {field: state[standard.key(field, each)] for field in (*TEXTS, "failure", "level")}
    values = [value.strip() for value in state[standard.key("values", each)].split(APART)]
    return {**told, "values": [value for value in values if value]}


def _edit(standard: Standard, each: Any) -> None:
    with st.form(standard.key("edit", each), border=False):
        _fields(standard, each)
        st.checkbox(
            "The meaning changes: labels from before are about something else", key=standard.key("meaning", each),
            help="Tick it where a trace may get another value by this. Clearer words and better examples do not do "
            "that; other values or another failure always do.",
        )  # fmt: skip
        st.text_input("Why", key=standard.key("why", each), placeholder="people who label by it will read this")
        st.form_submit_button(
            "Save", type="primary", disabled=not standard.person, on_click=_save, args=(standard, each)
        )


def _save(standard: Standard, each: Any) -> None:
    meaning = [each.name] if st.session_state[standard.key("meaning", each)] else []
    made = _make(standard, _why(standard, each), edit={each.name: _written(standard, each)}, meaning_changed=meaning)
    if made:
        open_dimension(None)


def _move_or_remove(standard: Standard, each: Any) -> None:
    names = list(standard.rubric.by_name)
    place = names.index(each.name)
    with st.container(horizontal=True, gap="small"):
        for label, to in (("Move up", place - 1), ("Move down", place + 1)):
            st.button(
                label, key=standard.key(label, each), disabled=not standard.person or not 0 <= to < len(names),
                on_click=_move, args=(standard, place, to),
            )  # fmt: skip
        with st.popover("Remove", icon=":material/delete:"):
            st.caption("Its labels stay, and the versions that had it. Nobody is asked for it any more.")
            st.text_input("Why", key=standard.key("why.remove", each))
            st.button(
                f"Remove {plain(each.name)}", key=standard.key("remove", each), disabled=not standard.person,
                on_click=_remove, args=(standard, each),
            )  # fmt: skip


def _move(standard: Standard, place: int, to: int) -> None:
    order = list(standard.rubric.by_name)
    order.insert(to, order.pop(place))
    _make(standard, "asked in another order", order=order)


def _remove(standard: Standard, each: Any) -> None:
    if _make(standard, st.session_state[standard.key("why.remove", each)], remove=[each.name]):
        open_dimension(None)


def _write(standard: Standard) -> None:
    with st.form(standard.key("write"), border=False):
        st.text_input("Name", key=standard.key("name"), max_chars=64, placeholder="what is looked at, in a word or two")
        _fields(standard)
        st.text_input("Why", key=standard.key("why"), placeholder="what it is needed for")
        st.form_submit_button("Add", type="primary", disabled=not standard.person, on_click=_add, args=(standard,))


def _add(standard: Standard) -> None:
    name = st.session_state[standard.key("name")]
    _make(standard, _why(standard), add=[{"name": name, **_written(standard)}])


def _why(standard: Standard, each: Any = None) -> str:
    return str(st.session_state[standard.key("why", each)])


def _make(standard: Standard, reason: str, **told: Any) -> bool:
    """Make a change of what was on the screen; whether it was made."""
    return attempt(
        lambda: standard.ws.change_rubric(author=standard.person, reason=reason, seen=standard.rubric.version, **told)
    )


def _files(standard: Standard) -> None:
    given = st.file_uploader("A rubric as a .toml file; it takes the place of all dimensions", type=["toml"],
                             key=standard.key("file"))  # fmt: skip
    if given is not None:
        st.text_input("Why", key=standard.key("why.file"))
        st.button(
            "Take in the file", key=standard.key("take.file"), disabled=not standard.person, on_click=_take_in,
            args=(standard, given.name, given.getvalue()),
        )  # fmt: skip
    if standard.rubric.dimensions:
        st.download_button(
            "rubric.toml",
            standard.ws.rubric_text,
            "rubric.toml",
            key=standard.key("export"),
            icon=":material/download:",
        )


def _take_in(standard: Standard, source: str, content: bytes | None = None) -> None:
    reason = st.session_state.get(standard.key("why.file"), "")
    attempt(
        lambda: standard.ws.import_rubric(
            source, author=standard.person, reason=reason, content=content, seen=standard.rubric.version
        )
    )
