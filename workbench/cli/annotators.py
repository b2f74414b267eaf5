"""What else ``agree`` can be asked: who drifts or tires, gold that was missed, rubric versions, probable labels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from workbench.cli.show import records, table
from workbench.errors import BadRequest

if TYPE_CHECKING:
    from workbench.workspace import Workspace

MOST_ITEMS = 500  # probable labels in the answer, least certain first


@dataclass(frozen=True)
class Asked:
    """What was asked beyond agreement itself.

    Attributes:
        by: How time is divided, for who drifts and tires.
        gold: Whether gold items are counted.
        by_version: The dimension to compare under the versions of the rubric.
        consensus: The dimension whose probable labels are wanted.
        seed: Seed of all draws.
    """

    by: str | None = None
    gold: bool = False
    by_version: str | None = None
    consensus: str | None = None
    seed: int = 0


def asked_of_workspace(ws: Workspace, asked: Asked, sample_id: str | None) -> dict[str, Any]:
    """The answers on a workspace, by name."""
    more: dict[str, Any] = {}
    options: dict[str, Any] = {"sample_id": sample_id, "seed": asked.seed}
    if asked.by is not None:
        more["course"] = _course(ws.agreement_over_time(asked.by, **options))  # type: ignore[arg-type]
    if asked.gold:
        more["gold"] = _plain(ws.gold_misses())
    if asked.by_version is not None:
        more["versions"] = _versions(ws.agreement_by_version(asked.by_version, **options))
    if asked.consensus is not None:
        more["consensus"] = _probable(ws.consensus(asked.consensus, **options))
    return more


def asked_of_file(path: Path, asked: Asked) -> dict[str, Any]:
    """The answers on a file of labels, by name."""
    from workbench.workspace.annotators import agreement_by_version_file, agreement_over_time_file, consensus_file

    more: dict[str, Any] = {}
    if asked.gold:
        raise BadRequest("--gold needs to know which items are gold, and --labels does not say. Give it on a workspace")
    if asked.by is not None:
        more["course"] = _course(agreement_over_time_file(path, by=asked.by, seed=asked.seed))
    if asked.by_version is not None:
        more["versions"] = _versions(agreement_by_version_file(path, asked.by_version, seed=asked.seed))
    if asked.consensus is not None:
        more["consensus"] = _probable(consensus_file(path, asked.consensus, seed=asked.seed))
    return more


def tell_asked(more: dict[str, Any]) -> None:
    """Print the answers for people."""
    for name, tell in (("course", _tell_course), ("gold", _tell_gold), ("versions", _tell_versions)):
        if name in more:
            click.echo()
            tell(more[name])
    if "consensus" in more:
        click.echo()
        _tell_probable(more["consensus"])


def _plain(frame: Any) -> list[dict[str, Any]]:
    return records(frame.astype(object).where(frame.notna(), None))


def _course(found: Any) -> dict[str, Any]:
    frames = {name: _plain(getattr(found, name)) for name in ("periods", "trends", "fatigue")}
    return {**frames, "by": found.by, "notices": list(found.notices)}


def _versions(found: Any) -> dict[str, Any]:
    return {
        "dimension": found.dimension,
        "versions": _plain(found.versions),
        "changes": _plain(found.changes),
        "sentences": list(found.sentences),
        "notices": list(found.notices),
    }


def _probable(found: Any) -> dict[str, Any]:
    return {
        "dimension": found.dimension,
        "items": _plain(found.items.head(MOST_ITEMS)),
        "annotators": _plain(found.annotators),
        "errors": _plain(found.errors),
        "prior": dict(found.prior),
        "same": None if found.same != found.same else found.same,
        "reason": found.reason,
        "notices": list(found.notices),
    }


def _tell_course(found: dict[str, Any]) -> None:
    rows = [
        [row["dimension"], row["annotator"], row["period"], row["units"],
         _bounds(row["disagreement"], row["low"], row["high"]),
         _bounds(row["excess"], row["excess_low"], row["excess_high"], sign="+")]
        for row in found["periods"]
    ]  # fmt: skip
    table(["dimension", "annotator", "period", "n", "differs from others", "failures, against others"], rows)
    sure = [row for row in found["trends"] if row["verdict"] == "drifts"]
    for row in sure:
        what = "disagreement" if row["what"] == "disagreement" else "failures against the others'"
        click.echo(
            f"{row['annotator']} drifts on {row['dimension']}: {what} {100 * row['change']:+.0f} points from the first"
            f" label to the last, p {row['p_holm']:.3f}"
        )
    tired = [row for row in found["fatigue"] if row["verdict"] == "tires"]
    for row in tired:
        click.echo(
            f"{row['annotator']} tires on {row['dimension']}: disagreement {100 * row['per_ten']:+.0f} points per ten"
            f" labels into a sitting, p {row['p_holm']:.3f}"
        )
    if not sure and not tired:
        click.echo("no drift and no fatigue is shown; --json says how large they could have been")


def _tell_gold(rows: list[dict[str, Any]]) -> None:
    if not rows:
        click.echo("no item with a known answer was labelled")
        return
    told = [
        [row["annotator"], row["dimension"], f"{row['missed']} of {row['n']}",
         _bounds(row["share"], row["low"], row["high"]), row["given_instead"] or ""]
        for row in rows
    ]  # fmt: skip
    table(["annotator", "dimension", "missed", "share (95%)", "gave instead"], told)
    if rows[0]["source"] == "settled":
        click.echo("against what experts settled: those are the disputed items, so more are missed than of all items")


def _tell_versions(found: dict[str, Any]) -> None:
    rows = [
        [row["version"], row["verdict"], row["units"], row["annotators"],
         "" if row["alpha"] is None else f"{row['alpha']:.2f} ({row['alpha_low']:.2f} to {row['alpha_high']:.2f})"]
        for row in found["versions"]
    ]  # fmt: skip
    table(["version", "verdict", "n", "by", f"alpha of {found['dimension']} (95%)"], rows)
    for sentence in found["sentences"] or ["labels of one version of the rubric at most: nothing to compare"]:
        click.echo(sentence)


def _tell_probable(found: dict[str, Any]) -> None:
    if not found["prior"]:
        click.echo(f"no probable labels of {found['dimension']}: {found['reason']}")
        return
    rows = [[row["annotator"], row["labels"], f"{100 * row['right']:.0f}%"] for row in found["annotators"]]
    table(["annotator", "labels", f"probably right on {found['dimension']}"], rows)
    unsure = sum(row["certainty"] < 0.9 for row in found["items"])
    click.echo(f"{unsure:,} items below 90% certain; let an expert decide them first (adjudicate --list)")
    if found["reason"]:
        click.echo(f"beware: {found['reason']}")


def _bounds(value: float | None, low: float | None, high: float | None, sign: str = "") -> str:
    if value is None:
        return ""
    bounds = "" if low is None or high is None else f" ({100 * low:{sign}.0f} to {100 * high:{sign}.0f})"
    return f"{100 * value:{sign}.0f}%{bounds}"
