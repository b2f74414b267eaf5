"""Who makes a model, by its name: a judge should not mark the work of its own family.

Models prefer what they would have written themselves (Panickssery et al. 2024, arXiv 2404.13076; Wataoka et al. 2024,
arXiv 2410.21819). Names say who made a model more reliably than the column ``provider``, which often names who serves
it; so the name goes first, and a provider that serves everybody's models says nothing. Not knowing is said, not
guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

FAMILIES: Mapping[str, str] = {
    "openai": r"gpt|chatgpt|o[134](-|$)|text-davinci|davinci|codex|openai",
    "anthropic": r"claude|anthropic",
    "google": r"gemini|gemma|palm|bison|google",
    "meta": r"llama|meta(-llama)?(/|$)|meta-llama",
    "mistral": r"mistral|mixtral|codestral|ministral|magistral|devstral|pixtral",
    "alibaba": r"qwen|qwq|alibaba",
    "deepseek": r"deepseek",
    "cohere": r"command(-|$)|c4ai|aya|cohere",
    "xai": r"grok|xai|x-ai",
    "amazon": r"nova-|titan|amazon",
    "microsoft": r"phi-?\d|microsoft",
    "nvidia": r"nemotron|nvidia",
    "zhipu": r"glm-|chatglm|zhipu|zai",
    "moonshot": r"kimi|moonshot",
    "minimax": r"minimax|abab",
    "ibm": r"granite|ibm",
    "ai21": r"jamba|ai21",
    "01.ai": r"yi-",
    "tii": r"falcon",
}
"""How the names of a maker's models begin, whole or after a slash or dot; the maker's own name stands with them."""

_COMPILED = {family: re.compile(rf"(^|[/.:@\s])({pattern})", re.IGNORECASE) for family, pattern in FAMILIES.items()}
_ALIASES = {"mistralai": "mistral", "mistral ai": "mistral", "vertex_ai": None, "azure": None, "bedrock": None}


def family(model: str | None, provider: str | None = None) -> str | None:
    """Who makes a model, by its name and else by its provider; None where neither tells.

    >>> family("gpt-4o-mini"), family("bedrock/anthropic.claude-3-haiku"), family("my-finetune", "Mistral AI")
    ('openai', 'anthropic', 'mistral')
    >>> family("assistant-7", "azure") is None
    True
    """
    for part in reversed((model or "").strip().casefold().split("/")):  # before a slash is often who serves it
        found = next((each for each, pattern in _COMPILED.items() if pattern.search(part)), None)
        if found:
            return found
    served = (provider or "").strip().casefold()
    if served in _ALIASES:
        return _ALIASES[served]
    return next((each for each, pattern in _COMPILED.items() if pattern.match(served)), None) if served else None


@dataclass(frozen=True)
class Kinship:
    """How many of the judged traces were answered by the judge's own family.

    Attributes:
        judge: The judge's family; None where it is not known.
        own: Traces answered by a model of that family.
        unknown: Traces of which the family is not known.
        n: All traces.
    """

    judge: str | None
    own: int
    unknown: int
    n: int

    def warnings(self, model: str) -> tuple[str, ...]:
        """What to be careful about, in sentences."""
        told = []
        if self.judge is None:
            told.append(
                f"It is not known who makes {model}, so nothing says whether the judge marks its own family's work;"
                " name it as provider."
            )
        if self.own:
            told.append(
                f"{self.own:,} of {self.n:,} traces were answered by a model of the judge's own family ({self.judge}),"
                " which judges tend to prefer."
            )
        if self.unknown:
            told.append(
                f"For {self.unknown:,} of {self.n:,} traces it is not known who makes the model that answered;"
                " the judge may be of the same family."
            )
        return tuple(told)


def kinship(judge: str | None, answered: Iterable[tuple[str | None, str | None, int]]) -> Kinship:
    """Count the traces of the judge's own family.

    Args:
        judge: The judge's family.
        answered: Model, provider and number of traces, of all that were judged.
    """
    own = unknown = n = 0
    for model, provider, count in answered:
        found = family(model, provider)
        n += count
        unknown += count if found is None else 0
        own += count if found is not None and found == judge else 0
    return Kinship(judge, own, unknown, n)
