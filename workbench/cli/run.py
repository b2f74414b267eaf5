"""The verb that runs a golden set against a target."""

from __future__ import annotations

import contextlib
import dataclasses
import sys
from pathlib import Path
from typing import Any

import click

from workbench.cli.group import cli, finite
from workbench.cli.show import as_json, progress_bars, show
from workbench.errors import BadRequest

FILE = click.Path(path_type=Path)


@cli.command()
@click.option(
    "--target",
    required=True,
    help="package.module:function, a command, an http(s) address with --model, or a service's TOML file.",
)
@click.option("--model", help="The model to ask, where the target is an address.")
@click.option("--key-env", metavar="VAR", help="The environment variable that holds the service's key.")
@click.option("--system", "system_file", type=FILE, help="A file with the system message, for an address.")
@click.option("--golden", "version", type=int, help="The frozen version; the newest by default.")
@click.option("--release", required=True, help="The release that is run; the same one goes on where it was.")
@click.option("--include-blind", is_flag=True, help="The sealed cases too, where they were opened for this release.")
@click.option(
    "--trip-wire", is_flag=True, help="Only 100 to 200 cases: critical slices, high risk, a spread of others."
)
@click.option("--limit", type=int, help="Only the first so many cases.")
@click.option("--concurrency", type=int, default=4, show_default=True, help="Cases under way at a time.")
@click.option("--timeout", type=float, callback=finite, default=60.0, show_default=True, help="Seconds for one case.")
@click.option("--judge", help="A judge that may gate gives the verdicts of open-ended cases.")
@click.option("--allow-same-provider", is_flag=True, help="Let a judge mark its own family's work.")
@click.option("--contract", type=FILE, help="Where critical slices are declared; by default workspace.toml.")
@click.option("--fresh", is_flag=True, help="Begin anew instead of going on.")
@click.option("--out", type=FILE, help="Write the results here, as JSON lines that gate --results reads.")
@as_json
@click.pass_obj
def run(
    workspace: Path,
    target: str,
    model: str | None,
    key_env: str | None,
    system_file: Path | None,
    out: Path | None,
    json_: bool,
    **options: Any,
) -> None:
    """Ask a target every case of a frozen version; a run that broke off goes on where it was."""
    from workbench.workspace import Workspace

    given: Any = target
    if model or key_env or system_file:
        given = {"url": target, "model": model or "", "key_env": key_env, "system": _words(system_file)}
    ws = Workspace(workspace)
    with progress_bars() as progress, contextlib.redirect_stdout(sys.stderr):  # what a function prints is no result
        report = ws.run(given, progress=progress, **options)
    for notice in report.notices:
        click.echo(notice, err=True)
    if out is not None:
        ws.export_run(report.run_id, out)
    answer = {**dataclasses.asdict(report), "pick": None if report.pick is None else _pick(report.pick)}
    show(answer, json_, lambda: click.echo(repr(report)))


def _words(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise BadRequest(f"{path}: there is no such text file. Give a file with the system message") from None


def _pick(pick: Any) -> dict[str, Any]:
    return {
        "cases": len(pick.case_ids),
        "of": pick.of,
        "dear": pick.dear,
        "dear_left": pick.dear_left,
        "seed": pick.seed,
    }
