"""The changes of the codebook as verbs: create, edit, rename, merge, split, retire, restore.

Each says what it did to the labels; with ``--dry-run`` it only says it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from workbench.cli.codebook import author, codebook, why
from workbench.cli.show import as_json, show

dry_run = click.option("--dry-run", is_flag=True, help="Only say what it would do.")


def _fields(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that write about a code; the command gets them as one mapping."""
    for name, told in (
        ("alias", "Another name or spelling; may be repeated."),
        ("category", "The group it belongs to."),
        ("owner", "Who decides what it means."),
        ("severity", "1 (cosmetic) to 5 (must never happen)."),
        ("just-out", "An example that just about is not."),
        ("just-in", "An example that is just about it."),
        ("excludes", "What looks like it and is not."),
        ("includes", "What else counts as it."),
        ("definition", "What it means."),
    ):
        kind: Any = click.IntRange(1, 5) if name == "severity" else str
        command = click.option(f"--{name}", type=kind, multiple=name == "alias", help=told)(command)
    return command


def _given(options: dict[str, Any]) -> dict[str, Any]:
    fields = {name: value for name, value in options.items() if value is not None and name != "alias"}
    return {**fields, "aliases": list(options["alias"])} if options["alias"] else fields


@codebook.command()
@click.argument("name")
@_fields
@why
@author
@as_json
@click.pass_obj
def create(workspace: Path, name: str, reason: str, author: str, json_: bool, **fields: Any) -> None:
    """Add a code."""
    _make(workspace, json_, "create", name, fields=_given(fields), author=author, reason=reason)


@codebook.command()
@click.argument("name")
@_fields
@click.option("--meaning-changed", is_flag=True, help="Earlier labels have to be confirmed.")
@dry_run
@why
@author
@as_json
@click.pass_obj
def edit(
    workspace: Path,
    name: str,
    meaning_changed: bool,
    dry_run: bool,
    reason: str,
    author: str,
    json_: bool,
    **fields: Any,
) -> None:
    """Change what is written about a code."""
    told = {"fields": _given(fields), "meaning_changed": meaning_changed}
    _make(workspace, json_, "edit", name, dry_run=dry_run, author=author, reason=reason, **told)


@codebook.command()
@click.argument("name")
@click.argument("new_name")
@why
@author
@as_json
@click.pass_obj
def rename(workspace: Path, name: str, new_name: str, reason: str, author: str, json_: bool) -> None:
    """Give a code another name; the old one stays an alias."""
    _make(workspace, json_, "rename", name, into=new_name, author=author, reason=reason)


@codebook.command()
@click.argument("names", nargs=-1, required=True)
@click.option("--into", required=True, metavar="NAME", help="The code that stays, or a new name.")
@dry_run
@why
@author
@as_json
@click.pass_obj
def merge(
    workspace: Path, names: tuple[str, ...], into: str, dry_run: bool, reason: str, author: str, json_: bool
) -> None:
    """Make several codes one; their labels count as it and wait to be confirmed."""
    _make(workspace, json_, "merge", list(names), into=into, dry_run=dry_run, author=author, reason=reason)


@codebook.command()
@click.argument("name")
@click.option("--into", multiple=True, required=True, metavar="NAME", help="A part; twice or more.")
@dry_run
@why
@author
@as_json
@click.pass_obj
def split(
    workspace: Path, name: str, into: tuple[str, ...], dry_run: bool, reason: str, author: str, json_: bool
) -> None:
    """Part a code; its labels count as none of the parts until somebody chooses."""
    _make(workspace, json_, "split", name, into=list(into), dry_run=dry_run, author=author, reason=reason)


@codebook.command()
@click.argument("name")
@dry_run
@why
@author
@as_json
@click.pass_obj
def retire(workspace: Path, name: str, dry_run: bool, reason: str, author: str, json_: bool) -> None:
    """Take a code out of use; its labels stay readable and count no more."""
    _make(workspace, json_, "retire", name, dry_run=dry_run, author=author, reason=reason)


@codebook.command()
@click.argument("name")
@why
@author
@as_json
@click.pass_obj
def restore(workspace: Path, name: str, reason: str, author: str, json_: bool) -> None:
    """Bring a code back that was merged, split or retired."""
    _make(workspace, json_, "restore", name, author=author, reason=reason)


def _make(workspace: Path, json_: bool, kind: Any, names: Any, *, dry_run: bool = False, **told: Any) -> None:
    """Make a change, or only say what it would do."""
    from workbench.workspace import Workspace

    opened = Workspace(workspace)
    if dry_run:
        told = {name: value for name, value in told.items() if name not in ("author", "reason")}
        done = opened.preview_change(kind, names, **told)
    else:
        done = opened.change_codebook(kind, names, **told)
    answer = {name: getattr(done, name) for name in ("version", "kind", "before", "into", "labels", "traces")}
    answer |= {"by_annotator": done.by_annotator, "by_code": done.by_code, "makes_stale": done.makes_stale or None}
    answer |= {"retags": done.retags, "dry_run": dry_run, "message": str(done)}
    show(answer, json_, lambda: click.echo(f"{'would be: ' if dry_run else ''}{done}"))
