"""Injection attempts, guessed from phrases that published work documents; a guess, never a finding.

Whoever writes an attack chooses the words, so these see the clumsy ones and miss the clever ones; an innocent text on
security can meet them too. They decide what a person reads first, nothing else. English only. The expressions are this
project's own; each family names where the technique is described. They keep to what RE2 and ``re`` both understand.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Pattern:
    """One family of attempts.

    Attributes:
        meaning: What the attempt tries.
        source: Where the technique is published.
        expression: A regular expression, to be read without regard to case.
    """

    meaning: str
    source: str
    expression: str


# Perez & Ribeiro (2022) "Ignore Previous Prompt: Attack Techniques For Language Models", arXiv:2211.09527
# Greshake et al. (2023) "Not what you've signed up for", arXiv:2302.12173: instructions in retrieved content
# Shen et al. (2023) "Do Anything Now", arXiv:2308.03825: jailbreak prompts in the wild
# Wei, Haghtalab & Steinhardt (2023) "Jailbroken: How Does LLM Safety Training Fail?", arXiv:2307.02483
# OWASP Top 10 for LLM Applications 2025: LLM01 Prompt Injection, LLM07 System Prompt Leakage
# AWS Prescriptive Guidance, "Common prompt injection attacks"
_RULES = r"(instruction|direction|rule|prompt|guideline|command|polic(y|ie)|training|programming)s?"
_OLD = r"(previous|prior|above|earlier|preceding|former|foregoing|initial|original|existing|system|current)"
_DROP = r"(ignore|disregard|forget|override|overrule|bypass|neglect|discard|skip|drop)"

PATTERNS: dict[str, Pattern] = {
    "ignore_instructions": Pattern(
        "tells the model to drop what it was told",
        "Perez & Ribeiro 2022 (goal hijacking); OWASP LLM01:2025; AWS (ignoring the prompt template)",
        rf"\b{_DROP}\s+((all|any|every|each|of|the|these|those|your|my|and)\s+){{0,4}}({_OLD}\s+){{1,2}}{_RULES}\b"
        rf"|\b{_DROP}\s+((all|any)\s+)?(of\s+)?your\s+(\w+\s+)?{_RULES}\b"
        r"|\b(ignore|disregard|forget)\s+(everything|all|anything)\s+"
        r"((that\s+)?(you('ve|\s+have|\s+were)?|i|was|were)\s+\w+|above|before|so far|until now)"
        r"|\b(do not|don'?t|stop)\s+(follow|obey)(ing)?\s+(your|the|any)\s+(\w+\s+)?" + _RULES + r"\b",
    ),
    "reveal_prompt": Pattern(
        "asks for the hidden prompt",
        "Perez & Ribeiro 2022 (prompt leaking); OWASP LLM07:2025; AWS (extracting the prompt template)",
        r"\b(reveal|show|print|output|repeat|display|leak|expose|give|tell|send|paste|recite|dump|share|quote)\s+"
        r"(me\s+|us\s+|out\s+|back\s+)?((all|of|the|its|full|entire|exact|complete|whole|verbatim)\s+){0,3}"
        r"(your|system|developer|hidden|secret|initial|internal|original)\s+"
        r"((full|entire|exact|complete|whole|system|developer|hidden|secret|initial|internal|original)\s+){0,3}"
        r"(prompt|instructions)\b"
        r"|\b(what|which)\s+(is|are|was|were)\s+your\s+((exact|full|hidden|secret|initial|original|system|internal)\s+)+"
        r"(prompt|instructions|message)\b"
        r"|\brepeat\s+(everything|all|the (words|text)|what(ever)? (is|was))\s+(\w+\s+){0,3}(above|before|so far)\b",
    ),
    "persona_switch": Pattern(
        "gives the model another role that is free of its rules",
        "Shen et al. 2023; Wei et al. 2023; AWS (prompted persona switches)",
        r"\bdo anything now\b"
        r"|\b(you are|you're|act as|pretend (to be|you are)|behave as|roleplay as|become)\s+(now\s+)?(an?\s+)?"
        r"(\w+\s+){0,4}(unrestricted|unfiltered|uncensored|jailbroken|without (any )?(restriction|rule|filter|limit)s?"
        r"|no (restriction|rule|filter|limit)s?)\b"
        r"|\byou are (now )?(no longer|not) (bound|restricted|limited) by\b"
        r"|\b(enable|enter|activate|switch (in)?to|turn on)\s+(the\s+)?(developer|debug|god|admin(istrator)?|sudo|"
        r"maintenance|jailbreak|dan)\s+mode\b"
        r"|\b(pretend|roleplay|role-play)\s+(that\s+)?(to be|you are|you're|you were|you have)\b"
        r"|\bjailbreak (mode|prompt|yourself)\b",
    ),
    "false_authority": Pattern(
        "speaks as the developer or the operator to get what a user may not have",
        "Wei et al. 2023 (competing objectives); OWASP LLM01:2025 (direct); Shen et al. 2023 (privilege escalation)",
        r"\b(new|updated|revised|additional|special)\s+(system\s+)?(instruction|directive|polic(y|ie)|prompt|order)s?\s*"
        r"(from (the )?(developer|admin|operator|management|system|openai|anthropic|google)\w*\s*)?:"
        r"|\b(i am|i'm|this is)\s+(your|the|an?)\s+(\w+\s+)?(developer|creator|admin(istrator)?|operator|cto|ceo|"
        r"engineer|programmer|root user)\b"
        r"|\b(admin|system|sudo|root|developer)\s+(override|password|access)\b|\boverride\s+(code|key|password)\b"
        r"|\bsystem\s+(override|message|notice|update|alert)\s*:",
    ),
    "forged_turn": Pattern(
        "forges the marks that separate the turns of a conversation",
        "AWS (augmenting the prompt template); OWASP LLM01:2025; Greshake et al. 2023",
        r"<\|(im_start|im_end|system|user|assistant|endoftext|start_header_id|eot_id)\|>|\[/?INST\]|<</?SYS>>"
        r"|</?(system|system_prompt|instructions?)>|(^|\n|\\n)\s*#{2,}\s*(system|new instructions?)\b"
        r"|\[(system|admin|developer|assistant)( (message|note|override))?\s*[\]:]|(^|\n)\s*(system|developer)\s*:\s",
    ),
    "to_the_model": Pattern(
        "speaks to the model from within a document, page or tool result",
        "Greshake et al. 2023 (indirect prompt injection); OWASP LLM01:2025 (indirect)",
        r"\b(attention|note|notice|message|instructions?|important)\s*(to|for)?\s*:?\s*(the |any |all )?"
        r"(ai|llm|language model|chatbot|assistant|gpt)s?\s*"
        r"(model|assistant|agent|reading|processing|that reads|who reads|:|[,-])"
        r"|\b(ai|llm|chatbot|assistant|gpt)s?\s*:\s*(please\s+)?(ignore|forget|disregard|tell|say|send|recommend|always|never|"
        r"do not|reply|respond|output|set|call|print|reveal|forward|include|add)\b"
        r"|\bthe (ai|llm|chatbot|assistant|model|bot) (must|shall|has to|is (required|instructed) to|will now)\b"
        r"|<!--\s*(note to )?(the )?(ai|llm|chatbot|assistant|model|system|gpt)\b"
        r"|\bif you are an? (ai|llm|language model|chatbot|ai (assistant|agent|model))\b"
        r"|\b(assistants?|ai|models?|agents?) (that read|reading|processing|summari[sz]ing) this\b",
    ),
    "encoded": Pattern(
        "hides an instruction in an encoding and asks to follow it",
        "Wei et al. 2023 (mismatched generalisation); OWASP LLM01:2025 (obfuscated payload); AWS (obfuscation)",
        r"\b(decode|decrypt|translate|unscramble)\s+(\w+\s+){0,6}(base ?64|rot-?13|hex(adecimal)?|morse)\b"
        r"(\s+\S+){0,20}\s+(and|then)\s+(follow|execute|run|obey|do|answer|respond)\b"
        r"|\b(base ?64|rot-?13)\b[\s\S]{0,400}\b(decode|decrypt|follow|execute|obey)\b",
    ),
}


def injection_pattern() -> str:
    """All families in one expression, for a first and fast look; to be read without regard to case."""
    return "|".join(f"({pattern.expression})" for pattern in PATTERNS.values())


def injection_patterns(texts: Sequence[str]) -> list[str]:
    """The families that any of a trace's texts meets, in the order of ``PATTERNS``.

    Args:
        texts: What did not come from the model or its operator: users' messages, passages, tool results.
    """
    return [name for name, pattern in _compiled().items() if any(pattern.search(text) for text in texts)]


@cache
def _compiled() -> dict[str, re.Pattern[str]]:
    return {name: re.compile(pattern.expression, re.IGNORECASE) for name, pattern in PATTERNS.items()}
