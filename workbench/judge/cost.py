"""What a run will cost, before it starts.

A price is asked of nobody: it is in the judge's description, or it is not known. Tokens are guessed from bytes until
the service has counted some for this judge; then its own counts are the guess. How a run keeps under a limit while it
goes is ``workbench.service.purse``.
"""

from __future__ import annotations

from dataclasses import dataclass

from workbench.judge.prompt import BYTES_PER_TOKEN
from workbench.judge.spec import JudgeSpec
from workbench.service.purse import SAFE_BYTES_PER_TOKEN

ENOUGH = 5  # answers from which on their counts are the guess


@dataclass(frozen=True)
class Counted:
    """What a service has counted for a judge so far.

    Attributes:
        n: Answers with counts.
        tokens_in: Their prompt tokens.
        tokens_out: Their completion tokens.
    """

    n: int = 0
    tokens_in: int = 0
    tokens_out: int = 0


@dataclass(frozen=True)
class Estimate:
    """What a run would do.

    Attributes:
        judge: The judge.
        version: Its version.
        traces: Traces that were chosen.
        calls: Requests to make.
        cached: Answers that are there already.
        elsewhere: Answers that another run is waiting for at this moment.
        tokens_in: About how many prompt tokens.
        tokens_out: About how many completion tokens.
        cost: About what it costs, US dollars; None where the price is not known.
        cost_most: What it costs if every answer is as long as it may be and every one is asked for again.
        how: How it was guessed, in a sentence.
        notices: What to be careful about, in sentences.
        refusal: Why a run would be refused as it stands; None where it would not.
    """

    judge: str
    version: int
    traces: int
    calls: int
    cached: int
    elsewhere: int
    tokens_in: int
    tokens_out: int
    cost: float | None
    cost_most: float | None
    how: str
    notices: tuple[str, ...] = ()
    refusal: str | None = None

    @property
    def price(self) -> str:
        """The cost in words."""
        if not self.calls:
            return "nothing to pay"
        if self.cost is None or self.cost_most is None:
            return "price unknown"
        return f"about {dollars(self.cost)}, at most about {dollars(self.cost_most)}"

    def __str__(self) -> str:
        known = f" ({self.cached:,} answers are there already)" if self.cached else ""
        return (
            f"{self.judge} version {self.version}: {self.calls:,} requests{known},"
            f" about {self.tokens_in:,} tokens in and {self.tokens_out:,} out, {self.price}"
        )


def dollars(amount: float) -> str:
    """An amount in words, to the cent or to two digits.

    >>> dollars(12.345), dollars(0.00123), dollars(0)
    ('$12.35', '$0.0012', '$0')
    """
    return f"${amount:,.2f}" if amount >= 0.1 else f"${amount:.2g}"


def unsure(n: int) -> str:
    """What nobody can know of attempts that got no answer, in a sentence."""
    return (
        f"{n:,} attempts got no answer that arrived. A service that honours Idempotency-Key bills the repeated attempt"
        " once; of another nobody here can tell, so they count as paid where a limit is set."
    )


@dataclass(frozen=True)
class Guess:
    """Tokens and cost of requests that were not made yet; see ``Estimate``."""

    tokens_in: int
    tokens_out: int
    cost: float | None
    cost_most: float | None
    how: str


def guess(spec: JudgeSpec, calls: int, size: int, counted: Counted) -> Guess:
    """Guess what requests take.

    Args:
        spec: The judge.
        calls: How many.
        size: Their bytes, all together.
        counted: What the service has counted for this judge.
    """
    longest, times = spec.longest_answer, 1 + spec.reasks
    if counted.n >= ENOUGH and counted.tokens_in > 0:
        tokens_in, tokens_out = calls * counted.tokens_in / counted.n, calls * counted.tokens_out / counted.n
        how = f"from what the service counted in {counted.n:,} earlier answers of this judge"
    else:
        tokens_in, tokens_out = size / BYTES_PER_TOKEN, float(calls * longest)
        how = f"at {BYTES_PER_TOKEN} bytes a token, every answer as long as it may be ({longest:,} tokens)"
    most = spec.cost(times * max(tokens_in, size / SAFE_BYTES_PER_TOKEN), times * calls * longest)
    return Guess(round(tokens_in), round(tokens_out), spec.cost(tokens_in, tokens_out), most, how)
