"""Any table or list of objects: JSON lines, arrays, envelopes, CSV, TSV, Parquet.

The columns are guessed and the guess is shown, or a mapping file says what they are. It is the reader of last resort:
it takes a file only where some column looks like the text of a trace, because a list of labels or settings read as
traces without text would be worse than a refusal.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from workbench.formats import layout, tabular
from workbench.formats import plan as plans
from workbench.formats.columns import SYNONYMS, ColumnGuess, canonical
from workbench.formats.jsontext import inner
from workbench.formats.messages import LIST_KEYS, is_conversation, is_message
from workbench.formats.records import Format, Head, ReadOptions, Record
from workbench.formats.values import snake

ENVELOPES = (
    "data", "traces", "rows", "items", "records", "examples", "results", "runs", "events", "logs", "requests",
    "samples",
    "entries", "instances", "hits", "value", "list", "objects", "conversations", "dialogs", "dialogues", "train",
    "test",
)  # fmt: skip


def envelope(head: Head) -> tuple[str, ...]:
    """The keys that lead from one JSON object to its list of rows; empty where it is one row itself."""
    return _list_in(head.top) if head.layout == "object" else ()


def _list_in(top: dict[str, Any], depth: int = 2) -> tuple[str, ...]:
    """The path to the list of objects in an object."""
    says = _says(top)
    if says >= {"input", "output"} or "messages" in says:
        return ()
    lists = [key for key, value in top.items() if isinstance(value, list) and value and isinstance(value[0], dict)]
    lists = [key for key in lists if key not in LIST_KEYS or _holds_rows(top[key])]
    for key in sorted(lists, key=lambda key: ENVELOPES.index(key) if key in ENVELOPES else len(ENVELOPES)):
        if key in ENVELOPES or len(lists) == 1 and not says:
            return (key,)
    if depth > 1:
        for key, value in top.items():
            if isinstance(value, dict) and key in ENVELOPES and (found := _list_in(value, depth - 1)):
                return (key, *found)
    return ()


def _says(top: dict[str, Any]) -> set[str]:
    """Which of input, output and messages an object gives itself: one that gives them is a row, whatever it lists."""
    found = {"messages"} if any(is_conversation(inner(top.get(key))) for key in LIST_KEYS) else set()
    for name, value in top.items():
        if canonical(name) in ("input", "output") or isinstance(value, str) and value.strip():
            found |= {target for target in ("input", "output") if _means(name, target)}
    return found


def _means(name: str, target: str) -> bool:
    return canonical(name) == target or snake(name) in SYNONYMS[target]


def _holds_rows(listed: list[Any]) -> bool:
    """Whether a list under a name for messages is a list of conversations instead."""
    return not is_message(listed[0]) and any(isinstance(value, list) for value in listed[0].values())


def sniff(head: Head) -> float:
    """How sure: never very, a special reader comes first."""
    return 0.3 if head.rows or head.columns else 0.0


def _planned(path: Path, options: ReadOptions, *, count_ids: bool = True) -> tuple[Head, tuple[str, ...], plans.Plan]:
    """The file's head, where its rows are and what its columns become."""
    head = layout.look(path)
    inside = envelope(head)
    return head, inside, plans.make_plan(path, head, options, inside, "generic", count_ids=count_ids)


def read(path: Path, options: ReadOptions) -> Iterator[Record]:
    """The rows as traces."""
    head, inside, plan = _planned(path, options)
    for notice in plan.guess.notices:
        options.notice(notice)
    yield from tabular.traces(path, head, options, inside, plan)


def guess_columns(path: Path, options: ReadOptions, *, count_ids: bool = True) -> ColumnGuess:
    """What every column becomes, and why; without counting, no id-like column becomes the trace id."""
    return _planned(path, options, count_ids=count_ids)[2].guess


FORMAT = Format("generic", "any table or list of objects: JSON lines, JSON array, CSV, TSV, Parquet", sniff, read)
