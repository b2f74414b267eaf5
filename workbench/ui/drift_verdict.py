"""The answer in one line, the sentences behind it, and a light each for input, prompts, retrieval and outcome."""

from datetime import date
from typing import Any

import streamlit as st

from workbench.charts import percent
from workbench.ui.drift import DriftDesk, today
from workbench.ui.words import plain
from workbench.workspace import Workspace

WORDS = {
    "stable": ("Stable", "green", ":material/check_circle:"),
    "drifted": ("Drifted", "red", ":material/error:"),
    "undecided": ("Cannot tell", "yellow", ":material/help:"),
}
SMALL = ("Not enough traffic", "gray", ":material/hourglass:")
ALERT = "Alert"
SHOWN = 4
"""Sentences beside the verdict; the others are folded."""
LIGHTS = {"input": "Input", "prompt": "Prompts", "retrieval": "Retrieval", "outcome": "Outcome"}
OF_VERDICT = ("input", "prompt")
STATES = {"changed": "changed", "unchanged": "no change shown", "not_tested": "not tested"}
SERIES = {"clusters": "input", "prompt": "prompts"}


def drift_headline(desk: DriftDesk) -> None:
    """Say what was compared, the verdict, since when, and how it stands beside the usual."""
    report, (current, reference) = desk.report, desk.asked.words
    word, colour, icon = verdict_word(report)
    st.markdown(
        f"## {_start(plain(current, 70))} against {plain(reference, 70)}:"
        f" {icon} :{colour}[{word}]{'' if report.small else _since(report)}"
    )
    beside = beside_words(report)
    if beside:
        st.markdown(f":gray[{beside}]")


def drift_sentences(desk: DriftDesk) -> None:
    """Say why: the first sentences, alerts before all others, and what has to be known about the sets."""
    report = desk.report
    first, *rest = [plain(each) for each in report.sentences]
    rest.sort(key=lambda each: not each.startswith(ALERT))
    st.markdown("  \n".join([f"**{first}**", *(_marked(each) for each in rest[:SHOWN])]))
    if len(rest) > SHOWN:
        with st.expander("1 more finding" if len(rest) == SHOWN + 1 else f"{len(rest) - SHOWN:,} more findings"):
            st.markdown("\n".join(f"- {each}" for each in rest[SHOWN:]))
    told = [plain(each) for each in report.notices]
    if desk.asked.current is None:
        told.append(f"Days are counted back from the newest trace, {today(desk.ws)} UTC.")
    st.caption(" ".join(told))


def _marked(sentence: str) -> str:
    return f":material/notifications_active: {sentence}" if sentence.startswith(ALERT) else sentence


def verdict_word(report: Any) -> tuple[str, str, str]:
    """The word, its colour and its icon."""
    return SMALL if report.small else WORDS[report.verdict]


def beside_words(report: Any) -> str:
    """How the change stands beside the usual one, and p: '2.3× the usual weekly change · p .002 after correction'."""
    if report.small:
        return ""
    told, usual = [], report.usual
    if usual.ratio is not None:
        what = "weekly change" if usual.of == "weeks" else "distance from the reference"
        told.append(f"{usual.ratio:.1f}× the usual {what}{', an alert' if usual.alert else ''}")
    elif usual.reason == "too_few_weeks":
        told.append(f"What is usual is not known yet: {usual.n} of {usual.needed} weeks")
    tested = report.parts["p_holm"].dropna()
    if len(tested):
        told.append(f"p {p_words(float(tested.min()))}, corrected for {len(tested)} parts")
    return " · ".join(told)


def p_words(p: float) -> str:
    """A p as short as it can be.

    >>> [p_words(each) for each in (0.0021, 0.0004)]
    ['.002', '< .001']
    """
    return "< .001" if p < 0.001 else f"{p:.3f}".lstrip("0") if p < 1 else "1"


def day_words(day: date) -> str:
    """A day without its year: '5 Nov'."""
    return f"{day.day} {day:%b}"


def _since(report: Any) -> str:
    """Since when, of each part that drifted and can be dated."""
    drifted = {"prompts" if part == "templates" else "input" for part in report.drifted}
    found = {word: report.since(series) for series, word in SERIES.items() if word in drifted}
    dated = {word: day_words(day) for word, day in found.items() if day is not None}
    if not dated:
        return ", since when cannot be told" if report.drifted else ""
    if len(dated) == 1 or len(set(dated.values())) == 1:
        return f" since {next(iter(dated.values()))}"
    return " since " + ", ".join(f"{day} ({word})" for word, day in dated.items())


def _start(words: str) -> str:
    return words[:1].upper() + words[1:]


def drift_lights(desk: DriftDesk) -> None:
    """A light each, two in a row; those that the verdict does not rest on say so."""
    if desk.report.small:
        with st.container(border=True, gap=None):
            st.markdown(f"{_mark('not_tested', True)} **{' · '.join(LIGHTS.values())}** {STATES['not_tested']}")
            st.caption(plain(desk.report.lights["input"].words))
        return
    for row in (("input", "prompt"), ("retrieval", "outcome")):
        for column, name in zip(st.columns(2, gap="small"), row, strict=True):
            with column, st.container(border=True, gap=None, height="stretch", key=f"light-{name}"):
                _light(desk.report, name)


def _light(report: Any, name: str) -> None:
    light, counts = report.lights[name], name in OF_VERDICT
    st.markdown(f"{_mark(light.state, counts)} **{LIGHTS[name]}** {STATES[light.state]}")
    told = plain(light.words if light.state == "not_tested" else light_words(report, name))
    st.caption(told if counts else f"{told} *No part of the verdict.*")


def _mark(state: str, counts: bool) -> str:
    if state == "changed":
        return ":red[●]" if counts else ":primary[●]"
    return ":gray[○]" if state == "unchanged" else ":gray[–]"


def light_words(report: Any, name: str) -> str:
    """What stands behind a light, in a few words."""
    return {"input": _input, "prompt": _prompt, "retrieval": _retrieval, "outcome": _outcome}[name](report)


def _input(report: Any) -> str:
    leading = report.leading.head(2).to_dict("records")
    named = ", ".join(f"{row['name']} {percent(row['reference'])} → {percent(row['current'])}" for row in leading)
    if report.lights["input"].state == "changed":
        return f"{named}." if named else "By the embeddings: inside the clusters rather than between them."
    moved = report.clusters.moved
    most = "" if moved is None else f"At most {percent(moved.high)} of the traffic moved between clusters."
    return f"{most} Taken alone: {named}." if named else most


def _prompt(report: Any) -> str:
    changed = report.templates.changed
    counts = [f"{n} {state}" for state in ("new", "gone") if (n := int((changed["state"] == state).sum()))]
    told = f"{' and '.join(counts)}" if counts else "The same prompts and tools"
    if not counts and "templates" in report.drifted:
        told += " in other shares"
    since = report.since("prompt")
    return told + (f", since {day_words(since)}." if since is not None else ".")


def _retrieval(report: Any) -> str:
    drift, golden = report.retrieval, report.snapshot
    told = []
    if golden.jaccard is not None:
        told.append(f"golden queries share {golden.jaccard.estimate:.2f}{_usual(golden.usual)}")
    elif drift.jaccard is not None:
        told.append(f"overlap {drift.jaccard.estimate:.2f}{_usual(drift.before)}, {drift.queries:,} queries")
    if len(drift.documents):
        shown = int((drift.documents["p_bh"] <= report.level).sum())
        told.append(f"{shown} of {len(drift.documents)} passages changed")
    return _start("; ".join(told)) + "." if told else ""


def _usual(usual: Any) -> str:
    return "" if usual is None else f", usual {usual.estimate:.2f}"


def _outcome(report: Any) -> str:
    shown = report.outcomes[report.outcomes["p_bh"] <= report.level]
    if len(shown):
        return ", ".join(str(each).replace("_", " ") for each in shown["measure"]).capitalize() + "."
    return f"{len(report.outcomes)} measures, none shown to differ."


def drift_next(desk: DriftDesk) -> None:
    """Say what to do next."""
    report = desk.report
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(f"**Next:** {next_words(report)}", width="content")
        for page, label, icon in _links(desk.ws, report):
            st.page_link(page, label=label, icon=icon)


def next_words(report: Any) -> str:
    """What to do next, by the verdict."""
    if report.small:
        return "wait for more traffic, or compare longer stretches; nothing can be said of so few."
    if report.verdict == "drifted":
        return (
            "read the traces that tell the sets apart, make cases of what is new, and look whether the set mirrors it."
        )
    if report.verdict == "stable":
        return "the mix of clusters held; what is new inside one only readers see, so read the first telling traces."
    if report.reason in ("unclustered", "one_cluster"):
        return "make a map with more clusters, or fewer traces outside them: more traffic alone does not help here."
    return "compare more traffic: longer stretches see smaller changes."


def _links(ws: Workspace, report: Any) -> list[tuple[str, str, str]]:
    cases = [("pages/cases.py", "Cases", ":material/fact_check:")] if report.verdict == "drifted" else []
    return [*cases, ("pages/mirror.py", "Mirror", ":material/flip:")]
