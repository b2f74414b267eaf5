"""Several judges as one: what their majority is worth, and how far they err together.

Three judges that err together are one judge paid three times. What helps is different makers, not more prompts (Verga
et al. 2024, arXiv 2404.18796). Where a panel is split, a person should look: that is the cheapest list of hard cases.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import BadRequest, TooLittleData
from workbench.judge.calibrate import UNREAD, compared, judge
from workbench.judge.report import Calibration
from workbench.stats.calibration import Panel, panel
from workbench.stats.proportions import Interval, wilson

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True, repr=False)
class PanelReport:
    """What several judges are worth together.

    Attributes:
        judges: Their names.
        majority: Their majority compared with people, as one judge.
        each: One row per judge: judge, agreement, true_pass and true_fail with bounds and n, unparsable, verdict; on
            the items that all of them answered.
        errors: How far each two err together, and to how many independent judges the panel amounts.
        split: Share of the items that all of them answered on which they differ.
        split_items: Those items, for people to look at.
        notices: What to be careful about, in sentences.
    """

    judges: tuple[str, ...]
    majority: Calibration
    each: DataFrame
    errors: Panel
    split: Interval
    split_items: tuple[str, ...]
    notices: tuple[str, ...] = ()

    @property
    def correlations(self) -> DataFrame:
        """How the errors of each two judges correlate: judge, other, correlation; nan where one never errs."""
        import pandas as pd

        rows = [
            (self.judges[one], self.judges[other], value) for (one, other), value in self.errors.correlations.items()
        ]
        return pd.DataFrame(rows, columns=["judge", "other", "correlation"])

    def __repr__(self) -> str:
        worth = self.errors.effective
        told = f"{worth:.2f} independent ones" if worth == worth else "an unknown number: too few errors to tell"
        return f"Panel of {len(self.judges)} judges, worth {told}; split on {self.split}\n{self.majority!r}"


def judge_panel(
    human: DataFrame, judged: Mapping[str, DataFrame], *, positive: str | None = None, labelled: str | None = None
) -> PanelReport:
    """Compare the majority of an odd number of judges with people.

    Args:
        human: As for ``judge``.
        judged: The labels of each judge, by name, as for ``judge``.
        positive: The value that means pass.
        labelled: How the items that people labelled were chosen, as for ``judge``.

    Raises:
        BadRequest: There are fewer than three judges, or an even number.
        TooLittleData: They have no item in common.
    """
    import pandas as pd

    names = tuple(judged)
    if len(names) < 3 or len(names) % 2 == 0:
        raise BadRequest(
            f"a panel needs an odd number of judges, three or more, and {len(names)} are named. Name others"
        )
    votes = _votes(judged)
    decided = votes.apply(_majority, axis=1)
    # an answer that cannot be read is a value that nobody gave, in the panel as in one judge
    whole = pd.DataFrame({"item": votes.index, "value": decided.to_numpy()})
    majority = judge(human, whole, positive=positive, labelled=labelled, unparsable=(UNREAD,))
    rows, wrong = [], []
    truth = compared(human, whole, positive=positive, unparsable=(UNREAD,)).rows.set_index("item")["human"]
    for name in names:
        own = pd.DataFrame({"item": votes.index, "value": votes[name].to_numpy()})
        found = judge(human, own, positive=positive, unparsable=(UNREAD,))
        rates = found.rates
        row: dict[str, Any] = {"judge": name, "n": rates.n, "agreement": rates.agreement.estimate}
        for side, rate in (("true_pass", rates.true_pass), ("true_fail", rates.true_fail)):
            row |= {side: rate.estimate, f"{side}_low": rate.low, f"{side}_high": rate.high, f"{side}_n": rate.n}
        rows.append({**row, "unparsable": found.unparsable, "verdict": found.verdict})
        wrong.append(votes[name].loc[truth.index].to_numpy() != truth.to_numpy())
    apart = votes.nunique(axis=1) > 1
    return PanelReport(
        judges=names, majority=majority, each=pd.DataFrame(rows), errors=panel(np.column_stack(wrong).astype(bool)),
        split=wilson(int(apart.sum()), len(apart)), split_items=tuple(map(str, votes.index[apart])),
    )  # fmt: skip


def _votes(judged: Mapping[str, DataFrame]) -> DataFrame:
    """What each judge says of the items that all of them answered."""
    import pandas as pd

    columns = {}
    for name, labels in judged.items():
        item = "item" if "item" in labels.columns else "trace_id"
        last = labels.drop_duplicates(item, keep="last").set_index(item)["value"]
        columns[name] = last.astype("str").str.strip().str.casefold()
    votes = pd.DataFrame(columns).dropna()
    if votes.empty:
        raise TooLittleData("the judges have no item in common. Run all of them on the same traces")
    return votes


def _majority(votes: Any) -> str:
    counts = votes[votes != UNREAD].value_counts()
    return str(counts.index[0]) if len(counts) and counts.iloc[0] * 2 > len(votes) else UNREAD
