"""What is written about the open case, and what is decided: by keys and buttons, every change under a name.

A candidate is saved field by field as it is written. A case that was accepted is part of the specification: it is
changed in one press, with a reason and a kind, because the changelog of the next version is made of them.
"""

import json
from collections.abc import Callable
from typing import Any

import streamlit as st

from workbench.errors import BadRequest
from workbench.ui.cases import CaseBench, open_case
from workbench.ui.cases_rolling import graduate
from workbench.ui.codes import attempt
from workbench.ui.words import plain, when

CHOICES = {
    "risk_level": ("Risk", ("low", "medium", "high", "critical")),
    "category": ("Category", ("happy_path", "edge", "adversarial", "drift")),
    "edge": ("Edge set", ("none", "injection", "toxicity", "policy")),
    "evaluation_type": ("Judged by", ("open_ended", "reference", "rules", "exact")),
}
TEXTS = {
    "expected_behavior": (
        "What should happen, in plain language",
        118,
        "what a good answer does, and what it must not do",
    ),
    "reference": ("An answer that would be right, if there is one", 80, ""),
    "slices": ("Slices, one a line", 80, "intent: refunds"),
    "checks": (
        "Checks that need no judgement, as a JSON list",
        80,
        '[{"kind": "phrases", "forbidden": ["full refund"]}]',
    ),
}
MORE = ("reference", "slices", "checks")
NEW_KINDS = ("new_coverage", "regression")
KINDS = ("wrong_label", "wording", "new_coverage", "regression")


def case_form(bench: CaseBench) -> None:
    """Draw what can be written and decided about the open case."""
    if bench.case_id is None:
        return
    if bench.is_sealed:
        if bench.status == "sealed":
            _retire(bench)
    elif bench.status == "candidate":
        _text(bench, "expected_behavior", on_change=_save_field)
        _decide(bench)
        _choices(bench, on_change=_save_field)
        for field in MORE:
            _text(bench, field, on_change=_save_field)
    elif bench.status == "accepted":
        _accepted(bench)
    else:
        _again(bench)
    _walk(bench)
    if not bench.is_sealed:
        _history(bench)


def _shown(case: Any, field: str) -> str:
    """A field of the case as its widget shows it."""
    value = getattr(case, field)
    if field == "slices":
        return "\n".join(f"{name}: {word}" for name, word in value.items())
    if field == "checks":
        return json.dumps([dict(each) for each in value], ensure_ascii=False) if value else ""
    return str(value or ("none" if field == "edge" else ""))


def _read(field: str, text: str) -> Any:
    """A field of the case out of what its widget says."""
    if field == "edge":
        return None if text == "none" else text
    if field == "slices":
        parts = [line.partition(":") for line in text.splitlines() if line.strip()]
        return {name.strip(): word.strip() for name, _, word in parts}
    if field == "checks":
        try:
            return json.loads(text) if text.strip() else []
        except ValueError:
            raise BadRequest("checks: expected a JSON list. Write [] for none") from None
    return text.strip()


def _text(bench: CaseBench, field: str, *, on_change: Callable[..., None] | None) -> None:
    title, height, hint = TEXTS[field]
    key = bench.key(field)
    st.session_state.setdefault(key, _shown(bench.case, field))
    place = "case-expected" if field == "expected_behavior" else f"case-{field}"
    with st.container(key=place):
        st.text_area(
            title + (" ( N )" if field == "expected_behavior" else ""), key=key, height=height, placeholder=hint,
            on_change=on_change, args=(bench, field) if on_change else None, disabled=not bench.person,
        )  # fmt: skip


def _choices(bench: CaseBench, *, on_change: Callable[..., None] | None) -> None:
    fields = list(CHOICES)
    for pair in (fields[:2], fields[2:]):
        for column, field in zip(st.columns(2, gap="small"), pair, strict=True):
            title, words = CHOICES[field]
            key = bench.key(field)
            st.session_state.setdefault(key, _shown(bench.case, field))
            column.selectbox(
                title, words, key=key, format_func=lambda word: word.replace("_", " "), on_change=on_change,
                args=(bench, field) if on_change else None, disabled=not bench.person,
            )  # fmt: skip


def _save_field(bench: CaseBench, field: str) -> None:
    """Keep one field of a candidate as it was written; what is shown then is what is stored."""
    key = bench.key(field)
    text = st.session_state[key]

    def save() -> str:
        saved = bench.ws.edit_case(str(bench.case_id), {field: _read(field, text)}, by=bench.person)
        st.session_state[key] = _shown(saved, field)
        return "Kept, redacted where it had to be. It has to be looked at for private data before it joins."

    attempt(save)


def _decide(bench: CaseBench) -> None:
    """The reviewer's check, then the decision with its reason."""
    row = bench.row
    with st.container(border=True, gap="small"):
        if not bench.person:
            st.caption("Say who you are, top right, to write or decide.")
        _privacy(bench)
        with st.container(key="case-reason"):
            st.text_input("Why it joins, or is left out ( T )", key=bench.key("reason"), max_chars=400)
        st.segmented_control(
            "Kind", NEW_KINDS, default=NEW_KINDS[0], required=True, key=bench.key("kind"), label_visibility="collapsed",
            format_func=lambda each: each.replace("_", " "),
        )  # fmt: skip
        with st.container(horizontal=True):
            st.button(
                "Accept", key=bench.key("accept"), shortcut="A", type="primary", icon=":material/check:",
                on_click=_accept, args=(bench, _following(bench)), disabled=not bench.person,
                help=None if row["ready"] else "Needs what should happen, by somebody, and the check for private data.",
            )  # fmt: skip
            st.button(
                "Leave out", key=bench.key("discard"), shortcut="X", on_click=_discard, args=(bench, _following(bench)),
                disabled=not bench.person,
            )  # fmt: skip
            graduate(bench, _following(bench), _reason)


def _privacy(bench: CaseBench) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if bench.row["private"]:
            st.markdown(":green[:material/verified_user: checked for private data]", width="stretch")
        else:
            st.markdown(":orange[:material/visibility: not checked for private data]", width="stretch")
        st.button(
            "Privacy checked", key=bench.key("private"), shortcut="P", on_click=_checked, args=(bench,),
            disabled=not bench.person, help="You have read all of it, and nothing in it points to a person.",
        )  # fmt: skip


def _following(bench: CaseBench) -> str | None:
    return bench.beside(1) or bench.beside(-1)


def _checked(bench: CaseBench) -> None:
    def check() -> str:
        n = bench.ws.check_private(str(bench.case_id), by=bench.person)
        left = (
            f"the scan still finds {n:,} things that look like personal data: look again"
            if n
            else "the scan finds nothing"
        )
        return f"Checked by {bench.person}; {left}."

    attempt(check)


def _reason(bench: CaseBench) -> str:
    return str(st.session_state.get(bench.key("reason")) or "")


def _accept(bench: CaseBench, following: str | None) -> None:
    kind = st.session_state.get(bench.key("kind")) or NEW_KINDS[0]

    def accept() -> str:
        bench.ws.accept_case(str(bench.case_id), by=bench.person, reason=_reason(bench), kind=kind)
        return f"{bench.case_id} accepted: it is in the next version."

    if attempt(accept):
        open_case(following)


def _discard(bench: CaseBench, following: str | None) -> None:
    def discard() -> str:
        bench.ws.discard_case(str(bench.case_id), by=bench.person, reason=_reason(bench))
        return f"{bench.case_id} left out."

    if attempt(discard):
        open_case(following)


def _accepted(bench: CaseBench) -> None:
    """Change or retire a case that is part of the specification."""
    with st.form(bench.key("edit"), border=False):
        _text(bench, "expected_behavior", on_change=None)
        _choices(bench, on_change=None)
        for field in MORE:
            _text(bench, field, on_change=None)
        with st.container(key="case-reason"):
            st.text_input("Why it changes ( T )", key=bench.key("reason"), max_chars=400)
        st.segmented_control(
            "Kind of change", KINDS, default=None, key=bench.key("kind"),
            format_func=lambda each: each.replace("_", " "),
            help="Left open: wrong label where something else is expected now, else wording.",
        )  # fmt: skip
        with st.container(horizontal=True):
            st.form_submit_button(
                "Save the change", type="primary", disabled=not bench.person, on_click=_save_all, args=(bench,)
            )
            st.form_submit_button(
                "Retire", disabled=not bench.person, on_click=_retired, args=(bench, _following(bench))
            )
    with st.container(border=True):
        _privacy(bench)
        graduate(bench, _following(bench), _reason)


def _save_all(bench: CaseBench) -> None:
    def save() -> str:
        told = {field: _read(field, st.session_state[bench.key(field)]) for field in (*TEXTS, *CHOICES)}
        saved = bench.ws.edit_case(
            str(bench.case_id),
            told,
            by=bench.person,
            reason=_reason(bench),
            kind=st.session_state.get(bench.key("kind")),
        )
        for field in told:
            st.session_state[bench.key(field)] = _shown(saved, field)
        return "Changed: the changelog of the next version will say so. Look at it for private data again."

    attempt(save)


def _retire(bench: CaseBench) -> None:
    """Take a sealed case out of the next version, unseen."""
    with st.container(key="case-reason"):
        st.text_input("Why it is retired ( T )", key=bench.key("reason"), max_chars=400)
    st.button(
        "Retire", key=bench.key("retire"), disabled=not bench.person, on_click=_retired, args=(bench, _following(bench))
    )


def _retired(bench: CaseBench, following: str | None) -> None:
    def retire() -> str:
        bench.ws.retire_case(str(bench.case_id), by=bench.person, reason=_reason(bench))
        return f"{bench.case_id} retired: the versions that hold it stay as they are."

    if attempt(retire):
        open_case(following)


def _again(bench: CaseBench) -> None:
    """What was left out can be taken in after all; what was retired is only read."""
    for field in ("expected_behavior", "reference"):
        told = _shown(bench.case, field)
        if told:
            st.markdown(f"**{TEXTS[field][0]}.** {plain(told)}")
    if bench.status == "discarded":
        _decide(bench)


def _walk(bench: CaseBench) -> None:
    with st.container(horizontal=True):
        for label, step, key in (("Back", -1, "Left"), ("Next", 1, "Right")):
            to = bench.beside(step)
            st.button(
                label, key=bench.key(label), shortcut=key, on_click=open_case, args=(to,), disabled=to is None,
                type="tertiary",
            )  # fmt: skip


def _history(bench: CaseBench) -> None:
    changes = bench.ws.case_changes(bench.case_id)
    with st.expander("What happened to it", icon=":material/history:"):
        for row in changes.iloc[::-1].to_dict("records"):
            kind = f" ({row['kind'].replace('_', ' ')})" if isinstance(row["kind"], str) else ""
            why = f": {plain(row['reason'])}" if row["reason"] else ""
            st.caption(f"{when(row['changed_at'])} · **{row['how']}**{kind} by {plain(row['changed_by'])}{why}")
