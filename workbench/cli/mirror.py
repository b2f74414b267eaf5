"""The verb of the mirror."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import click

from workbench.cli.group import cli, finite
from workbench.cli.show import as_json, fields, records, show, table, value


@cli.command()
@click.option("--version", type=click.IntRange(min=1), help="A frozen version; else the accepted cases as they stand.")
@click.option("--sample", metavar="ID", help="Production by this sample; else by all of them.")
@click.option("--since", metavar="DAY", help="Only failures of traces from this day on.")
@click.option("--by", help="The slices a score is re-weighted by: intent, complexity or a column of traces.")
@click.option("--run", metavar="ID", help="The run whose score is told; else the newest.")
@click.option(
    "--level",
    type=click.FloatRange(0.5, 1, min_open=True, max_open=True),
    callback=finite,
    default=0.95,
    show_default=True,
)
@as_json
@click.pass_obj
def mirror(workspace: Path, json_: bool, **options: Any) -> None:
    """Say whether the golden set fails where production fails: what it misses, what it holds too much of."""
    from workbench.workspace import Workspace

    report = Workspace(workspace).mirror(**options)
    for notice in report.notices:
        click.echo(notice, err=True)
    show(answer(report), json_, lambda: _tell(report))


def answer(report: Any) -> dict[str, Any]:
    """A report as plain values for JSON."""
    modes, over, rates = report.modes, report.validity, report.rates
    order = {**(fields(modes.order) or {}), "reason": "too_few_kinds" if modes.order.least_p > 0.05 else None}
    return {
        "verdict": report.verdict,
        "reason": report.reason,
        "of": report.of,
        "coverage": {**(fields(modes.coverage) or {}), "target": report.target, "enough": report.enough},
        "missing": list(modes.missing),
        "modes": records(modes.frame),
        "distance": {
            "tvd": value(modes.distance.moved), "tvd_excess": value(modes.distance.moved_excess),
            "jsd": value(modes.distance.jsd), "jsd_excess": value(modes.distance.excess),
            "p": value(modes.distance.p), "other_mix": report.other_mix,
            "reason": "no_failures_on_both_sides" if value(modes.distance.p) is None else None,
        },
        "order": {**order, "rbo": value(modes.overlap)},
        "failures": modes.failures,
        "worth": modes.worth,
        "cases": {
            "failing": modes.cases, "passing": report.passing, "unplaced": report.unplaced, "sealed": report.sealed,
        },
        "weighted": report.weighted,
        "population": report.population,
        "rates": None if rates is None else {
            "raw": fields(rates.raw), "by_traffic": fields(rates.by_traffic), "by": rates.by,
            "traffic": rates.traffic, "without": list(rates.without), "unplaced": rates.unplaced,
            "reason": rates.reason,
        },
        "releases": records(over.frame),
        "validity": {
            "source": over.source, "r": fields(over.levels), "r_of_changes": fields(over.changes),
            "r_without_noise": value(over.without_noise), "same_way": fields(over.same_way),
            "passed_and_worse": fields(over.gated), "held_and_worse": fields(over.held), "reason": over.reason,
        },
        "signs": [dataclasses.asdict(each) for each in report.signs],
        "sentences": list(report.sentences),
        "notices": list(report.notices),
    }  # fmt: skip


def _tell(report: Any) -> None:
    click.echo(report.verdict + (f" ({report.reason})" if report.reason else ""))
    for sentence in report.sentences:
        click.echo(sentence)
    for sign in report.signs:
        if sign.state == "cannot tell":
            click.echo(f"Cannot tell ({sign.name.replace('_', ' ')}): {sign.words}")
    rows = [
        [
            row["mode"], _share(row["share"], row["low"], row["high"]), row["n"], row["cases"],
            _share(row["case_share"], row["case_low"], row["case_high"]), _times(row), row["state"],
        ]
        for row in report.modes.frame.head(30).to_dict("records")
    ]  # fmt: skip
    if rows:
        table(["failure", "of production's", "read", "cases", "of the set's", "ratio", ""], rows)


def _share(share: float, low: float, high: float) -> str:
    return "" if share != share else f"{100 * share:.1f}% ({100 * low:.1f}-{100 * high:.1f})"


def _times(row: dict[str, Any]) -> str:
    if row["log2"] != row["log2"]:
        return ""
    return f"{2 ** row['log2']:.2f}x ({2 ** row['log2_low']:.2f}-{2 ** row['log2_high']:.2f})"
