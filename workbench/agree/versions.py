"""Did a new version of the rubric help: alpha under each, and the change on the items labelled under both."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from workbench.agree.gather import Dimension, Measure, gather
from workbench.agree.measure import agree
from workbench.agree.narrow import Only
from workbench.agree.plain import MANY
from workbench.agree.verdicts import FEWEST_ITEMS
from workbench.errors import BadRequest, MissingColumns
from workbench.stats import agreement as stats

if TYPE_CHECKING:
    from pandas import DataFrame

CHANGED = (
    "version", "next", "items", "alpha_before", "alpha_after", "change", "low", "high", "verdict", "reason",
)  # fmt: skip


@dataclass(frozen=True, repr=False)
class ByVersion:
    """Agreement on a dimension under each version of the rubric.

    Attributes:
        dimension: The dimension.
        versions: One row per version, with the columns of ``Agreement.dimensions``.
        changes: One row per version and the next one that has labels: items (labelled twice or more under both),
            alpha_before and alpha_after on those items, change with bounds from the same draws of items, verdict
            (improved, worse, not_shown, undecided), reason.
        notices: What was left out and why.
    """

    dimension: str
    versions: DataFrame
    changes: DataFrame
    notices: tuple[str, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """What each change amounts to, in words."""
        return tuple(_sentence(row) for row in self.changes.to_dict("records"))

    def __repr__(self) -> str:
        told = "; ".join(self.sentences) or "labels of one version of the rubric at most"
        return f"ByVersion of {self.dimension}: {told}"


def agreement_by_version(
    labels: DataFrame,
    dimension: str,
    *,
    rubrics: Mapping[int, Mapping[str, Measure]] | None = None,
    kinds: Collection[str] = ("human",),
    leave_out: Collection[str] = (),
    confidence: float = 0.95,
    replicates: int = 2000,
    seed: int = 0,
) -> ByVersion:
    """Compare agreement on a dimension under the versions of the rubric.

    Only the items labelled under both versions can show a change; draw them at random. Items chosen because people
    disagreed about them agree better the second time whatever the rubric says, and who remembers an item repeats what
    they said.

    Args:
        labels: As for ``agree``, every label ever given, with ``rubric_version``.
        dimension: The dimension; ``code`` or ``code: NAME`` for codes.
        rubrics: The scales of each version's dimensions.
        kinds: As for ``agree``.
        leave_out: Values that mean no answer.
        confidence: Level of all bounds.
        replicates: Draws of the items.
        seed: Seed of the draws.

    Raises:
        MissingColumns: No label says under which version it was given.
        BadRequest: No label has the dimension.
    """
    import pandas as pd

    if "rubric_version" not in labels:
        raise MissingColumns(
            "labels", ["rubric_version"], labels.columns, "Add the version each label was given under."
        )
    versions = sorted(pd.to_numeric(labels["rubric_version"], errors="coerce").dropna().astype(int).unique().tolist())
    options: dict[str, Any] = {"kinds": kinds, "leave_out": leave_out}
    found: dict[int, Dimension] = {}
    rows, notices = [], []
    for version in versions:
        only, rubric = Only(rubric_version=version), _of(dimension, (rubrics or {}).get(version, {}))
        gathered = gather(labels, rubric=rubric, only=only, **options)
        of_it = next((each for each in gathered.dimensions if each.name == dimension and len(each.ratings.unit)), None)
        if of_it is None:
            continue
        found[version] = of_it
        measured = agree(
            labels, rubric=rubric, only=only, confidence=confidence, replicates=replicates, seed=seed, **options
        )
        row = measured.dimensions[measured.dimensions["dimension"] == dimension].assign(version=version)
        rows.append(row)
        notices += [f"version {version}: {each}" for each in gathered.notices if "outside the time" not in each]
    if versions and not found:
        raise BadRequest("no label has the dimension that was asked for. Name one that people have labelled")
    unknown = int(pd.to_numeric(labels["rubric_version"], errors="coerce").isna().sum())
    if unknown:
        notices.insert(0, f"{unknown:,} labels that say no version of the rubric are left out.")
    draws = {"confidence": confidence, "replicates": replicates, "seed": seed}
    changes = [_change(one, other, found[one], found[other], notices, **draws) for one, other in pairwise(found)]
    table = pd.concat(rows, ignore_index=True) if rows else agree(labels.iloc[:0]).dimensions.assign(version=None)
    table = table[["version", *[name for name in table.columns if name != "version"]]]
    return ByVersion(dimension, table, pd.DataFrame(changes, columns=list(CHANGED)), tuple(notices))


def _of(dimension: str, rubric: Mapping[str, Measure]) -> dict[str, Measure]:
    return {name: scale for name, scale in rubric.items() if name == dimension}


def _change(
    version: int, following: int, before: Dimension, after: Dimension, notices: list[str], **draws: Any
) -> dict[str, Any]:
    groups = None
    if before.groups is not None:
        groups = {name: before.groups[place] for place, name in enumerate(before.ratings.units)}
    sides = [_metric(each) for each in (before, after)]
    found = stats.alpha_change(
        before.ratings, after.ratings, (sides[0][0], sides[1][0]), distances=(sides[0][1], sides[1][1]),
        groups=groups, **draws,
    )  # fmt: skip
    people = [set(each.ratings.annotators) for each in (before, after)]
    if found.units and people[0] != people[1]:
        notices.append(
            f"versions {version} and {following} were not labelled by the same people: a change may be theirs."
        )
    few = 0 < found.units < FEWEST_ITEMS
    reason = f"only {found.units} items were labelled under both" if few else found.reason
    sure = not few and found.low == found.low
    verdict = "improved" if found.low > 0 else "worse" if found.high < 0 else "not_shown"
    return {
        "version": version, "next": following, "items": found.units, "alpha_before": found.before.value,
        "alpha_after": found.after.value, "change": found.change, "low": found.low, "high": found.high,
        "verdict": verdict if sure else "undecided", "reason": reason,
    }  # fmt: skip


def _metric(each: Dimension) -> tuple[str, Any]:
    if each.name == MANY:
        return "nominal", stats.set_distances(each.ratings.values)
    return each.level, None


def _sentence(row: Mapping[Any, Any]) -> str:
    start = f"version {row['next']} against {row['version']}"
    if row["verdict"] == "undecided":
        return f"{start}: undecided, {row['reason']}"
    words = {"improved": "people agree more", "worse": "people agree less", "not_shown": "no change is shown"}
    bounds = f"alpha {row['change']:+.2f} ({row['low']:+.2f} to {row['high']:+.2f})"
    return f"{start}: {words[row['verdict']]}, {bounds} on {row['items']:,} items labelled under both"
