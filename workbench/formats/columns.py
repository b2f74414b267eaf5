"""Which column of somebody's table is which column of ours, and why: a guess that is shown, not hidden.

A name from the traces table counts in any spelling; then come names that people use for the same thing. Several
columns may stand for one of ours (``prompt`` and ``question``): the first that says something in a row is taken, and
the others stay in the metadata. A guess by a synonym is dropped where the cells do not have the type.

An id-like column is taken for the trace id only where under 5% of its values repeat: a user, a task or a product has
an id too, and taking it would throw traces away as duplicates.
"""

import re
from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from workbench.formats import values
from workbench.formats.conversations import conversation_of
from workbench.formats.jsontext import inner
from workbench.formats.messages import LIST_KEYS
from workbench.tables import TRACES

MAX_REPEATS = 0.05
OWN = {column.name: column for column in TRACES}
COMPUTED = frozenset({"batch", "text_hash"})

SYNONYMS: dict[str, tuple[str, ...]] = {
    "input": (
        "question", "request_body", "prompt", "query", "user_input", "user_message", "user_query", "user_prompt",
        "request", "inputs",
        "instruction", "utterance", "text", "message", "full_text", "body", "comment", "review", "sentence", "tweet",
        "content", "customer_message", "post", "problem",
    ),
    "output": (
        "response", "response_body", "answer", "completion", "reply", "outputs", "assistant_response",
        "model_output", "model_response",
        "generation", "generated_text", "bot_response", "llm_output", "assistant_message", "ai_response",
        "prediction",
        "final_answer", "assistant", "result",
    ),
    "messages": tuple(key for key in LIST_KEYS if key not in ("messages", "steps", "input_messages")),
    "session_id": ("conversation_id", "thread_id", "chat_id", "session", "dialogue_id", "dialog_id", "convo_id"),
    "user_id": ("user", "end_user", "end_user_id", "username", "user_name", "userid", "customer_id", "author_id"),
    "started_at": (
        "timestamp", "start_time", "created_at", "created", "time", "date", "datetime", "ts", "started",
        "created_time",
        "event_time", "tweet_created", "request_created_at", "logged_at", "inserted_at", "start",
    ),
    "latency_ms": (
        "latency", "duration", "duration_ms", "latency_s", "latency_seconds", "duration_s", "duration_seconds",
        "duration_ns", "duration_us", "delay_ms", "response_time", "response_time_ms", "elapsed", "elapsed_ms",
        "elapsed_s", "total_time", "runtime_ms",
    ),
    "model": ("model_name", "model_id", "request_model", "response_model", "llm", "engine", "provided_model_name"),
    "provider": ("model_provider", "llm_provider", "vendor"),
    "params": ("parameters", "model_parameters", "invocation_params", "invocation_parameters", "model_params"),
    "environment": ("env", "deployment_environment"),
    "release": ("app_version", "version", "release_id", "git_sha", "revision"),
    "name": ("trace_name", "span_name", "operation", "route", "endpoint"),
    "retrieved": (
        "retrieved_documents", "retrieved_docs", "documents", "contexts", "retrieved_contexts", "context", "passages",
        "retrieval", "chunks", "sources",
    ),
    "tokens_in": ("prompt_tokens", "input_tokens", "tokens_input", "n_prompt_tokens"),
    "tokens_out": ("completion_tokens", "output_tokens", "tokens_output", "generated_tokens"),
    "cost_usd": ("cost", "total_cost", "price", "cost_dollars", "estimated_cost"),
    "status": ("status_code", "state", "outcome_status", "level"),
    "error": ("error_message", "exception", "status_message"),
    "feedback": ("user_feedback", "thumbs", "thumbs_up", "feedback_rating", "vote", "user_rating_sign"),
    "tags": ("tag", "labels"),
    "metadata": ("meta", "extra", "attributes", "properties"),
    "n_turns": ("turns_count", "num_turns"),
    "n_tool_calls": ("num_tool_calls", "tool_call_count"),
    "system_prompt": ("system", "system_message", "system_instructions", "instructions"),
    "tools": ("tool_definitions", "functions", "available_tools"),
}  # fmt: skip

_IDS = ("id", "uuid", "guid", "trace", "run_id", "request_id", "log_id", "record_id", "example_id", "sample_id", "uid")
_NOT_TRACE_IDS = re.compile(
    r"(^|_)(user|session|thread|parent|customer|account|order|product|agent|project|org|organization|tenant|author|"
    r"dataset|prompt|model|team|workspace|group|category|label|class|config|span|root|device|store|shop|reply|annotator)_?"
)
_ID_NAME = re.compile(r"(^|_)(id|uuid|guid)$")
_ABOUT_A_TRACE = re.compile(
    r"summary|reason|rationale|note|critique|explan|label|annotat|descri|judg|score|failure|cause|url|path|title"
)


@dataclass(frozen=True)
class ColumnChoice:
    """One source column, the column it became (empty: kept in the metadata) and why."""

    source: str
    target: str
    why: str


@dataclass(frozen=True)
class ColumnGuess:
    """What became of every source column, for the user to see, and what they should know about it."""

    choices: tuple[ColumnChoice, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def by_target(self) -> dict[str, list[str]]:
        """Our columns, each with its source columns, best first."""
        found: dict[str, list[str]] = {}
        for choice in self.choices:
            if choice.target:
                found.setdefault(choice.target, []).append(choice.source)
        return found

    def __str__(self) -> str:
        taken = [f"{choice.source} -> {choice.target} ({choice.why})" for choice in self.choices if choice.target]
        kept = [choice.source for choice in self.choices if not choice.target]
        lines = [*taken, *([f"kept as metadata: {', '.join(kept)}"] if kept else []), *self.notices]
        return "\n".join(lines)


def canonical(name: str) -> str | None:
    """The column of ours that a name spells exactly, in whichever spelling."""
    spelled = values.snake(name)
    for known in (spelled, f"{spelled}_id"):
        if known in OWN or known in ("system_prompt", "tools"):
            return known if known != "trace_id" or spelled != "trace" else None
    return {"traceid": "trace_id", "sessionid": "session_id", "userid": "user_id"}.get(spelled)


def is_id_like(name: str) -> bool:
    """Whether a name says "id" without saying whose, if that is somebody else than the trace."""
    spelled = values.snake(name)
    return spelled in _IDS or (bool(_ID_NAME.search(spelled)) and not _NOT_TRACE_IDS.search(spelled))


@dataclass
class IdColumn:
    """The values of an id-like column as 8-byte hashes, to tell how many repeat without holding them."""

    hashes: array = field(default_factory=lambda: array("Q"))
    rows: int = 0

    def add(self, value: Any) -> None:
        """Count one cell."""
        self.rows += 1
        if not values.is_absent(value) and isinstance(value, (str, int, float)):
            self.hashes.append(int.from_bytes(blake2b(str(value).encode("utf-8", "replace"), digest_size=8).digest()))

    @property
    def repeated(self) -> int:
        """How many values are not the first of their kind."""
        import numpy as np

        return len(self.hashes) - len(np.unique(np.frombuffer(self.hashes, dtype=np.uint64))) if self.hashes else 0

    @property
    def usable(self) -> bool:
        """Whether the column can be the trace id: nearly always there, and under 5% repeated."""
        return len(self.hashes) >= 0.95 * self.rows > 0 and self.repeated < MAX_REPEATS * len(self.hashes)


def choose(names: Iterable[str], sample: list[dict[str, Any]], ids: dict[str, IdColumn]) -> ColumnGuess:
    """Which of ``names`` become which of our columns.

    Args:
        names: the source's columns, in order.
        sample: its first rows, to check that cells have the type a synonym promises.
        ids: the id-like columns, counted over the whole file.
    """
    ranked: list[tuple[int, int, str, str, str]] = []
    notices: list[str] = []
    for at, name in enumerate(dict.fromkeys(names)):
        own = canonical(name)
        if own and own not in COMPUTED:
            ranked.append((0, at, name, own, "bears its name"))
            continue
        spelled = values.snake(name)
        for target, synonyms in SYNONYMS.items():
            if spelled in synonyms and _fits(target, name, [row.get(name) for row in sample]):
                why = "its name usually means that" + _unit_note(target, name, sample, notices)
                ranked.append((1 + synonyms.index(spelled), at, name, target, why))
                break
    taken = {name for _, _, name, _, _ in ranked}
    chosen = _trace_id(ranked, taken, ids, notices)
    if not any(target in ("input", "messages", "output") for _, _, _, target, _ in ranked):
        free = _longest_text([name for name in names if name not in taken and name != chosen], sample)
        if free:
            ranked.append((99, 0, free, "input", "the longest text"))
            notices.append(f"no column name says what was asked; {free!r} was taken because its text is the longest")
    ranked.sort(key=lambda entry: (entry[0], entry[1]))
    choices = [ColumnChoice(name, target, why) for _, _, name, target, why in ranked]
    if chosen:
        choices.insert(0, ColumnChoice(chosen, "trace_id", "an id whose values do not repeat"))
    mapped = {choice.source for choice in choices}
    choices += [ColumnChoice(name, "", "no column of ours") for name in dict.fromkeys(names) if name not in mapped]
    return ColumnGuess(tuple(choices), tuple(notices))


def _trace_id(ranked: list[Any], taken: set[str], ids: dict[str, IdColumn], notices: list[str]) -> str | None:
    """The column that is the trace id, where none bears the name."""
    if any(target == "trace_id" for _, _, _, target, _ in ranked):
        return None
    # in a file of one row nothing can repeat, so only a name that says "id" and no more is believed there
    few = max((column.rows for column in ids.values()), default=0) < 2
    order = sorted(
        (name for name in ids if name not in taken and not (few and values.snake(name) not in _IDS)),
        key=lambda name: _IDS.index(values.snake(name)) if values.snake(name) in _IDS else len(_IDS),
    )
    chosen = next((name for name in order if ids[name].usable), None)
    for name in order:
        column = ids[name]
        if name == chosen:
            if column.repeated:
                notices.append(f"{name!r} is the trace id; {column.repeated} of its {len(column.hashes)} values repeat")
            break
        if column.hashes and not column.usable:
            share = column.repeated / len(column.hashes)
            why = f"{share:.0%} of its values repeat" if share >= MAX_REPEATS else "many rows have none"
            notices.append(
                f"{name!r} looks like an id, but {why}, so it is kept as metadata and not taken for the trace id"
            )
    return chosen


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "time": values.moment,
    "number": values.number,
    "count": values.count,
    "sign": values.sign,
}


def _fits(target: str, name: str, cells: list[Any]) -> bool:
    """Whether the cells that say something have the target's type, four in five of them."""
    said = [cell for cell in cells if not values.is_absent(cell)]
    if not said:
        return True
    if target == "messages":
        good = [cell for cell in said if conversation_of(cell)]
    elif target in ("input", "output"):
        good = [cell for cell in said if isinstance(cell, (str, dict, list))]
    elif target == "retrieved":
        good = [cell for cell in said if isinstance(inner(cell), list)]
    elif target in ("metadata", "params"):
        good = [cell for cell in said if isinstance(inner(cell), dict)]
    elif target == "tools":
        good = [cell for cell in said if isinstance(inner(cell), list)]
    elif target == "status":
        good = [cell for cell in said if values.status(cell)]
    elif target in OWN and OWN[target].type in _CHECKS:
        check = _CHECKS[OWN[target].type]
        good = [cell for cell in said if check(cell) is not None]
    else:
        good = [cell for cell in said if isinstance(cell, (str, int, float)) or target == "tags"]
    return len(good) >= 0.8 * len(said)


_UNITS = {
    "ns": 1e-6,
    "us": 1e-3,
    "ms": 1.0,
    "s": 1000.0,
    "sec": 1000.0,
    "secs": 1000.0,
    "seconds": 1000.0,
    "min": 60000.0,
}


def milliseconds_per(name: str) -> float | None:
    """How many milliseconds the unit in a column's name is; None where it names none."""
    return _UNITS.get(values.snake(name).rsplit("_", 1)[-1])


def _unit_note(target: str, name: str, sample: list[dict[str, Any]], notices: list[str]) -> str:
    """How a latency without a unit is read; said to the user, because it cannot be known."""
    if target != "latency_ms" or milliseconds_per(name) is not None:
        return ""
    unit = "milliseconds" if guessed_unit(name, sample) == 1.0 else "seconds"
    notices.append(f"{name!r} names no unit; by the size of its values it was read as {unit}")
    return f", in {unit}"


def guessed_unit(name: str, sample: list[dict[str, Any]]) -> float:
    """Milliseconds per unit of a latency column that names no unit: seconds where the middle value is under 60."""
    found = sorted(n for n in (values.number(row.get(name)) for row in sample) if n is not None)
    middle = found[len(found) // 2] if found else 0.0
    return 1000.0 if middle < 60 else 1.0


def _longest_text(names: list[str], sample: list[dict[str, Any]]) -> str | None:
    """The column with the longest prose, where one has any."""
    lengths: dict[str, float] = {}
    for name in names:
        cells = [cell for cell in (row.get(name) for row in sample) if isinstance(cell, str) and cell.strip()]
        if _ABOUT_A_TRACE.search(values.snake(name)):
            continue
        prose = [cell for cell in cells if cell.count(" ") >= 2 and not cell.startswith(("http://", "https://"))]
        if cells and len(prose) * 2 > len(cells) and len(set(cells)) * 2 > len(cells):
            lengths[name] = sum(map(len, cells)) / len(cells)
    return max(lengths, key=lambda name: lengths[name]) if lengths else None
