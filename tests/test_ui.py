"""The parts of the pages that are plain functions: reading order of a trace, filters, what the map is sent, words."""

import base64
import json
import struct

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.charts import colouring
from workbench.ui.choices import FEEDBACK, Filters, colour_columns, facets
from workbench.ui.conversation import turns
from workbench.ui.first_run import account, can_upload, in_memory
from workbench.ui.scatter import Look, pack, view_payload
from workbench.ui.words import outcome, plain

# a trace as something to read


def test_a_conversation_is_put_in_reading_order():
    shown = turns(
        {
            "messages": [
                {"role": "system", "content": "Be kind. " * 3},
                {"role": "user", "content": "refund?"},
                {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [{"function": {"name": "find", "arguments": '{"q": "refund"}'}}],
                },
                {"role": "tool", "name": "find", "content": '{"found": ' + "[1, 2], " * 50 + '"x": 1}'},
                {"role": "assistant", "content": "Yes."},
            ],
            "retrieved": [{"id": "p1", "score": 0.4, "text": "A"}, {"id": "p2", "score": 0.9, "text": "B"}],
            "error": "timed out",
        }
    )
    assert [item["kind"] for item in shown] == ["system", "user", "call", "tool", "passages", "assistant", "error"]
    system, _, call, tool, passages, *_ = shown
    assert system["folded"] and system["note"] == "6 words"
    assert call["title"] == "calls find" and call["note"] == '{"q": "refund"}'
    assert tool["folded"] and tool["title"] == "tool answer find"
    assert passages["title"] == "retrieved passages: 2" and passages["note"] == "top score 0.90"
    assert [inner["note"] for inner in passages["items"]] == ["score 0.40", "score 0.90"]


@pytest.mark.parametrize(
    ("trace", "texts"),
    [
        ({"input": "q", "output": "a"}, ["q", "a"]),
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": "one"}, "two"]}]}, ["one\ntwo"]),
        ({"messages": [{"role": "human", "content": {"odd": [1]}}]}, ['{\n  "odd": [\n    1\n  ]\n}']),
        ({"messages": ["just text"]}, ["just text"]),
        ({"messages": [{"role": "assistant", "content": None}]}, ["(nothing said)"]),
        ({}, []),
    ],
)
def test_no_shape_of_message_is_dropped(trace, texts):
    assert [item["text"] for item in turns(trace)] == texts


def test_spans_are_shown_as_they_are_nested():
    spans = [
        {"span_id": "1", "parent_id": None, "name": "agent", "kind": "agent", "latency_ms": 1200.0, "input": "in"},
        {"span_id": "2", "parent_id": "1", "name": "search", "kind": "tool", "status": "error", "output": "out"},
    ]
    listed = turns({"spans": spans})[0]["items"]
    assert listed[0]["title"] == "agent" and listed[0]["note"] == "agent · 1.2 s"
    assert listed[1]["title"] == "\u2003search (error)" and listed[1]["kind"] == "error span"
    assert [inner["text"] for inner in listed[1]["items"]] == ["out"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON, JSON)
def test_any_json_can_be_read(messages, retrieved):
    shown = turns({"messages": messages, "retrieved": retrieved})
    json.dumps(shown)
    assert all(isinstance(item["text"], str) for item in shown)


# filters


@pytest.fixture(scope="module")
def points():
    random = np.random.default_rng(0)
    n = 200
    return pd.DataFrame(
        {
            "trace_id": [f"t{i}" for i in range(n)],
            "x": random.normal(size=n),
            "y": random.normal(size=n),
            "cluster": pd.Series(random.integers(0, 3, n), dtype="Int64").mask(random.random(n) < 0.1),
            "started_at": pd.date_range("2026-01-01", periods=n, freq="7h", tz="UTC"),
            "release": random.choice(["1.0", "1.1", None], n),
            "model": random.choice(["a 'b'", "c"], n),
            "name": "chat",
            "feedback": pd.Series(random.choice([-1, 0, 1, None], n), dtype="Int8"),
            "signals": [
                ["asks_again"] if i % 3 == 0 else ["refusal", "asks_again"] if i % 7 == 0 else [] for i in range(n)
            ],
            "failed": random.random(n) < 0.2,
            "first_words": [f"line {i}\nbreak" for i in range(n)],
        }
    )


FILTERS = st.builds(
    Filters,
    since=st.none() | st.dates(pd.Timestamp("2026-01-01").date(), pd.Timestamp("2026-03-01").date()),
    until=st.none() | st.dates(pd.Timestamp("2026-01-01").date(), pd.Timestamp("2026-03-01").date()),
    failed=st.booleans(),
    values=st.fixed_dictionaries(
        {
            "release": st.sampled_from([(), ("1.0",), ("1.0", "1.1")]),
            "model": st.sampled_from([(), ("a 'b'",)]),
            "name": st.sampled_from([(), ("chat",)]),
            "feedback": st.sampled_from([(), ("thumbs down",), tuple(FEEDBACK)]),
            "signals": st.sampled_from([(), ("refusal",), ("asks_again", "refusal")]),
        }
    ),
)


@given(filters=FILTERS)
def test_filters_and_their_line_of_pandas_agree(points, filters):
    scope = {"points": points, "pd": pd}
    exec(filters.code(), scope)
    assert scope["points"]["trace_id"].tolist() == points["trace_id"][filters.mask(points)].tolist()
    assert bool(filters.code()) == (filters.n_set > 0)


def test_a_column_without_differences_is_no_filter_and_no_colour(points):
    assert "name" not in facets(points) and "name" not in colour_columns(points)
    assert facets(points)["feedback"] == ["thumbs down", "neutral", "thumbs up"]
    assert facets(points)["signals"][0] == "asks_again"


# the map


def unpacked(content: bytes) -> tuple[dict, np.ndarray, list[str]]:
    size = struct.unpack("<I", content[:4])[0]
    head = json.loads(content[4 : 4 + size])
    numbers = np.frombuffer(content[4 + size :][: 6 * head["n"]], dtype="<u2").reshape(3, -1)
    return head, numbers, content[4 + size + 6 * head["n"] :].decode().split("\n")


def test_points_cross_the_wire_within_one_step_of_16_bits(points):
    head, (x, y, cluster), words = unpacked(pack(points, "map", "v1"))
    extent = head["extent"]
    assert np.abs(extent["x"] + x * extent["unit"] - points["x"]).max() <= extent["unit"]
    assert np.abs(extent["y"] + y * extent["unit"] - points["y"]).max() <= extent["unit"]
    assert (cluster == points["cluster"].fillna(65535)).all()
    assert words[3] == "line 3 break" and len(words) == len(points)


@pytest.mark.parametrize("n", [0, 1])
def test_a_map_of_hardly_anything_can_be_sent(points, n):
    head, numbers, _ = unpacked(pack(points.head(n), "map", "v1"))
    assert head["n"] == n and numbers.shape == (3, n)


def test_the_view_tells_layers_and_colours_apart(points):
    shown = points["failed"].to_numpy()
    selected = (points["cluster"] == 1).fillna(False).to_numpy(dtype=bool)
    clusters = pd.DataFrame({"cluster": [1], "name": ["one"], "n": [9], "x": [0.0], "y": [0.0]})
    sent = view_payload(
        points, clusters, Look(colouring(points, "failed"), shown, selected), version="v", store="s", drawn=None
    )
    look = np.frombuffer(base64.b64decode(sent["look"]), dtype=np.uint8)
    assert (look >> 6 == np.where(shown & selected, 2, shown.astype(int))).all()
    assert (look & 63 == np.where(points["failed"], 0, 1)).all()
    assert sent["n_selected"] == int((shown & selected).sum())
    json.dumps(sent)


# words, and bytes that have no file


@given(st.text(alphabet=st.sampled_from(list("a1 \\`*_[](){}#+-.!|<>~$:/&^=\n")), max_size=40))
def test_disarmed_text_has_a_backslash_before_every_mark(text):
    written = plain(text)
    assert written.replace("\\", "").replace("\u2060", "") == " ".join(text.split()).replace("\\", "")
    marks = set("`*_{}[]()#+-.!|<>~$:&^=")
    assert all(before == "\\" for before, mark in zip(" " + written, written, strict=False) if mark in marks)


def test_an_address_does_not_become_a_link():
    assert "http://" not in plain("see http://a.test or www.a.test or me@a.test").replace("\\", "")
    assert "@a" not in plain("me@a.test")


def test_the_outcome_is_in_words():
    assert outcome("ok", pd.NA, None) == ""
    assert outcome("error", -1, ["asks_again", "asks_again"]) == "error, thumbs down, asks again"


@pytest.mark.skipif(not can_upload(), reason="this system has no files that live in memory only")
def test_an_upload_has_a_path_only_while_it_is_read():
    with in_memory(b"raw", "../mine.jsonl") as path:
        assert path.name == "mine.jsonl" and path.is_symlink()
        assert path.read_bytes() == b"raw" and path.read_bytes() == b"raw"
    assert not path.parent.exists()


def test_an_account_names_the_file_that_was_uploaded():
    from workbench.ingest import IngestReport

    path = "/tmp/a/mine.jsonl"
    counts = {"traces": 0, "duplicates": 0, "rejected": 1, "spans": 0, "labels": 0, "without_text": 0, "rows": 1}
    report = IngestReport(
        **counts,
        batch=None,
        redacted={"EMAIL": 2},
        rejected_rows=[{"file": path, "row": 0, "reason": f"{path} is empty"}],
        ner="offline tagger",
        policy="default",
        files=[],
        notices=[f"{path}: column q was taken for input"],
    )
    told = account(report, {path: "mine.jsonl"})
    assert told["rejected"] == [{"file": "mine.jsonl", "row": 0, "reason": "mine.jsonl is empty"}]
    assert told["notices"] == [plain("mine.jsonl: column q was taken for input")]
    assert not told["took"]
