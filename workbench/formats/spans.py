"""All spans of one trace, in any order, into the one row a person reviews.

Spans may be missing, their parents too, clocks may differ and totals may stand on parents and children both. The rules:
the root is the earliest span without a parent in the trace; tokens and cost are added over the innermost model calls
only; the trace failed if its root did, or the last model or agent call; the conversation is the longest thread of
calls (``threads``). The spans come redacted, and nothing here adds text of its own.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from workbench.formats import threads, values
from workbench.formats.conversations import conversation_of, summary, words_of
from workbench.formats.jsontext import inner

_FIRST = datetime.min.replace(tzinfo=UTC)


class _Tree:
    """The spans of a trace with their detail opened, ordered by start, and who stands under whom."""

    def __init__(self, spans: list[dict[str, Any]]) -> None:
        opened = [
            {**span, "detail": inner(span.get("detail")) or {}, "started_at": values.moment(span.get("started_at"))}
            for span in spans
        ]
        newest = _newest(opened)
        self.by_id = {_key(span["span_id"]): span for span in newest if span.get("span_id")}
        self.all = [span for span in newest if not self._made_by_platform(span)] or newest
        self.all.sort(key=lambda span: span["started_at"] or _FIRST)
        self.by_id = {_key(span["span_id"]): span for span in self.all if span.get("span_id")}

    def _made_by_platform(self, span: dict[str, Any]) -> bool:
        """Whether a span or one above it was made by the platform, as a scorer with its own model calls is."""
        return any(one["detail"].get("platform_made") for one in (span, *self.ancestors(span)))

    def parent(self, span: dict[str, Any]) -> dict[str, Any] | None:
        found = self.by_id.get(_key(span.get("parent_id")))
        return found if found is not span else None

    def ancestors(self, span: dict[str, Any]) -> list[dict[str, Any]]:
        """The spans above one, nearest first; a circle ends it."""
        found: list[dict[str, Any]] = []
        above = self.parent(span)
        while above is not None and not any(above is seen for seen in found) and above is not span:
            found.append(above)
            above = self.parent(above)
        return found

    def root(self) -> dict[str, Any]:
        """The earliest span without a parent here; one that names no parent before one whose parent is missing."""
        tops = [span for span in self.all if self.parent(span) is None] or self.all
        named = [span for span in tops if not span.get("parent_id")]
        return (named or tops)[0]

    def innermost(self, kind: str) -> list[dict[str, Any]]:
        """The spans of a kind that have none of the same kind under them."""
        outer = {id(above) for span in self.all if span.get("kind") == kind for above in self.ancestors(span)}
        return [span for span in self.all if span.get("kind") == kind and id(span) not in outer]


def _key(span_id: Any) -> str:
    return str(span_id).casefold() if span_id else ""


def _newest(spans: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One span per id: the one with the highest version, else the first seen."""
    kept: dict[str, dict[str, Any]] = {}
    loose = []
    for span in spans:
        key = _key(span.get("span_id"))
        if not key:
            loose.append(span)
        elif key not in kept or _version(span) > _version(kept[key]):
            kept[key] = span
    return [*kept.values(), *loose]


def _version(span: dict[str, Any]) -> tuple[int, str]:
    version = str(span["detail"].get("version") or "")
    return len(version), version


def assemble(spans: list[dict[str, Any]]) -> dict[str, Any]:
    """One trace from all its redacted spans.

    Args:
        spans: rows of the spans table, ``detail`` as a dict or JSON text, in any order.

    Returns:
        Columns of the traces table, and ``system_prompt`` and ``tools`` as in ``TraceRow``. ``user_id`` is given as
        it stands in the spans.
    """
    if not spans:
        return {}
    tree = _Tree(spans)
    root = tree.root()
    calls = tree.innermost("llm")
    messages = _conversation(tree, root, calls)
    said = summary(messages) if messages else {}
    trace = {
        "trace_id": root["trace_id"],
        "name": _first(tree, root, "trace_name") or root.get("name"),
        **{key: _first(tree, root, key) for key in ("session_id", "user_id", "environment", "release", "feedback")},
        **_times(tree),
        **_usage(tree, root, calls),
        **_outcome(tree, root),
        "model": _last(calls, "model") or _last(tree.innermost("agent"), "model"),
        "provider": _last(calls, "provider") or _last(tree.innermost("agent"), "provider"),
        "params": _last(calls, "params"),
        "input": _words(root, "input") or said.get("input") or (None if messages else _any_words(tree, "input")),
        "output": _words(root, "output") or said.get("output") or (None if messages else _any_words(tree, "output")),
        "messages": messages or None,
        "retrieved": _retrieved(tree) or None,
        "n_turns": said.get("n_turns"),
        "n_tool_calls": said["n_tool_calls"] if said.get("n_tool_calls") else len(tree.innermost("tool")),
        "tags": sorted({tag for span in tree.all for tag in span["detail"].get("tags") or ()}) or None,
        "metadata": _metadata(tree, root),
        "system_prompt": said.get("system_prompt") or _first(tree, root, "system"),
        "tools": _first(tree, root, "tools"),
    }
    return {key: value for key, value in trace.items() if value is not None}


def _first(tree: _Tree, root: dict[str, Any], key: str) -> Any:
    """A fact from the root, else from the first span that has it."""
    return next((span["detail"][key] for span in (root, *tree.all) if span["detail"].get(key) not in (None, "")), None)


def _last(spans: list[dict[str, Any]], key: str) -> Any:
    return next((span["detail"][key] for span in reversed(spans) if span["detail"].get(key)), None)


def _times(tree: _Tree) -> dict[str, Any]:
    """When the trace began and how long it took, over all spans that have times."""
    starts = [span["started_at"] for span in tree.all if span["started_at"]]
    ends = [
        span["started_at"] + timedelta(milliseconds=max(span.get("latency_ms") or 0.0, 0.0))
        for span in tree.all
        if span["started_at"]
    ]
    if not starts:
        return {"started_at": None, "latency_ms": None}
    measured = any(span.get("latency_ms") is not None for span in tree.all)
    length = (max(ends) - min(starts)).total_seconds() * 1000
    return {"started_at": min(starts), "latency_ms": length if measured or length else None}


def _usage(tree: _Tree, root: dict[str, Any], calls: list[dict[str, Any]]) -> dict[str, Any]:
    """Tokens and cost: the sum over innermost model calls, else what the root or the first agent says."""
    found: dict[str, Any] = {}
    for key in ("tokens_in", "tokens_out", "cost_usd"):
        said = [span["detail"][key] for span in calls if span["detail"].get(key) is not None]
        found[key] = sum(said) if said else _first(tree, root, key)
    return found


def _outcome(tree: _Tree, root: dict[str, Any]) -> dict[str, Any]:
    """The status, ok or error, and the error's text."""
    acting = [span for span in tree.all if span.get("kind") in ("llm", "agent")]
    failed = [span for span in (root, *acting[-1:]) if span.get("status") == "error"]
    if not failed:
        return {"status": "ok", "error": None}
    texts = [span["detail"].get("error") for span in failed]
    return {"status": "error", "error": next((text for text in texts if text), "error")}


def _conversation(tree: _Tree, root: dict[str, Any], calls: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The messages of the trace."""
    best = threads.conversation(
        [(span["detail"].get("messages_in") or [], span["detail"].get("messages_out") or []) for span in calls]
    )
    for span in tree.all:
        if span.get("kind") in ("agent", "chain", "span", "llm") and not any(span is call for call in calls):
            asked = span["detail"].get("messages_in") or conversation_of(span.get("input"))
            answered = span["detail"].get("messages_out") or conversation_of(span.get("output"), answer=True)
            whole = threads.conversation([(asked, answered)])
            if len(whole) > len(best):
                best = whole
    if not best:
        return []
    system = _first(tree, root, "system")
    if system and not any(threads.speaker(message.get("role")) == "system" for message in best):
        best = [{"role": "system", "content": system}, *best]
    tools = [
        {
            "name": span["detail"].get("tool_name") or span.get("name"),
            "call_id": span["detail"].get("tool_call_id"),
            "output": span.get("output"),
        }
        for span in tree.innermost("tool")
    ]
    return threads.add_results(best, tools)


def _words(span: dict[str, Any], side: str) -> str | None:
    """A span's own input or output, where it is words and not the structure of a call."""
    value = inner(span.get(side))
    answer = side == "output"
    if isinstance(value, (dict, list)):
        messages = conversation_of(value, answer=answer)
        if messages:
            return summary(messages)[side]
        found = words_of(value, answer=answer)
        return found if found and not found.startswith(("{", "[")) else None
    return words_of(value, answer=answer)


def _any_words(tree: _Tree, side: str) -> str | None:
    """The first span's input or the last one's output that says anything, as it stands."""
    spans = tree.all if side == "input" else tree.all[::-1]
    return next((span[side] for span in spans if span.get(side) and span.get("kind") != "tool"), None)


def _retrieved(tree: _Tree) -> list[dict[str, Any]]:
    """The passages of all retrievers, each once."""
    seen: set[tuple[Any, Any]] = set()
    found = []
    for span in tree.all:
        for passage in span["detail"].get("documents") or ():
            key = (passage.get("id"), passage.get("text"))
            if key not in seen:
                seen.add(key)
                found.append(passage)
    return found


def _metadata(tree: _Tree, root: dict[str, Any]) -> dict[str, Any]:
    """The root's metadata, the service, and what only other spans know of the trace."""
    found: dict[str, Any] = {}
    for span in tree.all:
        found.update(span["detail"].get("trace_metadata") or {})
    found.update(root["detail"].get("metadata") or {})
    service = _first(tree, root, "service")
    if service:
        found["service"] = service
    return found
