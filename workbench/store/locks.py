"""One holder at a time, across threads and processes, let go by the kernel when the holder dies.

POSIX record locks rather than ``flock``: a worker that was forked while the lock was held does not inherit it, so an
ingest that is killed never leaves its lock behind in an orphaned worker. Record locks say nothing between threads of
one process and vanish when *any* descriptor of the file is closed; hence the register below, one entry per path and
process, and the rule that nothing else ever opens a lock file. The same thread may take a lock again.
"""

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workbench.errors import WorkspaceBusy
from workbench.store.files import writable

_PAUSE = 0.02  # seconds between two tries while another process holds the lock


class _Held:
    """What this process knows of one lock file; ``depth`` and ``descriptor`` belong to the thread that holds it."""

    def __init__(self) -> None:
        self.thread = threading.RLock()
        self.depth = 0
        self.descriptor: int | None = None


_held: dict[Path, _Held] = {}
_register = threading.Lock()


def _after_fork() -> None:
    """A forked child holds none of its parent's locks."""
    global _register
    _register = threading.Lock()
    for entry in _held.values():
        if entry.descriptor is not None:
            os.close(entry.descriptor)
    _held.clear()


os.register_at_fork(after_in_child=_after_fork)


def try_lock(descriptor: int) -> bool:
    """Take the record lock of an open file if no other process has it."""
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # POSIX allows either where another process holds it
        return False
    return True


def _acquire(path: Path, wait: float | None) -> _Held | None:
    deadline = None if wait is None else time.monotonic() + wait
    with _register:
        entry = _held.setdefault(path, _Held())
    if not entry.thread.acquire(timeout=-1 if wait is None else max(wait, 0)):
        return None
    if entry.depth:
        entry.depth += 1
        return entry
    descriptor = None
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        while not try_lock(descriptor):
            if deadline is not None and time.monotonic() >= deadline:
                os.close(descriptor)
                entry.thread.release()
                return None
            time.sleep(_PAUSE)
    except BaseException:
        if descriptor is not None:
            os.close(descriptor)
        entry.thread.release()
        raise
    entry.depth, entry.descriptor = 1, descriptor
    return entry


def _release(entry: _Held) -> None:
    entry.depth -= 1
    if not entry.depth and entry.descriptor is not None:
        os.close(entry.descriptor)  # closing gives the record lock back
        entry.descriptor = None
    entry.thread.release()


@contextmanager
def locked(path: Path, *, wait: float | None = None, busy: str) -> Iterator[None]:
    """Hold the lock file ``path`` for the length of the block.

    Args:
        path: the lock file; made where it is missing.
        wait: seconds to wait for another holder; ``None`` waits as long as it takes.
        busy: the message of the error where the wait was in vain.

    Raises:
        WorkspaceBusy: another thread or process still holds it after ``wait`` seconds.
    """
    with writable(path.parent):
        entry = _acquire(path, wait)
    if entry is None:
        raise WorkspaceBusy(busy)
    try:
        yield
    finally:
        _release(entry)
