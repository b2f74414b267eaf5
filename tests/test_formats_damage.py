"""Whatever is done to a good export, the readers give records of the promised types, or one line of refusal."""

import copy
import json
import random
from collections import defaultdict
from typing import Any

import pytest
import test_formats_braintrust
import test_formats_langfuse
import test_formats_openinference
import test_formats_otlp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench import formats
from workbench.errors import BadSettings, WorkbenchError
from workbench.formats import ColumnMapping, ReadOptions, Rejected, SpanRow, TraceRow
from workbench.tables import SPANS, TRACES

CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
CHAT = [{"role": "user", "content": [{"type": "text", "text": "a"}]}, {"role": "assistant", "tool_calls": [CALL]}]
OTHER_CHAT = [{"type": "ai", "content": "x"}, {"role": "model", "parts": [{"functionCall": {"name": "f"}}]}]
GOOD: dict[str, list[Any]] = {
    "otlp": [
        test_formats_otlp.envelope(test_formats_otlp.span(attrs=given["attrs"], events=given.get("events", [])))
        for given in test_formats_otlp.CONVENTIONS.values()
    ],
    "openinference": [test_formats_openinference.REST, [test_formats_openinference.FRAME]],
    "langfuse": [
        {"trace": test_formats_langfuse.TRACE, "observations": test_formats_langfuse.OBSERVATIONS, "scores": [{}]},
        test_formats_langfuse.OBSERVATIONS,
    ],
    "braintrust": [test_formats_braintrust.API, [test_formats_braintrust.ROW]],
    "transcript": [[{"messages": CHAT, "id": "a"}, {"messages": OTHER_CHAT, "tools": [{}]}]],
    "generic": [[{"id": "1", "input": "a", "messages": CHAT, "contexts": [{"id": 1}], "usage": {"input": 1}}]],
}
JUNK = [
    None, True, 0, -1, 1.5, "", "x", "null", "[", "{}", "[]", [], {}, [[]], [{}], [None], {"a": None}, {"role": "user"},
    10**30, "9" * 30, ["a", {"b": []}], {"content": {"parts": 3}}, '[{"role": 1}]', {"message": {"role": None}},
]  # fmt: skip
TYPES = {"text": str, "number": (int, float), "count": int, "sign": int}


def places(value: Any, here: tuple = ()) -> list[tuple]:
    """The path of everything in a value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [here] * bool(here) + [place for key, item in inside for place in places(item, (*here, key))]


def damaged(value: Any, chance: random.Random) -> Any:
    """The value with one to three things in it replaced, removed, doubled or turned to text."""
    value = copy.deepcopy(value)
    for _ in range(chance.randint(1, 3)):
        place = chance.choice(places(value) or [(0,)])
        holder = value
        for step in place[:-1]:
            holder = holder[step]
        what = chance.random()
        if not holder:
            break
        if what < 0.6:
            holder[place[-1]] = copy.deepcopy(chance.choice(JUNK))
        elif what < 0.8:
            del holder[place[-1]]
        else:
            holder[place[-1]] = json.dumps(holder[place[-1]])
    return value


def check(record: dict, columns: tuple) -> None:
    """Whether a record holds only a table's columns, each in its type."""
    assert set(record) <= {column.name for column in columns} | {"system_prompt", "tools"}
    for column in columns:
        if record.get(column.name) is not None and column.type in TYPES:
            assert isinstance(record[column.name], TYPES[column.type]), column.name
    json.dumps(record, default=str).encode("utf-8")


@pytest.mark.parametrize("name", GOOD)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_damage_never_breaks_a_reader(tmp_path, name, seed):
    chance = random.Random(seed)
    path = tmp_path / "file"
    path.write_text(json.dumps(damaged(chance.choice(GOOD[name]), chance)))
    spans = defaultdict(list)
    try:
        records = list(formats.read(path, format=name))
    except WorkbenchError as error:
        assert "\n" not in str(error)
        return
    assert [record.row for record in records] == list(range(len(records)))
    for record in records:
        if isinstance(record, TraceRow):
            check(record.trace, TRACES)
            for span in record.spans:
                check(span, SPANS)
        elif isinstance(record, SpanRow):
            check(record.span, SPANS)
            spans[record.span["trace_id"]].append(record.span)
    for listed in spans.values():
        check(formats.assemble(listed), TRACES)


# what stands after the end, and what stands in one row only


@pytest.mark.parametrize(
    ("text", "rows", "rejected"),
    [
        ('{"input": "a", "output": "b"}\n{"input": "cut\n{"input": "c", "out', 1, 2),
        ('{"input": "a", "output": "b"}\nno json\nnone here\n', 1, 2),
        ('{\n "input": "a",\n "output": "b"\n}\nno json\n', 1, 1),
        ('[\n {"input": "a"}\n]\n[\n {"input": "b"}\n]\n', 1, 1),
        ('{"traces": [\n {"input": "a"},\n {"input": "b"}\n]}\nno json', 2, 1),
    ],
)
def test_what_follows_the_end_of_the_json_is_accounted_for(tmp_path, text, rows, rejected):
    path = tmp_path / "export"
    path.write_text(text)
    found = list(formats.read(path))
    assert [isinstance(record, Rejected) for record in found] == [False] * rows + [True] * rejected


def test_a_wrong_mapping_shows_plain_column_names_only(tmp_path):
    path = tmp_path / "rows"
    path.write_text('{"jane.roe@example.org": "hello there", "said": "x"}\n')
    with pytest.raises(BadSettings) as caught:
        list(formats.read(path, options=ReadOptions(mapping=ColumnMapping({"nope": "input"}))))
    assert "said" in str(caught.value) and "jane.roe" not in str(caught.value)
