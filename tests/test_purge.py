"""Purging: nothing of a trace is left, what people said of it counts on, and a purge that breaks off is finished."""

import html
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from purge_workspace import GONE, NOON, N, answered, asked, cells_with, make, name, row, where_it_is, word
from test_drift_verb import Bag

from workbench import Workspace
from workbench.cli import cli
from workbench.embed import text_hash
from workbench.errors import BadRequest, WorkspaceBusy
from workbench.purge import Needles
from workbench.store import purge_rows as rows_module
from workbench.store import sql
from workbench.tables import PURGED

TESTS = Path(__file__).parent
KEPT = 6  # the trace that an accepted golden case was made of
IDS = [name(place) for place in GONE]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("purge") / "whole"
    make(folder).store.close()
    return folder


def opened(folder: Path) -> Workspace:
    ws = Workspace(folder)
    ws.__dict__["embedder"] = Bag("made")
    return ws


@pytest.fixture
def ws(whole: Path, tmp_path: Path) -> Iterator[Workspace]:
    shutil.copytree(whole, tmp_path / "w")
    found = opened(tmp_path / "w")
    yield found
    found.store.close()


@pytest.fixture(scope="module")
def purged(whole: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workspace, object]]:
    folder = tmp_path_factory.mktemp("purged") / "w"
    shutil.copytree(whole, folder)
    ws = opened(folder)
    yield ws, ws.purge(trace_ids=IDS, by="lee", reason=f"{name(0)} asked to be forgotten")
    ws.store.close()


def check_gone(folder: Path) -> None:
    """No id, no word of a purged trace in any file, but where a kept golden case holds it."""
    for place in GONE:
        for sought in (name(place), word(place), f"session-{name(place)}", f"span-of-{place:03d}"):
            allowed = ["golden/golden-v1.jsonl", "workbench.db"] if place in (0, KEPT) else []
            assert set(where_it_is(folder, sought)) <= set(allowed), (sought, where_it_is(folder, sought))
            assert set(cells_with(folder, sought)) <= ({"cases.content"} if allowed else set()), sought
    assert [path.name for path in (folder / ".scratch").iterdir() if not path.name.endswith(".lock")] == []


def test_before_the_purge_the_search_finds_them_in_every_place(whole: Path) -> None:
    places = {place.split("/")[0] for each in GONE for place in where_it_is(whole, word(each))}
    assert places >= {"traces", "spans", "maps", "reports", "golden", "workbench.db"}
    assert "samples" in {place.split("/")[0] for place in where_it_is(whole, name(1))}
    cells = {cell for each in GONE for cell in cells_with(whole, word(each))}
    assert cells >= {
        "labels.value", "labels.note", "labels.gold_answer", "judgements.critique", "adjudications.reason",
        "codebook_versions.codes", "judge_versions.spec", "queue_slots.answer", "cases.content",
    }  # fmt: skip


def test_nothing_of_a_purged_trace_is_left(purged) -> None:
    ws, report = purged
    assert report.finished and report.left == () and report.traces == len(GONE)
    assert report.counts["traces"] == report.counts["spans"] == len(GONE)
    assert report.counts["other_rows"] == 1  # what its query fetched
    assert report.counts["vectors"] == len(GONE) - 1  # a golden case asks what one of them asked
    assert report.proof.without_text == 0 and report.proof.pieces > len(GONE)
    check_gone(ws.path)
    assert (ws.path / "workbench.db-wal").stat().st_size == 0
    assert ws.count() == N - len(GONE) and ws.trace(name(0)) is None and ws.trace(name(10)) is not None
    assert len(ws.store.spans()) == N - len(GONE)


def test_what_stays_is_as_it_was(purged, whole: Path) -> None:
    ws, _ = purged
    before = opened(whole)
    left = f"trace_id NOT IN ({', '.join(map(repr, IDS))})"
    for read in (before.traces(where=left), before.store.spans(where=left)):
        after = ws.traces() if "output" in read and "n_turns" in read else ws.store.spans()
        assert read.reset_index(drop=True).equals(after.reset_index(drop=True))
    newest = before.store.newest_map()
    assert newest is not None
    points = before.store.map(newest).points
    points = points[~points["trace_id"].isin(IDS)].reset_index(drop=True)
    assert points.equals(ws.store.map(newest).points)
    hashes = points["text_hash"].tolist()
    assert np.array_equal(before.store.vectors("made", hashes), ws.store.vectors("made", hashes))
    before.store.close()


def test_labels_count_on_under_another_name_without_free_text(purged, whole: Path) -> None:
    ws, _ = purged
    before = opened(whole)
    was, now = before.store.labels(newest=False), ws.store.labels(newest=False)
    assert len(was) == len(now)
    renamed = was["trace_id"].map(lambda each: ws.store.pseudonym(each) if each in IDS else each)
    assert renamed.tolist() == now["trace_id"].tolist()
    code_or_outcome = was["dimension"] != "note"
    assert was["value"][code_or_outcome].tolist() == now["value"][code_or_outcome].tolist()
    gone = now[now["trace_id"].str.startswith(PURGED)]
    assert len(gone) and gone[["note", "gold_answer", "saw"]].isna().all(axis=None)
    assert set(gone[gone["dimension"] == "note"]["value"]) == {""}
    assert all(name(place) not in set(ws.open_notes()["trace_id"]) for place in GONE)
    assert not ws.open_notes()["trace_id"].str.startswith(PURGED).any()
    assert before.rank().codes.equals(ws.rank().codes)
    assert before.agree().sentences == ws.agree().sentences and len(ws.agree().dimensions)
    assert (before.disputes()["trace_id"] == name(4)).any() and name(8) in set(before.disputes()["trace_id"])
    open_, shown = ws.disputes(), ws.dispute(ws.store.pseudonym(name(4)), "outcome")
    assert not open_[~open_["adjudicated"]]["trace_id"].str.startswith(PURGED).any() and shown.decision is not None
    settled = ws.store.adjudications()
    assert settled[0]["trace_id"] == ws.store.pseudonym(name(4)) and settled[0]["reason"] == ""
    parts = ws.judge_parts().set_index("trace_id")["part"]
    assert {parts[each] for each in parts.index if each.startswith(PURGED)} == {"purged"}
    judged = ws.store.judgements("strict")
    assert len(judged) == N and judged["value"].eq("fail").all()
    assert judged[judged["trace_id"].str.startswith(PURGED)][["text_hash", "critique"]].isna().all(axis=None)
    before.store.close()


def test_a_sample_keeps_what_was_read_and_can_be_drawn_further(ws: Workspace) -> None:
    [sample] = ws.samples()["sample_id"]
    before = ws.sample_rows(sample)
    read = set(
        ws.store.labels()[lambda f: (f["dimension"] == "outcome") & (f["annotator_kind"] == "human")]["trace_id"]
    )
    shares = ws.rank(sample).codes[["share", "low", "high"]]
    ws.purge(trace_ids=IDS, by="lee", reason="asked to")
    after = ws.sample_rows(sample)
    kept = before["trace_id"].isin(read) | ~before["trace_id"].isin(IDS)
    assert after["weight"].tolist() == before[kept]["weight"].tolist()
    assert ws.rank(sample).codes[["share", "low", "high"]].equals(shares)
    queue = ws.reading_queue(sample, "eve")["trace_id"]
    assert len(queue) and not queue.str.startswith(PURGED).any()
    further = ws.sample(N, extend=sample)
    assert any("were purged and cannot be read" in each for each in further.warnings)
    drawn = ws.sample_rows(sample)["trace_id"]
    assert set(drawn[~drawn.str.startswith(PURGED)]) == {name(place) for place in range(N)} - set(IDS)
    assert set(drawn[drawn.str.startswith(PURGED)]) <= {ws.store.pseudonym(each) for each in read}


def test_a_map_stays_where_it_was_and_tells_only_of_what_is_left(purged) -> None:
    ws, _ = purged
    for map_id in ws.store.maps()["map_id"]:
        stored = ws.store.map(map_id)
        named = [*stored.clusters["medoid"], *(each for row in stored.clusters["exemplars"] for each in row)]
        assert set(named) <= set(stored.points["trace_id"])
        assert stored.clusters["n"].tolist() == [int((stored.points["cluster"] == c).sum()) for c in (0, 1)]
        words = {each for row in stored.clusters["keywords"] for each in row} | set(stored.clusters["name"])
        assert words == {"refund", "ticket", "change my flight"}
    first = ws.store.map("map-first")
    near, n = first.array("neighbours"), len(first.points)
    assert near.shape == (n, 3) and first.array("graph_indptr").shape == (n + 1,)
    place = {each: at for at, each in enumerate(first.points["trace_id"])}
    assert near[place[name(12)]].tolist() == [place[name(14)], place[name(16)], place[name(13)]]
    last = near[place[name(35)]].tolist()  # its neighbours were 1, 3 and 0, all purged
    assert last == [-1, -1, -1] and first.array("similarities")[place[name(35)]].tolist() == [0, 0, 0]
    assert ws.map(update=True).placed == 0
    assert len(ws.points()) == N - len(GONE) and ws.cluster_lineage() is not None


def test_a_keyword_that_others_say_in_other_letters_stays_and_is_no_finding(tmp_path: Path) -> None:
    ws = Workspace.create(tmp_path / "w")
    said = ["an international refundable ticket", "International Refundable Ticket please", "Any refundable ticket"]
    with ws.store.new_batch() as batch:
        batch.add_traces([{"trace_id": f"trace-{at}", "input": text} for at, text in enumerate(said)])
        batch.commit({})
    points = pd.DataFrame(
        {
            "trace_id": [f"trace-{at}" for at in range(3)], "x": [0.0, 1.0, 5.0], "y": 0.0,
            "cluster": pd.Series([0, 0, 0], dtype="Int64"), "text_hash": [f"hash-of-text-{at}" for at in range(3)],
        }
    )  # fmt: skip
    words = ["international refundable ticket", "refundable ticket"]
    clusters = pd.DataFrame({"cluster": [0], "n": [3], "share": [1.0], "name": [words[0]], "keywords": [words],
                             "medoid": ["trace-0"], "exemplars": [["trace-1"]], "x": [0.0], "y": [0.0]})  # fmt: skip
    ws.store.save_map("m", points=points, clusters=clusters, arrays={}, params={"embedder": "none", "view": "user"})
    report = ws.purge(trace_ids=["trace-0"], by="lee", reason="asked to")
    assert report.finished and report.left == ()
    [left] = ws.store.map("m").clusters.to_dict("records")  # no vectors, so the nearest by the drawing
    assert (left["name"], list(left["keywords"]), left["medoid"]) == (words[0], words, "trace-1")
    assert list(left["exemplars"]) == ["trace-2"] and left["n"] == 2


def test_a_map_that_was_being_made_meanwhile_is_not_kept(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ws._texts()
    monkeypatch.setattr(ws, "_texts", lambda: texts)  # read before the purge
    ws.purge(trace_ids=IDS, by="lee", reason="asked to")
    with pytest.raises(WorkspaceBusy, match="purged while the map was made"):
        ws.map(update=True)
    monkeypatch.undo()
    assert len(ws.points()) == N - len(GONE)


def test_golden_cases_stay_and_candidates_go(purged) -> None:
    ws, report = purged
    assert report.kept["golden_cases"] == 1 and len(report.kept_cases) == 1
    assert ws.case(report.kept_cases[0]).trace_id == name(KEPT)
    assert not any(each.problems for each in ws.verify_golden())
    assert len(ws.case_labels(report.kept_cases[0])) > 1  # what was said of its trace is still known
    left = {row["content"]["trace_id"] for row in ws.store.case_rows(statuses=["candidate"])}  # one quoted a trace
    assert left == {name(31), name(32)}
    assert any(report.kept_cases[0] in each for each in report.notices)


def test_what_quotes_a_purged_trace_is_blanked_and_what_names_it_renamed(purged) -> None:
    ws, _ = purged
    code = ws.codebook().get("invented policy")
    assert code.just_in == "[purged]" and code.just_out == "says that it does not know"
    spec = ws.store.judge_versions("strict")[0]["spec"]
    assert spec["prompt"] == "Judge this: {output}\n[purged] {examples}"
    assert spec["examples"] == [ws.store.pseudonym(name(3)), name(30)] and spec["model"] == "m"
    assert ws.judge_version("strict").spec.prompt == spec["prompt"]  # which still is a judge
    with pytest.raises(BadRequest, match="no traces of this workspace"):
        ws.estimate_judge("strict", trace_ids=[name(12)])
    steps = ws.store.rounds()[0]["steps"]
    assert steps["draft"]["traces"] == [ws.store.pseudonym(name(0)), name(12)]
    page = (ws.path / "reports" / "round-1.html").read_text()
    assert name(12) in page and asked(12) in page and ws.store.pseudonym(name(0)) in page
    [done] = ws.purges()
    assert done["traces"] == len(GONE) and done["purged_by"] == "lee"
    assert done["reason"] == f"{ws.store.pseudonym(name(0))} asked to be forgotten"


def test_a_queue_goes_on_without_them(purged) -> None:
    ws, _ = purged
    [queue] = ws.queues()["queue_id"]
    slots = ws.store.queue_slots(queue)
    gone = [slot for slot in slots if slot["trace_id"].startswith(PURGED)]
    assert gone and all(slot["state"] == "done" for slot in gone)
    seen = set()
    while (item := ws.queue_item(queue, "di")) is not None:
        ws.answer_item(queue, item.slot_id, "di", declined=True)
        ws.save_item(queue, item.slot_id, "di", outcome="pass")
        seen.add(item.slot_id)
    assert seen.isdisjoint(slot["slot_id"] for slot in gone)


def test_what_was_purged_does_not_come_in_again(purged, tmp_path: Path) -> None:
    ws, _ = purged
    file = tmp_path / "again.jsonl"
    again = [{**row(place), "started_at": str(NOON)} for place in (0, 1)] + [{"trace_id": "new-one", "input": "hello"}]
    file.write_text("".join(json.dumps(each) + "\n" for each in again))
    report = ws.ingest(file)
    assert (report.traces, report.duplicates, report.rejected) == (1, 2, 0)
    assert any("2 traces were purged from this workspace before" in each for each in report.notices)
    assert ws.trace(name(0)) is None
    check_gone(ws.path)


def test_a_user_is_found_by_the_id_of_the_platform(ws: Workspace, tmp_path: Path) -> None:
    rows = [{"trace_id": f"own-{user}", "input": f"Where is {user}?", "user_id": user} for user in ("u-4711", "u-4712")]
    file = tmp_path / "users.jsonl"
    file.write_text("".join(json.dumps(each) + "\n" for each in rows))
    assert ws.ingest(file).traces == 2
    arguments = ["-w", str(ws.path), "purge", "--user", "u-4711", "--by", "lee", "--reason", "asked for it", "--json"]
    found = CliRunner().invoke(cli, arguments)
    assert json.loads(found.stdout)["traces"] == 1
    assert ws.trace("own-u-4711") is None and ws.trace("own-u-4712") is not None
    nobody = CliRunner().invoke(cli, [*arguments[:4], "nobody", *arguments[5:]])
    assert json.loads(nobody.stdout)["traces"] == 0


def test_who_chooses_nothing_or_too_much_is_told(ws: Workspace) -> None:
    revision = ws.revision
    with pytest.raises(BadRequest, match="no traces were chosen, and no purge waits"):
        ws.purge(by="lee", reason="why")
    with pytest.raises(BadRequest, match="chosen by a condition and by age"):
        ws.purge(where="true", older_than=3, by="lee", reason="why")
    for days in (-1, 10**11):
        with pytest.raises(BadRequest, match="no age of traces"):
            ws.purge(older_than=days, by="lee", reason="why")
    with pytest.raises(BadRequest, match="needs a reason"):
        ws.purge(where="true", by="lee")
    with pytest.raises(BadRequest, match="no period is set.*under .retention."):
        ws.purge(expired=True, by="lee", reason="why")
    ws.store.keep_purge({"trace_ids": [name(1)]})  # one waits to be finished, but first what is asked for must hold
    with pytest.raises(BadRequest, match="cannot be used"):
        ws.purge(where="nosuch = 1", by="lee", reason="why")
    (ws.path / ".scratch" / "purge-under-way.json").unlink()
    for none in ({"trace_ids": ["no such trace"]}, {"where": "false"}, {"older_than": 36_000}):
        report = ws.purge(**none, by="lee", reason="why")
        assert report.traces == 0 and report.finished and "nothing was purged" in report.line
    assert ws.revision == revision


def test_expired_is_what_is_older_than_the_period(ws: Workspace) -> None:
    assert ws.expired() is None
    with (ws.path / "workspace.toml").open("a") as file:
        file.write("[retention]\ndays = 30\n")
    ws = opened(ws.path)
    now = NOON + timedelta(days=40)
    assert ws.expired(now=now) == 10
    [step] = ws.retention_steps(now=now)
    assert "10 traces are older than the 30 days" in step.text and "purge --expired" in str(step.command)
    dry = ws.purge(expired=True, by="lee", dry_run=True, reason="retention", now=now)
    assert dry.traces == 10 and dry.dry_run and dry.counts["spans" if "spans" in dry.counts else "labels"] > 0
    assert ws.count() == N
    assert ws.purge(expired=True, by="lee", reason="retention", now=now).traces == 10
    assert ws.expired(now=now) == 0 and ws.traces(columns=["started_at"])["started_at"].min() >= NOON


def test_a_dry_run_writes_nothing(ws: Workspace) -> None:
    before = {path: path.read_bytes() for path in ws.path.rglob("*") if path.is_file() and "-shm" not in path.name}
    report = ws.purge(trace_ids=IDS, by="lee", reason="why", dry_run=True)
    assert report.traces == len(GONE) and report.counts["points"] == 2 * len(GONE) and report.proof is None
    after = {path: path.read_bytes() for path in ws.path.rglob("*") if path.is_file() and "-shm" not in path.name}
    assert before == after


# Where a purge may break off: before the first step of the store, and after each.
STEPS = [
    "before", "change_map", "take_out", "drop_retired", "end_purge",
    *(pytest.param(each, marks=pytest.mark.deep)
      for each in ("keep_purge", "change_texts", "change_frames", "drop_vectors", "vacuum")),
]  # fmt: skip


class Broken(Exception):
    """The fault of a step."""


@pytest.mark.parametrize("step", STEPS)
def test_broken_off_at_any_step_it_is_finished_by_the_next(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    named = "keep_purge" if step == "before" else step
    real = getattr(type(ws.store), named)

    def faulty(self, *arguments, **more):
        if step != "before":
            real(self, *arguments, **more)
        raise Broken

    monkeypatch.setattr(type(ws.store), named, faulty)
    with pytest.raises(Broken):
        ws.purge(trace_ids=IDS, by="lee", reason="asked to")
    monkeypatch.undo()
    ws.store.close()
    again = opened(ws.path)
    traces = set(again.traces(columns=["trace_id"])["trace_id"])
    assert len(traces) in (N, N - len(GONE)), "a part of them is gone"
    assert {each in traces for each in IDS} in ({True}, {False})
    assert set(again.store.spans()["trace_id"]) == traces
    assert len(again.clusters()) and again.rank().reviewed and len(again.agree().dimensions)
    again.ingest(_more(ws.path.parent))  # another writer in between removes nothing that is still needed
    if step in ("before", "end_purge"):
        assert again.store.purge_under_way() is None
        if step == "before":
            again.purge(trace_ids=IDS, by="lee", reason="asked to")
    else:
        report = again.purge(by="ben")
        assert report.resumed and report.finished and report.left == ()
    check_gone(ws.path)
    assert len(again.purges()) == 1 and again.count() == N - len(GONE) + 1
    again.store.close()


def _more(folder: Path) -> Path:
    file = folder / "more.jsonl"
    file.write_text(json.dumps({"trace_id": "one-more", "input": "hello there"}) + "\n")
    return file


def test_broken_off_within_the_transaction_nothing_is_gone(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def faulty(*arguments, **named):
        raise Broken

    for part in ("_labels", "_judgements", "_texts"):
        monkeypatch.setattr(rows_module, part, faulty)
        with pytest.raises(Broken):
            ws.purge(trace_ids=IDS, by="lee", reason="asked to") if part == "_labels" else ws.purge(by="lee")
        monkeypatch.undo()
        assert ws.count() == N and len(list((ws.path / "traces").iterdir())) == 1
        assert not ws.store.labels(newest=False)["trace_id"].str.startswith(PURGED).any()
    assert ws.purge(by="lee").finished
    check_gone(ws.path)


def test_a_reader_at_work_holds_up_the_end_and_is_told(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.store.purging._HURRY_MS", 50)
    reader = sqlite3.connect(ws.path / "workbench.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM labels").fetchone()
    report = ws.purge(trace_ids=IDS, by="lee", reason="asked to")
    assert not report.finished and ws.count() == N - len(GONE)
    assert any("Close pages and scripts" in each for each in report.notices) and ws.purges() == []
    reader.execute("COMMIT")
    reader.close()
    done = ws.purge(by="lee")
    assert done.resumed and done.finished and done.left == ()
    check_gone(ws.path)


def test_what_a_person_has_to_take_out_is_named(ws: Workspace) -> None:
    note = ws.path / "my-notes.txt"
    note.write_text(f"look at {name(3)} again, and at: {answered(5)}")
    report = ws.purge(trace_ids=IDS, by="lee", reason="asked to")
    assert [(each.place, each.ids, each.texts > 0) for each in report.left] == [("my-notes.txt", 1, True)]
    assert not report.finished and any("my-notes.txt" in each for each in report.notices)
    note.unlink()
    assert ws.purge(by="lee").finished


def test_another_writer_is_waited_for_a_moment_only(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    hold = """
    import sys
    from workbench.store import Store
    with Store.open(sys.argv[1]) as store, store.writing():
        print("writing", flush=True)
        sys.stdin.readline()
    """
    command = [sys.executable, "-c", "\n".join(line[4:] for line in hold.splitlines())]
    with subprocess.Popen(
        [*command, str(ws.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=TESTS.parent
    ) as other:
        assert other.stdin and other.stdout and other.stdout.readline().strip() == "writing"
        with pytest.raises(WorkspaceBusy, match="writing traces.*nothing was purged"):
            ws.purge(trace_ids=IDS, by="lee", reason="asked to")
        other.communicate("go\n")
    assert ws.count() == N


def test_ids_that_are_short_or_part_of_others(tmp_path: Path) -> None:
    ws = Workspace.create(tmp_path / "w")
    with ws.store.new_batch() as batch:
        batch.add_traces([{"trace_id": str(at), "input": f"question {at} of the {word(at)}"} for at in range(30)])
        batch.add_traces([{"trace_id": each, "input": "the same"} for each in ("order-1", "order-10", "order-100")])
        batch.add_labels([{"trace_id": "1", "dimension": "helpful", "value": "1", "annotator": "ana"},
                          {"trace_id": "11", "dimension": "helpful", "value": "1", "annotator": "ana"}])  # fmt: skip
        batch.commit({})
    ws.store.add_round("r", period="week", by="ana", steps={"traces": ["1", "11", "order-1"], "why": "1 of order-10"})
    report = ws.purge(trace_ids=["1", "order-10"], by="lee", reason="asked to")
    assert report.finished and ws.count() == 31
    assert report.proof and report.proof.without_text == 1  # what the one says, others say too
    assert ws.store.labels()["value"].tolist() == ["1", "1"]
    steps = ws.store.rounds()[0]["steps"]
    assert steps["traces"] == [ws.store.pseudonym("1"), "11", "order-1"]
    assert steps["why"] == f"1 of {ws.store.pseudonym('order-10')}"


def _small(folder: Path, rows: list[dict]) -> Workspace:
    folder.mkdir()
    (folder / "workspace.toml").write_text('[redaction]\npolicy = "structured_only"\n', encoding="utf-8")
    ws = Workspace.create(folder)
    with ws.store.new_batch() as batch:
        batch.add_traces(rows)
        batch.commit({})
    return ws


def test_ids_are_found_however_they_are_written(tmp_path: Path) -> None:
    odd = ["he said 7", 'he said "8"', "A&B-0001", "back\\slash-1", "naïve-éé-1", "tr-0001"]
    rows = [{"trace_id": each, "input": f"question {at} of {word(at)}"} for at, each in enumerate(odd)]
    ws = _small(tmp_path / "w", [*rows, {"trace_id": "kept", "input": "hello"}])
    for at, each in enumerate(odd):  # each in a text of its own
        ws.store.add_round(f"r-{at}", period="week", by="ana", steps={"draft": {"traces": [each]}, "why": each})
    page = "".join(f'<li id="{html.escape(each)}">{html.escape(each)}</li>' for each in odd)
    ws.store.write_report("r.html", f"<html><body>{page}</body></html>")
    ws.save_reading("kept", "ana", outcome="fail", note="see tr-0001_v2, xtr-0001 and tr-0001")
    report = ws.purge(trace_ids=odd, by="lee", reason="asked to")
    assert report.finished and report.left == ()
    called = {each: ws.store.pseudonym(each) for each in odd}
    for at, each in enumerate(odd):
        [steps] = [round_["steps"] for round_ in ws.store.rounds() if round_["round_id"] == f"r-{at}"]
        assert steps == {"draft": {"traces": [called[each]]}, "why": called[each]}
    left = html.unescape((ws.path / "reports" / "r.html").read_text())
    assert not any(each in left for each in odd) and all(each in left for each in called.values())
    [note] = ws.store.labels()[lambda f: f["dimension"] == "note"]["value"]
    assert note == f"see {called['tr-0001']}_v2, x{called['tr-0001']} and {called['tr-0001']}"


def test_an_id_of_a_few_digits_is_not_found_in_hashes_by_chance(tmp_path: Path) -> None:
    ws = _small(tmp_path / "w", [{"trace_id": "trace-a", "input": "hello"}, {"trace_id": "trace-b", "input": "hello"}])
    digits = ws.store.pseudonym("trace-a").removeprefix(PURGED)[3:9]
    with ws.store.new_batch() as batch:
        batch.add_traces([{"trace_id": digits, "input": "hello", "session_id": digits[1:] + "0"}])
        batch.commit({})
    ws.save_reading("trace-b", "ana", outcome="fail", note=f"see {digits}, not 0.{digits} or 7{digits}")
    ws.store.add_judge_version("j", author="ana", reason="x", spec={"n": 1}, prompt_hash=f"00{digits[1:]}000")
    report = ws.purge(trace_ids=["trace-a", digits], by="lee", reason="asked to")
    assert report.finished and report.left == ()
    [note] = ws.store.labels()[lambda f: f["dimension"] == "note"]["value"]
    assert note == f"see {ws.store.pseudonym(digits)}, not 0.{digits} or 7{digits}"
    assert ws.store.judge_versions("j")[0]["prompt_hash"] == f"00{digits[1:]}000"


def test_a_short_quote_goes_and_the_name_of_a_code_stays(tmp_path: Path) -> None:
    said = "Well, that's a most unfortunate mix-up of the suitcases, I am afraid"
    ws = _small(tmp_path / "w", [
        {"trace_id": "gone", "input": said, "metadata": {"category": "Underspecified User Intent"}},
        {"trace_id": "kept", "input": "One of the suitcases. In the suitcases, I hid. My suitcases, I am sure."},
    ])  # fmt: skip
    ws.add_codes([{"name": "Underspecified User Intent", "severity": 2, "just_in": "as in 'unfortunate mix-up o'"}],
                 author="ana", reason="seen")  # fmt: skip
    ws.save_reading("gone", "ana", codes=["Underspecified User Intent"])
    ws.save_reading("kept", "ana", outcome="fail", note='like "that\'s a most unfor" there\nnothing of it here')
    ws.save_reading("kept", "ben", outcome="fail", note="and of the suitcases, I am afraid")  # in parts others say it
    assert ws.purge(trace_ids=["gone"], by="lee", reason="asked to").finished
    labels = ws.store.labels()
    assert labels[labels["dimension"] == "code"]["value"].tolist() == ["Underspecified User Intent"]
    assert labels[labels["dimension"] == "note"]["value"].tolist() == ["[purged]\nnothing of it here", "[purged]"]
    code = ws.codebook().get("Underspecified User Intent")
    assert (code.name, code.just_in) == ("Underspecified User Intent", "[purged]")


def test_what_a_page_had_read_before_a_purge_is_not_written_back(ws: Workspace) -> None:
    tone = {
        "name": "tone",
        "failure": "fail",
        "values": ["fail", "pass"],
        "definition": f"Not like this: {answered(2)}",
    }
    ws.change_rubric(add=[tone], author="ana", reason="first")
    assert answered(2) in ws.codebook().get("invented policy").just_in + ws.rubric().dimensions[-1].definition
    other = opened(ws.path)  # the command line, say
    assert other.purge(trace_ids=IDS, by="lee", reason="asked to").finished
    ws.change_codebook("edit", "invented policy", fields={"severity": 5}, author="ana", reason="worse")
    ws.change_rubric(edit={"tone": {"passes": "kind"}}, author="ana", reason="clearer")
    assert ws.codebook().get("invented policy").just_in == ws.rubric().dimensions[-1].definition == "[purged]"
    other.store.close()
    check_gone(ws.path)


def test_an_id_that_tells_of_a_person_may_be_given_as_the_platform_has_it(tmp_path: Path) -> None:
    ws = _small(tmp_path / "w", [])
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps({"trace_id": "jane.doe@example.com-1", "input": "hello"}) + "\n")
    assert ws.ingest(file).traces == 1
    assert ws.purge(trace_ids=["jane.doe@example.com-1"], by="lee", reason="asked to").traces == 1 and ws.count() == 0


def test_a_job_that_began_before_a_purge_brings_nothing_back(ws: Workspace) -> None:
    other = opened(ws.path)
    state, since = ws.store.traces_state(), ws.store.purge_state()
    frame, vectors = ws.points()[["trace_id"]], ws.store.vectors("made", [text_hash(asked(3))])
    assert other.purge(trace_ids=IDS, by="lee", reason="asked to").finished
    with pytest.raises(WorkspaceBusy, match="purged while texts were embedded"):
        ws.store.add_vectors("made", [text_hash(asked(3))], vectors, since=since)
    ws.store.save_marks("marks-1", state, frame)
    at = {"judge": "strict", "version": 1, "prompt_hash": "h" * 64, "replicate": 1, "asked_at": NOON}
    rows: dict[sa.Table, dict] = {sql.judgements: {**at, "trace_id": name(3), "state": "asked"},
            sql.samples: {"sample_id": "s", "trace_id": name(3)},
            sql.cases: {"case_id": "c", "pool": "golden", "status": "candidate", "proposed_at": NOON,
                        "proposed_by": "ana", "content": json.dumps({"trace_id": name(3)})}}  # fmt: skip
    for table, new in rows.items():
        with (
            pytest.raises(WorkspaceBusy, match="1 of the traces was purged"),
            ws.store._database.writing() as connection,
        ):
            connection.execute(sa.insert(table), new)
    with pytest.raises(WorkspaceBusy, match="2 of the traces were purged"):
        ws.store.add_labels([{"trace_id": name(at), "dimension": "outcome", "value": "fail"} for at in (3, 4, 12)])
    other.store.close()
    check_gone(ws.path)


def test_a_trace_that_was_purged_in_another_life_is_purged_again(ws: Workspace) -> None:
    first = ws.purge(trace_ids=[name(3)], by="lee", reason="asked to")
    assert first.finished
    with ws.store.new_batch() as batch:  # past the ingest that would have kept it out
        batch.add_traces([row(3)])
        batch.commit({})
    with ws.store._database.writing() as connection:
        connection.execute(sa.delete(sql.purged_traces))
        at = {"judge": "strict", "version": 1, "prompt_hash": "h" * 64, "replicate": 0, "asked_at": NOON}
        connection.execute(sa.insert(sql.judgements), {**at, "trace_id": name(3), "state": "answered", "value": "pass"})
    assert ws.purge(trace_ids=[name(3)], by="lee", reason="again").finished
    judged = ws.store.judgements("strict")
    assert judged[judged["trace_id"] == ws.store.pseudonym(name(3))]["value"].tolist() == ["pass"]


def test_all_traces_may_go(ws: Workspace) -> None:
    report = ws.purge(where="true", by="lee", reason="the project is over")
    assert report.finished and ws.count() == 0
    assert len(ws.store.map("map-first").points) == 0 and len(ws.store.map("map-first").clusters) == 0
    assert len(ws.store.known_vectors("made")) == 1  # of a golden case's question
    assert (
        ws.overview().n_traces == 0 and ws.rank().reviewed > 0 and not any(each.problems for each in ws.verify_golden())
    )


def test_the_command_line(ws: Workspace) -> None:
    run = CliRunner().invoke
    base = ["-w", str(ws.path), "purge", "--by", "lee"]
    assert isinstance(run(cli, [*base, "--reason", "x"]).exception, BadRequest)
    nothing = run(cli, [*base, "--where", "false", "--reason", "x"])
    assert nothing.exit_code == 0 and "nothing was purged" in nothing.output
    dry = json.loads(run(cli, [*base, "--trace", name(1), "--reason", "x", "--dry-run", "--json"]).stdout)
    assert (dry["traces"], dry["dry_run"], dry["proof"]) == (1, True, None)
    told = run(cli, [*base, "--trace", name(1), "--trace", name(2), "--reason", "x"])
    assert told.exit_code == 0 and "2 traces purged, and nothing of them was found" in told.output
    done = json.loads(run(cli, [*base, "--older-than", "0", "--reason", "x", "--json"]).stdout)
    assert done["finished"] and done["proof"]["left"] == [] and done["counts"]["traces"] == N - 2


@pytest.mark.deep
def test_killed_in_the_middle_it_is_finished_by_the_next(whole: Path, tmp_path: Path) -> None:
    code = """
    import os, signal, sys
    sys.path.insert(0, "tests")
    from workbench import Workspace
    from workbench.store import purge_files, purging
    step, calls = sys.argv[2], 0
    real = getattr(purging, step)
    def deadly(*arguments, **named):
        global calls
        calls += 1
        if calls == int(sys.argv[3]):
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments, **named)
    for module in (purging, purge_files):
        if hasattr(module, step):
            setattr(module, step, deadly)
    ids = [f"trace-of-{at:03d}" for at in range(10)]
    Workspace(sys.argv[1]).purge(trace_ids=ids, by="lee", reason="asked to")
    """
    code = "\n".join(line[4:] for line in code.splitlines())
    for step, calls in (("into_place", (1, 2, 5, 13, 22, 24, 26)), ("purge_rows", (1,))):
        for nth in calls:
            folder = tmp_path / f"{step}-{nth}"
            shutil.copytree(whole, folder)
            done = subprocess.run([sys.executable, "-c", code, str(folder), step, str(nth)], cwd=TESTS.parent, env={
                **os.environ, "HF_HUB_OFFLINE": "1"})  # fmt: skip
            assert done.returncode == -signal.SIGKILL, (step, nth)
            ws = opened(folder)
            assert ws.count() in (N, N - len(GONE)) and len(ws.clusters())
            if ws.store.purge_under_way() is None:  # killed before it was written down what is to go
                assert nth == 1 and ws.count() == N
                ws.purge(trace_ids=IDS, by="lee", reason="asked to")
            else:
                assert ws.purge(by="lee").finished
            check_gone(folder)
            ws.store.close()
            shutil.rmtree(folder)


@pytest.mark.deep
def test_on_postgres_the_tables_are_written_anew(postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.store.purging._HURRY_MS", 200)
    postgres.psql("CREATE DATABASE purged")
    url = str(sa.make_url(postgres.get_uri()).set(database="purged").render_as_string(hide_password=False))
    ws = make(tmp_path / "w", database_url=url)
    with ws.store._database.reading() as reader:
        reader.execute(sa.select(sql.labels.c.value)).all()
        held_up = ws.purge(trace_ids=IDS, by="lee", reason="asked to")
        assert not held_up.finished and any("Close pages and scripts" in each for each in held_up.notices)
    report = ws.purge(by="lee")
    assert report.finished and report.left == ()
    assert any("logs, archives, replicas and backups" in each for each in report.notices)
    with ws.store._database.reading() as connection:
        for table in sql.metadata.sorted_tables:
            for found in connection.execute(sa.select(table)).mappings():
                text = str({key: value for key, value in found.items() if table.name != "cases" or key != "content"})
                assert not any(name(place) in text or word(place) in text for place in GONE), table.name
    assert len(ws.store.labels(newest=False)) and ws.rank().reviewed
    ws.store.close()


@pytest.mark.parametrize("length", [1, 5, 24, 37])
def test_needles_are_found_as_a_plain_search_finds_them(length: int) -> None:
    random = np.random.default_rng(length)
    text = bytes(random.integers(97, 100, 3000, dtype=np.uint8))
    wanted = {text[at : at + length] for at in range(0, 900, 31)}
    wanted |= {bytes(random.integers(97, 101, length, dtype=np.uint8)) for _ in range(200)}
    assert Needles(wanted).found_in(text) == {each for each in wanted if each in text}
    assert Needles(wanted).found_in(b"") == set() and Needles([]).found_in(text) == set()
