"""Who finds names and places: spaCy where a model is installed, otherwise the offline tagger shipped here.

Both answer the same question for a batch of texts, and both say who they are: the engine's name and version are
shown wherever redaction is reported, because what leaks depends on it.
"""

import importlib.metadata
import importlib.util
import re
from collections.abc import Sequence
from typing import Any, Protocol

from workbench.errors import NotInstalled
from workbench.redact.entities import Finding

SPACY_MODELS = ("en_core_web_lg", "en_core_web_md", "en_core_web_sm")
_SPACY_LABELS = {
    "PERSON": "PERSON",
    "PER": "PERSON",
    "GPE": "LOCATION",
    "LOC": "LOCATION",
    "FAC": "LOCATION",
    "ORG": "ORGANIZATION",
}
_LONGEST = 100_000


class NameFinder(Protocol):
    """Finds people, places, addresses and organisations in texts."""

    engine: str

    def spans(self, texts: Sequence[str]) -> list[list[Finding]]:
        """The findings of each text, in code points."""
        ...


class CueRules:
    """Names that a sentence announces: a title, "my name is". What remains when nothing better is there."""

    engine = "rules only"
    _ANNOUNCED = re.compile(
        r"\b(?:[Mm]y\s+(?:full\s+|first\s+|last\s+)?name(?:'s|\s+is)|[Nn]ame\s*:|(?:Mr|Mrs|Ms|Miss|Dr|Prof|Mx)\.?)\s+"
        r"(?P<value>[A-Z][\w'’.-]+(?:\s+[A-Z][\w'’-]+){0,3})"
    )

    def spans(self, texts: Sequence[str]) -> list[list[Finding]]:
        """The announced names of each text."""
        return [
            [Finding("PERSON", *match.span("value"), 0.85) for match in self._ANNOUNCED.finditer(text)]
            for text in texts
        ]


class SpacyNames:
    """Names found by an installed spaCy pipeline."""

    def __init__(self, package: str) -> None:
        import spacy

        self._pipeline: Any = spacy.load(package, disable=["parser", "lemmatizer", "attribute_ruler", "tagger"])
        version = self._pipeline.meta.get("version") or "unknown version"
        self.engine = f"spaCy {package} {version}"

    def spans(self, texts: Sequence[str]) -> list[list[Finding]]:
        """The entities of each text that name people, places and organisations."""
        pieces = [(row, start) for row, text in enumerate(texts) for start in range(0, max(1, len(text)), _LONGEST)]
        found: list[list[Finding]] = [[] for _ in texts]
        docs = self._pipeline.pipe((texts[row][start : start + _LONGEST] for row, start in pieces), batch_size=64)
        for (row, start), doc in zip(pieces, docs, strict=True):
            for entity in doc.ents:
                label = _SPACY_LABELS.get(entity.label_)
                if label:
                    found[row].append(Finding(label, start + entity.start_char, start + entity.end_char, 0.85))
        return found


def name_finder(ner: str) -> NameFinder:
    """The name finder asked for; ``auto`` is the largest installed spaCy model, else the offline tagger.

    Raises:
        NotInstalled: The spaCy model named is not installed.
    """
    if ner == "rules":
        return CueRules()
    if ner == "auto":
        ner = next((package for package in SPACY_MODELS if _installed(package)), "offline")
    if ner in ("offline", "tagger", "offline tagger"):
        return _offline()
    if not _installed(ner):
        raise NotInstalled(ner, "spacy")
    return SpacyNames(ner)


def _offline() -> NameFinder:
    from workbench.redact.tagger import Tagger

    return Tagger()


def _installed(package: str) -> bool:
    if not re.fullmatch(r"[A-Za-z_]\w*", package) or importlib.util.find_spec("spacy") is None:
        return False
    try:
        importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return importlib.util.find_spec(package) is not None
    return True
