"""A service as it is described: where it is, which model, how fast it may be asked and at what price.

The key is never part of it; the name of the environment variable that holds the key is.
"""

from __future__ import annotations

import re
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

import orjson
from pydantic import BaseModel, ConfigDict, Field, field_validator

_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]{0,99}")
_SECRET = re.compile(r"key|token|secret|sig|passw|auth|credential", re.IGNORECASE)
_OURS = frozenset({"model", "messages", "stream", "n", "temperature", "max_tokens"})


class ServiceSpec(BaseModel):
    """A service and the model that is asked there.

    Attributes:
        url: Base address of an OpenAI-compatible service, with or without ``/v1/chat/completions``.
        model: The model's name there.
        key_env: The environment variable that holds the key; none where the service wants none.
        temperature: As the service wants it; "default" leaves it out.
        max_tokens: The longest answer.
        parameters: Further fields of the request; ``max_completion_tokens`` stands for ``max_tokens``.
        timeout: Seconds for one attempt, all of it.
        requests_per_minute: At most so many, attempts that failed included.
        concurrency: Requests under way at a time.
        price_in: US dollars for a million prompt tokens.
        price_out: US dollars for a million completion tokens.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    url: str
    model: str = Field(min_length=1, max_length=200)
    key_env: str | None = None
    temperature: float | Literal["default"] = 0.0
    max_tokens: int = Field(default=500, ge=1, le=200_000)
    parameters: dict[str, Any] = Field(default_factory=dict)
    timeout: float = Field(default=60.0, gt=0, le=3_600)
    requests_per_minute: float = Field(default=60, gt=0, le=1_000_000)
    concurrency: int = Field(default=4, ge=1, le=256)
    price_in: float | None = Field(default=None, ge=0)
    price_out: float | None = Field(default=None, ge=0)

    @field_validator("url")
    @classmethod
    def _an_address_without_a_key(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("it is no http(s) address; write it as https://host/v1")
        if parts.username or parts.password or any(_SECRET.search(name) for name, _ in parse_qsl(parts.query)):
            raise ValueError("it holds a key or password; put that into an environment variable and name it in key_env")
        return url

    @field_validator("key_env")
    @classmethod
    def _a_variable(cls, name: str | None) -> str | None:
        if name is not None and not _VARIABLE.fullmatch(name):
            raise ValueError("it is no name of an environment variable (capitals, digits, _); keys are not kept")
        return name

    @field_validator("parameters")
    @classmethod
    def _further_fields(cls, given: dict[str, Any]) -> dict[str, Any]:
        taken = sorted(name for name in given if name in _OURS or (_SECRET.search(name) and "tokens" not in name))
        if taken:
            raise ValueError("model, messages, stream, n, temperature, max_tokens and keys do not belong there")
        try:
            orjson.dumps(given)
        except TypeError:
            raise ValueError("its values must be text, numbers, lists or tables") from None
        return given

    @property
    def host(self) -> str:
        """Where it is, without path."""
        return urlsplit(self.url).netloc

    @property
    def priced(self) -> bool:
        """Whether both prices are known."""
        return self.price_in is not None and self.price_out is not None

    def cost(self, tokens_in: float, tokens_out: float) -> float | None:
        """What so many tokens cost, US dollars; None where a price is not known."""
        if self.price_in is None or self.price_out is None:
            return None
        return (tokens_in * self.price_in + tokens_out * self.price_out) / 1e6

    @property
    def longest_answer(self) -> int:
        """The most tokens that one answer may take."""
        given = self.parameters.get("max_completion_tokens")
        return given if type(given) is int and given > 0 else self.max_tokens
