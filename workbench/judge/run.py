"""A run: every trace asked once per replicate, several at a time, each answer kept the moment it is there.

Whoever keeps the answers (the ledger) also says what is left to ask, so a run that was killed, stopped or refused goes
on where it was by being started again. One request that fails is one gap; several in a row are the service, and then
the run ends in words instead of paying for patience. The loop has a thread of its own: whoever calls needs to know
nothing of event loops, and may have one running.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Protocol

from workbench.errors import WorkbenchError
from workbench.judge.answers import Answer, parse
from workbench.judge.cost import dollars
from workbench.judge.spec import JudgeSpec
from workbench.service.endpoint import Endpoint, GaveUp, Hopeless, NotAsked, Pace, Reply, key_of
from workbench.service.purse import Purse

LEASE = 120.0  # seconds for which a request is reserved, and again and again while the run lives
LIMIT = "the limit of cost"


@dataclass(frozen=True)
class Task:
    """One request to make.

    Attributes:
        trace_id: The trace.
        replicate: 0 for the answer that becomes the label, then 1, 2, …
        text_hash: A hash of what is sent of the trace.
        body: The request.
        key: Its idempotency key.
        again: The request after an answer that cannot be read.
        again_key: Its idempotency key.
    """

    trace_id: str
    replicate: int
    text_hash: str
    body: bytes = field(repr=False)
    key: str = field(repr=False)
    again: bytes = field(repr=False)
    again_key: str = field(repr=False)


class Ledger(Protocol):
    """Who knows what is left to ask and keeps what was answered; called from one thread, but for ``renew``."""

    def next(self) -> Task | None:
        """Another request to make; None where none is left."""

    def claim(self, task: Task, seconds: float) -> bool:
        """Reserve a request for this run for so long; False where somebody else has it, or its answer."""

    def renew(self, seconds: float) -> None:
        """Reserve all that this run has reserved for so long from now."""

    def keep(self, task: Task, answer: Answer, paid: Paid) -> bool:
        """Keep an answer, for good; False where somebody else's is there already."""

    def drop(self, task: Task, problem: str) -> None:
        """Give a request up; the next run asks it again."""


@dataclass(frozen=True)
class Paid:
    """What an answer took.

    Attributes:
        tokens_in: Prompt tokens of all requests for it that were answered; None where the service does not count.
        tokens_out: Completion tokens.
        cost_usd: US dollars; None where price or tokens are not known.
        latency_ms: From the first attempt to the answer.
    """

    tokens_in: int | None
    tokens_out: int | None
    cost_usd: float | None
    latency_ms: float


@dataclass(frozen=True)
class Tally:
    """What a run did.

    Attributes:
        answered: Answers that came, unparsable ones included.
        unparsable: Those that cannot be read.
        failed: Requests given up; the next run asks them again.
        elsewhere: Requests that another run had taken.
        asked_again: Answers asked for a second time because the first could not be read.
        unsure: Attempts that may have been billed and never arrived.
        cost_usd: What is known to be paid.
        unpriced: Answers of which the cost is not known.
        problems: How often requests failed, by what happened.
        stopped: Why it ended before its time; None where it did not.
    """

    answered: int
    unparsable: int
    failed: int
    elsewhere: int
    asked_again: int
    unsure: int
    cost_usd: float
    unpriced: int
    problems: dict[str, int]
    stopped: str | None


def run(
    spec: JudgeSpec,
    ledger: Ledger,
    *,
    pace: Pace | None = None,
    max_cost: float | None = None,
    watch: Callable[[int], None] | None = None,
) -> tuple[Tally, WorkbenchError | None]:
    """Ask all that the ledger has, and return when everything that was under way is kept.

    Args:
        spec: The judge.
        ledger: Who knows what to ask and keeps the answers.
        pace: How patiently.
        max_cost: Stop before more than so many US dollars are spent.
        watch: Told now and then, in the caller's own thread, how many requests are done.

    Returns:
        What was done; and why it ended before its time, where that is something to put right.

    Raises:
        BadSettings: The variable that should hold the key is empty.
    """
    running = _Run(spec, ledger, pace or Pace(), max_cost, key_of(spec))
    threading.Thread(target=running.go, name="judge", daemon=True).start()
    interrupted: KeyboardInterrupt | None = None
    # not by Thread.join: interrupted there, Python takes the thread for ended while it is at work
    while not running.over.is_set():
        try:
            running.over.wait(0.1)
            if watch:
                watch(running.done)
        except KeyboardInterrupt as error:  # the first ends it in order, another one at once
            running.interrupt(at_once=interrupted is not None)
            interrupted = error
    if running.crash is not None:
        raise running.crash
    if interrupted is not None:
        raise interrupted
    return running.tally(), running.error


class _Run:
    """The state of a run; what is not said to be thread-safe belongs to the loop's thread."""

    def __init__(self, spec: JudgeSpec, ledger: Ledger, pace: Pace, max_cost: float | None, key: str | None) -> None:
        self.spec, self.ledger, self.pace, self.key = spec, ledger, pace, key
        self.max_cost = max_cost
        self.answered = self.unparsable = self.failed = self.elsewhere = self.asked_again = self.unsure = 0
        self.unpriced, self.cost, self.in_a_row = 0, 0.0, 0
        self.problems: dict[str, int] = {}
        self.stopped: str | None = None
        self.error: WorkbenchError | None = None
        self.crash: BaseException | None = None
        self.over = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._main: asyncio.Task[None] | None = None

    @property
    def done(self) -> int:
        return self.answered + self.failed + self.elsewhere

    def tally(self) -> Tally:
        return Tally(
            self.answered, self.unparsable, self.failed, self.elsewhere, self.asked_again, self.unsure, self.cost,
            self.unpriced, dict(self.problems), self.stopped,
        )  # fmt: skip

    def go(self) -> None:
        """Run the loop; whatever happens is told to the thread that waits."""
        try:
            with ThreadPoolExecutor(1, thread_name_prefix="ledger") as self._clerk:
                asyncio.run(self._all())
        except asyncio.CancelledError:
            self.stopped = self.stopped or "it was interrupted"
        except BaseException as error:  # noqa: BLE001  raised again in the caller's thread
            self.crash = error.exceptions[0] if isinstance(error, BaseExceptionGroup) else error
        finally:
            self.over.set()

    def interrupt(self, *, at_once: bool) -> None:
        """End the run from another thread."""
        loop, main = self._loop, self._main
        if loop is not None and main is not None and not loop.is_closed():
            loop.call_soon_threadsafe(main.cancel if at_once else lambda: self._stop("it was interrupted"))

    async def _all(self) -> None:
        self._loop, self._main = asyncio.get_running_loop(), asyncio.current_task()
        self._ending = asyncio.Event()
        self._purse = Purse(self.max_cost)
        self._endpoint = Endpoint(self.spec, self.pace, self._purse, key=self.key, stopping=self._ending)
        try:
            alive = asyncio.create_task(self._renew())
            async with asyncio.TaskGroup() as group:
                for _ in range(self.spec.concurrency):
                    group.create_task(self._work())
        finally:
            alive.cancel()
            await self._endpoint.close()

    def _stop(self, why: str, error: WorkbenchError | None = None) -> None:
        if self.stopped is None:
            self.stopped, self.error = why, error
        self._ending.set()

    async def _do(self, call: Callable[..., Any], *arguments: Any) -> Any:
        """Call the ledger in its own thread, one call at a time."""
        return await asyncio.get_running_loop().run_in_executor(self._clerk, call, *arguments)

    async def _renew(self) -> None:
        """Hold on to what is under way, however long the ledger or the service take."""
        while True:
            await asyncio.sleep(LEASE / 4)
            try:
                await asyncio.to_thread(self.ledger.renew, LEASE)
            except WorkbenchError as error:
                self._stop(str(error), error)

    async def _work(self) -> None:
        while not self._ending.is_set():
            try:
                task = await self._do(self.ledger.next)
                if task is None:
                    return
                if await self._do(self.ledger.claim, task, LEASE):
                    await self._one(task)
                else:
                    self.elsewhere += 1
            except WorkbenchError as error:  # of the workspace: what is under way elsewhere is still brought home
                self._stop(str(error), error)

    async def _one(self, task: Task) -> None:
        began = time.monotonic()
        try:
            replies = [await self._endpoint.ask(task.body, task.key)]
            answer = parse(replies[0].text, self.spec, cut_off=replies[0].cut_off)
            if not answer.readable and self.spec.reasks:
                answer = await self._once_more(task, answer, replies)
        except NotAsked:
            await self._do(self.ledger.drop, task, "not asked")
            if self.stopped is None:
                self._stop(LIMIT)
            return
        except (GaveUp, Hopeless) as error:
            await self._give_up(task, error)
            return
        paid = self._paid(replies, 1000 * (time.monotonic() - began))
        self.in_a_row, self.cost = 0, self.cost + (paid.cost_usd or 0.0)
        self.unpriced += paid.cost_usd is None
        if not await self._do(self.ledger.keep, task, answer, paid):
            self.elsewhere += 1
            return
        self.answered += 1
        self.unparsable += not answer.readable

    async def _once_more(self, task: Task, first: Answer, replies: list[Reply]) -> Answer:
        """Ask for a readable answer; where that fails the first one stands, because it was paid for."""
        try:
            reply = await self._endpoint.ask(task.again, task.again_key)
        except (NotAsked, Hopeless):
            return first
        except GaveUp as error:
            self.unsure += error.unsure
            return first
        self.asked_again += 1
        replies.append(reply)
        return parse(reply.text, self.spec, cut_off=reply.cut_off)

    async def _give_up(self, task: Task, error: GaveUp | Hopeless) -> None:
        problem = error.problem if isinstance(error, GaveUp) else "refused"
        self.unsure += error.unsure if isinstance(error, GaveUp) else 0
        self.failed, self.in_a_row = self.failed + 1, self.in_a_row + 1
        self.problems[problem] = self.problems.get(problem, 0) + 1
        await self._do(self.ledger.drop, task, problem)
        if isinstance(error, Hopeless):
            self._stop(str(error), error)
        elif self.in_a_row >= self.pace.give_up_after:
            why = f"{self.spec.host} failed {self.in_a_row} requests one after another, the last with: {problem}"
            self._stop(why, Hopeless(why))

    def _paid(self, replies: list[Reply], latency_ms: float) -> Paid:
        self.unsure += sum(reply.unsure for reply in replies)
        counts = [(reply.tokens_in, reply.tokens_out) for reply in replies]
        if any(one is None or other is None for one, other in counts):
            return Paid(None, None, None, latency_ms)
        tokens_in, tokens_out = (sum(each[side] or 0 for each in counts) for side in (0, 1))
        return Paid(tokens_in, tokens_out, self.spec.cost(tokens_in, tokens_out), latency_ms)


def limit_reached(max_cost: float) -> str:
    """Why a run ended, in words."""
    return f"another request could have taken the cost over {dollars(max_cost)}"
