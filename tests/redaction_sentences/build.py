"""Turns the hand-written files beside it into JSON lines, so that every offset is right by construction.

``python tests/redaction_sentences/build.py`` rewrites the ``.jsonl`` files; a test fails when they
differ from their sources. The marks: ``[[PERSON|Grace]]`` is personal data; ``[[PERSON|Ms Adjei|Adjei]]`` shows the
first part in the text and holds only the second for gold; ``[[_|visa]]`` may be redacted or not and counts neither
way. In ``clean*.txt`` one line is one text, and ``⏎`` is a line break.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
MARK = re.compile(r"\[\[([A-Z_]+)\|(.*?)\]\]", re.DOTALL)
HEADING = re.compile(r"^=== (.+)\n", re.MULTILINE)

Row = dict[str, Any]


def unmarked(marked: str) -> tuple[str, list[Row], list[list[int]]]:
    """The text without its marks, its gold spans, and the stretches that count neither way."""
    text, spans, neutral, done = "", [], [], 0
    for mark in MARK.finditer(marked):
        text += marked[done : mark.start()]
        done = mark.end()
        shown, _, inner = mark[2].partition("|")
        inner = inner or shown
        begin, offset = len(text), shown.rindex(inner)
        text += shown
        if mark[1] == "_":
            neutral.append([begin, len(text)])
            continue
        spans.append({"type": mark[1], "start": begin + offset, "end": begin + offset + len(inner)})
        edges = (begin, begin + offset), (begin + offset + len(inner), len(text))
        neutral += [[low, high] for low, high in edges if low < high]
    return text + marked[done:], spans, neutral


def blocks(source: str) -> Iterator[tuple[str, str]]:
    """Each heading with the lines below it."""
    parts = HEADING.split(source)
    if parts[0].strip():
        raise ValueError("text before the first heading")
    for heading, body in zip(parts[1::2], parts[2::2], strict=True):
        yield heading.strip(), body.rstrip("\n")


def pii_rows(source: str) -> Iterator[Row]:
    for heading, body in blocks(source):
        name, register = (part.strip() for part in heading.split("|"))
        text, spans, neutral = unmarked(body)
        yield {"id": name, "register": register, "text": text, "spans": spans, "neutral": neutral}


def clean_rows(source: str, letter: str = "c") -> Iterator[Row]:
    number = 0
    for heading, body in blocks(source):
        register, _, flag = (part.strip() for part in heading.partition("!"))
        for line in filter(None, body.split("\n")):
            number += 1
            text = line.replace("⏎", "\n")
            yield {"id": f"{letter}{number:03d}", "register": register, "text": text, "contested": flag == "contested"}


def as_lines(rows: Iterator[Row]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def built() -> dict[str, str]:
    """File name to the content it should have."""

    def read(name: str) -> str:
        return (HERE / f"{name}.txt").read_text(encoding="utf-8")

    return {
        "pii.jsonl": as_lines(pii_rows(read("pii"))),
        "pii_more.jsonl": as_lines(pii_rows(read("pii_more"))),
        "clean.jsonl": as_lines(clean_rows(read("clean"))),
        "clean_more.jsonl": as_lines(clean_rows(read("clean_more"), "d")),
    }


if __name__ == "__main__":
    for name, content in built().items():
        (HERE / name).write_text(content, encoding="utf-8")
