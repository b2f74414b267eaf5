"""How well findings cover gold spans, and what they take that they should not.

Recall is by *any* finding, whatever its label, because a name redacted as an organisation is still redacted; the share
found as the right type stands beside it. Cover counts every character of the span, separators included, so two
findings that leave the comma between street and town still pass only if little is left. Figures of one sentence set
say little about another: real chat is not a template, so the sets are never pooled.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

ENOUGH_COVER = 0.9

SAME = {
    "EMAIL_ADDRESS": "EMAIL",
    "PHONE_NUMBER": "PHONE",
    "GPE": "LOCATION",
    "ZIP_CODE": "POSTCODE",
    "DOMAIN_NAME": "DOMAIN",
    "IBAN_CODE": "IBAN",
    "US_SSN": "SSN",
    "US_DRIVER_LICENSE": "DRIVER_LICENSE",
    "NATIONAL_ID": "SSN",
    "URL": "DOMAIN",
}
"""Names of one type in several vocabularies, to one of them; types not listed stand for themselves."""

NOT_PROMISED = frozenset({"DATE_TIME", "TITLE", "AGE", "NRP", "ORDER_ID", "ORGANIZATION"})
"""Gold that the default engine does not promise to find: reported, but in no total."""


@dataclass(frozen=True)
class Sentence:
    """A text with its gold spans as (type, start, end), and stretches that count neither way."""

    id: str
    text: str
    gold: tuple[tuple[str, int, int], ...] = ()
    neutral: tuple[tuple[int, int], ...] = ()
    register: str = ""


@dataclass
class Tally:
    """Counts for one gold type."""

    n: int = 0
    overlap: int = 0
    covered: int = 0
    right: int = 0

    def add(self, other: "Tally") -> None:
        """Pool with another tally."""
        self.n += other.n
        self.overlap += other.overlap
        self.covered += other.covered
        self.right += other.right

    @property
    def overlap_share(self) -> float:
        """Share of spans that any finding touches."""
        return self.overlap / self.n if self.n else float("nan")

    @property
    def covered_share(self) -> float:
        """Share of spans with enough of their characters covered."""
        return self.covered / self.n if self.n else float("nan")

    @property
    def right_share(self) -> float:
        """Share of spans touched by a finding of their own type."""
        return self.right / self.n if self.n else float("nan")


@dataclass
class Scores:
    """What the findings over one set of sentences come to."""

    types: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    findings: int = 0
    false: int = 0
    false_by_type: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    chars_outside: int = 0
    chars_outside_redacted: int = 0
    texts: int = 0
    texts_with_false: int = 0
    missed: list[tuple[Sentence, tuple[str, int, int], float]] = field(default_factory=list)
    wrong: list[tuple[Sentence, str, int, int]] = field(default_factory=list)

    @property
    def promised(self) -> Tally:
        """All types that the default engine promises, pooled."""
        total = Tally()
        for kind, tally in self.types.items():
            if kind not in NOT_PROMISED:
                total.add(tally)
        return total

    @property
    def false_share(self) -> float:
        """Share of findings that touch no gold."""
        return self.false / self.findings if self.findings else 0.0

    @property
    def outside_share(self) -> float:
        """Share of the characters outside gold that are redacted."""
        return self.chars_outside_redacted / self.chars_outside if self.chars_outside else 0.0

    @property
    def false_per_100(self) -> float:
        """False findings per hundred texts."""
        return 100 * self.false / self.texts if self.texts else 0.0

    @property
    def touched_share(self) -> float:
        """Share of texts with at least one false finding."""
        return self.texts_with_false / self.texts if self.texts else 0.0

    def as_json(self) -> dict[str, object]:
        """All figures, shares as fractions of one."""
        return {
            "texts": self.texts,
            "findings": self.findings,
            "false_share": self.false_share,
            "false_by_type": dict(self.false_by_type),
            "outside_share": self.outside_share,
            "findings_per_100_texts": self.false_per_100,
            "touched_share": self.touched_share,
            "types": {kind: _as_json(tally) for kind, tally in self.types.items()}
            | ({"all promised": _as_json(self.promised)} if self.promised.n else {}),
        }


def _as_json(tally: Tally) -> dict[str, float]:
    return {
        "n": tally.n,
        "overlap": tally.overlap_share,
        "covered": tally.covered_share,
        "right_type": tally.right_share,
    }


def _positions(spans: Sequence[tuple[int, int]]) -> set[int]:
    return {at for low, high in spans for at in range(low, high)}


def score(sentences: Sequence[Sentence], findings: Sequence[Sequence]) -> Scores:
    """Scores of the findings, one sequence per sentence, each finding with ``type``, ``start`` and ``end``."""
    scores = Scores(texts=len(sentences))
    for sentence, found in zip(sentences, findings, strict=True):
        redacted = _positions([(f.start, f.end) for f in found])
        for span in sentence.gold:
            _score_span(scores, sentence, span, found, redacted)
        gold = _positions([(low, high) for _, low, high in sentence.gold])
        known = gold | _positions(sentence.neutral)
        outside = [at for at in range(len(sentence.text)) if at not in known]
        scores.chars_outside += len(outside)
        scores.chars_outside_redacted += sum(at in redacted for at in outside)
        _score_findings(scores, sentence, found, gold, known)
    return scores


def _score_span(scores: Scores, sentence: Sentence, span: tuple[str, int, int], found: Sequence, redacted: set) -> None:
    kind, low, high = span
    cover = sum(at in redacted for at in range(low, high)) / (high - low)
    wanted = SAME.get(kind, kind)
    tally = scores.types[kind]
    tally.n += 1
    tally.overlap += cover > 0
    tally.covered += cover >= ENOUGH_COVER
    tally.right += any(f.start < high and low < f.end and SAME.get(f.type, f.type) == wanted for f in found)
    if cover < ENOUGH_COVER:
        scores.missed.append((sentence, span, cover))


def _score_findings(scores: Scores, sentence: Sentence, found: Sequence, gold: set, known: set) -> None:
    wrong = 0
    for f in found:
        here = range(f.start, f.end)
        if not any(at in known for at in here):
            wrong += 1
            scores.false_by_type[f.type] += 1
            scores.wrong.append((sentence, f.type, f.start, f.end))
        elif not any(at in gold for at in here):
            continue  # only over a stretch that counts neither way
        scores.findings += 1
    scores.false += wrong
    scores.texts_with_false += wrong > 0
