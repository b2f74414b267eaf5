"""The Codebook page: who is here, which code is open, the list of codes, and what is written about one.

The open code and the person are in the URL (``?code=&as=``). What is read here is kept for as long as nothing is
written; every change goes through a callback, carries the version that was on the screen, and is refused where somebody
else was faster.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd
import streamlit as st

from workbench.errors import WorkbenchError
from workbench.ui.tables import fitted
from workbench.ui.who import name_field, person
from workbench.ui.words import notebook, plain, when
from workbench.workspace import Workspace

TROUBLE = "codebook.trouble"
DONE = "codebook.done"
TABLE = "codebook.table"
KINDS_OF_TEXT = {
    "definition": "Definition",
    "includes": "Also counts",
    "excludes": "Does not count",
    "just_in": "Just in",
    "just_out": "Just out",
}


@dataclass(frozen=True)
class Shelf:
    """The codebook in front of one person."""

    ws: Workspace
    person: str
    book: Any
    codes: pd.DataFrame
    stale: pd.DataFrame

    @cached_property
    def open(self) -> Any:
        """The code that is looked at, in use or not; None where there is none."""
        name = st.query_params.get("code")
        return (self.book.find(name) or self.book.ended(name)) if name else None

    @cached_property
    def changes(self) -> pd.DataFrame:
        """The versions, newest first, with what each did to the labels."""
        return _changes(self.ws, f"{self.ws.path} {self.ws.revision}")

    @property
    def names(self) -> list[str]:
        """The names of the codes in use."""
        return [code.name for code in self.book.active]

    def key(self, name: str) -> str:
        """A widget's key for this version and code alone, so that a form never speaks of what it did not show."""
        code = self.open.code_id if self.open is not None else ""
        return f"codebook.{name}.{self.book.version}.{code}"


def codebook_shelf(ws: Workspace) -> Shelf:
    """Read the codebook, how often its codes were given, and what waits."""
    codes, stale = _read(ws, f"{ws.path} {ws.revision}")
    return Shelf(ws, person(ws), ws.codebook(), codes, stale)


@st.cache_resource(max_entries=4, show_spinner=False)
def _read(_ws: Workspace, state: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    return _ws.codes(all_=True), _ws.stale_labels()


@st.cache_resource(max_entries=4, show_spinner=False)
def _changes(_ws: Workspace, state: str) -> pd.DataFrame:
    return _ws.codebook_changes()


def codebook_head(shelf: Shelf) -> None:
    """Draw the line above: how much there is, and who is here."""
    n, waits = len(shelf.book.active), len(shelf.stale)
    labels = int(shelf.codes["labels"].sum()) if len(shelf.codes) else 0
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        parts = [f"**{n} codes**", f"version {shelf.book.version}", f"{labels:,} labels"]
        parts += [f"**{waits:,} to look at again**"] if waits else []
        st.markdown(" · ".join(parts), width="stretch")
        name_field("codebook", shelf.person)
    if not shelf.person:
        st.caption("Say who you are, top right, to change something: every change has an author.")
    say_what_happened()


def say_what_happened() -> None:
    """Show what the last callback did, or why it did not."""
    trouble, done = st.session_state.pop(TROUBLE, None), st.session_state.pop(DONE, None)
    if trouble:
        st.error(plain(trouble), icon=":material/error:")
    elif done:
        st.success(plain(done), icon=":material/check:")


def attempt(change: Callable[[], Any]) -> bool:
    """Make a change from a callback; what it did, or why not, is kept to be shown. Whether it was made."""
    try:
        done = change()
    except WorkbenchError as error:
        st.session_state[TROUBLE] = str(error)
        return False
    st.session_state[DONE] = str(done) if done is not None else "Done."
    return True


def open_code(name: str) -> None:
    """Put a code into the URL."""
    st.query_params["code"] = name


def code_list(shelf: Shelf) -> None:
    """List the codes; a row opens one."""
    active = shelf.codes[shelf.codes["status"] == "active"].sort_values("labels", ascending=False, kind="stable")
    if active.empty:
        st.markdown("**There are no codes yet.** Accept a group of notes, write one below, or import a list.")
        return
    shown = pd.DataFrame(
        {
            "code": active["name"].to_numpy(),
            "severity": active["severity"].to_numpy(),
            "labels": active["labels"].to_numpy(),
            "again": active["stale"].to_numpy(),
            "by": active["annotators"].to_numpy(),
            "owner": active["owner"].to_numpy(),
            "group": active["category"].to_numpy(),
        }
    )
    names = shown["code"].tolist()
    st.dataframe(
        shown,
        key=TABLE,
        hide_index=True,
        height=fitted(len(shown), 330),
        on_select=lambda: _open_row(names),
        selection_mode="single-row",
        column_config={
            "code": st.column_config.TextColumn(width=230),
            "owner": st.column_config.TextColumn(width=90),
            "again": st.column_config.NumberColumn(help="Labels to look at again"),
            "by": st.column_config.NumberColumn(help="How many people gave it"),
        },
    )


def _open_row(names: list[str]) -> None:
    rows = st.session_state[TABLE]["selection"]["rows"]
    if rows:
        open_code(names[rows[0]])


def code_details(shelf: Shelf) -> None:
    """Show what is written about the open code, and what happened to it."""
    code = shelf.open
    if code is None:
        if shelf.names:
            st.caption("A row opens a code: what it means, what happened to it, and what can be done with it.")
        return
    row = shelf.codes[shelf.codes["code_id"] == code.code_id].iloc[0]
    with st.container(border=True, gap="small"):
        ended = "" if code.active else f" :orange-badge[{code.status}]"
        severity = f" :gray[severity {code.severity}]" if code.severity else " :gray[no severity yet]"
        st.markdown(f"#### {plain(code.name)}{ended}{severity}")
        facts = [f"{row['labels']:,} labels on {row['traces']:,} traces by {row['annotators']} people"]
        facts += [f"owner {code.owner}"] if code.owner else []
        facts += [f"group {code.category}"] if code.category else []
        facts += [f"also called {', '.join(code.aliases)}"] if code.aliases else []
        st.caption(" · ".join(plain(fact) for fact in facts))
        for field, title in KINDS_OF_TEXT.items():
            text = getattr(code, field)
            if text or (field == "definition" and code.active):
                st.markdown(f"**{title}.** {plain(text) if text else ':gray[not written yet]'}")
        with st.expander("What happened to it", icon=":material/history:"):
            history(shelf, code.code_id)


def history(shelf: Shelf, code_id: str | None = None) -> None:
    """List the versions, newest first, of one code or of all."""
    changes = shelf.changes
    if code_id is not None:
        changes = changes[[code_id in ids for ids in changes["code_ids"]]]
    shown = pd.DataFrame(
        {
            "version": changes["version"],
            "when": [when(each) for each in changes["changed_at"]],
            "who": changes["author"],
            "what": changes["what"],
            "why": changes["reason"],
            "made stale": changes["touched"],
            "still wait": changes["waiting"],
        }
    )
    st.dataframe(shown, hide_index=True, height=fitted(len(shown), 260))


def codebook_next(shelf: Shelf) -> None:
    """Say what to do next, show all versions, and give the same in a notebook."""
    if len(shelf.book.active):
        st.caption("**Next:** read the rest of the sample with these codes in Read & tag, round two; then rank them.")
    else:
        st.caption("**Next:** read some traces in Read & tag; the notes come here to be named.")
    if shelf.book.version:
        with st.expander(f"All {shelf.book.version} versions", icon=":material/history:"):
            history(shelf)
    lines = ["from workbench import Workspace", "", f"ws = Workspace({str(shelf.ws.path)!r})"]
    lines += ["codes = ws.codes()", "notes = ws.suggest_groups()", "waiting = ws.stale_labels()"]
    lines += ["changes = ws.codebook_changes()"]
    if shelf.open is not None and shelf.open.active:
        lines.append(f"code = ws.codebook().get({shelf.open.name!r})")
    notebook("\n".join(lines))
