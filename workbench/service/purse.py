"""How requests keep under a limit of cost while they go.

The limit is kept with what is certain, not with what is likely: before a request goes out, the most that it can cost is
set aside.
"""

from __future__ import annotations

import asyncio

from workbench.service.spec import ServiceSpec

SAFE_BYTES_PER_TOKEN = 2  # what people write takes fewer tokens than this gives, in any usual vocabulary


def most_of(spec: ServiceSpec, size: int) -> float:
    """The most that one attempt of a request of this size costs, US dollars; 0 where the price is not known."""
    return spec.cost(size / SAFE_BYTES_PER_TOKEN, spec.longest_answer) or 0.0


class Purse:
    """What a run may still spend; used within one event loop.

    What is under way counts with the most it can cost, so the limit holds however the answers turn out.
    """

    def __init__(self, limit: float | None) -> None:
        """Without a limit everything is granted."""
        self.limit, self.spent, self._held, self._freed = limit, 0.0, 0.0, asyncio.Condition()

    async def take(self, most: float) -> bool:
        """Set aside the most that a request costs, waiting for others under way; False where it cannot be granted."""
        async with self._freed:
            while self.limit is not None and self.spent + self._held + most > self.limit + 1e-12:
                if self._held <= 0:
                    return False
                await self._freed.wait()
            self._held += most
            return True

    async def settle(self, most: float, paid: float) -> None:
        """Give back what was set aside, less what was paid."""
        async with self._freed:
            self._held = max(0.0, self._held - most)
            self._held = 0.0 if self._held < 1e-12 else self._held
            self.spent += paid
            self._freed.notify_all()
