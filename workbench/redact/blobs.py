"""Text hidden in base64: a blob that decodes to words is read too, and goes as a whole if anything personal is in it.

Part of a blob cannot be replaced without breaking the rest, so the finding is the blob. Images, archives and hashes
decode to bytes that are no text and stay; so do blobs longer than ``_LONGEST`` and text wrapped over several lines.
"""

import base64
import binascii
import re
from collections.abc import Iterator

_BLOB = re.compile(r"(?<![\w+/=-])(?:[A-Za-z0-9+/]{24,}|[A-Za-z0-9_-]{24,})={0,2}(?![\w+/=-])")
_PLAIN_RUN = re.compile(r"[a-z]+|[A-Z]+|\d+")
_LONGEST = 200_000
_SAMPLE = 96


def decoded_blobs(text: str) -> Iterator[tuple[int, int, str]]:
    """Where each base64 blob that holds text stands, and that text."""
    for match in _BLOB.finditer(text) if len(text) >= 24 else ():
        blob = match[0].rstrip("=").replace("-", "+").replace("_", "/")
        if len(blob) > _LONGEST or len(blob) % 4 == 1 or _PLAIN_RUN.fullmatch(blob):
            continue
        if _as_text(blob[:_SAMPLE][: len(blob[:_SAMPLE]) // 4 * 4], whole=False) is None:
            continue
        hidden = _as_text(blob + "=" * (-len(blob) % 4), whole=True)
        if hidden is not None:
            yield match.start(), match.end(), hidden


def _as_text(blob: str, *, whole: bool) -> str | None:
    """What a blob says, or None where it is not text; the beginning of a blob may end within a character."""
    try:
        raw = base64.b64decode(blob, validate=True)
        hidden = raw.decode("utf-8") if whole else raw.decode("utf-8", "ignore")
    except (binascii.Error, UnicodeDecodeError):
        return None
    if not whole and len(raw) - len(hidden.encode("utf-8")) > 3:
        return None
    return hidden if len(hidden) >= 12 and all(one.isprintable() or one in "\t\r\n" for one in hidden) else None
