"""Plans: which strata a sample is drawn from, and with what shares. Data, so that a team can write its own.

A plan decides what is read often, never what is true: the weights undo it. Strata are tried in their order, so a rare
one that matters (injection attempts) stands before a broad one that would swallow it. What meets none is ``rest``.
"""

from dataclasses import dataclass

REST = "rest"
"""The stratum of every trace that meets no other."""
PICKED = "picked"
"""Under which deliberate picks are listed; no stratum, for nothing is drawn from it by chance."""
BROUGHT = "drawn elsewhere"
"""The plan of a sample that came in with its weights."""
RANDOM_SHARE = 0.2
"""The least share of a sample that is drawn at random over everything, whatever the plan wants."""


@dataclass(frozen=True, slots=True)
class Stratum:
    """A condition over traces and the share of the reading it gets.

    Exactly one of ``where``, ``clusters``, ``signals`` and ``condition`` says which traces belong.

    Attributes:
        name: What it is called, unique within the plan.
        share: Its part of what is not drawn at random; shares are taken relative to their sum.
        where: A SQL condition over the traces table.
        clusters: Clusters of the newest map.
        signals: Names of failure signals, any of which will do.
        condition: A name from ``sample.CONDITIONS``.
    """

    name: str
    share: float
    where: str | None = None
    clusters: tuple[int, ...] | None = None
    signals: tuple[str, ...] | None = None
    condition: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """How a sample is drawn.

    Attributes:
        name: What it is called.
        meaning: When to use it, in one sentence.
        strata: In the order in which a trace is tried; none means a random sample.
        random_share: Least share drawn at random over all strata.
        by_cluster: Make one stratum of each cluster of the newest map instead.
        pick_share: Share of the rows that are deliberate picks, without weight.
        picks: The measures whose most extreme traces are picked, in turn.
        needs_window: Whether the plan makes sense only within a part of the traces.
    """

    name: str
    meaning: str
    strata: tuple[Stratum, ...] = ()
    random_share: float = RANDOM_SHARE
    by_cluster: bool = False
    pick_share: float = 0.0
    picks: tuple[str, ...] = ()
    needs_window: bool = False


def _built_in(*plans: Plan) -> dict[str, Plan]:
    return {plan.name: plan for plan in plans}


BUILT_IN: dict[str, Plan] = _built_in(
    Plan(
        "stratified",
        "the first reading of a workspace: what is common, what is rare, and what already looks bad",
        (
            Stratum("injection attempts (a guess)", 10, condition="injection"),
            Stratum("failure signals", 20, condition="failure_signals"),
            Stratum("new features", 5, condition="new_features"),
            Stratum("long tail", 25, condition="long_tail"),
            Stratum("happy path", 40, condition="happy_path"),
        ),
    ),
    Plan("by_cluster", "every subject is read: clusters by the square root of their size", by_cluster=True),
    Plan(
        "failure_signals",
        "what already looks bad, each kind of signal for itself",
        (
            Stratum("parser errors", 15, signals=("unparsed_output",)),
            Stratum("clarification requests", 15, signals=("clarification_loop",)),
            Stratum("retries", 15, signals=("retry",)),
            Stratum("thumbs down", 20, condition="thumbs_down"),
            Stratum("other failure signals", 20, condition="failure_signals"),
            Stratum("abandoned", 15, condition="abandoned"),
        ),
        random_share=0.4,
    ),
    Plan(
        "outliers",
        "the slowest, dearest and longest traces; the most extreme of them are deliberate picks without a weight",
        (
            Stratum("latency, top 5%", 1, condition="slow"),
            Stratum("cost, top 5%", 1, condition="dear"),
            Stratum("length, top 5%", 1, condition="long"),
        ),
        random_share=0.4,
        pick_share=0.1,
        picks=("latency_ms", "cost_usd", "length"),
    ),
    Plan(
        "incident",
        "what happened in a part of the traces: name the part by since, until or where",
        (Stratum("failure signals", 60, condition="failure_signals"),),
        random_share=0.4,
        needs_window=True,
    ),
    Plan("random", "a plain random sample: the reference for every other plan", random_share=1.0),
)
