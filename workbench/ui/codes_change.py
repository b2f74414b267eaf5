"""What can be done with codes on the Codebook page: write, edit, rename, merge, split, retire, restore, import.

Merge, split and retire show what they would do to the labels, and whose, before the button that does it.
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from workbench.errors import WorkbenchError
from workbench.ui.codes import KINDS_OF_TEXT, Shelf, attempt, open_code
from workbench.ui.words import plain

LEVELS = [1, 2, 3, 4, 5]
WAYS = {"edit": "Edit", "rename": "Rename", "merge": "Merge", "split": "Split", "retire": "Retire"}


def code_changes(shelf: Shelf) -> None:
    """Draw what can be done with the open code, and below it ways to bring in new ones."""
    code = shelf.open
    if code is not None and code.active:
        way = st.segmented_control(
            "What to do with it", list(WAYS), format_func=WAYS.__getitem__, key=shelf.key("way"),
            label_visibility="collapsed",
        )  # fmt: skip
        if way:
            with st.container(border=True, gap="small"):
                {"edit": _edit, "rename": _rename, "merge": _merge, "split": _split, "retire": _retire}[way](
                    shelf, code
                )
    elif code is not None:
        st.button(
            f"Restore {plain(code.name)}", key=shelf.key("restore"), icon=":material/undo:", disabled=not shelf.person,
            on_click=_restore, args=(shelf, code.name),
        )  # fmt: skip
    with st.expander("Write a new code", icon=":material/add:", expanded=not shelf.names):
        _create(shelf)
    with st.expander("Import and export", icon=":material/sync_alt:"):
        _files(shelf)


def _fields(shelf: Shelf, code: Any = None) -> None:
    """The fields of a code, filled with what it says."""
    for field, title in KINDS_OF_TEXT.items():
        st.text_area(title, getattr(code, field, ""), key=shelf.key(f"{field}.{code is None}"), height=68)
    with st.container(horizontal=True):
        st.selectbox(
            "Severity", LEVELS, index=LEVELS.index(code.severity) if code and code.severity else None,
            key=shelf.key(f"severity.{code is None}"), placeholder="not said",
            format_func=lambda level: f"{level} · {shelf.ws.severity_anchors[level]}",
        )  # fmt: skip
        st.text_input("Owner", getattr(code, "owner", ""), key=shelf.key(f"owner.{code is None}"))
        st.text_input("Group", getattr(code, "category", ""), key=shelf.key(f"category.{code is None}"))
    aliases = " | ".join(getattr(code, "aliases", ()))
    st.text_input("Also called, separated by |", aliases, key=shelf.key(f"aliases.{code is None}"))


def _written(shelf: Shelf, new: bool) -> dict[str, Any]:
    """What stands in the fields."""
    state = st.session_state
    told = {name: state[shelf.key(f"{name}.{new}")] for name in (*KINDS_OF_TEXT, "severity", "owner", "category")}
    aliases = [each.strip() for each in state[shelf.key(f"aliases.{new}")].split("|")]
    return {**told, "aliases": [each for each in aliases if each]}


def _create(shelf: Shelf) -> None:
    with st.form(shelf.key("create"), border=False):
        st.text_input("Name", key=shelf.key("name"), max_chars=80, placeholder="what went wrong, in a few words")
        _fields(shelf)
        st.form_submit_button("Create", type="primary", disabled=not shelf.person, on_click=_write_new, args=(shelf,))


def _write_new(shelf: Shelf) -> None:
    name = st.session_state[shelf.key("name")]
    if _make(shelf, "create", name, fields=_written(shelf, True)):
        open_code(name)


def _edit(shelf: Shelf, code: Any) -> None:
    with st.form(shelf.key("edit"), border=False):
        _fields(shelf, code)
        st.checkbox(
            "The meaning changes: its labels have to be confirmed", key=shelf.key("meaning"),
            help="Tick it where a trace may fall in or out of the code by this. Clearer words do not do that.",
        )  # fmt: skip
        st.text_input("Why", key=shelf.key("why.edit"))
        st.form_submit_button(
            "Save", type="primary", disabled=not shelf.person, on_click=_save, args=(shelf, code.name)
        )


def _save(shelf: Shelf, name: str) -> None:
    _make(
        shelf, "edit", name, fields=_written(shelf, False), meaning_changed=st.session_state[shelf.key("meaning")],
        why="why.edit",
    )  # fmt: skip


def _rename(shelf: Shelf, code: Any) -> None:
    with st.form(shelf.key("rename"), border=False):
        st.text_input("New name", key=shelf.key("new_name"), max_chars=80)
        st.text_input("Why", key=shelf.key("why.rename"))
        st.caption("The old name stays an alias; no label has to be looked at again.")
        st.form_submit_button(
            "Rename", type="primary", disabled=not shelf.person, on_click=_new_name, args=(shelf, code.name)
        )


def _new_name(shelf: Shelf, name: str) -> None:
    new = st.session_state[shelf.key("new_name")]
    if _make(shelf, "rename", name, into=new, why="why.rename"):
        open_code(new)


def _merge(shelf: Shelf, code: Any) -> None:
    others = [name for name in shelf.names if name != code.name]
    with_ = st.multiselect("Together with", others, key=shelf.key("with"))
    into = st.selectbox(
        "What stays", [code.name, *with_], key=shelf.key("into"), accept_new_options=True,
        help="One of them, or type a new name",
    )  # fmt: skip
    if with_ and into:
        _weigh(shelf, "merge", [code.name, *with_], into=into, goes_to=into)


def _split(shelf: Shelf, code: Any) -> None:
    parts = [
        st.text_input(f"Part {n}", key=shelf.key(f"part.{n}"), max_chars=80, placeholder=hint)
        for n, hint in enumerate(("a name; may be the old one, meaning less", "another", "a third, if need be"), 1)
    ]
    given = [part for part in parts if part.strip()]
    if len(given) > 1:
        _weigh(shelf, "split", code.name, into=given, goes_to=given[0])


def _retire(shelf: Shelf, code: Any) -> None:
    _weigh(shelf, "retire", code.name, goes_to=code.name)


def _restore(shelf: Shelf, name: str) -> None:
    _make(shelf, "restore", name)


def _weigh(shelf: Shelf, kind: Any, names: Any, *, into: Any = (), goes_to: str) -> None:
    """Say what a change would do, ask why, and offer to do it."""
    try:
        told = shelf.ws.preview_change(kind, names, into=into)
    except WorkbenchError as error:
        st.warning(plain(error), icon=":material/block:")
        return
    st.info(plain(told), icon=":material/info:")
    st.text_input("Why", key=shelf.key(f"why.{kind}"), placeholder="people who look again will read this")
    st.button(
        {"merge": "Merge", "split": "Split", "retire": "Retire"}[kind], key=shelf.key(f"do.{kind}"), type="primary",
        disabled=not shelf.person, on_click=_weighed, args=(shelf, kind, names, into, goes_to),
    )  # fmt: skip


def _weighed(shelf: Shelf, kind: Any, names: Any, into: Any, goes_to: str) -> None:
    if _make(shelf, kind, names, into=into, why=f"why.{kind}"):
        open_code(goes_to)


def _make(
    shelf: Shelf,
    kind: Any,
    names: Any,
    into: Any = (),
    fields: Mapping[str, Any] | None = None,
    meaning_changed: bool = False,
    why: str = "",
) -> bool:
    """Make a change of what was on the screen; whether it was made."""
    return attempt(
        lambda: shelf.ws.change_codebook(
            kind, names, author=shelf.person, reason=st.session_state.get(shelf.key(why), ""), into=into,
            fields=fields, meaning_changed=meaning_changed, seen=shelf.book.version,
        )
    )  # fmt: skip


def _files(shelf: Shelf) -> None:
    published = {each.name: each for each in shelf.ws.taxonomies()}
    name = st.selectbox(
        "A published list to start from", list(published), index=None, key=shelf.key("published"),
        format_func=lambda each: f"{published[each].title} ({len(published[each].codes)})", placeholder="choose one",
    )  # fmt: skip
    if name:
        chosen = published[name]
        st.caption(f"{plain(chosen.about)}  \n{plain(chosen.source)}. Licence: {plain(chosen.licence)}.")
        st.button(
            f"Take in {len(chosen.codes)} codes", key=shelf.key(f"take.{name}"), disabled=not shelf.person,
            on_click=_take_in, args=(shelf, name),
        )  # fmt: skip
    given = st.file_uploader("Or a file of codes", type=["toml", "csv"], key=shelf.key("file"))
    if given is not None:
        st.button(
            "Take in the file", key=shelf.key("take.file"), disabled=not shelf.person, on_click=_take_in,
            args=(shelf, given.name, given.getvalue()),
        )  # fmt: skip
    if shelf.names:
        with st.container(horizontal=True):
            for file in ("codes.toml", "codes.csv"):
                text = partial(shelf.ws.codes_text, Path(file).suffix)
                st.download_button(file, text, file, key=shelf.key(f"export.{file}"), icon=":material/download:")


def _take_in(shelf: Shelf, source: str, content: bytes | None = None) -> None:
    attempt(lambda: _told(shelf.ws.import_codes(source, author=shelf.person, content=content)))


def _told(made: Any) -> str:
    return f"Version {made.version}: {len(made.created)} codes created, {len(made.updated)} changed, " + (
        f"{len(made.unchanged)} as they were."
    )
