"""The verbs of sampling."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import click

from workbench.cli.group import cli
from workbench.cli.show import as_json, progress_bars, records, show, table


@cli.command()
@click.option("--n", type=click.IntRange(min=1), required=True, help="How many traces; with --extend, how many more.")
@click.option("--plan", show_default="stratified", help="The plan; `workbench plans` lists them.")
@click.option("--seed", type=click.IntRange(min=0), show_default="0", help="Same seed, same sample.")
@click.option("--name", help="What to call the sample.")
@click.option("--since", metavar="TIME", help="Draw from traces from this day or moment (UTC) on.")
@click.option("--until", metavar="TIME", help="Draw from traces up to the end of this day, or before this moment.")
@click.option("--where", metavar="SQL", help="Draw from traces that meet this condition.")
@click.option("--extend", metavar="SAMPLE", help="Draw further into this sample; what it has stays.")
@as_json
@click.pass_obj
def sample(workspace: Path, n: int, json_: bool, **options: Any) -> None:
    """Draw traces to read, with weights that keep frequencies right."""
    from workbench.workspace import Workspace

    if options["extend"] is not None and (options["plan"], options["seed"]) != (None, None):
        click.echo(
            "an extension goes on with the sample's own plan and seed; --plan and --seed say nothing here", err=True
        )
    given = {name: value for name, value in options.items() if value is not None}
    opened = Workspace(workspace)
    try:
        with progress_bars() as progress:
            report = opened.sample(n, progress=progress, **given)
    finally:
        opened.store.close()
    for warning in report.warnings:
        click.echo(warning, err=True)
    show(dataclasses.asdict(report), json_, lambda: _tell_sample(report))


@cli.command()
@click.option("--import", "source", type=click.Path(path_type=Path), help="First take in a sample drawn elsewhere.")
@click.option("--name", help="What to call the sample that is taken in.")
@as_json
@click.pass_obj
def samples(workspace: Path, source: Path | None, name: str | None, json_: bool) -> None:
    """List the samples and how far each was read."""
    from workbench.workspace import Workspace

    opened = Workspace(workspace)
    if source is not None:
        opened.import_sample(source, name=name)
    frame = opened.samples()
    opened.store.close()
    show({"samples": records(frame)}, json_, lambda: _tell_samples(frame))


@cli.command()
@as_json
@click.pass_obj
def plans(workspace: Path, json_: bool) -> None:
    """List the plans that samples can be drawn by."""
    from workbench.workspace import Workspace

    opened = Workspace(workspace)
    known = opened.plans()
    opened.store.close()
    rows = [dataclasses.asdict(plan) for plan in known.values()]
    show({"plans": rows}, json_, lambda: table(["plan", "for"], [[row["name"], row["meaning"]] for row in rows]))


def _tell_sample(report: Any) -> None:
    click.echo(str(report))
    rows = [
        [row["stratum"], f"{row['population']:,}", row["target"], row["drawn"], row["random"], _weights(row)]
        for row in report.strata
    ]
    table(["stratum", "traces", "wanted", "drawn", "of them random", "weight"], rows)
    for sentence in (*report.can, *report.cannot):
        click.echo(sentence)


def _weights(row: Any) -> str:
    low, high = row["weight_low"], row["weight_high"]
    if low is None:
        return "none"
    return f"{low:.1f}" if f"{low:.1f}" == f"{high:.1f}" else f"{low:.1f}-{high:.1f}"


def _tell_samples(frame: Any) -> None:
    rows = [
        [row.sample_id, row.name, row.plan or "", row.n, f"{row.reviewed} of {row.n}"] for row in frame.itertuples()
    ]
    table(["sample", "name", "plan", "traces", "reviewed"], rows)
