"""Conversations as they are: one list of messages per row, per file, or as the file.

tau-bench keeps them under ``traj``, Who&When under ``history``, ShareGPT under ``conversations``, most others under
``messages``. A file that is one array of messages is one transcript. Everything else in a row is treated as in any
table, so a task or trial number becomes the trace id only where it hardly repeats.
"""

from collections.abc import Iterator
from pathlib import Path

from workbench.formats import generic, layout, tabular
from workbench.formats import plan as plans
from workbench.formats.columns import ColumnGuess
from workbench.formats.conversations import conversation_of
from workbench.formats.jsontext import inner
from workbench.formats.messages import LIST_KEYS, is_conversation, is_message
from workbench.formats.records import Format, Head, ReadOptions, Record, Rejected, TraceRow
from workbench.formats.streams import CUT, Broken


def _is_one_transcript(head: Head) -> bool:
    """Whether the file is an array of messages."""
    return head.layout == "array" and bool(head.rows) and all(is_message(row) for row in head.rows)


def _has_messages(row: dict) -> bool:
    """Whether a row holds a conversation under a name for one."""
    return any(is_conversation(inner(row.get(key))) for key in LIST_KEYS)


def sniff(head: Head) -> float:
    """Sure where rows hold lists of messages."""
    if _is_one_transcript(head):
        return 0.9
    rows = head.rows
    if head.layout == "object":
        inside = generic.envelope(head)
        for key in inside:
            rows = head.top[key] if len(inside) == 1 else rows
    found = [is_conversation(row) or (isinstance(row, dict) and _has_messages(row)) for row in rows]
    return 0.8 if found and sum(found) * 2 >= len(found) else 0.0


def read(path: Path, options: ReadOptions) -> Iterator[Record]:
    """The transcripts as traces."""
    head = layout.look(path)
    if _is_one_transcript(head):
        yield _one(path, head, options)
        return
    inside = generic.envelope(head)
    plan = plans.make_plan(path, head, options, inside, "transcript")
    for notice in plan.guess.notices:
        options.notice(notice)
    yield from tabular.traces(path, head, options, inside, plan)


def _one(path: Path, head: Head, options: ReadOptions) -> Record:
    """The whole file as one transcript, so long as it is no longer than a row may be."""
    items, size = [], 0
    for at, item in layout.rows(path, head, options):
        if item is CUT:
            return Rejected(0, "the file ends inside its list of messages")
        if isinstance(item, Broken):
            return Rejected(0, f"[{at}]{item.reason.removeprefix('row')}")
        if not is_message(item):
            return Rejected(0, f"[{at}]: expected a message with role and content")
        size += len(str(item))
        if size > options.max_row_bytes:
            return Rejected(0, f"row: longer than {options.max_row_bytes // 1048576} MB")
        items.append(item)
    guess = ColumnGuess()
    plan = plans.Plan("transcript", guess, constants=dict(options.mapping.constants) if options.mapping else {})
    plan.by_target = {"messages": ["messages"]}
    return TraceRow(0, tabular.trace_of({"messages": conversation_of(items)}, plan))


def guess_columns(path: Path, options: ReadOptions) -> ColumnGuess:
    """What every column becomes, and why."""
    head = layout.look(path)
    if _is_one_transcript(head):
        return ColumnGuess(notices=("the file is one transcript: a single list of messages",))
    return plans.make_plan(path, head, options, generic.envelope(head), "transcript").guess


FORMAT = Format("transcript", "lists of chat messages, one per row, one per file, or one as the file", sniff, read)
