"""The verb of the recurring round."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from workbench.cli.group import cli
from workbench.cli.show import as_json, progress_bars, show


@cli.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]…")
@click.option(
    "--period", type=click.Choice(["week", "sprint", "quarter"]), default="week", show_default=True,
    help="How often it is done; a quarter looks for failing categories in the last 1,000 queries.",
)  # fmt: skip
@click.option("--by", "--author", "by", required=True, metavar="NAME", help="Who asks for it.")
@click.option("--n", type=click.IntRange(1, 200), default=25, show_default=True, help="Traces to propose at most.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of whatever is drawn.")
@as_json
@click.pass_obj
def refresh(workspace: Path, paths: tuple[Path, ...], json_: bool, **options: Any) -> None:
    """Do the recurring round: ingest, update the map, drift, mirror, propose cases, and write a report.

    Prints one line and asks nothing, so it is fit for cron. Where nothing is new since the last round it says so and
    writes nothing; a round that broke off is taken up again.
    """
    from workbench.workspace import Workspace

    with progress_bars() as progress:
        report = Workspace(workspace).refresh(ingest=paths, progress=progress, **options)
    for notice in report.notices:
        click.echo(notice, err=True)
    show(_answer(report), json_, lambda: click.echo(report.line))


def _answer(report: Any) -> dict[str, Any]:
    steps = report.steps
    return {
        "status": report.status,
        "period": report.period,
        "round_id": report.round_id,
        "resumed": report.resumed,
        "report": None if report.report is None else str(report.report),
        "changes": list(report.changes),
        "ingest": steps["ingest"] if report.status == "done" else {**steps["ingest"], "new": 0},
        "map": {
            **{name: value for name, value in steps["map"].items() if name != "groups"},
            "groups": [{name: each[name] for name in ("proposal", "about", "n", "sure")}
                       for each in steps["map"].get("groups") or ()],
        },
        "drift": steps["drift"],
        "mirror": steps["mirror"],
        "slices": steps["slices"],
        "proposals": steps["choose"]["proposals"],
        "case_ids": steps["draft"]["case_ids"],
        "rejected": steps["draft"]["rejected"],
        "rolling": steps["rolling"],
        "retire": steps["retire"],
        "line": report.line,
        "notices": list(report.notices),
    }  # fmt: skip
