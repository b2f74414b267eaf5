"""Four processes work one queue at once and one is killed: nothing is lost, nobody is asked beyond the plan."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from labelling_workspace import GIVEN, SAMPLE, make_labelling

from workbench import Workspace

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
N = 24

# Takes item after item until there is none; says on a line of its own what it was given and what it has saved.
WORKER = """
import json, sys
from datetime import datetime
from workbench import Workspace

folder, queue, name, now, given = sys.argv[1:]
now, given, ws = datetime.fromisoformat(now), json.loads(given), Workspace(folder)
while (item := ws.queue_item(queue, name, now=now)) is not None:
    print(json.dumps(["given", item.slot_id]), flush=True)
    ws.answer_item(queue, item.slot_id, name, declined=True, now=now)
    ws.save_item(queue, item.slot_id, name, outcome="pass", dimensions=given, now=now)
    print(json.dumps(["saved", item.slot_id]), flush=True)
ws.store.close()
"""


def start(ws: Workspace, queue: str, name: str, now: datetime) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", WORKER, str(ws.path), queue, name, now.isoformat(), json.dumps(GIVEN)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def told(worker: "subprocess.Popen[str]") -> list[tuple[str, int]]:
    """What a worker that goes on to its end says from now on."""
    assert worker.stdout is not None
    with worker.stdout as lines:
        said = [tuple(json.loads(line)) for line in lines]
    assert worker.wait(timeout=300) == 0
    return said


@pytest.mark.parametrize("assign", ["open", pytest.param("fixed", marks=pytest.mark.deep)])
def test_four_processes_and_one_that_is_killed(tmp_path, database_url, assign):
    ws = make_labelling(tmp_path / "w", n=N, database_url=database_url)
    names = ["ana", "cem", "dee", "eve"]
    report = ws.make_queue(
        SAMPLE, per_item=2, overlap=0.5, annotators=names, assign=assign, gold="adjudicated", gold_share=0.1, now=NOON
    )
    queue = report.queue_id
    workers = {name: start(ws, queue, name, NOON) for name in names}
    doomed = workers.pop("eve")
    assert doomed.stdout is not None
    for line in doomed.stdout:  # killed while it works, holding an item or in the middle of a save
        if json.loads(line)[0] == "given":
            break
    os.kill(doomed.pid, signal.SIGKILL)
    doomed.stdout.close()
    assert doomed.wait(timeout=60) == -signal.SIGKILL
    said = {name: told(worker) for name, worker in workers.items()}
    given = Counter(slot for lines in said.values() for what, slot in lines if what == "given")
    assert set(given.values()) == {1}, "no slot was given to two"
    for lines in said.values():
        assert [slot for what, slot in lines if what == "given"] == [slot for what, slot in lines if what == "saved"]

    later = NOON + timedelta(minutes=31)
    if assign == "fixed":  # what was planned to the dead one goes to the others
        done = ws.hand_over(queue, "eve", now=later)
        assert done.stuck == 0
    for name in ("ana", "cem", "dee"):
        while (item := ws.queue_item(queue, name, now=later)) is not None:
            ws.save_item(queue, item.slot_id, name, outcome="defer", now=later)
    slots = pd.DataFrame(ws.store.queue_slots(queue))
    regular = slots[~slots["gold"].astype(bool)]
    assert (regular["state"] == "done").all(), "no item is lost"
    assert sorted(regular.groupby("trace_id").size()) == [1] * (N // 2) + [2] * (N // 2), "overlap exactly as planned"
    assert not slots.dropna(subset="annotator").duplicated(["trace_id", "annotator"]).any(), "nobody twice on a trace"
    labels = ws.labels(newest=False)
    mine = labels[(labels["dimension"] == "outcome") & labels["rubric_version"].notna()]
    assert not mine.duplicated(["trace_id", "annotator"]).any()
    said_of = mine[mine["trace_id"].isin(regular["trace_id"])].groupby("trace_id").size()
    assert said_of.to_dict() == regular.groupby("trace_id").size().to_dict(), "as many labels as were asked for"
    done_gold = slots[slots["gold"].astype(bool) & (slots["state"] == "done")]
    for name in ("ana", "cem", "dee"):
        assert len(done_gold[done_gold["annotator"] == name]) <= 2
    assert set(ws.gold_checks(queue)["annotator"]) <= set(names)
    ws.store.close()
