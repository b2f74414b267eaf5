"""What changed since the last round, in sentences; and where two rounds in a row say the same, that is said.

A verdict that turned is only worth a look where it turned between two that were decided: from *stable* to *cannot tell*
is a smaller week and no change of the product.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.one_line import one_line

MOST = 5


def what_changed(now: Mapping[str, Any], before: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Compare the steps of a round with those of the last one that ended.

    Args:
        now: What the steps found.
        before: The same of the last round; None for the first.
    """
    if before is None:
        return ("This is the first round here: nothing to compare with yet.",)
    found = [_traffic(now, before), _drift(now["drift"], before["drift"]), *_clusters(now["drift"], before["drift"])]
    found += _mirror(now["mirror"], before["mirror"])
    found += _proposals(now["decided"])
    return tuple(one_line(each) for each in found if each)


def _traffic(now: Mapping[str, Any], before: Mapping[str, Any]) -> str:
    more = now["ingest"]["traces"] - before["ingest"]["traces"]
    clusters = now["map"].get("clusters"), before["map"].get("clusters")
    grew = "" if None in clusters or clusters[0] == clusters[1] else f"; {clusters[0]} clusters, {clusters[1]} before"
    if more < 0:
        return f"{-more:,} traces fewer than at the last round{grew}."
    return f"{more:,} traces more than at the last round{grew}."


def _drift(now: Mapping[str, Any], before: Mapping[str, Any]) -> str:
    same = now["verdict"] == before["verdict"]
    told = f"Drift: {now['verdict']}, {'as' if same else before['verdict']} at the last round."
    alerts = [bool(step.get("unseen_templates", {}).get("alert")) for step in (now, before)]
    if alerts == [True, False]:
        told += " Newly an alert: traffic runs under prompts or tools that the golden set has never seen."
    return told


def _clusters(now: Mapping[str, Any], before: Mapping[str, Any]) -> list[str]:
    leading, earlier = ({each["name"] for each in step["leading"]} for step in (now, before))
    told = []
    if fresh := sorted(leading - earlier):
        told.append(f"Newly among the clusters that moved: {_named(fresh)}.")
    if gone := sorted(earlier - leading):
        told.append(f"No longer among them: {_named(gone)}.")
    return told


def _mirror(now: Mapping[str, Any], before: Mapping[str, Any]) -> list[str]:
    told = []
    if now["verdict"] != before["verdict"]:
        told.append(f"Mirror: {now['verdict']}, {before['verdict']} at the last round.")
    first, last = before["coverage"], now["coverage"]
    if first is not None and last is not None:
        told.append(f"Covered of what fails in production: {last:.0%}, {first:.0%} at the last round.")
    missing, earlier = set(now["missing"]), set(before["missing"])
    if fresh := sorted(missing - earlier):
        told.append(f"Failures that newly lack any case: {_named(fresh)}.")
    if filled := sorted(earlier - missing):
        told.append(f"Failures that had no case and have one now, or were not seen again: {_named(filled)}.")
    if now["other_mix"] and before["other_mix"]:
        told.append("The mix of failures is another than production's for the second round in a row: act on it.")
    shows = {each["name"] for each in now["signs"] if each["state"] == "yes"}
    showed = {each["name"] for each in before["signs"] if each["state"] == "yes"}
    if fresh := sorted(shows - showed):
        told.append(f"Signs of age that show now and did not: {', '.join(each.replace('_', ' ') for each in fresh)}.")
    return told


def _proposals(decided: Mapping[str, int]) -> list[str]:
    n = sum(decided.values())
    if not n:
        return []
    words = {"candidate": "wait", "accepted": "were accepted", "discarded": "were discarded"}
    told = [f"{decided[each]:,} {words.get(each, f'are {each}')}" for each in sorted(decided)]
    return [f"Of {n:,} proposed at the last round {', '.join(told)}."]


def _named(names: list[str]) -> str:
    shown = ", ".join(f"\u201c{each}\u201d" for each in names[:MOST])
    return shown + (f" and {len(names) - MOST} more" if len(names) > MOST else "")
