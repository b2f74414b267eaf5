"""What can be asked: a Python function, a command, or an OpenAI-compatible service.

A target has a name that may be shown and a key that tells it from others, so that a run which was killed goes on only
with the same target. A function that never returns cannot be ended from outside: it is left behind in its thread and
its case counts as unanswered.
"""

from __future__ import annotations

import importlib
import queue
import re
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

import orjson

from workbench.errors import BadRequest
from workbench.runs.commands import Command
from workbench.runs.runner import Ask, NoAnswer, Payload
from workbench.runs.served import Served, read_served

FUNCTION = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


class Target(Protocol):
    """Whatever answers cases."""

    @property
    def name(self) -> str:
        """What it is called; redacted before it is stored."""
        ...

    @property
    def key(self) -> str:
        """What tells it from other targets."""
        ...

    @property
    def model(self) -> str | None:
        """The model that answers, where that is known: a judge should not mark its own family's work."""
        ...

    def opened(self, *, timeout: float, concurrency: int) -> AbstractContextManager[Ask]:
        """Something to ask for the length of the block.

        Args:
            timeout: Seconds for one case.
            concurrency: Cases under way at a time, at most.
        """
        ...


@dataclass(frozen=True)
class Function:
    """A Python function: it is given the payload as a dict, and returns text or an object with output."""

    function: Callable[[dict[str, Any]], Any] = field(repr=False)
    model: str | None = None

    @property
    def name(self) -> str:
        """Module and name."""
        of = self.function if hasattr(self.function, "__qualname__") else type(self.function)
        return f"{of.__module__}:{of.__qualname__}"

    @property
    def key(self) -> str:
        """Module and name, and where it is written where that does not tell one from another."""
        code = getattr(self.function, "__code__", None)
        place = [code.co_filename, code.co_firstlineno] if code is not None and "<" in self.name else []
        return sha256(orjson.dumps(["function", self.name, *place])).hexdigest()[:16]

    @contextmanager
    def opened(self, *, timeout: float, concurrency: int) -> Iterator[Ask]:
        """Something to ask."""
        yield lambda _case_id, payload: self._answer(payload, timeout)

    def _answer(self, payload: Payload, timeout: float) -> Any:
        found: queue.SimpleQueue[tuple[Any, str | None]] = queue.SimpleQueue()

        def call() -> None:
            try:
                found.put((self.function(orjson.loads(orjson.dumps(dict(payload)))), None))
            except BaseException as error:  # noqa: BLE001  somebody else's code; its words may quote the case
                found.put((None, f"it raised {type(error).__name__[:60]}"))

        threading.Thread(target=call, name="target", daemon=True).start()
        try:
            answer, problem = found.get(timeout=timeout)
        except queue.Empty:
            raise NoAnswer(f"no answer within {timeout:g} s") from None
        if problem is not None:
            raise NoAnswer(problem)
        return answer


def target_of(given: Any, *, patience: Mapping[str, Any] | None = None) -> Target:
    """A target from whatever names one.

    Args:
        given: A function; ``package.module:function``; a command; the fields of a service (see ``served.Service``) as a
            mapping or a TOML file.
        patience: How a service is asked again; the fields of ``workbench.service.endpoint.Pace``.

    Raises:
        BadRequest: There is no such function, program or file.
        BadSettings: A service's field is missing or cannot be.
    """
    if isinstance(given, Function | Command | Served):
        return given
    if isinstance(given, Mapping) or (isinstance(given, str | Path) and str(given).endswith(".toml")):
        return read_served(given, patience or {})
    if callable(given):
        return Function(given)
    text = str(given).strip()
    if FUNCTION.fullmatch(text):
        return Function(_found(text))
    if re.match(r"https?://", text):
        raise BadRequest("a service needs a model too. Give --model, or a TOML file with url and model as the target")
    return Command.read(text)


def _found(text: str) -> Callable[[dict[str, Any]], Any]:
    """The function of ``package.module:function``; modules of the present folder are found too."""
    module, _, name = text.partition(":")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        found: Any = importlib.import_module(module)
    except Exception as error:  # noqa: BLE001  somebody else's code runs when it is imported
        missing = f" ({error.name})" if isinstance(error, ModuleNotFoundError) else ""
        raise BadRequest(
            f"the module {module} cannot be imported: {type(error).__name__}{missing}. Run it from the folder it is in,"
            " or install it"
        ) from None
    for part in name.split("."):
        found = getattr(found, part, None)
    if not callable(found):
        raise BadRequest(f"the module {module} has no function {name}. Name one that takes the payload")
    return found  # type: ignore[no-any-return]
