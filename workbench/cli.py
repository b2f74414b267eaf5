"""The command line: each verb translates its flags into one call of a workspace verb and prints the answer.

Results go to stdout, as a table for people or one JSON object with ``--json``; progress and notices go to stderr.
Exit status: 0 done, 2 the request was wrong, with one line that says what to do.
"""

from __future__ import annotations

import dataclasses
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import orjson

from workbench import __version__
from workbench.errors import UnreadableFile, WorkbenchError

INTERNAL = 70  # EX_SOFTWARE of sysexits.h: neither an answer nor the user's mistake

as_json = click.option("--json", "json_", is_flag=True, help="Print one JSON object instead of a table.")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option(
    "-w",
    "--workspace",
    type=click.Path(path_type=Path),
    default=lambda: Path(os.environ.get("WORKBENCH", "workspace")),
    show_default="$WORKBENCH, else ./workspace",
    help="The workspace folder.",
)
@click.version_option(__version__, prog_name="workbench")
@click.pass_context
def cli(context: click.Context, workspace: Path) -> None:
    """Error analysis on production LLM traces."""
    context.obj = workspace


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@as_json
@click.pass_obj
def init(workspace: Path, folder: Path | None, json_: bool) -> None:
    """Make a workspace folder (or open the one that is there)."""
    from workbench.workspace import Workspace

    made = Workspace.create(folder or workspace)
    show({"workspace": str(made.path)}, json_, lambda: click.echo(f"workspace {made.path}"))


@cli.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--format", "format_", metavar="NAME", help="The format; found by looking inside if not given.")
@click.option("--map", "mapping", type=click.Path(path_type=Path), help="A mapping.toml for generic files.")
@as_json
@click.pass_obj
def ingest(workspace: Path, paths: tuple[Path, ...], format_: str | None, mapping: Path | None, json_: bool) -> None:
    """Take traces in from files or folders, redacted, as one batch."""
    from workbench.workspace import Workspace

    opened = Workspace.create(workspace)
    with progress_bars() as progress:
        report = opened.ingest(*paths, format=format_, mapping=mapping, progress=progress)
    for notice in report.notices:
        click.echo(notice, err=True)
    show(dataclasses.asdict(report), json_, lambda: _tell_ingest(report))
    if not report.took_anything:
        raise UnreadableFile(_nothing_taken(report))


@cli.command()
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--policy", default="default", show_default=True, help="What is redacted.")
@as_json
def redact(source: Path, target: Path, policy: str, json_: bool) -> None:
    """Redact a JSONL file of rows {id, text}; needs no workspace."""
    from workbench.redact_file import redact_file

    with progress_bars() as progress:
        report = redact_file(source, target, policy=policy, progress=progress)
    show(report, json_, lambda: _tell_redact(report))


@cli.command()
@as_json
@click.pass_obj
def embed(workspace: Path, json_: bool) -> None:
    """Compute the vectors that are missing."""
    from workbench.workspace import Workspace

    with progress_bars() as progress:
        report = Workspace(workspace).embed(progress=progress)
    show(
        dataclasses.asdict(report),
        json_,
        lambda: click.echo(f"{report.new:,} new vectors of {report.texts:,} texts by {report.embedder}"),
    )


@cli.command()
@click.option("--update", is_flag=True, help="Place new traces on the newest map; no point on it moves.")
@click.option("--method", type=click.Choice(["auto", "communities", "hdbscan", "kmeans"]), help="How to cluster.")
@click.option("--reassign", is_flag=True, default=None, help="Give unclustered traces to the nearest cluster.")
@click.option("--seed", type=int, help="Seed of layout and clusters.")
@as_json
@click.pass_obj
def map(workspace: Path, update: bool, json_: bool, **options: Any) -> None:
    """Lay the traces out and cluster them; embeds what is missing first."""
    from workbench.workspace import Workspace

    given = {name: value for name, value in options.items() if value is not None}
    with progress_bars() as progress:
        report = Workspace(workspace).map(update=update, progress=progress, **given)
    show(dataclasses.asdict(report), json_, lambda: _tell_map(report))


@cli.command()
@as_json
@click.pass_obj
def clusters(workspace: Path, json_: bool) -> None:
    """List the clusters of the newest map."""
    from workbench.workspace import Workspace

    opened = Workspace(workspace)
    frame = opened.clusters()
    show({"clusters": records(frame)}, json_, lambda: _tell_clusters(frame, opened.points()))


@cli.command()
@click.argument("table")
@click.argument("target", type=click.Path(path_type=Path))
@as_json
@click.pass_obj
def export(workspace: Path, table: str, target: Path, json_: bool) -> None:
    """Write a table (traces, spans, points, labels, samples) to a .csv, .parquet or .jsonl file."""
    from workbench.workspace import Workspace

    n = Workspace(workspace).export(table, target)
    show({"table": table, "path": str(target), "rows": n}, json_, lambda: click.echo(f"{n:,} rows to {target}"))


@cli.command()
@as_json
def policies(json_: bool) -> None:
    """List the redaction policies, and what each leaks."""
    from workbench.redact import POLICIES

    rows = [
        {"policy": name, "entities": sorted(policy.entities), "leaks": policy.leaks}
        for name, policy in POLICIES.items()
    ]
    show(
        {"policies": rows},
        json_,
        lambda: table(["policy", "what it leaks"], [[row["policy"], row["leaks"]] for row in rows]),
    )


@cli.command()
@as_json
def formats(json_: bool) -> None:
    """List the formats that can be taken in."""
    from workbench.formats import FORMATS

    rows = [{"format": name, "meaning": FORMATS[name].meaning} for name in sorted(FORMATS)]
    show({"formats": rows}, json_, lambda: table(["format", "what it is"], [list(row.values()) for row in rows]))


@cli.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8501, show_default=True, help="The port on localhost.")
@click.option("--no-open", is_flag=True, help="Do not open a browser.")
@click.pass_obj
def app(workspace: Path, port: int, no_open: bool) -> None:
    """Open the pages on localhost."""
    from workbench.serve import serve

    serve(workspace, port=port, open_browser=not no_open)


@cli.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8501, show_default=True, help="The port on localhost.")
@click.option("--no-open", is_flag=True, help="Build the demo workspace only, do not start the pages.")
@as_json
@click.pass_obj
def demo(workspace: Path, port: int, no_open: bool, json_: bool) -> None:
    """Build a workspace from sample_data/ and open the pages on it."""
    from workbench.demo import build_demo
    from workbench.serve import serve

    with progress_bars() as progress:
        made = build_demo(workspace, progress=progress)
    show(
        made,
        json_,
        lambda: click.echo(f"demo workspace {workspace}: {made['traces']:,} traces, {made['clusters']} clusters"),
    )
    if not no_open:
        serve(workspace, port=port, open_browser=True)


# showing


def show(answer: dict[str, Any], json_: bool, tell: Callable[[], None]) -> None:
    """Print an answer: one JSON object, or what ``tell`` prints for people."""
    if json_:
        sys.stdout.write(orjson.dumps(answer, default=_plain, option=orjson.OPT_SERIALIZE_NUMPY).decode() + "\n")
    else:
        tell()


def records(frame: Any) -> list[dict[str, Any]]:
    """A frame's rows as plain dicts, missing values as None."""
    return [{key: _plain_value(item) for key, item in row.items()} for row in frame.to_dict("records")]


def table(head: list[str], rows: list[list[Any]]) -> None:
    """Print a table for people, as wide as the terminal."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(*head, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        drawn.add_row(*(Text(str(item)) for item in row))
    Console(file=sys.stdout, highlight=False).print(drawn)


@contextmanager
def progress_bars() -> Iterator[Callable[[str, int, int | None], None]]:
    """Show one bar per stage on stderr; on a pipe, nothing."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda stage, done, total: None
        return
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bars:
        tasks: dict[str, Any] = {}

        def report(stage: str, done: int, total: int | None) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield report


def _tell_ingest(report: Any) -> None:
    click.echo(str(report))
    if report.batch:
        click.echo(f"batch {report.batch}")
    if report.without_text:
        click.echo(f"{report.without_text:,} traces have no text")
    if report.redacted:
        found = ", ".join(f"{entity} {n:,}" for entity, n in sorted(report.redacted.items(), key=lambda x: -x[1]))
        click.echo(f"redacted under policy {report.policy!r}: {found}")
    if not report.took_anything and report.rejected == 1:
        return  # the one reason is the error message
    for row in report.rejected_rows[:20]:
        place = f"{row['file']} row {row['row']}" if row["row"] is not None else row["file"]
        click.echo(f"rejected: {place}: {row['reason']}", err=True)
    if report.rejected > 20:
        click.echo(f"... and {report.rejected - 20:,} more rejected rows (all with --json)", err=True)


def _nothing_taken(report: Any) -> str:
    if report.rejected_rows:
        first = report.rejected_rows[0]
        place = f"{first['file']} row {first['row']}" if first["row"] is not None else first["file"]
        told = first["reason"] if first["file"] in first["reason"] else f"{place}: {first['reason']}"
        return f"nothing was taken in: {told}"
    return "nothing was taken in: the files hold no rows. Check that the export is complete"


def _tell_redact(report: dict[str, Any]) -> None:
    click.echo(f"{report['texts']:,} texts by {report['ner']}")
    table(["entity", "found"], [[entity, f"{n:,}"] for entity, n in report["findings"].items()])


def _tell_map(report: Any) -> None:
    share = "" if report.unclustered_share is None else f", {100 * report.unclustered_share:.1f}% unclustered"
    click.echo(f"map {report.map_id}: {report.traces:,} traces, {report.clusters} clusters{share}")
    if report.placed:
        click.echo(f"{report.placed:,} placed, {report.moved} moved, {report.off_map:,} off the map")


def _tell_clusters(frame: Any, points: Any) -> None:
    words = points.set_index("trace_id")["first_words"]
    rows = [
        [
            int(row.cluster),
            row.name,
            f"{row.n:,}",
            f"{100 * row.share:.1f}%",
            f"{100 * row.failure_rate:.0f}% ({100 * row.low:.0f}-{100 * row.high:.0f})",
            words[row.medoid][:60],
        ]
        for row in frame.itertuples()
    ]
    table(["", "cluster", "n", "share", "failure signals (95%)", "for example"], rows)


def _plain(value: Any) -> Any:
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "item"):
        return value.item()
    return str(value)


def _plain_value(item: Any) -> Any:
    if hasattr(item, "tolist"):
        item = item.tolist()
    return None if isinstance(item, float) and item != item else item


def main() -> None:
    """Run the command line; errors become one line on stderr and exit status 2."""
    try:
        cli.main(standalone_mode=False)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.Abort:
        sys.exit(130)
    except (WorkbenchError, click.ClickException) as error:
        sys.exit(_fail(error))
    except BrokenPipeError:
        sys.stderr.close()
    except OSError as error:  # no right to write, no space left: names a path, never what is in the file
        if error.strerror is None:
            sys.exit(_confess(error))
        sys.exit(_fail(WorkbenchError(f"{error.filename or 'a file'}: {error.strerror}. Put that right and try again")))
    except Exception as error:  # a bug; its own message may quote trace text, so it is not shown
        if os.environ.get("WORKBENCH_DEBUG"):
            raise
        sys.exit(_confess(error))


def _confess(error: Exception) -> int:
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "workbench" in Path(frame.filename).parts] or frames
    place = f"{Path(ours[-1].filename).name} line {ours[-1].lineno}"
    click.echo(
        f"workbench: a mistake of the workbench itself ({type(error).__name__} in {place}). Please report it;"
        " WORKBENCH_DEBUG=1 shows the whole traceback, which may quote your data",
        err=True,
    )
    return INTERNAL


def _fail(error: WorkbenchError | click.ClickException) -> int:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message(), err=True)
        return 2
    message = error.format_message() if isinstance(error, click.ClickException) else str(error)
    if isinstance(error, click.UsageError) and error.ctx is not None:
        message = f"{message.rstrip('.')}. See: {error.ctx.command_path} --help"
    click.echo(" ".join(f"workbench: {message}".split()), err=True)
    return 2
