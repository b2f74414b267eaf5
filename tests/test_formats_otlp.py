"""OTLP/JSON: every envelope, every convention, and what a trace becomes of it."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from workbench import formats
from workbench.formats import Rejected, SpanRow

START = 1_700_000_000_000_000_000


def any_value(value: Any) -> dict:
    """A Python value as OTLP's AnyValue."""
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, list):
        return {"arrayValue": {"values": [any_value(item) for item in value]}}
    if isinstance(value, dict):
        return {"kvlistValue": {"values": attributes(value)}}
    return {"stringValue": value}


def attributes(values: dict) -> list:
    return [{"key": key, "value": any_value(value)} for key, value in values.items()]


def span(
    name: str = "chat", span_id: str = "b" * 16, parent: str = "", attrs: dict | None = None, at: int = 0, **more
) -> dict:
    return {
        "traceId": "A" * 32, "spanId": span_id, "parentSpanId": parent, "name": name, "kind": 3,
        "startTimeUnixNano": str(START + at * 10**9), "endTimeUnixNano": str(START + (at + 1) * 10**9),
        "attributes": attributes(attrs or {}), **more,
    }  # fmt: skip


def envelope(*spans: dict, resource: dict | None = None) -> dict:
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": attributes(resource or {})},
                "scopeSpans": [{"scope": {}, "spans": list(spans)}],
            }
        ]
    }


def read(tmp_path: Path, content: object) -> list:
    path = tmp_path / "file"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    assert formats.detect(path) == "otlp"
    return list(formats.read(path))


def trace_of(tmp_path: Path, *spans: dict, resource: dict | None = None) -> dict:
    return formats.assemble([record.span for record in read(tmp_path, envelope(*spans, resource=resource))])


def said(trace: dict) -> list[tuple[str, Any]]:
    return [(message["role"], message["content"]) for message in trace["messages"]]


@pytest.mark.parametrize("form", ["object", "pretty", "lines", "snake", "bare spans", "spans of an api", "tempo"])
def test_every_envelope_gives_the_same_spans(tmp_path, form):
    spans = [span("root", "1" * 16), span("child", "2" * 16, "1" * 16, at=1)]
    whole = envelope(*spans, resource={"service.name": "shop", "service.version": "1.2"})
    snake = {
        "resource_spans": [{"resource": {"attributes": whole["resourceSpans"][0]["resource"]["attributes"]},
          "scope_spans": [{"spans": [
            {"trace_id": s["traceId"], "span_id": s["spanId"], "parent_span_id": s["parentSpanId"], "name": s["name"],
             "start_time_unix_nano": int(s["startTimeUnixNano"]), "end_time_unix_nano": int(s["endTimeUnixNano"]),
             "attributes": [{"key": "x", "value": {"string_value": "y"}}]} for s in spans]}]}],
    }  # fmt: skip
    content = {
        "object": json.dumps(whole), "pretty": json.dumps(whole, indent=2), "snake": json.dumps(snake),
        "lines": json.dumps(envelope(spans[0])) + "\n" + json.dumps(envelope(spans[1])),
        "bare spans": json.dumps(spans), "spans of an api": json.dumps({"data": spans, "next_cursor": None}),
        "tempo": json.dumps({"batches": whole["resourceSpans"]}),
    }[form]  # fmt: skip
    records = read(tmp_path, content)
    assert [record.row for record in records] == [0, 1]
    first, second = (record.span for record in records)
    assert (first["trace_id"], first["span_id"], first["parent_id"], first["name"]) == (
        "A" * 32,
        "1" * 16,
        None,
        "root",
    )
    assert (second["parent_id"], second["latency_ms"]) == ("1" * 16, 1000.0)
    assert first["started_at"] == datetime.fromtimestamp(START / 1e9, UTC)
    if form in ("object", "pretty", "snake", "tempo"):
        assert (first["detail"]["service"], first["detail"]["release"]) == ("shop", "1.2")


def test_resources_may_stand_behind_their_spans(tmp_path):
    whole = envelope(span(), resource={"service.name": "late"})
    holder = whole["resourceSpans"][0]
    whole["resourceSpans"][0] = {"scopeSpans": holder["scopeSpans"], "resource": holder["resource"]}
    assert read(tmp_path, whole)[0].span["detail"]["service"] == "late"


NEW_IN = [
    {"role": "system", "parts": [{"type": "text", "content": "be kind"}]},
    {"role": "user", "parts": [{"type": "text", "content": "weather?"}]},
    {
        "role": "assistant",
        "parts": [{"type": "tool_call", "id": "c1", "name": "weather", "arguments": {"city": "Paris"}}],
    },
    {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": "rainy"}]},
]
NEW_OUT = [
    {
        "role": "assistant",
        "parts": [{"type": "reasoning", "content": "hm"}, {"type": "text", "content": "Rain."}],
        "finish_reason": "stop",
    }
]
OLD_EVENTS = [
    ("gen_ai.system.message", {"content": "be kind"}),
    ("gen_ai.user.message", {"content": "weather?"}),
    ("gen_ai.assistant.message", {"tool_calls": json.dumps([{"id": "c1", "type": "function",
      "function": {"name": "weather", "arguments": '{"city": "Paris"}'}}])}),
    ("gen_ai.tool.message", {"id": "c1", "content": "rainy"}),
    ("gen_ai.choice", {"index": 0, "finish_reason": "stop", "message": json.dumps({"role": "assistant",
      "content": "Rain."})}),
]  # fmt: skip
CALL = {"type": "function", "function": {"name": "weather", "arguments": '{"city":"Paris"}'}, "id": "c1"}

CONVENTIONS: dict[str, dict] = {
    "genai as JSON": {
        "attrs": {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai",
          "gen_ai.request.model": "gpt-5", "gen_ai.usage.input_tokens": 5,
                  "gen_ai.usage.output_tokens": 7, "gen_ai.input.messages": json.dumps(NEW_IN),
                    "gen_ai.output.messages": json.dumps(NEW_OUT)},
    },
    "genai native": {
        "attrs": {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai",
          "gen_ai.request.model": "gpt-5", "gen_ai.usage.input_tokens": 5,
                  "gen_ai.usage.output_tokens": 7, "gen_ai.input.messages": NEW_IN[1:],
                    "gen_ai.output.messages": NEW_OUT,
                  "gen_ai.system_instructions": [{"type": "text", "content": "be kind"}]},
    },
    "genai old": {
        "attrs": {"gen_ai.operation.name": "chat", "gen_ai.system": "openai", "gen_ai.request.model": "gpt-5",
          "gen_ai.usage.input_tokens": 5,
                  "gen_ai.usage.output_tokens": 7},
        "events": [{"name": name, "timeUnixNano": str(START), "attributes": attributes(body)} for name,
          body in OLD_EVENTS],
    },
    "genai details event": {
        "attrs": {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai",
          "gen_ai.request.model": "gpt-5", "gen_ai.usage.input_tokens": 5,
                  "gen_ai.usage.output_tokens": 7},
        "events": [{"name": "gen_ai.client.inference.operation.details", "attributes": attributes({
            "gen_ai.input.messages": json.dumps(NEW_IN), "gen_ai.output.messages": json.dumps(NEW_OUT)})}],
    },
    "openllmetry old": {
        "attrs": {"llm.request.type": "chat", "gen_ai.system": "openai", "gen_ai.request.model": "gpt-5",
          "gen_ai.usage.prompt_tokens": 5,
                  "gen_ai.usage.completion_tokens": 7, "llm.usage.total_tokens": 12,
                  "gen_ai.prompt.0.role": "system", "gen_ai.prompt.0.content": "be kind",
                  "gen_ai.prompt.1.role": "user", "gen_ai.prompt.1.content": "weather?",
                  "gen_ai.prompt.2.role": "assistant", "gen_ai.prompt.2.tool_calls.0.id": "c1",
                    "gen_ai.prompt.2.tool_calls.0.name": "weather",
                  "gen_ai.prompt.2.tool_calls.0.arguments": '{"city":"Paris"}',
                  "gen_ai.prompt.3.role": "tool", "gen_ai.prompt.3.content": "rainy",
                    "gen_ai.prompt.3.tool_call_id": "c1",
                  "gen_ai.completion.0.role": "assistant", "gen_ai.completion.0.content": "Rain.",
                    "gen_ai.completion.0.finish_reason": "stop"},
    },
    "openinference": {
        "attrs": {"openinference.span.kind": "LLM", "llm.provider": "openai", "llm.model_name": "gpt-5",
          "llm.token_count.prompt": 5,
                  "llm.token_count.completion": 7, "input.value": '{"messages": "kept out"}', "output.value": "{}",
                  "llm.input_messages.0.message.role": "system", "llm.input_messages.0.message.content": "be kind",
                  "llm.input_messages.1.message.role": "user",
                    "llm.input_messages.1.message.contents.0.message_content.type": "text",
                  "llm.input_messages.1.message.contents.0.message_content.text": "weather?",
                  "llm.input_messages.2.message.role": "assistant",
                  "llm.input_messages.2.message.tool_calls.0.tool_call.id": "c1",
                  "llm.input_messages.2.message.tool_calls.0.tool_call.function.name": "weather",
                  "llm.input_messages.2.message.tool_calls.0.tool_call.function.arguments": '{"city":"Paris"}',
                  "llm.input_messages.3.message.role": "tool", "llm.input_messages.3.message.content": "rainy",
                  "llm.input_messages.3.message.tool_call_id": "c1",
                  "llm.output_messages.0.message.role": "assistant",
                    "llm.output_messages.0.message.content": "Rain."},
    },
    "langfuse": {
        "attrs": {"langfuse.observation.type": "generation", "langfuse.observation.model.name": "gpt-5",
          "gen_ai.system": "openai",
                  "gen_ai.usage.input_tokens": 5, "gen_ai.usage.output_tokens": 7,
                  "langfuse.observation.input": json.dumps([{"role": "system", "content": "be kind"},
                    {"role": "user", "content": "weather?"},
                                                            {"role": "assistant", "content": None,
                                                              "tool_calls": [CALL]},
                                                            {"role": "tool", "content": "rainy",
                                                              "tool_call_id": "c1"}]),
                  "langfuse.observation.output": json.dumps({"role": "assistant", "content": "Rain."})},
    },
    "vercel": {
        "attrs": {"ai.operationId": "ai.generateText.doGenerate", "ai.model.id": "gpt-5",
          "ai.model.provider": "openai", "ai.usage.promptTokens": 5,
                  "ai.usage.completionTokens": 7, "ai.response.text": "Rain.",
                  "ai.prompt.messages": json.dumps([{"role": "system", "content": "be kind"},
                      {"role": "user", "content": [{"type": "text", "text": "weather?"}]},
                      {"role": "assistant", "content": [{"type": "tool-call", "toolCallId": "c1",
                        "toolName": "weather", "input": {"city": "Paris"}}]},
                      {"role": "tool", "content": [{"type": "tool-result", "toolCallId": "c1",
                        "toolName": "weather", "output": "rainy"}]}])},
    },
}  # fmt: skip


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_every_convention_says_the_same(tmp_path, convention):
    given = CONVENTIONS[convention]
    trace = trace_of(tmp_path, span(attrs=given["attrs"], events=given.get("events", [])))
    words = [(m["role"], "Rain." if isinstance(m["content"], list) else m["content"]) for m in trace["messages"]]
    assert words == [
        ("system", "be kind"),
        ("user", "weather?"),
        ("assistant", None),
        ("tool", "rainy"),
        ("assistant", "Rain."),
    ]
    (call,) = trace["messages"][2]["tool_calls"]
    assert (call["id"], call["function"]["name"], json.loads(call["function"]["arguments"])) == (
        "c1",
        "weather",
        {"city": "Paris"},
    )
    assert trace["messages"][3]["tool_call_id"] == "c1"
    facts = (
        "input",
        "output",
        "n_turns",
        "n_tool_calls",
        "model",
        "provider",
        "tokens_in",
        "tokens_out",
        "system_prompt",
        "status",
    )
    assert [trace[key] for key in facts] == ["weather?", "Rain.", 1, 1, "gpt-5", "openai", 5, 7, "be kind", "ok"]


def test_a_call_that_brings_response_or_result_is_the_same(tmp_path):
    for key in ("response", "result"):
        messages = [{"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", key: {"t": 3}}]}]
        (record,) = read(
            tmp_path,
            envelope(span(attrs={"gen_ai.operation.name": "chat", "gen_ai.input.messages": json.dumps(messages)})),
        )
        assert record.span["detail"]["messages_in"][0]["content"] == {"t": 3}


def test_spans_without_content_still_make_a_trace(tmp_path):
    trace = trace_of(
        tmp_path,
        span(attrs={"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 3}),
    )
    assert "input" not in trace and "messages" not in trace
    assert (trace["model"], trace["tokens_in"], trace["status"]) == ("m", 3, "ok")


@pytest.mark.parametrize(
    ("attrs", "key", "value"),
    [
        ({"session.id": "s", "gen_ai.conversation.id": "c"}, "session_id", "s"),
        ({"gen_ai.conversation.id": "c"}, "session_id", "c"),
        ({"traceloop.association.properties.session_id": "t"}, "session_id", "t"),
        ({"langsmith.trace.session_id": "a project"}, "session_id", None),
        ({"user.id": "u", "langfuse.user.id": "v"}, "user_id", "u"),
        ({"langfuse.trace.tags": ["a", "b"]}, "tags", ["a", "b"]),
        ({"llm.cost.total": 0.25}, "cost_usd", 0.25),
        ({"deployment.environment.name": "prod"}, "environment", "prod"),
        ({"gen_ai.response.model": "m-2", "gen_ai.request.model": "m"}, "model", "m-2"),
        ({"gen_ai.request.temperature": 0.5, "gen_ai.request.model": "m"}, "params", {"temperature": 0.5}),
        ({"metadata": '{"team": "x"}', "free": 1}, "metadata", {"team": "x", "free": 1}),
    ],
)
def test_facts_by_the_order_in_which_keys_are_believed(tmp_path, attrs, key, value):
    trace = trace_of(tmp_path, span(attrs={"gen_ai.operation.name": "chat", **attrs}))
    assert trace.get(key) == value


@pytest.mark.parametrize(
    ("attrs", "kind"),
    [
        ({"gen_ai.operation.name": "execute_tool"}, "tool"), ({"gen_ai.operation.name": "invoke_agent"}, "agent"),
        ({"gen_ai.operation.name": "embeddings"}, "embedding"), ({"openinference.span.kind": "RETRIEVER"},
          "retriever"),
        ({"traceloop.span.kind": "workflow"}, "chain"), ({"gen_ai.request.model": "m"}, "llm"),
          ({"http.method": "GET"}, "span"),
        ({"openinference.span.kind": "GUARDRAIL"}, "guardrail"), ({"openinference.span.kind": "EVALUATOR"},
          "evaluator"),
    ],
)  # fmt: skip
def test_kinds(tmp_path, attrs, kind):
    assert read(tmp_path, envelope(span(attrs=attrs)))[0].span["kind"] == kind


def test_an_exception_is_the_error(tmp_path):
    event = {
        "name": "exception",
        "attributes": attributes({"exception.type": "Timeout", "exception.message": "too slow"}),
    }
    trace = trace_of(tmp_path, span(status={"code": 2}, events=[event]))
    assert (trace["status"], trace["error"]) == ("error", "Timeout: too slow")
    assert trace_of(tmp_path, span(status={"code": "STATUS_CODE_ERROR", "message": "no"}))["error"] == "no"


def test_an_evaluation_event_is_a_judges_label(tmp_path):
    event = {"name": "gen_ai.evaluation.result", "attributes": attributes({
        "gen_ai.evaluation.name": "relevance", "gen_ai.evaluation.score.label": "relevant",
          "gen_ai.evaluation.explanation": "on topic"})}  # fmt: skip
    (record,) = read(tmp_path, envelope(span(events=[event])))
    assert record.labels == [{
        "trace_id": "A" * 32, "dimension": "relevance", "value": "relevant", "note": "on topic",
          "annotator": "relevance",
        "annotator_kind": "judge",
    }]  # fmt: skip


def test_retrieved_documents(tmp_path):
    attrs = {
        "openinference.span.kind": "RETRIEVER",
        "retrieval.documents.0.document.id": "d1", "retrieval.documents.0.document.content": "text",
          "retrieval.documents.0.document.score": 0.5,
        "retrieval.documents.1.document.content": "more",
    }  # fmt: skip
    trace = trace_of(tmp_path, span(attrs=attrs))
    assert trace["retrieved"] == [
        {"id": "d1", "score": 0.5, "text": "text"},
        {"id": None, "score": None, "text": "more"},
    ]
    genai = {
        "gen_ai.operation.name": "retrieval",
        "gen_ai.retrieval.documents": json.dumps([{"id": "d", "score": 0.1}]),
    }
    assert trace_of(tmp_path, span(attrs=genai))["retrieved"] == [{"id": "d", "score": 0.1, "text": None}]


def test_media_and_vectors_are_cut_to_their_size(tmp_path):
    attrs = {"embedding.embeddings.0.embedding.vector": [0.5] * 300, "openinference.span.kind": "EMBEDDING"}
    (record,) = read(tmp_path, envelope(span(attrs=attrs)))
    assert record.span["detail"]["metadata"] == {"embedding.embeddings.0.embedding.vector": "[300 numbers left out]"}


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        ({**span(), "traceId": ""}, "resourceSpans[0].scopeSpans[0].spans[1].traceId: expected an id"),
        ({**span(), "spanId": 7}, "resourceSpans[0].scopeSpans[0].spans[1].spanId: expected an id"),
        ("secret", "resourceSpans[0].scopeSpans[0].spans[1]: expected a span object"),
    ],
)
def test_a_broken_span_costs_itself(tmp_path, broken, says):
    records = read(tmp_path, envelope(span(), broken, span()))
    assert [type(record) for record in records] == [SpanRow, Rejected, SpanRow]
    assert records[1].reason == says


def test_a_cut_file_gives_the_spans_before_the_cut(tmp_path):
    whole = json.dumps(envelope(*[span(span_id=f"{n:016x}") for n in range(5)]))
    path = tmp_path / "file"
    path.write_text(whole[: whole.index("0000000000000003")])
    records = list(formats.read(path))
    assert [type(record) for record in records] == [SpanRow] * 3 + [Rejected]


def test_logs_and_metrics_are_rejected_row_by_row(tmp_path):
    path = tmp_path / "file"
    path.write_text('{"resourceLogs": []}\n{"resourceMetrics": []}\n')
    assert [record.reason for record in formats.read(path)] == ["resourceSpans: expected a list"] * 2
