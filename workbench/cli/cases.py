"""The verbs of cases: what may join the golden set, and who decided."""

from __future__ import annotations

import contextlib
import dataclasses
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from workbench.cli.group import BY, cli, finite
from workbench.cli.show import as_json, records, show, table
from workbench.errors import BadRequest

Command = Callable[..., Any]


def _proposing(command: Command) -> Command:
    """What every command says that proposes cases: why, and who."""
    for add in (click.pass_obj, as_json, BY, click.option("--why", default="", help="Why these.")):
        command = add(command)
    return command


def _deciding(command: Command) -> Command:
    """What every decision says: on which cases, why, and who."""
    reason = click.option("--reason", required=True, help="Why.")
    for add in (click.pass_obj, as_json, BY, reason, click.argument("case_ids", nargs=-1, required=True)):
        command = add(command)
    return command


@cli.group()
def cases() -> None:
    """Draft cases, check them for private data, accept or discard them with a reason."""


@cases.command("list")
@click.option("--status", help="Only candidate, accepted, discarded, retired or sealed ones.")
@click.option("--pool", help="Only of the golden or the rolling pool.")
@as_json
@click.pass_obj
def list_(workspace: Path, status: str | None, pool: str | None, json_: bool) -> None:
    """List the cases; of sealed ones only that they are there."""
    rows = records(_open(workspace).cases(status=status, pool=pool))
    head = ["case_id", "status", "category", "source", "risk_level", "intent", "labelled_by", "ready"]
    show({"cases": rows}, json_, lambda: table(head, [[_told(row[name]) for name in head] for row in rows]))


@cases.command("show")
@click.argument("case_id")
@as_json
@click.pass_obj
def show_(workspace: Path, case_id: str, json_: bool) -> None:
    """Show one case."""
    found = _open(workspace).case(case_id).to_dict()
    rows = [[name, _told(value)] for name, value in found.items() if value not in (None, (), {}, "")]
    show(found, json_, lambda: table(["field", "value"], rows))


@cases.command()
@click.argument("trace_ids", nargs=-1)
@click.option("--code", help="Every reviewed trace that has this failure code.")
@click.option("--pool", default="golden", show_default=True, help="golden or rolling.")
@click.option("--category", help="happy_path, edge, adversarial or drift.")
@_proposing
def promote(workspace: Path, trace_ids: tuple[str, ...], code: str | None, json_: bool, **options: Any) -> None:
    """Draft cases from traces, with what people said of them."""
    opened = _open(workspace)
    wanted = list(trace_ids) + (opened.coded_traces(code)["trace_id"].tolist() if code else [])
    if not wanted:
        raise BadRequest("promote needs traces. Name their ids, or a failure code with --code")
    _show_report(opened.promote(wanted, **options), json_)


@cases.command()
@click.option("--n", type=click.IntRange(1, 1000), default=25, show_default=True, help="How many at most.")
@click.option("--since", metavar="DAY", help="Only traces from this day on, and what has grown since then.")
@BY
@as_json
@click.pass_obj
def mine(workspace: Path, json_: bool, **options: Any) -> None:
    """Propose candidates: failures, what came in since the last version, guesses at attacks, typical traces."""
    found = _open(workspace).mine_cases(**options)
    for notice in found.notices:
        click.echo(notice, err=True)
    rows = [[case_id, each.category, each.why] for case_id, each in zip(found.case_ids, found.candidates, strict=True)]
    names = ("case_id", "category", "why")
    answer = {
        "asked": found.asked, "added": found.added, "categories": found.categories,
        "cases": [dict(zip(names, row, strict=True)) for row in rows], "rejected_rows": found.rejected_rows,
        "notices": list(found.notices),
    }  # fmt: skip
    show(answer, json_, lambda: table(list(names), rows))


@cases.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--source", help="expert, adversarial or synthetic, where the file does not say.")
@_proposing
def add(workspace: Path, file: Path, json_: bool, **options: Any) -> None:
    """Take in cases that people wrote, from a .jsonl, .json, .csv or .parquet FILE."""
    _show_report(_open(workspace).add_cases(file, **options), json_)


@cases.command()
@click.argument("case_id")
@click.option("--set", "given", multiple=True, metavar="FIELD=VALUE", required=True, help="What to write.")
@click.option("--reason", default="", help="Why; needed for an accepted case.")
@click.option("--kind", help="For an accepted case: wrong_label, wording, new_coverage or regression.")
@BY
@as_json
@click.pass_obj
def edit(workspace: Path, case_id: str, given: tuple[str, ...], json_: bool, **options: Any) -> None:
    """Change a case."""
    if any("=" not in each for each in given):
        raise BadRequest("--set is written FIELD=VALUE")
    found = _open(workspace).edit_case(case_id, dict(each.split("=", 1) for each in given), **options)
    show(found.to_dict(), json_, lambda: click.echo(f"{case_id} changed"))


@cases.command()
@click.option("--n", type=click.IntRange(1, 1000), help="New ones at most; by default a quarter of the pool's size.")
@click.option("--today", metavar="DAY", help="The last day of the window; by default today.")
@BY
@as_json
@click.pass_obj
def refresh(workspace: Path, today: str | None, json_: bool, **options: Any) -> None:
    """Turn the rolling pool over: what is too old leaves, traces of the last weeks are drawn."""
    from workbench.workspace.frame import moment

    day = moment(today)
    found = _open(workspace).refresh_rolling(today=None if day is None else day.date(), **options)
    for notice in found.notices:
        click.echo(notice, err=True)
    answer = {**dataclasses.asdict(found), "first": found.first.isoformat(), "last": found.last.isoformat()}
    told = (
        f"{found.added} drawn from {found.first} to {found.last}, {found.too_old} left for age, {found.made_room} made"
        f" room: {found.size} in the rolling pool"
    )
    show(answer, json_, lambda: click.echo(told))


@cases.command()
@_deciding
def graduate(workspace: Path, case_ids: tuple[str, ...], json_: bool, **options: Any) -> None:
    """Move cases of the rolling pool to the golden one."""
    _decide(_open(workspace).graduate_case, case_ids, options, "graduated", json_)


@cases.command()
@click.option("--results", type=click.Path(path_type=Path), required=True, help="case_id, and passed or output.")
@as_json
@click.pass_obj
def score(workspace: Path, results: Path, json_: bool) -> None:
    """Say how many cases of the rolling pool passed; no golden version's rate has part in it."""
    _show_score(_open(workspace).score_rolling(results), json_)


@cases.command()
@click.option("--target", required=True, help="package.module:function, a command, or a service's TOML file.")
@click.option("--concurrency", type=int, default=4, show_default=True, help="Cases under way at a time.")
@click.option("--timeout", type=float, callback=finite, default=60.0, show_default=True, help="Seconds for one case.")
@click.option("--out", type=click.Path(path_type=Path), help="Write the results here, as JSON lines.")
@as_json
@click.pass_obj
def run(workspace: Path, target: str, out: Path | None, json_: bool, **options: Any) -> None:
    """Ask a target the accepted cases of the rolling pool, and score it; nothing of it is stored."""
    with contextlib.redirect_stdout(sys.stderr):  # what a function prints is no result
        found = _open(workspace).run_rolling(target, **options)
    if out is not None:
        out.write_text(found.results.to_json(orient="records", lines=True, force_ascii=False), encoding="utf-8")
    _show_score(found.score, json_)


def _show_score(found: Any, json_: bool) -> None:
    rate = found.rate
    nothing = rate.n == 0
    share = {**dataclasses.asdict(rate), "estimate": None if nothing else rate.estimate}
    answer = {**dataclasses.asdict(found), "rate": {**share, **({"reason": "no verdict"} if nothing else {})}}
    show(answer, json_, lambda: click.echo(str(found)))


@cases.command()
@click.argument("case_ids", nargs=-1, required=True)
@BY
@as_json
@click.pass_obj
def checked(workspace: Path, case_ids: tuple[str, ...], by: str, json_: bool) -> None:
    """Record that you looked at cases for private data, and say what the scan still finds."""
    opened = _open(workspace)
    found = {case_id: opened.check_private(case_id, by=by) for case_id in case_ids}
    told = "\n".join(f"{case_id}: checked, the scan finds {n or 'nothing'}" for case_id, n in found.items())
    show({"findings": found}, json_, lambda: click.echo(told))


@cases.command()
@click.option("--kind", default="new_coverage", show_default=True, help="new_coverage or regression.")
@_deciding
def accept(workspace: Path, case_ids: tuple[str, ...], json_: bool, **options: Any) -> None:
    """Let cases join the pool they were proposed for."""
    _decide(_open(workspace).accept_case, case_ids, options, "accepted", json_)


@cases.command()
@_deciding
def discard(workspace: Path, case_ids: tuple[str, ...], json_: bool, **options: Any) -> None:
    """Leave candidates out."""
    _decide(_open(workspace).discard_case, case_ids, options, "discarded", json_)


@cases.command()
@_deciding
def retire(workspace: Path, case_ids: tuple[str, ...], json_: bool, **options: Any) -> None:
    """Take accepted or sealed cases out of the next version."""
    _decide(_open(workspace).retire_case, case_ids, options, "retired", json_)


def _decide(decide: Command, case_ids: tuple[str, ...], options: dict[str, Any], word: str, json_: bool) -> None:
    """Decide on each case in turn, and say on how many."""
    for case_id in case_ids:
        decide(case_id, **options)
    show({word: list(case_ids)}, json_, lambda: click.echo(f"{len(case_ids)} {word}"))


def _open(workspace: Path) -> Any:
    from workbench.workspace import Workspace

    return Workspace(workspace)


def _show_report(report: Any, json_: bool) -> None:
    told = f"{report.added} drafted, {report.known} are cases already, {report.rejected} refused"
    show(dataclasses.asdict(report), json_, lambda: click.echo(told))
    for row in report.rejected_rows[:20]:
        where = row.get("trace_id") or f"row {row['row']}"
        click.echo(f"refused: {where}: {row['reason']}", err=True)
    if report.rejected and not report.added + report.known:
        raise BadRequest("no case was drafted; the reasons stand above")


def _told(value: Any) -> str:
    return "" if value is None or value != value else str(value)
