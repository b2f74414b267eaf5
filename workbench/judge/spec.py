"""What a judge is: whose model, which prompt, which answers, how fast and at what price.

A judge changes whenever anything changes that its answers hang on, so all of that is one value, checked when it is
written and hashed together. How it is reached and what it costs belongs to the value too, but not to the hash: answers
that were paid for stay good when only the price or the pace is another. The key is never part of it; the name of the
environment variable that holds the key is.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from workbench.errors import BadRequest, BadSettings, UnreadableFile

UNPARSABLE = "unparsable"
SHOWN = ("input", "output", "conversation", "passages")  # what a prompt may show of a trace
GIVEN = ("rubric", "examples", "answer_format")  # what is the same for every trace
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]{0,99}")
_SECRET = re.compile(r"key|token|secret|sig|passw|auth|credential", re.IGNORECASE)
_OURS = frozenset({"model", "messages", "stream", "n", "temperature", "max_tokens"})
_UNHASHED = frozenset(
    {"key_env", "timeout", "requests_per_minute", "concurrency", "reasks", "price_in", "price_out", "provider", "url"}
    | {"positive", "prompt", "system", "examples"}  # the prompt is hashed as it is sent
)
_LARGEST_FILE = 1_000_000


class JudgeSpec(BaseModel):
    """A judge, whole.

    Attributes:
        url: Base address of an OpenAI-compatible service, with or without ``/v1/chat/completions``.
        model: The model's name there.
        provider: Who makes the model, where its name does not tell.
        key_env: The environment variable that holds the key; none where the service wants none.
        dimension: What is judged: outcome, or a dimension of the rubric.
        values: The answers it may give.
        positive: The value that means pass; needed only where that cannot be told.
        prompt: What it is asked, with ``{input}``, ``{output}``, ``{conversation}``, ``{passages}``, ``{rubric}``,
            ``{examples}`` and ``{answer_format}``.
        system: A system message before it.
        examples: Traces of the train part that the prompt shows with people's verdicts.
        format: json (an object with verdict and critique) or word (the verdict is the first word).
        temperature: As the service wants it; "default" leaves it out.
        max_tokens: The longest answer.
        parameters: Further fields of the request; ``max_completion_tokens`` stands for ``max_tokens``.
        timeout: Seconds for one attempt, all of it.
        requests_per_minute: At most so many, attempts that failed included.
        concurrency: Requests under way at a time.
        reasks: How often an answer that cannot be read is asked for again: 0 or 1.
        price_in: US dollars for a million prompt tokens.
        price_out: US dollars for a million completion tokens.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    url: str
    model: str = Field(min_length=1, max_length=200)
    provider: str | None = Field(default=None, max_length=100)
    key_env: str | None = None
    dimension: str = Field(default="outcome", pattern=r"^[A-Za-z][\w .:/-]{0,63}$")
    values: tuple[str, ...] = Field(default=("pass", "fail"), min_length=2, max_length=20)
    positive: str | None = None
    prompt: str = Field(min_length=1, max_length=200_000)
    system: str | None = Field(default=None, max_length=200_000)
    examples: tuple[str, ...] = Field(default=(), max_length=100)
    format: Literal["json", "word"] = "json"
    temperature: float | Literal["default"] = 0.0
    max_tokens: int = Field(default=500, ge=1, le=200_000)
    parameters: dict[str, Any] = Field(default_factory=dict)
    timeout: float = Field(default=60.0, gt=0, le=3_600)
    requests_per_minute: float = Field(default=60, gt=0, le=1_000_000)
    concurrency: int = Field(default=4, ge=1, le=256)
    reasks: Literal[0, 1] = 1
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

    @model_validator(mode="after")
    def _sides(self) -> JudgeSpec:
        plain = [value.strip().casefold() for value in self.values]
        if not all(plain) or len(set(plain)) < len(plain) or UNPARSABLE in plain:
            raise ValueError(f"values are two or more different words, none of them {UNPARSABLE!r}")
        if self.positive is not None and self.positive not in self.values:
            raise ValueError("positive is none of the values")
        asked = f"{self.system or ''}{self.prompt}"
        if "{output}" not in asked and "{conversation}" not in asked:
            raise ValueError("the prompt shows nothing of the answer; put {output} or {conversation} into it")
        if ("{examples}" in asked) != bool(self.examples):
            raise ValueError("examples and {examples} go together: name the traces and put it into the prompt")
        return self

    @property
    def passing(self) -> str | None:
        """The value that means pass, where it is said or called so."""
        return self.positive or next((value for value in self.values if value.casefold() == "pass"), None)

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

    def prompt_hash(self, system: str, prompt: str) -> str:
        """A hash of everything that the answer hangs on, given both messages as far as they are the same for all."""
        kept = self.model_dump(mode="json", exclude=set(_UNHASHED))
        sent = {**kept, "host": self.host, "system": system, "prompt": prompt}
        return sha256(orjson.dumps(sent, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


def read_spec(spec: Mapping[str, Any] | str | Path) -> JudgeSpec:
    """A judge from a mapping, or from a TOML file with the same fields.

    Raises:
        UnreadableFile: There is no such file, or it is no TOML.
        BadSettings: A field is missing, unknown or cannot be; the message names it and quotes nothing.
    """
    where = "the judge"
    if not isinstance(spec, Mapping):
        where, spec = Path(spec).name, _toml(Path(spec))
    try:
        return JudgeSpec.model_validate(dict(spec))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"][:1]) or "the whole"
        message = first["msg"].removeprefix("Value error, ")
        known = f" (there are: {', '.join(JudgeSpec.model_fields)})" if first["type"] == "extra_forbidden" else ""
        field = "a field that judges do not have" if first["type"] == "extra_forbidden" else field
        raise BadSettings(f"{where}: {field}: {message[:1].lower()}{message[1:]}{known}. Correct it there.") from None


def _toml(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise BadRequest(f"{path.name} is over a megabyte, which no judge's description is. Name another file")
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UnreadableFile(f"{path}: {(error.strerror or 'it cannot be read').lower()}. Check the path") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        place = re.search(r"at line \d+", str(error))
        raise UnreadableFile(
            f"{path.name} is not valid TOML{f' ({place.group()})' if place else ''}. Correct it and try again"
        ) from None
    return content
