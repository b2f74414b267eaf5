"""The ladder of leakage: each rung by hand, each pair once, and what must hold whatever the texts are."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from leakage_pairs import PAIRS

from workbench.embed import load_embedder
from workbench.errors import BadRequest, TooLittleData, UnknownName
from workbench.leakage import RUNGS, leakage
from workbench.leakage.files import read_texts
from workbench.leakage.numbers import agreement, numbers
from workbench.leakage.rungs import exact, gram_length, minhash, ngram, substring
from workbench.leakage.texts import normalised, without_frame
from workbench.leakage.windows import character_tokens, matches, word_tokens

WORDS = (
    "amber basket candle dragon engine forest garden hammer island jacket kettle ladder marble needle orange pencil"
    " quiver ribbon saddle timber umbrella velvet walnut yellow zipper anchor bridge copper dinner elbow feather"
).split()
COMPARED = RUNGS[:4]


class Letters:
    """An embedder whose vectors are the letters of a text: anagrams are the same, which no other rung sees."""

    name = "letters"
    dimensions = 26

    def encode(self, texts, *, query=False, progress=None):
        found = np.array([[text.lower().count(chr(97 + i)) for i in range(26)] for text in texts], dtype=np.float32)
        if progress:
            progress("embedding", len(texts), len(texts))
        return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)


def said(n, seed):
    return random.Random(seed).sample(WORDS, n)


def pairs_of(found):
    return {(row.eval_row, row.other_row): row.rung for row in found.pairs.itertuples()}


# --- texts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Where's my parcel?", "where s MY   parcel"),
        ("ﬁnd the ﬁle", "FIND THE FILE!"),
        ("Ｆｕｌｌ width １２", "full width 12"),
        ("Straße", "STRASSE"),
        ("“Quoted” – text…", '"quoted" - text'),
        ("cafe\u0301", "café"),
    ],
)
def test_texts_that_differ_in_spelling_only_are_equal(one, other):
    assert normalised([one]) == normalised([other])


def test_texts_without_a_letter_stay_apart():
    assert normalised(["🙂", "!!!", "", "  "]) == ["🙂", "!!!", "", ""]
    assert normalised(["我的包裹在哪里"]) == ["我 的 包 裹 在 哪 里"]
    assert normalised(["नमस्ते दुनिया"]) == ["नमस्ते दुनिया"]


@given(st.text())
def test_normalising_twice_changes_nothing(text):
    once = normalised([text])
    assert normalised(once) == once


def test_labels_of_a_file_are_taken_off_and_phrases_are_not():
    labelled = [f"Question: why {word}?\nAnswer: \n#### {n}" for n, word in enumerate(WORDS)]
    bare, n = without_frame(labelled)
    assert bare == [f"why {word}?" for word in WORDS] and n == 4
    phrased = [f"what is the colour of {word}" for word in WORDS]
    assert without_frame(phrased) == (phrased, 0)
    assert without_frame(labelled[:5]) == (labelled[:5], 0)  # too few to know
    sums = [f"{a} + 7 = {a + 7}" for a in range(40)]
    assert without_frame(sums) == (sums, 0)  # numbers and signs are no labels
    chat = [f"### Instruction:\n{word} it\n### Response:" for word in WORDS]
    assert without_frame(chat)[0] == [f"{word} it" for word in WORDS]


def test_a_copy_in_a_labelled_file_is_exact():
    questions = [" ".join(said(12, seed)) for seed in range(30)]
    found = leakage(questions, [f"Q: {text}\nA: {n}" for n, text in enumerate(questions)], rungs=COMPARED)
    assert found.by_rung == {"exact": 30, "ngram": 0, "minhash": 0, "substring": 0}
    assert any("left out as labels" in notice for notice in found.notices)


# --- rungs by hand -----------------------------------------------------------------------------------------------


def test_exact():
    first, other, score = exact(["a b", "c"], ["c", "x", "a b"])
    assert (first.tolist(), other.tolist(), score.tolist()) == ([0, 1], [2, 0], [1.0, 1.0])


def test_the_length_of_an_n_gram():
    assert gram_length(np.array([3, 9, 10, 14, 20, 26, 100])).tolist() == [5, 5, 5, 7, 10, 13, 13]


def test_ngram_is_the_share_of_our_words_in_one_other_text():
    text = said(20, 1)  # n = 10
    half = [*text[:12], "something", "else", "here"]
    found, review = ngram([" ".join(text)], [" ".join(half), " ".join(text[:7] + text[11:18])])
    assert found[1].tolist() == [0] and found[2][0] == pytest.approx(12 / 20, abs=0.05)
    assert not len(review[0])  # seven words in a row are no run of ten
    # two halves of it in two other texts are not added up
    apart, unsure = ngram([" ".join(text)], [" ".join(text[:10] + ["x"]), " ".join(["y"] + text[14:])])
    assert apart[2].max(initial=0) <= 0.55 and len(unsure[0]) <= 1


def test_a_phrase_is_for_review_and_a_whole_short_text_is_found():
    found, review = ngram(
        ["how do i change my pin"], ["how do i change my bedsheets", "how do i change my pin please now"]
    )
    assert found[1].tolist() == [1] and found[2][0] == 1.0
    assert review[1].tolist() == [0]


def test_a_template_of_the_file_makes_no_pairs():
    template = " ".join(said(14, 3)[:14])
    ours = [f"{template} {' '.join(said(6, seed))}" for seed in range(100, 130)]
    theirs = [f"{template} {' '.join(said(6, seed))}" for seed in range(200, 260)]
    assert leakage(ours, theirs, rungs=("ngram",)).clean
    assert leakage(ours, theirs, rungs=("substring",)).clean
    copied = leakage(ours, [*theirs, f"well {ours[7]} indeed"], rungs=("ngram",))
    assert pairs_of(copied) == {(7, 60): "ngram"}


def test_minhash_scores_are_exact_and_near_copies_are_not_missed():
    text = said(31, 5)  # three-word runs: 29
    changed = [*text[:-1], "other"]  # 28 shared of 30
    first, other, score = minhash([" ".join(text)], [" ".join(changed), " ".join(text[::-1])])
    assert (first.tolist(), other.tolist()) == ([0], [0]) and score[0] == 28 / 30
    rng = random.Random(0)
    ours = [" ".join(rng.choices(WORDS, k=40)) for _ in range(400)]
    theirs = []
    for text in ours:
        words = text.split()
        words[rng.randrange(3, 37)] = "changed"  # three runs: 35 shared of 41 or so
        theirs.append(" ".join(words))
    a, b, score = minhash(ours, theirs)
    assert sum(x == y for x, y in zip(a, b, strict=True)) == 400 and score.min() >= 0.8


def test_minhash_of_short_texts_compares_characters():
    # "abcdefghij" and one more letter: 6 and 7 runs of five
    first, _, score = minhash(["abcdefghij"], ["abcdefghijk", "abcdexghij"])
    assert first.tolist() == [0] and score[0] == 6 / 7


def test_substring_is_the_longest_common_run():
    passage = "the quick brown fox jumps over the lazy dog and keeps on running"  # 52 letters
    ours, theirs = f"before it {passage} came this {'x' * 200}", f"{'y' * 200} something {passage} else"
    first, other, score = substring([ours], [theirs, "the quick brown fox jumps over the lazy"])
    packed = passage.replace(" ", "")
    assert len(packed) == 52 and (first.tolist(), other.tolist()) == ([0, 0], [0, 1])
    assert score.tolist() == [52 / len(theirs.replace(" ", "")), 1.0]  # theirs is the shorter by three
    assert not len(substring([f"{passage[:40]} {'x' * 90}"], [f"{'y' * 90} {passage[:40]}"])[0])  # 33 of 123
    # repeats, on which a popular shortcut of difflib's finds nothing
    repeated = "abcdefghijklmnopqrstuvwxyz" * 17
    assert substring([repeated[:440]], [repeated[:440] + "z"])[2].tolist() == [1.0]


@given(st.lists(st.text("abc", min_size=1, max_size=60), min_size=1, max_size=6), st.integers(1, 30))
def test_windows_are_those_that_a_plain_search_finds(texts, n):
    ours, theirs = texts, [text[::-1] for text in texts]
    found = matches(character_tokens(ours), character_tokens(theirs), n)
    told = set(
        zip(*(part.tolist() for part in (found.ours, found.ours_at, found.theirs, found.theirs_at)), strict=True)
    )
    aside = set(map(tuple, found.template.tolist()))
    plain = {
        (i, a, j, b)
        for i, one in enumerate(ours)
        for j, other in enumerate(theirs)
        for a in range(len(one) - n + 1)
        for b in range(len(other) - n + 1)
        if one[a : a + n] == other[b : b + n] and (i, a) not in aside
    }
    assert told == plain
    assert word_tokens(["a b", "c"]).lengths.tolist() == [2, 1]


def test_numbers():
    assert sorted(numbers("Seven of 1,234 eggs, 3.5 dozen, ½").elements()) == [3.5, 7, 12, 1234]
    assert agreement(numbers("no"), numbers("none")) == 0.5
    assert agreement(numbers("3 and 4"), numbers("four, three")) == 2.5 / 3
    assert agreement(numbers("3 and 4"), numbers("5")) == 0.5 / 4


def test_semantic_takes_mutual_best_matches_above_the_bar():
    found = leakage(["listen", "mnopq"], ["zzz", "silent", "silent t"], rungs=["semantic"], embedder=Letters())
    assert pairs_of(found) == {(0, 1): "semantic"} and found.pairs["score"][0] == pytest.approx(1)
    assert found.semantic["against"].origin == "assumed" and any("not measured" in said for said in found.notices)
    # both others are nearest to the one text; only the nearer of them is its match
    found = leakage(["abcd"], ["abcde", "abcdd"], rungs=["semantic"], embedder=Letters(), bar=0.3)
    assert pairs_of(found) == {(0, 1): "semantic"}


def test_a_text_among_near_neighbours_needs_a_nearer_match():
    lone = leakage(["abcdef", "uvwxyz"], ["abcdeg"], rungs=["semantic"], embedder=Letters())
    assert len(lone.pairs) == 1
    crowd = ["abcdef", *(f"abcde{letter}" for letter in "hijkl"), "uvwxyz"]
    assert leakage(crowd, ["abcdeg"], rungs=["semantic"], embedder=Letters()).semantic["against"].highest > 0.85
    assert leakage(crowd, ["abcdeg"], rungs=["semantic"], embedder=Letters()).clean


def test_an_encoder_that_was_not_measured_is_set_on_the_texts():
    texts = ["".join(random.Random(seed).choices("abcdefghijklmnopqrstuvwxyz", k=30)) for seed in range(300)]
    found = leakage(texts, texts[::-1], rungs=["semantic"], embedder=Letters())
    setting = found.semantic["against"]
    assert setting.origin == "own texts" and setting.random_pairs > 10_000 and setting.random_share < 0.01
    given = leakage(texts, texts[::-1], rungs=["semantic"], embedder=Letters(), bar=2.0)
    assert given.semantic["against"].origin == "given" and given.by_rung == {"semantic": 300}  # equal is over .95


# --- the ladder --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def embedder():
    return load_embedder()


def test_each_pair_stands_once_under_its_first_rung(embedder):
    text = " ".join(said(31, 7))
    near = " ".join([*text.split()[:-1], "other"])
    passage = f"{'lorem ipsum ' * 30}{' '.join(text.split()[:9])}{' dolor sit' * 30}"
    asked = "How do I get my money back for a payment I did not make?"
    other = "There is a charge on my card that was not me, how can it be refunded?"
    found = leakage(
        [text, asked, "How tall is the tower?"], [text.upper(), near, passage, other], rungs=RUNGS, embedder=embedder
    )
    assert pairs_of(found) == {(0, 0): "exact", (0, 1): "ngram", (0, 2): "substring", (1, 3): "semantic"}
    assert found.by_rung == {"exact": 1, "ngram": 1, "minhash": 0, "substring": 1, "semantic": 1}
    assert found.share == 2 / 3 and found.flagged_rows == [0, 1] and not found.clean
    without = leakage([text], [near], rungs=("minhash",))
    assert without.by_rung == {"minhash": 1}
    assert "2 of 3 evaluation rows (66.7%)" in repr(found) and text not in repr(found)


def test_rows_that_say_the_same_all_count():
    found = leakage(["Yes.", "no", "YES"], ["yes", "maybe", "yes!", None, ""], rungs=COMPARED)
    assert set(pairs_of(found)) == {(0, 0), (0, 2), (2, 0), (2, 2)}
    assert found.share == pytest.approx(2 / 3) and found.n_against == 5
    assert any("2 of 5 rows say nothing" in notice for notice in found.notices)


def test_several_files():
    found = leakage(["a b c", "d e f"], {"train": ["x", "A B C"], "prompt": ["d e f"]}, rungs=COMPARED)
    assert found.pairs[["eval_row", "against", "other_row"]].values.tolist() == [[0, "train", 1], [1, "prompt", 0]]


def test_within_one_file_a_pair_has_no_direction():
    text = " ".join(said(20, 9))
    found = leakage(["alpha", text, f"{text} and so on", "Alpha!", "beta"], rungs=COMPARED)
    assert pairs_of(found) == {(0, 3): "exact", (1, 2): "ngram"}
    assert found.n_flagged == 4 and found.pairs["score"].tolist() == [1.0, 1.0]
    assert leakage(["one thing", "another"], rungs=RUNGS, embedder=Letters(), bar=0.94).by_rung["semantic"] == 0


def test_very_many_copies_are_counted_not_listed():
    found = leakage(["hello"] * 300 + ["bye"], ["hello"] * 200, rungs=COMPARED)
    assert found.n_flagged == 300 and len(found.pairs) == 300
    assert any("59,900 more" in notice for notice in found.notices)
    assert leakage(["hello"] * 300 + ["bye"], rungs=COMPARED).n_flagged == 300


@given(
    st.lists(st.sampled_from(["alpha beta", "Alpha  beta!", "gamma", "delta epsilon", "", "🙂"]), min_size=1),
    st.lists(st.sampled_from(["ALPHA BETA", "gamma.", "other words", "🙂"]), min_size=1),
    st.randoms(use_true_random=False),
)
def test_the_order_of_rows_does_not_matter(ours, theirs, chance):
    if not any(ours):
        return
    order, their_order = list(range(len(ours))), list(range(len(theirs)))
    chance.shuffle(order)
    chance.shuffle(their_order)
    straight = leakage(ours, theirs, embedder=Letters())
    mixed = leakage([ours[i] for i in order], [theirs[i] for i in their_order], embedder=Letters())
    assert pairs_of(straight) == {(order[i], their_order[j]): rung for (i, j), rung in pairs_of(mixed).items()}
    assert straight.by_rung == mixed.by_rung and straight.share == mixed.share


@given(st.lists(st.text(min_size=1).filter(str.strip), min_size=1, max_size=6))
def test_a_text_is_an_exact_copy_of_itself(texts):
    found = pairs_of(leakage(texts, texts, embedder=Letters()))
    assert all(found[row, row] == "exact" for row in range(len(texts)))


def test_nothing_to_compare_is_said():
    with pytest.raises(TooLittleData, match="none of the evaluation rows"):
        leakage([None, ""], ["x"], rungs=COMPARED)
    with pytest.raises(TooLittleData, match="none of the rows of train"):
        leakage(["x"], {"train": [""]}, rungs=COMPARED)
    with pytest.raises(UnknownName, match="rung"):
        leakage(["x"], ["y"], rungs=["fuzzy"])
    with pytest.raises(BadRequest, match="embedder"):
        leakage(["x"], ["y"])


# --- real texts --------------------------------------------------------------------------------------------------


def test_paraphrases_by_hand(embedder):
    found = leakage([one for one, _ in PAIRS], [other for _, other in reversed(PAIRS)], embedder=embedder)
    right = [row.eval_row == len(PAIRS) - 1 - row.other_row for row in found.pairs.itertuples()]
    assert all(right) and len(right) >= 30 and found.by_rung["semantic"] == len(right)


def test_rephrased_questions_are_found_by_meaning_only(test_data, embedder):
    folder = test_data / "gsm8k_rephrased"
    questions = read_texts(folder / "test.jsonl").texts
    rephrased = read_texts(folder / "rephrase_gsm8k.jsonl").texts
    # all pairs by words; by meaning every sixth question, to keep the test short (the benchmark has them all)
    words = leakage(questions, rephrased, rungs=COMPARED)
    assert (words.by_rung["exact"], words.by_rung["ngram"], words.by_rung["minhash"]) == (0, 0, 0)
    assert words.by_rung["substring"] <= 3
    some = questions[::6]
    found = leakage(some, rephrased[::6], embedder=embedder)
    right = sum(row.eval_row == row.other_row for row in found.pairs.itertuples())
    assert right >= 0.95 * len(some) and len(found.pairs) == right
    others = leakage(some, rephrased[1::6], embedder=embedder)  # the rephrasings of other questions
    assert len(others.pairs) <= 0.01 * len(some)
    assert found.semantic["against"].random_share < 0.001
