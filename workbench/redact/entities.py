"""What is redacted: the published entity list, the policies over it, and what each policy leaks.

The list is a promise to the people who set a policy, so a new type is a change they should read about.
Ordinary dates, times, amounts, ages and order numbers are kept on purpose: an analyst needs them, and alone they
name nobody. Order and account ids have a shape that only the team knows; ``patterns`` in workspace.toml covers them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from workbench.errors import BadSettings, UnknownName

ENTITIES: dict[str, str] = {
    "PERSON": "a person's name, or part of one",
    "LOCATION": "a city, region, country or other place",
    "STREET_ADDRESS": "a postal address, from the house number on",
    "POSTCODE": "a ZIP or postal code",
    "ORGANIZATION": "a company, school, hospital or other organisation",
    "EMAIL": "an e-mail address",
    "PHONE": "a phone or fax number",
    "CREDIT_CARD": "a payment card number",
    "CARD_ENDING": "the last digits of a payment card",
    "IBAN": "an international bank account number",
    "BANK_ACCOUNT": "a bank account or routing number",
    "SSN": "a social security or other national person number",
    "DRIVER_LICENSE": "a driving licence number",
    "PASSPORT": "a passport number",
    "BIRTH_DATE": "a date of birth",
    "IP_ADDRESS": "an IPv4 or IPv6 address",
    "MAC_ADDRESS": "a hardware address",
    "URL": "a web address with scheme or www",
    "DOMAIN": "a bare domain name",
    "HANDLE": "a user handle such as @name",
    "CRYPTO": "a crypto-currency wallet address",
    "SECRET": "an API key, token, password, PIN or private key",
    "ACCOUNT_ID": "a user, customer or member id, or a login name",
    "ORDER_ID": "an order or booking id, where a pattern for it is configured",
}

NAMED: frozenset[str] = frozenset({"PERSON", "LOCATION", "STREET_ADDRESS", "ORGANIZATION"})
"""Types that need a language model or tagger; all others are found by their shape or their field's name."""

STRUCTURED: frozenset[str] = frozenset(ENTITIES) - NAMED

_PLAIN: dict[str, str] = {
    "PERSON": "a person",
    "LOCATION": "a place",
    "STREET_ADDRESS": "an address",
    "POSTCODE": "a postcode",
    "ORGANIZATION": "an organisation",
    "EMAIL": "an email address",
    "PHONE": "a phone number",
    "CREDIT_CARD": "a card number",
    "CARD_ENDING": "a card ending",
    "IBAN": "a bank account",
    "BANK_ACCOUNT": "a bank account",
    "SSN": "a social security number",
    "DRIVER_LICENSE": "a driving licence",
    "PASSPORT": "a passport number",
    "BIRTH_DATE": "a birth date",
    "IP_ADDRESS": "an IP address",
    "MAC_ADDRESS": "a hardware address",
    "URL": "a link",
    "DOMAIN": "a website",
    "HANDLE": "a user",
    "CRYPTO": "a wallet",
    "SECRET": "a secret",
    "ACCOUNT_ID": "an account",
    "ORDER_ID": "an order number",
}

PLACEHOLDER = re.compile(r"<([A-Z][A-Z0-9_]{1,30}?)(?:_(\d{1,9})|#([0-9a-f]{16}))?>")
"""``<PERSON>``, ``<PERSON_1>`` and the keyed ``<PERSON#0123456789abcdef>``: text that is redacted already."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One stretch of text to redact: offsets in code points, end exclusive."""

    type: str
    start: int
    end: int
    score: float


@dataclass(frozen=True)
class Policy:
    """Which entity types are redacted, the team's own patterns, and what is left readable."""

    name: str
    entities: frozenset[str]
    leaks: str
    patterns: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        for entity in sorted(self.entities):
            if entity not in ENTITIES:
                raise UnknownName("entity type", entity, ENTITIES)


POLICIES: dict[str, Policy] = {
    policy.name: policy
    for policy in (
        Policy(
            "default",
            frozenset(ENTITIES),
            "Roughly one or two names in a hundred in ordinary chat, more in languages other than English; job titles, "
            "nationalities, ages, ordinary dates, amounts and facts that identify someone only when put together.",
        ),
        Policy(
            "names_only",
            frozenset({"PERSON"}),
            "Every place, organisation, address, number, e-mail and id stays readable, and so do the names that the "
            "engine takes for a place or a company: with the offline tagger that is a noticeable share of surnames.",
        ),
        Policy(
            "structured_only",
            STRUCTURED,
            "Every name, place, street address and organisation stays readable; only what has a fixed shape or "
            "stands in a field whose name gives it away is replaced.",
        ),
    )
}


def policy_named(
    policy: "Policy | str", patterns: Mapping[str, str] | None = None
) -> tuple[Policy, dict[str, re.Pattern[str]]]:
    """A policy by name or as given, with its own and the extra patterns compiled.

    Raises:
        UnknownName: There is no policy of that name.
        BadSettings: A pattern's name is not in upper case, or its expression cannot be compiled.
    """
    if isinstance(policy, str):
        if policy not in POLICIES:
            raise UnknownName("redaction policy", policy, POLICIES)
        policy = POLICIES[policy]
    compiled = {}
    for entity, expression in {**policy.patterns, **(patterns or {})}.items():
        if not re.fullmatch(r"[A-Z][A-Z0-9_]{1,30}", entity) or re.search(r"_\d+$", entity):
            raise BadSettings(f"the redaction pattern is called {entity!r}; write a name such as ORDER_ID, in capitals")
        try:
            compiled[entity] = re.compile(expression)
        except re.error as error:
            raise BadSettings(
                f"the redaction pattern {entity} is not a regular expression ({error.msg} at {error.pos}); correct it"
            ) from None
        if compiled[entity].match(""):
            raise BadSettings(
                f"the redaction pattern {entity} matches empty text; make it ask for at least one character"
            )
    return policy, compiled


def plain_words(text: str) -> str:
    """The text with placeholders as plain words, for embedding: ``<PERSON_1>`` becomes ``a person``."""
    if "<" not in text:
        return text
    return PLACEHOLDER.sub(lambda match: _PLAIN.get(match[1]) or f"a {match[1].lower().replace('_', ' ')}", text)
