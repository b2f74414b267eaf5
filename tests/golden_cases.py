"""Cases written straight through the store, so that versions can be frozen without the work that leads to them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from workbench import Workspace
from workbench.golden import Case

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def case(number: int, **more: Any) -> Case:
    """One case; every third is risky."""
    values = {
        "case_id": f"case-{number:03d}",
        "input_payload": {"query": f"may I return item {number} after {number + 10} days"},
        "expected_behavior": f"says that the window is {number + 10} days and asks for nothing else",
        "risk_level": "high" if number % 3 == 0 else "medium",
        "source": "expert",
        "slices": {"intent": ["returns", "refunds"][number % 2]},
        "labelled_by": ["ana"],
        **more,
    }
    return Case.from_dict(values)


def accept(ws: Workspace, *cases: Case, reason: str = "covers returns", kind: str = "new_coverage") -> None:
    """Add cases as if they had been proposed, checked and accepted."""
    now = datetime.now(UTC)
    rows = [
        {
            "case_id": each.case_id, "pool": "golden", "status": "accepted", "content": each.to_dict(), "origin": None,
            "why": None, "proposed_at": now + timedelta(microseconds=place), "proposed_by": "ana", "private_at": now,
            "private_by": "ben",
        }
        for place, each in enumerate(cases)
    ]  # fmt: skip
    changes = [
        {"case_id": each.case_id, "how": "accepted", "kind": kind, "reason": reason, "changed_by": "ana",
         "changed_at": now}
        for each in cases
    ]  # fmt: skip
    ws.store.add_cases(rows, changes)


def change(ws: Workspace, each: Case, *, kind: str, reason: str) -> None:
    """Change an accepted case as an edit would."""
    said = {"case_id": each.case_id, "how": "edited", "kind": kind, "reason": reason, "changed_by": "ben"}
    done = ws.store.change_case(
        each.case_id, {"content": each.to_dict()}, {**said, "changed_at": datetime.now(UTC)}, was="accepted"
    )
    assert done
