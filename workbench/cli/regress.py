"""The verbs of the same day: which flagged failures no case covers, and make one a regression case."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import click

from workbench.cli.cases import cases
from workbench.cli.group import BY
from workbench.cli.show import as_json, records, show, table
from workbench.errors import BadRequest


@cases.command()
@click.option("--since", metavar="DAY", help="Only those from this day or moment on.")
@click.option("--cluster", metavar="NAME", help="Only those of the cluster of this name.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many at most.")
@as_json
@click.pass_obj
def flagged(workspace: Path, limit: int, json_: bool, **options: Any) -> None:
    """List the flagged failures that no case covers yet, newest first; near-duplicates are one row."""
    from workbench.workspace import Workspace

    found = Workspace(workspace).flagged(**options)
    traces, rows = int(found["n"].sum()), records(found.head(limit))
    lines = [[str(row["started_at"] or "")[:16], row["trace_id"], row["n"], row["cluster"] or "", row["why"]]
             for row in rows]  # fmt: skip

    def tell() -> None:
        table(["when", "trace", "n", "cluster", "why"], lines)
        click.echo(f"{len(found):,} flagged failures no case covers ({traces:,} traces), {len(rows):,} shown")

    show({"failures": len(found), "traces": traces, "flagged": rows}, json_, tell)


@cases.command()
@click.argument("trace_id")
@click.option("--expected", default="", metavar="TEXT", help="What should have happened, in plain language.")
@click.option("--gold-answer", default="", metavar="TEXT", help="An answer that would have been right.")
@click.option("--must-say", multiple=True, metavar="PHRASE", help="A phrase that has to be in the answer.")
@click.option("--must-not-say", multiple=True, metavar="PHRASE", help="A phrase that may not be in it.")
@click.option("--rule", "rules", multiple=True, metavar="JSON", help="A check, written as a rule of workspace.toml.")
@click.option("--code", required=True, help="What went wrong, by its name in the codebook.")
@click.option("--create-code", is_flag=True, help="Make the code where the codebook does not have it.")
@click.option("--severity", type=click.IntRange(1, 5), help="What it costs; by default the code's severity.")
@click.option("--critique", default="", metavar="TEXT", help="What went wrong, in your own words.")
@click.option("--query", default="", metavar="TEXT", help="What the case asks, where it is not the trace's question.")
@click.option("--slice", "slices", multiple=True, metavar="NAME=VALUE", help="File the case there.")
@click.option("--checked", is_flag=True, help="You have read all of it, and nothing in it points to a person.")
@click.option("--anyway", is_flag=True, help="Make it although a case asks nearly the same.")
@BY
@as_json
@click.pass_obj
def regress(
    workspace: Path,
    trace_id: str,
    must_say: tuple[str, ...],
    must_not_say: tuple[str, ...],
    rules: tuple[str, ...],
    slices: tuple[str, ...],
    json_: bool,
    **options: Any,
) -> None:
    """Make the failure of a trace a regression case: its labels and a candidate, both or neither."""
    from workbench.workspace import Workspace

    if any("=" not in each for each in slices):
        raise BadRequest("--slice is written NAME=VALUE")
    checks = [_rule(each) for each in rules]
    if must_say or must_not_say:
        checks.append({"kind": "phrases", "required": list(must_say), "forbidden": list(must_not_say)})
    placed = dict(each.split("=", 1) for each in slices)
    made = Workspace(workspace).regress(trace_id, rules=checks, slices=placed, **options)

    def tell() -> None:
        click.echo(
            f"{made.case_id}: a candidate of the golden pool, risk {made.risk_level}, {made.labels} labels with it"
        )
        for each in made.waits_for:
            click.echo(f"before a version holds it: {each}")

    show(dataclasses.asdict(made), json_, tell)


def _rule(text: str) -> dict[str, Any]:
    try:
        rule = json.loads(text)
    except ValueError:
        rule = None
    if not isinstance(rule, dict):
        raise BadRequest('--rule is a JSON object such as {"kind": "phrases", "forbidden": ["full refund"]}')
    return rule
