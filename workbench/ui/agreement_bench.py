"""Who settles which dispute: the bench of adjudication, with the disputes one walks through in order.

The dispute, the dimension to stay in and the expert's name are in the URL (``?dispute=&dimension=&within=&as=``).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd
import streamlit as st

from workbench.ui.agreement import AgreementView, close_dispute
from workbench.ui.agreement_what import of_dimension
from workbench.ui.who import name_field, person
from workbench.ui.words import plain

TROUBLE = "agreement.trouble"
DONE = "agreement.done"
WITHIN = "dispute.within"
EVERY = "every dimension"


@dataclass(frozen=True)
class Bench:
    """One dispute in front of one expert."""

    view: AgreementView
    person: str
    rows: pd.DataFrame
    place: int

    @cached_property
    def trace_id(self) -> str:
        """The trace."""
        return str(self.rows["trace_id"].iloc[self.place])

    @cached_property
    def dimension(self) -> str:
        """The dimension."""
        return str(self.rows["dimension"].iloc[self.place])

    @cached_property
    def dispute(self) -> Any:
        """The votes and what was decided."""
        return self.view.ws.dispute(self.trace_id, self.dimension)

    def key(self, name: str) -> str:
        """A widget's key for this dispute alone: a press that was meant for the one before finds nothing."""
        return f"dispute.{name}.{self.dimension}.{self.trace_id}"

    @property
    def chosen(self) -> tuple[Any, str | None]:
        """What was chosen and is not settled yet: how, and the value."""
        return st.session_state.get(self.key("chosen"), ("", None))

    def at(self, place: int) -> tuple[str, str] | None:
        """The dispute at a place, as it is put into the URL; None beyond the ends."""
        if not 0 <= place < len(self.rows):
            return None
        row = self.rows.iloc[place]
        return str(row["trace_id"]), str(row["dimension"])

    @property
    def next_open(self) -> tuple[str, str] | None:
        """The next dispute that nobody settled, going round; None where this is the last."""
        places = [place for place, done in enumerate(self.rows["adjudicated"]) if not done and place != self.place]
        ahead = [place for place in places if place > self.place]
        return self.at((ahead or places)[0]) if places else None


def dispute_bench(view: AgreementView) -> Bench | None:
    """Draw who settles and which disputes, and find the one to show; None where there is none."""
    who = person(view.ws)
    asked, dimension = st.query_params.get("dispute"), st.query_params.get("dimension")
    names = sorted(view.disputes["dimension"].unique())
    within = st.query_params.get("within")
    st.session_state[WITHIN] = within if within in names else EVERY
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        within = st.selectbox(
            "Dimension", [EVERY, *names], key=WITHIN, width=240, label_visibility="collapsed",
            format_func=lambda each: plain(each), on_change=_within,
        )  # fmt: skip
        rows = of_dimension(view.disputes, None if within == EVERY else within).reset_index(drop=True)
        n_open = int((~rows["adjudicated"]).sum())
        settled = len(rows) - n_open
        st.markdown(f"**{n_open:,} open** · {settled:,} settled", width="stretch")
        name_field("dispute", who, hint="your name: you decide under it")
    _say_what_happened()
    if rows.empty:
        st.info("Nobody disagrees here: nothing is to be settled.", icon=":material/done_all:")
        return None
    here = rows.index[(rows["trace_id"] == asked) & (rows["dimension"] == (dimension or ""))]
    if asked and not len(here):
        st.caption(f"Nobody disagrees on {plain(asked, 60)} in this; here is what is disputed.")
    still_open = rows.index[~rows["adjudicated"]]
    place = int(here[0]) if len(here) else int(still_open[0]) if len(still_open) else 0
    bench = Bench(view, who, rows, place)
    if not len(here):
        st.query_params["dispute"], st.query_params["dimension"] = bench.trace_id, bench.dimension
    return bench


def _within() -> None:
    close_dispute()
    st.query_params["within"] = st.session_state[WITHIN]


def _say_what_happened() -> None:
    trouble, done = st.session_state.pop(TROUBLE, None), st.session_state.pop(DONE, None)
    with st.container():  # there also where it is empty, so that nothing below moves up a place
        if trouble:
            st.error(f"Not settled: {plain(trouble)}", icon=":material/error:")
    if done and not trouble:
        st.toast(plain(done), icon=":material/check:")
