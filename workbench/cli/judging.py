"""The verbs of judges: compare one with people, define it in versions, run it with its cost shown first."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import Any

import click

from workbench.cli.calibration import calibration, tell_calibration
from workbench.cli.codebook import _user as author_name
from workbench.cli.codebook import author, why
from workbench.cli.group import cli, finite
from workbench.cli.show import as_json, progress_bars, records, show, table
from workbench.errors import BadRequest

FILE = click.Path(path_type=Path)


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
    """Compare a judge's labels with people's: may it gate, and what is the true rate.

    With two files it needs no workspace; the commands below define and run judges in one.
    """
    if context.invoked_subcommand is not None:
        return
    if human is None or judged is None:
        raise BadRequest("judge compares two files. Give --human FILE and --judge FILE, each with item and value")
    from workbench.workspace.agreement import judge_files

    found = judge_files(human, judged, unparsable=unparsable, **options)
    for notice in found.notices:
        click.echo(notice, err=True)
    show(calibration(found), json_, lambda: tell_calibration(found))


@judge.command()
@click.argument("name")
@click.argument("file", type=FILE)
@author
@why
@as_json
@click.pass_obj
def define(workspace: Path, name: str, file: Path, author: str, reason: str, json_: bool) -> None:
    """Define the judge NAME by a TOML FILE, or its next version where something in it changed."""
    from workbench.workspace import Workspace

    made = Workspace(workspace).define_judge(name, file, author=author, reason=reason)
    for notice in made.notices:
        click.echo(notice, err=True)
    told = f"{name} version {made.version}" + ("" if made.new else ", as it was: nothing in it changed")
    show({**_version(made), "new": made.new, "notices": list(made.notices)}, json_, lambda: click.echo(told))


@judge.command("list")
@as_json
@click.pass_obj
def list_(workspace: Path, json_: bool) -> None:
    """List the judges that were defined, with what they answered and cost."""
    from workbench.workspace import Workspace

    rows = records(Workspace(workspace).judges())
    head = ["judge", "version", "on", "model", "answered", "unreadable", "paid", "looks at test"]
    lines = [
        [r["judge"], r["version"], r["dimension"], r["model"], r["answered"], r["unparsable"], f"${r['cost_usd']:.4g}",
         r["looks"]]
        for r in rows
    ]  # fmt: skip
    show({"judges": rows}, json_, lambda: table(head, lines))


@judge.command("show")
@click.argument("name")
@click.option("--version", type=int, help="As it was in this version.")
@as_json
@click.pass_obj
def show_(workspace: Path, name: str, version: int | None, json_: bool) -> None:
    """Show a judge: its description, versions, runs, looks at the test part, and what has changed since."""
    from workbench.workspace import Workspace

    ws = Workspace(workspace)
    found = ws.judge_version(name, version)
    answer = {
        **_version(found),
        "spec": found.spec.model_dump(mode="json"),
        "versions": [_version(each) for each in ws.judge_history(name)],
        "runs": ws.store.judge_runs(name),
        "looks": records(ws.store.judge_looks(name)),
        "due": list(ws.calibration_due(name)),
    }
    show(answer, json_, lambda: _tell_judge(answer))


@judge.command()
@click.argument("name")
@click.option("--sample", "sample_id", help="Only this sample's traces.")
@click.option("--where", help="Only traces that meet this SQL condition.")
@click.option("--part", help="Only labelled traces of this part: train, dev or test.")
@click.option("--version", type=int, help="This version; the newest if not given.")
@click.option("--replicates", type=int, default=1, show_default=True, help="How often each trace is asked.")
@click.option("--max-cost", type=float, callback=finite, metavar="USD", help="Stop before more than this is spent.")
@click.option("--allow-same-provider", is_flag=True, help="Judge answers of the judge's own family all the same.")
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of the give or take in waits."
)
@click.option("--dry-run", is_flag=True, help="Say what it would ask and cost, and ask nothing.")
@click.option("--yes", is_flag=True, help="Begin without asking back.")
@as_json
@click.pass_obj
def run(
    workspace: Path,
    name: str,
    max_cost: float | None,
    seed: int,
    dry_run: bool,
    yes: bool,
    json_: bool,
    **chosen: Any,
) -> None:
    """Ask the judge NAME about traces: what it costs is shown first, and what was answered is not asked again."""
    from workbench.workspace import Workspace

    ws = Workspace(workspace)
    estimate = ws.estimate_judge(name, **chosen)
    for notice in (str(estimate), f"Guessed {estimate.how}.", *estimate.notices):
        click.echo(notice, err=True)
    if dry_run:
        show(_estimate(estimate), json_, lambda: click.echo(estimate.refusal or estimate.price))
        return
    if estimate.calls and estimate.refusal is None:
        _agree(estimate, yes)
    with progress_bars() as progress:
        report = ws.run_judge(name, max_cost=max_cost, seed=seed, progress=progress, **chosen)
    for notice in report.notices:
        if notice not in estimate.notices:
            click.echo(notice, err=True)
    show(_report(report), json_, lambda: click.echo(repr(report)))


@judge.command()
@click.argument("name")
@click.option("--dimension", help="What both have labelled; the judge's own if not given.")
@click.option("--part", help="dev, to try a prompt on; test, to rely on; all labels if not given.")
@click.option("--by", "looked_by", default=author_name, show_default="$USER", help="Who looks at the test part.")
@click.option("--version", type=int, help="This version; the newest that has answered if not given.")
@click.option("--sample", "sample_id", help="Only labels of this sample's traces.")
@click.option("--labelled", help="How the traces that people labelled were chosen: balanced, random or chosen.")
@as_json
@click.pass_obj
def calibrate(workspace: Path, name: str, json_: bool, **options: Any) -> None:
    """Compare the judge NAME with people: may it gate. Each look at the test part is written down."""
    from workbench.workspace import Workspace

    found = Workspace(workspace).judge(name, **options)
    for notice in found.notices:
        click.echo(notice, err=True)
    show(calibration(found), json_, lambda: tell_calibration(found))


@judge.command()
@click.argument("names", nargs=-1, required=True)
@click.option("--dimension", help="What all have labelled; the first judge's own if not given.")
@click.option("--part", help="dev or test; all labels if not given.")
@click.option("--by", "looked_by", default=author_name, show_default="$USER", help="Who looks at the test part.")
@click.option("--labelled", help="How the traces that people labelled were chosen: balanced, random or chosen.")
@as_json
@click.pass_obj
def panel(workspace: Path, names: tuple[str, ...], json_: bool, **options: Any) -> None:
    """Compare the majority of an odd number of judges with people, and say how far they err together."""
    from workbench.workspace import Workspace

    found = Workspace(workspace).judge_panel(names, **options)
    for notice in found.notices:
        click.echo(notice, err=True)
    worth = found.errors.effective
    answer = {
        "judges": records(found.each),
        "majority": calibration(found.majority),
        "correlations": records(found.correlations),
        "effective": None if worth != worth else worth,
        "split": found.split.estimate if found.split.n else None,
        "split_items": list(found.split_items),
        "notices": list(found.notices),
    }
    show(answer, json_, lambda: _tell_panel(found))


@judge.command()
@click.argument("name")
@click.option("--dimension", help="What both have labelled; the judge's own if not given.")
@click.option("--version", type=int, help="This version; the newest that has answered if not given.")
@click.option("--shown", type=FILE, help="Its verdicts on pairs of answers: item, value (1 or 2, the place that won).")
@click.option("--swapped", type=FILE, help="The same with the two answers' places changed.")
@as_json
@click.pass_obj
def habits(workspace: Path, name: str, shown: Path | None, swapped: Path | None, json_: bool, **options: Any) -> None:
    """Say what the judge NAME does out of habit: contradict itself, prefer length, its own family, a place."""
    from workbench.workspace import Workspace
    from workbench.workspace.calibrating import read_pairs

    if (shown is None) != (swapped is None):
        raise BadRequest("a preference for a place shows only in both orders. Give --shown FILE and --swapped FILE")
    pairs = read_pairs(shown, swapped) if shown is not None and swapped is not None else None
    found = Workspace(workspace).judge_habits(name, pairs=pairs, **options)
    answer = {
        "repeatable": None if not found.repeatable.n else found.repeatable.estimate,
        "repeatable_n": found.repeatable.n,
        "replicates": found.replicates,
        "alpha": None if found.alpha is None or found.alpha.value != found.alpha.value else found.alpha.value,
        "length": _effect(found.length),
        "own_family": _effect(found.own_family),
        "position": None if found.position is None else _position(found.position),
        "words": list(found.words),
    }
    show(answer, json_, lambda: click.echo(repr(found)))


@judge.command("alt-test")
@click.argument("name")
@click.option("--dimension", help="What both have labelled; the judge's own if not given.")
@click.option("--version", type=int, help="This version; the newest that has answered if not given.")
@click.option(
    "--epsilon",
    type=float,
    callback=finite,
    default=0.15,
    show_default=True,
    help="How much it may fall short: .2 experts, .1 a crowd.",
)
@as_json
@click.pass_obj
def alt_test(workspace: Path, name: str, json_: bool, **options: Any) -> None:
    """Say whether the judge NAME may take an annotator's place: is it as near to the others as each of them is."""
    from workbench.workspace import Workspace

    found = Workspace(workspace).judge_alt_test(name, **options)
    rows = [dataclasses.asdict(each) for each in found.annotators]
    rates = {"winning_rate": found.winning_rate, "advantage": found.advantage}
    answer = {
        "verdict": found.verdict,
        **{key: None if value != value else value for key, value in rates.items()},
        "n": found.n,
        "epsilon": found.epsilon,
        "reason": found.reason,
        "annotators": [{key: None if value != value else value for key, value in row.items()} for row in rows],
    }
    show(answer, json_, lambda: click.echo(str(found)))


def _agree(estimate: Any, yes: bool) -> None:
    """Nothing is paid for that nobody has agreed to."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise BadRequest(
            f"the run makes {estimate.calls:,} requests ({estimate.price}). Give --yes to begin without a terminal"
        )
    click.confirm("Begin?", abort=True, err=True)


def _version(version: Any) -> dict[str, Any]:
    told = {name: getattr(version, name) for name in ("judge", "version", "created_at", "author", "reason")}
    return {**told, "model": version.spec.model, "prompt_hash": version.prompt_hash}


def _estimate(estimate: Any) -> dict[str, Any]:
    names = ("judge", "version", "traces", "calls", "cached", "elsewhere", "tokens_in", "tokens_out", "cost")
    reason = {} if estimate.cost is not None else {"cost_reason": "price unknown"}
    told = {name: getattr(estimate, name) for name in (*names, "cost_most", "how", "refusal")}
    return {**told, **reason, "notices": list(estimate.notices)}


def _report(report: Any) -> dict[str, Any]:
    names = ("judge", "version", "run_id", "traces", "cached", "relabelled", "left")
    counts = (
        "answered",
        "unparsable",
        "failed",
        "elsewhere",
        "asked_again",
        "unsure",
        "unpriced",
        "stopped",
        "problems",
    )
    told = {name: getattr(report, name) for name in names} | {name: getattr(report.tally, name) for name in counts}
    return {**told, "cost": report.tally.cost_usd, "notices": list(report.notices)}


def _effect(effect: Any) -> dict[str, Any]:
    told = {name: getattr(effect, name) for name in ("odds_ratio", "low", "high", "p", "n", "reason")}
    return {name: None if value != value else value for name, value in told.items()}


def _position(found: Any) -> dict[str, Any]:
    told = {name: getattr(found, name) for name in ("inconsistent", "first", "by_place")}
    return {"consistent": found.consistent.estimate, **told, "p": None if found.p != found.p else found.p}


def _tell_judge(answer: dict[str, Any]) -> None:
    spec = answer["spec"]
    click.echo(
        f"{answer['judge']} version {answer['version']}: {spec['model']} on {spec['dimension']}, by {answer['author']}"
    )
    click.echo(f"{spec['prompt']}\n")
    head = ["version", "when", "who", "model", "prompt", "why"]
    lines = [
        [v["version"], f"{v['created_at']:%Y-%m-%d %H:%M}", v["author"], v["model"], v["prompt_hash"], v["reason"]]
        for v in answer["versions"]
    ]
    table(head, lines)
    for line in answer["due"]:
        click.echo(line)


def _tell_panel(found: Any) -> None:
    rows = [
        [r["judge"], f"{100 * r['true_pass']:.0f}%", f"{100 * r['true_fail']:.0f}%", r["unparsable"], r["verdict"]]
        for r in records(found.each.fillna({"true_pass": 0.0, "true_fail": 0.0}))
    ]
    table(["judge", "good outputs passed", "real failures caught", "unreadable", "alone"], rows)
    click.echo(repr(found))
