"""Where unfinished files lie, and how to tell a writer that is at work from one that died.

Every writer has a folder of its own under ``.scratch`` and holds the lock on a file in it for as long as it lives; the
kernel lets go of that lock however the process ends. A folder whose lock can be taken belongs to a dead writer, and its
name says what that writer was about to make visible. Folders are made and cleared under one lock, so that a folder
that was just made is never taken for a dead one.
"""

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from workbench.store.files import SCRATCH, flush, writable
from workbench.store.locks import locked, try_lock

TakeBack = Callable[[str, str], None]

_ALIVE = "alive"
_own: set[Path] = set()  # of this process: a record lock does not hold against its own process
os.register_at_fork(after_in_child=_own.clear)


def _turn(root: Path) -> Path:
    return root / SCRATCH / "scratch.lock"


@contextmanager
def scratch(root: Path, kind: str, name: str, take_back: TakeBack) -> Iterator[Path]:
    """A folder for one writer's unfinished files, removed at the end of the block.

    Args:
        root: the workspace.
        kind: what is being written: batch, map or vectors.
        name: the id of the batch or map.
        take_back: called with kind and name before the folder is removed, here or by the next writer if this one dies:
            removes what was renamed into place and did not become visible. Where it fails the folder stays, and the
            next writer tries again.
    """
    folder = root / SCRATCH / f"{kind}-{name}-{secrets.token_hex(4)}"
    with writable(root), locked(_turn(root), busy=""):
        folder.mkdir()
        descriptor = os.open(folder / _ALIVE, os.O_RDWR | os.O_CREAT, 0o600)
        try_lock(descriptor)
        _own.add(folder)
        flush(folder.parent)
    try:
        yield folder
    finally:
        with locked(_turn(root), busy=""):
            try:
                take_back(kind, name)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(descriptor)
                _own.discard(folder)


def _is_dead(folder: Path) -> bool:
    if folder in _own:
        return False
    try:
        descriptor = os.open(folder / _ALIVE, os.O_RDWR)
    except FileNotFoundError:
        return True
    try:
        return try_lock(descriptor)
    finally:
        os.close(descriptor)


def clear_dead(root: Path, take_back: TakeBack) -> None:
    """Take back what writers that died had renamed into place, and remove their folders."""
    with writable(root), locked(_turn(root), busy=""):
        for folder in sorted((root / SCRATCH).iterdir()):
            if folder.is_dir() and _is_dead(folder):
                kind, _, rest = folder.name.partition("-")
                take_back(kind, rest.rpartition("-")[0])
                shutil.rmtree(folder)
            elif folder.name.startswith("secret-") and (root / "secret.key").exists():
                folder.unlink(missing_ok=True)  # left by a process that died while it made the workspace
