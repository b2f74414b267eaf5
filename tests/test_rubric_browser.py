"""The rubric in real Chromium: take in the starter, move the line of one dimension, see what that does to labels."""

from pathlib import Path

import pytest
from small_workspace import make
from test_browser import chromium, page, serving

pytestmark = pytest.mark.deep

__all__ = ["chromium", "page"]


@pytest.mark.usefixtures("chromium")
def test_a_starter_is_taken_in_and_made_ones_own(tmp_path: Path, page) -> None:
    ws = make(tmp_path / "workspace", with_map=False)
    with serving(ws.path, tmp_path / "server.log") as address:
        page.goto(f"{address}/rubric?as=ana")
        page.get_by_role("button", name="Take in the starter").click()
        page.get_by_text("5 dimensions").wait_for()
        label = {"annotator": "ben", "annotator_kind": "human", "dimension": "tone", "rubric_version": 1}
        ws.store.add_labels([{**label, "trace_id": f"t-{n:02d}", "value": "good"} for n in range(3)])
        page.goto(f"{address}/rubric?as=ana&dimension=tone")
        page.get_by_text("3 labels by 1 annotator").wait_for()
        form = page.get_by_test_id("stForm").first
        form.get_by_label("In doubt").fill("Ask a third person.")
        form.get_by_text("The meaning changes").click()
        form.get_by_label("Why").fill("two of us read it differently")
        form.get_by_role("button", name="Save").click()
        page.get_by_text("means something else now").first.wait_for()
        page.get_by_text("3 by an earlier meaning").first.wait_for()
        assert ws.rubric().get("tone").rule == "Ask a third person." and ws.rubric().get("tone").since == 2
        with page.expect_download() as saved:
            page.get_by_text("Import and export").click()
            page.get_by_role("button", name="rubric.toml").click()
        text = Path(saved.value.path()).read_text(encoding="utf-8")
        assert text == ws.rubric_text() and "Ask a third person." in text
        page.get_by_role("button", name="Change", exact=True).first.click()
        page.wait_for_url("**dimension=groundedness**")
