"""Scorers by likeness to a reference: shared words, and shared meaning.

Neither knows what is true: "the refund takes 5 days" and "takes 50 days" are nearly alike to both. The threshold is the
caller's, because none holds for all texts; take it from outputs that people have judged.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from workbench.errors import BadRequest, NotInstalled
from workbench.score.scorers import Said, references_of

if TYPE_CHECKING:
    import numpy as np

KINDS = ("rouge1", "rouge2", "rougeL", "rougeLsum")
MEASURES = ("fmeasure", "precision", "recall")
NO_REFERENCE = Said(None, why="no reference")
_SENTENCE = re.compile(r"(?<=[.!?。！？])\s+|\n+")
MOST_SENTENCES = 200


class Embeds(Protocol):
    """What turns texts into unit vectors; ``workbench.embed.Embedder`` is one."""

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Encode texts, row by row."""
        ...


@dataclass(frozen=True, slots=True)
class Rouge:
    """Words and their order shared with the reference (Lin 2004), counted as by ``rouge-score``; the best one counts.

    Attributes:
        least: The score from which an output passes.
        kind: rouge1, rouge2, rougeL or rougeLsum.
        measure: fmeasure, precision or recall.
    """

    least: float
    kind: str = "rougeL"
    measure: str = "fmeasure"
    by_likeness: bool = True

    @property
    def name(self) -> str:
        """What it is called in reports."""
        return f"{self.kind} {self.measure}"

    def say(self, cases: Sequence[Mapping[str, Any]], outputs: Sequence[str]) -> list[Said]:
        """Give a verdict on each output of its case.

        Raises:
            NotInstalled: The package rapidrouge is missing.
            BadRequest: There is no such kind or measure.
        """
        _check_least(self.least)
        for given, known in ((self.kind, KINDS), (self.measure, MEASURES)):
            if given not in known:
                raise BadRequest(f"ROUGE has no {given!r}; choose one of: {', '.join(known)}")
        try:
            from rapidrouge import RougeScorer
        except ImportError:
            raise NotInstalled("rapidrouge", "rouge") from None
        scorer = RougeScorer([self.kind])
        return [self._one(scorer, references_of(case), output) for case, output in zip(cases, outputs, strict=True)]

    def _one(self, scorer: Any, references: tuple[str, ...], output: str) -> Said:
        if not references:
            return NO_REFERENCE
        best = max(float(getattr(scorer.score(each, output)[self.kind], self.measure)) for each in references)
        return _held(best, self.least)


@dataclass(frozen=True, slots=True)
class Similar:
    """Sentences matched by meaning: each with the nearest of the other text, then F1 of both ways.

    It is like BERTScore (Zhang et al. 2020) in that the matching is greedy, and unlike it in that sentences are matched
    and not words, so that its numbers cannot be held against published ones.

    Attributes:
        embedder: What turns sentences into vectors.
        least: The score from which an output passes.
    """

    embedder: Embeds
    least: float
    name: str = "similar sentences"
    by_likeness: bool = True

    def say(self, cases: Sequence[Mapping[str, Any]], outputs: Sequence[str]) -> list[Said]:
        """Give a verdict on each output of its case."""
        import numpy as np

        _check_least(self.least)
        references = [references_of(case) for case in cases]
        texts = dict.fromkeys(
            sentence
            for output, given in zip(outputs, references, strict=True)
            if given
            for text in (output, *given)
            for sentence in _sentences(text)
        )
        place = {text: at for at, text in enumerate(texts)}
        vectors = self.embedder.encode(list(texts)) if texts else np.zeros((0, 1))

        def of(text: str) -> np.ndarray:
            return vectors[[place[each] for each in _sentences(text)]]

        found = []
        for output, given in zip(outputs, references, strict=True):
            if not given:
                found.append(NO_REFERENCE)
                continue
            mine = of(output)
            found.append(_held(max(_alike(mine, of(each)) for each in given), self.least))
        return found


def _alike(mine: np.ndarray, other: np.ndarray) -> float:
    """F1 of greedy matches of unit vectors; 0 where one text is empty."""
    if not len(mine) or not len(other):
        return 0.0
    cosines = (mine @ other.T).clip(0, 1)
    precision, recall = float(cosines.max(axis=1).mean()), float(cosines.max(axis=0).mean())
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _sentences(text: str) -> list[str]:
    return [each.strip() for each in _SENTENCE.split(text) if each.strip()][:MOST_SENTENCES]


def _held(score: float, least: float) -> Said:
    return Said(score >= least, score, "" if score >= least else f"{score:.2f}, at least {least:g} wanted")


def _check_least(least: float) -> None:
    if not 0 < least <= 1:
        raise BadRequest(f"a score of {least:g} is no threshold of likeness. Give one above 0 and up to 1")
