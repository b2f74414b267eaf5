"""The report in sentences, the worst first."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from workbench.drift.snapshots import MIN_QUERIES, SnapshotDrift
from workbench.one_line import one_line

if TYPE_CHECKING:
    from workbench.drift.golden_templates import GoldenTemplates
    from workbench.drift.report import DriftReport

MOST = 5
WHY = {
    "no_map": "Clusters were not compared: there is no map. Make one: workbench map",
    "no_clusters": "Clusters were not compared: nothing on the map is in one.",
    "embedder_changed": "Clusters were not compared: the map was made by another embedding model than the settings"
    " name. Make a new map: workbench map",
    "no_vectors": "Embeddings were not compared: no trace of one side has a vector.",
    "one_side": "Prompts were not compared: of one side nobody knows which they are.",
    "no_common_template": "Prompts were not compared: nearly every trace has one of its own, as where a prompt holds a"
    " name or the time.",
    "all_identical": "Every trace says the same, so there is nothing to tell apart.",
}
MEASURED = {
    "failure_signs": "Traces with a sign of failure",
    "errors": "Traces that ended in an error",
    "thumbs_down": "Thumbs down among those who voted",
    "refusals": "Answers that decline",
    "latency_ms": "Mean latency",
    "cost_usd": "Mean cost",
    "top_score": "The mean score of the best passage",
    "below_threshold": "Traces whose best passage is below the threshold",
    "nothing": "Traces for which nothing was fetched",
}


SNAPSHOT_WHY = {
    "no_queries": "Of the golden queries in the snapshot none was asked in the current set. Bring what they fetch now:"
    " workbench retrieval snapshot FILE",
    "no_earlier_snapshot": "Every snapshot of retrieval is later than the current set begins, so there is nothing to"
    " hold it against.",
}
QUERIED = {
    "top_score": "the mean score of the best passage", "below_threshold": "those whose best passage is below the"
    " threshold", "nothing": "those for which nothing was fetched",
}  # fmt: skip


def sentences(report: DriftReport) -> tuple[str, ...]:
    """Tell a report, each sentence on one line whatever the names in it."""
    return tuple(one_line(each) for each in _told(report))


def _told(report: DriftReport) -> list[str]:
    found = [_verdict(report)]
    if report.small:
        return found + _unseen(report.golden_templates) + golden_queries(report.snapshot)
    found += _input(report)
    found += _prompt(report)
    found += _unseen(report.golden_templates)
    found += _retrieval(report)
    found += golden_queries(report.snapshot)
    found += [_measure(row) for row in report.outcomes.to_dict("records") if row["p_bh"] <= report.level]
    found += _since(report)
    found += _usual(report)
    found += [WHY[each] for each in _reasons(report) if each in WHY]
    return found


def _verdict(report: DriftReport) -> str:
    sizes = f"{report.n:,} traces against {report.other_n:,}"
    if report.reason == "too_few":
        least = min(report.n, report.other_n)
        return f"Not enough traffic: {sizes}, and {report.min_n} a side are needed (the smaller side has {least:,})."
    if report.reason == "too_few_sessions":
        return f"Not enough traffic: {report.sessions:,} sessions against {report.other_sessions:,} say too little."
    if report.verdict == "drifted":
        names = {"clusters": "clusters", "embedding": "embeddings", "off_map": "traces off the map",
                 "templates": "prompts and tools"}  # fmt: skip
        return f"Traffic drifted ({sizes}), by {_list([names[each] for each in report.drifted])}."
    moved = report.clusters.moved
    if report.verdict == "stable" and moved is not None:
        return (
            f"Traffic is stable ({sizes}): at most {_percent(moved.high)} of it moved from one cluster to another,"
            f" {_percent(report.tolerance)} are tolerated.{_seen(report)} What changed inside clusters is not in that"
            " figure."
        )
    if moved is None:
        return f"Cannot tell yet ({sizes}): no drift was shown, and without clusters nobody can say how much is hidden."
    if report.reason == "unclustered":
        return (
            f"Cannot tell ({sizes}): no drift was shown, but {_percent(report.clusters.unclustered)} of the traffic is"
            f" in no cluster, so nobody knows what of it moved, and only {_percent(report.tolerance)} are tolerated."
        )
    if report.reason == "one_cluster":
        return f"Cannot tell ({sizes}): no drift was shown, but everything is in one cluster, so nothing could move."
    return (
        f"Cannot tell yet ({sizes}): no drift was shown, but up to {_percent(moved.high)} of the traffic may have"
        f" moved and only {_percent(report.tolerance)} are tolerated.{_seen(report)}"
    )


def _seen(report: DriftReport) -> str:
    least = report.clusters.detectable
    if least is None or least.topic != least.topic:
        return ""
    return (
        f" Four times in five this many traces show a new topic of {_percent(least.topic)} in a cluster of its own, or"
        f" {_percent(least.spread)} that moved a little everywhere."
    )


def _input(report: DriftReport) -> list[str]:
    found = []
    for row in report.leading.head(MOST).to_dict("records"):
        if row["state"] == "new":
            found.append(f"New: {row['name']}, {_percent(row['current'])} of the traffic ({row['other_n']:,} traces).")
        elif row["state"] == "gone":
            found.append(f"Gone: {row['name']}, {_percent(row['reference'])} before ({row['n']:,} traces).")
        else:
            verb = "grew" if row["difference"] > 0 else "shrank"
            found.append(
                f"{row['name']} {verb} from {_percent(row['reference'])} to {_percent(row['current'])}"
                f" ({_points(row['low'])} to {_points(row['high'])} points)."
            )
    if "off_map" in report.drifted and report.off_map.share is not None and report.off_map.reference is not None:
        found.append(
            f"{report.off_map.share} are far from everything in the reference; {report.off_map.reference} is usual."
        )
    if "embedding" in report.drifted and "clusters" not in report.drifted and not report.clusters.reason:
        found.append("What is asked changed inside the clusters rather than between them: read the telling traces.")
    if report.confounded:
        found.append(
            "No template is on both sides often enough, so whether the users or the prompt changed cannot be told"
            " apart; only the input is compared."
        )
    elif report.within and "templates" in report.drifted and not set(report.drifted) - {"templates"}:
        found.append("Within the same prompt and tools, no change of what is asked was shown.")
    return found


def _prompt(report: DriftReport) -> list[str]:
    found = []
    for row in report.templates.changed.head(MOST).to_dict("records"):
        thing = "prompt" if row["kind"] == "prompt" else "set of tools"
        if row["state"] == "new":
            since = "" if row["first_seen"] is None else f", first seen {row['first_seen']:%Y-%m-%d %H:%M} UTC"
            found.append(f"A new {thing} {row['hash'][:12]}: {_percent(row['current'])} of the traffic{since}.")
        else:
            until = "" if row["last_seen"] is None else f", last seen {row['last_seen']:%Y-%m-%d %H:%M} UTC"
            found.append(f"The {thing} {row['hash'][:12]} is gone: {_percent(row['reference'])} before{until}.")
    return found


def _unseen(templates: GoldenTemplates) -> list[str]:
    if not templates.n_unseen or templates.share is None:
        return []
    kinds = {"prompt": "prompt", "tools": "set of tools"}
    first = [f"{kinds[row['kind']]} {row['hash'][:12]}" for row in templates.frame.head(3).to_dict("records")]
    more = f" and {len(templates.frame) - 3} more" if len(templates.frame) > 3 else ""
    since = "" if templates.since is None else f", first seen {templates.since:%Y-%m-%d %H:%M} UTC"
    told = (
        f"{_percent(templates.share)} of the traffic ({templates.n_unseen:,} of {templates.n:,} traces) runs under a"
        f" prompt or tools that no open case of golden version {templates.version} was made under:"
        f" {', '.join(first)}{more}{since}"
    )
    if templates.alert:
        return [f"Alert: {told}. Add cases from it, or re-run the set under it."]
    return [f"{told}; {_percent(templates.tolerance)} are tolerated."] if templates.alert is False else [f"{told}."]


def _retrieval(report: DriftReport) -> list[str]:
    drift = report.retrieval
    found = [_measure(row) for row in drift.measures.to_dict("records") if row["p_bh"] <= report.level]
    shown = drift.documents[drift.documents["p_bh"] <= report.level] if len(drift.documents) else drift.documents
    for row in shown.head(MOST).to_dict("records"):
        word = {"new": "is new", "gone": "is gone", "kept": "changed"}[row["state"]]
        found.append(
            f"Passage {row['document'][:40]} {word}: fetched in {_percent(row['reference'])} of traces before,"
            f" {_percent(row['current'])} now."
        )
    if drift.jaccard is not None:
        usual = "" if drift.before is None else f"; {100 * drift.before.estimate:.0f}% is usual within the reference"
        n = "1 query" if drift.queries == 1 else f"{drift.queries:,} queries"
        found.append(f"Of {n} asked on both sides {100 * drift.jaccard.estimate:.0f}% of passages are shared{usual}.")
    return found


def golden_queries(found: SnapshotDrift) -> list[str]:
    """Retrieval of the golden queries; nothing where there is no snapshot."""
    if found.reason == "no_queries" and found.against == "file":
        return ["The file names none of the golden queries in the snapshot, so nothing is compared."]
    if found.reason or found.jaccard is None:
        return [SNAPSHOT_WHY[found.reason]] if found.reason in SNAPSHOT_WHY else []
    n = "1 golden query" if found.queries == 1 else f"{found.queries:,} golden queries"
    usual = "; what is usual is not known: for that two snapshots from the same kind of source are needed"
    if found.usual is not None:
        usual = f"; {_percent(found.usual.estimate)} is usual (n {found.usual.n:,})"
    few = found.jaccard.n < MIN_QUERIES
    unjudged = ", too few to judge" if few or (found.changed is None and found.usual is not None) else ""
    bounds = "" if few else f" ({_percent(found.jaccard.low)}-{_percent(found.jaccard.high)})"
    told = [
        f"{'Retrieval changed: of' if found.changed else 'Of'} what {n} fetched on {found.as_of:%Y-%m-%d} (the first"
        f" {found.k} of each) {_percent(found.jaccard.estimate)} is shared now{bounds}"
        f"{usual}{unjudged}."
    ]
    if found.bm25_before is not None and found.bm25_now is not None:
        told.append(
            "What they fetch and what their words alone would fetch (BM25) shared"
            f" {_percent(found.bm25_before.estimate)} then, {_percent(found.bm25_now.estimate)} now"
            f" (n {found.bm25_now.n:,})."
        )
    for row in found.measures.to_dict("records"):
        if row["p_bh"] <= found.level and row["n"] >= MIN_QUERIES:
            show = told_as(row["measure"])
            told.append(f"Golden queries: {QUERIED[row['measure']]} went from {show(row['before'])} to"
                        f" {show(row['now'])} (n {row['n']:,}).")  # fmt: skip
    if found.n_never:
        of = "passages of the corpus" if found.corpus else "passages known until then"
        told.append(f"{found.n_never:,} of {found.n_known:,} {of} were fetched by nobody since.")
    return told


def _measure(row: Any) -> str:
    told = told_as(row["measure"])
    return f"{MEASURED[row['measure']]} went from {told(row['reference'])} to {told(row['current'])}."


def told_as(measure: str) -> Callable[[float], str]:
    """How a value of a measure is written."""
    return _plain if measure in ("latency_ms", "cost_usd", "top_score") else _percent


def _since(report: DriftReport) -> list[str]:
    found = []
    for row in report.timeline.to_dict("records"):
        if row["series"] == "failure_signs":
            thing = "failure signs"
        else:
            word = {"clusters": "", "prompt": "prompt ", "passages": "passage "}[row["series"]]
            thing = f"{word}{str(row['what'])[:40]}"
        found.append(f"Since {row['day']}: {thing} {_percent(row['before'])} before, {_percent(row['after'])} after.")
    return found


def _usual(report: DriftReport) -> list[str]:
    usual = report.usual
    if usual.reason == "too_few_weeks":
        left = f"; {usual.unread:,} more have no vectors: workbench embed" if usual.unread else ""
        held = " with the four before them" if usual.of == "weeks" else ""
        return [
            f"Too few weeks to say what is usual: {usual.n} of {usual.needed} past ones could be compared{held}{left}."
        ]
    if usual.reason == "no_vectors":
        return ["What is usual cannot be said: past weeks have no vectors. Make them: workbench embed"]
    if usual.ratio is None or usual.limit is None or not usual.mean:
        return []
    what = "usual weekly change" if usual.of == "weeks" else "usual distance from the reference"
    told = (
        f"This is {usual.ratio:.1f} times the {what} ({usual.n} weeks; the limit is"
        f" {usual.limit / usual.mean:.1f} times)"
    )
    if usual.alert:
        return [f"Alert: {told[0].lower()}{told[1:]}, and so it was a day earlier."]
    if usual.above:
        why = "a day earlier it was not" if usual.alert is False else "of a day earlier nothing is known"
        return [f"{told}: more than usual, but no alert yet, for {why}."]
    return [f"{told}: no more than usual."]


def _reasons(report: DriftReport) -> list[str]:
    parts = (report.clusters.reason, report.embedding.reason, report.templates.reason)
    return list(dict.fromkeys(each for each in parts if each))


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%" if share < 0.1 else f"{100 * share:.0f}%"


def _points(share: float) -> str:
    return f"{100 * share:+.1f}"


def _plain(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _list(words: list[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]
