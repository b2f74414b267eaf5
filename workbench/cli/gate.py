"""The verb of the gate: exit status 0 pass, 1 fail, 3 cannot tell yet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from workbench.cli.group import cli
from workbench.cli.show import as_json, show, table

FILE = click.Path(path_type=Path)


@cli.command()
@click.option("--golden", "version", type=int, help="The frozen version; the newest by default.")
@click.option("--results", required=True, help="A run's id, or JSONL or CSV: case_id, output, passed where scored.")
@click.option("--baseline", help="The same of the release that is live.")
@click.option("--contract", type=FILE, help="A TOML file; by default [contract] of workspace.toml.")
@click.option("--mode", help="trip-wire or deep.")
@click.option("--anytime", is_flag=True, help="The run grows and is looked at several times.")
@click.option("--judge", help="The judge whose verdicts these are; calibrated. Of a run it gives those that lack.")
@click.option("--scorer", help="For outputs that no check decides: contains, rouge=LEAST or similar=LEAST.")
@click.option("--force", is_flag=True, help="Let likeness decide open-ended cases too.")
@click.option("--release", default="", help="The release's id; sealed cases count where they were opened for it.")
@click.option("--junit", "junit_file", type=FILE, help="Write JUnit XML here.")
@click.option("--markdown", "markdown_file", type=FILE, help="Write a summary for a pull request here.")
@as_json
@click.pass_context
def gate(
    context: click.Context, json_: bool, junit_file: Path | None, markdown_file: Path | None, **options: Any
) -> None:
    """Decide whether a release may pass, on a frozen version of the golden set."""
    from workbench.workspace import Workspace
    from workbench.workspace.gating import gate_answer, written

    report = Workspace(context.obj).gate(options.pop("results"), **options)
    for path, kind in ((junit_file, "junit"), (markdown_file, "markdown")):
        if path is not None:
            path.write_text(written(report, kind), encoding="utf-8")
    for notice in report.notices:
        click.echo(notice, err=True)
    show(gate_answer(report), json_, lambda: _tell(report))
    context.exit(report.exit_status)


def _tell(report: Any) -> None:
    click.echo(f"{report.verdict.upper()}: {report.reason}")
    click.echo(report.advice)
    click.echo(str(report).split("\n", 1)[-1])
    rows = [
        [row.slice, f"{row.n:,}", _rate(row), "" if row.threshold != row.threshold else f"{100 * row.threshold:g}%",
         row.state + (", critical" if row.critical else "")]
        for row in report.slices.head(20).itertuples()
    ]  # fmt: skip
    if rows:
        table(["slice", "n", "passed", "threshold", "state"], rows)


def _rate(row: Any) -> str:
    if not row.n:
        return "no verdict"
    return f"{100 * row.rate:.1f}% ({100 * row.low:.1f}-{100 * row.high:.1f})"
