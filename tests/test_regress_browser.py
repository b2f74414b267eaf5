"""The same day in real Chromium: from Overview's line to an accepted regression case, by keys, and to the next one."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect
from small_workspace import make
from test_browser import chromium, page, serving
from test_regress import FLAGGED

from workbench import Workspace

pytestmark = pytest.mark.deep

__all__ = ["chromium", "page"]
SLOW = 180_000  # milliseconds; a machine that does other things draws late
EXPECTED = "Says that a refund takes a month, as the policy does."


@pytest.fixture(scope="module")
def ws(tmp_path_factory) -> Workspace:
    made = make(tmp_path_factory.mktemp("regressing") / "workspace")
    made.add_codes([{"name": "invented policy", "severity": 4}], author="ana")
    return made


@pytest.fixture(scope="module")
def address(ws, chromium) -> Iterator[str]:
    with serving(ws.path, ws.path.parent / "log") as url:
        yield url


def settled(page) -> None:
    page.get_by_text("The same in a notebook").wait_for(timeout=SLOW)
    page.locator("[data-testid='stApp'][data-test-script-state='notRunning']").wait_for(timeout=SLOW)


def test_from_a_flagged_failure_to_a_regression_case_by_keys(page, address, ws):
    page.set_default_timeout(SLOW)
    page.goto(f"{address}/overview?as=lee")
    settled(page)
    page.get_by_role("link", name="Make it a regression case").click()
    expect(page).to_have_url(re.compile(f"regress.*trace={FLAGGED[0]}"), timeout=SLOW)
    settled(page)
    who = page.get_by_placeholder("your name or initials")
    who.fill("lee")
    who.press("Enter")
    expect(page).to_have_url(re.compile("as=lee"), timeout=SLOW)
    settled(page)
    expected = page.locator(".st-key-regress-expected textarea")
    expect(expected).to_have_count(1, timeout=SLOW)
    expect(expected).to_be_enabled(timeout=SLOW)
    expect(page.locator(".st-key-regress-keys")).to_have_count(1, timeout=SLOW)
    who.blur()
    page.keyboard.press("n")
    expect(expected).to_be_focused()
    page.keyboard.type(EXPECTED)
    page.keyboard.press("Escape")
    page.keyboard.press("t")
    page.keyboard.type("wrong delay")
    page.keyboard.press("Enter")
    expect(page.get_by_text("is a new code: it is made with the case")).to_be_visible(timeout=SLOW)
    settled(page)
    expect(page.locator(".st-key-regress-finder input")).not_to_be_focused()
    page.keyboard.press("p")
    expect(page.get_by_role("button", name="Privacy checked")).to_have_attribute("kind", "primary", timeout=SLOW)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("is a candidate of the golden pool")).to_be_visible(timeout=SLOW)
    expect(page.get_by_text("Somebody has to accept it, with a reason.")).to_be_visible()
    labels = ws.labels().set_index("dimension")
    assert labels["value"].to_dict() == {"outcome": "fail", "code": "wrong delay"}
    assert set(labels["annotator"]) == {"lee"} and set(labels["round"]) == {"unblinded"}
    [case_id] = ws.cases()["case_id"]
    assert ws.case(case_id).trace_id == FLAGGED[0] and ws.case(case_id).expected_behavior == EXPECTED
    page.keyboard.press("a")
    expect(page.get_by_text("The next version holds it.")).to_be_visible(timeout=SLOW)
    assert ws.cases(status="accepted")["case_id"].tolist() == [case_id]
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(f"trace={FLAGGED[1]}"), timeout=SLOW)
    expect(page.get_by_text("9 flagged failures without a case")).to_be_visible(timeout=SLOW)
    assert page.locator("a[href*='evil.test']").count() == 0
