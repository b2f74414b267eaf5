"""Rows of a table, or objects one like another, into traces: what generic and transcript have in common.

A cell that does not have its column's type rejects the row where the column bears our name or was mapped by the user,
because then somebody promised the type; where the column was only guessed, the cell goes to the metadata.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from workbench.formats import values
from workbench.formats.columns import (
    OWN,
    milliseconds_per,
)
from workbench.formats.conform import conform_trace
from workbench.formats.conversations import COMPLETION_KEYS, conversation_of, summary, words_key, words_of
from workbench.formats.jsontext import inner
from workbench.formats.messages import LIST_KEYS, is_message, is_result, speaker
from workbench.formats.passages import passages
from workbench.formats.plan import ABSENT, Plan, cell_at, objects
from workbench.formats.records import Head, ReadOptions, Record, Rejected, TraceRow
from workbench.formats.streams import Broken


class Misfit(ValueError):
    """A cell without its column's type; the message names column and type."""


def traces(path: Path, head: Head, options: ReadOptions, envelope: tuple[str, ...], plan: Plan) -> Iterator[Record]:
    """Every row as a trace, or why not."""
    for at, row in objects(path, head, options, envelope):
        if isinstance(row, Broken):
            yield Rejected(at, row.reason)
        elif not isinstance(row, dict):
            yield Rejected(at, "row: expected an object")
        elif not any(not values.is_absent(cell) for cell in row.values()):
            yield Rejected(at, "row: expected an object with at least one value")
        else:
            try:
                yield TraceRow(at, trace_of(row, plan))
            except Misfit as misfit:
                yield Rejected(at, str(misfit))


def trace_of(row: dict[str, Any], plan: Plan) -> dict[str, Any]:
    """One row as a trace."""
    trace: dict[str, Any] = {"source": plan.source, **plan.constants}
    used: set[str] = set()
    metadata: dict[str, Any] = {}
    for target, names in plan.by_target.items():
        for name in names:
            cell = cell_at(row, name)
            if cell is ABSENT or values.is_absent(cell) or target in trace.keys() - {"source"} - plan.constants.keys():
                continue
            value = _cell(target, name, cell, plan)
            if value is None and name in plan.promised:
                raise Misfit(f"{name}: expected {_EXPECTED.get(target) or _EXPECTED[OWN[target].type]}")
            if value is None:
                continue
            used.add(name)
            if target == "metadata":
                metadata.update(value)
            else:
                trace[target] = value
    for name in used & set(plan.by_target.get("input", []) + plan.by_target.get("output", [])):
        metadata.update(_beside(name, row.get(name)))
    stated = trace.get("system_prompt")
    _converse(trace)
    for name, cell in row.items():
        if name not in used and not values.is_absent(cell):
            value = inner(cell) if plan.table else cell
            metadata[name] = values.plain(value)
    _usage(trace, metadata)
    if trace.get("error") and not trace.get("status"):
        trace["status"] = "error"
    if stated:
        metadata.setdefault("system_prompt", stated)
    trace["metadata"] = metadata
    return conform_trace(trace)


_EXPECTED = {
    "messages": "a list of messages",
    "retrieved": "a list of passages",
    "metadata": "an object",
    "params": "an object",
    "tools": "a list of tool definitions",
    "system_prompt": "text",
    "status": "ok or error",
    "text": "text",
    "json": "an object or a list",
    "number": "a number",
    "count": "a whole number",
    "sign": "-1, 0 or 1",
    "time": "a time",
    "words": "a list of words",
}


def _cell(target: str, name: str, cell: Any, plan: Plan) -> Any:
    """A cell in its column's type; None where it has another."""
    if target == "latency_ms":
        size = values.number(cell)
        return None if size is None else size * (milliseconds_per(name) or plan.units.get(name, 1.0))
    if target == "error" and isinstance(cell, bool):
        return "error" if cell else None
    read = _READ.get(target) or _READ_TYPE[OWN[target].type]
    return read(cell)


def _spoken(cell: Any, *, answer: bool = False) -> Any:
    """An input or output: its messages, or its text."""
    cell = values.plain(cell)
    return conversation_of(cell, answer=answer) or values.text(cell)


def _opened(kinds: type | tuple[type, ...]) -> Callable[[Any], Any]:
    """A reader of cells that hold an object or a list, as JSON text too."""

    def read(cell: Any) -> Any:
        found = values.plain(inner(cell))
        return found if isinstance(found, kinds) else None

    return read


def _text(cell: Any) -> str | None:
    return values.text(values.plain(cell))


_READ: dict[str, Callable[[Any], Any]] = {
    "messages": lambda cell: conversation_of(values.plain(cell)) or None,
    "input": _spoken,
    "output": lambda cell: _spoken(cell, answer=True),
    "retrieved": passages,
    "metadata": _opened(dict),
    "params": _opened(dict),
    "tools": _opened((dict, list)),
    "status": values.status,
    "system_prompt": _text,
}
_READ_TYPE: dict[str, Callable[[Any], Any]] = {
    "time": values.moment,
    "number": values.number,
    "count": values.count,
    "sign": values.sign,
    "words": values.words,
    "text": _text,
    "json": _opened((dict, list)),
}


def _beside(name: str, cell: Any) -> dict[str, Any]:
    """What an object given as input or output holds beside its words or messages, under the column's name."""
    opened = inner(cell)
    if not isinstance(opened, dict) or len(opened) < 2 or is_message(opened):
        return {}
    taken = {words_key(opened), *LIST_KEYS, *COMPLETION_KEYS, "body"} & opened.keys()
    rest = {key: value for key, value in opened.items() if key not in taken} if taken else {}
    rest.update(_beside("body", opened.get("body")))
    return {name: values.plain(rest)} if rest else {}


def _converse(trace: dict[str, Any]) -> None:
    """Fill in what the conversation says: a list of messages may stand under messages, input or output."""
    asked, answered = trace.get("input"), trace.get("output")
    messages = trace.get("messages") or []
    if isinstance(asked, list):
        messages = messages or asked
        trace["input"] = None
    if isinstance(answered, list):
        if isinstance(asked, list) and not trace.get("messages"):
            messages = answered if answered[: len(asked)] == asked else messages + answered
        elif not messages:
            messages = [{"role": "user", "content": asked}, *answered] if asked else answered
        trace["output"] = None
    elif isinstance(asked, list) and not trace.get("messages") and isinstance(answered, str) and answered:
        trace["output"] = answered = words_of(answered, answer=True) or answered
        if summary(messages)["output"] != answered:
            messages = [*messages, {"role": "assistant", "content": answered}]
    if not messages:
        for key in ("input", "output"):
            if isinstance(trace.get(key), str):
                trace[key] = words_of(trace[key], answer=key == "output")
        return
    trace["messages"] = messages = _answered(messages, trace.get("output"))
    for key, value in summary(messages).items():
        if key in ("n_turns", "n_tool_calls") or not trace.get(key):
            trace[key] = value


def _answered(messages: list[dict[str, Any]], output: Any) -> list[dict[str, Any]]:
    """The messages with the answer that stands in a column of its own, where the last of them still waits for one."""
    last = messages[-1]
    waiting = speaker(last.get("role")) == "user" or is_result(last)
    return [*messages, {"role": "assistant", "content": output}] if waiting and isinstance(output, str) else messages


def _usage(trace: dict[str, Any], metadata: dict[str, Any]) -> None:
    """Token counts out of a ``usage`` object, which stays in the metadata."""
    usage = inner(metadata.get("usage"))
    if isinstance(usage, dict):
        for target, keys in (
            ("tokens_in", ("prompt_tokens", "input_tokens", "input")),
            ("tokens_out", ("completion_tokens", "output_tokens", "output")),
        ):
            if trace.get(target) is None:
                trace[target] = next(
                    (found for found in (values.count(usage.get(key)) for key in keys) if found is not None), None
                )
