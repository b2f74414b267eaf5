"""The runner: cases handed to workers, answers handed back to the caller's own thread, where they are kept.

Everything that is written is written in one thread, so whoever keeps the answers need not think of others. A worker
never waits for a target without an end; that a target ends is the target's own promise (see ``targets``).
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

LARGEST_ANSWER = 4_000_000  # characters, or bytes where they are still bytes
Payload = Mapping[str, Any]
Ask = Callable[[str, Payload], str]


class NoAnswer(Exception):
    """One case has no answer; the others may. The text says why and quotes nothing."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of one case.

    Attributes:
        case_id: The case.
        output: The answer, not redacted yet; None where there is none.
        error: Why there is none; None where there is one.
        latency_ms: How long it took.
    """

    case_id: str
    output: str | None
    error: str | None
    latency_ms: float


def run(
    ask: Ask, cases: Iterable[tuple[str, Payload]], keep: Callable[[Answered], None], *, concurrency: int = 4
) -> None:
    """Ask every case and hand each answer to ``keep`` as soon as it is there, in the caller's own thread.

    Args:
        ask: The target: case id and payload in, text out.
        cases: Case ids and payloads.
        keep: Told of every case that was asked.
        concurrency: Cases under way at a time.

    Raises:
        WorkbenchError: The target says that no case can be answered; what was under way is still kept.
    """
    running = _Workers(ask, cases, concurrency)
    running.start()
    try:
        while (found := running.next()) is not None:
            keep(found)
    finally:
        running.stopping.set()
    if running.error is not None:
        raise running.error


class _Workers:
    """Threads that ask; they end with the process, whatever a target is still doing."""

    def __init__(self, ask: Ask, cases: Iterable[tuple[str, Payload]], concurrency: int) -> None:
        self.ask, self.concurrency = ask, concurrency
        self.stopping = threading.Event()
        self.error: BaseException | None = None
        self._cases, self._turn = iter(cases), threading.Lock()
        self._found: queue.SimpleQueue[Answered | None] = queue.SimpleQueue()
        self._ahead = threading.Semaphore(2 * concurrency)  # answers that are not kept yet, at most
        self._at_work = concurrency

    def start(self) -> None:
        for number in range(self.concurrency):
            threading.Thread(target=self._work, name=f"run-{number}", daemon=True).start()

    def next(self) -> Answered | None:
        """The next answer; None where every worker has ended."""
        while self._at_work:
            found = self._found.get()
            if found is not None:
                self._ahead.release()
                return found
            self._at_work -= 1
        return None

    def _work(self) -> None:
        try:
            while not self.stopping.is_set():
                self._ahead.acquire()
                with self._turn:
                    case = next(self._cases, None)
                if case is None:
                    return
                self._found.put(self._one(*case))
        except BaseException as error:  # noqa: BLE001  raised again in the caller's thread
            self.error = self.error or error
            self.stopping.set()
        finally:
            self._found.put(None)

    def _one(self, case_id: str, payload: Payload) -> Answered:
        began = time.monotonic()
        output, error = None, None
        try:
            output = checked(self.ask(case_id, payload))
        except NoAnswer as none:
            error = none.problem
        return Answered(case_id, output, error, 1000 * (time.monotonic() - began))


def checked(text: Any) -> str:
    """A target's answer, if it is one.

    Raises:
        NoAnswer: It is no text, no text that can be written down, or none that anybody wrote.
    """
    if isinstance(text, Mapping):
        if "output" not in text:
            raise NoAnswer("an object without output")
        text = text["output"]
    if not isinstance(text, str):
        raise NoAnswer(f"an answer of type {type(text).__name__[:40]} where text was expected")
    if not text.strip():
        raise NoAnswer("an empty answer")
    if len(text) > LARGEST_ANSWER:
        raise NoAnswer("an answer of many megabytes")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise NoAnswer("an answer that is no valid text") from None
    return text
