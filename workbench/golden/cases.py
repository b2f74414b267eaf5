"""A case of the golden set: what goes in, what should come of it, and where it comes from.

A case is a specification, not a log line: ``expected_behavior`` says in plain language what a good answer does, so that
a person who has never seen the trace can tell a good answer from a bad one. What is known about it (slices, risk,
source, who labelled it, how far they agreed) travels with it, because a gate reports by those.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date, datetime
from hashlib import sha256
from typing import Any

import orjson

from workbench.errors import BadRequest

EVALUATION_TYPES = ("exact", "rules", "reference", "open_ended")
RISKS = ("low", "medium", "high", "critical")
SOURCES = ("production", "expert", "adversarial", "synthetic")
CATEGORIES = ("happy_path", "edge", "adversarial", "drift")
EDGES = ("injection", "toxicity", "policy")
AGREEMENTS = ("single", "agreed", "adjudicated", "disputed")
PAYLOAD = ("query", "history", "retrieved_context", "tool_definitions")
CASE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}")
SLICE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
MEANING = ("expected_behavior", "reference", "checks", "evaluation_type")
"""What a model is judged by: a change of these is another label, a change of the rest another wording or filing."""


@dataclass(frozen=True, slots=True)
class Case:
    """One case.

    Attributes:
        case_id: its id; never changes.
        input_payload: query (text), and where there are: history (messages before it), retrieved_context (passages),
            tool_definitions.
        expected_behavior: what a good answer does, in plain language.
        reference: an answer that would be right, where there is one.
        checks: deterministic checks, each a mapping as rules are written.
        rubric: the dimensions of the rubric as they were, by name.
        rubric_version: their version.
        evaluation_type: exact, rules, reference or open_ended.
        risk_level: low, medium, high or critical.
        edge: injection, toxicity or policy for the edge set, which is kept apart; else None.
        source: production, expert, adversarial or synthetic.
        category: happy_path, edge, adversarial or drift.
        slices: what the gate and the coverage report by: intent, complexity, tone, outcome or any other.
        capture_date: the day the input was seen or written, YYYY-MM-DD.
        product_version: the release it was seen in.
        labelled_by: who said what should happen.
        agreement: single, agreed, adjudicated or disputed.
        version_added: the golden version it came in with; None before that.
        parent_case: the case it was made from, for synthetic variants.
        trace_id: the production trace it was promoted from.
    """

    case_id: str
    input_payload: Mapping[str, Any]
    expected_behavior: str
    reference: str | None = None
    checks: tuple[Mapping[str, Any], ...] = ()
    rubric: Mapping[str, Any] = field(default_factory=dict)
    rubric_version: int | None = None
    evaluation_type: str = "open_ended"
    risk_level: str = "medium"
    edge: str | None = None
    source: str = "production"
    category: str = "happy_path"
    slices: Mapping[str, str] = field(default_factory=dict)
    capture_date: str | None = None
    product_version: str | None = None
    labelled_by: tuple[str, ...] = ()
    agreement: str = "single"
    version_added: int | None = None
    parent_case: str | None = None
    trace_id: str | None = None

    @property
    def query(self) -> str:
        """What is asked."""
        return str(self.input_payload.get("query") or "")

    @property
    def content(self) -> str:
        """A hash of everything but the version it was added in: equal cases, equal hash."""
        return _hash({**self.to_dict(), "version_added": None})

    @property
    def meaning(self) -> str:
        """A hash of what a model is judged by."""
        whole = self.to_dict()
        return _hash({name: whole[name] for name in MEANING})

    @property
    def texts(self) -> list[Any]:
        """Everything in it that somebody wrote or said."""
        return [dict(self.input_payload), self.expected_behavior, self.reference or "", [dict(c) for c in self.checks]]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], *, draft: bool = False) -> Case:
        """Read ``to_dict`` back; a draft need not say yet what should happen.

        Raises:
            BadRequest: A field is unknown, missing or not what it should be; the message names it and quotes nothing.
        """
        known = [each.name for each in fields(cls)]
        unknown = sorted(set(values) - set(known))
        if unknown:
            raise BadRequest(f"a case has no field {unknown[0][:40]!r}; its fields are {', '.join(known)}")
        given = {name: value for name, value in values.items() if value is not None}
        return cls(**_checked(given, draft))


def _checked(given: dict[str, Any], draft: bool) -> dict[str, Any]:
    case_id = str(given.get("case_id") or "")
    if not CASE_ID.fullmatch(case_id):
        raise BadRequest("case_id: expected 1 to 100 letters, digits, '.', '_', ':' or '-', beginning with one of them")
    given["case_id"] = case_id
    given["input_payload"] = _payload(given.get("input_payload"))
    given.setdefault("expected_behavior", "")
    if not draft and not str(given["expected_behavior"]).strip():
        raise BadRequest("expected_behavior: empty; say in plain language what a good answer does")
    for name in ("expected_behavior", "reference", "product_version", "parent_case", "trace_id"):
        if name in given:
            given[name] = _text(name, given[name])
    for name, words in (
        ("evaluation_type", EVALUATION_TYPES), ("risk_level", RISKS), ("edge", EDGES), ("source", SOURCES),
        ("category", CATEGORIES), ("agreement", AGREEMENTS),
    ):  # fmt: skip
        if name in given and given[name] not in words:
            raise BadRequest(f"{name}: expected one of {', '.join(words)}")
    given["slices"] = _slices(given.get("slices") or {})
    given["checks"] = tuple(_mapping("checks", each) for each in _listed("checks", given.get("checks") or ()))
    given["rubric"] = _mapping("rubric", given.get("rubric") or {})
    given["labelled_by"] = tuple(
        _text("labelled_by", each) for each in _listed("labelled_by", given.get("labelled_by") or ())
    )
    if "capture_date" in given:
        given["capture_date"] = _day(given["capture_date"])
    for name in ("rubric_version", "version_added"):
        if name in given and (isinstance(given[name], bool) or not isinstance(given[name], int)):
            raise BadRequest(f"{name}: expected a whole number")
    return given


def _payload(value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        value = {"query": value}
    if not isinstance(value, Mapping):
        raise BadRequest(f"input_payload: expected an object with {', '.join(PAYLOAD)}")
    unknown = sorted(set(map(str, value)) - set(PAYLOAD))
    if unknown:
        raise BadRequest(f"input_payload: has no field {unknown[0][:40]!r}; its fields are {', '.join(PAYLOAD)}")
    query = value.get("query")
    if not isinstance(query, str) or not query.strip():
        raise BadRequest("input_payload.query: empty; a case asks something")
    for name in ("history", "retrieved_context", "tool_definitions"):
        if not isinstance(value.get(name) or [], list):
            raise BadRequest(f"input_payload.{name}: expected a list")
    return {name: value[name] for name in PAYLOAD if value.get(name)}


def _slices(value: Any) -> dict[str, str]:
    found = {}
    for name, each in _mapping("slices", value).items():
        if not SLICE.fullmatch(name):
            raise BadRequest("slices: a name begins with a letter and has up to 40 letters, digits and '_'")
        if each is None:
            continue
        if isinstance(each, dict | list):
            raise BadRequest(f"slices.{name}: expected a word")
        found[name] = _text(f"slices.{name}", each)
    return found


def _mapping(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise BadRequest(f"{name}: expected an object")
    return {str(key): each for key, each in value.items()}


def _listed(name: str, value: Any) -> list[Any]:
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        raise BadRequest(f"{name}: expected a list")
    return list(value)


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise BadRequest(f"{name}: expected text")
    return str(value).strip()


def _day(value: Any) -> str:
    try:
        if isinstance(value, datetime | date):
            return value.isoformat()[:10]
        return datetime.fromisoformat(str(value).strip()).date().isoformat()
    except ValueError:
        raise BadRequest("capture_date: expected a day such as 2026-11-05") from None


def _hash(values: Mapping[str, Any]) -> str:
    return sha256(orjson.dumps(values, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)).hexdigest()
