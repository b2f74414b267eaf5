"""The sealed part of a version: AES-GCM under a key of the workspace, so that no repository and no glance shows it.

Whoever holds the workspace's folder holds its secret and can open it; what the seal gives is that nobody opens it by
accident, and that opening leaves a line in the ledger. docs/golden.md says what that protects and what it cannot.
"""

from __future__ import annotations

import base64
import hmac
import os
import zlib
from collections.abc import Sequence
from hashlib import sha256

import orjson

from workbench.errors import WorkbenchError
from workbench.golden.cases import Case

_MARK = b"trace-workbench sealed cases 1\n"


def seal(cases: Sequence[Case], *, secret: bytes) -> bytes:
    """Seal cases as text that says what it is and nothing more; two sealings of the same cases differ."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(12)
    plain = zlib.compress(orjson.dumps([case.to_dict() for case in cases]), 9)
    locked = AESGCM(_key(secret)).encrypt(nonce, plain, _MARK)
    return _MARK + base64.encodebytes(nonce + locked)


def unseal(content: bytes, *, secret: bytes) -> list[Case]:
    """Read what ``seal`` wrote.

    Raises:
        WorkbenchError: It was changed, or sealed under another workspace's secret.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        if not content.startswith(_MARK):
            raise ValueError
        raw = base64.b64decode(content[len(_MARK) :].replace(b"\n", b""), validate=True)
        plain = AESGCM(_key(secret)).decrypt(raw[:12], raw[12:], _MARK)
        return [Case.from_dict(each) for each in orjson.loads(zlib.decompress(plain))]
    except (InvalidTag, ValueError):
        raise WorkbenchError(
            "the sealed cases cannot be read: the file was changed, or sealed with another workspace's secret.key."
            " Restore both from the same backup."
        ) from None


def keyed_hash(content: str, *, secret: bytes) -> str:
    """A hash of a sealed case that cannot be guessed from its text without the secret."""
    return hmac.new(_key(secret), b"sealed case\x00" + content.encode(), sha256).hexdigest()


def sign(content: bytes, *, secret: bytes) -> str:
    """A signature over what a version or the ledger says."""
    return hmac.new(_key(secret), b"signed\x00" + content, sha256).hexdigest()


def _key(secret: bytes) -> bytes:
    return hmac.new(secret, b"trace-workbench: golden seal", sha256).digest()
