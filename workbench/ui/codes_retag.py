"""The re-tag queue on the Codebook page: labels whose code was merged, split or got another meaning.

Everybody sees how many wait for whom, and answers their own: one press confirms or chooses; a link opens the trace
where it can be read again.
"""

import pandas as pd
import streamlit as st

from workbench.ui.codes import Shelf, attempt
from workbench.ui.words import plain

AT_ONCE = 10


def retag_queue(shelf: Shelf) -> None:
    """Draw what waits to be looked at again."""
    if shelf.stale.empty:
        return
    mine = shelf.stale[shelf.stale["annotator"] == shelf.person]
    counts = shelf.stale["annotator"].fillna("unnamed").value_counts()
    title = f"To look at again: {len(mine):,} of yours, {len(shelf.stale) - len(mine):,} of others"
    wide = shelf.open is None and bool(len(mine))
    with st.expander(title, icon=":material/rule:", expanded=wide, key=f"codebook.again.{wide}"):
        st.caption(" · ".join(f"{plain(name)} {n:,}" for name, n in counts.items()))
        if mine.empty:
            st.caption("None of them is yours." if shelf.person else "Say who you are to answer yours.")
            return
        for since, rows in mine.groupby("since", sort=True):
            _of_one_change(shelf, int(since), rows)


def _of_one_change(shelf: Shelf, since: int, rows: pd.DataFrame) -> None:
    """Draw the labels that one change made stale."""
    change = shelf.changes.set_index("version").loc[since]
    why = f": {plain(change['reason'])}" if change["reason"] else ""
    st.markdown(f"Version {since} by {plain(change['author'])} {plain(change['what'])}{why}")
    confirm = rows[rows["why"] == "confirm"]
    if len(confirm) > 1:
        st.button(
            f"Confirm all {len(confirm)}", key=f"codebook.confirm.{since}", on_click=_answer,
            args=(shelf, confirm, None), help="Each stays what it counts as now, in your name",
        )  # fmt: skip
    for place, (_, row) in enumerate(rows.head(AT_ONCE).iterrows()):
        _row(shelf, f"{since}.{place}.{row['trace_id']}", rows.loc[[row.name]])
    if len(rows) > AT_ONCE:
        st.caption(f"and {len(rows) - AT_ONCE:,} more after these")


def _row(shelf: Shelf, key: str, one: pd.DataFrame) -> None:
    """Draw one label: what it was given as, what it may be, and the trace."""
    row = one.iloc[0]
    at = f" at {row['at']}" if isinstance(row["at"], str) else ""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"{plain(row['value'])} :gray[on {plain(row['trace_id'], 40)}{plain(at)}]", width="stretch")
        for option in row["options"]:
            sure = row["why"] == "confirm"
            st.button(
                f"Confirm as {plain(option)}" if sure else plain(option), key=f"codebook.as.{key}.{option}",
                on_click=_answer, args=(shelf, one, None if sure else [option]),
            )  # fmt: skip
        st.button(
            "Neither" if row["why"] == "choose" else "No longer", key=f"codebook.none.{key}", type="tertiary",
            on_click=_answer, args=(shelf, one, []), help="Takes your label back",
        )  # fmt: skip
        query = {"trace": str(row["trace_id"]), "as": shelf.person, "round": "codes"}
        st.page_link(
            "pages/read.py", label="Read it again", query_params=query, icon=":material/menu_book:", width="content"
        )


def _answer(shelf: Shelf, rows: pd.DataFrame, codes: list[str] | None) -> None:
    def answered() -> str:
        n = shelf.ws.retag(rows, codes, annotator=shelf.person)
        return f"{n} label{'' if n == 1 else 's'} answered."

    attempt(answered)
