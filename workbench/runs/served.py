"""An OpenAI-compatible service as target, asked as patiently as a judge is (``workbench.service``).

The case's history, passages and tools are sent as such a service expects them. The key comes from the environment when
a run starts, and is taken out of an answer that repeats it.
"""

from __future__ import annotations

import asyncio
import os
import threading
import tomllib
from collections.abc import Iterator, Mapping
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from workbench.errors import BadSettings, EndpointFailed, UnreadableFile
from workbench.runs.runner import Ask, NoAnswer, Payload

if TYPE_CHECKING:
    from workbench.service import ServiceSpec
    from workbench.service.endpoint import Endpoint


class Service(BaseModel):
    """A service and the model that is asked there.

    Attributes:
        url: Base address, with or without ``/v1/chat/completions``.
        model: The model's name there.
        key_env: The environment variable that holds the key; none where the service wants none.
        system: A system message before each case.
        temperature: As the service wants it; "default" leaves it out.
        max_tokens: The longest answer.
        parameters: Further fields of the request.
        requests_per_minute: At most so many, attempts that failed included.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    url: str
    model: str = Field(min_length=1, max_length=200)
    key_env: str | None = None
    system: str | None = Field(default=None, max_length=200_000)
    temperature: float | str = 0.0
    max_tokens: int = 1_000
    parameters: dict[str, Any] = Field(default_factory=dict)
    requests_per_minute: float = 600


@dataclass(frozen=True)
class Served:
    """A service, checked."""

    service: Service
    spec: ServiceSpec = field(repr=False)
    patience: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def model(self) -> str:
        """The model's name."""
        return self.service.model

    @property
    def name(self) -> str:
        """Model and host."""
        return f"{self.service.model} at {self.spec.host}"

    @property
    def key(self) -> str:
        """What tells it from other targets: everything that its answers hang on."""
        told = self.service.model_dump(mode="json", exclude={"key_env", "requests_per_minute"})
        return sha256(orjson.dumps(["service", told], option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]

    @contextmanager
    def opened(self, *, timeout: float, concurrency: int) -> Iterator[Ask]:
        """Something to ask, with an event loop of its own.

        Raises:
            BadSettings: The variable that should hold the key is empty.
        """
        spec = self.spec.model_copy(update={"timeout": timeout, "concurrency": min(concurrency, 256)})
        with _loop() as loop:
            line = _Line(self, spec, loop)
            try:
                yield line.ask
            finally:
                line.close()

    def body(self, payload: Payload) -> bytes:
        """The request for one case."""
        service = self.service
        sent: dict[str, Any] = {"model": service.model, "messages": messages(payload, service.system)}
        if tools := [each for each in payload.get("tool_definitions") or [] if isinstance(each, Mapping)]:
            sent["tools"] = [each if "function" in each else {"type": "function", "function": each} for each in tools]
        if service.temperature != "default":
            sent["temperature"] = service.temperature
        if "max_completion_tokens" not in service.parameters:
            sent["max_tokens"] = service.max_tokens
        return orjson.dumps({**sent, **service.parameters})


def read_served(given: Mapping[str, Any] | str | Path, patience: Mapping[str, Any]) -> Served:
    """A service from its fields, or from a TOML file with them.

    Raises:
        UnreadableFile: There is no such file, or it is no TOML.
        BadSettings: A field is missing, unknown or cannot be; the message names it and quotes nothing.
    """
    from workbench.service import ServiceSpec

    fields = dict(given) if isinstance(given, Mapping) else _toml(Path(given))
    try:
        service = Service.model_validate(fields)
        kept = service.model_dump(exclude={"system"})
        return Served(service, ServiceSpec.model_validate(kept), patience)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        message = first["msg"].removeprefix("Value error, ")
        known = f" (there are: {', '.join(Service.model_fields)})" if first["type"] == "extra_forbidden" else ""
        where = "a field that services do not have" if known else str(first["loc"][0] if first["loc"] else "the whole")
        raise BadSettings(f"the target: {where}: {message[:1].lower()}{message[1:]}{known}. Correct it.") from None


def messages(payload: Payload, system: str | None) -> list[dict[str, Any]]:
    r"""The case as a conversation: the system message, what was said before, the passages with the question.

    >>> messages({"query": "when?", "retrieved_context": [{"text": "At noon."}]}, None)
    [{'role': 'user', 'content': 'Context:\n[1] At noon.\n\nwhen?'}]
    """
    said = [{"role": "system", "content": system}] if system else []
    for each in payload.get("history") or []:
        if isinstance(each, Mapping):
            said.append({"role": str(each.get("role") or "user"), "content": _text(each.get("content"))})
    passages = [f"[{n}] {_text(each)}" for n, each in enumerate(payload.get("retrieved_context") or [], 1)]
    context = "Context:\n" + "\n".join(passages) + "\n\n" if passages else ""
    return [*said, {"role": "user", "content": f"{context}{payload['query']}"}]


class _Line:
    """The line to a service: many threads ask, one loop sends."""

    def __init__(self, target: Served, spec: ServiceSpec, loop: asyncio.AbstractEventLoop) -> None:
        self._target, self._spec, self._loop = target, spec, loop
        self._key = _key_of(target.service.key_env)
        self._stopping, self._failed = asyncio.Event(), 0
        self._endpoint: Endpoint = asyncio.run_coroutine_threadsafe(self._connect(), loop).result()

    async def _connect(self) -> Endpoint:
        from workbench.service.endpoint import Endpoint, Pace
        from workbench.service.purse import Purse

        self._pace = Pace(**self._target.patience)
        return Endpoint(self._spec, self._pace, Purse(None), key=self._key, stopping=self._stopping)

    def ask(self, case_id: str, payload: Payload) -> str:
        """Ask one case.

        Raises:
            NoAnswer: All attempts failed, or the answer has no text.
            EndpointFailed: The service refuses everything, or failed again and again.
        """
        body = self._target.body(payload)
        key = sha256(b"\x00".join([case_id.encode(), body])).hexdigest()
        try:
            return asyncio.run_coroutine_threadsafe(self._ask(body, key), self._loop).result()
        except CancelledError:
            raise NoAnswer("not asked") from None

    async def _ask(self, body: bytes, key: str) -> str:
        from workbench.service.endpoint import GaveUp, NotAsked

        try:
            reply = await self._endpoint.ask(body, key)
        except NotAsked:
            raise NoAnswer("not asked") from None
        except GaveUp as error:
            self._failed += 1
            if self._failed >= self._pace.give_up_after:
                self._stopping.set()
                raise EndpointFailed(
                    f"{self._spec.host} failed {self._failed} cases one after another, the last with: {error.problem}."
                    " What it answered is kept: put that right and run it again"
                ) from None
            raise NoAnswer(error.problem) from None
        self._failed = 0
        if reply.text is None:
            raise NoAnswer("an answer without text")
        return reply.text.replace(self._key, "<KEY>") if self._key else reply.text

    def close(self) -> None:
        """Try nothing more, and close all connections."""
        self._loop.call_soon_threadsafe(self._stopping.set)
        asyncio.run_coroutine_threadsafe(self._endpoint.close(), self._loop).result()


@contextmanager
def _loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="service", daemon=True)
    thread.start()
    try:
        yield loop
    finally:
        asyncio.run_coroutine_threadsafe(_end_all(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _end_all() -> None:
    """End what is under way, and wait until it has ended."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def _key_of(name: str | None) -> str | None:
    if name is None:
        return None
    key = os.environ.get(name, "").strip()
    if not key or not key.isascii() or not key.isprintable():
        raise BadSettings(f"the environment variable {name} holds no key. Put the target's key into it")
    return key


def _text(given: Any) -> str:
    if isinstance(given, Mapping):
        return str(given.get("text") or given.get("content") or "")
    return given if isinstance(given, str) else orjson.dumps(given).decode()


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UnreadableFile(f"{path}: {(error.strerror or 'it cannot be read').lower()}. Check the path") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError):
        raise UnreadableFile(f"{path.name} is not valid TOML. Correct it and try again") from None
