"""The verb of agreement: how far annotators agree."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from workbench.cli.annotators import Asked, asked_of_file, asked_of_workspace, tell_asked
from workbench.cli.group import cli
from workbench.cli.show import as_json, progress_bars, records, show, table
from workbench.errors import BadRequest

FILE = click.Path(path_type=Path)
MOST_UNITS = 500  # disputed items in the answer; all of them are in the frame


@cli.command()
@click.option("--labels", type=FILE, help="A long file: item, annotator, dimension, value. No workspace needed.")
@click.option(
    "--level",
    "levels",
    multiple=True,
    metavar="LEVEL",
    help="nominal, ordinal, interval or ratio; or DIMENSION=LEVEL, again for each dimension.",
)
@click.option("--positive", help="The value that is a failure; 'fail' if not given.")
@click.option("--kind", "kinds", multiple=True, help="Whose labels: human (as it stands), judge, rule, user.")
@click.option("--round", "round_", default="blind", show_default=True, help="blind or adjudicated; never both.")
@click.option("--leave-out", multiple=True, metavar="VALUE", help="A value that means no answer, such as defer.")
@click.option("--sample", "sample_id", help="Only labels of this sample's traces.")
@click.option("--queue", metavar="ID", help="Only labels given in this queue.")
@click.option("--since", metavar="WHEN", help="Only labels from this day or moment on.")
@click.option("--until", metavar="WHEN", help="Only labels up to the end of this day, or before this moment.")
@click.option("--rubric-version", type=int, metavar="N", help="Only labels given under this version of the rubric.")
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of the draws behind the bounds."
)
@click.option(
    "--over-time", "by", type=click.Choice(["thirds", "day", "week", "month"]), help="Also who drifts or tires."
)
@click.option("--gold", is_flag=True, help="Also how many items with a known answer each annotator missed.")
@click.option("--by-version", metavar="DIMENSION", help="Also this dimension under each version of the rubric.")
@click.option("--consensus", metavar="DIMENSION", help="Also its probable labels, from three annotators up.")
@click.option("--table", "form", type=click.Choice(["markdown", "latex"]), help="Print the table of a paper instead.")
@as_json
@click.pass_obj
def agree(
    workspace: Path,
    labels: Path | None,
    levels: tuple[str, ...],
    sample_id: str | None,
    kinds: tuple[str, ...],
    by: str | None,
    gold: bool,
    by_version: str | None,
    consensus: str | None,
    form: str | None,
    json_: bool,
    **options: Any,
) -> None:
    """Measure how far annotators agree on each dimension and code, beyond chance."""
    from workbench.workspace import Workspace
    from workbench.workspace.agreement import agree_file

    asked = Asked(by, gold, by_version, consensus, options["seed"])
    options |= {"level": _level(levels), "kinds": kinds or ("human",)}
    with progress_bars() as progress:
        if labels is None:
            opened = Workspace(workspace)
            found = opened.agree(sample_id=sample_id, progress=progress, **options)
            more = asked_of_workspace(opened, asked, sample_id)
        elif sample_id is not None:
            raise BadRequest("--sample is of a workspace, --labels a file without one. Give one of them")
        else:
            found = agree_file(labels, progress=progress, **options)
            more = asked_of_file(labels, asked)
    for notice in found.notices:
        click.echo(notice, err=True)
    disputed = found.units[found.units["agreement"] < 1]
    answer = {
        "dimensions": records(found.dimensions),
        "annotators": records(found.annotators),
        "pairs": records(found.pairs),
        "units": records(disputed.head(MOST_UNITS)),
        "disputed": len(disputed),
        "confusions": records(found.confusions),
        "weakest": found.weakest,
        "stop": found.stop,
        "round": found.round,
        "confidence": found.confidence,
        "seed": found.seed,
        "notices": list(found.notices),
        **more,
    }
    if form is not None:
        answer["table"] = found.markdown() if form == "markdown" else found.latex()
        show(answer, json_, lambda: click.echo(answer["table"], nl=False))
        return
    show(answer, json_, lambda: _tell(found, more))


def _tell(found: Any, more: dict[str, Any]) -> None:
    _tell_agree(found)
    tell_asked(more)


def _level(given: tuple[str, ...]) -> str | dict[str, str] | None:
    named = dict(each.rsplit("=", 1) for each in given if "=" in each)
    plain = [each for each in given if "=" not in each]
    if len(plain) > 1 or (plain and named):
        raise BadRequest("--level was given twice. Give one level for all dimensions, or DIMENSION=LEVEL for each")
    return plain[0] if plain else named or None


def _tell_agree(found: Any) -> None:
    rows, remarks = [], []
    for row in found.dimensions.itertuples():
        alpha = "" if row.alpha != row.alpha else f"{row.alpha:.2f} ({row.alpha_low:.2f} to {row.alpha_high:.2f})"
        percent, failures = (
            "" if share != share else f"{100 * share:.0f}%" for share in (row.percent, row.positive_agreement)
        )
        ac1 = "" if row.ac1 != row.ac1 else f"{row.ac1:.2f}"
        rows.append([row.dimension, row.verdict, alpha, f"{row.units:,}", row.annotators, percent, ac1, failures])
        more = f"label about {int(row.n_more):,} more" if row.n_more == row.n_more and row.n_more else ""
        told = "; ".join(each for each in (row.reason if isinstance(row.reason, str) else "", more) if each)
        remarks += [f"{row.dimension}: {told}"] if told else []
    table(["dimension", "verdict", "alpha (95%)", "n", "by", "agree", "AC1", "fails"], rows)
    for remark in remarks:
        click.echo(remark)
    for row in found.outliers.itertuples():
        click.echo(f"{row.dimension}: without {row.annotator} alpha is {row.alpha_without:.2f}")
    if found.stop:
        click.echo("No dimension reaches .4: stop labelling and write the rubric anew, with examples of both sides.")
