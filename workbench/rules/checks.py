"""One text, one rule, one answer: pass, fail with a short reason, or that nothing can be said.

Reasons quote the rule, never the text.
"""

from __future__ import annotations

from typing import Any

from workbench.rules.answers import NO_REFERENCE, PASSED, TIME_LIMIT, Check, Late, References, Said, searcher
from workbench.rules.declared import ExactRule, LengthRule, PhrasesRule, RegexRule, Rule, SchemaRule
from workbench.rules.schemas import schema_check


def check_of(rule: Rule, *, schema: Any = None, seconds: float = TIME_LIMIT) -> Check:
    """The check that a rule declares.

    Args:
        rule: As declared.
        schema: The content of its schema file, where it has one.
        seconds: The time limit of one search.

    Raises:
        BadRequest: its pattern or schema is none.
    """
    if isinstance(rule, RegexRule):
        return _regex(rule, seconds)
    if isinstance(rule, SchemaRule):
        return schema_check(rule.schema_ if rule.schema_file is None else schema, seconds)
    if isinstance(rule, ExactRule):
        return _exact(rule)
    return _length(rule) if isinstance(rule, LengthRule) else _phrases(rule)


def _regex(rule: RegexRule, seconds: float) -> Check:
    search = searcher(rule.pattern, seconds, ignore_case=rule.ignore_case)
    why = "the pattern is found" if rule.match == "fail" else "the pattern is not found"

    def check(text: str, _: References) -> Said:
        try:
            found = search(text)
        except Late:
            return Said(None, "the pattern takes too long", late=True)
        return Said("fail", why) if found == (rule.match == "fail") else PASSED

    return check


def _exact(rule: ExactRule) -> Check:
    def plain(text: str) -> str:
        text = " ".join(text.split()) if rule.ignore_space else text
        return text.casefold() if rule.ignore_case else text

    def check(text: str, references: References) -> Said:
        if not references:
            return Said(None, NO_REFERENCE)
        same = plain(text) in {plain(each) for each in references}
        return PASSED if same else Said("fail", f"not the same as {rule.against}")

    return check


def _length(rule: LengthRule) -> Check:
    def check(text: str, _: References) -> Said:
        n = len(text.split()) if rule.unit == "words" else len(text)
        if rule.min is not None and n < rule.min:
            return Said("fail", f"{n:,} {rule.unit}, at least {rule.min:,} wanted")
        if rule.max is not None and n > rule.max:
            return Said("fail", f"{n:,} {rule.unit}, at most {rule.max:,} wanted")
        return PASSED

    return check


def _phrases(rule: PhrasesRule) -> Check:
    def plain(text: str) -> str:
        text = " ".join(text.split())
        return text.casefold() if rule.ignore_case else text

    wanted = [(plain(each), " ".join(each.split())) for each in rule.required]
    unwanted = [(plain(each), " ".join(each.split())) for each in rule.forbidden]

    def check(text: str, _: References) -> Said:
        text = plain(text)
        missing = [shown for phrase, shown in wanted if not _holds(text, phrase, rule.whole_words)]
        there = [shown for phrase, shown in unwanted if _holds(text, phrase, rule.whole_words)]
        parts = [f"missing: {', '.join(missing)}"] if missing else []
        parts += [f"forbidden: {', '.join(there)}"] if there else []
        return Said("fail", "; ".join(parts)) if parts else PASSED

    return check


def _holds(text: str, phrase: str, whole_words: bool) -> bool:
    start = text.find(phrase)
    while start >= 0:
        end = start + len(phrase)
        before = start > 0 and text[start - 1].isalnum() and phrase[0].isalnum()
        after = end < len(text) and text[end].isalnum() and phrase[-1].isalnum()
        if not whole_words or not (before or after):
            return True
        start = text.find(phrase, start + 1)
    return False
