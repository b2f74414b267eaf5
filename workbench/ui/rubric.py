"""The Rubric page: the standard as people read it, who is here, what happened to it, and what comes next.

The open dimension and the person are in the URL (``?dimension=&as=``). What is read here is kept for as long as nothing
is written.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd
import streamlit as st

from workbench.charts import FAIL, PASS
from workbench.ui.codes import say_what_happened
from workbench.ui.menu import SECTIONS
from workbench.ui.tables import fitted
from workbench.ui.who import name_field, person
from workbench.ui.words import notebook, plain, when
from workbench.workspace import Workspace

QUEUE = "pages/queue.py"
STYLE = f"""<style>
[class*="st-key-rubric-passes"] {{border-left: 3px solid {PASS}; padding: .1rem 0 .1rem .8rem;}}
[class*="st-key-rubric-fails"] {{border-left: 3px solid {FAIL}; padding: .1rem 0 .1rem .8rem;}}
</style>"""
MISSING = ":gray[not written yet]"


@dataclass(frozen=True)
class Standard:
    """The rubric in front of one person."""

    ws: Workspace
    person: str
    rubric: Any
    dimensions: pd.DataFrame

    @cached_property
    def open(self) -> Any:
        """The dimension that is changed; None where none is."""
        name = st.query_params.get("dimension")
        return self.rubric.find(name) if name else None

    @cached_property
    def changes(self) -> pd.DataFrame:
        """The versions, newest first."""
        return _changes(self.ws, f"{self.ws.path} {self.ws.revision}")

    def key(self, name: str, of: Any = None) -> str:
        """A widget's key for this version alone, so that a form never speaks of what it did not show."""
        return f"rubric.{name}.{self.rubric.version}.{of.name if of is not None else ''}"


def rubric_standard(ws: Workspace) -> Standard:
    """Read the rubric, and how often its dimensions were given."""
    return Standard(ws, person(ws), ws.rubric(), _dimensions(ws, f"{ws.path} {ws.revision}"))


@st.cache_resource(max_entries=4, show_spinner=False)
def _dimensions(_ws: Workspace, state: str) -> pd.DataFrame:
    return _ws.dimensions()


@st.cache_resource(max_entries=4, show_spinner=False)
def _changes(_ws: Workspace, state: str) -> pd.DataFrame:
    return _ws.rubric_changes()


def rubric_head(standard: Standard) -> None:
    """Draw the line above: how much there is, and who is here."""
    st.html(STYLE)
    n, labels = len(standard.rubric), int(standard.dimensions["labels"].sum())
    outdated = int(standard.dimensions["outdated"].sum())
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        parts = [f"**{n} dimension{'' if n == 1 else 's'}**", f"version {standard.rubric.version}"]
        parts += [f"{labels:,} labels"] if n else []
        parts += [f"**{outdated:,} by an earlier meaning**"] if outdated else []
        st.markdown(" · ".join(parts), width="stretch")
        name_field("rubric", standard.person)
    if not standard.person:
        st.caption("Say who you are, top right, to change something: every version has an author.")
    say_what_happened()


def open_dimension(name: str | None) -> None:
    """Put a dimension into the URL, or take it out."""
    if name is None:
        st.query_params.pop("dimension", None)
    else:
        st.query_params["dimension"] = name


def rubric_reading(standard: Standard) -> None:
    """Show the standard: of every dimension what it means, both sides of the line, and the rule."""
    rows = standard.dimensions.to_dict("records")
    for each, counts in zip(standard.rubric, rows, strict=True):
        with st.container(border=True, gap="small"):
            _title(standard, each, counts)
            st.markdown(plain(each.definition) if each.definition else f"**Definition.** {MISSING}")
            sides = st.columns(2, gap="medium")
            for side, (field, words) in zip(sides, (("passes", "Just passes"), ("fails", "Just fails")), strict=True):
                with side, st.container(key=f"rubric-{field}-{each.name}", gap=None):
                    st.markdown(f"**{words}**  \n{plain(getattr(each, field)) or MISSING}")
            st.markdown(f"**In doubt.** {plain(each.rule) or MISSING}")


def _title(standard: Standard, each: Any, counts: dict[str, Any]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"#### {plain(each.name)} {values_in_words(each)}", width="content")
        facts = [f"{counts['labels']:,} labels by {_people(counts['annotators'])}"] if counts["labels"] else []
        facts += [f"{counts['outdated']:,} by an earlier meaning"] if counts["outdated"] else []
        facts += [f"means this since version {each.since}"] if each.since > 1 else []
        st.caption(" · ".join(facts) or "no labels yet", width="stretch", text_alignment="right")
        opened = standard.open is not None and standard.open.name == each.name
        st.button(
            "Close" if opened else "Change", key=standard.key("open", each), on_click=open_dimension,
            args=(None if opened else each.name,), help=f"Change {plain(each.name)}",
        )  # fmt: skip


def _people(n: int) -> str:
    return f"{n} annotator{'' if n == 1 else 's'}"


def values_in_words(each: Any) -> str:
    """The values of a dimension, steps with arrows between them, the failure in its colour."""
    marked = [f":{'red' if value == each.failure else 'gray'}-badge[{plain(value)}]" for value in each.values]
    return (" → " if each.level == "ordinal" else " ").join(marked)


def rubric_advice(standard: Standard) -> None:
    """Say what could be better."""
    if not standard.rubric.dimensions:
        return
    found = standard.ws.rubric_advice()
    if not found:
        st.caption(":material/check: Every dimension has its definition, both examples and its rule.")
    for sentence in found:
        st.info(plain(sentence), icon=":material/lightbulb:")


def rubric_history(standard: Standard) -> None:
    """List the versions, newest first."""
    if not standard.rubric.version:
        return
    changes = standard.changes
    shown = pd.DataFrame(
        {
            "version": changes["version"],
            "when": [when(each) for each in changes["changed_at"]],
            "who": changes["author"],
            "what": changes["what"],
            "why": changes["reason"],
            "new meaning": [", ".join(each) for each in changes["meaning"]],
            "labels from before": changes["outdated"],
        }
    )
    st.markdown("**What happened to it**")
    st.dataframe(
        shown, hide_index=True, height=fitted(len(shown), 260),
        column_config={
            "version": st.column_config.NumberColumn(width=70),
            "what": st.column_config.TextColumn(width=420),
            "labels from before": st.column_config.NumberColumn(
                help="Labels that still count though their dimension means something else since this version"
            ),
        },
    )  # fmt: skip


def rubric_next(standard: Standard) -> None:
    """Say what to do next, and give the same in a notebook."""
    if standard.rubric.dimensions:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.caption(
                "**Next:** hand out a sample to at least two people who label it blind by this rubric. Where they "
                "differ, come back and move the examples to the line.",
                width="content",
            )
            if any(path == QUEUE for pages in SECTIONS.values() for path, _, _ in pages):
                st.page_link(QUEUE, label="Hand out a queue", icon=":material/arrow_forward:")
    lines = ["from workbench import Workspace", "", f"ws = Workspace({str(standard.ws.path)!r})"]
    lines += ["rubric = ws.rubric()", "dimensions = ws.dimensions()", "advice = ws.rubric_advice()"]
    lines += ["changes = ws.rubric_changes()"]
    if standard.open is not None:
        lines.append(f"dimension = rubric.get({standard.open.name!r})")
    notebook("\n".join(lines))
