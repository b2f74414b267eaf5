"""The Gate page in real Chromium: results are uploaded, decided on once, and what they hold stays text."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect
from test_browser import TAKEN_FOR_MARKUP, chromium, page, serving
from test_gate_page import HOSTILE, frozen, results

from workbench import Workspace

__all__ = ["chromium", "page"]
pytestmark = pytest.mark.deep
SECRET = "the answer to jane.doe@example.org <img src=x onerror=document.title=1>"


@pytest.fixture(scope="module")
def served(tmp_path_factory, chromium) -> Iterator[tuple[str, Workspace]]:
    folder = tmp_path_factory.mktemp("gate")
    ws = frozen(folder / "workspace")
    with serving(folder / "workspace", folder / "log") as url:
        yield url, ws


def settled(page) -> None:
    page.get_by_text("The same in a notebook").wait_for()
    page.locator("[data-testid='stApp'][data-test-script-state='notRunning']").wait_for()


def uploaded(page, uploader: str, path: Path, then: str) -> None:
    """Upload a file, and wait until the script has seen it.

    Streamlit 1.67 drops the answer to an upload's first message when a run starts beside it, and the file with it.
    """
    page.get_by_role("region", name=uploader).locator("input[type=file]").set_input_files(str(path))
    expect(page.get_by_text(then)).to_be_visible()
    settled(page)


def test_from_an_upload_to_the_verdict_the_flips_and_a_file(page, served, tmp_path):
    url, ws = served
    strange = {"case_id": HOSTILE, "output": SECRET, "passed": False}
    now = results(ws, "now.jsonl", set(range(40)), strange)
    before = results(ws, "before.jsonl", {100, 101})
    page.goto(f"{url}/gate")
    settled(page)
    expect(page.get_by_role("button", name="Decide")).to_be_disabled()
    uploaded(page, "Results of the release", now, "now.jsonl without a baseline")
    uploaded(page, "Baseline", before, "now.jsonl against before.jsonl")
    page.get_by_role("textbox", name="Release", exact=True).fill("2.4.0")
    page.get_by_role("textbox", name="Release", exact=True).press("Tab")
    expect(page).to_have_url(re.compile("candidate=2.4.0"))
    settled(page)
    assert ws.gate_looks().empty, "an upload is no look"
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_role("status").first).to_have_text("Hold")
    settled(page)
    expect(page.get_by_text("Passed before, fails now (40)")).to_be_visible()
    expect(page.get_by_text("Failed before, passes now (2)")).to_be_visible()
    expect(page.get_by_text("rows of cases that the set does not have").first).to_be_attached()
    shown = page.locator("body").inner_text()
    assert "jane.doe" not in shown and "onerror=document" not in shown, "outputs are not shown"
    assert page.locator(TAKEN_FOR_MARKUP).count() == 0 and page.title() != "1"
    assert "evil.test" in page.locator(".js-plotly-plot").nth(2).inner_text(), "the name of the slice is there, as text"
    with page.expect_download() as fetched:
        page.get_by_role("button", name="JUnit XML").click()
    path = tmp_path / "gate.xml"
    fetched.value.save_as(path)
    assert 'failures="' in path.read_text() and "jane.doe" not in path.read_text()
    assert ws.gate_looks()[["release", "verdict"]].values.tolist() == [["2.4.0", "fail"]]
    kept = [each for each in Path(ws.path).rglob("*") if each.is_file() and b"jane.doe" in each.read_bytes()]
    assert not kept, "an upload rests nowhere"


def test_a_link_brings_the_inputs_and_decides_nothing(page, served):
    url, ws = served
    path = results(ws, "linked.jsonl", {1})
    looks = len(ws.gate_looks())
    page.goto(f"{url}/gate?results={path}&mode=trip-wire")
    settled(page)
    expect(page.get_by_text("without a baseline")).to_be_visible()
    assert len(ws.gate_looks()) == looks
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_role("status").first).to_have_text("No alarm")
    settled(page)
    link = page.get_by_role("link", name="Plan on the Power page")
    link.click()
    expect(page).to_have_url(re.compile(r"/power"))
    expect(page.get_by_text("Rules of thumb, and when they hold")).to_be_visible()
    assert json.loads(path.read_text().splitlines()[0])["passed"] is True
