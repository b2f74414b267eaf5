"""The test part is closed until somebody opens it by name; who looked, and when, stands there before they do."""

import pandas as pd
import streamlit as st

from workbench.errors import WorkbenchError
from workbench.ui.judges import OPENED, TEST, JudgeView
from workbench.ui.who import READER
from workbench.ui.words import plain, when
from workbench.workspace import Workspace

NAME = "judges.who"
TROUBLE = "judges.looks.trouble"


def judge_test_part(view: JudgeView) -> None:
    """Say who looked at the test part so far, and offer to open it."""
    n = _n_test(view.ws, view.state, view.dimension)
    looks = looks_at_test(view)
    trouble = st.session_state.pop(TROUBLE, None)
    if trouble:
        st.error(plain(trouble), icon=":material/error:")
    with st.container(border=True):
        st.markdown(f"#### :material/lock: The test part is closed · {n:,} labelled traces")
        st.markdown(
            "It says what the judge is worth only as long as nothing was changed with its help: finish the prompt on "
            "the dev part, then look once. Each look is written down with a name."
        )
        if len(looks):
            st.warning(warning_words(looks), icon=":material/visibility:")
        else:
            st.markdown(":material/check: Nobody has looked at it yet.")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.session_state.setdefault(NAME, st.session_state.get(READER, ""))
            st.text_input("Who looks", key=NAME, max_chars=60, width=240, placeholder="name or initials")
            st.button("Open the test part", type="primary", icon=":material/lock_open:", on_click=_open, args=(view,))
    if len(looks):
        st.dataframe(look_rows(looks), hide_index=True)


def warning_words(looks: pd.DataFrame) -> str:
    """What a second look means, before it is taken."""
    first = looks.iloc[0]
    times = "once" if len(looks) == 1 else f"{len(looks)} times"
    return (
        f"It was looked at **{times}** before, first by **{plain(first['looked_by'])}** on {when(first['looked_at'])} "
        f"(version {int(first['version'])}, n {int(first['n']):,}). If anything about the judge was changed since, a "
        "second look is no test any more: label traces that nobody has looked at."
    )


def _open(view: JudgeView) -> None:
    name = st.session_state.get(NAME, "").strip()
    if not name:
        st.session_state[TROUBLE] = "Each look is written down: say who looks."
        return
    try:
        who = view.ws.reader(name)
    except WorkbenchError as error:
        st.session_state[TROUBLE] = str(error)
        return
    st.session_state[READER] = who
    st.session_state[OPENED] = {**st.session_state.get(OPENED, {}), view.key: who}


def looks_at_test(view: JudgeView) -> pd.DataFrame:
    """Looks at the test part of this judge and dimension, oldest first; read anew, for a look is no new revision."""
    looks = view.ws.store.judge_looks(view.judge)
    return looks[(looks["part"] == TEST) & (looks["dimension"] == view.dimension)]


def look_rows(looks: pd.DataFrame) -> pd.DataFrame:
    """Make the table of looks, in the words of the page."""
    return pd.DataFrame(
        {
            "when (UTC)": [when(each) for each in looks["looked_at"]],
            "by": looks["looked_by"],
            "version": ["labels from elsewhere" if each == 0 else str(each) for each in looks["version"]],
            "dimension": looks["dimension"],
            "traces": looks["n"].astype("int64"),
        }
    )


@st.cache_resource(max_entries=8, show_spinner=False)
def _n_test(_ws: Workspace, state: str, dimension: str) -> int:
    return int((_ws.judge_parts(dimension)["part"] == TEST).sum())
