"""Scorers that check: the same as the reference, the reference within the output, and the checks of the case itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import TypeAdapter, ValidationError

from workbench.errors import BadRequest
from workbench.rules import Rule, check_of
from workbench.rules.declared import ExactRule

_RULE: TypeAdapter[Any] = TypeAdapter(Rule)


@dataclass(frozen=True, slots=True)
class Said:
    """What a scorer says of one output.

    Attributes:
        passed: Whether it passes; None where nothing can be said.
        score: How like the reference it is, for scorers by likeness.
        why: Why it fails or nothing can be said; never the output's words.
    """

    passed: bool | None
    score: float | None = None
    why: str = ""


class Scorer(Protocol):
    """Whatever gives verdicts on outputs."""

    @property
    def name(self) -> str:
        """What it is called in reports."""
        ...

    @property
    def by_likeness(self) -> bool:
        """Whether it compares with a reference by likeness, and so refuses open-ended cases."""
        ...

    def say(self, cases: Sequence[Mapping[str, Any]], outputs: Sequence[str]) -> list[Said]:
        """Give a verdict on each output of its case."""
        ...


@dataclass(frozen=True, slots=True)
class Exact:
    """The output is the reference, spaces aside."""

    ignore_case: bool = False
    name: str = "exact"
    by_likeness: bool = False

    def say(self, cases: Sequence[Mapping[str, Any]], outputs: Sequence[str]) -> list[Said]:
        """Give a verdict on each output of its case."""
        check = check_of(ExactRule(kind="exact", against="the reference", ignore_case=self.ignore_case))
        found = (check(output, references_of(case)) for case, output in zip(cases, outputs, strict=True))
        return [Said(None if each.value is None else each.value == "pass", why=each.why) for each in found]


@dataclass(frozen=True, slots=True)
class Contains:
    """The reference stands in the output, spaces aside."""

    ignore_case: bool = True
    name: str = "contains"
    by_likeness: bool = False

    def say(self, cases: Sequence[Mapping[str, Any]], outputs: Sequence[str]) -> list[Said]:
        """Give a verdict on each output of its case."""
        return [self._one(references_of(case), output) for case, output in zip(cases, outputs, strict=True)]

    def _one(self, references: tuple[str, ...], output: str) -> Said:
        if not references:
            return Said(None, why="no reference")
        held = any(self._plain(each) in self._plain(output) for each in references)
        return Said(held, why="" if held else "the reference is not in it")

    def _plain(self, text: str) -> str:
        text = " ".join(text.split())
        return text.casefold() if self.ignore_case else text


@dataclass(frozen=True, slots=True)
class Checks:
    """Every check that the case brings is met; each is written as a rule of workspace.toml."""

    name: str = "checks"
    by_likeness: bool = False

    def say(self, cases: Sequence[Mapping[str, Any]], outputs: Sequence[str]) -> list[Said]:
        """Give a verdict on each output of its case.

        Raises:
            BadRequest: A check is no rule; the message says which of which case.
        """
        return [self._one(case, output) for case, output in zip(cases, outputs, strict=True)]

    def _one(self, case: Mapping[str, Any], output: str) -> Said:
        given = case.get("checks")
        checks = list(given) if isinstance(given, list | tuple) else []
        if not checks:
            return Said(None, why="the case has no checks")
        unsaid = ""
        for at, each in enumerate(checks):
            found = check_of(_declared(each, at))(output, references_of(case))
            if found.value == "fail":
                return Said(False, why=f"check {at}: {found.why}")
            unsaid = unsaid or (f"check {at}: {found.why}" if found.value is None else "")
        return Said(None if unsaid else True, why=unsaid)


def _declared(given: Any, at: int) -> Rule:
    try:
        rule = _RULE.validate_python(given)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "kind"
        raise BadRequest(f"check {at} of a case: {where}: {first['msg'].lower()}. Correct the case") from None
    if getattr(rule, "schema_file", None) is not None:
        raise BadRequest(f"check {at} of a case names a schema_file. Write the schema into the case")
    return rule  # type: ignore[no-any-return]


def references_of(case: Mapping[str, Any]) -> tuple[str, ...]:
    """The answers that would be right: one text, or several of which any will do."""
    given = case.get("reference")
    several = given if isinstance(given, list | tuple) else [given]
    return tuple(each for each in several if isinstance(each, str) and each.strip())
