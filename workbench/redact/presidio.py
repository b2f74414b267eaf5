"""Presidio, wired for speed and for no network: stock pattern recognisers, and one recogniser that is all of ours.

The default engine loads a spaCy model and tries each phone number in every region. Here the language side is a null
engine (its artifacts are empty, which also switches the context enhancer off), phones are left to ``phones.py``, and
names come from the tagger or spaCy in batches, so that Presidio only reads what a memo already holds.
"""

import logging
import re
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from workbench.redact.entities import Finding

_STOCK = {
    "CREDIT_CARD": "CREDIT_CARD",
    "US_SSN": "SSN",
    "IBAN_CODE": "IBAN",
    "IP_ADDRESS": "IP_ADDRESS",
    "EMAIL_ADDRESS": "EMAIL",
    "CRYPTO": "CRYPTO",
    "MAC_ADDRESS": "MAC_ADDRESS",
}
_WORTH_A_LOOK = {
    "EMAIL_ADDRESS": re.compile("@"),
    "CREDIT_CARD": re.compile(r"(?:[0-9][ -]?){12}"),
    "US_SSN": re.compile(r"(?:[0-9][ .-]?){9}"),
    "IBAN_CODE": re.compile(r"[A-Za-z]{2}[0-9]{2}[ A-Za-z0-9-]{8}"),
    "IP_ADDRESS": re.compile(r"[0-9]\.[0-9]{1,3}\.[0-9]|::|[0-9a-fA-F]{1,4}:[0-9a-fA-F]{1,4}:"),
    "CRYPTO": re.compile(r"[A-Za-z0-9]{26}"),
    "MAC_ADDRESS": re.compile(r"(?:[0-9a-fA-F]{2}[:-]){5}|(?:[0-9a-fA-F]{4}\.){2}"),
}
"""What a text must hold for a stock recogniser to find anything in it: a cheap test that spares the costly one."""
_VERSION = re.compile(
    r"(?:\bv|version|firmware|build|release|driver|update|upgrade|patch|\bver\.?)(?:\s+to|\s+is|:)?\s*$", re.IGNORECASE
)


@lru_cache(maxsize=1)
def _keep_suffix_list_offline() -> None:
    """Give tldextract the public-suffix list it ships, in both places it looks, before it fetches one."""
    import tldextract
    import tldextract.tldextract

    shipped = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
    tldextract.tldextract.TLD_EXTRACTOR = shipped
    tldextract.extract = shipped  # type: ignore[assignment]


@contextmanager
def _without(*packages: str) -> Iterator[None]:
    """Hide packages that Presidio and spaCy import only because they are there: several seconds, hundreds of megabytes.

    Hidden from every thread, so only where there is no other; nobody else's import may fail for our speed.
    """
    hidden = [name for name in packages if name not in sys.modules and threading.active_count() == 1]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


class Analyzer:
    """Presidio's engine over the stock patterns and our own findings, which ``ours`` looks up by text."""

    def __init__(self, ours: Callable[[str], Sequence[Finding]], entities: Sequence[str]) -> None:
        _keep_suffix_list_offline()
        with _without("torch", "transformers"):
            from presidio_analyzer import AnalyzerEngine, EntityRecognizer, RecognizerRegistry, RecognizerResult
            from presidio_analyzer import predefined_recognizers as stock
            from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine

        logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)

        class NoLanguageModel(NlpEngine):
            """Says nothing about a text; the names are found by our own recogniser."""

            def load(self) -> None: ...
            def is_loaded(self) -> bool:
                return True

            def process_text(self, text: str, language: str) -> NlpArtifacts:
                return NlpArtifacts([], [], [], [], self, language)  # type: ignore[arg-type]

            def process_batch(
                self, texts: Any, language: str, batch_size: int = 1, n_process: int = 1, **_: Any
            ) -> Any:
                return ((text, self.process_text(text, language)) for text in texts)

            def is_stopword(self, word: str, language: str) -> bool:
                return False

            def is_punct(self, word: str, language: str) -> bool:
                return False

            def get_supported_entities(self) -> list[str]:
                return []

            def get_supported_languages(self) -> list[str]:
                return ["en"]

        class OurRecognizer(EntityRecognizer):
            """Names, places, fields, secrets and ids: whatever ``ours`` has found in the text."""

            def load(self) -> None: ...
            def analyze(self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts) -> list[RecognizerResult]:
                return [RecognizerResult(one.type, one.start, one.end, one.score) for one in ours(text)]

        registry = RecognizerRegistry(recognizers=[], supported_languages=["en"])
        for name in ("CreditCard", "UsSsn", "Iban", "Ip", "Email", "Crypto", "MacAddress"):
            registry.add_recognizer(getattr(stock, f"{name}Recognizer")())
        registry.add_recognizer(OurRecognizer(supported_entities=list(entities), name="trace-workbench"))
        self._ours = ours
        self._engine = AnalyzerEngine(
            registry=registry, nlp_engine=NoLanguageModel(), supported_languages=["en"], context_aware_enhancer=None
        )

    def findings(self, text: str) -> list[Finding]:
        """All findings in one text, stock and ours; they may overlap."""
        worth = [entity for entity, sign in _WORTH_A_LOOK.items() if sign.search(text)]
        if not worth:
            return list(self._ours(text))
        results = self._engine.analyze(text, language="en", entities=[*worth, "PERSON"])
        return [
            Finding(_STOCK.get(one.entity_type, one.entity_type), one.start, one.end, one.score)
            for one in results
            if one.entity_type not in _STOCK or self._believable(text, one)
        ]

    @staticmethod
    def _believable(text: str, one: Any) -> bool:
        """Not the stock recognisers' guesses: nine bare digits as a person number, ``::`` in code as an address."""
        if one.entity_type == "IP_ADDRESS":
            value = text[one.start : one.end]
            return (
                (value.count(".") == 3 and not _VERSION.search(text[max(0, one.start - 20) : one.start]))
                or value.count(":") >= 3
                or ("::" in value and any(map(str.isdigit, value)) and len(value) > 5)
            )
        return one.score > 0.1
