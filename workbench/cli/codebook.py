"""The verbs of the codebook: see it, take codes in and out, and look again at the labels a change made stale."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import click

from workbench.cli.group import cli
from workbench.cli.show import as_json, records, show, table
from workbench.errors import BadRequest


def _user() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no variable names the user, and the system does not know one either
        return ""


author = click.option("--author", "--by", "author", default=_user, show_default="$USER", help="Who makes the change.")
why = click.option("--reason", default="", help="Why.")


@cli.group()
def codebook() -> None:
    """Name failures, and change the names without losing a label."""


@codebook.command("list")
@click.option("--all", "all_", is_flag=True, help="Those that were merged, split or retired, too.")
@as_json
@click.pass_obj
def list_(workspace: Path, all_: bool, json_: bool) -> None:
    """List the codes with severity and how often they were given."""
    from workbench.workspace import Workspace

    opened = Workspace(workspace)
    frame = opened.codes(all_=all_)
    version = opened.codebook().version
    show({"version": version, "codes": _rows(frame)}, json_, lambda: _tell_codes(frame, version))


@codebook.command("show")
@click.argument("name")
@click.option("--version", type=int, help="As it was in this version.")
@as_json
@click.pass_obj
def show_(workspace: Path, name: str, version: int | None, json_: bool) -> None:
    """Show one code: what is written about it, its labels and its history."""
    from workbench.workspace import Workspace

    opened = Workspace(workspace)
    book = opened.codebook(version)
    code = book.find(name) or book.ended(name) or book.get(name)
    counted = opened.codes(all_=True).set_index("code_id").loc[code.code_id]
    frame = opened.codebook_changes()
    changes = _rows(frame[[code.code_id in ids for ids in frame["code_ids"]]].drop(columns="code_ids"))
    counts = {key: int(counted[key]) for key in ("labels", "traces", "annotators", "stale")}
    answer = {"version": book.version, **code.to_dict(), **counts, "history": changes}
    show(answer, json_, lambda: _tell_code(answer))


@codebook.command()
@click.option("--version", type=int, help="The labels that this version made stale, instead.")
@as_json
@click.pass_obj
def history(workspace: Path, version: int | None, json_: bool) -> None:
    """List the versions: what changed, by whom, why, and how many labels still wait because of it."""
    from workbench.workspace import Workspace

    if version is not None:
        found = Workspace(workspace).labels_of_change(version)
        rows = _rows(found[["trace_id", "annotator", "value", "at", "codebook_version"]])
        told = [[r["trace_id"], r["annotator"], r["value"], r["codebook_version"]] for r in rows]
        show(
            {"version": version, "labels": rows},
            json_,
            lambda: table(["trace", "annotator", "given as", "version"], told),
        )
        return
    frame = Workspace(workspace).codebook_changes()
    rows = _rows(frame.drop(columns="code_ids"))
    head = ["version", "when", "who", "what", "why", "made stale", "still"]
    show(
        {"versions": rows},
        json_,
        lambda: table(
            head,
            [
                [
                    r["version"],
                    f"{r['changed_at']:%Y-%m-%d %H:%M}",
                    r["author"],
                    r["what"],
                    r["reason"],
                    r["touched"],
                    r["waiting"],
                ]
                for r in rows
            ],
        ),
    )


@codebook.command()
@click.option("--annotator", metavar="NAME", help="Only labels of this annotator.")
@as_json
@click.pass_obj
def stale(workspace: Path, annotator: str | None, json_: bool) -> None:
    """List the labels that wait to be looked at again."""
    from workbench.workspace import Workspace

    frame = Workspace(workspace).stale_labels(annotator)
    kept = ["trace_id", "annotator", "value", "at", "codebook_version", "code", "why", "since", "options"]
    rows = _rows(frame[kept])
    people = {str(name): int(n) for name, n in frame["annotator"].value_counts().items()}
    show({"stale": len(rows), "by_annotator": people, "labels": rows}, json_, lambda: _tell_stale(rows, people))


@codebook.command()
@click.option("--annotator", required=True, metavar="NAME", help="Whose labels: your own.")
@click.option("--code", metavar="NAME", help="Only those that may be this code now.")
@click.option("--trace", "traces", multiple=True, metavar="ID", help="Only of this trace; may be repeated.")
@click.option("--confirm", is_flag=True, help="They are right as they count now.")
@click.option("--as", "codes", multiple=True, metavar="NAME", help="They are this code; may be repeated.")
@click.option("--take-back", is_flag=True, help="They are none of the codes.")
@as_json
@click.pass_obj
def retag(
    workspace: Path,
    annotator: str,
    code: str | None,
    traces: tuple[str, ...],
    confirm: bool,
    codes: tuple[str, ...],
    take_back: bool,
    json_: bool,
) -> None:
    """Answer labels of your own that wait: confirm them, say which code they are, or take them back."""
    from workbench.workspace import Workspace

    if confirm + bool(codes) + take_back != 1:
        raise BadRequest("nothing says what the labels are. Give one of --confirm, --as NAME and --take-back.")
    opened = Workspace(workspace)
    waiting = opened.stale_labels(annotator, code=code)
    if traces:
        waiting = waiting[waiting["trace_id"].isin(traces)]
    if confirm:
        waiting = waiting[waiting["why"] == "confirm"]
    n = opened.retag(waiting, None if confirm else list(codes), annotator=annotator)
    left = len(opened.stale_labels(annotator))
    show({"answered": n, "waiting": left}, json_, lambda: click.echo(f"{n:,} answered, {left:,} wait"))


@codebook.command()
@click.option("--sample", metavar="ID", help="Only of this sample's traces.")
@click.option("--near", type=click.FloatRange(0, 1), help="The mean cosine down to which notes are put together.")
@as_json
@click.pass_obj
def notes(workspace: Path, sample: str | None, near: float | None, json_: bool) -> None:
    """Lay out the notes that have no code yet, like beside like, with groups as suggestions."""
    from workbench.workspace import Workspace

    frame = Workspace(workspace).suggest_groups(sample, near=near)
    rows = _rows(frame[["trace_id", "annotator", "note", "at", "group", "nearness"]])
    told = [["" if r["group"] is None else r["group"], r["note"][:90], r["trace_id"], r["annotator"]] for r in rows]
    show({"notes": rows}, json_, lambda: table(["group", "note", "trace", "by"], told))


@codebook.command("import")
@click.argument("source")
@click.option("--meaning-changed", is_flag=True, help="Earlier labels of codes that change have to be confirmed.")
@why
@author
@as_json
@click.pass_obj
def import_(workspace: Path, source: str, meaning_changed: bool, reason: str, author: str, json_: bool) -> None:
    """Take codes in from a .toml or .csv file, or a published taxonomy by its name (see: taxonomies)."""
    from workbench.workspace import Workspace

    made = Workspace.create(workspace).import_codes(
        source, author=author, reason=reason, meaning_changed=meaning_changed
    )
    show(
        dataclasses.asdict(made),
        json_,
        lambda: click.echo(
            f"version {made.version}: {len(made.created)} codes created, {len(made.updated)} changed,"
            f" {len(made.unchanged)} as they were"
        ),
    )


@codebook.command()
@click.argument("target", type=click.Path(path_type=Path))
@as_json
@click.pass_obj
def export(workspace: Path, target: Path, json_: bool) -> None:
    """Write the active codes to a .toml or .csv file that import reads back."""
    from workbench.workspace import Workspace

    opened = Workspace(workspace)
    n = opened.export_codes(target)
    answer = {"path": str(target), "codes": n, "version": opened.codebook().version}
    show(answer, json_, lambda: click.echo(f"{n:,} codes to {target}"))


@codebook.command()
@as_json
def taxonomies(json_: bool) -> None:
    """List published taxonomies to start from, with source and licence."""
    from workbench.workspace import Workspace

    rows = [dataclasses.asdict(each) for each in Workspace.taxonomies()]
    told = [[row["name"], len(row["codes"]), row["title"], row["source"]] for row in rows]
    show({"taxonomies": rows}, json_, lambda: table(["name", "codes", "title", "source"], told))


def _rows(frame: Any) -> list[dict[str, Any]]:
    import pandas as pd

    return [
        {key: None if pd.api.types.is_scalar(item) and pd.isna(item) else item for key, item in row.items()}
        for row in records(frame)
    ]


def _tell_codes(frame: Any, version: int) -> None:
    click.echo(f"codebook version {version}")
    rows = [
        [r["name"], r["severity"] or "", r["labels"], r["stale"] or "", r["status"], r["definition"][:70]]
        for r in _rows(frame)
    ]
    table(["code", "severity", "labels", "stale", "status", "definition"], rows)


def _tell_code(answer: dict[str, Any]) -> None:
    click.echo(f"{answer['name']} ({answer['status']}, version {answer['version']})")
    for name in ("category", "severity", "owner", "definition", "includes", "excludes", "just_in", "just_out"):
        if answer[name]:
            click.echo(f"{name.replace('_', ' ')}: {answer[name]}")
    if answer["aliases"]:
        click.echo(f"aliases: {', '.join(answer['aliases'])}")
    click.echo(f"{answer['labels']:,} labels on {answer['traces']:,} traces, {answer['stale']:,} wait")
    for change in answer["history"]:
        reason = f": {change['reason']}" if change["reason"] else ""
        click.echo(f"version {change['version']} by {change['author']} {change['what']}{reason}")


def _tell_stale(rows: list[dict[str, Any]], people: dict[str, int]) -> None:
    if not rows:
        click.echo("no label waits to be looked at again")
        return
    click.echo(", ".join(f"{name} {n:,}" for name, n in people.items()))
    told = [
        [r["trace_id"], r["annotator"], r["value"], r["codebook_version"], f"{r['why']}: {' or '.join(r['options'])}"]
        for r in rows
    ]
    table(["trace", "annotator", "given as", "version", "to do"], told)
