"""Reading and tagging without a page: saved at once, said twice is kept once, nothing lost when a process dies."""

import csv
import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from deep import DEEP
from small_workspace import make

from workbench import Workspace
from workbench.errors import BadRequest, UnknownCode, UnknownName

ROOT = Path(__file__).parent.parent
WRITERS, EACH = 4, 500 if DEEP else 120


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    made = make(tmp_path / "workspace", with_map=False)
    ids = made.traces(columns=["trace_id"])["trace_id"].tolist()
    made.store.add_sample([{"sample_id": "s", "trace_id": each, "stratum": "rest", "weight": 4.0} for each in ids[:10]])
    made.change_codebook("create", "wrong date", author="ana", fields={"severity": 2, "aliases": ["date mix-up"]})
    made.change_codebook("create", "rude", author="ana")
    return made


def bench(ws: Workspace, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "workbench", "-w", str(ws.path), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


# --- reading ------------------------------------------------------------------------------------------------------


def test_a_reading_is_saved_whole_and_redacted(ws: Workspace) -> None:
    reading = ws.save_reading(
        "t-01", "ana", outcome="fail", note="called Mary Jones, mary@x.org", at="message:2", codes=["DATE mix_up"],
        severities={"wrong date": 4}, saw={"page": "read"}, seconds=7.5,
    )  # fmt: skip
    assert (reading.outcome, reading.at, reading.names) == ("fail", "message:2", ("wrong date",))
    assert reading.note is not None and "Mary" not in reading.note and "<EMAIL_1>" in reading.note
    labels = ws.labels()
    assert set(labels["dimension"]) == {"outcome", "note", "code"} and set(labels["seconds"]) == {7.5}
    code = labels[labels["dimension"] == "code"].iloc[0]
    assert (code["severity"], code["codebook_version"], code["at"]) == (4, 2, "message:2")
    assert set(labels["round"]) == {"blind"} and set(labels["annotator_kind"]) == {"human"}
    assert json.loads(labels["saw"].iloc[0]) == {"page": "read"}


def test_the_same_said_five_times_writes_once(ws: Workspace) -> None:
    for _ in range(5):
        ws.save_reading("t-01", "ana", outcome="fail", note="called Mary Jones", codes=["rude"])
    assert len(ws.labels(newest=False)) == 3
    ws.save_reading("t-01", "ana", codes=["rude", "wrong date"])
    assert len(ws.labels(newest=False)) == 4
    ws.save_reading("t-01", "ana", codes=["wrong date"])
    assert ws.reading("t-01", "ana").names == ("wrong date",)


def test_undo_shows_what_it_took_back_and_stops_at_the_start(ws: Workspace) -> None:
    ws.save_reading("t-01", "ana", outcome="pass")
    ws.save_reading("t-00", "ana", outcome="fail", note="late")
    undone = ws.undo("ana", sample_id="s")
    assert undone is not None and undone.trace_id == "t-00" and set(undone.dimensions) == {"outcome", "note"}
    assert not ws.reading("t-00", "ana").reviewed
    undone = ws.undo("ana")
    assert undone is not None and undone.trace_id == "t-01"
    assert ws.undo("ana") is None and ws.undo("ben") is None


def test_readers_do_not_touch_each_other(ws: Workspace) -> None:
    ws.save_reading("t-01", "ana", outcome="pass")
    ws.save_reading("t-01", "ben", outcome="fail", codes=["rude"])
    assert ws.reading("t-01", "ana").outcome == "pass" and ws.reading("t-01", "ben").outcome == "fail"
    queue = ws.reading_queue("s", "ben").set_index("trace_id")
    assert queue.loc["t-01", "outcome"] == "fail" and queue.loc["t-01", "n_codes"] == 1
    assert queue["reviewed"].sum() == 1 and ws.reading_queue("s", "chen")["reviewed"].sum() == 0


def test_a_queue_keeps_the_order_of_the_sample_and_an_unknown_one_says_so(ws: Workspace) -> None:
    assert ws.reading_queue("s", "ana")["trace_id"].tolist() == ws.store.samples("s")["trace_id"].tolist()
    with pytest.raises(UnknownName, match="choose one of: s"):
        ws.reading_queue("other", "ana")


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"trace_id": "gone", "outcome": "pass"}, BadRequest),
        ({"outcome": "good"}, BadRequest),
        ({"codes": ["unheard of"]}, UnknownCode),
        ({"codes": ["rude"], "severities": {"rude": 9}}, BadRequest),
        ({"outcome": "fail", "at": "somewhere"}, BadRequest),
        ({"outcome": "fail", "round_": "third"}, BadRequest),
        ({"annotator": "ana@example.com", "outcome": "fail"}, BadRequest),
        ({"annotator": "  ", "outcome": "fail"}, BadRequest),
    ],
)
def test_what_cannot_be_saved_leaves_nothing(ws: Workspace, said: dict, error: type) -> None:
    revision = ws.revision
    with pytest.raises(error):
        ws.save_reading(**{"trace_id": "t-01", "annotator": "ana", "note": "half", **said})
    assert ws.revision == revision and ws.labels(newest=False).empty


def test_keys_offer_what_was_used_last_and_do_not_move_while_a_trace_is_read(ws: Workspace) -> None:
    assert ws.code_keys("ana", "t-01", sample_id="s") == ["wrong date", "rude"]
    ws.save_reading("t-00", "ana", codes=["rude"])
    assert ws.code_keys("ana", "t-01", sample_id="s") == ["rude", "wrong date"]
    assert ws.code_keys("ana", "t-00", sample_id="s") == ["wrong date", "rude"]
    assert ws.code_keys("ben", "t-01", sample_id="s") == ["wrong date", "rude"]


def test_a_code_typed_while_reading_is_found_or_made(ws: Workspace) -> None:
    assert ws.code_named("Date  mix-up", author="ana") == "wrong date"
    assert ws.code_named("too  long", author="ana", reason="named while reading") == "too long"
    assert ws.codebook().version == 3


def test_traces_since_a_code_was_new(ws: Workspace) -> None:
    assert ws.since_new_code("s", "ana") is None
    ids = ws.store.samples("s")["trace_id"].tolist()
    for trace_id, said in zip(ids, [{"codes": ["rude"]}, {"outcome": "pass"}, {"codes": ["rude"]}], strict=False):
        ws.save_reading(trace_id, "ana", **said)
    assert ws.since_new_code("s", "ana") == 2
    ws.save_reading(ids[4], "ana", codes=["wrong date"])
    assert ws.since_new_code("s", "ana") == 0 and ws.since_new_code("s", "ben") is None


# --- from a file --------------------------------------------------------------------------------------------------

BAD = """trace_id,annotator,dimension,value,severity,note
t-00,ana,outcome,fail,,called Mary Jones
t-00,ana,outcome,fail,,called Mary Jones
nope,ana,outcome,fail,,
t-01,ana,code,unheard of,,
t-01,ana,code,rude,9,
t-01,ana,outcome,oops,,
t-01,ana,note,mail mary@example.com,,
"""


def test_bad_rows_are_refused_with_reasons_and_the_others_taken(ws: Workspace, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(BAD)
    found = bench(ws, "labels", "import", str(tmp_path / "a.csv"), "--json")
    report = json.loads(found.stdout)
    assert found.returncode == 0 and (report["labels"], report["rejected"]) == (2, 5)
    assert {(row["file"], row["row"]) for row in report["rejected_rows"]} == {("a.csv", row) for row in range(1, 6)}
    assert "Mary" not in found.stdout + found.stderr and "mary" not in found.stdout + found.stderr
    assert "Mary" not in str(ws.labels().to_dict("records")) and "mary@" not in str(ws.labels().to_dict("records"))
    again = json.loads(bench(ws, "labels", "import", str(tmp_path / "a.csv"), "--json").stdout)
    assert (again["labels"], again["known"], again["rejected"]) == (0, 2, 5)


def test_a_file_of_which_nothing_can_be_used_is_exit_2_and_writes_nothing(ws: Workspace, tmp_path: Path) -> None:
    revision = ws.revision
    for text in (
        "trace_id,who,dimension,value\nt-00,ana,outcome,fail\n",
        BAD.splitlines()[0] + "\nnope,a,outcome,fail,,\n",
    ):
        (tmp_path / "a.csv").write_text(text)
        found = bench(ws, "labels", "import", str(tmp_path / "a.csv"))
        assert found.returncode == 2 and found.stderr.count("\n") <= 2
    assert ws.revision == revision


def test_codes_are_made_with_their_labels_or_not_at_all(ws: Workspace, tmp_path: Path) -> None:
    rows = "t-00,ana,code,Made Up,4,\nt-01,ana,code,made-up,2,\nt-02,ana,code,made up,,\nt-02,ana,code,x mary@y.com,,\n"
    (tmp_path / "a.csv").write_text(BAD.splitlines()[0] + "\n" + rows)
    report = ws.import_labels(tmp_path / "a.csv", create_codes=True)
    assert (report.labels, report.rejected, report.new_codes) == (3, 1, ["Made Up"])
    code = ws.codebook().get("made up")
    assert code.severity == 4 and set(ws.labels()["codebook_version"]) == {3}
    assert ws.import_labels(tmp_path / "a.csv", create_codes=True).known == 3 and ws.codebook().version == 3


def test_a_label_finds_a_trace_whose_id_was_an_address(ws: Workspace, tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text('{"id": "mary@example.com", "input": "hello", "output": "hi"}\n')
    ws.ingest(tmp_path / "t.jsonl")
    (tmp_path / "a.csv").write_text("item,annotator,dimension,value\nmary@example.com,ana,outcome,fail\n")
    assert ws.import_labels(tmp_path / "a.csv").labels == 1
    assert ws.labels()["trace_id"].iloc[0] in set(ws.traces(columns=["trace_id"])["trace_id"])
    assert "mary" not in ws.labels()["trace_id"].iloc[0]


def test_labels_that_were_exported_come_back_the_same(ws: Workspace, tmp_path: Path) -> None:
    ws.save_reading("t-00", "ana", outcome="fail", note="late, and curt", at="message:2", codes=["rude"])
    ws.save_reading("t-00", "ana", outcome="pass", codes=[])
    ws.export("labels", tmp_path / "labels.csv")
    assert ws.import_labels(tmp_path / "labels.csv").rejected == 0
    other = make(tmp_path / "other", with_map=False)
    for name in ("wrong date", "rude"):
        other.change_codebook("create", name, author="ana")
    report = other.import_labels(tmp_path / "labels.csv")
    assert (report.labels, report.rejected) == (5, 0)
    assert other.reading("t-00", "ana") == ws.reading("t-00", "ana")


def test_the_demos_labels_are_taken_whole(tmp_path: Path) -> None:
    source = ROOT / "sample_data" / "labels.csv"
    with source.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    ws = Workspace.create(tmp_path / "w")
    with ws.store.new_batch() as batch:
        batch.add_traces([{"trace_id": each, "input": "x"} for each in sorted({row["trace_id"] for row in rows})])
        batch.commit({})
    report = ws.import_labels(source, create_codes=True)
    assert report.labels + report.rejected == len(rows) and report.rejected == 0
    assert ws.import_labels(source).labels == 0
    assert set(report.dimensions) >= {"outcome", "code", "note", "tone"}
    assert set(ws.labels()["value"]) >= {"curt", "warm", "partial"}  # a rubric's words are not taken for names


# --- real files ---------------------------------------------------------------------------------------------------


def test_agent_runs_with_step_failures(test_data: Path, tmp_path: Path) -> None:
    folder = test_data / "agentrx_tau"
    runs = json.loads((folder / "tau_dataset_failed.json").read_text())
    ws = Workspace.create(tmp_path / "w")
    with ws.store.new_batch() as batch:  # the ids are what matters here; ingest has its own tests
        batch.add_traces([{"trace_id": str(run["task_id"]), "input": "x"} for run in runs])
        batch.commit({})
    report = ws.import_labels(folder / "tau_ground_truth.json", create_codes=True)
    assert report.dimensions == {"code": 39, "root_cause": 29} and report.rejected == 0
    labels = ws.labels()
    codes = labels[labels["dimension"] == "code"]
    assert codes["trace_id"].nunique() == 29
    assert codes["value"].value_counts().to_dict() == {  # data/README.md
        "Underspecified User Intent": 10, "Misinterpretation of Tool Output": 8, "Intent Plan Misalignment": 8,
        "Instruction Adherence Failure": 6, "Invalid Invocation": 4, "Intent Not Supported": 2, "System Failure": 1,
    }  # fmt: skip
    roots = labels[labels["dimension"] == "root_cause"]["value"].value_counts()
    assert roots["Instruction Adherence Failure"] == 3 and roots["Invalid Invocation"] == 1
    assert codes["at"].str.fullmatch(r"step:\d+").all()
    assert ws.import_labels(folder / "tau_ground_truth.json").labels == 0


def test_spelling_variants_of_a_category_are_one_code(test_data: Path, tmp_path: Path) -> None:
    runs = json.loads((test_data / "agentrx_tau" / "tau_ground_truth.json").read_text())
    spell = [str.upper, str.lower, lambda name: name.replace(" ", "-"), lambda name: name.replace(" ", "_") + "s", str]
    dice = random.Random(0)
    for run in runs:
        for failure in run["failures"]:
            failure["failure_category"] = dice.choice(spell)(failure["failure_category"])
    (tmp_path / "a.json").write_text(json.dumps(runs))
    ws = Workspace.create(tmp_path / "w")
    with ws.store.new_batch() as batch:
        batch.add_traces([{"trace_id": str(run["trajectory_id"]), "input": "x"} for run in runs])
        batch.commit({})
    report = ws.import_labels(tmp_path / "a.json", create_codes=True)
    assert len(report.new_codes) == 7 and report.dimensions["code"] == 39
    counts = sorted(ws.labels().query("dimension == 'code'")["value"].value_counts())
    assert counts == [1, 2, 4, 6, 8, 8, 10]


def test_notes_that_were_taken_elsewhere_come_in_as_one_annotators_open_codes(test_data: Path, tmp_path: Path) -> None:
    """docs/reading.md tells this way: a long-form file of notes, joined to the traces by their text."""
    traces = json.loads((test_data / "nurtureboss" / "nurtureboss_traces_labeled.json").read_text())
    ws = Workspace.create(tmp_path / "w")
    with ws.store.new_batch() as batch:
        batch.add_traces([{"trace_id": trace["lsmith_id"], "input": "x"} for trace in traces])
        batch.commit({})
    notes = [
        {"trace_id": trace["lsmith_id"], "annotator": "first reader", "dimension": "note", "value": "\n".join(said)}
        for trace in traces
        if (said := [str(trace[name]) for name in ("Notes", "z_note") if trace.get(name)])
    ]
    pd.DataFrame(notes).to_csv(tmp_path / "notes.csv", index=False)
    report = ws.import_labels(tmp_path / "notes.csv")
    assert (report.labels, report.rejected) == (len(notes), 0) and len(notes) >= 42
    reading = ws.reading(notes[0]["trace_id"], "first reader")
    assert reading.note and not reading.reviewed


# --- two people at once, and one whose machine dies -----------------------------------------------------------------

WRITER = """
import sys
from workbench import Workspace
folder, annotator, n = sys.argv[1], sys.argv[2], int(sys.argv[3])
ws = Workspace(folder)
for number in range(n):
    outcome = ("pass", "fail", "defer")[number % 3]
    ws.save_reading(f"g{number:04d}", annotator, outcome=outcome, saw={"page": "read"})
    print(number, flush=True)
"""


def test_four_writers_lose_nothing_though_one_is_killed(tmp_path: Path) -> None:
    ws = Workspace.create(tmp_path / "w")
    with ws.store.new_batch() as batch:
        batch.add_traces([{"trace_id": f"g{number:04d}", "input": "x"} for number in range(EACH)])
        batch.commit({})
    ws.store.close()

    def start(annotator: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", WRITER, str(ws.path), annotator, str(EACH)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    annotators = [f"a{number}" for number in range(WRITERS)]
    writers = {annotator: start(annotator) for annotator in annotators}
    victim = writers["a0"]
    assert victim.stdout is not None
    confirmed = -1
    for line in victim.stdout:
        confirmed = int(line)
        if confirmed >= EACH // 3:
            break
    time.sleep(random.Random(0).random() / 50)
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    victim.stdout.close()
    after_the_kill = ws.labels(annotator="a0", newest=False)
    assert len(after_the_kill) >= confirmed + 1, "what was confirmed is there"
    writers["a0"] = start("a0")  # the same again, from the start
    for writer in writers.values():
        said = writer.communicate()[0]
        assert writer.returncode == 0 and said.count("\n") == EACH
    labels = ws.labels(newest=False)
    assert len(labels) == WRITERS * EACH == len(ws.labels())
    assert not labels.duplicated(["trace_id", "annotator", "dimension"]).any()
    wanted = [("pass", "fail", "defer")[number % 3] for number in range(EACH)]
    for annotator in annotators:
        own = labels[labels["annotator"] == annotator].sort_values("trace_id")
        assert own["value"].tolist() == wanted
