"""From notes to a codebook in real Chromium: name a group, merge with what it does in sight, answer the queue."""

from pathlib import Path

import pytest
from small_workspace import make
from test_browser import chromium, page, serving

pytestmark = pytest.mark.deep

__all__ = ["chromium", "page"]

NOTES = ["promised a refund", "it promised a refund", "wrong date", "the date is wrong"]


@pytest.mark.usefixtures("chromium")
def test_notes_become_codes_and_a_merge_is_answered(tmp_path: Path, page) -> None:
    ws = make(tmp_path / "workspace", with_map=False)
    rows = [
        {"trace_id": f"t-{n:02d}", "annotator": "ana", "annotator_kind": "human", "dimension": "note", "value": note}
        for n, note in enumerate(NOTES)
    ]
    ws.store.add_labels(rows)
    with serving(ws.path, tmp_path / "server.log") as address:
        page.goto(f"{address}/codebook?as=ana")
        for name in ("Refund promised", "Wrong date"):
            box = page.get_by_label("What is it?").first
            box.click()
            box.fill(name)
            box.press("Enter")
            page.get_by_role("button", name="Accept 2").first.click()
            page.get_by_text(f"got the code '{name}', in your name").wait_for()
        page.get_by_text("No note waits").wait_for()
        assert sorted(ws.store.labels(annotator="ana").query("dimension == 'code'")["value"]) == [
            "Refund promised", "Refund promised", "Wrong date", "Wrong date",
        ]  # fmt: skip
        page.get_by_role("radio", name="Merge").click()
        page.get_by_label("Together with").click()
        page.get_by_role("option", name="Refund promised").click()
        page.keyboard.press("Escape")
        page.get_by_text("2 labels on 2 traces wait to be confirmed: ana 2.").wait_for()
        assert ws.codebook().version == 2
        page.get_by_label("Why").fill("both are slips")
        page.get_by_label("Why").press("Enter")
        page.get_by_role("button", name="Merge", exact=True).click()
        page.get_by_text("To look at again: 2 of yours, 0 of others").click()
        page.get_by_role("button", name="Confirm all 2").click()
        page.get_by_text("2 labels answered.").wait_for()
        assert ws.codebook().version == 3 and ws.stale_labels().empty
        assert ws.codes()[["name", "labels"]].to_numpy().tolist() == [["Wrong date", 4]]
