"""A selection of traces set against all others on the map: does it fail more, what is said in it, what stands out.

A selection drawn by eye around a red patch was chosen *because* it looks bad, so its difference from the rest is
biased upwards; the interval here does not know that. It says how sure the counting is, not that the patch was there
before anyone looked: draw a sample and read it before concluding.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from pandas import DataFrame

from workbench.errors import UnknownName
from workbench.stats.proportions import Interval, difference, wilson

COMPARED = ("release", "model", "provider", "environment", "name", "status")
MIN_COUNT = 3
Z_TELLING = 1.96


@dataclass(frozen=True)
class Comparison:
    """What sets a selection apart from the other traces of the map."""

    n: int
    n_rest: int
    failure_rate: Interval
    failure_rate_rest: Interval
    difference: Interval
    phrases: DataFrame
    over_represented: DataFrame

    @property
    def fails_more(self) -> bool | None:
        """Whether the selection fails more often than the rest; None where the counts cannot tell."""
        if self.difference.low > 0:
            return True
        return False if self.difference.high < 0 else None

    def __str__(self) -> str:
        if self.n == 0:
            return "nothing selected"
        here, rest = self.failure_rate, self.failure_rate_rest
        text = f"{self.n:,} traces"
        text += f" · fails {100 * here.estimate:.0f}% ({100 * here.low:.0f}-{100 * here.high:.0f})"
        if self.n_rest:
            text += f" against {100 * rest.estimate:.0f}% elsewhere"
            text += {True: ": more often", False: ": less often", None: ": cannot tell them apart"}[self.fails_more]
        return text


@dataclass(frozen=True)
class WordCounts:
    """Which texts hold which phrases: ``holds`` is a sparse matrix, texts by phrases; ``n_texts`` its column sums."""

    phrases: np.ndarray
    holds: Any
    n_texts: np.ndarray


def compare(points: DataFrame, trace_ids: Sequence[str], *, counts: WordCounts | None = None) -> Comparison:
    """Set a selection against the rest.

    Args:
        points: One row per trace with trace_id, failed, first_words, cluster and the columns of ``COMPARED``.
        trace_ids: The selection; ids that are not on the map are an error.
        counts: ``word_counts`` of the first words, where they are at hand; counted here if not.

    Returns:
        Rates with Wilson intervals, their difference with Newcombe's, ``phrases`` (phrase, n, n_rest, z: log-odds
        with an informative Dirichlet prior, Monroe et al. 2008) and ``over_represented`` (column, value, n, share,
        share_rest, low, high: the difference of shares, only where its interval lies above 0).

    Raises:
        UnknownName: An id is not on the map.
    """
    wanted = set(trace_ids)
    chosen = np.fromiter((trace_id in wanted for trace_id in points["trace_id"]), dtype=bool, count=len(points))
    unknown = wanted.difference(points["trace_id"]) if chosen.sum() < len(wanted) else set()
    if unknown:
        raise UnknownName("trace on the map with id", sorted(unknown)[0], ["those in Workspace.points()"])
    failed = points["failed"].to_numpy(dtype=bool)
    n, n_rest = int(chosen.sum()), int((~chosen).sum())
    fails, fails_rest = int(failed[chosen].sum()), int(failed[~chosen].sum())
    return Comparison(
        n=n,
        n_rest=n_rest,
        failure_rate=wilson(fails, n),
        failure_rate_rest=wilson(fails_rest, n_rest),
        difference=difference(fails, n, fails_rest, n_rest),
        phrases=telling_phrases(counts or word_counts(points["first_words"].fillna("").tolist()), chosen),
        over_represented=_over_represented(points, chosen),
    )


def word_counts(texts: Sequence[str]) -> WordCounts:
    """Count which texts hold which words and two-word phrases: the slow half, and the same for every selection.

    Args:
        texts: n texts.
    """
    from sklearn.feature_extraction.text import CountVectorizer

    counter = CountVectorizer(
        ngram_range=(1, 2),
        binary=True,
        token_pattern=r"(?u)\b[^\W\d_][\w'-]+\b",
        stop_words=_stop_words(),
        max_features=20_000,
    )
    try:
        holds = counter.fit_transform(texts).tocsr()
    except ValueError:  # no words at all
        return WordCounts(np.asarray([], dtype=object), None, np.zeros(0))
    return WordCounts(counter.get_feature_names_out(), holds, np.asarray(holds.sum(axis=0)).ravel().astype(float))


def telling_phrases(counts: WordCounts, chosen: np.ndarray, *, most: int = 8) -> DataFrame:
    """Words and two-word phrases that mark the chosen texts off from the others.

    Args:
        counts: Of n texts.
        chosen: Shape (n,), which of them are selected.
        most: How many phrases to return.

    Returns:
        Columns phrase, n, n_rest (texts that hold it) and z; only z above 1.96, largest first.
    """
    empty = DataFrame({"phrase": [], "n": [], "n_rest": [], "z": []})
    if chosen.all() or not chosen.any() or not len(counts.phrases):
        return empty
    inside = np.asarray(counts.holds[np.flatnonzero(chosen)].sum(axis=0)).ravel().astype(float)
    outside = counts.n_texts - inside
    prior = (inside + outside) / (inside + outside).sum() * 500  # Monroe, Colaresi & Quinn (2008), eq. 15-16 and 22
    n_in, n_out, n_prior = inside.sum(), outside.sum(), prior.sum()
    odds = np.log((inside + prior) / (n_in + n_prior - inside - prior)) - np.log(
        (outside + prior) / (n_out + n_prior - outside - prior)
    )
    z = odds / np.sqrt(1 / (inside + prior) + 1 / (outside + prior))
    names = counts.phrases
    order = [row for row in np.argsort(-z, kind="stable") if z[row] > Z_TELLING and inside[row] >= MIN_COUNT]
    kept: list[int] = []
    for row in order:
        words = set(names[row].split())
        if not any(words & set(names[other].split()) for other in kept):
            kept.append(row)
        if len(kept) == most:
            break
    return DataFrame(
        {"phrase": names[kept], "n": inside[kept].astype(int), "n_rest": outside[kept].astype(int), "z": z[kept]}
    )


def _stop_words() -> list[str]:
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    negations = {"not", "no", "never", "cannot", "without", "nor"}
    return sorted((ENGLISH_STOP_WORDS - negations) | {"person", "place", "organisation", "location", "organization"})


def _over_represented(points: DataFrame, chosen: np.ndarray) -> DataFrame:
    rows = []
    for column in COMPARED:
        if column not in points or points[column].nunique() < 2:
            continue
        values = points[column]
        for value in values[chosen].dropna().unique():
            here, rest = int((values[chosen] == value).sum()), int((values[~chosen] == value).sum())
            gap = difference(here, int(chosen.sum()), rest, int((~chosen).sum()))
            if gap.low > 0 and here >= MIN_COUNT:
                share_rest = rest / max(int((~chosen).sum()), 1)
                rows.append((column, str(value), here, here / int(chosen.sum()), share_rest, gap.low, gap.high))
    names = ["column", "value", "n", "share", "share_rest", "low", "high"]
    return pd.DataFrame(rows, columns=names).sort_values("low", ascending=False, ignore_index=True)
