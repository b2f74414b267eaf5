"""Retrieval of the golden queries: overlap by hand, files row by row, and snapshots that hold ids and no text."""

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from click.testing import CliRunner
from golden_cases import accept, case
from test_drift_golden import Flat

from workbench import Workspace
from workbench.cli import cli
from workbench.drift.retrieval_file import read_corpus, read_retrievals
from workbench.drift.snapshots import Knowledge, against_snapshot
from workbench.errors import BadRequest, MissingColumns, NotReady, TooLittleData, UnknownName, UnreadableFile
from workbench.stats.bm25 import Bm25
from workbench.stats.overlap import jaccard, rank_biased_overlap

ABOUT = {"snapshot_id": "s", "as_of": datetime(2026, 10, 1, tzinfo=UTC), "against": "file"}
NOTHING = {**ABOUT, "known_before": Knowledge(), "known_now": Knowledge()}


def ids(*names: object, score: float = 0.8) -> list:
    return [(str(name), score) for name in names]


# --- the numbers ----------------------------------------------------------------------------------------------------


def test_overlaps_as_published() -> None:
    # reference/statistics.md, 5.3
    first, second = list(range(1, 11)), [1, 3, 2, 4, 5, 11, 6, 12, 7, 13]
    assert jaccard(first, second) == pytest.approx(7 / 13)
    assert rank_biased_overlap(first, second) == pytest.approx(0.79982, abs=5e-6)
    assert rank_biased_overlap("abcde", "bacde") == pytest.approx(0.9)
    found = against_snapshot({"a": ids(*first)}, {"a": ids(*second)}, queries={"a": "?"}, **NOTHING)
    assert (found.k, found.queries) == (10, 1) and found.jaccard.estimate == pytest.approx(0.53846, abs=5e-6)
    assert found.rbo.estimate == pytest.approx(0.79982, abs=5e-6)
    assert found.frame.iloc[0]["gone"] == ["8", "9", "10"] and found.frame.iloc[0]["came"] == ["11", "12", "13"]


def test_bm25_by_hand() -> None:
    # two texts of three words: what is damped is 1.2; "red" is in one (log 2), "car" in both (log 1.2)
    assert Bm25(["a red car", "a blue car"]).scores("Red car!").tolist() == pytest.approx(
        [np.log(2) + np.log(1.2), np.log(1.2)]
    )
    # twice in a text of four words of (4 + 2) / 2 = 3 on average: 2 * 2.2 / (2 + 1.2 * (.25 + .75 * 4 / 3))
    assert Bm25(["red red car van", "blue van"]).scores("red")[0] == pytest.approx(np.log(2) * 4.4 / (2 + 1.5))
    collection = Bm25(["refund of a voucher", "seat by the window", "voucher"])
    assert collection.top("my voucher refund", 2) == [0, 2] and collection.top("zebra", 2) == []
    assert Bm25([]).top("a", 3) == [] and Bm25([""]).scores("a").tolist() == [0.0]


def test_the_first_k_are_compared_where_one_side_fetches_more() -> None:
    found = against_snapshot({"a": ids(1, 2)}, {"a": ids(1, 2, 3, 4, 5)}, queries={"a": "?"}, **NOTHING)
    assert found.k == 2 and found.jaccard.estimate == 1.0


def many(*names: object, n: int = 12) -> dict:
    return {f"q{at}": ids(*names) for at in range(n)}


def test_changed_is_less_than_usual_and_needs_ten_queries() -> None:
    queries = dict.fromkeys(many(), "?")
    terms = {"queries": queries, **NOTHING}
    same = against_snapshot(many(1, 2), many(1, 2), earlier=many(1, 2), **terms)
    assert same.changed is False and same.usual.estimate == 1.0
    other = against_snapshot(many(1, 2), many(2, 3), earlier=many(1, 2), **terms)
    assert other.changed is True and other.jaccard.estimate == pytest.approx(1 / 3)
    assert "Retrieval changed" in other.sentences[0] and "100% is usual" in other.sentences[0]
    restless = against_snapshot(many(1, 2), many(2, 3), earlier=many(4, 1), **terms)
    assert restless.changed is False  # it was so before
    alone = against_snapshot(many(1, 2), many(3, 4), **terms)
    assert alone.changed is None and "two snapshots from the same kind of source are needed" in alone.sentences[0]
    few = against_snapshot(many(1, n=9), {name: ids(2, score=0.1) for name in many(n=9)}, earlier=many(1, n=9), **terms)
    assert few.changed is None and "too few to judge" in few.sentences[0]
    assert few.measures["high"].iloc[0] < 0 and not any("went from" in each for each in few.sentences)


def test_what_is_usual_is_of_the_same_queries() -> None:
    # of twenty-four queries twelve always fetch something else, and users ask only these
    steady = {f"s{at}": ids(1, 2) for at in range(12)}
    terms = {"queries": dict.fromkeys([*many(), *steady], "?"), **NOTHING}
    found = against_snapshot(many(1, 2) | steady, many(2, 3), earlier=many(0, 1) | steady, **terms)
    assert found.usual.n == 12 and found.usual.estimate == found.jaccard.estimate and found.changed is False


def test_a_difference_of_scores_is_told_by_its_corrected_p() -> None:
    # ten queries, seven a little better and three not: the bootstrap's interval is above 0, chance is no stranger
    gaps = [0.02] * 7 + [-0.005] * 3
    before = {f"q{at}": ids(1, score=0.5 + at / 100) for at in range(10)}
    now = {f"q{at}": ids(1, score=0.5 + at / 100 + gap) for at, gap in enumerate(gaps)}
    found = against_snapshot(before, now, queries=dict.fromkeys(before, "?"), **NOTHING)
    row = found.measures.set_index("measure").loc["top_score"]
    assert row["low"] > 0 and 0.01 < row["p"] < row["p_bh"] and row["p_bh"] > 0.05
    assert not any("went from" in each for each in found.sentences)


def test_a_rebuilt_index_with_new_ids_shares_nothing_and_fetches_the_same_words() -> None:
    texts = {"refunds": "refund of a voucher", "seats": "seat by the window", "bags": "baggage allowance"}
    then = Knowledge({f"old-{name}": text for name, text in texts.items()})
    here = Knowledge({f"new-{name}": text for name, text in texts.items()})
    found = against_snapshot(
        {"a": ids("old-refunds"), "b": ids("old-seats")}, {"a": ids("new-refunds"), "b": ids("new-bags")},
        queries={"a": "voucher refund", "b": "window seat"}, known_before=then, known_now=here, **ABOUT,
    )  # fmt: skip
    assert found.jaccard.estimate == 0.0
    assert (found.bm25_before.estimate, found.bm25_now.estimate, found.bm25_now.n) == (1.0, 0.5, 2)
    unknown = against_snapshot({"a": ids("x")}, {"a": ids("y")}, queries={"a": "voucher"}, known_before=then,
                               known_now=here, **ABOUT)  # fmt: skip
    assert unknown.bm25_now is None  # a passage whose text nobody knows cannot be looked for


def test_scores_are_of_the_same_queries() -> None:
    before, now = ({f"q{at}": ids("a", score=score) for at in range(20)} for score in (0.8, 0.6))
    now["q0"] = []
    queries = dict.fromkeys(before, "?")
    found = against_snapshot(before, now, queries=queries, threshold=0.7, **NOTHING)
    rows = found.measures.set_index("measure")
    assert rows.loc["top_score", ["before", "now", "n"]].tolist() == pytest.approx([0.8, 0.6, 19])
    assert rows.loc["below_threshold", ["before", "now", "difference"]].tolist() == [0.0, 1.0, 1.0]
    assert rows.loc["nothing", "now"] == 0.05
    assert any("went from 0.8 to 0.6" in each for each in found.sentences)
    unscored = against_snapshot({"a": [("x", None)]}, {"a": [("x", None)]}, queries={"a": "?"}, **NOTHING)
    assert unscored.measures["measure"].tolist() == ["nothing"] and unscored.threshold is None


def test_passages_never_fetched_of_those_known_or_of_the_corpus() -> None:
    terms = {**ABOUT, "queries": {"a": "?"}, "known_now": Knowledge(ids={"2"})}
    found = against_snapshot({"a": ids(1)}, {"a": ids(3)}, known_before=Knowledge(ids={"1", "2", "4"}), **terms)
    assert (found.n_known, found.never) == (3, ("1", "4"))
    of_all = against_snapshot({"a": ids(1)}, {"a": ids(3)}, known_before=Knowledge(ids=["2", "3", "9"]), corpus=True,
                              **terms)  # fmt: skip
    assert (of_all.n_known, of_all.never) == (3, ("9",)) and "of the corpus" in of_all.sentences[-1]


def test_no_query_on_both_sides_is_a_reason() -> None:
    assert (
        against_snapshot({"a": ids(1)}, {"b": ids(1)}, queries={"a": "?", "b": "?"}, **NOTHING).reason == "no_queries"
    )


# --- files ----------------------------------------------------------------------------------------------------------


def lines(path, *rows: dict):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_a_file_is_used_row_by_row(tmp_path) -> None:
    read = read_retrievals(lines(
        tmp_path / "f.jsonl",
        {"case_id": "c1", "retrieved": [{"id": "a", "score": 0.9, "text": "one"}, {"id": 2}, {"id": "a", "score": 0}]},
        {"query": "where is it", "retrieved": ["x", "y"]},
        {"case_id": "c2", "retrieved": []},
        {"retrieved": ["x"]}, {"case_id": "c3", "retrieved": "no list"}, {"case_id": "c4", "retrieved": [{"score": 1}]},
        {"case_id": "c1", "retrieved": ["b"]}, {"case_id": "c5", "retrieved": ["\ud800"]},
        {"case_id": "c6", "retrieved": [{"id": "a", "score": 10**400}, {"id": "b", "score": float("nan")}]},
    ))  # fmt: skip
    assert [row.fetched for row in read.rows] == [[("a", 0.9), ("2", None)], [("x", None), ("y", None)], [],
                                                   [("a", None), ("b", None)]]  # fmt: skip
    assert read.rows[0].texts == {"a": "one"} and (read.rows[1].case_id, read.rows[1].query) == (None, "where is it")
    assert [row["row"] for row in read.rejected_rows] == [3, 4, 5, 6, 7]
    assert [row["reason"][:8] for row in read.rejected_rows[3:]] == ["an earli", "it holds"]
    table = tmp_path / "f.csv"
    table.write_text('case_id,retrieved\nc1,"[{""id"": ""a"", ""score"": 0.5}]"\n')
    assert read_retrievals(table).rows[0].fetched == [("a", 0.5)]


def test_files_that_cannot_be_used_say_why(tmp_path) -> None:
    with pytest.raises(MissingColumns, match="case_id"):
        read_retrievals(lines(tmp_path / "a.jsonl", {"retrieved": ["x"]}))
    with pytest.raises(MissingColumns, match="retrieved"):
        read_retrievals(lines(tmp_path / "b.jsonl", {"case_id": "c1"}))
    with pytest.raises(UnreadableFile, match="no row can be used"):
        read_retrievals(lines(tmp_path / "c.jsonl", {"case_id": "c1", "retrieved": 7}))
    corpus = tmp_path / "ids.txt"
    corpus.write_text("a\n\n b \na\n")
    assert read_corpus(corpus) == ["a", "b"]
    assert read_corpus(lines(tmp_path / "ids.jsonl", {"id": "a"}, {"id": 7})) == ["a", "7"]
    corpus.write_text("\n")
    with pytest.raises(UnreadableFile, match="names no passage"):
        read_corpus(corpus)


# --- the verbs ------------------------------------------------------------------------------------------------------

START = datetime(2026, 10, 1, tzinfo=UTC)
N = 30
SECRET = "the vault code is swordfish"


@pytest.fixture(scope="module")
def ws(tmp_path_factory) -> Workspace:
    """Thirty questions, each asked in October and again in November, when another index answered; cases of all."""
    folder = tmp_path_factory.mktemp("retrieval") / "w"
    folder.mkdir()
    (folder / "workspace.toml").write_text('[redaction]\npolicy = "structured_only"\n[drift]\nmin_n = 10\n')
    ws = Workspace.create(folder)
    ws.__dict__["embedder"] = Flat()
    rows = []
    for month in (0, 1):
        for at in range(N):
            name = f"p{at}" if not month or at % 3 else f"wrong{at}"
            rows.append({
                "trace_id": f"t{month}-{at}", "started_at": START + timedelta(days=33 * month, hours=at),
                "input": f"question {at} on parcels", "output": "Yes.", "text_hash": f"h{month}{at}", "signals": [],
                "retrieved": [{"id": name, "score": 0.9, "text": f"{SECRET} {at}"}, {"id": "rules", "score": 0.5}],
            })  # fmt: skip
    with ws.store.writing(), ws.store.new_batch() as batch:
        batch.add_traces(rows)
        batch.commit({})
    accept(ws, *(case(at, input_payload={"query": f"question {at} on parcels"}) for at in range(N)))
    ws.freeze(author="lee", reason="first", blind_share=0.2, allow_findings=True)
    return ws


def open_cases(ws: Workspace) -> list:
    return ws.golden_cases()


def of_file(ws: Workspace, path, passage) -> object:
    return lines(path, *({"case_id": each.case_id, "retrieved": [{"id": passage(at), "text": SECRET}]}
                         for at, each in enumerate(open_cases(ws))))  # fmt: skip


def test_what_the_verbs_need_is_said(ws, tmp_path) -> None:
    with pytest.raises(NotReady, match="no snapshot"):
        ws.compare_retrieval()
    with pytest.raises(NotReady, match="golden freeze"):
        Workspace.create(tmp_path / "new").snapshot_retrieval(by="lee")
    with pytest.raises(TooLittleData, match="retrieval snapshot FILE"):
        ws.snapshot_retrieval(where="started_at < '2020-01-01'", by="lee")
    file = lines(tmp_path / "f.jsonl", {"case_id": "nobody", "retrieved": ["a"]})
    with pytest.raises(TooLittleData, match="no row of the file"):
        ws.snapshot_retrieval(file, by="lee")
    with pytest.raises(BadRequest, match="Leave one"):
        ws.snapshot_retrieval(file, where="true", by="lee")
    with pytest.raises(BadRequest, match="newest"):
        ws.snapshot_retrieval(as_of=START, by="lee")
    assert ws.retrieval_snapshots().empty and ws.drift(replicates=19).snapshot.reason == "no_snapshot"


def test_a_snapshot_of_traces_against_later_traces(ws) -> None:
    before = ws.revision
    made = ws.snapshot_retrieval(where="started_at < '2026-10-15'", by="lee")
    assert (made.n, made.cases, made.source) == (24, 24, "traces") and ws.revision > before
    assert made.as_of < START + timedelta(days=2)
    found = ws.compare_retrieval()
    assert found.queries == 24 and found.against == "traffic"
    changed = found.frame[found.frame["jaccard"] < 1]
    assert all(gone[0].startswith("p") for gone in changed["gone"]) and 4 <= len(changed) <= 10
    assert {one for came in changed["came"] for one in came} == {one.replace("p", "wrong") for gone in changed["gone"]
                                                                  for one in gone}  # fmt: skip
    again = ws.compare_retrieval(where="started_at < '2026-10-15'")
    assert again.jaccard.estimate == 1.0 and again.n_never == 0
    with pytest.raises(UnknownName):
        ws.compare_retrieval(snapshot="nothing")


def test_rows_name_the_trace_they_come_from_and_hold_no_text(ws) -> None:
    [row, *_] = ws.store.retrieval_snapshots()
    held = ws.store.retrievals(row["snapshot_id"])
    assert all(each["trace_id"].startswith("t0-") for each in held)
    assert SECRET.encode() not in (ws.path / "workbench.db").read_bytes()


def test_sealed_cases_stay_sealed(ws, tmp_path) -> None:
    sealed = sorted({f"case-{at:03d}" for at in range(N)} - {each.case_id for each in open_cases(ws)})
    file = lines(
        tmp_path / "f.jsonl", *({"case_id": each, "retrieved": ["a"]} for each in [*sealed, "no-such-case"]),
        {"case_id": open_cases(ws)[0].case_id, "retrieved": ["a"]},
    )  # fmt: skip
    made = ws.snapshot_retrieval(file, as_of=START - timedelta(days=9), by="lee")
    assert (made.n, made.other) == (1, len(sealed) + 1)
    assert {each["case_id"] for each in ws.store.retrievals(made.snapshot_id)}.isdisjoint(sealed)


def test_a_file_is_matched_by_query_and_its_ids_are_redacted(ws, tmp_path) -> None:
    first = open_cases(ws)[0]
    file = lines(tmp_path / "f.jsonl", {"query": first.query, "retrieved": [{"id": "mail ann.lee@example.com"}]},
                 {"query": "never asked", "retrieved": ["a"]})  # fmt: skip
    made = ws.snapshot_retrieval(file, as_of=START - timedelta(days=8), by="lee")
    [row] = ws.store.retrievals(made.snapshot_id)
    assert row["case_id"] == first.case_id and "ann.lee" not in json.dumps(row) and made.other == 1


def test_drift_holds_the_newest_snapshot_before_the_current_set_against_it(ws, tmp_path) -> None:
    report = ws.drift("started_at < '2026-10-15'", "started_at > '2026-10-15'", replicates=19)
    found = report.snapshot
    assert found.against == "traffic" and found.queries == 24 and found.jaccard.estimate < 0.9
    assert found.reason is None and any("golden queries fetched on 2026-10-02" in each for each in report.sentences)
    none = ws.drift("started_at > '2026-10-15'", "started_at < '2026-10-15'", replicates=19)
    assert none.snapshot.as_of < START  # what is later than the current set is no reference for it
    ws.snapshot_retrieval(of_file(ws, tmp_path / "now.jsonl", lambda at: "other"), by="lee",
                          as_of=datetime(2026, 11, 20, tzinfo=UTC))  # fmt: skip
    later = ws.drift("started_at < '2026-10-15'", "started_at > '2026-10-15'", replicates=19)
    assert later.snapshot.against.startswith("retrieval-20261120") and later.snapshot.jaccard.estimate == 0.0


def test_retrieval_of_golden_queries_turns_the_light_on(ws, tmp_path) -> None:
    for day in (1, 2):
        when = datetime(2026, 10, 20 + day, tzinfo=UTC)
        ws.snapshot_retrieval(of_file(ws, tmp_path / f"{day}.jsonl", str), as_of=when, by="lee")
    report = ws.drift("started_at < '2026-10-15'", "started_at > '2026-10-15'", replicates=19)
    assert report.snapshot.changed is True and report.lights["retrieval"].state == "changed"
    assert report.snapshot.usual.estimate == 1.0


def test_what_is_usual_is_from_the_same_kind_of_source(ws, tmp_path) -> None:
    file = of_file(ws, tmp_path / "f.jsonl", str)
    assert ws.compare_retrieval(file).usual.n == 24  # the two newest snapshots are files
    assert ws.compare_retrieval(where="true").usual is None  # and say nothing of what users fetch
    row = {"case_id": open_cases(ws)[0].case_id, "retrieved": [{"id": "0", "text": SECRET}]}
    found = ws.compare_retrieval(lines(tmp_path / "g.jsonl", row, row, {"case_id": "nobody", "retrieved": []}))
    assert (found.queries, found.other, len(found.rejected_rows)) == (1, 1, 1)
    none = ws.compare_retrieval(lines(tmp_path / "h.jsonl", {"case_id": "nobody", "retrieved": []}))
    assert none.reason == "no_queries" and none.sentences[0].startswith("The file names none")


def test_on_the_command_line(ws, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("workbench.embed.load_embedder", lambda *a, **k: Flat())

    def said(*words: str):
        return CliRunner().invoke(cli, ["-w", str(ws.path), "retrieval", *map(str, words)])

    file = of_file(ws, tmp_path / "f.jsonl", lambda at: "other")
    made = said("snapshot", file, "--as-of", "2026-11-21", "--by", "lee", "--json")
    assert made.exit_code == 0 and json.loads(made.stdout)["n"] == 24, made.output
    told = said("compare", file)
    assert (
        told.exit_code == 0 and "24 golden queries fetched on 2026-11-21" in told.stdout and SECRET not in told.stdout
    )
    answer = json.loads(said("compare", file, "--json").stdout)
    assert answer["jaccard"]["estimate"] == 1.0 and answer["reason"] is None and len(answer["by_query"]) == 24
    assert len(json.loads(said("list", "--json").stdout)["snapshots"]) == len(ws.retrieval_snapshots())
    assert said("list").stdout.startswith("snapshot")
    for words in (("snapshot", "--by", "lee"), ("compare", tmp_path / "none.jsonl"), ("compare", "--snapshot", "x"),
                  ("compare", "--seed", "-1"), ("compare", "--threshold", "nan")):  # fmt: skip
        wrong = said(*words)
        assert wrong.exit_code != 0 and "Traceback" not in wrong.output
    drift = CliRunner().invoke(cli, ["-w", str(ws.path), "drift", "--json"])
    assert drift.exit_code == 0 and json.loads(drift.stdout)["snapshot"]["queries"] == 24


def test_an_id_commands_no_terminal(ws, tmp_path) -> None:
    row = {"case_id": open_cases(ws)[0].case_id, "retrieved": ["\x1b[31mred\x07" + "z" * 3000]}
    told = CliRunner().invoke(cli, ["-w", str(ws.path), "retrieval", "compare", str(lines(tmp_path / "f.jsonl", row))])
    assert told.exit_code == 0 and "[31mred" in told.stdout and not {"\x1b", "\x07"} & set(told.stdout)
    assert "z" * 50 not in told.stdout.replace("\n", "").replace(" ", "")


def test_what_came_from_a_trace_goes_with_it(ws) -> None:
    made = ws.snapshot_retrieval(where="started_at < '2026-10-15'", by="lee")
    first = ws.store.retrievals(made.snapshot_id)[0]["trace_id"]
    ws.purge(trace_ids=[first], by="lee", reason="asked for")
    left = ws.store.retrievals(made.snapshot_id)
    assert len(left) == made.n - 1 and first not in {each["trace_id"] for each in left}
