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

import orjson
from pydantic import Field, ValidationError, model_validator

from workbench.errors import BadRequest, BadSettings, UnreadableFile
from workbench.service import ServiceSpec

UNPARSABLE = "unparsable"
SHOWN = ("input", "output", "conversation", "passages")  # what a prompt may show of a trace
GIVEN = ("rubric", "examples", "answer_format")  # what is the same for every trace
_UNHASHED = frozenset(
    {"key_env", "timeout", "requests_per_minute", "concurrency", "reasks", "price_in", "price_out", "provider", "url"}
    | {"positive", "prompt", "system", "examples"}  # the prompt is hashed as it is sent
)
_LARGEST_FILE = 1_000_000


class JudgeSpec(ServiceSpec):
    """A judge, whole: the service that is asked, as ``ServiceSpec`` has it, and what it is asked.

    Attributes:
        provider: Who makes the model, where its name does not tell.
        dimension: What is judged: outcome, or a dimension of the rubric.
        values: The answers it may give.
        positive: The value that means pass; needed only where that cannot be told.
        prompt: What it is asked, with ``{input}``, ``{output}``, ``{conversation}``, ``{passages}``, ``{rubric}``,
            ``{examples}`` and ``{answer_format}``.
        system: A system message before it.
        examples: Traces of the train part that the prompt shows with people's verdicts.
        format: json (an object with verdict and critique) or word (the verdict is the first word).
        reasks: How often an answer that cannot be read is asked for again: 0 or 1.
    """

    provider: str | None = Field(default=None, max_length=100)
    dimension: str = Field(default="outcome", pattern=r"^[A-Za-z][\w .:/-]{0,63}$")
    values: tuple[str, ...] = Field(default=("pass", "fail"), min_length=2, max_length=20)
    positive: str | None = None
    prompt: str = Field(min_length=1, max_length=200_000)
    system: str | None = Field(default=None, max_length=200_000)
    examples: tuple[str, ...] = Field(default=(), max_length=100)
    format: Literal["json", "word"] = "json"
    reasks: Literal[0, 1] = 1

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
