"""Folders and files of a workspace, and how a file becomes durable.

Whatever is written goes to a scratch folder first, is flushed to the disk, and is then renamed into place: rename is
atomic on one file system, so a reader meets a whole file or none. A rename lasts only once its folder is flushed too.
"""

import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workbench.errors import WorkbenchError

SECRET = "secret.key"
DATABASE = "workbench.db"
SCRATCH = ".scratch"
REPORTS = "reports"
PURGE = "purge-under-way.json"  # in the scratch folder: what a purge that is not through has still to do
FOLDERS = ("traces", "spans", "vectors", "maps", "samples", "golden", SCRATCH)


@contextmanager
def writable(path: Path) -> Iterator[None]:
    """Turn what the operating system says about a failed write into one line; the caller discards the half-written."""
    try:
        yield
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error).splitlines()[0]
        raise WorkbenchError(
            f"cannot write in the workspace {path}: {reason}. "
            "Nothing half-written is kept; free space or permit writing there, then run it again."
        ) from error


def flush(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def into_place(source: Path, target: Path) -> None:
    """Rename a finished file or folder to its final name, durably."""
    for part in sorted(source.rglob("*")) if source.is_dir() else []:
        flush(part)
    flush(source)
    source.rename(target)
    flush(target.parent)


def secret_of(path: Path, *, make: bool) -> bytes | None:
    """The workspace's HMAC secret: 32 random bytes, written once and never changed.

    Linking a finished file is atomic and fails where the name is taken, so two processes that make the same workspace
    at the same moment end with the same secret.
    """
    target = path / SECRET
    if make and not target.exists():
        draft = path / SCRATCH / f"secret-{secrets.token_hex(8)}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, target)
        except FileExistsError:
            pass  # another process was first: its secret counts
        finally:
            draft.unlink()
        flush(path)
    try:
        text = target.read_text()
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        secret = bytes.fromhex(text)
    except ValueError:
        secret = b""
    if len(secret) < 16:
        raise WorkbenchError(f"{target} does not hold a secret in hexadecimal; restore it from a backup.")
    return secret


def identity(secret: bytes) -> str:
    """What ties a workspace's folder to its database: a name derived from the secret that does not give it away."""
    return hmac.new(secret, b"trace-workbench: workspace", hashlib.sha256).hexdigest()[:32]


def folder_name(name: str) -> str:
    """A folder name for any embedder name: itself where it is a plain one, else made plain and told apart by a hash."""
    if re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}", name):
        return name
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")[:80] or "embedder"
    return f"{plain}-{hashlib.sha256(name.encode()).hexdigest()[:10]}"
