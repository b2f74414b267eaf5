"""Which words of a trace are embedded, and what stands for a redacted name.

A placeholder such as ``<PERSON_1>`` is no word: a tokenizer cuts it into seven pieces that say little, and two traces
look alike for sharing them. It is embedded as the plain words a reader would put there.
"""

import hashlib
import re
from typing import TYPE_CHECKING, Any

from workbench.errors import MissingColumns, UnknownName

if TYPE_CHECKING:
    from pandas import DataFrame, Series

TEXT_VIEWS: dict[str, str] = {
    "user": "everything the user said, in order; the input where no message is marked as the user's",
    "input": "what was asked: the first user message",
    "output": "what was answered: the last assistant message",
    "input_output": "what was asked, then what was answered",
    "note": "the reviewer's note",
}
"""The texts of a trace that can be embedded, and what each one is."""

USER_ROLES = frozenset({"user", "human", "customer", "client", "guest", "visitor", "enduser", "end user", "prospect"})

PLACEHOLDERS: dict[str, str] = {
    "PERSON": "a person",
    "NAME": "a person",
    "USERNAME": "a user name",
    "HANDLE": "a user name",
    "LOCATION": "a place",
    "PLACE": "a place",
    "GPE": "a place",
    "CITY": "a place",
    "STREET_ADDRESS": "an address",
    "ADDRESS": "an address",
    "POSTCODE": "a postcode",
    "ZIP_CODE": "a postcode",
    "ORGANIZATION": "an organisation",
    "ORGANISATION": "an organisation",
    "EMAIL_ADDRESS": "an email address",
    "EMAIL": "an email address",
    "PHONE_NUMBER": "a phone number",
    "PHONE": "a phone number",
    "CREDIT_CARD": "a card number",
    "CARD_ENDING": "a card number",
    "IBAN_CODE": "an account number",
    "IBAN": "an account number",
    "ACCOUNT_ID": "an account number",
    "ORDER_ID": "an order number",
    "US_SSN": "an identity number",
    "SSN": "an identity number",
    "PASSPORT": "an identity number",
    "IP_ADDRESS": "an internet address",
    "URL": "a link",
    "DOMAIN_NAME": "a website",
    "DOMAIN": "a website",
    "DATE_OF_BIRTH": "a birth date",
    "BIRTH_DATE": "a birth date",
    "DATE_TIME": "a date",
    "SECRET": "a secret",
    "API_KEY": "a secret",
}
"""The words that stand for a redacted value; a type not listed becomes ``a`` and its name in small letters."""

_PLACEHOLDER = re.compile(r"<([A-Z][A-Z0-9]*(?:_[A-Z0-9]*[A-Z][A-Z0-9]*)*)(?:_\d+)?>")


def plain_words(text: str) -> str:
    """Replace every placeholder by plain words.

    >>> plain_words("Hi, <PERSON_1> from <GPE_2> here")
    'Hi, a person from a place here'
    """
    return _PLACEHOLDER.sub(lambda found: _words_for(found[1]), text)


def _words_for(kind: str) -> str:
    if kind in PLACEHOLDERS:
        return PLACEHOLDERS[kind]
    words = kind.replace("_", " ").lower()
    return f"an {words}" if words[0] in "aeiou" else f"a {words}"


def text_hash(text: str) -> str:
    """A stable hash of a text, the key of its vector in the cache."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def trace_text(frame: "DataFrame", view: str = "user") -> "Series":
    """The text of each trace that is embedded.

    Args:
        frame: Rows of the traces table; the columns that the view reads are ``input``, ``output``, ``messages`` (JSON
            text or lists) or ``note``. ``user`` needs one of ``messages`` and ``input``.
        view: One of ``TEXT_VIEWS``.

    Returns:
        Texts on the frame's index, placeholders as plain words; an empty text where the trace has none.

    Raises:
        UnknownName: There is no such view.
        MissingColumns: The frame lacks the columns that the view reads.
    """
    import pandas as pd

    if view not in TEXT_VIEWS:
        raise UnknownName("text view", view, TEXT_VIEWS)
    wanted = {
        "user": ["messages", "input"],
        "input_output": ["input", "output"],
    }.get(view, [view])
    there = [column for column in wanted if column in frame.columns]
    if not there or (view == "input_output" and len(there) < 2):
        missing = [column for column in wanted if column not in frame.columns]
        raise MissingColumns("the frame", missing, frame.columns, f"The text view {view!r} reads it.")
    columns = [frame[column].tolist() for column in there]
    if view == "user":
        texts = [_first_of(row, there) for row in zip(*columns, strict=True)]
    else:
        texts = ["\n".join(part for part in map(_text, row) if part) for row in zip(*columns, strict=True)]
    return pd.Series([plain_words(text) for text in texts], index=frame.index, name="text", dtype="str")


def _first_of(row: tuple[Any, ...], columns: list[str]) -> str:
    for value, column in zip(row, columns, strict=True):
        text = user_text(value) if column == "messages" else _text(value)
        if text:
            return text
    return ""


def user_text(messages: Any) -> str:
    """All that the user said in a conversation, one message a line; empty where nobody is marked as the user."""
    said = [_text(message.get("content")) for message in _as_list(messages) if _is_user(message)]
    return "\n".join(part for part in said if part)


def _is_user(message: Any) -> bool:
    return isinstance(message, dict) and str(message.get("role") or "").strip().lower() in USER_ROLES


def _as_list(messages: Any) -> list[Any]:
    import orjson

    if isinstance(messages, str):
        try:
            messages = orjson.loads(messages)
        except orjson.JSONDecodeError:
            return []
    return list(messages) if isinstance(messages, (list, tuple)) or hasattr(messages, "tolist") else []


def _text(value: Any) -> str:
    """The words in a value: a string, or the text parts of a multi-part content."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, dict):
        return _text(value.get("text") or value.get("content"))
    if isinstance(value, (list, tuple)):
        return "\n".join(part for part in map(_text, value) if part)
    return ""
