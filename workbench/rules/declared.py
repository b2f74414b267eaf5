"""Rules as workspace.toml declares them: five kinds, each with its own keys, read strictly.

Whether a pattern or a schema is a good one is found out when rules are run, not when the workspace is opened: a bad
rule keeps nobody from their traces.
"""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class _Declared(BaseModel):
    """What every rule says: which text it looks at, of which traces, and what its labels are about."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    field: str = "output"
    where: str | None = None
    dimension: str = "outcome"


class RegexRule(_Declared):
    """A pattern; ``match`` says what it means that it is found."""

    kind: Literal["regex"]
    pattern: str = Field(min_length=1)
    match: Literal["pass", "fail"]
    ignore_case: bool = False


class SchemaRule(_Declared):
    """A JSON Schema that the text, read as JSON, has to meet."""

    kind: Literal["json_schema"]
    schema_: dict[str, Any] | None = Field(default=None, alias="schema")
    schema_file: str | None = None

    @model_validator(mode="after")
    def _one_schema(self) -> SchemaRule:
        if (self.schema_ is None) == (self.schema_file is None):
            raise ValueError("a rule of kind json_schema has either a schema or a schema_file")
        return self


class ExactRule(_Declared):
    """The text has to be what it is set against: gold_answer, or another field such as metadata.expected."""

    kind: Literal["exact"]
    against: str = "gold_answer"
    ignore_case: bool = False
    ignore_space: bool = True


class LengthRule(_Declared):
    """The least and the most characters or words."""

    kind: Literal["length"]
    min: int | None = Field(default=None, ge=0)
    max: int | None = Field(default=None, ge=0)
    unit: Literal["characters", "words"] = "characters"

    @model_validator(mode="after")
    def _some_limit(self) -> LengthRule:
        if self.min is None and self.max is None:
            raise ValueError("a rule of kind length has a min, a max or both")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError("the min of a length is not above its max")
        return self


class PhrasesRule(_Declared):
    """Phrases that have to be there, all of them, and phrases of which none may be there."""

    kind: Literal["phrases"]
    required: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    ignore_case: bool = True
    whole_words: bool = True

    @model_validator(mode="after")
    def _some_phrase(self) -> PhrasesRule:
        phrases = (*self.required, *self.forbidden)
        if not phrases or not all(each.strip() for each in phrases):
            raise ValueError("a rule of kind phrases has required or forbidden phrases, none of them empty")
        return self


Rule = Annotated[RegexRule | SchemaRule | ExactRule | LengthRule | PhrasesRule, Field(discriminator="kind")]


def definition(rule: _Declared, schema: Any = None) -> str:
    """A short hash of all that decides what a rule says, the content of its schema file included."""
    told = json.dumps([rule.model_dump(mode="json"), schema], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:12]
