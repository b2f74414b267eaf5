"""How an answer is shown: one JSON object, or a table for people; progress on stderr."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click
import orjson

as_json = click.option("--json", "json_", is_flag=True, help="Print one JSON object instead of a table.")


def show(answer: dict[str, Any], json_: bool, tell: Callable[[], None]) -> None:
    """Print an answer: one JSON object, or what ``tell`` prints for people."""
    if json_:
        sys.stdout.write(orjson.dumps(answer, default=_plain, option=orjson.OPT_SERIALIZE_NUMPY).decode() + "\n")
    else:
        tell()


def records(frame: Any) -> list[dict[str, Any]]:
    """A frame's rows as plain dicts, missing values as None."""
    return [{key: value(item) for key, item in row.items()} for row in frame.to_dict("records")]


def value(item: Any) -> Any:
    """A value as JSON has it; None for whatever way of being missing."""
    if hasattr(item, "tolist"):
        item = item.tolist()
    missing = (isinstance(item, float) and item != item) or type(item).__name__ in ("NAType", "NaTType")
    return None if missing else item


def fields(found: Any) -> dict[str, Any] | None:
    """The fields of a dataclass, an interval say, as plain values; None where there is none."""
    return None if found is None else {key: value(item) for key, item in dataclasses.asdict(found).items()}


def table(head: list[str], rows: list[list[Any]]) -> None:
    """Print a table for people, as wide as the terminal; what would command the terminal is taken out."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(*head, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        cells = ("".join(each for each in str(item) if each.isprintable() or each == "\n") for item in row)
        drawn.add_row(*(Text(cell) for cell in cells))
    Console(file=sys.stdout, highlight=False).print(drawn)


@contextmanager
def progress_bars() -> Iterator[Callable[[str, int, int | None], None]]:
    """Show one bar per stage on stderr; on a pipe, nothing."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda stage, done, total: None
        return
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bars:
        tasks: dict[str, Any] = {}

        def report(stage: str, done: int, total: int | None) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield report


def _plain(value: Any) -> Any:
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "item"):
        return value.item()
    return str(value)
