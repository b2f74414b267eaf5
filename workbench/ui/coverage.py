"""The Coverage page: which set is held against which traffic, along which dimensions, and which cell is open.

All of it is in the URL: ``?by=&version=&size=&since=&cell=``, the cell as its values in the order of the dimensions.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

import pandas as pd
import streamlit as st

from workbench.ui.cases_start import cases_start
from workbench.ui.choices import words_for
from workbench.ui.codes import say_what_happened
from workbench.ui.golden import state_of
from workbench.ui.linked import linked_choice
from workbench.ui.who import name_field, person
from workbench.ui.words import notebook, plain
from workbench.workspace import Workspace

CASES = "pages/cases.py"
AS_THEY_STAND = "accepted"
OWN = {"intent": "Intent", "complexity": "Complexity", "outcome": "Outcome"}
MOST_DIMENSIONS = 3


@dataclass(frozen=True)
class CoverageView:
    """Where the set is blind, as one person looks at it."""

    ws: Workspace
    person: str
    offered: tuple[str, ...]
    by: tuple[str, ...]
    version: int | None
    size: int | None
    since: date | None

    @property
    def state(self) -> str:
        """What everything that is read here is kept by; ages count from the day."""
        return f"{state_of(self.ws)} {self.ws.settings.model_dump_json()} {datetime.now(UTC).date()}"

    @property
    def options(self) -> dict[str, Any]:
        """What differs from the defaults of ``Workspace.coverage``, besides the dimensions."""
        given = {"version": self.version, "size": self.size, "since": self.since and self.since.isoformat()}
        return {name: value for name, value in given.items() if value is not None}

    @cached_property
    def found(self) -> Any:
        """The answer of the verb."""
        return _coverage(self.ws, self.state, self.by, self.version, self.size, self.options.get("since"))

    @property
    def cells(self) -> pd.DataFrame:
        """The cells, the dearest gap first."""
        frame: pd.DataFrame = self.found.cells.frame
        return frame

    @cached_property
    def keys(self) -> list[tuple[str, ...]]:
        """The values of each cell, in the order of the dimensions."""
        return [tuple(map(str, row)) for row in self.cells[list(self.by)].itertuples(index=False, name=None)]

    @cached_property
    def place(self) -> int:
        """The row of the open cell: the one in the URL, else the first."""
        asked = tuple(st.query_params.get_all("cell"))
        return self.keys.index(asked) if asked in self.keys else 0

    @property
    def cell(self) -> dict[str, str]:
        """The values of the open cell by dimension."""
        return dict(zip(self.by, self.keys[self.place], strict=True))

    @property
    def row(self) -> dict[str, Any]:
        """The open cell."""
        found: dict[str, Any] = self.cells.iloc[self.place].to_dict()
        return found

    @cached_property
    def traces(self) -> pd.DataFrame:
        """The traces of the open cell that are no case yet, failures first."""
        return _candidates(self.ws, self.state, self.by, self.keys[self.place])


def coverage_controls(ws: Workspace) -> CoverageView:
    """Draw the row of controls: which set, along what, how large, since when; and who is here."""
    offered = _dimensions(ws, f"{ws.path} {ws.revision}")
    name = person(ws)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        version = _version(ws)
        by = st.multiselect(
            "By", offered, default=offered[:2], key="by", bind="query-params", max_selections=MOST_DIMENSIONS,
            format_func=dimension_word, width=300, on_change=_close_cell, placeholder="one to three",
            help="Two make a matrix; one or three a list. Intent is the cluster on the map.",
        )  # fmt: skip
        size = st.number_input(
            "Plan for", 1, 100_000, None, key="size", bind="query-params", width=130, placeholder="stage's",
            help="Cases the set should have; without a number the middle of the stage its size is nearest to.",
        )  # fmt: skip
        since = st.date_input("Traffic since", None, key="since", bind="query-params", format="YYYY-MM-DD", width=140)
        name_field("coverage", name)
    say_what_happened()
    return CoverageView(ws, name, offered, tuple(by) or offered[:2], version, size, since)


def _version(ws: Workspace) -> int | None:
    versions = [str(each) for each in _versions(ws, state_of(ws))][::-1]
    if not versions:
        return None
    words = {AS_THEY_STAND: "accepted cases, as they stand"} | {each: f"v{each}, as frozen" for each in versions}
    chosen = linked_choice("Set", "version", [AS_THEY_STAND, *versions], words=words, width=225)
    return None if chosen == AS_THEY_STAND else int(chosen)


def _close_cell() -> None:
    st.query_params.pop("cell", None)


def open_cell(values: tuple[str, ...]) -> None:
    """Put a cell into the URL."""
    st.query_params["cell"] = list(values)


def dimension_word(name: str) -> str:
    """What the page calls a dimension."""
    return OWN.get(name, words_for(name))


def coverage_words(view: CoverageView) -> None:
    """Say where the set is blind and what the numbers rest on; where there is no case, offer the ways to one."""
    first, *rest = view.found.sentences or ("Every cell has its cases.",)
    if not view.found.composition.n and view.version is None and not view.found.sealed:
        cases_start(view.ws, view.person, "coverage")
    st.markdown(f":material/visibility_off: **{plain(first)}** {plain(' '.join(rest[:1]))}")
    if "intent" not in view.offered:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.caption("Intent is the cluster of a trace, and there is no map yet.", width="content")
            st.page_link("pages/map.py", label="Make the map", icon=":material/scatter_plot:")
    if view.found.cells.rate_from == "signals":
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.caption(plain(view.found.cells.notices[0]), width="content")
            st.page_link("pages/sample.py", label="Draw a sample to read", icon=":material/casino:")
    others = [each for each in view.found.cells.notices if not each.startswith("Too few traces")]
    if told := [*rest[1:], *others]:
        st.caption(plain(" ".join(told)))


def coverage_next(view: CoverageView) -> None:
    """Say what to do next, and give the page in a notebook."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(f"**Next:** {_next(view)}", width="content")
        st.page_link(CASES, label="Cases", icon=":material/fact_check:")
    notebook(coverage_code(view))


def _next(view: CoverageView) -> str:
    if view.found.cells.rate_from == "signals":
        return "read a sample: what fails where decides how many cases a cell should have."
    if len(view.cells) and view.cells["gap"].iloc[0] > 0:
        return "draft cases for the dearest gap, go over each on the Cases page, then freeze."
    return "freeze the set, and look here again when traffic has moved."


def coverage_code(view: CoverageView) -> str:
    """Give the page's matrix, list and candidates in a notebook."""
    more = "".join(f", {name}={value!r}" for name, value in view.options.items())
    lines = ["from workbench import Workspace, charts", "", f"ws = Workspace({str(view.ws.path)!r})"]
    lines += [f"found = ws.coverage({list(view.by)!r}{more})", "print(found)", "cells = found.cells.frame"]
    if len(view.by) == 2:
        lines += [
            "grid = found.cells.grid()",
            "charts.coverage_matrix(cells, grid.down, grid.across, rows=grid.rows, columns=grid.columns)",
        ]
    lines += [
        "charts.golden_sources(found.composition.sources)",
        "charts.coverage_size(found.composition.n)",
        f"candidates = ws.cell_traces({view.cell!r})",
    ]
    return "\n".join(lines)


@st.cache_resource(max_entries=16, show_spinner="Counting cells …")
def _coverage(
    _ws: Workspace, state: str, by: tuple[str, ...], version: int | None, size: int | None, since: str | None
) -> Any:
    return _ws.coverage(by, version=version, size=size, since=since)


@st.cache_resource(max_entries=32, show_spinner=False)
def _candidates(_ws: Workspace, state: str, by: tuple[str, ...], values: tuple[str, ...]) -> pd.DataFrame:
    return _ws.cell_traces(dict(zip(by, values, strict=True)))


@st.cache_resource(max_entries=4, show_spinner=False)
def _dimensions(_ws: Workspace, state: str) -> tuple[str, ...]:
    return tuple(_ws.coverage_dimensions())


@st.cache_resource(max_entries=4, show_spinner=False)
def _versions(_ws: Workspace, state: str) -> list[int]:
    return [int(each) for each in _ws.golden_versions()["version"]]
