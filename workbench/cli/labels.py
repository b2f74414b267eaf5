"""The verbs of labels."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import click

from workbench.cli.group import cli
from workbench.cli.show import as_json, show
from workbench.errors import UnreadableFile


@cli.group()
def labels() -> None:
    """Bring in what people said of traces."""


@labels.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--create-codes", is_flag=True, help="Make the codes that the codebook does not have.")
@click.option("--annotator", metavar="NAME", help="Who judged, where the file does not say.")
@as_json
@click.pass_obj
def import_(workspace: Path, file: Path, create_codes: bool, annotator: str | None, json_: bool) -> None:
    """Take labels in from a .csv, .jsonl, .json or .parquet FILE; what was taken in already is left out."""
    from workbench.workspace import Workspace

    report = Workspace(workspace).import_labels(file, create_codes=create_codes, annotator=annotator)
    show(dataclasses.asdict(report), json_, lambda: _tell(report))
    if not report.took_anything:
        first = report.rejected_rows[0]
        raise UnreadableFile(f"no label was taken in: {first['file']} row {first['row']}: {first['reason']}")


def _tell(report: Any) -> None:
    known = f", {report.known:,} were there already" if report.known else ""
    click.echo(f"{report.labels:,} labels added{known}, {report.rejected:,} rows rejected")
    if report.dimensions:
        click.echo(", ".join(f"{name} {n:,}" for name, n in report.dimensions.items()))
    if report.new_codes:
        click.echo(f"{len(report.new_codes)} codes made: {', '.join(report.new_codes)}")
    if not report.took_anything and report.rejected == 1:
        return  # the one reason is the error message
    for row in report.rejected_rows[:20]:
        click.echo(f"rejected: {row['file']} row {row['row']}: {row['reason']}", err=True)
    if report.rejected > 20:
        click.echo(f"... and {report.rejected - 20:,} more rejected rows (all with --json)", err=True)
