"""Human labels split into examples for the prompt, items to try on, and items to test on once.

Which part a group falls into hangs on its id and the seed alone, so that labels that come later never move an earlier
item from the test part into the prompt. Near-duplicates and turns of one session go together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from workbench.errors import BadRequest

PARTS = ("train", "dev", "test")
SHARES = (0.15, 0.425, 0.425)


@dataclass(frozen=True)
class Split:
    """Which part each item belongs to.

    Attributes:
        parts: train, dev or test, by item.
        seed: What it was made with.
    """

    parts: Mapping[str, str]
    seed: int

    def items(self, part: str) -> list[str]:
        """The items of a part.

        Raises:
            ValueError: There is no such part.
        """
        if part not in PARTS:
            raise ValueError(f"a part is one of {', '.join(PARTS)}, got {part!r}")
        return [item for item, of in self.parts.items() if of == part]

    def check_prompt(self, examples: Iterable[str]) -> None:
        """Make sure that only items of the train part stand in a prompt.

        Raises:
            BadRequest: One is of the dev or test part, so that the judge would be tested on what it was shown.
        """
        found = {part: sum(self.parts.get(each) == part for each in examples) for part in ("dev", "test")}
        if any(found.values()):
            told = " and ".join(f"{n} of the {part} part" for part, n in found.items() if n)
            raise BadRequest(
                f"the prompt holds labelled items {told}; only the train part may. Take examples from that"
            )


def split(
    items: Iterable[str],
    *,
    groups: Mapping[str, str] | None = None,
    shares: tuple[float, float, float] = SHARES,
    seed: int = 0,
) -> Split:
    """Split items into train, dev and test; what belongs to one group goes together.

    Args:
        items: Ids of the labelled items.
        groups: The group of an item, such as its session or the hash of its text; without one it is its own.
        shares: Shares of train, dev and test; about, because each group falls by itself.
        seed: Another seed gives another split.

    Raises:
        ValueError: The shares do not add up to 1.

    >>> first = split([f"t{i}" for i in range(100)])
    >>> later = split([f"t{i}" for i in range(1000)])
    >>> all(later.parts[item] == part for item, part in first.parts.items())
    True
    """
    if abs(sum(shares) - 1) > 1e-9 or min(shares) < 0:
        raise ValueError(f"the shares of {', '.join(PARTS)} must add up to 1, got {shares}")
    parts = {}
    for item in dict.fromkeys(items):
        group = (groups or {}).get(item) or item
        place = int.from_bytes(sha256(f"{seed}\x00{group}".encode()).digest()[:8], "big") / 2**64
        parts[item] = "train" if place < shares[0] else "dev" if place < shares[0] + shares[1] else "test"
    return Split(parts, seed)
