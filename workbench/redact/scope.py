"""What one trace gives away about itself: a name found in a tool result is a name wherever the trace repeats it.

This is the strongest recall there is, because it does not guess: values under telling fields, and names found with
confidence, are sought again in every text of the same scope, by whole words, in other spellings too (a name within a
login, a birth date in another format, a phone number with other separators). Common words are left alone.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from workbench.redact.announced import DATE
from workbench.redact.entities import PLACEHOLDER, Finding
from workbench.redact.units import Hit, Reading, Unit
from workbench.redact.words import is_common

_EXACT = frozenset(
    """
    EMAIL SSN IBAN CREDIT_CARD PASSPORT DRIVER_LICENSE BANK_ACCOUNT CRYPTO IP_ADDRESS MAC_ADDRESS SECRET ACCOUNT_ID
    ORDER_ID HANDLE""".split()
)
_PART = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_LOGIN = re.compile(r"(?<![\w.@-])[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)+(?![\w@])|(?<![\w.@-])[A-Za-z]{3,}\d{1,6}(?![\w@])")
_LOGIN_PART = re.compile(r"[A-Za-z]+")
_DATES = re.compile(rf"(?<![\w]){DATE}(?![\w])", re.IGNORECASE)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MOST = 400


class Known:
    """The values that one scope is known to hold, ready to be sought in its texts."""

    def __init__(self, readings: Iterable[Reading]) -> None:
        self.words: dict[str, str] = {}  # exact spelling -> entity
        self.values: dict[str, str] = {}  # exact value, casefolded -> entity
        self.phones: set[str] = set()
        self.endings: set[str] = set()
        self.births: set[date] = set()
        self.name_parts: set[str] = set()
        for reading in readings:
            for hit in reading.hits:
                self._learn(hit)

    def _learn(self, hit: Hit) -> None:
        entity, value = hit.finding.type, hit.value.strip(" .,;:!?\"'()[]*")
        sure = hit.from_field or hit.finding.score >= 0.9
        if PLACEHOLDER.search(value) or len(value) > 200:
            return
        if entity == "PERSON":
            self._learn_name(value, hit.from_field, sure)
        elif entity == "CARD_ENDING" and sure:
            self.endings.add("".join(filter(str.isdigit, value))[-4:])
        elif entity == "PHONE" and sure:
            digits = "".join(filter(str.isdigit, value))
            if len(digits) >= 7:
                self.phones.add(digits[-10:])
        elif entity == "BIRTH_DATE":
            born = parsed_date(value)
            if born:
                self.births.add(born)
        elif entity in _EXACT and len(value) >= 4:
            self.values[value.casefold()] = entity
            if entity == "EMAIL" and "@" in value:
                local = value.split("@")[0].casefold()
                if len(local) >= 5 and not local.isalpha():
                    self.values[local] = "ACCOUNT_ID"
        elif (
            hit.from_field
            and entity in ("LOCATION", "STREET_ADDRESS", "POSTCODE")
            and len(value) >= 4
            and not is_common(value)
        ):
            self.words[value] = entity

    def _learn_name(self, value: str, from_field: bool, sure: bool) -> None:
        parts = _PART.findall(value)
        if not parts or len(parts) > 6 or not (sure or len(parts) > 1):
            return
        if len(parts) > 1 or not is_common(value):
            self.words[" ".join(value.split())] = "PERSON"
        for part in parts:
            plain = part.casefold()
            if len(part) < 2 or plain in (
                "de",
                "la",
                "van",
                "von",
                "der",
                "den",
                "bin",
                "al",
                "el",
                "da",
                "di",
                "dos",
                "jr",
                "sr",
                "ii",
                "iii",
            ):
                continue
            common = is_common(plain)
            self.name_parts.add(plain)
            if len(part) >= 3 or from_field:
                if not common or (
                    from_field
                    and len(parts) <= 2
                    and len(part) >= 3
                    and plain not in ("will", "may", "can", "so", "an")
                ):
                    self.words.setdefault(part.capitalize() if part.isupper() or part.islower() else part, "PERSON")
                    self.words.setdefault(part.upper(), "PERSON")
                if not common and len(part) >= 3:
                    self.words.setdefault(part.lower(), "PERSON")

    def pattern(self) -> re.Pattern[str] | None:
        """One expression for every word, value, phone and card ending; None where nothing is known."""
        choices: list[str] = []
        words = sorted({*self.words}, key=len, reverse=True)[:_MOST]
        if words:
            choices.append(
                r"(?P<word>(?<![\w])(?:"
                + "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in words)
                + r")(?![\w]))"
            )
        values = sorted(self.values, key=len, reverse=True)[:_MOST]
        if values:
            choices.append(r"(?P<value>(?<![\w])(?i:" + "|".join(map(re.escape, values)) + r")(?![\w]))")
        if self.phones:
            numbers = "|".join(r"[^\w\n]{0,3}".join(digits) for digits in sorted(self.phones)[:_MOST])
            choices.append(rf"(?P<phone>(?<!\d)(?:\+?1[ .-]?)?\(?(?:{numbers})(?!\d))")
        if self.endings:
            choices.append(
                rf"(?P<ending>(?<![\w$€£.,:/-])(?:{'|'.join(sorted(self.endings)[:_MOST])})(?![\w%]|[.,:/-]\d))"
            )
        return re.compile("|".join(choices)) if choices else None

    def found_in(self, unit: Unit, pattern: re.Pattern[str] | None) -> list[Finding]:
        """Where a unit repeats what is known."""
        text, found = unit.text, []
        if pattern is not None:
            for match in pattern.finditer(text):
                kind = match.lastgroup
                if kind == "word":
                    entity = self.words.get(match[0]) or self.words.get(" ".join(match[0].split()), "PERSON")
                elif kind == "value":
                    entity = self.values.get(match[0].casefold(), "ACCOUNT_ID")
                else:
                    entity = "PHONE" if kind == "phone" else "CARD_ENDING"
                found.append(Finding(entity, match.start(), match.end(), 0.9))
        if self.name_parts:
            found += self._logins_in(text)
        if self.births:
            for match in _DATES.finditer(text):
                if parsed_date(match[0]) in self.births:
                    found.append(Finding("BIRTH_DATE", match.start(), match.end(), 0.9))
        return found

    def _logins_in(self, text: str) -> list[Finding]:
        """Login names made of a known name: ``mia_li_3668``, ``mia.li``, ``mli2``-like ones are not sought."""
        found = []
        for match in _LOGIN.finditer(text):
            parts = [part.casefold() for part in _LOGIN_PART.findall(match[0])]
            known = [part for part in parts if part in self.name_parts and len(part) >= 2]
            distinct = any(len(part) >= 3 and not is_common(part) for part in known)
            if (distinct and any(map(str.isdigit, match[0]))) or len(known) >= 2:
                found.append(Finding("ACCOUNT_ID", match.start(), match.end(), 0.9))
        return found


def parsed_date(text: str) -> date | None:
    """A full date in any usual spelling; day and month are taken American where both are possible."""
    plain = text.casefold()
    numbers = [int(number) for number in re.findall(r"\d+", plain)]
    month = next((at + 1 for at, name in enumerate(_MONTHS) if re.search(rf"\b{name}", plain)), None)
    try:
        if month and len(numbers) == 2:
            day, year = numbers if numbers[0] <= 31 else (numbers[1], numbers[0])
            return date(_full_year(year), month, day)
        if len(numbers) == 1 and len(plain.strip()) == 8:
            return date(numbers[0] // 10000, numbers[0] // 100 % 100, numbers[0] % 100)
        if len(numbers) != 3:
            return None
        if numbers[0] > 31:
            return date(*numbers)
        if numbers[0] > 12:
            return date(_full_year(numbers[2]), numbers[1], numbers[0])
        return date(_full_year(numbers[2]), numbers[0], numbers[1])
    except ValueError:
        return None


def _full_year(year: int) -> int:
    return year if year > 99 else year + (1900 if year > 26 else 2000)


def repeats(
    units: Sequence[Unit], known: Known, wanted: Mapping[str, object] | frozenset[str]
) -> list[tuple[Unit, Finding]]:
    """Everything in the units that repeats what is known and that the policy asks for."""
    pattern = known.pattern()
    if pattern is None and not known.name_parts and not known.births:
        return []
    return [
        (unit, one)
        for unit in units
        if not unit.is_number
        for one in known.found_in(unit, pattern)
        if one.type in wanted
    ]
