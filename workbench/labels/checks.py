"""Checking rows of labels against what the workspace knows, row by row, each refusal with its reason.

Whatever cannot be used is refused, not repaired: a severity of 9 is not taken for a 5. Codes are found through the
codebook's aliases and stored under the name they have now. Two rows that say the same twice, or two things at once, are
refused too, because nobody could tell later which of them was meant. Only what a judge says that is no outcome is kept,
as unparsable: how often a judge cannot be read is a part of what it is worth. Reasons name columns and rows, never
values.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median_high
from typing import Any, Protocol

from workbench.codebook.names import clean_name, same_name
from workbench.errors import BadRequest
from workbench.labels.files import FileRow
from workbench.labels.words import AT, DIMENSION, KINDS, OF_CODES, OUTCOMES, ROUNDS, SEVERITIES, UNPARSABLE

Row = dict[str, Any]
_FUTURE = timedelta(days=1)  # clocks differ, and time zones are left out; more than that is a mistake


class Codes(Protocol):
    """What is needed of a codebook."""

    @property
    def version(self) -> int:
        """Its number."""

    def find(self, name: str) -> Any:
        """The active code of this name or alias, or None."""

    def ended(self, name: str) -> Any:
        """The code of this name that is no longer active, or None."""


class Standard(Protocol):
    """What is needed of one version of the rubric."""

    @property
    def version(self) -> int:
        """Its number."""

    def find(self, name: str) -> Any:
        """The dimension of this name, which in turn finds its values; or None."""


@dataclass(frozen=True)
class NewCode:
    """A code the file uses and the codebook does not have: its name, other spellings, the median of its severities."""

    name: str
    aliases: tuple[str, ...]
    severity: int | None
    n: int


@dataclass(frozen=True)
class Checked:
    """What a file comes to: labels that can be stored, rows that cannot, codes to be made first."""

    labels: tuple[Row, ...]
    rejected_rows: tuple[Row, ...]
    new_codes: tuple[NewCode, ...]


class _Refused(Exception):
    """A row cannot be used; the text says why and quotes nothing of it."""


def check(
    rows: Iterable[FileRow],
    *,
    known: Collection[str],
    codebook: Codes,
    create_codes: bool,
    now: datetime,
    rubrics: Sequence[Standard] = (),
) -> Checked:
    """Check every row.

    Args:
        rows: As read from a file.
        known: The ids, among those of the rows, that the workspace has.
        codebook: Finds codes by name or alias.
        create_codes: Let a code that is not in the codebook be made, instead of refusing the row.
        now: The present time; a label from tomorrow is refused.
        rubrics: Every version of the rubric from 0 on; a dimension that the rubric has takes its values only.
    """
    labels: list[tuple[int, Row]] = []
    rejected: list[Row] = []
    unknown: dict[str, list[Row]] = {}
    for row in rows:
        try:
            label = _label(row, known, now)
            if label["dimension"] in OF_CODES:
                _to_code(label, codebook, unknown, create_codes)
            _by_rubric(label, rubrics)
        except _Refused as refused:
            rejected.append({"row": row.number, "reason": str(refused)})
            continue
        labels.append((row.number, label))
    new_codes = tuple(_new_code(same) for same in unknown.values())
    named = {same_name(spelling): code.name for code in new_codes for spelling in (code.name, *code.aliases)}
    kept = []
    seen: dict[tuple[Any, ...], tuple[int, Row]] = {}
    for number, label in labels:
        if label["dimension"] in OF_CODES:
            label["value"] = named.get(same_name(label["value"]), label["value"])
        reason = _repeats(number, label, seen)
        if reason:
            rejected.append({"row": number, "reason": reason})
        else:
            kept.append(label)
    return Checked(tuple(kept), tuple(sorted(rejected, key=lambda each: each["row"])), new_codes)


def _label(row: FileRow, known: Collection[str], now: datetime) -> Row:
    if row.values is None:
        raise _Refused(row.problem or "not readable")
    given = {name: _text(name, value) for name, value in row.values.items() if name not in ("labelled_at", "withdrawn")}
    for name in ("trace_id", "annotator", "dimension"):
        if not given.get(name):
            raise _Refused(f"{name}: empty; every label needs one")
    if given["trace_id"] not in known:
        raise _Refused("trace_id: this workspace has no trace of that id")
    dimension = _dimension(given["dimension"] or "")
    label = {
        **given,
        "dimension": dimension,
        "value": _value(dimension, given),
        "severity": _whole("severity", given.get("severity"), SEVERITIES),
        "codebook_version": _whole("codebook_version", given.get("codebook_version"), range(10**9)),
        "rubric_version": _whole("rubric_version", given.get("rubric_version"), range(10**9)),
        "seconds": _number("seconds", given.get("seconds")),
        "annotator_kind": _one_of("annotator_kind", given.get("annotator_kind"), KINDS) or "human",
        "round": _one_of("round", given.get("round"), ROUNDS),
        "labelled_at": _moment(row.values.get("labelled_at"), now),
        "withdrawn": _flag(row.values.get("withdrawn")),
    }
    if label.get("at") and not AT.fullmatch(str(label["at"])):
        raise _Refused("at: expected message:N, span:ID or step:N")
    if dimension == "note" and label["value"] == label.get("note"):
        label["note"] = None
    return label


def _dimension(name: str) -> str:
    name = name.strip()
    if name.lower() in (*OF_CODES, "outcome", "note"):
        return name.lower()
    if not DIMENSION.fullmatch(name):
        raise _Refused("dimension: expected outcome, code, note, root_cause or a dimension of the rubric")
    return name


def _value(dimension: str, given: Mapping[str, Any]) -> str:
    value = given.get("value")
    by_machine = (given.get("annotator_kind") or "").lower() in ("judge", "rule")
    if dimension == "note":
        value = value or given.get("note")
    if not value:
        if by_machine and dimension not in (*OF_CODES, "note"):
            return UNPARSABLE
        raise _Refused("value: empty; a label says something")
    if dimension == "outcome":
        value = value.lower()
        if value not in OUTCOMES and by_machine:
            return UNPARSABLE
        if value not in OUTCOMES:
            raise _Refused(f"value: an outcome is one of {', '.join(OUTCOMES)}")
    return str(value)


def _by_rubric(label: Row, rubrics: Sequence[Standard]) -> None:
    """Give a label on one of the rubric's dimensions the rubric's spelling and version; other dimensions are free.

    A label that tells its version of the rubric is measured by that one.
    """
    given = label["rubric_version"]
    if not rubrics or label["dimension"] in (*OF_CODES, "outcome", "note"):
        return
    if given is not None and given >= len(rubrics):
        raise _Refused(f"rubric_version: this workspace's rubric is at version {len(rubrics) - 1}")
    rubric = rubrics[-1 if given is None else given]
    found = rubric.find(label["dimension"])
    if found is None:
        return
    value = found.find(label["value"])
    if value is None and label["annotator_kind"] in ("judge", "rule"):
        value = UNPARSABLE
    if value is None:
        raise _Refused(f"value: by the rubric {found.name} is one of {', '.join(found.values)}")
    label |= {"dimension": found.name, "value": value, "rubric_version": rubric.version}


def _to_code(label: Row, codebook: Codes, unknown: dict[str, list[Row]], create: bool) -> None:
    """Give the label the code's present name and version; or set it aside for a code that has to be made.

    A label that tells its version of the codebook keeps the name it was given under.
    """
    given = label["codebook_version"]
    if given is not None and given > codebook.version:
        raise _Refused(f"codebook_version: this workspace's codebook is at version {codebook.version}")
    found, ended = codebook.find(label["value"]), codebook.ended(label["value"])
    if found is not None and given is None:
        label["value"], label["codebook_version"] = found.name, codebook.version
    elif found is None and ended is not None and given is None:
        raise _Refused(f"value: that code is no longer in force, it was {ended.status}; give one that is")
    elif found is None and ended is None:
        if not create:
            raise _Refused("value: the codebook has no code of that name; add it, or import with --create-codes")
        try:
            label["value"] = clean_name(label["value"])
        except BadRequest as error:
            raise _Refused(f"value: {error}") from None
        unknown.setdefault(same_name(label["value"]), []).append(label)


def _new_code(labels: list[Row]) -> NewCode:
    """One code for all spellings: the most frequent one is its name, the first where several are equally frequent."""
    spellings = [label["value"] for label in labels]
    distinct = list(dict.fromkeys(spellings))
    name = max(distinct, key=spellings.count)
    severities = [label["severity"] for label in labels if label["severity"] is not None]
    severity = median_high(severities) if severities else None
    return NewCode(name, tuple(each for each in distinct if each != name), severity, len(labels))


def _repeats(number: int, label: Row, seen: dict[tuple[Any, ...], tuple[int, Row]]) -> str | None:
    """Why a row cannot stand beside an earlier one; None where it can."""
    of_code = (label["value"], label.get("at")) if label["dimension"] == "code" else ()
    key = (label["trace_id"], label["annotator"], label["dimension"], *of_code, label["labelled_at"])
    if key not in seen:
        seen[key] = (number, label)
        return None
    first, other = seen[key]
    if label == other:
        return f"the same label stands in row {first}"
    when = "at the same time" if label["labelled_at"] else "without a time to tell which is newer"
    return f"row {first} says something else on the same trace and dimension by the same annotator, {when}"


def _text(name: str, value: Any) -> str | None:
    if value is None or (isinstance(value, float) and value != value):
        return None
    if isinstance(value, dict | list):
        raise _Refused(f"{name}: expected text, found a nested value")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip().replace("\x00", "\ufffd") or None


def _whole(name: str, value: str | None, allowed: range) -> int | None:
    if value is None:
        return None
    words = f"{name}: expected a whole number" + (" from 1 to 5" if allowed is SEVERITIES else "")
    try:
        number = float(value)
    except ValueError:
        raise _Refused(words) from None
    if not number.is_integer() or int(number) not in allowed:
        raise _Refused(words)
    return int(number)


def _number(name: str, value: str | None) -> float | None:
    try:
        number = None if value is None else float(value)
    except ValueError:
        number = -1.0
    if number is not None and not 0 <= number < float("inf"):
        raise _Refused(f"{name}: expected a number, 0 or more")
    return number


def _one_of(name: str, value: str | None, words: tuple[str, ...]) -> str | None:
    if value is None:
        return None
    if value.lower() not in words:
        raise _Refused(f"{name}: expected one of {', '.join(words)}")
    return value.lower()


def _flag(value: Any) -> bool | None:
    if value in (None, "") or value != value:
        return None
    word = str(value).strip().lower()
    if word not in ("true", "false", "1", "0"):
        raise _Refused("withdrawn: expected true or false")
    return word in ("true", "1") or None


def _moment(value: Any, now: datetime) -> datetime | None:
    if value is None or value != value or (isinstance(value, str) and not value.strip()):
        return None
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value).strip())
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):  # the first hours of the year 1 have no time in UTC
        raise _Refused("labelled_at: expected an ISO 8601 time such as 2026-11-05T14:30:00Z") from None
    if moment > now + _FUTURE:
        raise _Refused("labelled_at: it lies in the future")
    return moment
