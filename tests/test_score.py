"""Verdicts without a judge: what each scorer says, and what it refuses."""

import numpy as np
import pandas as pd
import pytest

from workbench.embed import load_embedder
from workbench.errors import BadRequest, MissingColumns, UnknownName
from workbench.score import Checks, Contains, Exact, Rouge, Similar, score


def table(*rows, **columns):
    frame = pd.DataFrame(rows, columns=["case_id", "reference"])
    return frame.assign(**columns)


def outputs(*texts):
    return pd.DataFrame({"case_id": [f"c{i}" for i in range(len(texts))], "output": list(texts)})


def test_the_same_and_within():
    cases = table(("c0", "Paris"), ("c1", "Paris"), ("c2", ["Paris", "Lutetia"]), ("c3", None))
    said = outputs(" Paris\n", "It is paris, of course.", "Lutetia", "Paris")
    exact, within = score(cases, said, Exact()), score(cases, said, Contains())
    assert exact.frame["passed"].tolist() == [True, False, True, None]
    assert within.frame["passed"].tolist() == [True, True, True, None]
    assert exact.unsaid == {"no reference": 1} and exact.scored == 3
    assert "Exact" not in repr(exact) and "3 by exact" in repr(exact)
    assert not any("Paris" in why for why in exact.frame["why"])


def test_the_checks_of_a_case():
    checks = [
        [{"kind": "regex", "pattern": r"\d+ days", "match": "pass"}, {"kind": "length", "max": 40}],
        [{"kind": "regex", "pattern": r"\d+ days", "match": "pass"}],
        [],
        [{"kind": "json_schema", "schema": {"type": "object", "required": ["id"]}}],
        [{"kind": "phrases", "forbidden": ["guarantee"]}],
    ]
    cases = pd.DataFrame({"case_id": [f"c{i}" for i in range(5)], "checks": checks})
    said = outputs("It takes 5 days.", "Soon.", "x", '{"id": 3}', "We guarantee it")
    found = score(cases, said, Checks())
    assert found.frame["passed"].tolist() == [True, False, None, True, False]
    assert found.unsaid == {"the case has no checks": 1}
    assert found.frame["why"][1] == "check 0: the pattern is not found"


def test_a_check_that_is_no_rule_is_refused_without_quoting_it():
    cases = pd.DataFrame({"case_id": ["c0"], "checks": [[{"kind": "regex", "patern": "secret"}]]})
    with pytest.raises(BadRequest, match="check 0 of a case") as error:
        score(cases, outputs("x"), Checks())
    assert "secret" not in str(error.value)


def test_rouge_gives_the_published_values():
    # README of google-research/rouge: rouge1 P .75 R .667 F .706, rougeL P .625 R .556 F .588
    cases = table(("c0", "The quick brown fox jumps over the lazy dog"))
    said = outputs("The quick brown dog jumps on the log.")
    expected = {
        ("rouge1", "precision"): 0.75, ("rouge1", "recall"): 6 / 9, ("rouge1", "fmeasure"): 12 / 17,
        ("rougeL", "precision"): 0.625, ("rougeL", "recall"): 5 / 9, ("rougeL", "fmeasure"): 10 / 17,
        ("rouge2", "fmeasure"): 4 / 15,
    }  # fmt: skip
    for (kind, measure), value in expected.items():
        found = score(cases, said, Rouge(0.5, kind, measure))
        assert found.frame["score"][0] == pytest.approx(value)
        assert found.frame["passed"][0] == (value >= 0.5)


def test_the_best_of_several_references_counts():
    cases = table(("c0", ["nothing alike", "the parcel is late"]))
    assert score(cases, outputs("the parcel is late"), Rouge(0.9)).frame["score"][0] == 1


@pytest.mark.parametrize("scorer", [Rouge(1.5), Rouge(0.5, "rouge77"), Rouge(0.5, "rouge1", "f2")])
def test_a_likeness_that_is_none_is_refused(scorer):
    with pytest.raises(BadRequest):
        score(table(("c0", "a")), outputs("a"), scorer)


@pytest.fixture(scope="module")
def embedder():
    return load_embedder()


def test_meaning_is_matched_sentence_by_sentence(embedder):
    reference = "You can cancel the order in your account. The money comes back within five days."
    cases = table(("c0", reference), ("c1", reference), ("c2", reference), ("c3", None), ("c4", reference))
    said = outputs(
        "The money comes back within five days. You can cancel the order in your account.",
        "Orders may be cancelled from the account page. You will be refunded in five days.",
        "Bake the bread for forty minutes.", "x", "",
    )  # fmt: skip
    found = score(cases, said, Similar(embedder, least=0.6))
    same, alike, other, _, nothing = found.frame["score"]
    assert same == pytest.approx(1, abs=1e-3) and same > alike > 0.6 > 0.3 > other and nothing == 0
    assert found.frame["passed"].tolist() == [True, True, False, None, False]


class Axes:
    """Vectors that can be checked by hand."""

    def encode(self, texts):
        return np.array([{"a": [1, 0], "b": [0, 1], "c": [0.6, 0.8]}[text] for text in texts], dtype=float)


def test_f1_of_the_greedy_matches():
    found = score(table(("c0", "a\nb")), outputs("c"), Similar(Axes(), least=0.5))
    # c is .6 like a and .8 like b: precision .8, recall (.6 + .8) / 2 = .7
    assert found.frame["score"][0] == pytest.approx(2 * 0.8 * 0.7 / 1.5)


def test_open_ended_cases_are_refused_unless_forced():
    cases = table(("c0", "a"), ("c1", "b"), evaluation_type=["reference", "open_ended"])
    for scorer in (Rouge(0.5), Similar(Axes(), least=0.5)):
        with pytest.raises(BadRequest, match="1 of 2 outputs are of open-ended cases"):
            score(cases, outputs("a", "b"), scorer)
        forced = score(cases, outputs("a", "b"), scorer, force=True)
        assert forced.forced == 1 and forced.scored == 2
    assert score(cases, outputs("a", "b"), Exact()).scored == 2
    with pytest.raises(UnknownName, match="evaluation type"):
        score(cases.assign(evaluation_type="essay"), outputs("a"), Rouge(0.5))


def test_every_row_is_accounted_for_and_verdicts_are_kept():
    rows = pd.DataFrame(
        {
            "case_id": ["c0", "c0", "c1", "c1", "zzz", "c1"],
            "output": ["a", "x", None, "b", "a", None],
            "passed": [None, True, None, None, None, None],
            "error": [None, None, "timeout", None, None, None],
        }
    )
    kept = rows.copy()
    found = score(table(("c0", "a"), ("c1", "b")), rows, Exact())
    assert (found.scored, found.kept, found.failed_runs, found.unknown) == (2, 1, 1, 1)
    assert found.unsaid == {"no output": 1}
    assert found.frame["passed"].tolist() == [True, True, None, True, None, None]
    assert found.frame["scorer"].tolist() == ["exact", None, None, "exact", None, None]
    pd.testing.assert_frame_equal(rows, kept)
    with pytest.raises(MissingColumns, match="output"):
        score(table(("c0", "a")), rows[["case_id"]], Exact())
    with pytest.raises(BadRequest, match="1 cases have a case_id"):
        score(table(("c0", "a"), ("c0", "b")), rows, Exact())
