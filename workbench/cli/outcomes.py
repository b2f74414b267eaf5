"""The verb of outcomes over time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from workbench.cli.group import cli, finite
from workbench.cli.show import as_json, records, show, table, value

MEASURES = ("failure_signs", "errors", "thumbs_down", "refusals", "latency_ms", "cost_usd")


@cli.command()
@click.option("--by", type=click.Choice(["release", "cluster"]), help="Told apart by these; all as one by default.")
@click.option("--where", metavar="WHERE", help="A SQL condition over traces; all by default.")
@click.option("--measure", type=click.Choice(MEASURES), default=MEASURES[0], show_default=True,
              help="Which one the table shows over time; --json has all.")  # fmt: skip
@click.option("--level", type=click.FloatRange(0, 0.5, min_open=True, max_open=True), callback=finite,
              help="Of the tests.")  # fmt: skip
@click.option("--min-n", type=click.IntRange(min=10), help="Traces below which a day or week is not judged.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of whatever is drawn.")
@as_json
@click.pass_obj
def outcomes(workspace: Path, measure: str, json_: bool, **options: Any) -> None:
    """Show failure signs, errors, feedback, refusals, latency and cost over time, by release or cluster."""
    from workbench.workspace import Workspace

    found = Workspace(workspace).outcomes(**options)
    show(_answer(found), json_, lambda: _tell(found, measure))


def _answer(found: Any) -> dict[str, Any]:
    return {
        "by": found.by, "every": found.every, "n": found.n, "level": found.level, "min_n": found.min_n,
        "groups": records(found.groups), "over_time": records(found.frame), "newest": records(found.newest),
        "sentences": list(found.sentences), "reason": found.reason,
    }  # fmt: skip


def _tell(found: Any, measure: str) -> None:
    for sentence in found.sentences:
        click.echo(sentence)
    if len(found.groups):
        rows = found.groups.to_dict("records")
        table(["group", "measure", "value", "n"], [[row["group"], row["measure"], *_shown(row)] for row in rows])
    over = found.frame[found.frame["measure"] == measure]
    if len(over):
        head = ["from", "to", "group", measure, "n", ""]
        table(head, [[row["start"], row["end"], row["group"], *_shown(row), "" if row["enough"] else "too few"]
                     for row in over.to_dict("records")])  # fmt: skip


def _shown(row: dict[str, Any]) -> list[str]:
    low, high = value(row["low"]), value(row["high"])
    factor, digits = (1, 4) if row["measure"] == "cost_usd" else (1, 0) if row["measure"] == "latency_ms" else (100, 1)
    unit = "%" if factor == 100 else ""
    bounds = "" if low is None else f" ({factor * low:,.{digits}f}-{factor * high:,.{digits}f})"
    return [f"{factor * row['value']:,.{digits}f}{unit}{bounds}", f"{row['n']:,}"]
