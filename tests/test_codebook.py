"""The codebook's pure step: names, changes, what old labels mean after them, and groups of notes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.codebook import (
    By,
    Codebook,
    History,
    Lineage,
    clean_name,
    create,
    edit,
    import_codes,
    merge,
    rename,
    restore,
    retire,
    same_name,
    split,
    to_current,
    touched,
)
from workbench.codebook.effect import effect
from workbench.codebook.kinds import apply
from workbench.codebook.notes import note_groups
from workbench.codebook.taxonomies import TAXONOMIES, taxonomy
from workbench.errors import BadRequest, MissingColumns, UnknownCode, UnknownName

NOON = datetime(2026, 11, 5, 12, tzinfo=UTC)
BY = By("ana", "because", NOON)


class Versions:
    """A history that is changed step by step."""

    def __init__(self, *names: str) -> None:
        self.history = History()
        for name in names:
            self.do(create, name)

    def do(self, change: Any, *given: Any, **told: Any) -> None:
        self.history = self.history.with_(*change(self.history.current, *given, **told, by=BY))

    @property
    def book(self) -> Codebook:
        return self.history.current


def label(value: str, version: int | None, trace: str = "t", annotator: str = "ana", **more: Any) -> dict[str, Any]:
    row = {"trace_id": trace, "annotator": annotator, "dimension": "code", "value": value, "at": None}
    return {**row, "codebook_version": version, **more}


def frame(*rows: dict[str, Any]) -> pd.DataFrame:
    made = pd.DataFrame(list(rows))
    return made.assign(codebook_version=made["codebook_version"].astype("Int64"))


def now(versions: Versions, *rows: dict[str, Any]) -> list[tuple[Any, ...]]:
    found = to_current(frame(*rows), versions.history)
    return [
        tuple(None if pd.isna(each) else each for each in row)
        for row in found[["code", "stale", "why", "since"]].itertuples(index=False)
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Under-specified User Intent", "underspecified_user_intents"),
        ("Intent-Plan Misalignment", "Intent Plan Misalignment"),
        ("Intent\u2013Plan misalignment", "intent plan misalignments"),
        ("API  Error", "api-errors"),
        ("Doesn't stop", "doesnt stop"),
        ("wrong policies", "Wrong Policy"),
        ("ＷＲＯＮＧ date", "wrong date"),
    ],
)
def test_spellings_of_one_name(one: str, other: str) -> None:
    assert same_name(one) == same_name(other)


@pytest.mark.parametrize(("one", "other"), [("C", "C++"), ("no", "nos"), ("status", "statu"), ("FM-1.1", "FM-1.2")])
def test_different_names_stay_different(one: str, other: str) -> None:
    assert same_name(one) != same_name(other)


@given(st.text(max_size=40))
def test_spaces_around_a_name_do_not_tell_it_apart(name: str) -> None:
    assert same_name(f"  {name} ") == same_name(name)


@pytest.mark.parametrize("name", ["", "  ", "a" * 81, "a|b", "a\x00b", 7, None])
def test_names_that_cannot_be(name: Any) -> None:
    with pytest.raises(BadRequest):
        clean_name(name)


def test_a_code_is_found_however_it_is_spelt() -> None:
    versions = Versions()
    versions.do(create, "Wrong refund amount", {"aliases": ["refund sum"], "severity": "4", "definition": " x\r\ny "})
    code = versions.book.get("wrong_refund-AMOUNTS")
    assert versions.book.find("Refund sums") == code
    assert (code.code_id, code.severity, code.definition) == ("c1", 4, "x\ny")
    with pytest.raises(UnknownCode, match="near it: Wrong refund amount"):
        versions.book.get("wrong refund amont")
    with pytest.raises(UnknownCode, match="the codebook is empty"):
        Codebook().get("x")


@pytest.mark.parametrize(
    ("change", "given", "message"),
    [
        (create, ("Late",), "is the name of the code 'late' already"),
        (create, ("x", {"aliases": ["rude-tone"]}), "is an alias of the code 'rude' already"),
        (create, ("x", {"severity": 9}), "whole number from 1"),
        (create, ("x", {"severity": "high"}), "whole number from 1"),
        (create, ("x", {"severity": True}), "whole number from 1"),
        (create, ("x", {"severity": 2.5}), "whole number from 1"),
        (create, ("x", {"colour": "red"}), "no field 'colour'"),
        (create, ("x", {"definition": 7}), "has to be text"),
        (create, ("x", {"definition": "d" * 4001}), "at most 4000"),
        (rename, ("late", "Rude"), "is the name of the code 'rude' already"),
        (rename, ("late", "late"), "has that name already"),
        (rename, ("nobody", "x"), "there is no code 'nobody'"),
        (edit, ("late", {"severity": None}), "nothing would change"),
        (edit, ("late", {"aliases": ["rude"]}), "is the name of the code 'rude'"),
        (merge, (["late"], "late"), "into itself"),
        (merge, (["late", "Late"], "late"), "into itself"),
        (merge, (["late"], "slow"), "is a rename"),
        (merge, (["late", "nobody"], "rude"), "there is no code 'nobody'"),
        (merge, (["late", "rude"], "late", {"severity": 2}), "only be given for a new code"),
        (split, ("late", ["a"]), "two different parts"),
        (split, ("late", ["a", "A"]), "two different parts"),
        (split, ("late", ["a", {"name": "rude", "severity": 1}]), "Give its name alone"),
        (retire, ("nobody",), "there is no code 'nobody'"),
        (restore, ("late",), "is in use"),
        (restore, ("nobody",), "there is no code 'nobody'"),
    ],
)
def test_changes_that_cannot_be_made_say_why(change: Any, given: tuple[Any, ...], message: str) -> None:
    versions = Versions("late")
    versions.do(create, "rude", {"aliases": ["rude tone"]})
    with pytest.raises(BadRequest, match=message):
        versions.do(change, *given)
    assert versions.book.version == 2


def test_who_and_why_are_needed_where_people_have_to_look_again() -> None:
    book = Versions("a", "b").book
    silent = By("ana", " ", NOON)
    for change, told in ((merge, (["a", "b"], "c")), (split, ("a", ["x", "y"])), (retire, ("a",))):
        with pytest.raises(BadRequest, match="needs a reason"):
            change(book, *told, by=silent)
    with pytest.raises(BadRequest, match="needs a reason"):
        edit(book, "a", {"definition": "narrower"}, meaning_changed=True, by=silent)
    assert edit(book, "a", {"definition": "clearer"}, by=silent)[0].version == 3
    with pytest.raises(BadRequest, match="needs an author"):
        By("  ", "because", NOON)


def test_a_rename_makes_nothing_stale_and_the_old_name_is_still_found() -> None:
    versions = Versions("late")
    versions.do(rename, "late", "Slow answer")
    assert now(versions, label("late", 1)) == [("Slow answer", False, None, None)]
    code = versions.book.get("late")
    assert (code.name, code.aliases) == ("Slow answer", ("late",))
    versions.do(rename, "late", "Late")
    assert versions.book.get("slow answer").names == ("Late", "Slow answer")


def test_an_edit_makes_labels_stale_only_where_the_meaning_changed() -> None:
    versions = Versions("late")
    versions.do(edit, "late", {"definition": "over a minute"})
    assert now(versions, label("late", 1)) == [("late", False, None, None)]
    versions.do(edit, "late", {"definition": "over ten seconds"}, meaning_changed=True)
    assert now(versions, label("late", 1), label("late", 3, "u")) == [
        ("late", True, "confirm", 3),
        ("late", False, None, None),
    ]


def test_a_merge_goes_on_counting_and_waits_to_be_confirmed() -> None:
    versions = Versions("late", "slow", "rude")
    versions.do(merge, ["late", "slow"], "Takes too long")
    rows = [label("late", 3), label("slow", 3, "u"), label("rude", 3, "v")]
    assert now(versions, *rows) == [
        ("Takes too long", True, "confirm", 4),
        ("Takes too long", True, "confirm", 4),
        ("rude", False, None, None),
    ]
    assert versions.history.at(3).get("late").name == "late"
    assert versions.book.get("slow").name == "Takes too long"


def test_the_code_that_stays_in_a_merge_keeps_its_labels_as_they_are() -> None:
    versions = Versions("late", "slow")
    versions.do(merge, ["slow", "late"], "late")
    assert now(versions, label("late", 2), label("slow", 2, "u")) == [
        ("late", False, None, None),
        ("late", True, "confirm", 3),
    ]


def test_a_new_code_from_a_merge_takes_the_worst_severity() -> None:
    versions = Versions()
    for name, severity in (("a", 2), ("b", 4), ("c", None)):
        versions.do(create, name, {"severity": severity})
    versions.do(merge, ["a", "b", "c"], "d")
    assert versions.book.get("d").severity == 4


def test_a_split_counts_as_nothing_until_somebody_chooses() -> None:
    versions = Versions("refund")
    versions.do(split, "refund", ["Refund", {"name": "no refund", "severity": 5}])
    assert now(versions, label("refund", 1)) == [(None, True, "choose", 2)]
    assert versions.book.get("refund").code_id == "c2" and versions.book.get("no refund").severity == 5
    assert now(versions, label("refund", 2)) == [("Refund", False, None, None)]


def test_a_retired_code_counts_no_more_and_asks_nobody() -> None:
    versions = Versions("late")
    versions.do(retire, "late")
    assert now(versions, label("late", 1)) == [(None, False, "retired", 2)]
    with pytest.raises(UnknownCode, match="it was retired"):
        versions.book.get("late")
    versions.do(restore, "late")
    assert now(versions, label("late", 1)) == [("late", False, None, None)]


def test_restoring_takes_a_merge_back() -> None:
    versions = Versions("late", "slow")
    versions.do(merge, ["slow"], "late")
    versions.do(restore, "slow")
    assert now(versions, label("slow", 2)) == [("slow", False, None, None)]
    assert versions.book.get("late").aliases == () and versions.book.get("slow").code_id == "c2"


def test_restoring_is_refused_where_the_name_was_given_away() -> None:
    versions = Versions("late")
    versions.do(retire, "late")
    versions.do(create, "Late")
    with pytest.raises(BadRequest, match="is the name of the code 'Late' already"):
        versions.do(restore, "late")


def test_a_circle_of_merges_is_refused() -> None:
    versions = Versions("a", "b", "c")
    versions.do(merge, ["a"], "b")
    with pytest.raises(BadRequest, match="close a circle"):
        versions.do(merge, ["b"], "a")
    versions.do(merge, ["b"], "c")
    with pytest.raises(BadRequest, match="close a circle"):
        versions.do(merge, ["c"], "a")


def test_chains_of_changes_are_followed_to_their_end() -> None:
    versions = Versions("a", "b", "c")
    versions.do(merge, ["a"], "b")  # 4
    versions.do(merge, ["b"], "c")  # 5
    assert now(versions, label("a", 3), label("b", 4, "u")) == [("c", True, "confirm", 5), ("c", True, "confirm", 5)]
    versions.do(split, "c", ["d", "e"])  # 6
    versions.do(split, "d", ["f", "g"])  # 7
    assert Lineage(versions.history).meaning("a", 3).options == ("f", "g", "e")
    versions.do(retire, "e")  # 8
    assert Lineage(versions.history).meaning("a", 3).options == ("f", "g")


def test_labels_without_a_version_mean_the_code_that_had_the_name() -> None:
    versions = Versions("late", "slow")
    versions.do(merge, ["slow"], "late")
    assert now(versions, label("slow", None), label("late", None, "u"), label("never", None, "v")) == [
        ("late", True, "confirm", 3),
        ("late", False, None, None),
        (None, False, "unknown", None),
    ]


def test_a_stale_label_is_answered_by_its_annotator_in_its_place_under_a_version_that_knows() -> None:
    versions = Versions("late", "slow")
    versions.do(merge, ["slow"], "late")  # 3
    old = label("slow", 2, at="message:3")
    for answer, waits in (
        (label("late", 3, at="message:3"), False),
        (label("late", 3), False),  # said of the whole trace
        (label("late", 3, at="message:5"), True),
        (label("late", 3, annotator="ben", at="message:3"), True),
        (label("late", 3, trace="u", at="message:3"), True),
        (label("late", 2, at="message:3"), True),
    ):
        assert now(versions, old, answer)[0][1] is waits, answer
    versions.do(split, "late", ["x", "y"])  # 4
    assert now(versions, label("slow", 2), label("y", 4))[0] == (None, False, None, None)
    assert now(versions, label("slow", 2), label("late", 3))[0] == (None, True, "choose", 4)


def test_other_dimensions_hold_codes_too_and_a_missing_column_is_named() -> None:
    versions = Versions("late")
    rows = frame(label("late", 1), label("late", 1) | {"dimension": "root_cause"})
    assert len(to_current(rows, versions.history, dimension="root_cause")) == 1
    with pytest.raises(MissingColumns, match="codebook_version"):
        to_current(rows.drop(columns="codebook_version"), versions.history)
    assert to_current(rows.iloc[:0], versions.history).empty


def test_what_a_change_does_is_told_before_and_stays_true_after() -> None:
    versions = Versions("late", "slow", "rude")
    rows = [label("late", 3, f"t{n}", "ana" if n < 3 else "ben") for n in range(5)] + [label("rude", 3, "t9")]
    book, change = merge(versions.book, ["late", "slow"], "Takes too long", by=BY)
    told = effect(frame(*rows), versions.history, book, change)
    assert (told.labels, told.traces, told.retags, dict(told.by_annotator)) == (5, 5, 5, {"ana": 3, "ben": 2})
    assert (told.before, told.into, dict(told.by_code)) == (("late", "slow"), ("Takes too long",), {"late": 5})
    assert str(told) == (
        "Version 4 merges 'late' and 'slow' into 'Takes too long'. "
        "5 labels on 5 traces wait to be confirmed: ana 3, ben 2."
    )
    made = versions.history.with_(book, change)
    assert len(touched(frame(*rows), made, change)) == 5
    again = frame(*rows, label("late", 3, "t0", withdrawn=True), label("Takes too long", 4, "t0"))
    later = again.assign(labelled_at=[NOON + timedelta(seconds=n) for n in range(len(again))])
    assert set(touched(later, made, change)["trace_id"]) == {"t1", "t2", "t3", "t4"}


def test_the_other_effects_in_words() -> None:
    versions = Versions("late")
    rows = frame(label("late", 1))

    def told(kind: Any, *given: Any, **more: Any) -> str:
        return str(effect(rows, versions.history, *apply(versions.book, kind, *given, **more, by=BY)))

    assert told("create", "x") == "Version 2 creates 'x'; no label is touched."
    assert told("rename", "late", into="slow").endswith("1 label on 1 trace stay as they are.")
    assert "count as none of them until somebody chooses: ana 1." in told("split", "late", into=["x", "y"])
    assert told("retire", "late").endswith("stay readable and count no more.")
    with pytest.raises(BadRequest, match="needs the new name; 0 were given"):
        apply(versions.book, "rename", "late", by=BY)
    with pytest.raises(ValueError, match="no change is called"):
        apply(versions.book, "paint", "late", by=BY)  # type: ignore[arg-type]


def test_an_import_is_one_version_and_says_nothing_twice() -> None:
    rows = [{"name": "late", "severity": 3}, {"name": "Rude", "aliases": ["curt"]}]
    made = import_codes(Versions("late").book, rows, by=BY)
    assert made is not None
    book, change = made
    assert (book.version, change.before, change.into) == (2, ("c1",), ("c1", "c2"))
    assert book.get("late").severity == 3
    assert import_codes(book, rows, by=BY) is None
    assert import_codes(book, [{"name": "rude", "definition": ""}], by=BY) is None
    with pytest.raises(BadRequest, match="row 1: a severity is .* Nothing was imported"):
        import_codes(book, [{"name": "x"}, {"name": "y", "severity": 9}], by=BY)
    meaning = import_codes(book, [{"name": "late", "definition": "d"}], meaning_changed=True, by=BY)
    assert meaning is not None and meaning[1].makes_stale == "confirm"


@pytest.mark.parametrize("name", TAXONOMIES)
def test_published_taxonomies_can_be_taken_in_whole(name: str) -> None:
    published = taxonomy(name)
    made = import_codes(Codebook(), published.codes, by=BY)
    assert made is not None
    # MAST 14 modes, TRAIL 20 kinds, AgentRx 10 categories, tau-bench 4 types: as published, see each file's source
    assert len(made[0].active) == {"mast": 14, "trail": 20, "agentrx": 10, "tau_bench": 4}[name]
    assert all(code.definition and code.category and code.severity is None for code in made[0].active)
    assert published.source and published.licence and published.about


def test_all_taxonomies_together_still_tell_their_codes_apart() -> None:
    book = Codebook()
    for name in TAXONOMIES:
        made = import_codes(book, taxonomy(name).codes, by=BY)
        assert made is not None
        book = made[0]
    assert len(book.active) == 48
    with pytest.raises(UnknownName):
        taxonomy("nonsense")


kinds = st.sampled_from(["create", "rename", "edit", "meaning", "merge", "split", "retire", "restore", "label"])
few = st.sampled_from(["a", "b", "c", "d", "e"])


def _lived_through(steps: list[tuple[str, ...]]) -> tuple[Versions, list[dict[str, Any]]]:
    """Make the changes that can be made, and give labels in between."""
    versions = Versions("a")
    given_labels: list[dict[str, Any]] = []
    for kind, one, two, three in steps:
        changes: dict[str, tuple[Any, ...]] = {
            "create": (create, one, {"aliases": [three]}),
            "rename": (rename, one, two),
            "edit": (edit, one, {"definition": two}),
            "merge": (merge, [one, two], three),
            "split": (split, one, [two, three]),
            "retire": (retire, one),
            "restore": (restore, one),
        }
        try:
            if kind == "label":
                name = versions.book.get(one).name
                given_labels.append(label(name, versions.book.version, f"t{len(given_labels)}"))
            elif kind == "meaning":
                versions.do(edit, one, {"definition": two}, meaning_changed=True)
            else:
                versions.do(*changes[kind])
        except BadRequest:
            continue
    return versions, given_labels


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(kinds, few, few, few), max_size=25))
def test_after_any_changes_every_old_label_can_be_read_and_no_name_is_twice(steps: list[tuple[str, ...]]) -> None:
    versions, given_labels = _lived_through(steps)
    for book in versions.history.books:
        keys = [same_name(name) for code in book.active for name in code.names]
        assert len(keys) == len(set(keys))
        assert len({code.code_id for code in book.codes}) == len(book.codes)
    if not given_labels:
        return
    found = to_current(frame(*given_labels), versions.history)
    names = {code.name for code in versions.book.active}
    for row in found.to_dict("records"):
        then = versions.history.at(row["codebook_version"])
        assert then.get(row["value"]).code_id == row["code_id"]
        assert (row["code"] in names) if not pd.isna(row["code"]) else row["why"] in ("choose", "retired")
        if row["stale"]:
            assert row["since"] > row["codebook_version"] and row["why"] in ("confirm", "choose")
        elif not pd.isna(row["code"]):
            # nothing that asks for a second look happened to the code since
            later = [each for each in versions.history.changes if each.version > row["codebook_version"]]
            asked = [each for each in later if each.makes_stale and row["code_id"] in each.before]
            undone = [each for each in later if each.kind == "restore" and row["code_id"] in each.before]
            assert not asked or undone


def unit(*rows: list[float]) -> np.ndarray:
    made = np.asarray(rows, dtype=np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def test_notes_that_are_alike_are_suggested_as_a_group() -> None:
    vectors = unit([1, 0, 0], [0, 1, 0], [1, 0.1, 0], [0, 0, 1], [0.9, 0, 0.1], [0, 1, 0.1])
    laid = note_groups(list("abcdef"), vectors)
    groups = laid.groupby("group")["place"].apply(set).tolist()
    assert groups == [{0, 2, 4}, {1, 5}]
    alone = laid[laid["group"].isna()]
    assert alone["place"].tolist() == [3] and alone["nearness"].isna().all()
    # cosines within the first group: .99504, .99388 and .98898
    assert laid.set_index("place")["nearness"][0] == pytest.approx((0.99504 + 0.99388) / 2, abs=1e-4)


def test_few_or_equal_or_too_many_notes() -> None:
    assert note_groups([], np.zeros((0, 3))).empty
    assert note_groups(["a"], unit([1, 0]))["group"].isna().all()
    assert note_groups(["a", "a", "a"], unit([1, 0], [1, 0], [1, 0]))["group"].tolist() == [0, 0, 0]
    assert note_groups(["a", "b"], unit([1, 0], [0, 1]), near=0)["group"].tolist() == [0, 0]
    with pytest.raises(BadRequest, match="cosine from 0 to 1"):
        note_groups(["a", "b"], unit([1, 0], [0, 1]), near=2)
    with pytest.raises(BadRequest, match="laid out at once"):
        note_groups(["a"] * 2001, np.ones((2001, 1)))


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 30), st.integers(0, 10**6))
def test_every_note_is_laid_out_once_and_groups_come_largest_first(n: int, seed: int) -> None:
    vectors = unit(*np.random.default_rng(seed).normal(size=(n, 4)).tolist())
    laid = note_groups(["x"] * n, vectors)
    assert sorted(laid["place"]) == list(range(n))
    sizes = laid["group"].value_counts().sort_index()
    assert sizes.index.tolist() == list(range(len(sizes))) and sizes.is_monotonic_decreasing
    assert (sizes >= 2).all()
