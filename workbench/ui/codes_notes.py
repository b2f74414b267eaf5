"""The left side of the Codebook page: notes without a code, like beside like, with groups as suggestions.

A group is accepted as a new code or an existing one, for the notes that are ticked; ticked notes can be moved to
another group; a group can be put aside. Where notes were moved and what was put aside is part of where the person is:
it is kept for the session and never stored.
"""

from typing import Any

import pandas as pd
import streamlit as st

from workbench.ui.codes import Shelf, attempt, open_code
from workbench.ui.words import plain
from workbench.workspace import Workspace

MOVED, ASIDE = "codebook.moved", "codebook.aside"
AT_ONCE = 6
LONGEST = 260
ALONE = "alone"


def open_notes(shelf: Shelf) -> None:
    """Draw the notes that wait for a code."""
    samples = shelf.ws.store.sample_names()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.markdown("**Notes without a code**", width="stretch")
        sample = st.selectbox(
            "Sample", list(samples), index=None, key="codebook.sample", format_func=samples.__getitem__,
            placeholder="all notes", label_visibility="collapsed", width=220,
        )  # fmt: skip
    notes = arranged(_suggested(shelf.ws, f"{shelf.ws.path} {shelf.ws.revision}", sample))
    aside = int(notes["aside"].sum())
    groups = list(dict.fromkeys(notes.loc[~notes["aside"], "card"]))
    if not len(notes):
        st.caption("No note waits. Notes come from Read & tag, round one, or from a file: `workbench labels import`.")
        return
    st.caption(
        f"{len(notes) - aside:,} notes in {len(groups)} suggestions by likeness of words. Likeness is not sameness: "
        "untick what does not belong, name the rest."
    )
    pages = max(1, -(-len(groups) // AT_ONCE))
    page = st.pagination(pages, key="codebook.notes.page") if pages > 1 else 1
    for card in groups[(page - 1) * AT_ONCE : page * AT_ONCE]:
        _card(shelf, card, notes[(notes["card"] == card) & ~notes["aside"]], groups)
    if aside:
        st.button(f"Show {aside:,} put aside", key="codebook.aside.show", type="tertiary", on_click=_bring_back)


@st.cache_resource(max_entries=8, show_spinner="Laying the notes out …")
def _suggested(_ws: Workspace, state: str, sample: str | None) -> pd.DataFrame:
    return _ws.suggest_groups(sample)


def arranged(notes: pd.DataFrame) -> pd.DataFrame:
    """The suggestions as this person has moved them: ``key``, ``card`` and ``aside`` beside each note."""
    moved: dict[str, str] = st.session_state.setdefault(MOVED, {})
    put_aside: set[str] = st.session_state.setdefault(ASIDE, set())
    keys = [f"{row.trace_id} {row.annotator}" for row in notes.itertuples()]
    first: dict[int, str] = {}  # a group is called after its first note, so that it keeps its fields when others go
    for key, group in zip(keys, notes["group"], strict=True):
        if not pd.isna(group):
            first.setdefault(int(group), key)
    cards = [
        moved.get(key) or (ALONE if pd.isna(group) else first[int(group)])
        for key, group in zip(keys, notes["group"], strict=True)
    ]
    made = notes.assign(key=keys, card=cards, aside=[key in put_aside for key in keys])
    return made.sort_values("card", key=lambda card: card.map({name: n for n, name in enumerate(dict.fromkeys(cards))}))


def _card(shelf: Shelf, card: str, notes: pd.DataFrame, groups: list[str]) -> None:
    with st.container(border=True, gap="xsmall"):
        alone = card == ALONE
        title = "On their own" if alone else f"Group {groups.index(card) + 1}"
        st.markdown(f"**{title}** :gray[{len(notes)} notes]")
        for row in notes.itertuples():
            st.checkbox(
                f"{plain(row.note, LONGEST)} :gray[{plain(row.annotator)}]", value=not alone, key=_tick(str(row.key))
            )
        ticked = notes[[bool(st.session_state.get(_tick(key))) for key in notes["key"]]]
        name = st.selectbox(
            "What is it?", shelf.names, index=None, key=f"codebook.name.{card}", accept_new_options=True,
            placeholder="name it, or choose a code", label_visibility="collapsed",
        )  # fmt: skip
        with st.container(horizontal=True):
            st.button(
                f"Accept {len(ticked)}", key=f"codebook.accept.{card}", type="primary",
                disabled=not (shelf.person and name and len(ticked)), on_click=_accept,
                args=(shelf, card, ticked, name), help="Gives the traces of the ticked notes this code, in your name",
            )  # fmt: skip
            with st.popover("Move", disabled=not len(ticked)):
                for other in [each for each in groups if each != card and each != ALONE]:
                    st.button(
                        f"to group {groups.index(other) + 1}", key=f"codebook.move.{card}.{other}", type="tertiary",
                        on_click=_move, args=(ticked["key"].tolist(), other),
                    )  # fmt: skip
                st.button(
                    "to a group of their own", key=f"codebook.move.{card}.new", type="tertiary", on_click=_move,
                    args=(ticked["key"].tolist(), f"own {len(st.session_state[MOVED])} {card}"),
                )  # fmt: skip
                if not alone:
                    st.button(
                        "on their own", key=f"codebook.move.{card}.alone", type="tertiary", on_click=_move,
                        args=(ticked["key"].tolist(), ALONE),
                    )  # fmt: skip
            st.button(
                "Put aside", key=f"codebook.ignore.{card}", disabled=not len(ticked), on_click=_put_aside,
                args=(ticked["key"].tolist(),), help="Hides the ticked notes for now; nothing is stored",
            )  # fmt: skip


def _tick(key: str) -> str:
    return f"codebook.tick.{key}"


def _accept(shelf: Shelf, card: str, notes: pd.DataFrame, name: Any) -> None:
    def accepted() -> str:
        n = shelf.ws.code_notes(notes, str(name), author=shelf.person, seen=shelf.book.version)
        return f"{n} trace{'' if n == 1 else 's'} got the code '{name}', in your name."

    if attempt(accepted):
        st.session_state[f"codebook.name.{card}"] = None
        open_code(str(name))


def _move(keys: list[str], card: str) -> None:
    st.session_state[MOVED] = {**st.session_state.get(MOVED, {}), **dict.fromkeys(keys, card)}


def _put_aside(keys: list[str]) -> None:
    st.session_state[ASIDE] = {*st.session_state.get(ASIDE, ()), *keys}


def _bring_back() -> None:
    st.session_state[ASIDE] = set()
