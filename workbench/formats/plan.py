"""What the columns of one file become, decided before its rows are read.

A pass over the whole file is made only where an id-like column has to be counted, or to find a mapped column that the
first rows do not have.
"""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workbench.errors import BadSettings, UnreadableFile
from workbench.formats import layout
from workbench.formats.columns import (
    ColumnChoice,
    ColumnGuess,
    IdColumn,
    canonical,
    choose,
    guessed_unit,
    is_id_like,
    milliseconds_per,
)
from workbench.formats.jsontext import inner
from workbench.formats.messages import is_conversation
from workbench.formats.records import Head, ReadOptions

SAMPLE = 200
ABSENT = object()
_PLAIN_NAME = re.compile(r"[^\W\d][\w.\-]{0,40}")


@dataclass
class Plan:
    """How the rows of one file become traces."""

    source: str
    guess: ColumnGuess
    promised: frozenset[str] = frozenset()
    constants: dict[str, Any] = field(default_factory=dict)
    units: dict[str, float] = field(default_factory=dict)
    table: bool = False
    by_target: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.by_target = self.guess.by_target


def objects(path: Path, head: Head, options: ReadOptions, envelope: tuple[str, ...]) -> Iterator[tuple[int, Any]]:
    """The rows, a bare list of messages standing for an object that holds it."""
    for at, row in layout.rows(path, head, options, envelope):
        yield at, {"messages": row} if is_conversation(row) else row


def make_plan(
    path: Path, head: Head, options: ReadOptions, envelope: tuple[str, ...], source: str, *, count_ids: bool = True
) -> Plan:
    """Decide what every column is, with a pass over the whole file only where an id has to be counted."""
    sample = [
        row for _, row in itertools.islice(objects(path, head, options, envelope), SAMPLE) if isinstance(row, dict)
    ]
    names = list(head.columns) or list(dict.fromkeys(name for row in sample for name in row))
    units = {name: guessed_unit(name, sample) for name in names if milliseconds_per(name) is None}
    table = head.layout == "delimited"
    notice: tuple[str, ...] = ()
    if head.encoding == "cp1252":
        notice = ("the file is not UTF-8; it was read as Windows-1252",)
    if options.mapping is not None:
        guess = _mapped(path, head, options, envelope, names)
        promised = frozenset(choice.source for choice in guess.choices if choice.target)
        guess = ColumnGuess(guess.choices, notice)
        return Plan(source, guess, promised, dict(options.mapping.constants), units, table)
    ids = _counted(path, head, options, envelope, names) if count_ids else {}
    guess = choose(names, sample, ids)
    guess = ColumnGuess(guess.choices, (*notice, *guess.notices))
    promised = frozenset(name for name in names if canonical(name))
    return Plan(source, guess, promised, {}, units, table)


def _counted(
    path: Path, head: Head, options: ReadOptions, envelope: tuple[str, ...], names: list[str]
) -> dict[str, IdColumn]:
    """The id-like columns counted over the whole file; none where a column is the trace id by its name."""
    if any(canonical(name) == "trace_id" for name in names):
        return {}
    ids = {name: IdColumn() for name in names if is_id_like(name) and canonical(name) is None}
    if ids:
        for _, row in objects(path, head, options, envelope):
            if isinstance(row, dict):
                for name, column in ids.items():
                    column.add(row.get(name))
    return ids


def _mapped(path: Path, head: Head, options: ReadOptions, envelope: tuple[str, ...], names: list[str]) -> ColumnGuess:
    """The columns as the user's mapping says, and by our own names where it says nothing."""
    mapping = options.mapping
    assert mapping is not None
    wanted = dict(mapping.columns)
    if mapping.messages:
        wanted[mapping.messages] = "messages"
    missing = set(wanted)
    for _, row in objects(path, head, options, envelope):
        if isinstance(row, dict):
            missing -= {name for name in missing if cell_at(row, name) is not ABSENT}
        if not missing or head.columns:
            break
    if missing:
        raise BadSettings(
            f"the mapping names {sorted(missing)[0]!r}, which {path} does not have (it has: {_shown(names)}). "
            "Correct the mapping"
        )
    choices = [ColumnChoice(name, target, "the mapping says so") for name, target in wanted.items()]
    taken = set(wanted.values()) | set(mapping.constants)
    for name in names:
        own = canonical(name)
        if name not in wanted and own and own not in taken:
            choices.append(ColumnChoice(name, own, "bears its name"))
        elif name not in wanted:
            choices.append(ColumnChoice(name, "", "no column of ours"))
    return ColumnGuess(tuple(choices))


def cell_at(row: dict[str, Any], name: str) -> Any:
    """The cell of a column, or at the end of a dotted path."""
    if name in row:
        return row[name]
    if "." not in name:
        return ABSENT
    value: Any = row
    for step in name.split("."):
        value = inner(value)
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return ABSENT
    return value


def _shown(names: list[str]) -> str:
    """The column names that may be shown; one that is no plain name may be somebody's data."""
    shown = [name for name in names if _PLAIN_NAME.fullmatch(name)][:20]
    return ", ".join(shown) + (" and others" if shown and len(shown) < len(names) else "") or "no plain names"


def refuse(path: Path, names: list[str]) -> UnreadableFile:
    """The error for a table in which nothing looks like a trace."""
    return UnreadableFile(
        f"no column of {path} looks like the text of a trace (it has: {_shown(names)}). "
        "Say which is which in a mapping file: --map mapping.toml"
    )
