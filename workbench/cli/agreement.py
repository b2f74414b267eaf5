"""The verbs of agreement: how far annotators agree, and whether a judge may gate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

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
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the draws behind the bounds.")
@as_json
@click.pass_obj
def agree(
    workspace: Path,
    labels: Path | None,
    levels: tuple[str, ...],
    sample_id: str | None,
    kinds: tuple[str, ...],
    json_: bool,
    **options: Any,
) -> None:
    """Measure how far annotators agree on each dimension and code, beyond chance."""
    from workbench.workspace import Workspace
    from workbench.workspace.agreement import agree_file

    options |= {"level": _level(levels), "kinds": kinds or ("human",)}
    with progress_bars() as progress:
        if labels is None:
            found = Workspace(workspace).agree(sample_id=sample_id, progress=progress, **options)
        elif sample_id is not None:
            raise BadRequest("--sample is of a workspace, --labels a file without one. Give one of them")
        else:
            found = agree_file(labels, progress=progress, **options)
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
    }
    show(answer, json_, lambda: _tell_agree(found))


@cli.group(invoke_without_command=True)
@click.option("--human", type=FILE, help="People's labels: item, value.")
@click.option("--judge", "judged", type=FILE, help="The judge's labels of the same items, and of more: item, value.")
@click.option("--positive", help="The value that means pass; 'pass' or a like word if not given.")
@click.option(
    "--labelled", help="How the items that people labelled were chosen: balanced, random, or chosen by the judge."
)
@click.option(
    "--unparsable", multiple=True, metavar="VALUE", help="An answer that cannot be read; else all unknown ones."
)
@as_json
@click.pass_context
def judge(
    context: click.Context,
    human: Path | None,
    judged: Path | None,
    json_: bool,
    unparsable: tuple[str, ...],
    **options: Any,
) -> None:
    """Compare a judge's labels with people's: may it gate, and what is the true rate. Needs no workspace."""
    if context.invoked_subcommand is not None:
        return
    if human is None or judged is None:
        raise BadRequest("judge compares two files. Give --human FILE and --judge FILE, each with item and value")
    from workbench.workspace.agreement import judge_files

    found = judge_files(human, judged, unparsable=unparsable, **options)
    for notice in found.notices:
        click.echo(notice, err=True)
    show(_calibration(found), json_, lambda: _tell_judge(found))


def _level(given: tuple[str, ...]) -> str | dict[str, str] | None:
    named = dict(each.rsplit("=", 1) for each in given if "=" in each)
    plain = [each for each in given if "=" not in each]
    if len(plain) > 1 or (plain and named):
        raise BadRequest("--level was given twice. Give one level for all dimensions, or DIMENSION=LEVEL for each")
    return plain[0] if plain else named or None


def _calibration(found: Any) -> dict[str, Any]:
    fixed = found.corrected
    return {
        **_rates(found.rates),
        "unparsable": found.unparsable,
        "dropped": _rates(found.dropped),
        "missing": found.missing,
        "positive": found.positive,
        "raw": _share(found.raw, "rate") | {"n": found.raw.n},
        "corrected": {
            "estimate": _number(fixed.estimate),
            "low": _number(fixed.low),
            "high": _number(fixed.high),
            "method": fixed.method,
            "n": fixed.n,
            "n_labelled": fixed.n_labelled,
            "reason": fixed.reason,
        },
        "people_alpha": None if found.people is None else _number(found.people.value),
        "confusion": records(found.confusion),
        "verdict": found.verdict,
        "n_more": found.n_more,
        "reason": found.reason,
        "notices": list(found.notices),
    }


def _rates(rates: Any) -> dict[str, Any]:
    return {
        "n": rates.n,
        **_share(rates.agreement, "agreement"),
        "kappa": _number(rates.kappa.value),
        "kappa_reason": rates.kappa.reason,
        **_share(rates.true_pass, "tpr"),
        "tpr_n": rates.true_pass.n,
        **_share(rates.true_fail, "tnr"),
        "tnr_n": rates.true_fail.n,
    }


def _share(share: Any, name: str) -> dict[str, Any]:
    if share.n == 0:
        return {name: None, f"{name}_low": None, f"{name}_high": None, f"{name}_reason": "no labels to take it from"}
    return {name: share.estimate, f"{name}_low": share.low, f"{name}_high": share.high}


def _number(value: float) -> float | None:
    return None if value != value else value


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


def _tell_judge(found: Any) -> None:
    click.echo(f"{found.verdict}: {found.reason}")
    rows = [
        [name, str(rates.true_pass), str(rates.true_fail), str(rates.agreement), str(rates.kappa)]
        for name, rates in (("unreadable answers count as wrong", found.rates), ("left out", found.dropped))
    ]
    head = ["", "good outputs passed", "real failures caught", "agreement", ""]
    table(head, rows if found.unparsable else [["", *rows[0][1:]]])
    if found.unparsable:
        click.echo(f"{found.unparsable:,} answers could not be read")
    fixed = found.corrected
    if fixed.method:
        bounds = f"({100 * fixed.low:.1f}-{100 * fixed.high:.1f})"
        click.echo(f"true share of passes {100 * fixed.estimate:.1f}% {bounds}, n {fixed.n:,}, by {fixed.method}")
    else:
        click.echo(f"no corrected share of passes: {fixed.reason}")
