"""The verb of adjudication: what is disputed, and settling it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from workbench.cli.group import cli
from workbench.cli.show import as_json, records, show, table
from workbench.errors import BadRequest

if TYPE_CHECKING:
    from pandas import DataFrame

    from workbench.agree import Dispute

MOST_SHOWN = 40  # disputes in the table for people; --json has all


@cli.command()
@click.argument("trace", required=False)
@click.option("--list", "list_", is_flag=True, help="List what is disputed, open disputes first.")
@click.option("--sample", "sample_id", metavar="ID", help="With --list: only of this sample's traces.")
@click.option("--dimension", help="outcome, a dimension of the rubric, or 'code: NAME'.")
@click.option(
    "--how",
    type=click.Choice(["decide", "majority", "exclude", "ambiguous"]),
    help="decide with --value and --reason, take the majority, leave the trace out, or keep it as ambiguous.",
)
@click.option("--value", help="What holds, where somebody decides; of a code yes or no.")
@click.option("--reason", default="", help="Why; only a majority needs none.")
@click.option("--by", "decided_by", metavar="NAME", help="Who settles it.")
@as_json
@click.pass_obj
def adjudicate(
    workspace: Path,
    trace: str | None,
    list_: bool,
    sample_id: str | None,
    dimension: str | None,
    how: str | None,
    value: str | None,
    reason: str,
    decided_by: str | None,
    json_: bool,
) -> None:
    """List what annotators disagree about, show one dispute, or settle it with a reason."""
    from workbench.workspace import Workspace

    opened = Workspace(workspace)
    try:
        if list_:
            if trace is not None or how is not None:
                raise BadRequest("--list shows disputes and settles none. Leave out the trace and --how, or --list")
            found = opened.disputes(sample_id, dimension)
            show(_listing(found), json_, lambda: _tell_list(found))
            return
        if trace is None or dimension is None:
            raise BadRequest("adjudicate needs a trace and its --dimension, or --list. Give them")
        if how is None:
            if value is not None or reason:
                raise BadRequest("nothing is settled without --how. Give --how decide, majority, exclude or ambiguous")
            shown = opened.dispute(trace, dimension)
        elif decided_by is None:
            raise BadRequest("a decision bears a name. Give --by NAME")
        else:
            options: dict[str, Any] = {"how": how, "value": value, "reason": reason, "decided_by": decided_by}
            shown = opened.adjudicate(trace, dimension, **options)
    finally:
        opened.store.close()
    show(_one(shown), json_, lambda: _tell_one(shown))


def _listing(found: DataFrame) -> dict[str, Any]:
    settled = int(found["adjudicated"].sum())
    rows = records(found.astype(object).where(found.notna(), None))
    return {"disputes": rows, "open": len(found) - settled, "adjudicated": settled}


def _one(found: Dispute) -> dict[str, Any]:
    decision = found.decision
    return {
        "trace_id": found.trace_id,
        "dimension": found.dimension,
        "disputed": found.disputed,
        "majority": found.majority,
        "votes": [{name: getattr(vote, name) for name in vote.__dataclass_fields__} for vote in found.votes],
        "minority": [vote.annotator for vote in found.minority],
        "values": list(found.values),
        "decision": decision and _decision(decision),
        "decisions": [_decision(each) for each in found.decisions],
        "changed": found.changed,
    }


def _decision(decision: Any) -> dict[str, Any]:
    return {name: getattr(decision, name) for name in decision.__dataclass_fields__}


def _tell_list(found: DataFrame) -> None:
    if found.empty:
        click.echo("nothing is disputed: no two people who read the same trace differ")
        return
    rows = [
        [row.trace_id, row.dimension, row.votes, row.annotators, _settled(row)]
        for row in found.head(MOST_SHOWN).itertuples()
    ]
    table(["trace", "dimension", "votes", "who", "settled"], rows)
    if len(found) > MOST_SHOWN:
        click.echo(f"and {len(found) - MOST_SHOWN:,} more; --json shows all")


def _settled(row: Any) -> str:
    if not row.adjudicated:
        return "open"
    return f"{row.how}{f' {row.value}' if isinstance(row.value, str) else ''} by {row.decided_by}"


def _tell_one(found: Dispute) -> None:
    rows = [
        [vote.annotator, vote.value, "" if vote.severity is None else vote.severity, vote.critique or ""]
        for vote in found.votes
    ]
    table(["annotator", found.dimension, "severity", "why"], rows)
    if found.decision is None:
        told = f"the majority says {found.majority}" if found.majority else "there is no majority"
        click.echo(f"open; {told}")
        return
    decision = found.decision
    value = f" {decision.value}" if decision.value else ""
    click.echo(f"{decision.how}{value} by {decision.decided_by}: {decision.reason}")
    if found.minority:
        click.echo(f"voted otherwise: {', '.join(vote.annotator for vote in found.minority)}")
    if decision.value is None:
        click.echo("left out of what judges are compared with")
