"""Killed, crowded out, out of space: whatever happens to a writer, readers see whole batches and nothing is left lying.

The writers here are real processes that are really killed (SIGKILL). Each batch says in its summary what it brought, so
"whole" can be checked from outside.
"""

import json
import os
import random
import resource
import signal
import subprocess
import sys
import textwrap
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from workbench.errors import WorkbenchError, WorkspaceBusy
from workbench.store import Store

ROOT = Path(__file__).parent.parent
ROUNDS = 25

# One process imports everything once and forks a writer for each job it reads: a path, a job, its arguments.
NURSERY = """
import json, os, random, signal, sys, time
import numpy as np, pandas as pd
from workbench.store import Store, batches, files, scratch

# Never stops: batches of new traces with spans and labels, every third one completes an earlier trace; a vector, a map.
def write_for_ever(path, number):
    store = Store.open(path)
    dice = random.Random(number)
    for turn in range(10_000):
        n = dice.randint(1, 40)
        with store.new_batch() as batch:
            rows = [{"trace_id": f"{number}-{turn}-{i}", "input": "x" * dice.randint(0, 3000)} for i in range(n)]
            if turn % 3 == 2:
                batch.replace_traces([f"{number}-{turn - 1}-0"])
                rows.append({"trace_id": f"{number}-{turn - 1}-0", "output": "completed"})
            (batch.spill / "waiting").write_text("x" * 1000)
            for row in rows:
                batch.add_traces([row])
                batch.add_spans([{"trace_id": row["trace_id"], "span_id": "s"}])
            batch.add_labels([{"trace_id": row["trace_id"], "dimension": "outcome", "value": "pass"} for row in rows])
            batch.commit({"brought": len(rows), "replaced": turn % 3 == 2})
        store.add_vectors("e", [f"{number}-{turn}"], np.ones((1, 8)))
        points = pd.DataFrame({"trace_id": ["a"], "x": [1.0], "y": [1.0], "cluster": [0]})
        store.save_map(f"m{number}-{turn}", points=points, clusters=points, arrays={"a": np.arange(9)}, params={})

# Writes one batch and kills itself before or after the nth call of one function.
def write_and_die(path, place, nth, when):
    module, name = place.rsplit(".", 1)
    owner = {"files": files, "batches": batches, "scratch": scratch, "scratch.shutil": scratch.shutil, "os": os}[module]
    real, calls = getattr(owner, name), 0

    def deadly(*arguments, **named):
        nonlocal calls
        calls += 1
        if calls == nth and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        found = real(*arguments, **named)
        if calls == nth:
            os.kill(os.getpid(), signal.SIGKILL)
        return found

    for at in (owner, batches, files, scratch):
        if getattr(at, name, None) is real:
            setattr(at, name, deadly)
    write_once(path)

def write_once(path):
    with Store.open(path) as mine, mine.new_batch() as batch:
        batch.replace_traces(["a", "c"])
        batch.add_traces([{"trace_id": "a", "output": "completed"}, {"trace_id": "c"}])
        batch.add_spans([{"trace_id": t, "span_id": "s"} for t in "ac"])
        batch.add_labels([{"trace_id": t, "dimension": "outcome", "value": "pass"} for t in "ac"])
        batch.commit({"brought": 2, "replaced": 1})

for line in sys.stdin:
    path, job, arguments, delay = json.loads(line)
    child = os.fork()
    if not child:
        status = 1
        try:
            {"for_ever": write_for_ever, "and_die": write_and_die, "once": write_once}[job](path, *arguments)
            status = 0
        finally:
            os._exit(status)
    if delay is not None:
        time.sleep(delay)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    print(os.waitstatus_to_exitcode(status), flush=True)
"""


class Nursery:
    """Runs writers, one after the other, and says how each ended."""

    def __init__(self) -> None:
        self.process = python(NURSERY)

    def run(self, store: Store, job: str, *arguments: object, delay: float | None = None) -> int:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps([str(store.path), job, arguments, delay]) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    made = Nursery()
    yield made
    made.process.communicate()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.create(tmp_path / "w") as made:
        yield made


def python(code: str, *arguments: str, **more: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        **more,
    )


def check_whole(store: Store) -> int:
    """Every visible batch is whole, and no trace is there twice; the number of batches."""
    batches = store.batches()
    traces = store.traces(columns=["trace_id", "batch", "output"])
    spans = store.spans(columns=["trace_id"])
    assert traces["trace_id"].is_unique
    assert sorted(spans["trace_id"]) == sorted(traces["trace_id"])
    brought = sum(summary["brought"] for summary in batches["summary"])
    replaced = sum(summary["replaced"] for summary in batches["summary"])
    assert len(traces) == brought - replaced == batches["traces"].sum()
    assert (traces["output"] == "completed").sum() == replaced
    assert len(store.labels(newest=False)) == brought
    for map_id in store.maps()["map_id"]:
        assert store.map(map_id).array("a").tolist() == list(range(9))
    known = sorted(store.known_vectors("e"))
    assert store.vectors("e", known).sum() == 8 * len(known)
    return len(batches)


def check_tidy(store: Store) -> None:
    """On the disk is what the database names, and nothing else."""
    with store.writing(wait=0):
        named = Counter(file.path for file in store._visible().files)
        assert named == Counter(f"{k}/{p.name}" for k in ("traces", "spans") for p in (store.path / k).iterdir())
        assert {p.name for p in (store.path / "maps").iterdir()} == set(store.maps()["map_id"])
        assert [p.name for p in (store.path / ".scratch").iterdir() if not p.name.endswith(".lock")] == []
        assert all(len(list(p.iterdir())) == len(store.known_vectors("e")) for p in (store.path / "vectors").iterdir())


def test_kill_at_random_moments(store: Store, nursery: Nursery) -> None:
    dice = random.Random(5)
    seen = 0
    for number in range(ROUNDS):
        assert nursery.run(store, "for_ever", number, delay=dice.uniform(0.01, 0.35)) == -signal.SIGKILL
        now = check_whole(store)
        assert now >= seen  # what was once visible stays
        seen = now
    check_tidy(store)
    assert check_whole(store) == seen > 0


# Kill at one exact place: before or after the nth call of a function on the way to a visible batch.
PLACES = [
    ("files.into_place", 1, "before"),
    ("files.into_place", 1, "after"),
    ("files.into_place", 2, "after"),
    ("files.into_place", 4, "after"),
    ("batches.insert_labels", 1, "before"),
    ("batches.insert_labels", 1, "after"),
    ("batches.remove_retired", 2, "before"),
    ("batches.remove_retired", 2, "after"),
    ("scratch.shutil.rmtree", 1, "before"),
    ("scratch.flush", 1, "before"),
    ("os.unlink", 1, "before"),
    ("os.fsync", 1, "before"),
    ("os.fsync", 3, "after"),
]


@pytest.mark.parametrize(("place", "nth", "when"), PLACES)
def test_kill_at_an_exact_place_then_again(store: Store, nursery: Nursery, place: str, nth: int, when: str) -> None:
    with store.new_batch() as batch:
        batch.add_traces([{"trace_id": "a"}, {"trace_id": "b"}])
        batch.add_spans([{"trace_id": t, "span_id": "s"} for t in "ab"])
        batch.add_labels([{"trace_id": t, "dimension": "outcome", "value": "pass"} for t in "ab"])
        batch.commit({"brought": 2, "replaced": 0})
    ended = nursery.run(store, "and_die", place, nth, when)
    assert ended == -signal.SIGKILL, "the function was not called that often"
    visible = check_whole(store)
    assert visible in (1, 2)
    check_tidy(store)
    assert check_whole(store) == visible
    assert nursery.run(store, "once") == 0
    assert store.traces(columns=["trace_id"], order_by="trace_id")["trace_id"].tolist() == ["a", "b", "c"]
    check_tidy(store)


def test_two_writers_take_turns_and_a_reader_sees_whole_batches(store: Store) -> None:
    write = """
    import sys
    from workbench.store import Store
    with Store.open(sys.argv[1]) as store:
        for turn in range(12):
            with store.new_batch() as batch:
                for i in range(20):
                    batch.add_traces([{"trace_id": f"{sys.argv[2]}-{turn}-{i}"}])
                    batch.add_spans([{"trace_id": f"{sys.argv[2]}-{turn}-{i}", "span_id": "s"}])
                labels = [{"trace_id": f"{sys.argv[2]}-{turn}-{i}", "dimension": "d", "value": "v"} for i in range(20)]
                batch.add_labels(labels)
                if turn % 4 == 3:
                    batch.replace_traces([f"{sys.argv[2]}-{turn - 1}-0"])
                    batch.add_traces([{"trace_id": f"{sys.argv[2]}-{turn - 1}-0", "output": "completed"}])
                    batch.add_spans([{"trace_id": f"{sys.argv[2]}-{turn - 1}-0", "span_id": "s"}])
                    batch.add_labels([{"trace_id": f"{sys.argv[2]}-{turn - 1}-0", "dimension": "d", "value": "w"}])
                batch.commit({"brought": 20 + (turn % 4 == 3), "replaced": turn % 4 == 3})
            store.add_labels([])
    """
    writers = [python(write, str(store.path), name) for name in ("one", "two")]
    revision = looks = 0
    while any(writer.poll() is None for writer in writers):
        before = store.revision()
        found = store.query(
            "SELECT (SELECT count(*) FROM traces) AS traces, (SELECT count(*) FROM spans) AS spans,"
            " (SELECT count(DISTINCT trace_id) FROM traces) AS different"
        ).loc[0]
        assert found["traces"] == found["spans"] == found["different"] and found["traces"] % 20 == 0
        assert before >= revision
        revision = before
        looks += 1
    for writer in writers:
        writer.communicate()
    assert [writer.returncode for writer in writers] == [0, 0]
    assert looks > 5
    assert check_whole(store) == 24
    check_tidy(store)
    assert store.revision() == 48


def test_a_writer_at_work_is_said_and_its_files_are_left_alone(store: Store) -> None:
    hold = """
    import sys
    from workbench.store import Store
    with Store.open(sys.argv[1]) as store, store.new_batch() as batch:
        batch.add_traces([{"trace_id": "a"}])
        print("writing", flush=True)
        sys.stdin.readline()
        batch.commit({"brought": 1})
    """
    other = python(hold, str(store.path))
    assert other.stdin and other.stdout
    assert other.stdout.readline().strip() == "writing"
    started = time.monotonic()
    with pytest.raises(WorkspaceBusy, match="another process is writing") as caught, store.writing(wait=0.1):
        pass
    assert time.monotonic() - started < 5 and "\n" not in str(caught.value)
    import numpy as np

    store.add_vectors("e", ["h"], np.ones((1, 2)))  # does not wait for the ingest, and clears nothing of it
    store._clear()
    assert any(path.name.startswith("batch-") for path in (store.path / ".scratch").iterdir())
    other.communicate("go\n")
    assert other.returncode == 0 and store.count() == 1


def test_a_forked_worker_does_not_keep_the_lock_of_a_killed_writer(store: Store) -> None:
    code = """
    import os, signal, sys, time
    from workbench.store import Store
    store = Store.open(sys.argv[1])
    with store.new_batch() as batch:
        batch.add_traces([{"trace_id": "a"}])
        worker = os.fork()
        if not worker:
            time.sleep(60)
            os._exit(0)
        print(worker, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    """
    writer = python(code, str(store.path))
    assert writer.stdin and writer.stdout
    worker = int(writer.stdout.readline())
    try:
        assert writer.wait() == -signal.SIGKILL
        with store.writing(wait=2):
            assert not [path for path in (store.path / ".scratch").iterdir() if path.is_dir()]
    finally:
        os.kill(worker, signal.SIGKILL)
        writer.stdin.close()
        writer.stdout.close()


def test_many_processes_make_the_same_workspace_at_once(tmp_path: Path) -> None:
    code = """
    import sys
    from workbench.store import Store
    sys.stdin.readline()
    with Store.create(sys.argv[1]) as store:
        store.add_labels([{"trace_id": "a", "dimension": "d", "annotator": sys.argv[2]}])
        print(store.secret.hex())
    """
    makers = [python(code, str(tmp_path / "w"), str(number)) for number in range(5)]
    for maker in makers:
        assert maker.stdin
        maker.stdin.write("go\n")
        maker.stdin.flush()
    secrets = {maker.communicate()[0].strip() for maker in makers}
    assert len(secrets) == 1 and [maker.returncode for maker in makers] == [0] * 5
    with Store.open(tmp_path / "w") as store:
        assert len(store.labels()) == 5 and store.revision() == 5


@pytest.mark.parametrize("limit", [0, 20_000, 300_000])
def test_a_full_disk_is_one_clear_line_and_keeps_nothing(store: Store, limit: int) -> None:
    """The limit on a file's size stands in for the disk: the write fails in the same place with another errno."""
    code = """
    import json, random, resource, sys
    from workbench.errors import WorkbenchError
    from workbench.store import Store
    dice = random.Random(1)
    with Store.open(sys.argv[1]) as store:
        rows = [{"trace_id": str(i), "input": dice.randbytes(200).hex()} for i in range(2500)]
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
        try:
            with store.new_batch() as batch:
                batch.add_traces(rows)
                batch.commit({"brought": 2500, "replaced": 0})
        except WorkbenchError as error:
            print(json.dumps(str(error)))
    """
    writer = python(code, str(store.path), str(limit))
    said = writer.communicate()[0]
    assert writer.returncode == 0
    message = json.loads(said)
    assert "\n" not in message and str(store.path) in message and "too large" in message or "failed" in message
    assert check_whole(store) == 0
    check_tidy(store)
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != limit


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is unwritable for root")
def test_an_unwritable_folder_is_one_clear_line(store: Store) -> None:
    (store.path / ".scratch").chmod(0o500)
    try:
        with (
            pytest.raises(WorkbenchError, match="cannot write in the workspace .*Permission denied"),
            store.new_batch(),
        ):
            pass
    finally:
        (store.path / ".scratch").chmod(0o700)
