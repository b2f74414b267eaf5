"""The columns of every table, as data: name, type and one line of meaning each.

Readers (formats), the store, the exports and the documentation all read these lists, so a column is declared once.
Nested values (messages, retrieved, params, metadata, detail) are JSON text: platforms disagree about their inner shape,
DuckDB reads into them with ``->>``, and a new platform then needs no migration.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, its type (see ``schema``) and what it means."""

    name: str
    type: str
    meaning: str


TRACES: tuple[Column, ...] = (
    Column(
        "trace_id", "text", "the id given in the source, or a hash of the redacted record and its occurrence number"
    ),
    Column("session_id", "text", "the conversation or session the trace belongs to"),
    Column("user_id", "text", "the end user, as an HMAC under the workspace's secret"),
    Column("started_at", "time", "when the trace began, UTC"),
    Column("latency_ms", "number", "from first to last event, milliseconds"),
    Column("source", "text", "the format the trace came in, or what the file itself gives as its source"),
    Column("name", "text", "what the application calls this kind of trace"),
    Column("environment", "text", "production, staging, ... as the source says"),
    Column("release", "text", "version of the application"),
    Column("model", "text", "the model that answered last"),
    Column("provider", "text", "who serves that model"),
    Column("params", "json", "request parameters of that model call"),
    Column("prompt_hash", "text", "hash of the redacted system prompt"),
    Column("tools_hash", "text", "hash of the redacted tool definitions"),
    Column("input", "text", "what was asked, redacted: the first user message, or the source's own input"),
    Column("output", "text", "what was answered, redacted: the last assistant message, or the source's own output"),
    Column("messages", "json", "the whole conversation: list of {role, content, tool_calls, tool_call_id, name}"),
    Column("retrieved", "json", "passages fetched for the answer: list of {id, score, text}"),
    Column("n_turns", "count", "user messages"),
    Column("n_tool_calls", "count", "tool calls made"),
    Column("tokens_in", "count", "prompt tokens"),
    Column("tokens_out", "count", "completion tokens"),
    Column("cost_usd", "number", "cost, US dollars"),
    Column("status", "text", "ok or error"),
    Column("error", "text", "the error message, redacted"),
    Column("feedback", "sign", "the user's own verdict: -1, 0 or 1"),
    Column("signals", "words", "failure signals seen in the trace, by name"),
    Column("tags", "words", "tags the source carries"),
    Column("metadata", "json", "everything else the source carries, redacted"),
    Column("batch", "text", "the ingest that brought the trace in"),
    Column("text_hash", "text", "hash of the redacted text of the trace"),
)

SPANS: tuple[Column, ...] = (
    Column("trace_id", "text", "the trace the span belongs to"),
    Column("span_id", "text", "the span's own id"),
    Column("parent_id", "text", "the span it ran under; empty for a root"),
    Column("kind", "text", "llm, tool, retriever, agent, chain, embedding, guardrail, evaluator, event or span"),
    Column("name", "text", "the span's name"),
    Column("started_at", "time", "when it began, UTC"),
    Column("latency_ms", "number", "how long it took, milliseconds"),
    Column("status", "text", "ok or error"),
    Column("input", "text", "what went in, redacted; JSON text where it was structured"),
    Column("output", "text", "what came out, redacted; JSON text where it was structured"),
    Column("detail", "json", "what the trace is put together from: messages, documents, model, tokens, ids"),
    Column("batch", "text", "the ingest that brought the span in"),
)

LABELS: tuple[Column, ...] = (
    Column("trace_id", "text", "the trace that was judged"),
    Column("dimension", "text", "outcome, code, note, or a dimension of the rubric"),
    Column("value", "text", "the verdict; of a code its name, of a note its text, redacted"),
    Column("severity", "count", "1-5, where the label has one"),
    Column("note", "text", "the critique, redacted"),
    Column("gold_answer", "text", "the answer that should have been given, redacted"),
    Column("annotator", "text", "who judged"),
    Column("annotator_kind", "text", "human, judge, rule or user"),
    Column("codebook_version", "count", "the codebook in force"),
    Column("rubric_version", "count", "the rubric in force, of a label on one of its dimensions"),
    Column("round", "text", "blind, adjudicated, or unblinded where a flag was seen first"),
    Column("saw", "json", "what was on the screen"),
    Column("seconds", "number", "time taken, seconds"),
    Column("labelled_at", "time", "when, UTC"),
    Column(
        "at", "text", "the turn or span it is about: message:N (from 0), span:ID, step:N; empty for the whole trace"
    ),
    Column("withdrawn", "flag", "true takes back the label it is newer than"),
)

SAMPLES: tuple[Column, ...] = (
    Column("sample_id", "text", "the sample"),
    Column("trace_id", "text", "a trace in it"),
    Column("stratum", "text", "the stratum it was drawn from"),
    Column("reason", "text", "why it was drawn"),
    Column("weight", "number", "1 / inclusion probability; empty for a deliberate pick"),
)

POINTS: tuple[Column, ...] = (
    Column("trace_id", "text", "the trace"),
    Column("x", "number", "map coordinate"),
    Column("y", "number", "map coordinate"),
    Column("cluster", "count", "cluster id; empty where unclustered"),
)

CODES: tuple[Column, ...] = (
    Column("code_id", "text", "the code; never changes and is never used again"),
    Column("name", "text", "what people call it"),
    Column("definition", "text", "what it means, redacted"),
    Column("includes", "text", "what else counts as it, redacted"),
    Column("excludes", "text", "what looks like it and is not, redacted"),
    Column("just_in", "text", "an example that is just about it, redacted"),
    Column("just_out", "text", "an example that just about is not, redacted"),
    Column("severity", "count", "1 to 5; empty where nobody has said"),
    Column("owner", "text", "who decides what it means"),
    Column("aliases", "words", "other names and spellings"),
    Column("category", "text", "the group it belongs to"),
    Column("status", "text", "active, merged, split or retired"),
    Column("into", "words", "ids of the codes it was merged or split into"),
    Column("labels", "count", "labels that count as it"),
    Column("traces", "count", "traces with such a label"),
    Column("annotators", "count", "people who gave one"),
    Column("stale", "count", "those of the labels that wait to be looked at again"),
)

GOLDEN: tuple[Column, ...] = (
    Column("case_id", "text", "the case; never changes"),
    Column("input_payload", "json", "what goes in: query, history, retrieved_context, tool_definitions; redacted"),
    Column("expected_behavior", "text", "what a good answer does, in plain language"),
    Column("reference", "text", "an answer that would be right"),
    Column("checks", "json", "deterministic checks"),
    Column("rubric", "json", "the rubric as it was"),
    Column("rubric_version", "count", "its version"),
    Column("evaluation_type", "text", "exact, rules, reference or open_ended"),
    Column("risk_level", "text", "low, medium, high or critical"),
    Column("edge", "text", "injection, toxicity or policy, for the edge set"),
    Column("source", "text", "production, expert, adversarial or synthetic"),
    Column("category", "text", "happy_path, edge, adversarial or drift"),
    Column("slices", "json", "what the gate reports by: intent, complexity, ..."),
    Column("capture_date", "text", "the day the input was seen or written"),
    Column("product_version", "text", "the release it was seen in"),
    Column("labelled_by", "words", "who said what should happen"),
    Column("agreement", "text", "single, agreed, adjudicated or disputed"),
    Column("version_added", "count", "the golden version it came in with"),
    Column("parent_case", "text", "the case it was made from"),
    Column("trace_id", "text", "the production trace it was promoted from"),
)

TABLES: dict[str, tuple[Column, ...]] = {
    "traces": TRACES,
    "spans": SPANS,
    "labels": LABELS,
    "samples": SAMPLES,
    "points": POINTS,
}

PURGED = "purged-"
"""What the id of a purged trace begins with, in the rows that outlive it: a keyed hash of the id follows."""

EXPORTED: dict[str, tuple[Column, ...]] = {**TABLES, "codes": CODES, "golden": GOLDEN}  # the last two are worked out


def names(table: str) -> list[str]:
    """The column names of a table, in order."""
    return [column.name for column in TABLES[table]]


def schema(table: str) -> "pa.Schema":
    """The Arrow schema a table is stored with; all columns may be null."""
    import pyarrow as pa

    arrow_types = {
        "text": pa.string(),
        "json": pa.string(),
        "number": pa.float64(),
        "count": pa.int64(),
        "sign": pa.int8(),
        "flag": pa.bool_(),
        "time": pa.timestamp("us", tz="UTC"),
        "words": pa.list_(pa.string()),
    }
    return pa.schema([pa.field(column.name, arrow_types[column.type]) for column in TABLES[table]])
