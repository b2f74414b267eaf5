"""The Judges page in real Chromium: choose a judge, read the verdict, a slice, a dispute, and open the test part."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect
from test_browser import TAKEN_FOR_MARKUP, chromium, page, serving
from test_judge_reads import judged_workspace

from workbench import Workspace

pytestmark = pytest.mark.deep

__all__ = ["chromium", "page"]


@pytest.fixture(scope="module")
def served(tmp_path_factory, chromium) -> Iterator[tuple[str, Workspace]]:
    folder = tmp_path_factory.mktemp("judged")
    ws = judged_workspace(folder / "workspace")
    with serving(folder / "workspace", folder / "log") as url:
        yield url, ws


def settled(page) -> None:
    page.get_by_text("The same in a notebook").wait_for()
    page.locator("[data-testid='stApp'][data-test-script-state='notRunning']").wait_for()


def choose(page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=re.compile(label)).click()
    page.get_by_role("option", name=option, exact=True).click()


def test_from_the_verdict_to_a_slice_and_a_dispute(page, served):
    url, _ = served
    page.goto(f"{url}/judges?judge=rule-length")
    settled(page)
    expect(page.get_by_role("status").first).to_have_text("May not gate")
    choose(page, "Judge", "kestrel")
    expect(page).not_to_have_url(re.compile("judge=rule-length"))
    expect(page.get_by_text("may not gate, it misses failures")).to_be_visible()
    page.get_by_role("radio", name="release").or_(page.get_by_role("button", name="release", exact=True)).first.click()
    expect(page).to_have_url(re.compile("by=release"))
    expect(page.get_by_text("Catches fewer failures than elsewhere in: 1.0.")).to_be_visible()
    page.goto(f"{url}/judges?judge=kestrel&trace=t-00")
    settled(page)
    expect(page.get_by_text("the policy says otherwise <img src=x onerror=", exact=False).first).to_be_visible()
    assert page.locator(TAKEN_FOR_MARKUP).count() == 0 and page.title() != "1"
    link = page.get_by_role("link", name="Read the trace")
    link.scroll_into_view_if_needed()
    link.click()
    expect(page).to_have_url(re.compile(r"/read\?.*trace=t-00"))


def test_the_test_part_is_opened_once_and_by_name(page, served):
    url, ws = served
    page.goto(f"{url}/judges?judge=kestrel&part=test")
    settled(page)
    expect(page.get_by_text("The test part is closed")).to_be_visible()
    expect(page.get_by_text("Good outputs passed")).to_have_count(0)
    name = page.get_by_label("Who looks")
    name.fill("ana")
    name.press("Tab")
    page.locator("[data-testid='stApp'][data-test-script-state='notRunning']").wait_for()
    page.get_by_role("button", name="Open the test part").click()
    expect(page.get_by_text("On the test part of people's labels, opened by ana.")).to_be_visible()
    assert ws.store.judge_looks()["looked_by"].tolist() == ["ana"]
    page.reload()  # another session: the look is known, and has to be taken anew
    settled(page)
    expect(page.get_by_text("It was looked at once before")).to_be_visible()
    assert len(ws.store.judge_looks()) == 1
