"""The verb of ranking."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from workbench.cli.group import cli
from workbench.cli.show import as_json, records, show, table

if TYPE_CHECKING:
    from workbench.rank import Ranking


class Costs(click.ParamType):
    """Five numbers with commas between them."""

    name = "A,B,C,D,E"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[float, ...]:
        """Read them; what they have to be is checked where they are used."""
        try:
            return tuple(float(each) for each in value.split(","))
        except ValueError:
            self.fail("costs are five numbers with commas between them, such as 1,3,10,30,100", param, ctx)


@cli.command()
@click.option("--sample", metavar="ID", help="Over this sample; without it over all samples with weights.")
@click.option("--dimension", default="code", show_default=True, help="The dimension to rank: code or root_cause.")
@click.option("--costs", type=Costs(), help="What severity 1 to 5 costs; workspace.toml's if not given.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the redraws.")
@click.option("--trend", type=click.Choice(["day", "week", "release"]), help="Also the share of each code by this.")
@as_json
@click.pass_obj
def rank(workspace: Path, json_: bool, trend: Any, sample: str | None, dimension: str, **options: Any) -> None:
    """Rank failure codes by weighted share times the cost of their severity."""
    from workbench.workspace import Workspace

    opened = Workspace(workspace)
    try:
        ranking = opened.rank(sample, dimension=dimension, **options)
        course = opened.rank_trend(trend, sample=sample, dimension=dimension) if trend else None
    finally:
        opened.store.close()
    answer = _answer(ranking)
    if course is not None:
        answer["trend"] = _plain_records(course)
    show(answer, json_, lambda: _tell(ranking, course))


def _answer(ranking: Ranking) -> dict[str, Any]:
    share = ranking.any_code
    return {
        "codes": _plain_records(ranking.codes),
        "reviewed": ranking.reviewed,
        "weighted": ranking.weighted,
        "population": ranking.population,
        "random_share": ranking.random_share,
        "any_code": share and _finite(dataclasses.asdict(share)),
        "strata": _plain_records(ranking.strata),
        "covered": _plain_records(ranking.covered),
        "tied": [list(group) for group in ranking.tied],
        "costs": list(ranking.costs),
        "depends_on_scale": ranking.depends_on_scale,
        "dimension": ranking.dimension,
        "level": ranking.level,
        "seed": ranking.seed,
        "saturation": ranking.saturation.to_dict(),
        "sentences": list(ranking.sentences),
    }


def _plain_records(frame: Any) -> list[dict[str, Any]]:
    return [_finite(row) for row in records(frame.astype(object).where(frame.notna(), None))]


def _finite(row: dict[str, Any]) -> dict[str, Any]:
    return {key: None if isinstance(item, float) and item - item != 0 else item for key, item in row.items()}


def _tell(ranking: Ranking, course: Any) -> None:
    codes = ranking.codes
    if len(codes):
        head = ["", "code", "severity", "n", "share of traffic" if ranking.weighted else "share of what was read"]
        rows = [
            [
                "!" if row["pinned"] else row["rank"],
                row["code"],
                "-" if row["severity"] is None else row["severity"],
                row["n"],
                _interval(row["share"], row["low"], row["high"], 100, "%"),
                _interval(row["harm"], row["harm_low"], row["harm_high"], 1, ""),
                row["standing"],
            ]
            for row in _plain_records(codes)
        ]
        table([*head, "harm per 1,000", "place"], rows)
        click.echo()
    for sentence in dict.fromkeys((*ranking.sentences, *ranking.saturation.sentences)):
        click.echo(sentence)
    if course is not None and len(course):
        click.echo()
        rows = [
            [
                row["period"],
                row["code"],
                row["n"],
                row["reviewed"],
                _interval(row["share"], row["low"], row["high"], 100, "%"),
            ]
            for row in _plain_records(course)
        ]
        table(["period", "code", "n", "reviewed", "share"], [[str(row[0])[:10], *row[1:]] for row in rows])


def _interval(value: float | None, low: float | None, high: float | None, scale: float, unit: str) -> str:
    if value is None or low is None or high is None:
        return "not known"
    digits = 0 if high * scale >= 100 else 1
    return f"{value * scale:,.{digits}f}{unit} ({low * scale:,.{digits}f}-{high * scale:,.{digits}f})"
