"""What was found about a judge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from workbench.stats.agreement import Coefficient
from workbench.stats.calibration import Corrected
from workbench.stats.proportions import Interval

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True)
class Rates:
    """How a judge's labels compare with people's, under one way of treating answers that cannot be read.

    Attributes:
        n: Items compared.
        agreement: Share on which both say the same.
        kappa: Cohen's kappa.
        true_pass: Good outputs that the judge passed.
        true_fail: Real failures that the judge caught.
    """

    n: int
    agreement: Interval
    kappa: Coefficient
    true_pass: Interval
    true_fail: Interval


@dataclass(frozen=True)
class Compared:
    """What people and a judge say of the same items.

    Attributes:
        rows: item, human (the majority, or what was adjudicated) and judge (``unparsable`` where it cannot be read).
        positive: The value that means pass; None where it cannot be told.
    """

    rows: DataFrame
    positive: str | None


@dataclass(frozen=True, repr=False)
class Calibration:
    """Whether a judge may gate.

    Attributes:
        verdict: may_gate, may_not or undecided.
        rates: With answers that cannot be read counted as wrong; these decide.
        dropped: With those answers left out.
        unparsable: Answers that are none of the values there are.
        missing: Items that people labelled and the judge did not.
        positive: The value that means pass; None where it cannot be told.
        corrected: The share of passes, corrected for the judge's errors.
        raw: The share of passes by the judge, on the items that only it labelled.
        confusion: How often people said one value and the judge another: human, judge, n.
        people: Agreement among the people themselves (alpha), the most that can be asked of a judge; None where each
            item was labelled by one person.
        n_more: Labels still needed on each side: pass and fail.
        reason: Why the verdict is what it is.
        notices: What was left out or assumed, in sentences.
        errs: What it surely does too often: misses failures, fails good outputs.
        by_people: The share of passes among the compared items, by people; the true share only of a random sample.
    """

    verdict: str
    rates: Rates
    dropped: Rates
    unparsable: int
    missing: int
    positive: str | None
    corrected: Corrected
    raw: Interval
    confusion: DataFrame
    people: Coefficient | None
    n_more: dict[str, int]
    reason: str
    notices: tuple[str, ...] = field(default=())
    errs: tuple[str, ...] = ()
    by_people: Interval | None = None

    @property
    def sides(self) -> DataFrame:
        """The two rates that decide: side (pass, fail), estimate, low, high and n."""
        return _intervals("side", {"pass": self.rates.true_pass, "fail": self.rates.true_fail})

    @property
    def shares(self) -> DataFrame:
        """The share of passes in three ways: what, estimate, low, high and n; nan where it cannot be given."""
        return _intervals(
            "what",
            {"corrected": self.corrected, "by the judge as it stands": self.raw, "by people, labelled": self.by_people},
        )

    @property
    def ceiling(self) -> str:
        """What can be asked of the judge at most: people agree no further among themselves."""
        if self.people is None:
            return "Each item was labelled by one person, so nobody knows what people themselves would reach."
        best, own = self.people.value, self.rates.kappa.value
        if best != best or own != own:
            return "What people reach among themselves, or the judge with them, cannot be told: there is no variation."
        told = "less than they agree with each other" if own < best else "no less than they agree with each other"
        return f"People reach alpha {best:.2f} among themselves. The judge reaches kappa {own:.2f} with them, {told}."

    @property
    def may_gate(self) -> bool:
        """Whether both rates and both their lower bounds are high enough."""
        return self.verdict == "may_gate"

    def __repr__(self) -> str:
        kappa = self.rates.kappa
        lines = [
            f"Calibration: {self.verdict}; {self.reason}",
            f"  good outputs passed   {self.rates.true_pass}",
            f"  real failures caught  {self.rates.true_fail}",
            f"  agreement {self.rates.agreement}; {kappa}",
        ]
        if self.unparsable:
            lines.append(f"  {self.unparsable:,} answers could not be read; counted as wrong")
        if self.corrected.method:
            share = self.corrected
            lines.append(
                f"  true share of passes {100 * share.estimate:.1f}% ({100 * share.low:.1f}-{100 * share.high:.1f}),"
                f" n {share.n:,}, by {share.method}"
            )
        return "\n".join(lines)


def _intervals(called: str, found: Mapping[str, Interval | Corrected | None]) -> DataFrame:
    import pandas as pd

    rows = [
        {called: name, "estimate": each.estimate, "low": each.low, "high": each.high, "n": each.n}
        for name, each in found.items()
        if each is not None
    ]
    return pd.DataFrame(rows, columns=[called, "estimate", "low", "high", "n"])
