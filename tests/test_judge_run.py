"""Running a judge against a service on its worst days: nothing is paid twice, nothing is lost, the key shows nowhere.

The service is real (``judge_service``), over real HTTP; runs that are killed are real processes that are really killed.
"""

import json
import logging
import os
import random
import signal
import subprocess
import sys
import threading
import time

import pytest
from judge_service import GARBAGE, Service

from workbench import Workspace
from workbench.errors import BadRequest, BadSettings, EndpointFailed

KEY = "sk-verySecret123"
PATIENT = "[judging]\nattempts = 6\nfirst_wait = 0.01\nlongest_wait = 2.0\ngive_up_after = 4\n"
N = 24


def workspace(folder, n=N, model="small-1", settings=PATIENT):
    ws = Workspace.create(folder)
    rows = [
        {
            "trace_id": f"t{i:03}", "session_id": f"s{i // 2}", "input": f"where is parcel number {i}",
            "output": f"It is on its way, number {i}.", "model": model, "text_hash": f"h{i}", "status": "ok",
        }
        for i in range(n)
    ]  # fmt: skip
    with ws.store.writing(), ws.store.new_batch() as batch:
        batch.add_traces(rows)
        batch.commit({"traces": n})
    (folder / "workspace.toml").write_text(settings)
    return Workspace(folder)


@pytest.fixture
def ws(tmp_path, monkeypatch):
    monkeypatch.setenv("JUDGE_KEY", KEY)
    return workspace(tmp_path / "w")


@pytest.fixture
def service():
    made = Service()
    yield made
    made.stop()


def spec(service, **changed):
    plain = {
        "url": service.url, "model": "claude-judge", "key_env": "JUDGE_KEY", "timeout": 30.0, "concurrency": 6,
        "requests_per_minute": 1_000_000, "price_in": 1.0, "price_out": 4.0, "max_tokens": 100,
        "prompt": 'Question: {input}\nAnswer: {output}\nSay {"verdict": "pass"} or {"verdict": "fail"}.',
    }  # fmt: skip
    return {**plain, **changed}


def defined(ws, service, **changed):
    return ws.define_judge("strict", spec(service, **changed), author="ann", reason="first")


def labels(ws):
    found = ws.labels()
    return found[found["annotator"] == "strict"]


def paid_once(service):
    """Nobody was billed twice, and everything that was answered was billed."""
    assert service.billed and set(service.billed.values()) == {1}
    return len(service.billed)


def test_each_trace_is_asked_once_and_becomes_a_label(ws, service):
    made = defined(ws, service)
    report = ws.run_judge("strict")
    assert (report.tally.answered, report.left, report.cached, report.tally.failed) == (N, 0, 0, 0)
    assert paid_once(service) == N and sum(service.attempts.values()) == N
    found = labels(ws)
    assert sorted(found["trace_id"]) == [f"t{i:03}" for i in range(N)]
    assert set(found["value"]) == {"pass"} and set(found["annotator_kind"]) == {"judge"}
    assert set(found["note"]) == {"It answers what was asked."}
    saw = json.loads(found["saw"].iloc[0])
    assert saw == {"judge": "strict", "version": 1, "prompt_hash": made.prompt_hash, "model": "claude-judge"}
    path, headers, body = service.seen[0]
    assert path == "/v1/chat/completions" and headers["Authorization"] == f"Bearer {KEY}"
    assert body["model"] == "claude-judge" and body["temperature"] == 0 and body["max_tokens"] == 100
    rows = ws.store.judgements("strict")
    assert rows["tokens_out"].sum() == 10 * N and rows["cost_usd"].sum() == pytest.approx(report.tally.cost_usd)
    again = ws.run_judge("strict")
    assert (again.tally.answered, again.cached, again.left) == (0, N, 0)
    assert sum(service.attempts.values()) == N and len(labels(ws)) == N


def every_trouble(number, attempt):
    """Each request has a bad day of its own, and some have two."""
    kinds = ["429", "500", "503", "529", "drop before", "drop after", "stall", *GARBAGE, "wait 0.1", "408"]
    if attempt == 1:
        return kinds[number % len(kinds)]
    return kinds[(number * 5 + 2) % len(kinds)] if attempt == 2 and number % 3 == 0 else None


def test_on_the_worst_day_nothing_is_paid_twice_and_nothing_lost(ws, service):
    service.plan, service.stall = every_trouble, 6.0
    defined(ws, service, timeout=2.0)
    report = ws.run_judge("strict")
    assert (report.tally.answered, report.left, report.tally.failed) == (N, 0, 0)
    assert paid_once(service) == N and len(labels(ws)) == N
    assert sum(service.attempts.values()) > N
    assert report.tally.unsure > 0 and any("Idempotency-Key" in each for each in report.notices)


def test_the_order_of_answers_does_not_matter(tmp_path, monkeypatch):
    monkeypatch.setenv("JUDGE_KEY", KEY)
    found = []
    for number, seed in enumerate((1, 2)):
        dice = random.Random(seed)
        slow = Service(lambda number, attempt, dice=dice: time.sleep(dice.random() / 20))
        slow.reply = lambda prompt: "pass" if "7" in prompt else "fail: no"
        ws = workspace(tmp_path / str(number))
        defined(ws, slow, format="word")
        ws.run_judge("strict")
        found.append(labels(ws)[["trace_id", "value", "note"]].sort_values("trace_id").to_dict("records"))
        slow.stop()
    assert found[0] == found[1] and {row["value"] for row in found[0]} == {"pass", "fail"}


def test_a_service_that_restarts_in_the_middle_loses_nothing(ws, service):
    stopped = threading.Event()

    def restart(number, attempt):
        if number == 8 and attempt == 1 and not stopped.is_set():
            stopped.set()
            threading.Thread(target=lambda: (service.stop(), time.sleep(0.3), service.start())).start()
            time.sleep(0.1)
        return None

    service.plan = restart
    (ws.path / "workspace.toml").write_text(PATIENT.replace("0.01", "0.1"))
    ws_patient = Workspace(ws.path)
    defined(ws_patient, service)
    report = ws_patient.run_judge("strict")
    assert stopped.is_set() and report.tally.answered == N and paid_once(service) == N


def test_a_service_that_asks_for_time_gets_it_from_the_whole_run(ws, service):
    service.plan = lambda number, attempt: "wait 1" if number == 0 and attempt == 1 else None
    defined(ws, service, concurrency=1)
    began = time.monotonic()
    ws.run_judge("strict", trace_ids=["t000", "t001"])
    assert time.monotonic() - began >= 1
    assert service.moments[1] - service.moments[0] >= 0.95


def test_a_service_that_asks_for_too_long_ends_the_run(ws, service):
    service.plan = lambda number, attempt: "wait 3600" if number == 3 else None
    defined(ws, service, concurrency=1)
    with pytest.raises(EndpointFailed, match=r"left alone for 3,600 s.*3 answers of this run are kept; 21 are left"):
        ws.run_judge("strict")
    assert len(labels(ws)) == 3
    service.plan = lambda number, attempt: None
    assert ws.run_judge("strict").cached == 3 and paid_once(service) == N


@pytest.mark.parametrize(("status", "words"), [(401, "JUDGE_KEY"), (403, "JUDGE_KEY"), (404, "url and model")])
def test_a_refusal_ends_the_run_at_once_in_one_line(ws, service, status, words):
    service.plan = lambda number, attempt: str(status)
    defined(ws, service)
    with pytest.raises(EndpointFailed, match=f"status {status}") as caught:
        ws.run_judge("strict")
    told = str(caught.value)
    assert words in told and "\n" not in told and KEY not in told and "sk-in-the-error" not in told
    assert max(service.attempts.values()) == 1 and sum(service.attempts.values()) <= 6


def test_the_run_ends_in_words_when_the_service_fails_again_and_again(ws, service):
    service.plan = lambda number, attempt: "500" if number >= 6 else None
    defined(ws, service, concurrency=1)
    with pytest.raises(EndpointFailed, match=r"failed 4 requests.*status 500. 6 answers .* kept; 18 are left"):
        ws.run_judge("strict")
    assert sum(service.attempts.values()) == 6 + 4 * 6  # six attempts each, and then no more
    service.plan = lambda number, attempt: None
    assert ws.run_judge("strict").tally.answered == N - 6 and paid_once(service) == N


def test_one_request_that_the_service_refuses_is_one_gap(ws, service):
    service.plan = lambda number, attempt: "400" if number % 5 == 2 else None
    defined(ws, service)
    report = ws.run_judge("strict")
    assert report.tally.failed == report.left == 5 and report.tally.problems == {"status 400": 5}
    assert max(service.attempts.values()) == 1
    assert set(ws.store.judgements("strict")["state"]) == {"answered", "failed"}


def test_a_body_that_never_ends_is_cut_by_the_timeout(ws, service):
    service.plan = lambda number, attempt: "drip" if attempt == 1 else None
    defined(ws, service, timeout=1.5)
    assert ws.run_judge("strict", trace_ids=["t000", "t001"]).tally.answered == 2
    assert paid_once(service) == 2


def test_no_more_requests_a_minute_than_allowed(ws, service):
    defined(ws, service, requests_per_minute=1200)
    ws.run_judge("strict", trace_ids=[f"t{i:03}" for i in range(9)])
    assert service.moments[-1] - service.moments[0] >= 8 * 0.05 * 0.9


# --- killed, twice at once ----------------------------------------------------------------------------------------


# where the tests run in the background of a shell, SIGINT is ignored, and so it would be in what they start
RUN = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from workbench import Workspace
report = Workspace(sys.argv[1]).run_judge("strict")
print(report.tally.answered, report.tally.elsewhere, report.left)
"""


def start_run(ws):
    return subprocess.Popen(
        [sys.executable, "-c", RUN, str(ws.path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("answers", [0, 5, 13])
def test_a_run_that_is_killed_goes_on_where_it_was(ws, service, answers):
    service.plan = lambda number, attempt: time.sleep(0.05)
    defined(ws, service, concurrency=3)
    running = start_run(ws)
    until = time.monotonic() + 60
    while len(service.remembered) <= answers and time.monotonic() < until:
        time.sleep(0.005)
    os.kill(running.pid, signal.SIGKILL)
    running.communicate()
    kept = len(labels(ws))
    assert kept >= len(service.remembered) - 3  # what was under way at most
    assert len(ws.store.judgements("strict").query("state == 'answered'")) == kept  # both or neither
    report = ws.run_judge("strict")  # at once: nobody waits for what the dead had reserved
    assert report.cached == kept and report.tally.answered == N - kept and report.left == 0
    assert paid_once(service) == N and len(labels(ws)) == N


def test_two_runs_at_once_share_the_work_and_pay_once(ws, service):
    service.plan = lambda number, attempt: time.sleep(0.05)
    defined(ws, service, concurrency=3)
    both = [start_run(ws), start_run(ws)]
    done = [running.communicate(timeout=120) for running in both]
    assert all(running.returncode == 0 for running in both), done
    answered = [int(out.split()[0]) for out, _ in done]
    assert sum(answered) == N and paid_once(service) == N
    assert sum(service.attempts.values()) == N
    assert len(labels(ws)) == N and len(ws.labels(newest=False)) == N


def test_what_another_run_has_reserved_is_left_to_it(ws, service):
    made = defined(ws, service)
    from workbench.store.judges import Asked

    asked = Asked("strict", made.prompt_hash, "t004", 0)
    assert ws.store.claim_judgement(asked, version=1, text_hash="x", run_id="other host", seconds=60)
    assert ws.estimate_judge("strict").elsewhere == 1
    report = ws.run_judge("strict")
    assert (report.tally.answered, report.tally.elsewhere, report.left) == (N - 1, 1, 0)
    ws.store.renew_judgements("other host", seconds=-1)  # its time is over
    assert ws.run_judge("strict").tally.answered == 1


def test_interrupted_it_brings_home_what_is_under_way(ws, service):
    told = threading.Event()

    def held(number, attempt):
        if number >= 4:  # under way until it was told to end, however late that comes
            told.wait(60)
            time.sleep(0.5)

    service.plan = held
    defined(ws, service, concurrency=3)
    running = start_run(ws)
    until = time.monotonic() + 60
    while len(service.remembered) < 4 and time.monotonic() < until:
        time.sleep(0.005)
    os.kill(running.pid, signal.SIGINT)
    told.set()
    running.communicate(timeout=60)
    assert len(labels(ws)) == len(service.remembered) < N
    rows = ws.store.judgements("strict")
    rest = rows[rows["state"] != "answered"]  # reserved in the moment it was told to end, and not sent
    assert set(rest["problem"]) <= {"not asked"} and len(rows) - len(rest) == len(service.remembered)


# --- what it costs ------------------------------------------------------------------------------------------------


def test_the_cost_is_told_before_and_kept_under_a_limit(ws, service):
    service.written = 90
    defined(ws, service, reasks=0)
    told = ws.estimate_judge("strict")
    assert (told.calls, told.cached, told.tokens_out) == (N, 0, 100 * N) and 0 < told.cost < told.cost_most
    limit = told.cost_most / 3
    report = ws.run_judge("strict", max_cost=limit)
    assert 0 < report.tally.answered < N and report.left == N - report.tally.answered
    assert report.tally.cost_usd <= limit and "over" in report.notices[-1]
    assert report.tally.answered == len(service.billed) and set(ws.store.judgements("strict")["state"]) >= {"answered"}
    told = ws.estimate_judge("strict")
    assert told.cached == report.tally.answered and told.calls == report.left
    assert told.tokens_out == 90 * told.calls and "counted" in told.how  # by what was counted now
    rest = ws.run_judge("strict")
    assert rest.left == 0 and paid_once(service) == N


def test_lost_answers_count_as_paid_where_a_limit_is_set(ws, service):
    service.plan = lambda number, attempt: "drop after"
    defined(ws, service, concurrency=1, reasks=0)
    from workbench.judge.spec import JudgeSpec
    from workbench.service.purse import most_of

    body = len(ws._tasks("strict", None, ["t000"], 1).next().body)
    most = most_of(JudgeSpec(**spec(service)), body)
    report = ws.run_judge("strict", max_cost=3.5 * most)
    assert report.tally.answered == 0 and sum(service.attempts.values()) == 3
    assert report.tally.unsure == 3


def test_without_prices_the_cost_is_unknown_and_no_limit_can_be_kept(ws, service):
    defined(ws, service, price_in=None)
    told = ws.estimate_judge("strict")
    assert told.cost is None and "price unknown" in str(told)
    with pytest.raises(BadRequest, match="needs prices"):
        ws.run_judge("strict", max_cost=1)
    report = ws.run_judge("strict")
    assert report.tally.unpriced == N and "of unknown cost" in repr(report)


def test_a_service_that_does_not_count_tokens(ws, service):
    service.usage = False
    defined(ws, service)
    report = ws.run_judge("strict")
    assert report.tally.unpriced == N and report.tally.cost_usd == 0
    assert ws.store.judgements("strict")["tokens_in"].isna().all()


# --- answers that cannot be read ----------------------------------------------------------------------------------


def test_an_unreadable_answer_is_asked_for_once_more_and_no_further(ws, service):
    service.reply = lambda prompt: (
        "Well, it depends." if "exactly" not in prompt or "number 3" in prompt else '{"verdict": "FAIL"}'
    )
    defined(ws, service)
    report = ws.run_judge("strict", trace_ids=["t002", "t003", "t004"])
    assert (report.tally.answered, report.tally.asked_again, report.tally.unparsable) == (3, 3, 1)
    found = labels(ws).set_index("trace_id")["value"].to_dict()
    assert found == {"t002": "fail", "t003": "unparsable", "t004": "fail"}
    assert paid_once(service) == 6  # asking again is another request, and is paid
    rows = ws.store.judgements("strict").set_index("trace_id")
    assert rows.loc["t003", "problem"] == "it holds no JSON object with a verdict"
    assert rows.loc["t003", "tokens_out"] == 20
    assert ws.run_judge("strict", trace_ids=["t003"]).cached == 1  # an unreadable answer is an answer


def test_asking_again_can_be_turned_off(ws, service):
    service.reply = lambda prompt: "It depends."
    defined(ws, service, reasks=0)
    report = ws.run_judge("strict")
    assert report.tally.unparsable == N and paid_once(service) == N and set(labels(ws)["value"]) == {"unparsable"}


# --- what is kept, and under what ---------------------------------------------------------------------------------


def test_replicates_are_judgements_and_only_the_first_a_label(ws, service):
    defined(ws, service)
    report = ws.run_judge("strict", trace_ids=["t000", "t001"], replicates=3)
    assert report.tally.answered == 6 and paid_once(service) == 6
    assert len(labels(ws)) == 2 and len(ws.store.judgements("strict")) == 6
    assert ws.run_judge("strict", trace_ids=["t000", "t001"], replicates=4).tally.answered == 2


def test_a_trace_whose_text_changed_is_asked_again(ws, service):
    defined(ws, service)
    ws.run_judge("strict", trace_ids=["t000", "t001"])
    with ws.store.writing(), ws.store.new_batch() as batch:
        batch.replace_traces(["t001"])
        batch.add_traces([{"trace_id": "t001", "input": "where is it", "output": "Lost.", "model": "small-1"}])
        batch.commit({"traces": 0})
    report = ws.run_judge("strict", trace_ids=["t000", "t001"])
    assert (report.cached, report.tally.answered, report.left) == (1, 1, 0)
    assert "Lost." in service.seen[-1][2]["messages"][-1]["content"] and paid_once(service) == 3


def test_another_prompt_is_asked_anew_and_the_first_one_comes_back_for_nothing(ws, service):
    first = defined(ws, service)
    ws.run_judge("strict")
    assert not defined(ws, service).new
    second = defined(ws, service, prompt="Is this any good? {output}")
    assert (second.version, second.new) == (2, True) and second.prompt_hash != first.prompt_hash
    ws.run_judge("strict")
    assert paid_once(service) == 2 * N
    third = defined(ws, service)
    assert third.version == 3 and third.prompt_hash == first.prompt_hash
    report = ws.run_judge("strict")
    assert (report.cached, report.tally.answered, report.relabelled) == (N, 0, N)
    assert {json.loads(saw)["version"] for saw in labels(ws)["saw"]} == {3}
    assert ws.run_judge("strict").relabelled == 0
    cheaper = defined(ws, service, price_in=0.5, requests_per_minute=5_000)
    assert cheaper.version == 4 and cheaper.prompt_hash == first.prompt_hash
    assert ws.run_judge("strict").tally.answered == 0


def test_critiques_are_redacted_and_the_key_shows_nowhere(ws, service, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    service.reply = lambda prompt: json.dumps(
        {"verdict": "fail", "critique": f"Wrong: jane.doe@example.com was told {KEY}."}
    )
    defined(ws, service)
    report = ws.run_judge("strict")
    assert report.tally.answered == N
    notes = set(labels(ws)["note"])
    assert all("jane.doe" not in each and "<EMAIL" in each and KEY not in each for each in notes)
    ws.store.close()
    for path in ws.path.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert KEY.encode() not in content and b"jane.doe@" not in content, path
    out, err = capfd.readouterr()
    assert KEY not in out + err + caplog.text + repr(report)


def test_the_text_of_traces_is_in_no_message(ws, service):
    service.plan = lambda number, attempt: "cut"
    defined(ws, service)
    with pytest.raises(EndpointFailed) as caught:
        ws.run_judge("strict")
    assert "parcel" not in str(caught.value) and caught.value.__cause__ is None


# --- whose work it marks ------------------------------------------------------------------------------------------


def test_a_judge_of_the_same_family_is_refused_and_may_be_allowed(tmp_path, service, monkeypatch):
    monkeypatch.setenv("JUDGE_KEY", KEY)
    ws = workspace(tmp_path / "w", model="gpt-4o")
    defined(ws, service, model="openai/o3-mini")
    assert "own family (openai)" in ws.estimate_judge("strict").refusal
    with pytest.raises(BadRequest, match="24 of 24 traces were answered by a model of the judge's own family"):
        ws.run_judge("strict")
    assert not service.seen
    report = ws.run_judge("strict", allow_same_provider=True)
    assert any("own family" in each for each in report.notices)
    (kept,) = ws.store.judge_runs("strict")
    assert kept["plan"]["notices"] == list(report.notices) and kept["outcome"]["answered"] == N and kept["ended_at"]


def test_not_knowing_who_made_a_model_is_said(ws, service):
    defined(ws, service, model="our-own-7")
    notices = ws.run_judge("strict").notices
    assert "not known who makes our-own-7" in notices[0] and "24 of 24 traces" in notices[1]


# --- in a loop, without a key -------------------------------------------------------------------------------------


def test_it_may_be_called_where_an_event_loop_is_running(ws, service):
    import asyncio

    defined(ws, service)

    async def cell():
        return ws.run_judge("strict")

    told = []
    assert asyncio.run(cell()).tally.answered == N
    ws.run_judge("strict", replicates=2, progress=lambda *each: told.append((*each, threading.current_thread())))
    assert told[-1][:3] == ("asking strict", N, N) and {each[3] for each in told} == {threading.main_thread()}


def test_a_missing_key_is_one_line(ws, service, monkeypatch):
    defined(ws, service)
    monkeypatch.delenv("JUDGE_KEY")
    with pytest.raises(BadSettings, match="JUDGE_KEY holds no key"):
        ws.run_judge("strict")
    assert not service.seen


def test_what_is_under_way_stays_reserved_however_long_it_takes(ws, service, monkeypatch):
    from workbench.judge import run as runs

    monkeypatch.setattr(runs, "LEASE", 0.4)
    service.plan, service.stall = lambda number, attempt: "stall" if number == 0 else None, 1.5
    defined(ws, service, timeout=5.0)
    other = Workspace(ws.path)
    first = threading.Thread(target=lambda: ws.run_judge("strict", trace_ids=["t000"]))
    first.start()
    while not service.seen:
        time.sleep(0.01)
    time.sleep(0.9)
    assert other.run_judge("strict", trace_ids=["t000"]).tally.elsewhere == 1
    first.join()
    assert paid_once(service) == 1 and sum(service.attempts.values()) == 1 and len(labels(ws)) == 1
