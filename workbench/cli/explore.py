"""The verbs of exploring, from an export file to a map."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import click

from workbench.cli.group import cli
from workbench.cli.show import as_json, progress_bars, show, table
from workbench.errors import UnreadableFile


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@as_json
@click.pass_obj
def init(workspace: Path, folder: Path | None, json_: bool) -> None:
    """Make a workspace folder (or open the one that is there)."""
    from workbench.workspace import Workspace

    made = Workspace.create(folder or workspace)
    show({"workspace": str(made.path)}, json_, lambda: click.echo(f"workspace {made.path}"))


@cli.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--format", "format_", metavar="NAME", help="The format; found by looking inside if not given.")
@click.option("--map", "mapping", type=click.Path(path_type=Path), help="A mapping.toml for generic files.")
@as_json
@click.pass_obj
def ingest(workspace: Path, paths: tuple[Path, ...], format_: str | None, mapping: Path | None, json_: bool) -> None:
    """Take traces in from files or folders, redacted, as one batch."""
    from workbench.workspace import Workspace

    opened = Workspace.create(workspace)
    with progress_bars() as progress:
        report = opened.ingest(*paths, format=format_, mapping=mapping, progress=progress)
    for notice in report.notices:
        click.echo(notice, err=True)
    show(dataclasses.asdict(report), json_, lambda: _tell_ingest(report))
    if not report.took_anything:
        raise UnreadableFile(_nothing_taken(report))


@cli.command()
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--policy", default="default", show_default=True, help="What is redacted.")
@as_json
def redact(source: Path, target: Path, policy: str, json_: bool) -> None:
    """Redact a JSONL file of rows {id, text}; needs no workspace."""
    from workbench.redact_file import redact_file

    with progress_bars() as progress:
        report = redact_file(source, target, policy=policy, progress=progress)
    show(report, json_, lambda: _tell_redact(report))


@cli.command()
@as_json
@click.pass_obj
def embed(workspace: Path, json_: bool) -> None:
    """Compute the vectors that are missing."""
    from workbench.workspace import Workspace

    with progress_bars() as progress:
        report = Workspace(workspace).embed(progress=progress)
    show(
        dataclasses.asdict(report),
        json_,
        lambda: click.echo(f"{report.new:,} new vectors of {report.texts:,} texts by {report.embedder}"),
    )


@cli.command()
@click.option("--update", is_flag=True, help="Place new traces on the newest map; no point on it moves.")
@click.option("--method", type=click.Choice(["auto", "communities", "hdbscan", "kmeans"]), help="How to cluster.")
@click.option("--reassign", is_flag=True, default=None, help="Give unclustered traces to the nearest cluster.")
@click.option("--seed", type=click.IntRange(min=0), help="Seed of layout and clusters.")
@as_json
@click.pass_obj
def map(workspace: Path, update: bool, json_: bool, **options: Any) -> None:
    """Lay the traces out and cluster them; embeds what is missing first."""
    from workbench.workspace import Workspace

    given = {name: value for name, value in options.items() if value is not None}
    with progress_bars() as progress:
        report = Workspace(workspace).map(update=update, progress=progress, **given)
    show(dataclasses.asdict(report), json_, lambda: _tell_map(report))


@cli.command()
@click.argument("table")
@click.argument("target", type=click.Path(path_type=Path))
@as_json
@click.pass_obj
def export(workspace: Path, table: str, target: Path, json_: bool) -> None:
    """Write a table (traces, spans, points, labels, samples, codes) to a .csv, .parquet or .jsonl file."""
    from workbench.workspace import Workspace

    n = Workspace(workspace).export(table, target)
    show({"table": table, "path": str(target), "rows": n}, json_, lambda: click.echo(f"{n:,} rows to {target}"))


@cli.command()
@as_json
def policies(json_: bool) -> None:
    """List the redaction policies, and what each leaks."""
    from workbench.redact import POLICIES

    rows = [
        {"policy": name, "entities": sorted(policy.entities), "leaks": policy.leaks}
        for name, policy in POLICIES.items()
    ]
    show(
        {"policies": rows},
        json_,
        lambda: table(["policy", "what it leaks"], [[row["policy"], row["leaks"]] for row in rows]),
    )


@cli.command()
@as_json
def formats(json_: bool) -> None:
    """List the formats that can be taken in."""
    from workbench.formats import FORMATS

    rows = [{"format": name, "meaning": FORMATS[name].meaning} for name in sorted(FORMATS)]
    show({"formats": rows}, json_, lambda: table(["format", "what it is"], [list(row.values()) for row in rows]))


@cli.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8501, show_default=True, help="The port on localhost.")
@click.option("--no-open", is_flag=True, help="Do not open a browser.")
@click.option("--only", type=click.Choice(["queue"]), help="Serve this page alone, for annotators who label blind.")
@click.pass_obj
def app(workspace: Path, port: int, no_open: bool, only: str | None) -> None:
    """Open the pages on localhost."""
    from workbench.serve import serve

    serve(workspace, port=port, open_browser=not no_open, only=only)


@cli.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8501, show_default=True, help="The port on localhost.")
@click.option("--no-open", is_flag=True, help="Build the demo workspace only, do not start the pages.")
@as_json
@click.pass_obj
def demo(workspace: Path, port: int, no_open: bool, json_: bool) -> None:
    """Build a workspace from sample_data/ and open the pages on it."""
    from workbench.demo import build_demo
    from workbench.serve import serve

    with progress_bars() as progress:
        made = build_demo(workspace, progress=progress)
    show(
        made,
        json_,
        lambda: click.echo(f"demo workspace {workspace}: {made['traces']:,} traces, {made['clusters']} clusters"),
    )
    if not no_open:
        serve(workspace, port=port, open_browser=True)


def _tell_ingest(report: Any) -> None:
    click.echo(str(report))
    if report.batch:
        click.echo(f"batch {report.batch}")
    if report.without_text:
        click.echo(f"{report.without_text:,} traces have no text")
    if report.redacted:
        found = ", ".join(f"{entity} {n:,}" for entity, n in sorted(report.redacted.items(), key=lambda x: -x[1]))
        click.echo(f"redacted under policy {report.policy!r}: {found}")
    if not report.took_anything and report.rejected == 1:
        return  # the one reason is the error message
    for row in report.rejected_rows[:20]:
        place = f"{row['file']} row {row['row']}" if row["row"] is not None else row["file"]
        click.echo(f"rejected: {place}: {row['reason']}", err=True)
    if report.rejected > 20:
        click.echo(f"... and {report.rejected - 20:,} more rejected rows (all with --json)", err=True)


def _nothing_taken(report: Any) -> str:
    if report.rejected_rows:
        first = report.rejected_rows[0]
        place = f"{first['file']} row {first['row']}" if first["row"] is not None else first["file"]
        told = first["reason"] if first["file"] in first["reason"] else f"{place}: {first['reason']}"
        return f"nothing was taken in: {told}"
    return "nothing was taken in: the files hold no rows. Check that the export is complete"


def _tell_redact(report: dict[str, Any]) -> None:
    click.echo(f"{report['texts']:,} texts by {report['ner']}")
    table(["entity", "found"], [[entity, f"{n:,}"] for entity, n in report["findings"].items()])


def _tell_map(report: Any) -> None:
    share = "" if report.unclustered_share is None else f", {100 * report.unclustered_share:.1f}% unclustered"
    click.echo(f"map {report.map_id}: {report.traces:,} traces, {report.clusters} clusters{share}")
    if report.placed:
        click.echo(f"{report.placed:,} placed, {report.moved} moved, {report.off_map:,} off the map")
    if report.proposals:
        n = "1 group" if report.proposals == 1 else f"{report.proposals} groups"
        click.echo(f"{n} off the map may be new: workbench clusters proposals")
    if report.kept or report.gone:
        click.echo(f"{report.kept} clusters kept, {report.new} new, {report.gone} gone: workbench clusters lineage")
    if report.why:
        click.echo(f"{report.why}. An update (map --update) keeps every cluster.")
