"""The verb of retention."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import click

from workbench.cli.group import BY, cli
from workbench.cli.show import as_json, show, table

WORDS = {
    "traces": "traces", "spans": "spans", "vectors": "vectors of their texts", "points": "points of maps",
    "clusters": "clusters told anew", "labels": "labels, now under another name and without free text",
    "notes": "notes blanked", "sample_rows": "rows of samples, gone or renamed", "frame_rows": "rows of frames renamed",
    "queue_items": "items of queues, gone or blanked", "adjudications": "adjudications renamed",
    "judgements": "answers of judges, gone or blanked", "candidates": "candidates and rolling cases",
    "other_rows": "other rows", "texts": "other texts that named or quoted them", "reports": "reports",
    "map_files": "parameters of maps", "samples": "rows of samples", "queue_slots": "items of queues",
}  # fmt: skip


@cli.command()
@click.option("--where", metavar="SQL", help="Traces that meet a condition over the traces table.")
@click.option("--older-than", type=click.IntRange(min=0), metavar="DAYS", help="Traces that began longer ago.")
@click.option("--trace", "trace_ids", multiple=True, metavar="ID", help="This trace; may be given several times.")
@click.option("--user", metavar="ID", help="All traces of an end user, by the id that the platform has.")
@click.option("--expired", is_flag=True, help="Traces older than [retention] days in workspace.toml.")
@BY
@click.option("--reason", default="", metavar="TEXT", help="Why; it is kept.")
@click.option("--dry-run", is_flag=True, help="Say what would go, and do nothing.")
@as_json
@click.pass_obj
def purge(workspace: Path, trace_ids: tuple[str, ...], json_: bool, **options: Any) -> None:
    """Take traces out for good, with all that names or quotes them, and prove it; golden cases and labels stay.

    A purge that broke off is finished first: without a choice of traces, that is all it does.
    """
    from workbench.workspace import Workspace

    report = Workspace(workspace).purge(trace_ids=list(trace_ids) or None, **options)
    for notice in report.notices:
        click.echo(notice, err=True)
    show(_answer(report), json_, lambda: _tell(report))


def _answer(report: Any) -> dict[str, Any]:
    return {
        "purge_id": report.purge_id,
        "traces": report.traces,
        "dry_run": report.dry_run,
        "resumed": report.resumed,
        "finished": report.finished,
        "counts": dict(report.counts),
        "kept": dict(report.kept),
        "kept_cases": list(report.kept_cases),
        "proof": None if report.proof is None else dataclasses.asdict(report.proof),
        "reason": "nothing_was_done" if report.proof is None else None,
        "line": report.line,
        "notices": list(report.notices),
    }


def _tell(report: Any) -> None:
    click.echo(report.line)
    rows = [[WORDS.get(name, name.replace("_", " ")), f"{n:,}"] for name, n in report.counts.items() if n]
    if rows:
        table(["where", "would go or change" if report.dry_run else "went or changed"], rows)
    for name, n in report.kept.items():
        click.echo(f"{name.replace('_', ' ')} kept: {n:,}")
    proof = report.proof
    if proof is None:
        return
    places = ", ".join(f"{n:,} {name}" for name, n in proof.looked_through.items())
    click.echo(
        f"Looked for {proof.ids:,} ids and {proof.pieces:,} pieces of text in {places}"
        f" ({proof.bytes / 1e6:,.1f} MB). {proof.without_text:,} traces have no text of their own to look for."
    )
    for each in proof.left:
        click.echo(f"still there: {each.place}: {each.ids:,} ids, {each.texts:,} pieces of text")
    click.echo("Not looked through: " + "; ".join(proof.not_searched) + ".")
