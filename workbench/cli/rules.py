"""The verbs of rules: which there are, and run them."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import click

from workbench.cli.group import cli
from workbench.cli.show import as_json, progress_bars, records, show, table


@cli.group()
def rules() -> None:
    """Decide what needs no judgement: patterns, schemas, phrases, lengths, exact answers."""


@rules.command("list")
@as_json
@click.pass_obj
def list_(workspace: Path, json_: bool) -> None:
    """List the rules of workspace.toml, with what they said and what is wrong with them."""
    from workbench.workspace import Workspace

    rows = [
        {key: None if value != value else value for key, value in row.items()}
        for row in records(Workspace(workspace).rules())
    ]
    show({"rules": rows}, json_, lambda: _tell_list(rows))


@rules.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--where", metavar="SQL", help="Only traces that meet this condition over the traces table.")
@as_json
@click.pass_obj
def run(workspace: Path, names: tuple[str, ...], where: str | None, json_: bool) -> None:
    """Run these rules, or all, and write what they say as labels; a second time they add nothing."""
    from workbench.workspace import Workspace

    with progress_bars() as progress:
        made = Workspace(workspace).run_rules(list(names) or None, where=where, progress=progress)
    rows = [_row(each) for each in made.rules]
    show({"new": made.new, "problems": made.problems, "rules": rows}, json_, lambda: _tell_run(rows))


def _row(each: Any) -> dict[str, Any]:
    share = each.failed_share if each.checked else None
    told = {**dataclasses.asdict(each), "failed_share": share}
    return told if each.checked else {**told, "reason": "no trace was checked"}


def _tell_list(rows: list[dict[str, Any]]) -> None:
    if not rows:
        click.echo("no rules: declare one as [rules.NAME] in workspace.toml")
        return
    head = ["rule", "kind", "field", "dimension", "passed", "failed", "problem"]
    table(head, [["" if row[name] is None else row[name] for name in head] for row in rows])


def _tell_run(rows: list[dict[str, Any]]) -> None:
    if not rows:
        click.echo("no rules: declare one as [rules.NAME] in workspace.toml")
        return
    head = ["rule", "dimension", "checked", "passed", "failed", "not applicable", "problems", "new labels"]
    keys = ["rule", "dimension", "checked", "passed", "failed", "not_applicable", "problems", "new"]
    table(head, [[row[key] for key in keys] for row in rows])
    for row in rows:
        for reason, n in row["reasons"].items():
            click.echo(f"{row['rule']}: {n:,} traces: {reason}")
