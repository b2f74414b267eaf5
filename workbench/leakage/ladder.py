"""Climb from exact copies to rephrasings; a pair counts once, under the first rung that finds it.

Each distinct text is compared once, however many rows have it, so the answer does not depend on the order of rows.
The rungs differ in what they are worth: a copy is a fact, a shared passage nearly so, and a semantic match is a guess
that a person should look at. All of them need the other text: nothing is found in a file that was not given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from workbench.errors import BadRequest, TooLittleData, UnknownName
from workbench.leakage import rungs as rung
from workbench.leakage.report import RUNGS, Leakage
from workbench.leakage.semantic import Semantic, semantic
from workbench.leakage.texts import normalised, without_frame

if TYPE_CHECKING:
    from pandas import DataFrame

    from workbench.embed import Embedder

Progress = Callable[[str, int, int | None], None]

MOST_COPIES = 100  # pairs listed for one text and one other text, where many rows have them
COLUMNS = ("eval_row", "against", "other_row", "rung", "score")


class _Texts:
    """The rows of one file, by what they say: distinct texts in order, and which rows have each."""

    def __init__(self, rows: Sequence[str | None], name: str) -> None:
        self.name, self.n = name, len(rows)
        bare, self.n_frame = without_frame([row or "" for row in rows])
        of_text: dict[str, list[int]] = {}
        said: dict[str, str] = {}
        for row, (plain, text) in enumerate(zip(normalised(bare), bare, strict=True)):
            if plain:
                of_text.setdefault(plain, []).append(row)
                said[plain] = min(said.get(plain, text), text)
        self.plain = sorted(of_text)
        self.said = [said[plain] for plain in self.plain]
        self.rows = [of_text[plain] for plain in self.plain]
        self.n_empty = self.n - sum(map(len, self.rows))

    def notices(self) -> list[str]:
        found = []
        if self.n_frame:
            found.append(
                f"{self.name}: {self.n_frame} words that nearly every text begins or ends with were left out as labels."
            )
        if self.n_empty:
            found.append(f"{self.name}: {self.n_empty:,} of {self.n:,} rows say nothing and were left out.")
        return found


def leakage(
    texts: Sequence[str | None],
    against: Mapping[str, Sequence[str | None]] | Sequence[str | None] | None = None,
    *,
    rungs: Sequence[str] = RUNGS,
    embedder: Embedder | None = None,
    bar: float | None = None,
    progress: Progress | None = None,
) -> Leakage:
    """Look for evaluation texts in other texts: prompts, few-shot examples, training data; or for duplicates within.

    Args:
        texts: The evaluation texts, row by row; None where a row has none.
        against: Other texts, or several collections of them by name; None looks for duplicates among ``texts``.
        rungs: Which rungs to climb, in any order.
        embedder: Needed for the semantic rung.
        bar: The semantic bar of a text without neighbours, in place of the encoder's own.
        progress: Told of each rung, and of the texts encoded.

    Returns:
        Pairs with rung and score, counts, and the share of evaluation rows found.

    Raises:
        UnknownName: A rung is none.
        TooLittleData: There are no texts to compare.
        BadRequest: The semantic rung was asked for without an embedder.

    >>> found = leakage(["Where is my parcel?", "Cancel it"], ["my bill", "WHERE IS MY PARCEL"], rungs=["exact"])
    >>> found.pairs[["eval_row", "other_row", "rung"]].values.tolist()
    [[0, 1, 'exact']]
    """
    unknown = [name for name in rungs if name not in RUNGS]
    if unknown:
        raise UnknownName("rung", unknown[0], RUNGS)
    if not rungs:
        raise BadRequest(f"no rung was named. Name some of: {', '.join(RUNGS)}")
    if "semantic" in rungs and embedder is None:
        raise BadRequest("the semantic rung needs an embedder. Pass embedder=load_embedder(), or leave that rung out")
    climbed = [name for name in RUNGS if name in rungs]
    ours = _Texts(texts, "the evaluation file")
    if not ours.plain:
        raise TooLittleData("none of the evaluation rows has a text. Name the field that holds it")
    notices = ours.notices()
    within = against is None
    named = {"itself": texts} if against is None else against
    if not isinstance(named, Mapping):
        named = {"against": named}
    sides = {name: ours if within else _Texts(rows, name) for name, rows in named.items()}
    pairs: list[tuple[int, str, int, str, float]] = []
    review: list[tuple[int, str, int, str, float]] = []
    settings: dict[str, Semantic] = {}
    for name, theirs in sides.items():
        if not theirs.plain:
            raise TooLittleData(f"none of the rows of {name} has a text. Name the field that holds it")
        found, unsure, setting = _climb(ours, theirs, climbed, embedder, bar, progress, within)
        if setting:
            settings[name] = setting
        notices += ([] if within else theirs.notices()) + _spread(pairs, found, ours, theirs, name, within)
        _spread(review, unsure, ours, theirs, name, within)
    notices += _on_setting(settings)
    flagged = {row for row, *_ in pairs} | ({other for _, _, other, *_ in pairs} if within else set())
    return Leakage(
        pairs=_frame(pairs),
        review=_frame(review),
        by_rung={each: sum(pair[3] == each for pair in pairs) for each in climbed},
        n_eval=ours.n,
        n_against=sum(side.n for side in sides.values()),
        n_flagged=len(flagged),
        semantic=settings,
        notices=tuple(notices),
    )


Found = dict[tuple[int, int], tuple[str, float]]


def _climb(
    ours: _Texts,
    theirs: _Texts,
    climbed: Sequence[str],
    embedder: Embedder | None,
    bar: float | None,
    progress: Progress | None,
    same: bool,
) -> tuple[Found, Found, Semantic | None]:
    """Pairs of distinct texts with the first rung that found each, and those to review."""
    found: Found = {}
    unsure: Found = {}
    setting = None
    if same and "exact" in climbed:
        found = {(text, text): ("exact", 1.0) for text, rows in enumerate(ours.rows) if len(rows) > 1}
    for place, name in enumerate(climbed):
        if progress:
            progress("rungs", place, len(climbed))
        if name == "exact":
            _keep(found, name, rung.exact(ours.plain, theirs.plain), same)
        elif name == "ngram":
            sure, maybe = rung.ngram(ours.plain, theirs.plain, same=same)
            _keep(found, name, sure, same)
            _keep(unsure, name, maybe, same)
        elif name == "minhash":
            _keep(found, name, rung.minhash(ours.plain, theirs.plain), same)
        elif name == "substring":
            _keep(found, name, rung.substring(ours.plain, theirs.plain, same=same), same)
        elif embedder is not None:
            known = set(found) | ({(other, text) for text, other in found} if same else set())
            near, setting = semantic(
                ours.said, theirs.said, embedder, known=known, same=same, bar=bar, progress=progress
            )
            _keep(found, name, near[:3], same)
    if progress:
        progress("rungs", len(climbed), len(climbed))
    return found, {pair: what for pair, what in unsure.items() if pair not in found}, setting


def _keep(found: Found, name: str, pairs: rung.Pairs, same: bool) -> None:
    """Add pairs that are new; within one file a pair has no direction, and the larger score of the two counts."""
    fresh: Found = {}
    for text, other, score in zip(*(part.tolist() for part in pairs), strict=True):
        if same and text == other:
            continue
        pair = (min(text, other), max(text, other)) if same else (text, other)
        if pair not in found and (pair not in fresh or fresh[pair][1] < score):
            fresh[pair] = (name, score)
    found.update(fresh)


def _spread(
    pairs: list[tuple[int, str, int, str, float]], found: Found, ours: _Texts, theirs: _Texts, name: str, same: bool
) -> list[str]:
    """From pairs of texts to pairs of rows, in the order of rows."""
    before, left_out, new = len(pairs), 0, []
    for (text, other), (rung_name, score) in found.items():
        mine, there = ours.rows[text], theirs.rows[other]
        one = same and text == other
        n = len(mine) * (len(mine) - 1) // 2 if one else len(mine) * len(there)
        left_out += max(0, n - MOST_COPIES)
        if n > MOST_COPIES:  # every row of ours keeps a pair, so that the share of rows stays right
            rows = [(row, there[0]) for row in (mine[1:] if one else mine)]
            rows += [(mine[0], row) for row in there[1:]] if same and not one else []
        else:
            rows = [(row, row_there) for row in mine for row_there in there if not one or row < row_there]
        rows = [(min(both), max(both)) for both in rows] if same else rows
        new += [(row, name, row_there, rung_name, float(score)) for row, row_there in rows]
    pairs[before:] = sorted(new, key=lambda pair: (RUNGS.index(pair[3]), pair[0], pair[2]))
    return (
        [f"{name}: pairs of rows with the same two texts are cut short; about {left_out:,} more."] if left_out else []
    )


def _on_setting(settings: Mapping[str, Semantic]) -> list[str]:
    found = []
    for name, setting in settings.items():
        if setting.origin == "assumed":
            found.append(
                f"{name}: the semantic bar was not measured for {setting.encoder}, and there are too few texts to set"
                " it; look at the pairs before believing them."
            )
    return found


def _frame(pairs: Sequence[tuple[int, str, int, str, float]]) -> DataFrame:
    import pandas as pd

    frame = pd.DataFrame(pairs, columns=list(COLUMNS))
    kinds = {"eval_row": np.int64, "against": "str", "other_row": np.int64, "rung": "str", "score": np.float64}
    return frame.astype(kinds)
