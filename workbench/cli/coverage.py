"""The verb of coverage."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from workbench.cli.group import cli
from workbench.cli.show import as_json, records, show, table


@cli.command()
@click.option("--by", multiple=True, help="intent, complexity, outcome or a column of traces; up to three.")
@click.option("--version", type=click.IntRange(min=1), help="A frozen version; else the accepted cases as they stand.")
@click.option("--size", type=click.IntRange(min=1), help="Cases the set should have.")
@click.option("--since", metavar="DAY", help="Only production from this day on.")
@as_json
@click.pass_obj
def coverage(workspace: Path, by: tuple[str, ...], json_: bool, **options: Any) -> None:
    """Say where the golden set is blind: cells of production it holds too few cases of, dearest first."""
    from workbench.workspace import Workspace

    given: dict[str, Any] = {"by": by} if by else {}
    found = Workspace(workspace).coverage(**given, **options)
    for notice in found.cells.notices:
        click.echo(notice, err=True)
    made, old = found.composition, found.staleness
    answer = {
        "of": found.of,
        "by": list(found.cells.by),
        "cells": records(found.cells.frame),
        "size": found.cells.size,
        "covered": None if found.cells.covered != found.cells.covered else found.cells.covered,
        "rate_from": found.cells.rate_from,
        "composition": {
            "stage": made.stage.name, "n": made.n, "missing": made.missing, "sources": records(made.sources),
            "risks": records(made.risks), "edges": records(made.edges),
        },
        "staleness": {
            "unseen": records(old.unseen), "n_unseen": old.n_unseen, "n": old.share.n,
            "share": None if old.share.n == 0 else old.share.estimate, "reason": old.reason,
            "frozen_at": old.frozen_at, "days": old.days, "old": old.old,
        },
        "sealed": found.sealed,
        "sentences": list(found.sentences),
        "notices": list(found.cells.notices),
    }  # fmt: skip
    show(answer, json_, lambda: _tell(found))


def _tell(found: Any) -> None:
    for sentence in found.sentences:
        click.echo(sentence)
    rows = [
        [
            *(str(row[name]) for name in found.cells.by), f"{row['traffic']:,}", _rate(row), f"{row['harm']:.1f}",
            row["have"], row["target"], row["gap"],
        ]
        for row in found.cells.frame.head(30).to_dict("records")
    ]  # fmt: skip
    table([*found.cells.by, "traces", "fails", "harm / 1,000", "have", "target", "gap"], rows)


def _rate(row: dict[Any, Any]) -> str:
    if not row["reviewed"]:
        return "not read"
    return f"{100 * row['failure_rate']:.0f}% ({100 * row['low']:.0f}-{100 * row['high']:.0f}), n {row['reviewed']}"
