"""Names of models and providers, taken out of what a blind annotator reads.

People judge an answer by who is thought to have given it. The trace's own model is known, so its name is sought in
every spelling it may have in running text; only names that look like ids are (``aria-large-2``, not ``large``), or
everyday words would vanish. Providers are whole words: the trace's own, and those everybody knows. A model that hints
at itself in other words ("I was trained by the makers of ...") is beyond this.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

MASK = "[model]"
PROVIDERS = (
    "openai", "open ai", "azure openai", "anthropic", "mistral ai", "mistralai", "cohere", "deepseek", "hugging face",
    "huggingface", "together ai", "groq", "fireworks ai", "openrouter", "vertex ai", "amazon bedrock", "aws bedrock",
    "google deepmind", "moonshot ai", "perplexity ai", "ollama",
)  # fmt: skip
FAMILIES = re.compile(
    r"(?<![\w-])(?:chat-?gpt|gpt[\s-]?\d|o[134]-(?:mini|preview|pro)|claude[\s-](?:\d|opus|sonnet|haiku|instant)"
    r"|gemini[\s-](?:\d|pro|flash|ultra)|gemma-?\d|llama[\s-]?\d|mi[sx]tral-(?:\d|tiny|small|medium|large)|qwen-?\d"
    r"|deepseek-[rv]\d|command-r)(?:[\w.:-]*\w)?(?!\w)",
    re.IGNORECASE,
)
"""Ids of models that are everywhere; a trace may speak of another model than its own."""
_LOOKS_LIKE_AN_ID = re.compile(r"[\d/:-]")
_PARTS = re.compile(r"[^\W_]+")
_DATED = re.compile(r"[-@](?:\d{4}-\d{2}-\d{2}|\d{6,8}|latest|preview)$")
_SHORT = 5  # letters and digits below which a name is sought only as it is written
_KEYS = ("model", "model_name", "model_id", "modelId", "deployment", "engine")


def masker(models: Iterable[str], providers: Iterable[str]) -> Callable[[str], str]:
    """Give the function that takes the names out of a text.

    >>> mask = masker(["northlight/aria-large-2"], ["corvid"])
    >>> mask("I am Aria Large 2 by Corvid, not a large aria; ask OpenAI.")
    'I am [model] by [model], not a large aria; ask [model].'
    """
    spellings = {spelling for name in models for spelling in _spellings(name)}
    words = {*PROVIDERS, *(name.strip().casefold() for name in providers if len(name.strip()) > 1)}
    sought = sorted(spellings, key=len, reverse=True) + [
        r"[\s_-]?".join(map(re.escape, word.split())) for word in sorted(words, key=len, reverse=True)
    ]
    known = re.compile(rf"(?<![^\W_])(?:{'|'.join(sought)})(?![^\W_])", re.IGNORECASE)
    return lambda text: FAMILIES.sub(MASK, known.sub(MASK, text))


def names_of(trace: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """The models and providers that a trace says it came from, wherever it says so."""
    models, providers = [trace.get("model")], [trace.get("provider")]
    details = (span.get("detail") for span in trace.get("spans") or ())
    for part in (trace.get("params"), trace.get("metadata"), *details):
        found = json.loads(part) if isinstance(part, str) and part.startswith("{") else part
        if isinstance(found, Mapping):
            models += [found.get(key) for key in _KEYS]
            providers.append(found.get("provider"))
    return [name for name in models if isinstance(name, str)], [name for name in providers if isinstance(name, str)]


def _spellings(name: str) -> set[str]:
    """Patterns for a model's name: whole, without its path or date, with any separator between its parts."""
    whole = name.strip()
    last = re.split(r"[/:]", whole)[-1]
    found = set()
    for each in {whole, last, _DATED.sub("", whole), _DATED.sub("", last)}:
        parts = _PARTS.findall(each)
        if not parts or not _LOOKS_LIKE_AN_ID.search(each) or "".join(parts).isdigit():
            continue
        loose = len("".join(parts)) >= _SHORT
        found.add(r"[\s_./:@-]{0,2}".join(map(re.escape, parts)) if loose else re.escape(each))
    return found
