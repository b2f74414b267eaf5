"""The verbs of clusters: list them, follow them over time, accept or dismiss what may be new ones."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import click

from workbench.cli.group import BY, cli
from workbench.cli.show import as_json, records, show, table


@cli.group(invoke_without_command=True)
@as_json
@click.pass_context
def clusters(context: click.Context, json_: bool) -> None:
    """List the clusters of the newest map; follow them over time; accept new ones."""
    from workbench.workspace import Workspace

    if context.invoked_subcommand is not None:
        return
    opened = Workspace(context.obj)
    frame = opened.clusters()
    show({"clusters": records(frame)}, json_, lambda: _tell_clusters(frame, opened.points()))


@clusters.command()
@click.option("--all", "all_", is_flag=True, help="Clusters that were kept, too; --json always holds them.")
@as_json
@click.pass_obj
def lineage(workspace: Path, all_: bool, json_: bool) -> None:
    """Tell what became of clusters from map to map: kept, new, gone, split, merged, accepted, dismissed."""
    from workbench.workspace import Workspace

    frame = Workspace(workspace).cluster_lineage()
    show({"lineage": records(frame)}, json_, lambda: _tell_lineage(frame, all_=all_))


@clusters.command()
@as_json
@click.pass_obj
def proposals(workspace: Path, json_: bool) -> None:
    """List groups of traces off the map that may be new clusters."""
    from workbench.workspace import Workspace

    opened = Workspace(workspace)
    found = opened.cluster_proposals()
    answer = {"proposals": records(found.frame), "off_map": found.off_map, "reason": found.reason}
    show(answer, json_, lambda: _tell_proposals(found, opened))


@clusters.command()
@click.argument("proposal")
@click.option("--name", help="What to call the cluster; its first keywords by default.")
@BY
@as_json
@click.pass_obj
def accept(workspace: Path, proposal: str, name: str | None, by: str, json_: bool) -> None:
    """Make a proposal a cluster of the map; no point moves."""
    from workbench.workspace import Workspace

    done = Workspace(workspace).accept_cluster(proposal, name=name, by=by)
    show(
        dataclasses.asdict(done), json_,
        lambda: click.echo(f"cluster {done.cluster}, {done.name!r}: {done.n} traces, on map {done.map_id}"),
    )  # fmt: skip


@clusters.command()
@click.argument("proposal")
@click.option("--reason", required=True, help="Why it is no cluster.")
@BY
@as_json
@click.pass_obj
def dismiss(workspace: Path, proposal: str, reason: str, by: str, json_: bool) -> None:
    """Say that a proposal is no cluster; its traces are not proposed again."""
    from workbench.workspace import Workspace

    done = Workspace(workspace).dismiss_cluster(proposal, reason=reason, by=by)
    show(dataclasses.asdict(done), json_, lambda: click.echo(f"{done.proposal} dismissed, {done.n} traces"))


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


def _tell_lineage(frame: Any, *, all_: bool) -> None:
    if frame.empty:
        click.echo("there is no map yet. Make one: workbench map")
        return
    told = frame if all_ else frame[frame["event"] != "kept"]
    rows = [
        [
            f"{row['made_at']:%Y-%m-%d %H:%M}", row["event"], row["cluster"], row["name"], row["from"],
            "" if row["share"] is None else f"{100 * row['share']:.0f}%", f"{row['n']:,}",
            " ".join(str(each) for each in (row["by"], row["reason"]) if each),
        ]
        for row in records(told)
    ]  # fmt: skip
    shown = [["" if each is None else each for each in row] for row in rows]
    table(["map of", "event", "", "cluster", "from", "share", "n", "by, why"], shown)
    kept = int((frame["event"] == "kept").sum())
    if kept and not all_:
        click.echo(f"{kept} times a cluster was kept (--all lists them)")


def _tell_proposals(found: Any, opened: Any) -> None:
    if found.reason:
        click.echo(found.reason)
        return
    words = opened.points().set_index("trace_id")["first_words"]
    rows = [
        [
            row["proposal"], row["n"], row["sessions"],
            f"{100 * row['share']:.1f}% ({100 * row['low']:.1f}-{100 * row['high']:.1f})",
            f"{row['sure']} ({row['stability']:.2f})", ", ".join(row["keywords"][:3]),
            str(words[row["examples"][0]])[:60],
        ]
        for row in found.frame.to_dict("records")
    ]  # fmt: skip
    head = ["proposal", "n", "sessions", "of what was placed (95%)", "how sure", "keywords", "for example"]
    table(head, rows)
    click.echo(f"{found.off_map} traces are off the map. workbench clusters accept PROPOSAL --name NAME, or dismiss")
