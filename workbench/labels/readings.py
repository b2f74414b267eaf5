"""One reading of one trace by one person, as it stands; and what to write so that it stands differently.

A reading is an outcome, a note on the first thing that went wrong, the place it is tied to, and codes. What is not
given to ``reading_rows`` stays as it is, what is given empty is taken back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.errors import BadRequest
from workbench.labels.words import AT, OUTCOMES, ROUNDS, SEVERITIES

Row = dict[str, Any]


@dataclass(frozen=True)
class CodeGiven:
    """A code that somebody gave a trace, with its severity there (None: the code's own) and its place."""

    name: str
    severity: int | None = None
    at: str | None = None


@dataclass(frozen=True)
class Reading:
    """What one person has said of one trace so far."""

    trace_id: str
    annotator: str
    outcome: str | None = None
    note: str | None = None
    at: str | None = None
    codes: tuple[CodeGiven, ...] = ()

    @property
    def reviewed(self) -> bool:
        """Whether it counts as reviewed: it has an outcome or a code."""
        return self.outcome is not None or bool(self.codes)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its codes, in the order they were given, each once."""
        return tuple(dict.fromkeys(code.name for code in self.codes))


def reading_of(labels: Sequence[Mapping[str, Any]], trace_id: str, annotator: str) -> Reading:
    """Put a reading together from the labels that count of one trace and annotator, in order of time."""
    one = {row["dimension"]: row for row in labels}
    outcome, note = one.get("outcome", {}), one.get("note", {})
    codes = [CodeGiven(row["value"], row["severity"], row["at"]) for row in labels if row["dimension"] == "code"]
    at = note.get("at") or outcome.get("at")
    return Reading(trace_id, annotator, outcome.get("value"), note.get("value"), at, tuple(codes))


def reading_rows(
    reading: Reading,
    *,
    outcome: str | None = None,
    note: str | None = None,
    at: str | None = None,
    codes: Sequence[str] | None = None,
    severities: Mapping[str, int | None] | None = None,
) -> list[Row]:
    """The labels to write so that a reading says what is given.

    Args:
        reading: As it stands.
        outcome: pass, fail or defer; ``""`` takes it back, None leaves it.
        note: Its text, redacted; ``""`` takes it back, None leaves it.
        at: The place of note, outcome and new codes; ``""`` is the whole trace, None the place it has.
        codes: The names of all codes it shall have, as the codebook has them; None leaves them.
        severities: Severities by the code's name; None is the code's own.

    Raises:
        BadRequest: An outcome, place or severity that is none.
    """
    if outcome and outcome not in OUTCOMES:
        raise BadRequest(f"an outcome is one of {', '.join(OUTCOMES)}. Give one of those")
    if at and not AT.fullmatch(at):
        raise BadRequest("a place within a trace is written message:N, span:ID or step:N. Give one of those")
    if any(severity is not None and severity not in SEVERITIES for severity in (severities or {}).values()):
        raise BadRequest("a severity is a whole number from 1 to 5. Give one of those")
    place = reading.at if at is None else at or None
    moved = place != reading.at
    rows = []
    for dimension, given, stands in (("outcome", outcome, reading.outcome), ("note", note, reading.note)):
        value = stands if given is None else given.strip()
        if not value:
            rows += [_row(reading, dimension, stands, withdrawn=True)] if stands else []
        elif value != stands or moved:
            rows.append(_row(reading, dimension, value, at=None if value == "pass" else place))
    return rows + _code_rows(reading, place, codes, severities or {})


def _code_rows(
    reading: Reading, place: str | None, names: Sequence[str] | None, severities: Mapping[str, int | None]
) -> list[Row]:
    rows = []
    wanted = list(dict.fromkeys(reading.names if names is None else names))
    for code in reading.codes:
        if code.name not in wanted:
            rows.append(_row(reading, "code", code.name, at=code.at, withdrawn=True))
        elif code.name in severities:
            rows.append(_row(reading, "code", code.name, at=code.at, severity=severities[code.name]))
    for name in wanted:
        if name not in reading.names:
            rows.append(_row(reading, "code", name, at=place, severity=severities.get(name)))
    return rows


def check_round(round_: str) -> None:
    """Refuse what is no round."""
    if round_ not in ROUNDS:
        raise BadRequest(f"a round is one of {', '.join(ROUNDS)}. Give one of those")


def _row(reading: Reading, dimension: str, value: str | None, **more: Any) -> Row:
    return {
        "trace_id": reading.trace_id, "annotator": reading.annotator, "dimension": dimension, "value": value, **more
    }  # fmt: skip
