"""The reading desk: who reads, which sample, which trace, what they have said of it so far.

All of that is in the URL (``?sample=&trace=&as=&round=``), so that a colleague can be sent to one trace. What is shown
is chosen here, once: in round one nothing but the conversation leaves the server, no cluster, no verdict of a judge, no
feedback, nobody's labels, because a reader who has seen a verdict looks for reasons instead of reading.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd
import streamlit as st

from workbench.errors import WorkbenchError
from workbench.ui import cached
from workbench.ui.who import READER, ask_name
from workbench.ui.words import plain
from workbench.workspace import Workspace

OPENED = "reading.opened"
TROUBLE = "reading.trouble"
SAMPLE = "reading.sample"
AWAY = 1800.0
"""Seconds without a save after which the reader was not reading: a guess; the time is then not stored."""
NOTES, CODES = "notes", "codes"
READABLE = ("trace_id", "messages", "input", "output", "retrieved", "error")
SPAN_PARTS = ("span_id", "parent_id", "kind", "name", "status", "latency_ms", "input", "output")
JUDGES = ("evaluator",)


@dataclass(frozen=True)
class Desk:
    """One trace in front of one reader; ``noted`` is what was saved of the note in the press that is being answered."""

    ws: Workspace
    reader: str
    round: str
    sample_id: str | None
    queue: pd.DataFrame
    trace: Mapping[str, Any]
    noted: list[str] = field(default_factory=list)

    @property
    def trace_id(self) -> str:
        """The trace that is read."""
        return str(self.trace["trace_id"])

    @cached_property
    def reading(self) -> Any:
        """What the reader has said of it so far."""
        return self.ws.reading(self.trace_id, self.reader)

    @cached_property
    def place(self) -> int | None:
        """Its place in the sample, from 0; None where it is not in it."""
        places = self.queue.index[self.queue["trace_id"] == self.trace_id]
        return int(places[0]) if len(places) else None

    def at(self, place: int) -> str | None:
        """The trace at a place of the queue; None beyond its ends."""
        return str(self.queue["trace_id"].iloc[place]) if 0 <= place < len(self.queue) else None

    @property
    def before(self) -> str | None:
        """The trace before this one."""
        return self.at((self.place or 0) - 1)

    @property
    def after(self) -> str | None:
        """The trace after this one."""
        return self.at(0 if self.place is None else self.place + 1)

    def unread(self, outcome: str | None = None) -> str | None:
        """The next trace without a reading, or with this outcome, going round; None where there is none."""
        start = 0 if self.place is None else self.place + 1
        wanted = ~self.queue["reviewed"] if outcome is None else self.queue["outcome"] == outcome
        places = [place for place in self.queue.index[wanted.fillna(False)] if place != self.place]
        ahead = [place for place in places if place >= start]
        return self.at((ahead or places)[0]) if places else None

    @property
    def n_read(self) -> int:
        """How many traces of the sample have been read."""
        return int(self.queue["reviewed"].sum())

    def key(self, name: str) -> str:
        """A widget's key for this trace alone: a press that was meant for the trace before finds nothing."""
        return key_of(name, self.trace_id)

    @property
    def mark(self) -> str | None:
        """The place that is marked: what was marked last, also before there is anything to save it with."""
        marked = st.session_state.get(self.key("mark"), self.reading.at)
        return marked or None

    def saw(self) -> dict[str, Any]:
        """What is on the screen, as it is stored with a label."""
        shown = [name for name in READABLE[1:] if self.trace.get(name)] + ["spans"] * bool(self.trace.get("spans"))
        seen = {"page": "read", "round": self.round, "sample": self.sample_id, "of": len(self.queue), "shown": shown}
        return seen | ({} if self.place is None else {"place": self.place + 1})


def reading_desk(ws: Workspace) -> Desk:
    """Work out who reads what; ask for what is missing."""
    reader = ask_name(ws, "reading", question="Who is reading?", button="Start reading")
    samples = ws.store.sample_names()
    asked = st.query_params.get("trace")
    sample_id, round_ = _controls(ws, reader, samples, asked)
    queue = ws.reading_queue(sample_id, reader) if sample_id else _single(asked)
    trace_id = asked or _first(queue)
    trace = readable(cached.trace(ws, trace_id)) if trace_id else None
    if trace is None:
        missing = f"There is no trace {plain(asked)} in this workspace. " if asked else ""
        st.warning(missing + "Choose a sample to read, or draw one.")
        st.stop()
    if st.query_params.get("trace") != trace_id:
        st.query_params["trace"] = str(trace_id)
    if st.session_state.get(OPENED, ("",))[0] != trace_id:
        st.session_state[OPENED] = (trace_id, time.monotonic())
    return Desk(ws, reader, round_, sample_id, queue, trace)


def readable(trace: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What a reader may see of a trace: what was said and done in it, nothing that anybody thinks of it."""
    if trace is None:
        return None
    shown = {name: trace.get(name) for name in (*READABLE, "started_at", "latency_ms")}
    spans = [span for span in trace.get("spans") or [] if span.get("kind") not in JUDGES]
    return {**shown, "spans": [{name: span.get(name) for name in SPAN_PARTS} for span in spans]}


def key_of(name: str, trace_id: str) -> str:
    """A widget's key for one trace."""
    return f"reading.{name}.{trace_id}"


def go_to(trace_id: str | None) -> None:
    """Put a trace into the URL; where there is none, stay."""
    if trace_id is not None:
        st.query_params["trace"] = trace_id


def seconds_on(trace_id: str) -> float | None:
    """How long the trace has been on the screen; None where the reader must have been away."""
    opened, since = st.session_state.get(OPENED, ("", 0.0))
    taken = time.monotonic() - since
    return round(taken, 1) if opened == trace_id and taken <= AWAY else None


def save(desk: Desk, saw: dict[str, Any], **said: Any) -> bool:
    """Save what was said of the desk's trace; what went wrong is kept to be shown, and False given back."""
    said = {"at": st.session_state.get(desk.key("mark")), **said}
    try:
        desk.ws.save_reading(desk.trace_id, desk.reader, saw=saw, seconds=seconds_on(desk.trace_id), **said)
    except WorkbenchError as error:
        st.session_state[TROUBLE] = str(error)
        return False
    return True


def _another_reader() -> None:
    st.session_state.pop(READER, None)
    st.query_params.pop("as", None)


def _controls(ws: Workspace, reader: str, samples: dict[str, str], asked: str | None) -> tuple[str | None, str]:
    """Draw which sample, which round, who reads."""
    if not samples and asked is None:
        st.markdown("**There is no sample to read yet.** Draw one here, or: `workbench sample --n 80`")
        st.page_link("pages/sample.py", label="Draw a sample", icon=":material/arrow_forward:")
        st.stop()
    given = st.query_params.get("sample")
    sample_id = given if given in samples else _holding(ws, samples, asked)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        if sample_id is not None:
            st.session_state[SAMPLE] = sample_id
            st.selectbox(
                "Sample", list(samples), key=SAMPLE, on_change=_another_sample, format_func=_called(samples), width=300,
                label_visibility="collapsed", help="The sample that is read",
            )  # fmt: skip
        round_ = st.segmented_control(
            "Round", [NOTES, CODES], default=NOTES, required=True, key="round", bind="query-params",
            help="Round one: your own words on the first thing that went wrong. Round two: codes of the codebook.",
            label_visibility="collapsed",
        )  # fmt: skip
        st.button(
            f"reading as **{plain(reader)}**", type="tertiary", on_click=_another_reader, help="Read under another name"
        )
    if sample_id is not None and given != sample_id:
        st.query_params["sample"] = sample_id
    return sample_id, round_ or NOTES


def _holding(ws: Workspace, samples: dict[str, str], trace_id: str | None) -> str | None:
    """The newest sample; where a trace is asked for, the newest that holds it, if any does."""
    return next(iter(samples if trace_id is None else ws.store.sample_names(trace_id)), None)


def _called(samples: Mapping[str, str]) -> Callable[[str], str]:
    """What each sample is called; with its id where two are called alike."""
    times = Counter(samples.values())
    return {each: name if times[name] == 1 else f"{name} ({each})" for each, name in samples.items()}.__getitem__


def _another_sample() -> None:
    st.query_params["sample"] = st.session_state[SAMPLE]
    st.query_params.pop("trace", None)


def _single(trace_id: str | None) -> pd.DataFrame:
    """The queue of a link to one trace, without a sample."""
    ids = [trace_id] if trace_id else []
    return pd.DataFrame(
        {"trace_id": ids, "outcome": [None] * len(ids), "has_note": False, "n_codes": 0, "reviewed": False}
    )


def _first(queue: pd.DataFrame) -> str | None:
    """The first trace that was not read; the first of all where every one was."""
    if queue.empty:
        return None
    unread = queue[~queue["reviewed"]]
    return str((unread if len(unread) else queue)["trace_id"].iloc[0])
