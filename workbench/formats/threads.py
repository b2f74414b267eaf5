"""One conversation out of many model calls that repeat it.

Every call of an agent sends the history again, so adding the calls up would count each message many times; taking
only the last call would lose what a call with a trimmed history left out. Calls are strung into threads: a call goes
on with a thread if it repeats it, if its beginning is the thread's end, or if it brings the results of calls that the
thread is waiting for. The longest thread is the conversation; side calls (a title, a check) stay in the spans.
"""

from typing import Any

from workbench.formats.jsontext import inner
from workbench.formats.messages import speaker
from workbench.formats.parts import text_of

Message = dict[str, Any]


def signature(message: Message) -> tuple[Any, ...]:
    """What makes two messages the same one: who speaks, the words, and the calls."""
    calls = tuple(_call_signature(call) for call in message.get("tool_calls") or ())
    content = message.get("content")
    words = text_of(content).strip() or ("" if isinstance(content, str) or content is None else str(inner(content)))
    return speaker(message.get("role")), words, calls


def _call_signature(call: Any) -> tuple[str, str]:
    """A call by its name and arguments; ids differ between platforms' copies."""
    function = call.get("function") or {} if isinstance(call, dict) else {}
    return str(function.get("name")), str(inner(function.get("arguments")))


def join(thread: list[Message], asked: list[Message], answered: list[Message]) -> list[Message] | None:
    """The thread with one more call, or None where the call belongs to another.

    Args:
        thread: the messages so far.
        asked: what the call was given.
        answered: what came back.
    """
    have = [signature(message) for message in thread]
    given = [signature(message) for message in asked]
    if not given:
        return None
    unprompted = [place for place, sign in enumerate(given) if sign[0] != "system"]
    core = [given[place] for place in unprompted]
    base = [sign for sign in have if sign[0] != "system"]
    if core[: len(base)] == base or (core and base[: len(core)] == core):
        kept = (
            asked
            if any(sign[0] == "system" for sign in given)
            else [m for m in thread if speaker(m.get("role")) == "system"] + asked
        )
        return _with_answer(kept, answered)
    for overlap in range(min(len(core), len(base)), 0, -1):
        if base[-overlap:] == core[:overlap]:
            return _with_answer(thread + [asked[place] for place in unprompted[overlap:]], answered)
    if core and core[0][0] == "tool" and _awaited(thread, asked[unprompted[0]]):
        return _with_answer(thread + [asked[place] for place in unprompted], answered)
    return None


def _with_answer(messages: list[Message], answered: list[Message]) -> list[Message]:
    """Messages and an answer, which some platforms store with the whole history in it."""
    have = [signature(message) for message in messages]
    got = [signature(message) for message in answered]
    core = [sign for sign in have if sign[0] != "system"]
    if len(got) > 1 and [sign for sign in got if sign[0] != "system"][: len(core)] == core:
        return (
            answered
            if any(sign[0] == "system" for sign in got)
            else [m for m in messages if speaker(m.get("role")) == "system"] + answered
        )
    if got and have[-len(got) :] == got:
        return messages
    return messages + answered


def _awaited(thread: list[Message], result: Message) -> bool:
    """Whether a tool's result answers a call of the thread."""
    calls = [call.get("id") for message in thread for call in message.get("tool_calls") or () if isinstance(call, dict)]
    return result.get("tool_call_id") is not None and result["tool_call_id"] in calls


def conversation(calls: list[tuple[list[Message], list[Message]]]) -> list[Message]:
    """The longest thread among model calls given in order of time; the later one of two equally long."""
    threads: list[list[Message]] = []
    for asked, answered in calls:
        for at in range(len(threads) - 1, -1, -1):
            longer = join(threads[at], asked, answered)
            if longer is not None:
                threads[at] = longer
                break
        else:
            if asked or answered:
                threads.append(_with_answer(list(asked), answered))
    return max(reversed(threads), key=len, default=[])


def add_results(messages: list[Message], tools: list[dict[str, Any]]) -> list[Message]:
    """The conversation with those tools' results that it lacks, each after the call it answers, else at the end.

    Args:
        tools: ``name``, ``call_id`` and ``output`` of each tool that ran, in order of time.
    """
    have_ids = [message["tool_call_id"] for message in messages if message.get("tool_call_id")]
    have_texts = [
        _loose(message.get("content"))
        for message in messages
        if speaker(message.get("role")) == "tool" or message.get("tool_call_id")
    ]
    done = list(messages)
    for tool in tools:
        if tool["call_id"] in have_ids or tool["output"] is None:
            continue
        loose = _loose(tool["output"])
        if loose in have_texts:
            have_texts.remove(loose)
            continue
        result = {"role": "tool", "content": tool["output"], "name": tool["name"]}
        if tool["call_id"]:
            result["tool_call_id"] = tool["call_id"]
        done.insert(_place(done, tool), result)
    return done


def _loose(content: Any) -> str:
    """A result without the wrapping that platforms put around it."""
    value = inner(content)
    if isinstance(value, dict):
        value = inner(next((value[key] for key in ("content", "result", "output") if key in value), value))
    return text_of(value).strip() if isinstance(value, (str, list)) and text_of(value) else str(value)


def _place(messages: list[Message], tool: dict[str, Any]) -> int:
    """Where a tool's result belongs: after its call and the results already there."""
    for at, message in enumerate(messages):
        for call in message.get("tool_calls") or ():
            function = call.get("function") or {}
            by_id = tool["call_id"] and call.get("id") == tool["call_id"]
            by_name = not tool["call_id"] and function.get("name") == tool["name"]
            if by_id or by_name:
                at += 1
                while at < len(messages) and speaker(messages[at].get("role")) == "tool":
                    at += 1
                return at
    return len(messages)
