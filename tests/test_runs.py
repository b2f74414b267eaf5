"""Running a golden set: functions, commands and services that fail in every way, resuming, sealed cases, trip-wires.

Commands are real processes, services real ones over HTTP, and the run that is killed is a process that is killed.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from golden_cases import accept, case
from judge_service import Service

from workbench import Workspace
from workbench.cli import cli
from workbench.errors import (
    BadRequest,
    BadSettings,
    EndpointFailed,
    NotReady,
    UnknownName,
    WorkbenchError,
    WorkspaceBusy,
)
from workbench.runs import NoAnswer, pick, run, target_of

PATIENT = "[judging]\nattempts = 3\nfirst_wait = 0.01\nlongest_wait = 2.0\ngive_up_after = 4\n"
N = 12


def exact(number: int, **more):
    return case(number, evaluation_type="exact", reference=f"{number} days", **more)


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    folder = tmp_path / "w"
    Workspace.create(folder)
    (folder / "workspace.toml").write_text(PATIENT)
    ws = Workspace(folder)
    accept(ws, *(exact(n) for n in range(N)))
    ws.freeze(author="ana", reason="first", blind_share=0)
    return ws


def number_of(payload) -> int:
    return int(payload["query"].split("item ")[1].split()[0])


def right(payload):
    return f"{number_of(payload)} days"


def errors(ws: Workspace, run_id: str) -> dict[int, str]:
    rows = ws.run_results(run_id)
    return {int(row.case_id[-3:]): row.error for row in rows.itertuples() if row.error}


# --- functions ----------------------------------------------------------------------------------------------------


def test_a_function_is_asked_every_case_and_scored_by_the_references(ws) -> None:
    told = []
    report = ws.run(lambda p: {"output": right(p) if number_of(p) else "no idea"}, release="r1",
                    progress=lambda *each: told.append(each))  # fmt: skip
    assert (report.version, report.cases, report.answered, report.errors, report.scored) == (1, N, N, 0, N)
    assert report.complete and not report.resumed and told[-1][1:] == (N, N)
    rows = ws.run_results(report.run_id).set_index("case_id")
    assert list(rows.columns) == ["output", "passed", "score", "scorer", "error"]
    assert rows.loc["case-000", "passed"] is False and rows["passed"].sum() == N - 1
    assert set(rows["scorer"]) == {"exact"}
    [row] = ws.runs().to_dict("records")
    assert (row["answered"], row["errors"], row["trip_wire"]) == (N, 0, False) and row["finished_at"] is not None


def test_what_a_function_does_wrong_is_a_row_with_an_error(ws) -> None:
    release = threading.Event()

    def odd(payload):
        payload["query"] = payload["query"] + ""  # a copy of its own: what it changes is nobody else's
        match number_of(payload):
            case 0:
                raise ValueError("mail lee@example.com about it")
            case 1:
                return 7
            case 2:
                return "  "
            case 3:
                return "\ud800"
            case 4:
                sys.exit(3)
            case 5:
                release.wait(30)
        return right(payload)

    report = ws.run(odd, release="r1", timeout=1.0)
    release.set()
    assert (report.answered, report.errors, report.scored) == (N - 6, 6, N - 6)
    found = errors(ws, report.run_id)
    assert found == {
        0: "it raised ValueError", 1: "an answer of type int where text was expected", 2: "an empty answer",
        3: "an answer that is no valid text", 4: "it raised SystemExit", 5: "no answer within 1 s",
    }  # fmt: skip
    assert report.problems["an empty answer"] == 1 and "6 errors" in repr(report)
    assert ws.runs()["finished_at"].isna().all()


def test_only_what_is_missing_or_failed_is_asked_again(ws) -> None:
    asked = []

    def flaky(payload):
        asked.append(number_of(payload))
        if number_of(payload) == 3 and asked.count(3) == 1:
            raise OSError
        return right(payload)

    first = ws.run(flaky, release="r1", limit=6)
    assert (first.cases, first.answered, first.errors) == (6, 5, 1)
    second = ws.run(flaky, release="r1")
    assert (second.run_id, second.resumed, second.skipped, second.answered) == (first.run_id, True, 5, 7)
    assert sorted(asked) == sorted([*range(N), 3]) and errors(ws, first.run_id) == {}
    assert ws.run(flaky, release="r2").run_id != first.run_id
    anew = ws.run(flaky, release="r1", fresh=True)
    assert anew.run_id != first.run_id and anew.answered == N
    assert ws.run(flaky, release="r1").run_id == anew.run_id
    assert ws.run(right, release="r1").run_id not in {first.run_id, anew.run_id}


def test_personal_data_in_an_answer_is_not_stored(ws) -> None:
    report = ws.run(lambda p: "write to lee.miller@example.com", release="r1 of lee.miller@example.com")
    assert ws.run_results(report.run_id)["output"].str.contains("<EMAIL").all()
    for path in ws.path.rglob("*"):
        assert not path.is_file() or b"lee.miller@example.com" not in path.read_bytes()


def test_no_more_at_a_time_than_said(ws) -> None:
    lock, now, most = threading.Lock(), [0], [0]

    def slow(payload):
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        time.sleep(0.05)
        with lock:
            now[0] -= 1
        return right(payload)

    ws.run(slow, release="r1", concurrency=3)
    assert most[0] == 3


def test_a_run_is_one_process_at_a_time(ws) -> None:
    report = ws.run(right, release="r1")
    begun, end = threading.Event(), threading.Event()

    def hold() -> None:
        with ws.store.running(report.run_id):
            begun.set()
            end.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    begun.wait(30)
    with pytest.raises(WorkspaceBusy, match=report.run_id):
        ws.run(right, release="r1")
    end.set()
    thread.join()
    assert ws.run(right, release="r1").skipped == N


def test_an_error_of_the_runner_itself_is_not_swallowed() -> None:
    with pytest.raises(ZeroDivisionError):
        run(lambda case_id, payload: str(1 / 0), [("a", {})], lambda found: None)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("no_such_module:answer", "cannot be imported"),
        ("json:nothing", "has no function"),
        ("no-such-program-anywhere --now", "no program"),
        ("'open", "quotes"),
        ("http://localhost:1/v1", "needs a model"),
    ],
)
def test_targets_that_are_none(target: str, words: str) -> None:
    with pytest.raises(BadRequest, match=words) as error:
        target_of(target)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("changed", [{"release": " "}, {"limit": 0}, {"concurrency": 0}, {"timeout": 0}])
def test_requests_that_cannot_be(ws, changed) -> None:
    with pytest.raises(BadRequest):
        ws.run(right, **{"release": "r1", **changed})
    with pytest.raises(UnknownName):
        ws.run_results("run-nowhere")


# --- commands -----------------------------------------------------------------------------------------------------

PROGRAM = """
import json, os, subprocess, sys, time
payload = json.loads(sys.stdin.readline())
number = int(payload["query"].split("item ")[1].split()[0])
if number == 0: sys.exit(1)
if number == 1: time.sleep(60)
if number == 2: os.write(1, b"\\xff\\xfe\\x00")
if number == 3: pass
if number == 4: os.kill(os.getpid(), 9)
if number == 5: print(json.dumps({"output": "5 days", "more": 1}))
if number == 6:
    for _ in range(200): os.write(1, b"x" * 65536)
if number == 7:
    child = subprocess.Popen(["sleep", "61"])
    open(sys.argv[1], "w").write(str(child.pid))
    os._exit(0)
if number > 7: print(f"{number} days")
"""


def alive(pid: int) -> bool:
    """Whether a process is there and is more than an entry that nobody has cleared."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"


def test_what_a_command_does_wrong_is_a_row_with_an_error(ws, tmp_path) -> None:
    program = tmp_path / "answer.py"
    program.write_text(PROGRAM)
    report = ws.run(f"{sys.executable} {program} {tmp_path / 'child'}", release="r1", timeout=10.0)
    assert errors(ws, report.run_id) == {
        0: "exit status 1", 1: "no answer within 10 s", 2: "an answer that is no valid text", 3: "an empty answer",
        4: "ended by signal 9", 6: "an answer of many megabytes", 7: "no answer within 10 s",
    }  # fmt: skip
    rows = ws.run_results(report.run_id).set_index("case_id")
    assert rows.loc["case-005", "output"] == "5 days" and rows.loc["case-011", "passed"] is True
    assert not alive(int((tmp_path / "child").read_text()))


def test_a_command_may_leave_its_input_unread_and_end() -> None:
    with target_of("echo done").opened(timeout=30, concurrency=1) as ask:
        assert ask("a", {"query": "x" * 1_000_000}) == "done"
    with target_of("false").opened(timeout=30, concurrency=1) as ask, pytest.raises(NoAnswer, match="exit status 1"):
        ask("a", {"query": "x"})


# --- services -----------------------------------------------------------------------------------------------------


@pytest.fixture
def service():
    made = Service(reply=lambda prompt: f"{number_of({'query': prompt})} days")
    yield made
    made.stop()


def served(service: Service, **more):
    return {"url": service.url, "model": "small-2", "key_env": "TARGET_KEY", "requests_per_minute": 1e6, **more}


def test_a_service_that_fails_once_is_asked_again(ws, service, monkeypatch) -> None:
    monkeypatch.setenv("TARGET_KEY", "sk-target-key")
    service.plan = lambda number, attempt: "500" if number == 2 and attempt == 1 else None
    report = ws.run(served(service, system="Answer in days."), release="r1")
    assert (report.answered, report.errors, report.scored) == (N, 0, N)
    assert ws.run_results(report.run_id)["passed"].all() and max(service.attempts.values()) == 2
    path, headers, body = service.seen[0]
    assert path == "/v1/chat/completions" and headers["Authorization"] == "Bearer sk-target-key"
    assert body["model"] == "small-2" and [each["role"] for each in body["messages"]] == ["system", "user"]
    for file in ws.path.rglob("*"):
        assert not file.is_file() or b"sk-target-key" not in file.read_bytes()


def test_a_service_that_is_gone_ends_the_run_and_what_it_answered_is_kept(ws, service, monkeypatch) -> None:
    monkeypatch.setenv("TARGET_KEY", "sk-target-key")
    service.plan = lambda number, attempt: "503" if number >= 5 else None
    with pytest.raises(EndpointFailed, match="4 cases one after another"):
        ws.run(served(service), release="r1", concurrency=1)
    service.plan = lambda number, attempt: None
    report = ws.run(served(service), release="r1")
    assert (report.resumed, report.skipped, report.answered) == (True, 5, N - 5)
    service.plan = lambda number, attempt: "401"
    with pytest.raises(EndpointFailed, match="401"):
        ws.run(served(service), release="r2")


@pytest.mark.parametrize(
    ("changed", "words"),
    [({"url": "localhost"}, "no http"), ({"modle": "x"}, "services do not have"), ({"key_env": "sk-1"}, "key_env")],
)
def test_services_that_cannot_be(ws, service, changed, words) -> None:
    with pytest.raises(BadSettings, match=words):
        ws.run({**served(service), **changed}, release="r1")
    with pytest.raises(BadSettings, match="holds no key"):
        ws.run(served(service, key_env="NO_SUCH_KEY_HERE"), release="r1")


def test_what_a_case_brings_is_sent_as_services_expect_it(service) -> None:
    target = target_of(served(service, temperature="default", parameters={"top_p": 0.5}))
    payload = {
        "query": "when?", "history": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}],
        "retrieved_context": [{"id": "1", "text": "At noon."}], "tool_definitions": [{"name": "clock"}],
    }  # fmt: skip
    body = json.loads(target.body(payload))
    assert [each["role"] for each in body["messages"]] == ["user", "assistant", "user"]
    assert body["messages"][-1]["content"] == "Context:\n[1] At noon.\n\nwhen?"
    assert body["tools"] == [{"type": "function", "function": {"name": "clock"}}]
    assert body["top_p"] == 0.5 and "temperature" not in body


# --- killed -------------------------------------------------------------------------------------------------------

SLOW = """
import pathlib, sys, time
def answer(payload):
    with open("asked.txt", "a") as file:
        file.write(payload["query"] + "\\n")
    time.sleep(0.4)
    return payload["query"].split("item ")[1].split()[0] + " days"
"""


def test_a_run_that_is_killed_goes_on_where_it_was(ws, tmp_path) -> None:
    (tmp_path / "slow_target.py").write_text(SLOW)
    command = [sys.executable, "-m", "workbench", "-w", str(ws.path), "run", "--target", "slow_target:answer",
               "--release", "r1", "--concurrency", "1", "--json"]  # fmt: skip
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 120
    while time.monotonic() < until:
        runs = ws.runs()
        if len(runs) and runs["answered"].iloc[0] >= 3:
            break
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    kept = int(ws.runs()["answered"].iloc[0])
    assert 3 <= kept < N
    before = len((tmp_path / "asked.txt").read_text().splitlines())
    found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    answer = json.loads(found.stdout)
    assert answer["resumed"] is True and answer["skipped"] == kept
    assert (answer["answered"], answer["errors"], answer["scored"]) == (N - kept, 0, N)
    assert len((tmp_path / "asked.txt").read_text().splitlines()) == before + N - kept
    assert len(ws.runs()) == 1


# --- sealed cases and trip-wires ----------------------------------------------------------------------------------


def test_sealed_cases_are_asked_only_where_they_were_opened(tmp_path) -> None:
    ws = Workspace.create(tmp_path / "b")
    accept(ws, *(exact(n) for n in range(30)))
    ws.freeze(author="ana", reason="first")
    seen = []

    def watched(payload):
        seen.append(payload["query"])
        return right(payload)

    with pytest.raises(NotReady, match="not opened for release r1"):
        ws.run(watched, release="r1", include_blind=True)
    assert seen == []
    assert ws.run(watched, release="r1").cases == 24
    opened = ws.open_golden(1, release="r1", reason="final", opened_by="lee")
    assert not {each.query for each in opened.cases} & set(seen)
    report = ws.run(watched, release="r1", include_blind=True)
    assert (report.cases, report.skipped, report.answered) == (30, 24, 6)
    with pytest.raises(NotReady):
        ws.run(watched, release="r2", include_blind=True)
    with pytest.raises(BadRequest, match="trip-wire"):
        ws.run(watched, release="r1", include_blind=True, trip_wire=True)


def plain(n: int, **more):
    return {"case_id": f"c{n}", "risk_level": "medium", "source": "expert", "slices": {"intent": "ab"[n % 2]}, **more}


def test_a_trip_wire_has_what_is_dear_and_a_spread_of_the_rest() -> None:
    cases = [plain(n, risk_level="high") if n < 40 else plain(n) for n in range(600)]
    cases += [plain(600 + n, slices={"intent": "rare", "n": str(n)}) for n in range(30)]
    found = pick(cases, critical=["intent=rare"])
    chosen = set(found.case_ids)
    assert len(chosen) == 150 and (found.dear, found.dear_left, found.of) == (70, 0, 630)
    assert {each["case_id"] for each in cases[:40] + cases[600:]} <= chosen
    rest = [each["slices"]["intent"] for each in cases[40:600] if each["case_id"] in chosen]
    assert rest.count("a") == rest.count("b") == 40
    assert found == pick(cases, critical=["intent=rare"]) != pick(cases, critical=["intent=rare"], seed=1)
    assert "150 of 630 open cases: all 70 of critical slices" in found.sentence
    crowded = pick([plain(n, risk_level="critical") for n in range(300)])
    assert len(crowded.case_ids) == 200 and crowded.dear_left == 100 and "200 of 300 of critical" in crowded.sentence
    assert len(pick(cases[40:60]).case_ids) == 20


# --- to the gate --------------------------------------------------------------------------------------------------

CONTRACT = '[contract]\nthreshold = 0.8\ncritical = ["intent=refunds"]\n'


def gate(ws, *arguments: str):
    found = CliRunner().invoke(cli, ["-w", str(ws.path), "gate", *arguments, "--json"])
    if isinstance(found.exception, WorkbenchError):
        return 2, {}, str(found.exception)
    return found.exit_code, json.loads(found.stdout), found.stderr


def test_a_run_is_gated_by_its_id_and_by_its_file(tmp_path) -> None:
    folder = tmp_path / "g"
    Workspace.create(folder)
    (folder / "workspace.toml").write_text(CONTRACT)
    ws = Workspace(folder)
    accept(ws, *(exact(n) for n in range(80)))
    ws.freeze(author="ana", reason="first", blind_share=0)
    report = ws.run(right, release="r1")
    bad = ws.run(lambda p: right(p) if number_of(p) % 2 else "no", release="r2")
    out = tmp_path / "results.jsonl"
    assert ws.export_run(report.run_id, out) == 80
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert rows[0].keys() >= {"case_id", "output", "passed", "error", "golden_version", "run_id"}
    assert gate(ws, "--results", str(out))[0] == gate(ws, "--results", report.run_id)[0] == 0
    assert len(ws.gate_looks()) == 1  # the file and the run are one look
    code, answer, _ = gate(ws, "--results", bad.run_id, "--baseline", report.run_id)
    assert code == 1 and answer["paired"]["lost"] == 40
    accept(ws, exact(80))
    ws.freeze(author="ana", reason="second", blind_share=0)
    assert gate(ws, "--results", report.run_id)[0] == 0  # on the version it ran on
    _, answer, told = gate(ws, "--results", str(out))
    assert "run on version 1 and are gated on version 2" in told and answer["counts"]["missing"] == 1
    _, _, told = gate(ws, "--golden", "1", "--results", bad.run_id, "--baseline", str(out))
    assert "on version 2" not in told
    assert gate(ws, "--results", "run-nowhere")[0] == 2
    with pytest.raises(BadRequest, match="jsonl"):
        ws.export_run(report.run_id, tmp_path / "r.csv")


def test_a_trip_wire_is_gated_on_its_own_cases(tmp_path) -> None:
    folder = tmp_path / "t"
    Workspace.create(folder)
    (folder / "workspace.toml").write_text('[contract]\nthreshold = 0.8\nmode = "trip-wire"\n')
    ws = Workspace(folder)
    accept(ws, *(exact(n) for n in range(240)))
    ws.freeze(author="ana", reason="first", blind_share=0)
    report = ws.run(right, release="r1", trip_wire=True)
    assert report.cases == 150 and report.pick.dear == 80 and "150 of 240" in report.notices[0]
    ws.export_run(report.run_id, tmp_path / "r.jsonl")
    for results in (report.run_id, str(tmp_path / "r.jsonl")):
        code, answer, told = gate(ws, "--results", results)
        assert code == 0 and answer["overall"]["n"] == 150 and answer["counts"]["missing"] == 0
        assert "150 of 240 open cases" in told
    lines = (tmp_path / "r.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "fewer.jsonl").write_text("".join(lines[:60]))
    assert gate(ws, "--results", str(tmp_path / "fewer.jsonl"))[1]["counts"]["missing"] == 90
    assert gate(ws, "--results", report.run_id, "--mode", "deep")[1]["counts"]["missing"] == 90


def test_open_ended_answers_without_a_judge_are_counted_and_nothing_passes(tmp_path) -> None:
    ws = Workspace.create(tmp_path / "o")
    accept(ws, *(case(n) for n in range(10)))
    ws.freeze(author="ana", reason="first", blind_share=0)
    report = ws.run(right, release="r1")
    assert report.scored == 0 and "10 answers have no verdict" in report.notices[-1]
    assert ws.gate(report.run_id).counts.unscored == 10
    with pytest.raises(UnknownName, match="judge"):
        ws.run(right, release="r1", judge="nobody")


def test_from_the_command_line_to_a_file(ws, tmp_path, monkeypatch) -> None:
    (tmp_path / "said.py").write_text('def answer(payload):\n    print("hello")\n    return "1 days"\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    out = tmp_path / "r.jsonl"
    found = CliRunner().invoke(cli, ["-w", str(ws.path), "run", "--target", "said:answer", "--golden", "1",
                                     "--release", "r1", "--out", str(out), "--json"])  # fmt: skip
    assert found.exit_code == 0, found.output
    answer = json.loads(found.stdout)
    assert {"run_id", "version", "cases", "answered", "errors", "skipped", "resumed", "scored"} <= answer.keys()
    assert answer["scored"] == N and "hello" in found.stderr
    assert len(out.read_text().splitlines()) == N
