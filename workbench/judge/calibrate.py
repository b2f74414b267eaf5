"""A judge's labels beside people's: rates, verdict, and the corrected share of passes."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import BadRequest, MissingColumns
from workbench.judge.report import Calibration, Compared, Rates
from workbench.long_form import plain_text
from workbench.stats import agreement as stats
from workbench.stats import calibration
from workbench.stats.calibration import Corrected
from workbench.stats.proportions import Interval, wilson

if TYPE_CHECKING:
    from pandas import DataFrame, Series

GOAL = 0.85  # both rates, so that a gate misses at most one failure in seven
FLOOR = 0.80  # both lower bounds
ENOUGH = 50  # labels a side from which a verdict is worth planning for
MOST = 2_000  # labels beyond which nobody would go to settle a verdict
UNREAD = "unparsable"
LABELLED = ("balanced", "random", "chosen")
_PASS_WORDS = {"pass": "fail", "passed": "failed", "good": "bad", "correct": "incorrect", "true": "false", "1": "0"}


def judge(
    human: DataFrame,
    judged: DataFrame,
    *,
    positive: str | None = None,
    labelled: str | None = None,
    unparsable: Collection[str] = (),
    leave_out: Collection[str] = ("defer",),
    level: float = 0.95,
) -> Calibration:
    """Compare a judge's labels with people's and say whether it may gate.

    It may gate where good outputs passed and real failures caught are both at least .85 and both Wilson lower bounds at
    least .80; it may not where either rate is surely below .85; else nobody can tell yet. Answers that cannot be read
    count as wrong for that; the figures without them stand beside. It says nothing of traffic unlike
    the labelled items.

    Args:
        human: Columns item (or trace_id) and value; if there: annotator (the majority of an item's annotators counts),
            round (adjudicated goes before blind), labelled_at.
        judged: Columns item and value. Items that people did not label show what share the judge passes.
        positive: The value that means pass; else 'pass' or a like word.
        labelled: How the items that people labelled were chosen: ``balanced`` (by verdict, or any way that does not
            look at the judge), ``random`` (a random sample of the same traffic), ``chosen`` (by the judge's verdict;
            then nothing can be corrected). None is treated as balanced, which also holds for random ones.
        unparsable: Answers that cannot be read; else all that are no value of the people's.
        leave_out: Values of people that are no verdict.
        level: Confidence level of all bounds.

    Raises:
        MissingColumns: A table lacks item or value.
        BadRequest: The tables share no item, or a word is none of those above.
    """
    if labelled is not None and labelled not in LABELLED:
        raise BadRequest(f"labelled {labelled!r} is none; choose one of: {', '.join(LABELLED)}")
    notices: list[str] = []
    truth, people, answers, positive = _both(human, judged, positive, unparsable, leave_out, notices)
    both = truth.index.intersection(answers.index)
    missing = len(truth) - len(both)
    if missing:
        notices.append(f"{missing:,} items that people labelled have no answer of the judge; they are not compared.")
    said, answered = truth[both], answers[both]
    rates = _rates(said, answered, positive, level)
    read = answered != UNREAD
    others = answers[answers.index.difference(truth.index)]
    passed_others = int((others == positive).sum()) if positive else 0
    raw = wilson(passed_others, len(others) if positive else 0, level=level)
    by_people = wilson(int((said == positive).sum()), len(said), level=level)
    verdict, n_more, reason = _verdict(rates, positive)
    return Calibration(
        verdict=verdict, rates=rates, dropped=_rates(said[read], answered[read], positive, level),
        unparsable=int((~read).sum()), missing=missing, positive=positive,
        corrected=_corrected(said, answered, others, positive, labelled, level, notices), raw=raw,
        confusion=_confusion(said, answered), people=people, n_more=n_more, reason=reason, notices=tuple(notices),
        errs=_errs(rates), by_people=by_people if positive else None,
    )  # fmt: skip


def compared(
    human: DataFrame,
    judged: DataFrame,
    *,
    positive: str | None = None,
    unparsable: Collection[str] = (),
    leave_out: Collection[str] = ("defer",),
) -> Compared:
    """Set what a judge says of each item beside what people say of it: what the rates of ``judge`` are made of.

    Args:
        human: As for ``judge``.
        judged: As for ``judge``.
        positive: The value that means pass.
        unparsable: Answers that cannot be read.
        leave_out: Values of people that are no verdict.

    Raises:
        MissingColumns: A table lacks item or value.
        BadRequest: The tables share no item.
    """
    import pandas as pd

    truth, _, answers, positive = _both(human, judged, positive, unparsable, leave_out, [])
    both = truth.index.intersection(answers.index)
    rows = {"item": both.astype("str"), "human": truth[both].to_numpy(), "judge": answers[both].to_numpy()}
    return Compared(pd.DataFrame(rows), positive)


def people_say(human: DataFrame, *, leave_out: Collection[str] = ("defer",)) -> Series[Any]:
    """What people say of each item: what was adjudicated, else the majority; indexed by item, ties left out."""
    return _truth(_plain(human, "the human labels"), leave_out, [])[0]


def _both(
    human: DataFrame, judged: DataFrame, positive: str | None, unparsable: Collection[str],
    leave_out: Collection[str], notices: list[str],
) -> tuple[Series[Any], stats.Coefficient | None, Series[Any], str | None]:  # fmt: skip
    """What people say of each item, how far they agree, what the judge answered, and the value that means pass."""
    truth, people = _truth(_plain(human, "the human labels"), leave_out, notices)
    answers = _last(_plain(judged, "the judge's labels"), "the judge", notices)
    positive = _positive(truth, positive, notices)
    known = set(truth) | ({positive, _PASS_WORDS.get(positive, positive)} if positive else set())
    bad = {each.casefold() for each in unparsable}
    unread = answers.isna() | (answers.isin(bad) if bad else ~answers.isin(known))
    answers = answers.where(~unread, UNREAD)
    both = truth.index.intersection(answers.index)
    if not len(both):
        raise BadRequest(
            f"the {len(truth):,} items that people labelled and the {len(answers):,} that the judge labelled have none"
            " in common. Check that both files use the same ids"
        )
    return truth, people, answers, positive


def _plain(labels: DataFrame, what: str) -> DataFrame:
    import pandas as pd

    found = [str(column) for column in labels.columns]
    item = "item" if "item" in found else "trace_id"
    missing = [name for name in (item, "value") if name not in found]
    if missing:
        raise MissingColumns(what, ["item" if name == "trace_id" else name for name in missing], found, "Add it.")
    values = plain_text(labels["value"]).str.casefold().str.replace(r"^(-?\d+)\.0+$", r"\1", regex=True)
    rows = pd.DataFrame({"item": plain_text(labels[item]), "value": values})
    for name in ("annotator", "round"):
        rows[name] = plain_text(labels[name]) if name in found else None
    if "labelled_at" in found:
        times = pd.to_datetime(labels["labelled_at"], utc=True, errors="coerce", format="ISO8601")
        rows = rows.assign(time=times).sort_values("time", kind="stable", na_position="first")
    return rows[rows["item"].notna()]


def _last(rows: DataFrame, whose: str, notices: list[str]) -> Series[Any]:
    kept = rows.drop_duplicates("item", keep="last")
    if len(kept) < len(rows):
        notices.append(f"{len(rows) - len(kept):,} labels of {whose} replaced by a later one of the same item.")
    return kept.set_index("item")["value"]


def _truth(
    rows: DataFrame, leave_out: Collection[str], notices: list[str]
) -> tuple[Series[Any], stats.Coefficient | None]:
    """What people say of each item, and how far they agree among themselves."""
    left = rows["value"].isna() | rows["value"].isin([each.casefold() for each in leave_out])
    if left.any():
        notices.append(f"{left.sum():,} human labels that are no verdict left out.")
    rows = rows[~left]
    settled = rows[rows["round"].str.lower() == "adjudicated"] if rows["round"].notna().any() else rows[:0]
    blind = rows[~rows.index.isin(settled.index)]
    several = blind["annotator"].nunique() > 1
    if not several:
        truth, people = _last(blind, "the annotator", notices), None
    else:
        blind = blind.drop_duplicates(["item", "annotator"], keep="last")
        people = stats.alpha(stats.Ratings.of(blind["item"], blind["annotator"].fillna(""), blind["value"]))
        votes = blind.groupby(["item", "value"], sort=False).size().reset_index(name="n")
        most = votes[votes["n"] == votes.groupby("item")["n"].transform("max")]
        tied = most["item"].duplicated(keep=False)
        open_ties = set(most[tied]["item"]) - set(settled["item"])
        if open_ties:
            notices.append(f"{len(open_ties):,} items on which people are split evenly left out; adjudicate them.")
        truth = most[~tied].set_index("item")["value"]
        notices.append("An item's label is what the majority of its annotators say.")
    if len(settled):
        decided = _last(settled, "the adjudicator", notices)
        truth = decided.combine_first(truth)
        notices.append(f"{len(decided):,} items count as adjudicated, whatever was said before.")
    return truth, people


def _positive(truth: Series[Any], given: str | None, notices: list[str]) -> str | None:
    found = set(truth)
    if given is not None:
        if given.casefold() not in found:
            raise BadRequest("nobody gave the value that was named as positive. Name the value that means pass")
        return given.casefold()
    for word, opposite in _PASS_WORDS.items():
        if found and found <= {word, opposite}:
            if word != "pass":
                notices.append(f"{word!r} is taken to mean pass; name another value as positive if it does not.")
            return word
    return "pass" if "pass" in found else None


def _rates(said: Series[Any], answered: Series[Any], positive: str | None, level: float) -> Rates:
    n = len(said)
    same = (said.to_numpy() == answered.to_numpy()) if n else np.zeros(0, dtype=bool)
    values = sorted(set(said) | set(answered))
    place = {value: index for index, value in enumerate(values)}
    table = np.zeros((len(values), len(values)), dtype=np.int64)
    np.add.at(table, (said.map(place).to_numpy(dtype=int), answered.map(place).to_numpy(dtype=int)), 1)
    good = (said == positive).to_numpy() if positive else np.zeros(n, dtype=bool)
    bad = ~good if positive else good
    caught = bad & (answered != positive).to_numpy() & (answered != UNREAD).to_numpy()
    return Rates(
        n=n,
        agreement=wilson(int(same.sum()), n, level=level),
        kappa=stats.cohen(table),
        true_pass=wilson(int((good & same).sum()), int(good.sum()), level=level),
        true_fail=wilson(int(caught.sum()), int(bad.sum()), level=level),
    )


def _verdict(rates: Rates, positive: str | None) -> tuple[str, dict[str, int], str]:
    if positive is None:
        return "undecided", {}, "none of the values is known to mean pass; name it as positive"
    sides = {"pass": rates.true_pass, "fail": rates.true_fail}
    names = {"pass": "good outputs passed", "fail": "real failures caught"}
    low = [names[side] for side, rate in sides.items() if rate.n and rate.high < GOAL]
    if low:
        return "may_not", {}, f"{' and '.join(low)}: surely below {100 * GOAL:.0f}%"
    if all(rate.n and rate.estimate >= GOAL and rate.low >= FLOOR for rate in sides.values()):
        return "may_gate", {}, f"both rates are at least {100 * GOAL:.0f}%, and surely at least {100 * FLOOR:.0f}%"
    n_more = {side: more for side, rate in sides.items() if (more := _more(rate))}
    empty = [side for side, rate in sides.items() if not rate.n]
    if empty:
        return "undecided", n_more, f"people labelled no compared item as {' or '.join(empty)}"
    told = " and ".join(f"about {more:,} {side}ing items" for side, more in n_more.items())
    return "undecided", n_more, f"label {told} more" if told else "the rate is too near to the border to be told apart"


def _errs(rates: Rates) -> tuple[str, ...]:
    """What the judge surely does too often."""
    sides = ((rates.true_fail, "misses failures"), (rates.true_pass, "fails good outputs"))
    return tuple(words for rate, words in sides if rate.n and rate.high < GOAL)


def _more(rate: Interval) -> int:
    """Labels still to give on a side until its rate is told from the border, if it stays as it is; 0 if none help."""
    if rate.n == 0:
        return ENOUGH
    if rate.estimate >= GOAL and rate.low >= FLOOR:
        return 0
    for n in range(max(rate.n + 1, ENOUGH), MOST):
        now = wilson(round(rate.estimate * n), n, level=rate.level)
        if (now.estimate >= GOAL and now.low >= FLOOR) or now.high < GOAL:
            return n - rate.n
    return 0


def _corrected(
    said: Series[Any], answered: Series[Any], others: Series[Any], positive: str | None, labelled: str | None,
    level: float, notices: list[str],
) -> Corrected:  # fmt: skip
    """An answer that cannot be read is no pass, in the labelled items and in the others alike."""
    n, many = len(said), len(others)
    if positive is None:
        return calibration.refused(many, n, "none of the values is known to mean pass")
    if labelled == "chosen":
        return calibration.refused(
            many, n, "the labelled items were chosen by the judge's verdict; no correction holds"
        )
    good, passed = (said == positive).to_numpy(), (answered == positive).to_numpy()
    if labelled == "random":
        found = calibration.ppi_mean(good, passed, (others == positive).to_numpy(), level=level)
        if many == 0:
            share = wilson(int(good.sum()), n, level=level)
            return Corrected(share.estimate, share.low, share.high, 0, n, "people_only", "the judge labelled no others")
        return Corrected(found.estimate, max(0.0, found.low), min(1.0, found.high), many, n, "ppi")
    if many and labelled is None:
        notices.append(
            "How the labelled items were chosen is not said; the corrected share holds for balanced and random ones."
            " For a random sample of the same traffic, saying so gives a narrower interval."
        )
    n_pass, n_fail = int(good.sum()), int((~good).sum())
    return calibration.lang_reiczigel(
        float((others == positive).mean()) if many else float("nan"),
        many,
        float(passed[good].mean()) if n_pass else float("nan"),
        n_pass,
        float((~passed[~good]).mean()) if n_fail else float("nan"),
        n_fail,
        level=level,
    )


def _confusion(said: Series[Any], answered: Series[Any]) -> DataFrame:
    import pandas as pd

    pairs = pd.DataFrame({"human": said.to_numpy(), "judge": answered.to_numpy()})
    return pairs.groupby(["human", "judge"], as_index=False).size().rename(columns={"size": "n"})
