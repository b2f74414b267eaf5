"""Words on a page: trace text that stays text where Streamlit reads Markdown, numbers, times, and the notebook lines.

Labels, captions, tooltips, options and button texts are Markdown in Streamlit, LaTeX, colours and images included.
Whatever comes from a trace or a file (names of clusters, releases, models, files) passes ``plain`` on its way there.
"""

import re
from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

_LINKS = re.compile(r"(?i)(https?:(?=//)|www(?=\.)|@)")
_MARKS = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&^=])")


def plain(text: object, width: int | None = None) -> str:
    r"""Disarm every mark of a text for a place where Streamlit reads Markdown.

    Addresses are made into links after all escapes have been read, so they get a word joiner, which nobody sees.

    >>> plain("![x] $y$ :red[z]")
    '\\!\\[x\\] \\$y\\$ \\:red\\[z\\]'
    """
    written = " ".join(str(text).split())
    if width is not None and len(written) > width:
        written = written[: width - 1].rstrip() + "…"
    return _MARKS.sub(r"\\\1", _LINKS.sub("\\1\u2060", written))


def when(moment: Any, *, seconds: bool = False) -> str:
    """Write a time in UTC, as short as it can be without being ambiguous.

    >>> when(datetime(2026, 3, 5, 14, 7))
    '5 Mar 2026 14:07'
    """
    if moment is None or pd.isna(moment):
        return "no time given"
    return f"{moment.day} {moment:%b %Y %H:%M:%S}" if seconds else f"{moment.day} {moment:%b %Y %H:%M}"


def between(first: datetime | None, last: datetime | None) -> str:
    """Write a span of days: '12 Oct - 15 Nov 2026'."""
    if first is None or last is None:
        return "no times given"
    if first.date() == last.date():
        return f"{last.day} {last:%b %Y}"
    start = f"{first.day} {first:%b}" + ("" if first.year == last.year else f" {first:%Y}")
    return f"{start} - {last.day} {last:%b %Y}"


def duration(milliseconds: float | None) -> str | None:
    """Write a duration: '840 ms', '3.2 s', '4 min'; None where there is none.

    >>> [duration(840), duration(3210), duration(250_000), duration(None)]
    ['840 ms', '3.2 s', '4 min', None]
    """
    if milliseconds is None or pd.isna(milliseconds):
        return None
    if milliseconds < 1000:
        return f"{milliseconds:.0f} ms"
    return f"{milliseconds / 1000:.1f} s" if milliseconds < 120_000 else f"{milliseconds / 60_000:.0f} min"


def outcome(status: Any, feedback: Any, signals: Any) -> str:
    """Write what is known of how a trace ended, without a person having read it.

    >>> outcome("error", -1, ["asks again"])
    'error, thumbs down, asks again'
    >>> outcome("ok", 1, None)
    'thumbs up'
    """
    parts = ["error"] if isinstance(status, str) and status == "error" else []
    if feedback is not None and not pd.isna(feedback) and feedback != 0:
        parts.append("thumbs down" if feedback < 0 else "thumbs up")
    if signals is not None and not isinstance(signals, float):
        parts += [str(signal).replace("_", " ") for signal in signals]
    return ", ".join(dict.fromkeys(parts))


def notebook(code: str) -> None:
    """Offer the lines that give the same in a notebook."""
    with st.expander("The same in a notebook", icon=":material/terminal:"):
        st.code(code, language="python")
