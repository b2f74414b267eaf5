"""The verbs of retrieval snapshots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from workbench.cli.drift import snapshot_answer
from workbench.cli.group import BY, cli, finite
from workbench.cli.show import as_json, records, show, table
from workbench.errors import BadRequest


@cli.group()
def retrieval() -> None:
    """Write down what the golden queries fetch, and see whether they still fetch it."""


@retrieval.command("snapshot")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--from-traces", is_flag=True, help="What the cases' own traces fetched, and others that ask the same.")
@click.option("--where", metavar="WHERE", help="Of traces: only those that meet this SQL condition.")
@click.option("--as-of", type=click.DateTime(), help="Of a file: the time it is of, UTC; now by default.")
@BY
@as_json
@click.pass_obj
def snapshot(
    workspace: Path, file: Path | None, from_traces: bool, where: str | None, as_of: datetime | None, by: str,
    json_: bool,
) -> None:  # fmt: skip
    """Write down what the golden queries fetch: rows of case_id or query and retrieved, [{id, score}], in FILE."""
    from workbench.workspace import Workspace

    if (file is None) is not from_traces:
        raise BadRequest("a snapshot is of a file or of traces. Give FILE, or --from-traces")
    moment = None if as_of is None else as_of.replace(tzinfo=UTC)
    found = Workspace(workspace).snapshot_retrieval(file, where=where, as_of=moment, by=by)
    answer = {name: getattr(found, name) for name in
              ("snapshot_id", "version", "source", "as_of", "n", "cases", "other")}  # fmt: skip
    answer |= {"rejected_rows": list(found.rejected_rows)}
    show(answer, json_, lambda: click.echo(_line(found)))
    _rejected(found.rejected_rows)


def _rejected(rows: Sequence[Mapping[str, Any]]) -> None:
    for row in rows[:20]:
        click.echo(f"rejected: {row['file']} row {row['row']}: {row['reason']}", err=True)
    if len(rows) > 20:
        click.echo(f"rejected: {len(rows) - 20:,} rows more", err=True)


def _line(found: Any) -> str:
    other = f", {found.other:,} rows of no open case" if found.other else ""
    return (
        f"{found.snapshot_id}: what {found.n:,} of {found.cases:,} open queries of golden version {found.version}"
        f" fetch, as of {found.as_of:%Y-%m-%d %H:%M} UTC{other}"
    )


@retrieval.command("compare")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--where", metavar="WHERE", help="Without a file: traces that meet this, instead of all after it.")
@click.option("--snapshot", metavar="ID", help="The newest by default.")
@click.option("--corpus", type=click.Path(path_type=Path), help="Ids of all passages, one a line or a column id.")
@click.option("--threshold", type=float, callback=finite, help="The score below which a passage does not count.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of the bootstrap.")
@as_json
@click.pass_obj
def compare(workspace: Path, json_: bool, **options: Any) -> None:
    """Hold what the golden queries fetch now, in FILE or in traces, against a snapshot; nothing is written."""
    from workbench.workspace import Workspace

    found = Workspace(workspace).compare_retrieval(**options)
    of_file = {"other": found.other, "rejected_rows": list(found.rejected_rows)}
    show({**snapshot_answer(found), **of_file, "sentences": list(found.sentences)}, json_, lambda: _tell(found))
    _rejected(found.rejected_rows)


def _tell(found: Any) -> None:
    for sentence in found.sentences:
        click.echo(sentence)
    rows = [[row["case_id"], f"{100 * row['jaccard']:.0f}%", _some(row["gone"]), _some(row["came"])]
            for row in found.frame.head(12).to_dict("records")]  # fmt: skip
    if rows:
        table(["case", "shared", "gone", "came"], rows)


def _some(ids: list[str]) -> str:
    return ", ".join(each[:40] for each in ids[:3]) + (f" and {len(ids) - 3} more" if len(ids) > 3 else "")


@retrieval.command("list")
@as_json
@click.pass_obj
def list_(workspace: Path, json_: bool) -> None:
    """List the snapshots."""
    from workbench.workspace import Workspace

    frame = Workspace(workspace).retrieval_snapshots()
    rows = [[row["snapshot_id"], f"{row['as_of']:%Y-%m-%d %H:%M}", row["source"], row["version"], row["n"],
             row["taken_by"]] for row in frame.to_dict("records")]  # fmt: skip
    show({"snapshots": records(frame)}, json_,
         lambda: table(["snapshot", "as of", "from", "golden", "queries", "by"], rows))  # fmt: skip
