"""One request to an OpenAI-compatible service, asked until it is answered or there is no point in asking.

Every attempt of a request carries the same bytes and the same ``Idempotency-Key``, so a service that honours the key
answers a repeated attempt without billing it again. Of one that does not nobody can know whether an answer that never
arrived was billed; such attempts are counted, and a limit on cost counts them as billed. The key, the prompt and the
answer stand in no message.
"""

from __future__ import annotations

import asyncio
import email.utils
import os
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import orjson

from workbench.errors import BadSettings, EndpointFailed
from workbench.service.purse import Purse, most_of
from workbench.service.spec import ServiceSpec

if TYPE_CHECKING:
    import httpx

BUSY = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})
"""Answers worth asking again for; 409 is what a service says while the same key is still under way."""
HOPELESS = {
    401: "the key is refused; check the variable {key}",
    402: "the account has no credit; put that right there",
    403: "the key in {key} may not use this model; check both",
    404: "there is no such address or model; check url and model",
    405: "the address takes no such request; check url",
}
LARGEST_ANSWER = 4_000_000  # bytes
MOST_TOKENS = 10**9


@dataclass(frozen=True)
class Pace:
    """How patiently a service is asked.

    Attributes:
        attempts: Of one request, the first included.
        first_wait: Seconds before the second attempt; then twice as long each time, give or take a half.
        longest_wait: Seconds beyond which nobody waits; a service that asks for longer ends the run.
        give_up_after: Requests that failed one after another, at which the run ends.
        seed: Of the give or take.
    """

    attempts: int = 6
    first_wait: float = 1.0
    longest_wait: float = 60.0
    give_up_after: int = 5
    seed: int = 0


@dataclass(frozen=True)
class Reply:
    """An answer as it came.

    Attributes:
        text: What the model wrote; None where it wrote nothing.
        cut_off: Whether it stopped at the most tokens it may write.
        tokens_in: Prompt tokens, as the service counts them; None where it does not say.
        tokens_out: Completion tokens.
        unsure: Earlier attempts of this request that may have been billed and never arrived.
    """

    text: str | None
    cut_off: bool
    tokens_in: int | None
    tokens_out: int | None
    unsure: int = 0


class GaveUp(Exception):
    """One request failed for good; the others may not."""

    def __init__(self, problem: str, unsure: int) -> None:
        super().__init__(problem)
        self.problem, self.unsure = problem, unsure


class NotAsked(Exception):
    """Nothing of a request was sent."""


class Hopeless(EndpointFailed):
    """No request can succeed."""


class _Again(Exception):
    """An attempt failed in a way that another may not."""

    def __init__(self, problem: str, *, unsure: bool, wait: float | None = None) -> None:
        super().__init__(problem)
        self.problem, self.unsure, self.wait = problem, unsure, wait


def key_of(spec: ServiceSpec) -> str | None:
    """The key from the environment.

    Raises:
        BadSettings: The variable is empty.
    """
    if spec.key_env is None:
        return None
    key = os.environ.get(spec.key_env, "").strip()
    if not key or not key.isascii() or not key.isprintable():
        raise BadSettings(f"the environment variable {spec.key_env} holds no key. Put the judge's key into it.")
    return key


class Endpoint:
    """The service, with its pace; used within one event loop."""

    def __init__(
        self, spec: ServiceSpec, pace: Pace, purse: Purse, *, key: str | None, stopping: asyncio.Event
    ) -> None:
        """Nothing is sent yet.

        Args:
            spec: The service.
            pace: How patiently.
            purse: What may be spent.
            key: The key, where there is one.
            stopping: Set where the run is ending, so that nothing more is tried.
        """
        import httpx

        self._spec, self._pace, self._purse, self._stopping = spec, pace, purse, stopping
        self._url = address(spec.url)
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        headers |= {"Authorization": f"Bearer {key}"} if key else {}
        limits = httpx.Limits(max_connections=spec.concurrency, max_keepalive_connections=spec.concurrency)
        self._client = httpx.AsyncClient(headers=headers, timeout=spec.timeout, limits=limits, follow_redirects=False)
        self._next = 0.0  # no attempt before this moment

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def ask(self, body: bytes, key: str) -> Reply:
        """Ask until there is an answer.

        Args:
            body: The request.
            key: What stays the same for all attempts and for no other request.

        Raises:
            NotAsked: The run is ending, or the limit of cost is reached, before anything was sent.
            GaveUp: All attempts failed, or the service refuses this request.
            Hopeless: The service refuses all requests, or wants to be left alone for longer than anybody waits.
        """
        chance, problem, unsure = Random(f"{self._pace.seed} {key}"), "", 0
        for attempt in range(self._pace.attempts):
            await self._turn()
            if self._stopping.is_set() or not await self._purse.take(most := most_of(self._spec, len(body))):
                if problem:
                    raise GaveUp(problem, unsure)
                raise NotAsked
            paid = 0.0
            try:
                reply = await self._attempt(body, key)
                paid = self._price(reply, most)
                return replace(reply, unsure=unsure)
            except _Again as failed:
                problem, unsure, paid = failed.problem, unsure + failed.unsure, most * failed.unsure
                if failed.wait is not None and failed.wait > self._pace.longest_wait:
                    raise Hopeless(
                        f"{self._spec.host} asks to be left alone for {failed.wait:,.0f} s. Run it again then"
                    ) from None
                wait = failed.wait
            finally:
                await self._purse.settle(most, paid)
            if attempt + 1 < self._pace.attempts:
                await self._pause(wait, self._pace.first_wait * 2.0**attempt * chance.uniform(0.5, 1.5))
        raise GaveUp(problem, unsure)

    def _price(self, reply: Reply, most: float) -> float:
        """What an answer cost; the most it can where the service does not count."""
        if reply.tokens_in is None or reply.tokens_out is None:
            return most
        return self._spec.cost(reply.tokens_in, reply.tokens_out) or 0.0

    async def _pause(self, asked: float | None, own: float) -> None:
        """Wait before another attempt: as long as we think, and as the service asks, the whole run with it."""
        if asked is not None:
            self._next = max(self._next, time.monotonic() + asked)
        await self._sleep(min(own, self._pace.longest_wait))

    async def _turn(self) -> None:
        """Wait until another attempt may start: so many a minute, evenly, and not while the service asks for peace."""
        while True:
            now = time.monotonic()
            if self._next <= now or self._stopping.is_set():
                break
            await self._sleep(self._next - now)
        self._next = max(self._next, time.monotonic()) + 60.0 / self._spec.requests_per_minute

    async def _sleep(self, seconds: float) -> None:
        """Sleep, but not beyond the end of the run."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    async def _attempt(self, body: bytes, key: str) -> Reply:
        import httpx

        try:
            async with asyncio.timeout(self._spec.timeout):
                request = self._client.build_request("POST", self._url, content=body, headers={"Idempotency-Key": key})
                answer = await self._client.send(request, stream=True)
                try:
                    content = await _read(answer)
                finally:
                    await answer.aclose()
        except TimeoutError:
            raise _Again(f"no answer within {self._spec.timeout:g} s", unsure=True) from None
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise _Again(_words(error), unsure=False) from None
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise _Again(_words(error), unsure=True) from None
        status = answer.status_code
        if answer.is_success:
            return read_reply(content)
        if status in BUSY:
            raise _Again(f"status {status}", unsure=False, wait=_retry_after(answer.headers.get("retry-after")))
        if status in HOPELESS or answer.is_redirect:
            why = HOPELESS.get(status, "it leads elsewhere; write the last address into url")
            why = why.format(key=self._spec.key_env or "key_env (none is named)")
            raise Hopeless(f"{self._spec.host} answers with status {status}: {why}")
        raise GaveUp(f"status {status}", 0)


async def _read(answer: httpx.Response) -> bytes:
    parts, size = [], 0
    async for part in answer.aiter_bytes():
        size += len(part)
        if size > LARGEST_ANSWER:
            raise _Again("an answer of many megabytes", unsure=True)
        parts.append(part)
    return b"".join(parts)


def read_reply(content: bytes) -> Reply:
    """The answer in a response's body.

    Raises:
        _Again: It is no chat completion; it may have been billed all the same.
    """
    try:
        told = orjson.loads(content)
        choice = told["choices"][0]
        message = choice["message"]
        text = message.get("content")
    except (orjson.JSONDecodeError, KeyError, IndexError, TypeError, AttributeError):
        raise _Again("an answer that is no chat completion", unsure=True) from None
    if isinstance(text, list):
        text = "".join(str(part.get("text") or "") for part in text if isinstance(part, dict))
    if text is not None and not isinstance(text, str):
        raise _Again("an answer that is no chat completion", unsure=True)
    usage = told.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    cut_off = choice.get("finish_reason") == "length"
    return Reply(text, cut_off, _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens")))


def address(url: str) -> str:
    """Where chat completions are, from any usual way of writing a base address.

    >>> address("http://localhost:8080"), address("https://host/openai/v1/")
    ('http://localhost:8080/v1/chat/completions', 'https://host/openai/v1/chat/completions')
    """
    parts = urlsplit(url)
    path = parts.path.rstrip("/")
    if not path.endswith("/completions"):
        path = f"{path}/chat/completions" if path else "/v1/chat/completions"
    return urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))


def _count(value: Any) -> int | None:
    return value if type(value) is int and 0 <= value <= MOST_TOKENS else None


def _retry_after(value: str | None) -> float | None:
    """Seconds, from seconds or a date; None where it is neither."""
    if value is None:
        return None
    try:
        return max(0.0, min(float(value), 1e9)) if float(value) == float(value) else None
    except ValueError:
        pass
    try:
        at = email.utils.parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError):
        return None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    return max(0.0, (at - datetime.now(UTC)).total_seconds())


def _words(error: Exception) -> str:
    """A failed connection in words; the library's own message may quote an address."""
    name = type(error).__name__
    told = {
        "ConnectError": "no connection",
        "ConnectTimeout": "no connection in time",
        "PoolTimeout": "no free connection in time",
        "ReadTimeout": "no answer in time",
        "WriteTimeout": "the request was not taken in time",
        "RemoteProtocolError": "the connection was dropped",
        "ReadError": "the connection was dropped",
        "WriteError": "the connection was dropped",
        "CloseError": "the connection was dropped",
        "DecodingError": "an answer that cannot be unpacked",
    }
    return told.get(name, name)
