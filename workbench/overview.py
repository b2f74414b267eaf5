"""What is in a workspace, how fresh and how clean it is, and what to do next: the first page, computed."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pandas import DataFrame

from workbench.errors import WorkbenchError
from workbench.stats.proportions import Interval, wilson

WORTH_READING = 20  # traces in a cluster before its failure rate is worth a recommendation


@dataclass(frozen=True)
class NextStep:
    """Something worth doing now: a sentence, and where it is done (a page and its query)."""

    text: str
    page: str | None
    query: dict[str, str]
    command: str | None = None


@dataclass(frozen=True)
class Overview:
    """The state of a workspace in numbers, each with n and interval where it is an estimate."""

    n_traces: int
    first_at: datetime | None
    last_at: datetime | None
    with_text_share: float | None
    failure_signals: Interval
    redacted: dict[str, int]
    engine: str | None
    policy: str
    leaks: str
    n_not_on_map: int
    has_map: bool
    batches: DataFrame
    n_rejected: int
    n_duplicates: int
    per_day: DataFrame
    marks: DataFrame
    signals: DataFrame
    clusters: DataFrame
    next_steps: list[NextStep]


def overview(workspace: Any) -> Overview:
    """Work the overview out; ``workspace`` is a ``Workspace``."""
    from workbench.redact import POLICIES

    store = workspace.store
    counts = store.query(
        "SELECT count(*) AS n, min(started_at) AS first_at, max(started_at) AS last_at,"
        " count(*) FILTER (WHERE coalesce(input, '') != '' OR coalesce(output, '') != '') AS with_text,"
        " count(*) FILTER (WHERE status = 'error' OR feedback < 0 OR len(signals) > 0) AS failed FROM traces"
    ).iloc[0]
    n = int(counts["n"])
    batches = store.batches()
    summaries = [summary or {} for summary in batches["summary"]]
    redacted: Counter[str] = Counter()
    for summary in summaries:
        redacted.update(summary.get("redacted", {}))
    engines = list(dict.fromkeys(summary["ner"] for summary in summaries if summary.get("ner")))
    policies = list(dict.fromkeys(summary["policy"] for summary in summaries if summary.get("policy")))
    policy = policies[-1] if policies else workspace.settings.redaction.policy
    has_map = workspace.has_map()
    clusters = workspace.clusters() if has_map else DataFrame()
    n_on_map = len(workspace.points()) if has_map else 0
    with_text = int(counts["with_text"])
    signals = wilson(int(counts["failed"]), n)
    return Overview(
        n_traces=n,
        first_at=_time(counts["first_at"]),
        last_at=_time(counts["last_at"]),
        with_text_share=with_text / n if n else None,
        failure_signals=signals,
        redacted=dict(redacted.most_common()),
        engine=", ".join(engines) or None,
        policy=", ".join(policies) or policy,
        leaks=POLICIES[policy].leaks if policy in POLICIES else "",
        n_not_on_map=max(with_text - n_on_map, 0),
        has_map=has_map,
        batches=batches,
        n_rejected=sum(int(summary.get("rejected", 0)) for summary in summaries),
        n_duplicates=sum(int(summary.get("duplicates", 0)) for summary in summaries),
        per_day=_per_day(store),
        marks=_prompt_changes(store),
        signals=_signals(store, n),
        clusters=clusters,
        next_steps=_next_steps(n, has_map, max(with_text - n_on_map, 0), clusters, signals.estimate),
    )


def _per_day(store: Any) -> DataFrame:
    return store.query(
        "SELECT date_trunc('day', started_at) AS day, coalesce(release, 'unknown') AS release, count(*) AS n"
        " FROM traces WHERE started_at IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2"
    )


def _prompt_changes(store: Any) -> DataFrame:
    """Where a system prompt that becomes common was first seen; the first prompt of all is no change."""
    found = store.query(
        "SELECT prompt_hash, min(started_at) AS first_at, count(*) AS n FROM traces"
        " WHERE prompt_hash IS NOT NULL AND started_at IS NOT NULL GROUP BY 1"
        " HAVING count(*) >= greatest(5, 0.02 * (SELECT count(*) FROM traces)) ORDER BY 2"
    )
    return found.iloc[1:].reset_index(drop=True)


def _signals(store: Any, n: int) -> DataFrame:
    found = store.query(
        "SELECT signal, count(*) AS n FROM (SELECT unnest(signals) AS signal FROM traces) GROUP BY 1 ORDER BY 2 DESC, 1"
    )
    rates = [wilson(int(count), n) for count in found["n"]]
    return found.assign(
        share=[rate.estimate for rate in rates], low=[rate.low for rate in rates], high=[rate.high for rate in rates]
    )


def _next_steps(n: int, has_map: bool, n_missing: int, clusters: DataFrame, overall: float) -> list[NextStep]:
    if n == 0:
        return [NextStep("Bring traces in", "overview", {}, "workbench ingest FILE")]
    if not has_map:
        return [NextStep(f"{n:,} traces have no map yet: make one", "map", {}, "workbench map")]
    steps = []
    if n_missing:
        steps.append(NextStep(f"{n_missing:,} traces are not on the map yet", "map", {}, "workbench map --update"))
    bad = clusters[(clusters["low"] > overall) & (clusters["n"] >= WORTH_READING)].sort_values("low", ascending=False)
    for row in bad.head(3).itertuples():
        rate = f"{100 * row.failure_rate:.0f}% ({100 * row.low:.0f}-{100 * row.high:.0f})"
        steps.append(
            NextStep(
                f"“{row.name}” shows failure signals in {rate} of {row.n:,} traces,"
                f" {100 * overall:.0f}% overall: read some",
                "map",
                {"cluster": str(int(row.cluster))},
            )
        )
    if not steps:
        steps.append(NextStep("No cluster stands out by its failure signals: explore the map", "map", {}))
    return steps


def review_steps(workspace: Any) -> list[NextStep]:
    """What to do next with samples, notes and codes; ``workspace`` is a ``Workspace``."""
    samples, golden = workspace.samples(), [*flagged_steps(workspace), *golden_steps(workspace)]
    if samples.empty:
        draw = NextStep("Nothing is drawn to be read yet: draw 80 traces", "sample", {}, "workbench sample --n 80")
        return [draw, *golden]
    steps = []
    newest = samples.iloc[-1]
    if newest["reviewed"] < newest["n"]:
        read = f"“{newest['name']}”: {newest['reviewed']:,} of {newest['n']:,} traces read"
        steps.append(NextStep(read, "read", {"sample": newest["sample_id"]}))
    waiting = len(workspace.open_notes())
    if waiting:
        steps.append(NextStep(f"{waiting:,} notes wait for a code", "codebook", {}))
    stale = len(workspace.stale_labels())
    if stale:
        steps.append(NextStep(f"{stale:,} labels were given under another meaning: look again", "codebook", {}))
    if not steps and workspace.codebook().active:
        steps.append(NextStep("All that was drawn is read and coded: see what to fix first", "rank", {}))
    return [*steps, *golden]


def flagged_steps(workspace: Any) -> list[NextStep]:
    """What to do with flagged failures that no case covers; ``workspace`` is a ``Workspace``."""
    if not workspace.count():
        return []
    flagged = workspace._flagged()[0].drop_duplicates("unit")  # without the texts and words that its table has
    if flagged.empty:
        return []
    n, newest = len(flagged), _time(flagged["started_at"].iloc[0])
    told = "1 flagged failure has no case" if n == 1 else f"{n:,} flagged failures have no case"
    told += f", the newest of {newest.day} {newest:%b %Y}" if newest else ""
    return [NextStep(f"{told}: make it a case", "regress", {"trace": flagged["trace_id"].iloc[0]})]


def retention_steps(workspace: Any, *, now: datetime | None = None) -> list[NextStep]:
    """What to do with traces that are kept for longer than they should be; ``workspace`` is a ``Workspace``."""
    n, days = workspace.expired(now=now), workspace.settings.retention.days
    if not n:
        return []
    told = f"{n:,} trace{' is' if n == 1 else 's are'} older than the {days:,} days that traces are kept: purge them"
    return [NextStep(told, None, {}, "workbench purge --expired --reason retention")]


def golden_steps(workspace: Any) -> list[NextStep]:
    """What to do next with cases and versions of the golden set; ``workspace`` is a ``Workspace``."""
    cases, versions = workspace.cases(pool="golden"), workspace.golden_versions()
    steps = []
    waiting = int((cases["status"] == "candidate").sum())
    if cases.empty and versions.empty:
        coded = workspace.codebook().active
        return [NextStep("No failure is a case yet: promote what ranks first", "cases", {})] if coded else []
    if waiting:
        told = "1 candidate waits" if waiting == 1 else f"{waiting:,} candidates wait"
        steps.append(NextStep(f"{told} for a decision on the golden set", "cases", {}))
    accepted = cases[cases["status"] == "accepted"]
    unfrozen = int(accepted["version_added"].isna().sum()) if versions.empty else _since(workspace, versions, accepted)
    if unfrozen:
        told = "1 accepted case is" if unfrozen == 1 else f"{unfrozen:,} accepted cases are"
        told += " in no version yet: freeze one"
        steps.append(NextStep(told, "golden", {}, "workbench golden freeze --reason TEXT"))
    if len(versions):
        newest = int(versions["version"].max())
        looks = workspace.gate_looks(newest)
        if looks.empty:
            steps.append(NextStep(f"No release was held against v{newest} yet: run one and gate it", "gate", {}))
        elif not steps:
            last = looks.iloc[-1]
            of = f" for {last['release']}" if last["release"] else ""
            told = f"The last gate on golden v{newest} said {last['verdict']}{of}: find new candidates every week"
            steps.append(NextStep(told, "cases", {}))
    return steps


def _since(workspace: Any, versions: DataFrame, accepted: DataFrame) -> int:
    """Accepted cases that the newest version does not hold."""
    try:
        held = {case.case_id for case in workspace.golden_cases(int(versions["version"].max()))}
    except WorkbenchError:  # touched or missing files: the Golden set page says so
        return 0
    return int((~accepted["case_id"].isin(held)).sum())


def _time(value: Any) -> datetime | None:
    return None if value is None or value != value else value.to_pydatetime()
