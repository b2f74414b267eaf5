"""The report in sentences, the worst first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from workbench.one_line import one_line

if TYPE_CHECKING:
    from workbench.mirror.modes import Modes
    from workbench.mirror.releases import Validity
    from workbench.mirror.report import MirrorReport
    from workbench.mirror.slices import Reweighted

MOST = 5


def sentences(report: MirrorReport) -> tuple[str, ...]:
    """Say what matters, the worst first."""
    found = [*_missing(report.modes), _coverage(report), *_mix(report), *_order(report.modes), *_rates(report.rates)]
    found += [report.validity.sentence, *(each.words for each in report.showing)]
    return tuple(one_line(each) for each in found)


def _missing(modes: Modes) -> list[str]:
    if not modes.missing:
        return []
    one = len(modes.missing) == 1
    return [
        f"{'1 failure' if one else f'{len(modes.missing)} failures'} of production {'has' if one else 'have'} no case"
        f" at all, {modes.uncovered} of what fails: {named(modes.missing)}."
    ]


def _coverage(report: MirrorReport) -> str:
    found = report.modes.coverage
    if report.reason == "no_failures":
        return "No failure of production is known yet: read a sample and name what went wrong."
    if report.reason == "no_cases":
        return "No case of the set tests for a failure that is known: nothing of production is covered."
    aim = f"{report.target:.0%} is wanted"
    if not found.estimate > 0:
        return f"No failure of production has {report.enough} cases or more: {found} of what fails is covered; {aim}."
    words = f"Failures with {report.enough} cases or more make up {found} of what fails in production; {aim}"
    return f"{words}{': it cannot be told yet whether that is met.' if report.verdict == 'undecided' else '.'}"


def _mix(report: MirrorReport) -> list[str]:
    modes = report.modes
    distance, told = modes.distance, []
    if distance.p == distance.p:
        p = f"p {'under .001' if distance.p < 0.001 else f'{distance.p:.3f}'.lstrip('0')}"
        if report.other_mix:
            told.append(
                f"The mix of failures is another than production's: {distance.moved_excess:.0%} of it would have to"
                f" move, beyond what chance gives ({p})."
            )
        else:
            told.append(
                f"The mix of failures is not shown to be another: {distance.moved:.0%} apart, which"
                f" {modes.failures:,} failing traces and {modes.cases:,} cases of one mix may be by chance ({p})."
            )
    for state, what in (("under", "fewer"), ("over", "more")):
        if found := modes.of(state):
            told.append(f"Relatively {what} cases than failures: {named(found)}.")
    return told


def _order(modes: Modes) -> list[str]:
    order = modes.order
    if order.k < 2 or order.kendall != order.kendall:
        return []
    if order.least_p > 0.05:
        return [f"With {order.k} kinds of failure no order can reach p .05, so none is tested."]
    return [
        f"Both put the failures in about the same order: tau {order.kendall:.2f}, p {order.kendall_p:.3f}."
        if order.kendall_p < 0.05 and order.kendall > 0
        else f"That both put the failures in one order is not shown: tau {order.kendall:.2f}, p {order.kendall_p:.3f}."
    ]


def _rates(rates: Reweighted | None) -> list[str]:
    if rates is None or rates.raw.n == 0:
        return []
    if rates.by_traffic is None:
        why = (
            "its cases are not known one by one" if rates.reason == "totals_only" else "no slice is one of production's"
        )
        return [f"The set passes {rates.raw}; {why}, so it is not re-weighted."]
    return [
        f"The set passes {rates.raw}; with production's mix of {rates.by} it would pass {rates.by_traffic}, over slices"
        f" with {rates.traffic:.0%} of the traffic."
    ]


def of_releases(found: Validity) -> str:
    """What the releases say together."""
    n = len(found.frame)
    if found.reason == "no_releases":
        return "No release has both a score and traffic, so scores and production cannot be compared."
    if found.levels is None:
        return f"{n} release{'' if n == 1 else 's'} with a score and traffic: dots only, a correlation takes eight."
    if found.reason == "no_variation":
        return f"Over {n} releases one of the two rates never changed, so nothing can be said of them together."
    r, same = found.levels, found.same_way
    words = f"Over {n} releases failures of the set and of production go together with r {r.estimate:.2f} ({r.low:.2f}"
    words += f" to {r.high:.2f})"
    if found.changes is not None and found.changes.estimate == found.changes.estimate:
        words += (
            f", their changes with {found.changes.estimate:.2f} ({found.changes.low:.2f} to {found.changes.high:.2f})"
        )
    return words + (f"; both went the same way in {same}." if same is not None and same.n else ".")


def named(names: Sequence[str]) -> str:
    """A few names in quotes, and how many more."""
    shown = ", ".join(f"\u201c{each}\u201d" for each in names[:MOST])
    return shown + (f" and {len(names) - MOST} more" if len(names) > MOST else "")
