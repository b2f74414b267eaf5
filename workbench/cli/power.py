"""The verb of planning: how many cases a change takes, and what a set can see."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import click

from workbench.cli.group import cli
from workbench.cli.show import as_json, show, table

if TYPE_CHECKING:
    from workbench.gate import PowerPlan


@cli.command()
@click.option("--baseline", type=float, required=True, metavar="P", help="The share that passes now, such as 0.8.")
@click.option(
    "--effect", type=float, required=True, metavar="D", help="The change to see: 0.05 for five points up, -0.05 down."
)
@click.option(
    "--paired",
    "discordance",
    type=float,
    metavar="PSI",
    help="Both runs answer the same cases and differ on this share of them; else two samples.",
)
@click.option("--n", type=int, metavar="N", help="Also the smallest change that a set of N cases sees.")
@click.option("--slices", type=int, default=1, metavar="M", help="Also what each of M slices takes, tested together.")
@as_json
def power(json_: bool, **options: Any) -> None:
    """Say how many cases a change takes, or what a set can see. Needs no workspace."""
    from workbench.workspace.planning import power

    found = power(**options)
    show(dataclasses.asdict(found), json_, lambda: _tell(found))


def _tell(found: PowerPlan) -> None:
    after = found.baseline + found.effect
    what = "pairs" if found.design == "paired" else "cases in each of two samples"
    click.echo(
        f"{found.n:,} {what} to see {100 * found.baseline:g}% become {100 * after:g}%"
        f" (alpha {found.alpha:g} two-sided, power {100 * found.power:g}%)"
    )
    rows = [["answers to score in all", f"{found.total:,}"]]
    if found.opposite is not None and found.opposite != found.n:
        rows.append(["a change of that size the other way", f"{found.opposite:,}"])
    rows.append([f"one run against a fixed target of {100 * found.baseline:g}%", f"{found.one_sample:,}"])
    if found.not_worse is not None:
        rows.append(
            [f"to show that it is not worse by {100 * abs(found.effect):g} points (one-sided)", f"{found.not_worse:,}"]
        )
    if found.slices is not None:
        rows.append(
            [f"in each of {found.slices.slices} slices, {found.slices.factor:.2f} times as many", f"{found.slices.n:,}"]
        )
    if found.given is not None:
        sees = "nothing" if found.mde is None else f"{100 * found.mde:.1f} points"
        rows.append([f"smallest change that {found.given:,} see", sees])
    table(["", ""], rows)
    if found.mde_reason:
        click.echo(f"a set of {found.given:,} {found.mde_reason}")
    click.echo("rules of thumb:")
    for each in found.rules:
        click.echo(f'  "{each.rule}": {each.holds}')
