"""Who finds names: the offline tagger, and spaCy where it is installed."""

import sys
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.redact import Redactor, names
from workbench.redact.tagger import BLOCK, Tagger, text_case
from workbench.redact.word_features import tokens_of


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger()


@pytest.fixture
def spacy_model(monkeypatch: pytest.MonkeyPatch) -> str:
    """A blank pipeline with an entity ruler, installed under the name of a model that is not there."""
    spacy = pytest.importorskip("spacy")
    package = "en_core_web_sm"

    def load(name: str, **_: Any) -> Any:
        assert name == package
        pipeline = spacy.blank("en")
        ruler = pipeline.add_pipe("entity_ruler")
        ruler.add_patterns(
            [
                {"label": "PERSON", "pattern": "Quillon"},
                {"label": "GPE", "pattern": "Zorvania"},
                {"label": "DATE", "pattern": "Monday"},
            ]
        )
        pipeline.meta["version"] = "3.8.0"
        return pipeline

    monkeypatch.setitem(sys.modules, package, ModuleType(package))
    monkeypatch.setattr(names, "_installed", lambda name: name == package)
    monkeypatch.setattr(spacy, "load", load)
    return package


def test_an_installed_model_is_used_and_named(spacy_model: str) -> None:
    redactor = Redactor()
    assert redactor.engine == f"spaCy {spacy_model} 3.8.0"
    text = "😀 on Monday Quillon left Zorvania, mail a@example.com"
    assert [(one.type, text[one.start : one.end]) for one in redactor.analyse([text])[0]] == [
        ("PERSON", "Quillon"),
        ("LOCATION", "Zorvania"),
        ("EMAIL", "a@example.com"),
    ]


def test_the_offline_tagger_can_be_asked_for_although_spacy_is_there(spacy_model: str) -> None:
    assert Redactor(ner="offline").engine == "offline tagger 1"


def test_without_a_model_the_offline_tagger_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "_installed", lambda name: False)
    assert Redactor().engine == "offline tagger 1"


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("mia_li's\n\nflat 4B", ["mia", "_", "li", "'", "s", "\n\n", "flat", "4", "B"]),
        ("<PERSON> in Zürich😀", ["<PERSON>", "in", "Zürich", "😀"]),
        ("", []),
    ],
)
def test_tokens(text: str, tokens: list[str]) -> None:
    words, starts, ends = tokens_of(text)
    assert words == tokens
    assert [text[start:end] for start, end in zip(starts, ends, strict=True)] == tokens


@pytest.mark.parametrize(
    ("text", "case"), [("i am mia", 1), ("I AM MIA LI", 2), ("I Am Mia Li Here", 3), ("I am Mia", 0), ("12 !", 0)]
)
def test_how_a_text_is_written(text: str, case: int) -> None:
    assert text_case(tokens_of(text)[0]) == case


@pytest.mark.parametrize(
    "text",
    [
        "Thank you, Mrs. Okonkwo, the doctor will see you now.",
        "hi this is priya raman, i never got my parcel",
        "My colleague Wojciech Zieliński will call you back.",
        "Best regards,\nHiroshi Tanaka",
    ],
)
def test_people_are_found_in_many_registers(tagger: Tagger, text: str) -> None:
    assert any(one.type == "PERSON" for one in tagger.spans([text])[0])


def test_ordinary_talk_names_nobody(tagger: Tagger) -> None:
    texts = [
        "Where is my order? It still says Processing.",
        "please reset my password, the link has expired",
        "Can I get a refund for the broken headphones I bought last week?",
        "The exchange rate for international transfers changes every day.",
    ]
    assert tagger.spans(texts) == [[], [], [], []]


def test_a_long_text_is_read_in_windows_without_a_seam(tagger: Tagger) -> None:
    sentence = "The shipment is late again. "
    text = sentence * 80 + "My name is Priya Raman. " + sentence * 80
    assert len(tokens_of(text)[0]) > 3 * BLOCK
    assert [text[one.start : one.end] for one in tagger.spans([text])[0]] == ["Priya Raman"]


@given(st.lists(st.text(alphabet=st.characters(codec="utf-8"), max_size=60), min_size=1, max_size=6))
def test_a_text_is_read_the_same_in_any_company(texts: list[str]) -> None:
    together = SHARED.spans([*texts, "My name is Priya Raman."])
    assert [SHARED.spans([text])[0] for text in texts] == together[:-1]


def test_chances_add_up(tagger: Tagger) -> None:
    ones = np.ones((1, BLOCK), np.int64)
    chances = tagger._chances(ones * 0, ones * 0, ones * 0, np.ones((1, BLOCK, 1), np.float32))
    assert np.allclose(chances.sum(axis=-1), 1.0, atol=1e-5)


SHARED = Tagger()
