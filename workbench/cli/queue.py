"""The verbs of queues: make one, work through it blind from a terminal, see how it goes."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from workbench.cli.group import cli, finite
from workbench.cli.show import as_json, records, show, table

annotator = click.option("--as", "--annotator", "annotator", metavar="NAME", required=True, help="Who labels.")


@cli.group()
def queue() -> None:
    """Hand traces out to be labelled blind."""


@queue.command()
@click.argument("sample")
@click.option("--annotator", "annotators", multiple=True, metavar="NAME", help="Who may label; none given: anybody.")
@click.option("--per-item", type=int, default=2, show_default=True, help="People for each item of the overlap.")
@click.option(
    "--overlap",
    type=float,
    callback=finite,
    default=1.0,
    show_default=True,
    help="Share of items asked of several people.",
)
@click.option("--fixed", is_flag=True, help="Plan the items to the named people, balanced.")
@click.option(
    "--gold", multiple=True, metavar="TRACE", help="An item with a known answer; 'adjudicated' takes them all."
)
@click.option(
    "--gold-share",
    type=float,
    callback=finite,
    default=0.1,
    show_default=True,
    help="About this share of each one's items.",
)
@click.option("--answer-after", is_flag=True, help="Show the output at once, not after the annotator's own answer.")
@click.option("--minutes", type=int, default=30, show_default=True, help="How long an item is reserved.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Same seed, same plan.")
@click.option("--name", help="What to call it; annotators see it.")
@click.option("--author", "--by", "author", metavar="NAME", default="", help="Who makes it.")
@as_json
@click.pass_obj
def make(
    workspace: Path,
    sample: str,
    fixed: bool,
    gold: tuple[str, ...],
    answer_after: bool,
    json_: bool,
    **options: Any,
) -> None:
    """Make a queue from a SAMPLE."""
    with _opened(workspace) as ws:
        report = ws.make_queue(
            sample,
            assign="fixed" if fixed else "open",
            gold=gold[0] if gold == ("adjudicated",) else gold,
            gold_first=not answer_after,
            **options,
        )
    for notice in report.notices:
        click.echo(notice, err=True)
    show(dataclasses.asdict(report), json_, lambda: _tell_made(report))


@queue.command("list")
@as_json
@click.pass_obj
def list_(workspace: Path, json_: bool) -> None:
    """List the queues and how far they are."""
    with _opened(workspace) as ws:
        frame = ws.queues()
    show({"queues": records(frame)}, json_, lambda: _tell_queues(frame))


@queue.command("next")
@click.argument("queue_id", metavar="QUEUE")
@annotator
@as_json
@click.pass_obj
def next_(workspace: Path, queue_id: str, annotator: str, json_: bool) -> None:
    """Print your next item, and reserve it: the conversation up to the answer that is to be judged."""
    with _opened(workspace) as ws:
        item = ws.queue_item(queue_id, annotator)
        standing = ws.queue_standing(queue_id, annotator)
        rubric = ws.rubric(ws.store.queue(queue_id)["rubric_version"])
    answer = {
        "item": None if item is None else _plain(item),
        "standing": dataclasses.asdict(standing),
        "dimensions": [each.to_dict() for each in rubric.dimensions],
    }
    show(answer, json_, lambda: _tell_item(item, standing, rubric))


@queue.command()
@click.argument("queue_id", metavar="QUEUE")
@click.argument("item", type=int)
@annotator
@click.option("--text", "--answer", "text", help="The answer there should have been; '-' reads it from standard input.")
@click.option("--cannot-say", is_flag=True, help="There is no answer you could give.")
@as_json
@click.pass_obj
def answer(
    workspace: Path, queue_id: str, item: int, annotator: str, text: str | None, cannot_say: bool, json_: bool
) -> None:
    """Give your own answer to an ITEM; then, and only then, print the one that was given."""
    written = sys.stdin.read() if text == "-" else text
    with _opened(workspace) as ws:
        found = ws.answer_item(queue_id, item, annotator, written, declined=cannot_say)
    show({"item": _plain(found)}, json_, lambda: _tell_output(found))


@queue.command()
@click.argument("queue_id", metavar="QUEUE")
@click.argument("item", type=int)
@annotator
@click.option("--outcome", type=click.Choice(["pass", "fail", "defer"]), required=True, help="defer: cannot be judged.")
@click.option("--dimension", "-d", "dimensions", multiple=True, metavar="NAME=VALUE", help="A value of the rubric.")
@click.option("--critique", default="", help="Why; a failure needs it.")
@as_json
@click.pass_obj
def save(
    workspace: Path,
    queue_id: str,
    item: int,
    annotator: str,
    outcome: str,
    dimensions: tuple[str, ...],
    critique: str,
    json_: bool,
) -> None:
    """Say what the answer of an ITEM is worth."""
    bare = [each for each in dimensions if "=" not in each]
    if bare:
        raise click.BadParameter(f"{bare[0]!r} has no '='; write NAME=VALUE", param_hint="--dimension")
    values = dict(each.split("=", 1) for each in dimensions)
    with _opened(workspace) as ws:
        saved = ws.save_item(queue_id, item, annotator, outcome=outcome, dimensions=values, critique=critique)
    show(dataclasses.asdict(saved), json_, lambda: click.echo(f"saved; {saved.done:,} done, {saved.left:,} left"))


@queue.command()
@click.argument("queue_id", metavar="QUEUE")
@as_json
@click.pass_obj
def progress(workspace: Path, queue_id: str, json_: bool) -> None:
    """Show how far each person is, whose answers lean on the output, and which gold items were missed."""
    with _opened(workspace) as ws:
        people, checks = ws.queue_progress(queue_id), ws.gold_checks(queue_id)
    told = {"people": records(people), "gold_checks": records(checks)}
    show(told, json_, lambda: _tell_progress(people, checks))


@queue.command("hand-over")
@click.argument("queue_id", metavar="QUEUE")
@click.argument("annotator", metavar="NAME")
@click.option("--to", metavar="NAME", help="Who takes over; without, the items are spread over the others.")
@as_json
@click.pass_obj
def hand_over(workspace: Path, queue_id: str, annotator: str, to: str | None, json_: bool) -> None:
    """Release what NAME holds and give what is planned to them to others."""
    with _opened(workspace) as ws:
        done = ws.hand_over(queue_id, annotator, to)
    show(dataclasses.asdict(done), json_, lambda: click.echo(str(done)))


@queue.command()
@click.argument("queue_id", metavar="QUEUE")
@click.option("--reopen", is_flag=True, help="Open it again.")
@as_json
@click.pass_obj
def close(workspace: Path, queue_id: str, reopen: bool, json_: bool) -> None:
    """Hand nothing more out; what somebody holds may still be saved."""
    with _opened(workspace) as ws:
        (ws.reopen_queue if reopen else ws.close_queue)(queue_id)
    show({"queue_id": queue_id, "closed": not reopen}, json_, lambda: click.echo("open" if reopen else "closed"))


@contextmanager
def _opened(workspace: Path) -> Iterator[Any]:
    from workbench.workspace import Workspace

    opened = Workspace(workspace)
    try:
        yield opened
    finally:
        opened.store.close()


def _plain(item: Any) -> dict[str, Any]:
    return {**dataclasses.asdict(item), "shown": item.shown}


def _tell_made(report: Any) -> None:
    click.echo(str(report))
    if report.per_person:
        table(["person", "items"], [[name, f"{n:,}"] for name, n in report.per_person.items()])


def _tell_queues(frame: Any) -> None:
    rows = [
        [row.queue_id, row.name, f"{row.done:,} of {row.open + row.held + row.done:,}", row.held, row.assign]
        for row in frame.itertuples()
    ]
    table(["queue", "name", "labels", "being worked on", "assigned"], rows)


def _tell_item(item: Any, standing: Any, rubric: Any) -> None:
    if item is None:
        out = f"; {standing.held_by_others:,} are with others" if standing.held_by_others else ""
        closed = "the queue is closed; " if standing.closed else ""
        click.echo(f"{closed}nothing is left for you, {standing.done:,} done{out}")
        return
    click.echo(f"item {item.slot_id} ({item.place:,} of at most {item.done + item.left:,})")
    for turn in item.messages:
        click.echo(f"\n[{turn['role']}] {turn['content']}")
        for call in turn.get("calls", ()):
            click.echo(f"  calls {call['name']} {call['arguments']}")
    for number, passage in enumerate(item.passages, 1):
        click.echo(f"\n[passage {number}] {passage['title']}\n{passage['text']}")
    for dimension in rubric.dimensions:
        click.echo(f"\n{dimension.name}: {', '.join(dimension.values)}. {dimension.definition}")
    if item.revealed:
        _tell_output(item)


def _tell_output(item: Any) -> None:
    click.echo(f"\n[the answer that was given] {item.output or '(none)'}")
    for call in item.output_calls:
        click.echo(f"  calls {call['name']} {call['arguments']}")


def _tell_progress(people: Any, checks: Any) -> None:
    missed = checks[checks["missed"].astype(bool)]["annotator"].value_counts()
    checked = checks["annotator"].value_counts()
    rows = [
        [
            row.annotator,
            row.done,
            row.held,
            row.open,
            row.deferred,
            f"{missed.get(row.annotator, 0)} of {checked.get(row.annotator, 0)}",
            f"{row.anchored:.0f} of {row.comparable:.0f}" if row.comparable > 0 else "none to compare",
        ]
        for row in people.itertuples()
    ]
    table(["person", "done", "held", "planned", "deferred", "gold missed", "near the output"], rows)
