"""Settling a dispute: a named expert decides with a reason, the majority counts with a flag, or nothing does.

To leave a trace out, and to keep it as ambiguous, are answers too: what people cannot tell apart must not be held
against a judge. Nothing here replaces a vote; the votes as they stood are part of the decision.
"""

from __future__ import annotations

from datetime import datetime

from workbench.agree.disputes import DECIDED, HOW, Decision, Dispute
from workbench.errors import BadRequest

BY_MAJORITY = "the majority counts"


def settle(
    dispute: Dispute, how: str, *, value: str | None, reason: str, decided_by: str, decided_at: datetime
) -> Decision:
    """Say what holds.

    Args:
        dispute: The votes as they stand, and the values that may be decided for.
        how: decide (needs a value), majority (takes the value of more than half), exclude or ambiguous (have none).
        value: What holds, where somebody decides.
        reason: Why; only a majority speaks for itself.
        decided_by: Who settles it.
        decided_at: When.

    Raises:
        BadRequest: A way or value that is none, no reason, or no majority.
    """
    if how not in HOW:
        raise BadRequest(f"{how!r} settles nothing; choose one of: {', '.join(HOW)}")
    if how == "majority":
        value = _of_majority(dispute, value)
        reason = reason or BY_MAJORITY
    elif how == "decide":
        if value is None:
            raise BadRequest(f"to decide takes a value; choose one of: {', '.join(dispute.values)}")
        found = next((each for each in dispute.values if each.casefold() == value.strip().casefold()), None)
        if found is None:
            raise BadRequest(
                f"the value is none that {dispute.dimension} has; choose one of: {', '.join(dispute.values)}"
            )
        value = found
    elif value is not None:
        raise BadRequest(f"what is settled as {how} has no value. Leave it out, or decide")
    if not reason:
        raise BadRequest("no reason was given; those who voted otherwise will ask for it. Say why in a sentence")
    votes = {vote.annotator: vote.value for vote in dispute.votes}
    return Decision(how, value, reason, decided_by, decided_at, votes)


def is_decided(how: str) -> bool:
    """Whether a value holds after it."""
    return how in DECIDED


def _of_majority(dispute: Dispute, value: str | None) -> str:
    found = dispute.majority
    if found is None:
        n = sum(dispute.tally.values())
        told = "nobody has answered" if n == 0 else "there is one answer" if n == 1 else "no value has more than half"
        raise BadRequest(f"there is no majority: {told}. Decide, exclude it, or keep it as ambiguous")
    if value is not None and value.strip().casefold() != found.casefold():
        raise BadRequest("the majority says something else than the value that was given. Leave it out, or decide")
    return found
