"""After a regression case was made: where it is, what it still lacks, and what to do next."""

import streamlit as st

from workbench.ui.codes import attempt
from workbench.ui.regress import RegressBench, open_flagged
from workbench.ui.words import plain


def regress_made(bench: RegressBench) -> None:
    """Say where the case is and what is missing, with the way to each."""
    case_id = str(bench.case_id)
    case, lacks = bench.ws.case(case_id), bench.ws.case_waits_for(case_id)
    cases = bench.ws.cases()
    row = cases[cases["case_id"] == case_id].iloc[0]
    with st.container(border=True, gap="small"):
        st.markdown(f"**{plain(case_id)}** · {row['status']}, golden pool · risk {case.risk_level}")
        st.markdown(plain(case.expected_behavior))
        by = ", ".join(case.labelled_by)
        st.caption(f"Said by {plain(by)} after the answer was seen: unblinded, so it counts in no rate.")
        if lacks:
            st.markdown("**Before a version holds it**  \n" + "  \n".join(f"· {plain(each)}" for each in lacks))
        elif row["status"] == "accepted":
            st.markdown(":green[:material/check: The next version holds it.]")
        with st.container(horizontal=True):
            if not row["private"]:
                st.button(
                    "Privacy checked", key=bench.key("checked.after"), shortcut="P", on_click=_checked, args=(bench,),
                    disabled=not bench.person, help="You have read all of it, and nothing in it points to a person.",
                )  # fmt: skip
            elif row["status"] == "candidate":
                st.button(
                    "Accept it as a regression", key=bench.key("accept"), shortcut="A", icon=":material/check:",
                    on_click=_accepted, args=(bench, str(row["why"])), disabled=not bench.person,
                    help="The reason is what it was proposed with; another person's look is worth more than yours.",
                )  # fmt: skip
            st.page_link("pages/cases.py", label="Open it on Cases", query_params={"case": case_id})
        if row["status"] == "accepted":
            with st.container(horizontal=True):
                st.page_link("pages/golden.py", label="Freeze a version", icon=":material/verified:")
                st.page_link("pages/gate.py", label="Hold a release against it", icon=":material/door_open:")
            st.code(
                'workbench golden freeze --reason "…"\nworkbench run --target WHAT --release R',
                language="bash",
                wrap_lines=True,
            )
    following = bench.following
    st.button(
        "Next flagged failure", key=bench.key("following"), shortcut="Right", type="primary", on_click=open_flagged,
        args=(following,), disabled=following is None, icon=":material/arrow_forward:",
    )  # fmt: skip


def _checked(bench: RegressBench) -> None:
    def check() -> str:
        n = bench.ws.check_private(str(bench.case_id), by=bench.person)
        return f"Checked by {bench.person}" + (f"; the scan still finds {n:,} things: look again." if n else ".")

    attempt(check)


def _accepted(bench: RegressBench, why: str) -> None:
    def accept() -> str:
        bench.ws.accept_case(str(bench.case_id), by=bench.person, reason=why, kind="regression")
        return f"{bench.case_id} accepted as a regression: it is in the next version."

    attempt(accept)
