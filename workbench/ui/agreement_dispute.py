"""Adjudication: one disputed trace, all votes side by side with their critiques, the rubric at hand, and the decision.

A decision is chosen first, by button or key, and counts once it is settled with its reason, under a name. What people
said stays where it is and stays visible, the votes that were not followed too. The trace is shown as readers saw it.
"""

from collections.abc import Callable
from typing import Any

import streamlit as st

from workbench.errors import WorkbenchError
from workbench.ui import cached
from workbench.ui.agreement import OF_CODE, open_dispute
from workbench.ui.agreement_bench import DONE, TROUBLE, Bench
from workbench.ui.agreement_words import dispute_code, how_words, standard
from workbench.ui.conversation import conversation
from workbench.ui.keys import focus_keys
from workbench.ui.reading import readable
from workbench.ui.words import notebook, plain, when

HEIGHT = 640
KEYS = {"majority": "M", "exclude": "X", "ambiguous": "A"}
LOOK = """<style>
[data-testid="stLayoutWrapper"]:has(> .st-key-dispute-trace), .st-key-dispute-trace {
  height: calc(100vh - 250px) !important; min-height: 420px; flex: none !important;
}
</style>"""
LABELS = {"exclude": "Exclude", "ambiguous": "Keep as ambiguous"}
HELP = {
    "majority": "The value that more than half gave; it is flagged as that, and needs no reason.",
    "exclude": "The trace is no case for this question: nobody, no judge either, is measured on it.",
    "ambiguous": "Good people may differ here: no judge is measured on it, and it stays as an example.",
}


def dispute_trace(bench: Bench) -> None:
    """Show the trace as readers saw it."""
    trace = readable(cached.trace(bench.view.ws, bench.trace_id))
    facts = [when(trace.get("started_at")), f"id {bench.trace_id}"] if trace else [f"id {bench.trace_id}"]
    st.caption(" · ".join(plain(fact) for fact in facts))
    st.html(LOOK)
    with st.container(height=HEIGHT, border=True, key="dispute-trace"):
        if trace is None:
            st.caption("The trace is not here any more; its labels are.")
        else:
            conversation(trace, key="dispute.conversation")


def dispute_votes(bench: Bench) -> None:
    """Put the sides of the dispute beside each other: who, why, and the answer they would have given."""
    dispute = bench.dispute
    st.markdown(f"#### {plain(bench.dimension)} :gray[dispute {bench.place + 1} of {len(bench.rows):,}]")
    _settled_before(bench)
    given = {vote.value for vote in dispute.votes}
    sides = [value for value in dispute.values if value in given]
    sides += sorted(given - set(sides))
    for column, value in zip(st.columns(max(len(sides), 1), gap="small"), sides, strict=True):
        with column, st.container(border=True, height="stretch", gap="xsmall", key=f"side-{sides.index(value)}"):
            of_it = [vote for vote in dispute.votes if vote.value == value]
            st.markdown(f"**{plain(value)}** :gray[{len(of_it)}]")
            for vote in of_it:
                _vote(vote)


def _vote(vote: Any) -> None:
    version = f" · rubric {vote.rubric_version}" if vote.rubric_version else ""
    severity = f" · severity {vote.severity}" if vote.severity else ""
    when_ = f" · {when(vote.labelled_at)}" if vote.labelled_at else ""
    st.markdown(f"**{plain(vote.annotator)}** :small[:gray[{plain(severity + version + when_)}]]")
    if vote.critique:
        st.markdown(plain(vote.critique))
    if vote.gold_answer:
        st.markdown(f":gray[would have answered:] {plain(vote.gold_answer)}")
    if not vote.critique and not vote.gold_answer:
        st.caption("no critique")


def _settled_before(bench: Bench) -> None:
    """What was decided, by whom and why, and who had said otherwise."""
    dispute = bench.dispute
    decision = dispute.decision
    if decision is None:
        return
    said = how_words(decision.how, decision.value)
    minority = ", ".join(f"{vote.annotator} said {vote.value}" for vote in dispute.minority)
    lines = [
        f"**{plain(said)}** by {plain(decision.decided_by)}, {when(decision.decided_at)}: {plain(decision.reason)}"
    ]
    lines += [f"Minority: {plain(minority)}."] if minority else []
    lines += ["A vote has changed since."] if dispute.changed else []
    st.info("  \n".join(lines), icon=":material/gavel:")


def dispute_rubric(bench: Bench) -> None:
    """Show what the rubric or the codebook says, with the two examples that draw the line and the rule."""
    told = standard(bench.view.ws, bench.dimension)
    if not told:
        book = "codebook" if bench.dimension.startswith(OF_CODE) else "rubric"
        st.caption(f"The {book} says nothing of it yet.")
        return
    with st.container(border=True, gap="xsmall", key="dispute-rubric"):
        for title, text in told.items():
            st.markdown(f"**{title}.** {plain(text)}")


def dispute_decision(bench: Bench) -> None:
    """Take the decision: each value, the majority, exclude or keep as ambiguous; then why; then on to the next."""
    dispute, ways = bench.dispute, _ways(bench)
    own = [vote.value for vote in dispute.votes if vote.annotator == bench.person]
    if own:
        st.caption(f":material/warning: You said {plain(own[0])} yourself; better somebody else settles it.")
    for of_value in (True, False):
        with st.container(horizontal=True, gap="small", key=f"dispute-ways-{of_value}".lower()):
            for way, (label, key, help_, there) in ways.items():
                if (way[0] == "decide") == of_value:
                    st.button(
                        label, key=bench.key(f"way.{way}"), shortcut=key, help=help_, disabled=not there,
                        type="primary" if bench.chosen == way else "secondary", on_click=_choose, args=(bench, way),
                    )  # fmt: skip
    with st.container(key="dispute-reason"):
        st.text_area(
            "Why", key=bench.key("reason"), height=84, placeholder="what decides it, for whoever labels next ( N )"
        )
    with st.container(horizontal=True):
        st.button(
            "Back", key=bench.key("back"), shortcut="Left", on_click=_go, args=(bench.at(bench.place - 1),),
            disabled=bench.place == 0,
        )  # fmt: skip
        st.button(
            "Settle and go on", key=bench.key("settle"), shortcut="Mod+Enter", type="primary", on_click=_settle,
            args=(bench,), disabled=not bench.person,
            help=None if bench.person else "Say who you are, top right: a decision has a name.",
        )  # fmt: skip
        st.button(
            "Skip", key=bench.key("skip"), shortcut="Right", on_click=_go, args=(bench.at(bench.place + 1),),
            disabled=bench.at(bench.place + 1) is None,
        )  # fmt: skip
    st.caption("**1-9** a value · **M X A** · **N** why, **Esc** back · **Ctrl+Enter** settles · **← →**")
    focus_keys("dispute.keys", note=".st-key-dispute-reason")


def _ways(bench: Bench) -> dict[tuple[str, str | None], tuple[str, str | None, str | None, bool]]:
    """Each decision that can be taken: what its button says, its key, its help, and whether it can be taken."""
    dispute = bench.dispute
    found: dict[tuple[str, str | None], tuple[str, str | None, str | None, bool]] = {}
    for place, value in enumerate(dispute.values, start=1):
        found["decide", value] = (plain(value), str(place) if place < 10 else None, None, True)
    most = dispute.majority
    said = f"Majority: {plain(most)}" if most else "No majority"
    found["majority", None] = (said, KEYS["majority"], HELP["majority"], most is not None)
    for how, label in LABELS.items():
        found[how, None] = (label, KEYS[how], HELP[how], True)
    return found


def _choose(bench: Bench, way: tuple[str, str | None]) -> None:
    st.session_state[bench.key("chosen")] = way


def _settle(bench: Bench) -> None:
    """Settle what was chosen; what went wrong is kept to be shown, and nothing is lost."""
    how, value = bench.chosen
    reason = st.session_state.get(bench.key("reason")) or ""
    if not how:
        st.session_state[TROUBLE] = "nothing is chosen yet. Choose a value, the majority, exclude or ambiguous"
        return
    following = bench.next_open
    if attempt(
        lambda: bench.view.ws.adjudicate(
            bench.trace_id, bench.dimension, how=how, value=value, reason=reason, decided_by=bench.person
        )
    ):
        st.session_state[DONE] = f"Settled {bench.dimension} of {bench.trace_id}: {how_words(how, value)}."
        st.session_state.pop(bench.key("chosen"), None)
        _go(following)


def dispute_next(bench: Bench) -> None:
    """Say what is next, and give the same in a notebook."""
    n_open = int((~bench.rows["adjudicated"]).sum())
    text = (
        f"settle the {n_open:,} that are open; Ctrl+Enter goes on to the next one."
        if n_open
        else ("all of these are settled: measure a judge against them.")
    )
    st.caption(f"**Next:** {text}")
    notebook(dispute_code(str(bench.view.ws.path), bench.view.sample, bench.trace_id, bench.dimension))


def attempt(settle: Callable[[], Any]) -> bool:
    """Settle from a callback; why it was not is kept to be shown. Whether it was."""
    try:
        settle()
    except WorkbenchError as error:
        st.session_state[TROUBLE] = str(error)
        return False
    return True


def _go(place: tuple[str, str] | None) -> None:
    if place is not None:
        open_dispute(*place)
