"""The verbs of the rubric: see it, take it in and out, its versions, and what could be better about it."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import click

from workbench.cli.codebook import author, why
from workbench.cli.group import cli
from workbench.cli.show import as_json, records, show, table

LINES = {"definition": "means", "passes": "just passes", "fails": "just fails", "rule": "in doubt"}


@cli.group()
def rubric() -> None:
    """Say what is good enough, and where the line is."""


@rubric.command("show")
@click.option("--version", type=int, help="As it was in this version.")
@as_json
@click.pass_obj
def show_(workspace: Path, version: int | None, json_: bool) -> None:
    """Show the dimensions, with values, definition, examples at the line and rule."""
    from workbench.workspace import Workspace

    found = Workspace(workspace).rubric(version)
    answer = {"version": found.version, "dimensions": found.to_dicts()}
    show(answer, json_, lambda: _tell_rubric(answer))


@rubric.command("import")
@click.argument("source")
@click.option(
    "--meaning-changed", "meaning_changed", multiple=True, metavar="NAME",
    help="A dimension that means something else now, though only its words changed; may be repeated.",
)  # fmt: skip
@why
@author
@as_json
@click.pass_obj
def import_(
    workspace: Path, source: str, meaning_changed: tuple[str, ...], reason: str, author: str, json_: bool
) -> None:
    """Take the whole rubric in from a .toml file, or the one that comes with the workbench: starter."""
    from workbench.workspace import Workspace

    made = Workspace.create(workspace).import_rubric(
        source, author=author, reason=reason, meaning_changed=meaning_changed
    )
    show(dataclasses.asdict(made), json_, lambda: _tell_change(made))


@rubric.command()
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--version", type=int, help="As it was in this version.")
@as_json
@click.pass_obj
def export(workspace: Path, target: Path, version: int | None, json_: bool) -> None:
    """Write the rubric to a .toml file that import reads back."""
    from workbench.workspace import Workspace

    opened = Workspace(workspace)
    n = opened.export_rubric(target, version=version)
    answer = {"path": str(target), "dimensions": n, "version": opened.rubric(version).version}
    show(answer, json_, lambda: click.echo(f"{n} dimensions to {target}"))


@rubric.command()
@as_json
@click.pass_obj
def history(workspace: Path, json_: bool) -> None:
    """List the versions: what changed, by whom, why, and whether labels from before still hold."""
    from workbench.workspace import Workspace

    rows = records(Workspace(workspace).rubric_changes())
    told = [
        [
            row["version"],
            f"{row['changed_at']:%Y-%m-%d %H:%M}",
            row["author"],
            row["what"],
            row["reason"],
            row["outdated"],
        ]
        for row in rows
    ]
    show(
        {"versions": rows}, json_, lambda: table(["version", "when", "who", "what", "why", "labels from before"], told)
    )


@rubric.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@as_json
@click.pass_obj
def check(workspace: Path, file: Path | None, json_: bool) -> None:
    """Say what could be better about the rubric, or about one in a file before it is taken in."""
    from workbench.workspace import Workspace

    found = Workspace.check_rubric(file) if file else Workspace(workspace).rubric_advice()
    show({"advice": list(found)}, json_, lambda: _tell_advice(found))


def _tell_rubric(answer: dict[str, Any]) -> None:
    click.echo(f"rubric version {answer['version']}")
    if not answer["dimensions"]:
        click.echo("no dimensions yet: import the starter, or a file of your own")
    for each in answer["dimensions"]:
        marked = [f"{value} (fails)" if value == each["failure"] else value for value in each["values"]]
        click.echo(f"\n{each['name']}: {', '.join(marked)}; {each['level']}")
        for field, words in LINES.items():
            if each[field]:
                click.echo(f"  {words}: {each[field]}")


def _tell_change(made: Any) -> None:
    click.echo(str(made))
    _tell_advice(made.advice)


def _tell_advice(found: tuple[str, ...]) -> None:
    for sentence in found or ("nothing to put right: every dimension has its definition, examples and rule",):
        click.echo(sentence)
