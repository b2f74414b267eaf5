"""A selection against the rest: rates, phrases, over-represented values, and 'cannot tell'."""

import numpy as np
import pandas as pd
import pytest

from workbench.compare import compare, telling_phrases, word_counts
from workbench.errors import UnknownName


def points(n_bad: int = 30, n_rest: int = 300, fails: int = 20, fails_rest: int = 15) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "trace_id": [f"t{i}" for i in range(n_bad + n_rest)],
            "failed": [i < fails for i in range(n_bad)] + [i < fails_rest for i in range(n_rest)],
            "first_words": [f"refund my voucher number {i}" for i in range(n_bad)]
            + [f"change the seat on flight {i}" for i in range(n_rest)],
            "release": ["2.1"] * n_bad + ["2.0", "2.1", "1.9"] * (n_rest // 3),
        }
    )


def test_a_selection_that_fails_more_is_told_from_the_rest():
    frame = points()
    found = compare(frame, frame["trace_id"][:30].tolist())
    assert (found.n, found.n_rest, found.fails_more) == (30, 300, True)
    assert found.failure_rate.estimate == pytest.approx(20 / 30)
    assert str(found) == "30 traces · fails 67% (49-81) against 5% elsewhere: more often"
    assert found.over_represented.iloc[0][["column", "value"]].tolist() == ["release", "2.1"]
    assert {"voucher", "refund"} & set(" ".join(found.phrases["phrase"]).split())


def test_few_traces_cannot_be_told_apart():
    frame = points(n_bad=4, n_rest=300, fails=1)
    assert compare(frame, ["t0", "t1", "t2", "t3"]).fails_more is None


def test_everything_or_nothing_selected_is_no_comparison():
    frame = points()
    everything = compare(frame, frame["trace_id"].tolist())
    assert everything.n_rest == 0 and everything.fails_more is None and everything.phrases.empty
    assert str(compare(frame, [])) == "nothing selected"


def test_an_id_that_is_not_on_the_map_is_named():
    with pytest.raises(UnknownName, match="nowhere"):
        compare(points(), ["nowhere"])


def test_texts_without_words_have_no_phrases():
    assert telling_phrases(word_counts(["1 2 3", "..."]), np.array([True, False])).empty


def test_phrases_of_random_halves_are_rare():
    words = np.random.default_rng(0).choice(["seat", "bag", "card", "fee", "meal", "gate"], size=(400, 4))
    texts = [" ".join(row) for row in words]
    chosen = np.random.default_rng(1).random(400) < 0.5
    assert len(telling_phrases(word_counts(texts), chosen)) <= 3
