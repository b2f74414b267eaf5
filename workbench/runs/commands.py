"""A command as target: one case as one JSON line on its standard input, the answer on its standard output.

What it writes to standard error is not read, because it may quote the case. It is started once per case, without a
shell, in a process group of its own, so that whatever it started ends with it.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import orjson

from workbench.errors import BadRequest
from workbench.runs.runner import LARGEST_ANSWER, Ask, NoAnswer, Payload, checked


@dataclass(frozen=True)
class Command:
    """A command and its arguments."""

    parts: tuple[str, ...]
    model: str | None = None

    @classmethod
    def read(cls, text: str) -> Command:
        """A command as it is typed.

        Raises:
            BadRequest: It cannot be read, or there is no such program.
        """
        try:
            parts = tuple(shlex.split(text))
        except ValueError:
            raise BadRequest("the target's quotes do not close. Write the command as in a shell") from None
        if not parts or shutil.which(parts[0]) is None:
            raise BadRequest(
                "the target is no program that can be started, no module:function and no http(s) address. Give one of"
                " them"
            )
        return cls(parts)

    @property
    def name(self) -> str:
        """The program, without arguments that may hold a key."""
        shown = [Path(part).name for part in self.parts[:2] if not part.startswith("-")]
        return f"command {' '.join(shown)}"

    @property
    def key(self) -> str:
        """What tells it from other targets."""
        return sha256(orjson.dumps(["command", *self.parts])).hexdigest()[:16]

    @contextmanager
    def opened(self, *, timeout: float, concurrency: int) -> Iterator[Ask]:
        """Something to ask; whatever is still running at the end is ended."""
        running: set[subprocess.Popen[bytes]] = set()
        try:
            yield lambda _case_id, payload: self._answer(payload, timeout, running)
        finally:
            for process in list(running):
                _end(process)

    def _answer(self, payload: Payload, timeout: float, running: set[subprocess.Popen[bytes]]) -> str:
        until = time.monotonic() + timeout
        try:
            process = subprocess.Popen(
                self.parts, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise NoAnswer(f"it cannot be started: {(error.strerror or 'refused').lower()}") from None
        running.add(process)
        try:
            said = _said(process, orjson.dumps(dict(payload)) + b"\n", until)
            status = process.wait(max(0.1, until - time.monotonic()))
        except (TimeoutError, subprocess.TimeoutExpired):
            raise NoAnswer(f"no answer within {timeout:g} s") from None
        finally:
            _end(process)
            running.discard(process)
        if status:
            raise NoAnswer(f"exit status {status}" if status > 0 else f"ended by signal {-status}")
        return _text(said)


def _said(process: subprocess.Popen[bytes], line: bytes, until: float) -> bytes:
    """What it writes until it closes its output, read and fed by threads, so that neither side waits for the other."""
    found: list[bytes] = []
    threading.Thread(target=_feed, args=(process, line), daemon=True).start()
    reader = threading.Thread(target=_read, args=(process, found), daemon=True)
    reader.start()
    reader.join(max(0.0, until - time.monotonic()))
    if reader.is_alive():
        raise TimeoutError
    if not found or len(found[0]) > LARGEST_ANSWER:
        raise NoAnswer("an answer of many megabytes" if found else "its output broke off")
    return found[0]


def _feed(process: subprocess.Popen[bytes], line: bytes) -> None:
    assert process.stdin is not None
    with suppress(OSError, ValueError):  # it need not read what it is given
        process.stdin.write(line)
        process.stdin.flush()
    with suppress(OSError, ValueError):
        process.stdin.close()


def _read(process: subprocess.Popen[bytes], found: list[bytes]) -> None:
    assert process.stdout is not None
    with suppress(OSError), process.stdout:
        found.append(process.stdout.read(LARGEST_ANSWER + 1))


def _end(process: subprocess.Popen[bytes]) -> None:
    """End it, and everything that it started; of one that ended by itself the number may be another's by now."""
    if process.returncode is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _text(said: bytes) -> str:
    """The answer: the whole output, or where that is an object with output, that."""
    try:
        text = said.decode().strip()
    except UnicodeDecodeError:
        raise NoAnswer("an answer that is no valid text") from None
    if text.startswith("{"):
        with suppress(orjson.JSONDecodeError):
            told = orjson.loads(text)
            if isinstance(told, dict) and "output" in told:
                return checked(told)
    return text
