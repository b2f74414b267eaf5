"""The verbs of the golden set."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import click

from workbench.cli.group import BY, cli, finite
from workbench.cli.show import as_json, records, show, table
from workbench.errors import BadRequest

NO = 1  # exit status: the version is not as it was frozen
FOLDER = click.Path(path_type=Path)
TAG = click.option("--tag", is_flag=True, help="Commit, and tag the commit golden-vN.")
DVC = click.option("--dvc", is_flag=True, help="Let DVC keep the version's cases; git then holds pointers to them.")


@cli.group()
def golden() -> None:
    """Freeze the golden set in versions, check and compare them, open what is sealed."""


@golden.command()
@click.option("--reason", required=True, help="Why there is a new version.")
@BY
@click.option(
    "--blind",
    "share",
    type=click.FloatRange(0, 0.5),
    callback=finite,
    help="The share of cases to seal; a fifth by default.",
)
@click.option("--allow-findings", is_flag=True, help="Freeze although the scan found what looks like personal data.")
@click.option("--allow-leaks", is_flag=True, help="Freeze although cases stand in prompts, or twice in the set.")
@click.option("--commit", is_flag=True, help="Commit the golden files, and nothing else, to the git repository.")
@TAG
@DVC
@as_json
@click.pass_obj
def freeze(workspace: Path, reason: str, by: str, share: float | None, json_: bool, **options: bool) -> None:
    """Freeze the accepted cases as the next version."""
    from workbench.workspace import Workspace

    opened = Workspace(workspace)
    report = opened.freeze(author=by, reason=reason, blind_share=share, **options)
    for notice in report.notices:
        click.echo(notice, err=True)
    show(dataclasses.asdict(report), json_, lambda: _tell_frozen(report))


@golden.command()
@click.option("--against", type=FOLDER, multiple=True, help="Prompts, examples or training data; again for more.")
@click.option("--changed", "changed_at", metavar="DAY", help="Since when the product has been as it is to be judged.")
@as_json
@click.pass_obj
def check(workspace: Path, against: tuple[Path, ...], changed_at: str | None, json_: bool) -> None:
    """Look over the next version: leaks, duplicates, time, sessions, selection, tuning. Freezing does so too."""
    from workbench.workspace import Workspace

    found = Workspace(workspace).check_golden(against, changed_at=changed_at)
    answer = {"passed": found.passed, **dataclasses.asdict(found)}
    rows = [[each.check, each.verdict, each.told] for each in found.findings]
    show(answer, json_, lambda: table(["check", "verdict", "what it says"], rows))


@golden.command()
@click.argument("version", type=click.IntRange(min=1), required=False)
@TAG
@DVC
@as_json
@click.pass_obj
def commit(workspace: Path, version: int | None, tag: bool, dvc: bool, json_: bool) -> None:
    """Commit the golden files, and nothing else, to the git repository around them."""
    from workbench.workspace import Workspace

    kept = Workspace(workspace).commit_golden(version, tag=tag, dvc=dvc)
    show(dataclasses.asdict(kept), json_, lambda: _tell_kept(kept))


@golden.command()
@click.argument("version", type=click.IntRange(min=1), required=False)
@click.option("--folder", type=FOLDER, help="A folder of golden files, such as in a clone. No workspace needed.")
@click.option("--sha256", "expected", help="The hash the version should have, as it was written down elsewhere.")
@as_json
@click.pass_context
def verify(context: click.Context, version: int | None, folder: Path | None, expected: str | None, json_: bool) -> None:
    """Check that frozen versions are what was frozen; exit status 1 if one is not."""
    from workbench.workspace import Workspace
    from workbench.workspace.golden import verify_folder

    if expected is not None and version is None:
        raise BadRequest("--sha256 is the hash of one version. Name the version too")
    if folder is not None:
        found = verify_folder(folder, version, expected=expected)
    else:
        found = Workspace(context.obj).verify_golden(version, expected=expected)
    rows = [{**dataclasses.asdict(each), "ok": each.ok} for each in found]
    last = found[-1] if found else None
    answer = {
        "ok": all(each.ok for each in found),
        "version": last.version if last else None,
        "cases": last.cases if last else 0,
        "blind": last.blind if last else 0,
        "sha256": last.sha256 if last else None,
        "problems": [{"version": row["version"], **each} for row in rows for each in row["problems"]],
        "versions": rows,
    }
    for notice in dict.fromkeys(notice for each in found for notice in each.notices):
        click.echo(notice, err=True)
    show(answer, json_, lambda: _tell_verified(found))
    if not answer["ok"]:
        context.exit(NO)


@golden.command()
@click.argument("before", type=click.IntRange(min=1))
@click.argument("after", type=click.IntRange(min=1))
@as_json
@click.pass_obj
def diff(workspace: Path, before: int, after: int, json_: bool) -> None:
    """Say what two versions differ in; sealed cases are counted, not named."""
    from workbench.workspace import Workspace

    found = Workspace(workspace).golden_diff(before, after)
    changes = [dataclasses.asdict(each) for each in found.changes]
    answer = {"before": before, "after": after, **found.counts(), "changes": changes}
    show(answer, json_, lambda: _tell_changes(changes))


@golden.command("list")
@as_json
@click.pass_obj
def list_(workspace: Path, json_: bool) -> None:
    """List the versions."""
    from workbench.workspace import Workspace

    rows = records(Workspace(workspace).golden_versions())
    show({"versions": rows}, json_, lambda: _tell_versions(rows))


@golden.command("open")
@click.argument("version", type=click.IntRange(min=1))
@click.option("--release", required=True, help="The release that is to be judged by them.")
@click.option("--reason", required=True, help="Why they are opened.")
@BY
@click.option("--out", type=FOLDER, required=True, help="The JSONL file to write the cases to.")
@as_json
@click.pass_obj
def open_(workspace: Path, version: int, release: str, reason: str, by: str, out: Path, json_: bool) -> None:
    """Open the sealed cases of a version; a line in the ledger comes first."""
    from workbench.workspace import Workspace

    if out.is_dir() or not out.parent.is_dir():
        raise BadRequest(f"cannot write {str(out)!r}. Name a file in a folder that exists")
    found = Workspace(workspace).open_golden(version, release=release, reason=reason, opened_by=by)
    out.write_bytes(found.lines)
    if found.warning:
        click.echo(found.warning, err=True)
    answer = {
        "version": version, "cases": len(found.cases), "release": found.look.release, "file": str(out),
        "looks": len(found.earlier) + 1, "warning": found.warning,
    }  # fmt: skip
    show(answer, json_, lambda: click.echo(f"{len(found.cases)} sealed cases of version {version} written to {out}"))


@golden.command()
@as_json
@click.pass_obj
def ledger(workspace: Path, json_: bool) -> None:
    """Show who opened sealed cases, when and why."""
    from workbench.workspace import Workspace

    rows = [dataclasses.asdict(look) for look in Workspace(workspace).golden_looks()]
    head = ["version", "release", "reason", "opened_by", "opened_at", "n"]
    show({"looks": rows}, json_, lambda: table(head, [[row[name] for name in head] for row in rows]))


@golden.command()
@as_json
@click.pass_obj
def adopt(workspace: Path, json_: bool) -> None:
    """Take in versions that only the files know, as after a restored folder."""
    from workbench.workspace import Workspace

    new = Workspace(workspace).adopt_golden()
    told = f"versions taken in: {', '.join(map(str, new))}" if new else "every version is known already"
    show({"versions": new}, json_, lambda: click.echo(told))


def _tell_frozen(report: Any) -> None:
    click.echo(f"version {report.version}: {report.cases} cases, {report.blind} of them sealed")
    changed = dataclasses.asdict(report)
    click.echo(", ".join(f"{changed[how]} {how}" for how in ("added", "removed", "relabelled", "edited")))
    click.echo(f"sha256 {report.sha256}")
    if report.commit or report.tag or report.dvc:
        _tell_kept(report)


def _tell_kept(kept: Any) -> None:
    told = f"commit {kept.commit}" if kept.commit else "nothing to commit: the repository holds these files already"
    click.echo(told + (f", tag {kept.tag}" if kept.tag else ""))
    for name in kept.dvc:
        click.echo(f"kept by DVC: {name}")


def _tell_verified(found: list[Any]) -> None:
    if not found:
        click.echo("no version was frozen yet")
    for each in found:
        click.echo(f"version {each.version}: {'as it was frozen' if each.ok else 'NOT as it was frozen'}")
        for problem in each.problems:
            which = f" [{problem.case_id}]" if problem.case_id else ""
            click.echo(f"  {problem.file}{which}: {problem.problem}")


def _tell_changes(changes: list[dict[str, Any]]) -> None:
    rows = [[row["how"], row["case_id"] or "(sealed)", row["kind"], row["reason"], row["by"]] for row in changes]
    table(["change", "case", "kind", "reason", "by"], rows)


def _tell_versions(rows: list[dict[str, Any]]) -> None:
    head = ["version", "created_at", "author", "cases", "blind", "added", "removed", "relabelled", "looks"]
    table(head, [[row[name] for name in head] for row in rows])
