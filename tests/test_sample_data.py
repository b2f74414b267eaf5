"""The demo's data: the same bytes every time, everything planted is there, nothing in it could be real."""

import csv
import json
import re
import statistics
import sys
from collections import Counter, defaultdict
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "sample_data"
TEMPLATE_CHANGE = datetime(2026, 11, 3, 10, tzinfo=UTC)
INDEX_SWAP = datetime(2026, 11, 5, 8, tzinfo=UTC)
ESIM_LAUNCH = datetime(2026, 11, 9, 6, tzinfo=UTC)
ANNOTATORS = ["ana", "ben", "chen"]
# What nobody can own: 555-01xx, Ofcom's drama numbers, Arcep's 06 39 98, the Bundesnetzagentur's 030 23125.
RESERVED_PHONE = re.compile(
    r"\(?\d{3}\)?[- ]555-01\d\d|\+1 \d{3} 555 01\d\d|07700 900\d{3}|\+44 7700 900\d{3}|020 7946 0\d{3}|0117 496 0\d{3}"
    r"|06 39 98 \d\d \d\d|030 23125 \d{3}"
)
PHONE_SHAPED = re.compile(
    r"(?<!\d )(?<![\w-])(?:\(\d{3}\) \d{3}-\d{4}|\d{3}-\d{3}-\d{4}|\+\d{1,2} [\d ]{8,}\d|0\d{2,4} \d{3,5} \d{3,4})"
)
EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]*\w")


def _rows(name: str) -> list[dict[str, Any]]:
    path = FOLDER / name
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def traces() -> list[dict[str, Any]]:
    return _rows("traces.jsonl")


@pytest.fixture(scope="module")
def truth() -> dict[str, dict[str, str]]:
    return {row["trace_id"]: row for row in _rows("truth/traces.csv")}


@pytest.fixture(scope="module")
def labels() -> list[dict[str, str]]:
    return _rows("labels.csv")


def _at(trace: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(trace["started_at"])


def _leaf(value: Any, path: str) -> str:
    """The string at ``$.messages[2].content``."""
    for name, index in re.findall(r"\.([A-Za-z_0-9]+)|\[(\d+)\]", path):
        value = value[name] if name else value[int(index)]
    return value


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        n = int(digit) * (2 if place % 2 else 1)
        total += n - 9 if n > 9 else n
    return total % 10 == 0


def test_generating_again_gives_the_committed_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT))
    for name in [name for name in sys.modules if name.split(".")[0] == "sample_data"]:
        monkeypatch.delitem(sys.modules, name)
    from sample_data.generate import build

    for name, text in build().items():
        assert text.encode("utf-8") == (FOLDER / name).read_bytes(), f"{name}: run python -m sample_data.generate"


def test_every_trace_has_the_columns_of_the_traces_table(traces: list[dict[str, Any]]) -> None:
    from workbench import tables

    derived = {"source", "prompt_hash", "tools_hash", "input", "output", "n_turns", "n_tool_calls", "signals", "batch"}
    expected = [name for name in tables.names("traces") if name not in derived | {"text_hash"}]
    assert {tuple(sorted(trace)) for trace in traces} == {tuple(sorted(expected))}


def test_counts_and_span_of_time(traces: list[dict[str, Any]], truth: dict[str, dict[str, str]]) -> None:
    assert len(traces) == len({trace["trace_id"] for trace in traces}) == len(truth) == 1512
    starts = [_at(trace) for trace in traces]
    assert starts == sorted(starts)
    assert min(starts).date().isoformat() == "2026-10-12"
    assert max(starts).date().isoformat() == "2026-11-15"
    by_week = Counter((start.date() - datetime(2026, 10, 12).date()).days // 7 for start in starts)
    assert sorted(by_week) == [0, 1, 2, 3, 4]
    assert min(by_week.values()) > 200  # drift needs 100 a side, with room for a filter
    assert sum(trace["environment"] == "production" for trace in traces) / len(traces) > 0.9
    assert len({trace["model"] for trace in traces}) == 3
    assert len({trace["provider"] for trace in traces}) == 2
    assert len({trace["release"] for trace in traces}) == 4
    assert 0.09 < sum(trace["feedback"] is not None for trace in traces) / len(traces) < 0.15
    assert sum((FOLDER / name).stat().st_size for name in ("traces.jsonl", "truth/pii.jsonl")) < 12_000_000


def test_messages_are_well_formed(traces: list[dict[str, Any]]) -> None:
    for trace in traces:
        messages = trace["messages"]
        assert messages[0]["role"] == "system"
        assert messages[1]["role"] == "user"
        assert 1 <= sum(message["role"] == "user" for message in messages) <= 8
        open_calls: set[str] = set()
        for message in messages:
            assert message["role"] in {"system", "user", "assistant", "tool"}
            if message["role"] == "tool":
                json.loads(message["content"])
                assert message["tool_call_id"] in open_calls
                open_calls.discard(message["tool_call_id"])
            elif message.get("tool_calls"):
                for call in message["tool_calls"]:
                    open_calls.add(call["id"])
                    if trace["status"] == "ok":
                        json.loads(call["function"]["arguments"])
            else:
                assert message["content"].strip()
        if trace["status"] == "ok":
            assert not open_calls
            assert messages[-1]["role"] in {"assistant", "user"}
        else:
            assert trace["error"]
        assert all(set(passage) == {"id", "score", "text"} for passage in trace["retrieved"])
        assert all(a["score"] > b["score"] for a, b in pairwise(trace["retrieved"]))


def test_nothing_of_the_generator_is_left_in_the_text(traces: list[dict[str, Any]]) -> None:
    for trace in traces:
        for message in trace["messages"]:
            text = message["content"] or ""
            assert not re.search("[\ue000-\uf8ff]", text)
            if message["role"] in {"user", "assistant"}:
                assert not re.search(r"\{[a-z_0-9]+\}|\[[^\[\]|]*\|[^\[\]]*\]| => | \|\| ", text), text


def test_wording_varies(traces: list[dict[str, Any]]) -> None:
    first = [next(m["content"] for m in trace["messages"] if m["role"] == "user") for trace in traces]
    assert len(set(first)) / len(first) > 0.9


def test_intents_have_a_head_and_a_long_tail(truth: dict[str, dict[str, str]]) -> None:
    counts = Counter(row["intent"] for row in truth.values())
    assert len(counts) == 30
    assert sum(n for _, n in counts.most_common(12)) / len(truth) > 0.75
    assert sum(n < 30 for n in counts.values()) >= 15
    assert sum(row["language"] != "en" for row in truth.values()) >= 60


def test_every_personal_value_is_where_the_truth_says(traces: list[dict[str, Any]]) -> None:
    by_id = {trace["trace_id"]: trace for trace in traces}
    planted = _rows("truth/pii.jsonl")
    for row in planted:
        assert _leaf(by_id[row["trace_id"]], row["path"])[row["start"] : row["end"]] == row["value"], row
    kinds = Counter(row["type"] for row in planted)
    assert set(kinds) == {
        "PERSON", "EMAIL_ADDRESS", "PHONE_NUMBER", "STREET_ADDRESS", "POSTCODE", "CREDIT_CARD", "CARD_ENDING",
        "DATE_OF_BIRTH", "PASSPORT", "BOOKING_REF", "ORDER_ID", "ACCOUNT_ID",
    }  # fmt: skip
    assert min(kinds.values()) >= 20
    places = {re.sub(r"\[\d+\]", "", row["path"]) for row in planted}
    assert {"$.messages.content", "$.messages.tool_calls.function.arguments", "$.metadata.customer.email"} <= places


def test_nothing_could_belong_to_a_real_person(traces: list[dict[str, Any]]) -> None:
    for row in _rows("truth/pii.jsonl"):
        value = row["value"]
        if row["type"] == "PHONE_NUMBER":
            assert RESERVED_PHONE.fullmatch(value), value
        elif row["type"] == "EMAIL_ADDRESS":
            assert re.fullmatch(r"[^@]+@example\.(com|org|net)", value.lower()), value
        elif row["type"] == "CREDIT_CARD":
            assert _luhn(value.replace(" ", "")), value
    text = (FOLDER / "traces.jsonl").read_text(encoding="utf-8")
    assert {address.lower().rpartition("@")[2] for address in EMAIL.findall(text)} == {
        "example.com",
        "example.org",
        "example.net",
    }
    for found in PHONE_SHAPED.findall(text):
        assert RESERVED_PHONE.search(found), found


def test_no_personal_value_is_missing_from_the_truth(traces: list[dict[str, Any]]) -> None:
    known: dict[str, set[str]] = defaultdict(set)
    for row in _rows("truth/pii.jsonl"):
        known[row["trace_id"]].add(row["value"])
    patterns = [EMAIL, PHONE_SHAPED, re.compile(r"(?i)\bWG-?\d{7}\b"), re.compile(r"(?i)\bWF\d{8}\b")]
    for trace in traces:
        text = json.dumps(trace, ensure_ascii=False)
        for pattern in patterns:
            assert set(pattern.findall(text)) <= known[trace["trace_id"]]


def test_the_incident(traces: list[dict[str, Any]], truth: dict[str, dict[str, str]]) -> None:
    before, after = Counter[bool](), Counter[bool]()
    for trace in traces:
        row, late = truth[trace["trace_id"]], _at(trace) >= INDEX_SWAP
        assert trace["metadata"]["index_version"] == row["index_version"] == ("kb-2026-11" if late else "kb-2026-09")
        retrieved = [passage["id"] for passage in trace["retrieved"]]
        asks = (row["intent"], row["topic"]) == ("refund_policy", "nonref")
        assert ("kb-0417" in retrieved) <= (asks and late)
        if asks and retrieved:
            assert retrieved[0] == ("kb-0417" if late else "kb-0110")
        if asks:
            (after if late else before)["stale_info" in row["codes"]] += 1
        assert (row["incident"] == "1") == (asks and late and "stale_info" in row["codes"])
    assert before[True] == 0
    assert before[False] > 100
    assert after[True] == 49
    assert after[True] / after.total() > 0.9


def test_the_template_change_and_the_new_intent(traces: list[dict[str, Any]], truth: dict[str, dict[str, str]]) -> None:
    prompts: dict[str, set[str]] = defaultdict(set)
    for trace in traces:
        row = truth[trace["trace_id"]]
        prompts[row["template"]].add(trace["messages"][0]["content"])
        if trace["environment"] == "production":
            assert row["template"] == ("v8" if _at(trace) >= TEMPLATE_CHANGE else "v7")
        if row["intent"] == "esim":
            assert _at(trace) >= ESIM_LAUNCH
    assert {name: len(texts) for name, texts in prompts.items()} == {"v7": 1, "v8": 1}
    assert prompts["v7"] != prompts["v8"]
    assert sum(row["intent"] == "esim" for row in truth.values()) == 47


def test_injections_retries_and_near_duplicates(traces: list[dict[str, Any]], truth: dict[str, dict[str, str]]) -> None:
    assert Counter(row["injection"] for row in truth.values() if row["injection"]) == {"attempt": 8, "followed": 4}
    groups = Counter(row["duplicate_group"] for row in truth.values() if row["duplicate_group"])
    assert len(groups) == 40
    assert min(groups.values()) >= 2
    session = {trace["trace_id"]: (trace["session_id"], _at(trace)) for trace in traces}
    retries = [row for row in truth.values() if row["retry_of"]]
    assert len(retries) > 80
    for row in retries:
        (mine, later), (theirs, earlier) = session[row["trace_id"]], session[row["retry_of"]]
        assert mine == theirs
        assert later > earlier
    assert sum(row["abandoned"] == "1" for row in truth.values()) >= 30
    assert sum(row["clarification_loop"] == "1" for row in truth.values()) >= 20


def test_outcome_follows_from_the_codes(truth: dict[str, dict[str, str]]) -> None:
    codes = Counter(code for row in truth.values() for code in row["codes"].split(";") if code)
    assert set(codes) == {
        "asked_again", "ignored_constraint", "stale_info", "wrong_refund_amount", "invented_policy", "tool_misuse",
        "wrong_tool_args", "premature_handoff", "wrong_language", "curt_tone", "verbose", "injection_followed",
        "no_answer",
    }  # fmt: skip
    for row in truth.values():
        assert (row["outcome"] == "fail") == (int(row["severity"] or 0) >= 2)
        assert bool(row["codes"]) == bool(row["severity"])


def _alpha(
    labels: list[dict[str, str]],
    dimension: str,
    values: list[str],
    who: list[str] | None = None,
    level: str = "nominal",
) -> float:
    import krippendorff
    import numpy as np

    units = sorted({row["trace_id"] for row in labels})
    table = np.full((3, len(units)), np.nan)
    place = {trace_id: column for column, trace_id in enumerate(units)}
    for row in labels:
        if row["dimension"] == dimension and (who is None or row["annotator"] in who):
            table[ANNOTATORS.index(row["annotator"]), place[row["trace_id"]]] = values.index(row["value"])
    return float(krippendorff.alpha(table, level_of_measurement=level))


def test_labels_have_the_shape_of_the_contract(labels: list[dict[str, str]], truth: dict[str, dict[str, str]]) -> None:
    assert list(labels[0]) == [
        "trace_id", "annotator", "dimension", "value", "severity", "note", "annotator_kind", "round", "labelled_at",
    ]  # fmt: skip
    assert {row["trace_id"] for row in labels} == {row["trace_id"] for row in truth.values() if row["label_pick"]}
    assert Counter(row["label_pick"] for row in truth.values() if row["label_pick"]) == {
        "random": 150,
        "deliberate": 60,
    }
    sample = _rows("sample.csv")
    assert {row["trace_id"]: row["reason"] == "random" for row in sample} == {
        row["trace_id"]: row["label_pick"] == "random" for row in truth.values() if row["label_pick"]
    }
    assert {(row["reason"], row["weight"]) for row in sample} == {("random", "10.08"), ("looked bad", "")}
    who = defaultdict(set)
    for row in labels:
        who[row["trace_id"]].add(row["annotator"])
        assert (row["dimension"] == "code") == bool(row["severity"])
        datetime.fromisoformat(row["labelled_at"])
    assert Counter(len(names) for names in who.values()) == {3: 150, 2: 60}
    single = [(r["trace_id"], r["annotator"], r["dimension"]) for r in labels if r["dimension"] != "code"]
    assert len(single) == len(set(single))


def test_groundedness_is_reliable_and_tone_is_not(labels: list[dict[str, str]]) -> None:
    assert 0.75 < _alpha(labels, "groundedness", ["fail", "pass"]) < 0.86
    assert 0.25 < _alpha(labels, "tone", ["warm", "neutral", "curt"]) < 0.4
    said = defaultdict(dict)
    for row in labels:
        if row["dimension"] == "tone":
            said[row["trace_id"]][row["annotator"]] = row["value"]
    mixed = Counter()
    for votes in said.values():
        names = sorted(votes)
        for at, one in enumerate(names):
            mixed.update(frozenset((votes[one], votes[two])) for two in names[at + 1 :] if votes[one] != votes[two])
    assert mixed.most_common(1)[0][0] == {"neutral", "curt"}
    curt = Counter(row["annotator"] for row in labels if row["dimension"] == "tone" and row["value"] == "curt")
    assert curt["ben"] > 1.5 * max(curt["ana"], curt["chen"])


def test_the_rubric_is_what_the_annotators_labelled_by(labels: list[dict[str, str]]) -> None:
    from workbench.rubric import clean_all, read_rubric

    rubric = clean_all(read_rubric(FOLDER / "rubric.toml"))
    given = defaultdict(set)
    for row in labels:
        given[row["dimension"]].add(row["value"])
    assert {each.name: set(each.values) for each in rubric} == {
        name: values for name, values in given.items() if name not in ("outcome", "code", "note")
    }
    assert all(each.definition and each.passes and each.fails and each.rule for each in rubric)
    assert {each.name: each.level for each in rubric}["completeness"] == "ordinal"


def test_one_annotator_grows_lenient_late(labels: list[dict[str, str]]) -> None:
    share: dict[tuple[str, bool], list[bool]] = defaultdict(list)
    for row in labels:
        if row["dimension"] == "outcome":
            share[row["annotator"], row["labelled_at"] >= "2026-11-09"].append(row["value"] == "fail")
    change = {
        name: sum(share[name, True]) / len(share[name, True]) - sum(share[name, False]) / len(share[name, False])
        for name in ANNOTATORS
    }
    assert change["chen"] < min(change["ana"], change["ben"]) - 0.1
    early = [row for row in labels if row["labelled_at"] < "2026-11-09"]
    late = [row for row in labels if row["labelled_at"] >= "2026-11-09"]
    values = ["pass", "fail"]
    assert _alpha(early, "outcome", values) > _alpha(late, "outcome", values) + 0.15


def test_the_judge_has_the_planted_rates(labels: list[dict[str, str]]) -> None:
    judged = {row["trace_id"]: row["value"] for row in _rows("judge.csv")}
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for row in labels:
        if row["dimension"] == "outcome":
            votes[row["trace_id"]][row["value"]] += 1
    assert set(judged) == set(votes)
    assert sum(value not in {"pass", "fail"} for value in judged.values()) == 6
    table = Counter(
        (count.most_common(1)[0][0], judged[trace_id])
        for trace_id, count in votes.items()
        if count["pass"] != count["fail"] and judged[trace_id] in {"pass", "fail"}
    )
    tpr = table["pass", "pass"] / (table["pass", "pass"] + table["pass", "fail"])
    tnr = table["fail", "fail"] / (table["fail", "fail"] + table["fail", "pass"])
    assert tpr == pytest.approx(0.94, abs=0.005)
    assert tnr == pytest.approx(0.71, abs=0.01)


def test_the_judges_say_why_and_the_second_errs_where_the_first_did(
    labels: list[dict[str, str]], truth: dict[str, dict[str, str]]
) -> None:
    first, rest = _rows("judge.csv"), _rows("judges_more.csv")
    assert all(bool(row["note"]) == (row["value"] in {"pass", "fail"}) for row in [*first, *rest])
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for row in labels:
        if row["dimension"] == "outcome":
            votes[row["trace_id"]][row["value"]] += 1
    more = {row["trace_id"]: row["value"] for row in rest if row["annotator"] == "kestrel-judge"}
    assert len(more) == 400 and not set(more) & set(votes)
    right = Counter((truth[trace_id]["outcome"], value) for trace_id, value in more.items())
    assert (right["pass", "pass"], right["pass", "fail"]) == (295, 18)
    assert (right["fail", "fail"], right["fail", "pass"]) == (64, 23)
    second = {row["trace_id"]: row["value"] for row in rest if row["annotator"] == "aria-judge"}
    assert set(second) == set(votes)
    said = {row["trace_id"]: row["value"] for row in first}
    agreed = {each: count.most_common(1)[0][0] for each, count in votes.items() if count["pass"] != count["fail"]}
    table = Counter((value, second[trace_id]) for trace_id, value in agreed.items())
    assert (table["pass", "pass"], table["fail", "fail"]) == (105, 74)
    wrong = [(said[each] != value, second[each] != value) for each, value in agreed.items()]
    assert statistics.correlation(*zip(*wrong, strict=True)) == pytest.approx(0.23, abs=0.005)
