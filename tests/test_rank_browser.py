"""The Rank page in real Chromium: the order, a row that opens its traces, costs that change page and address."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect
from small_workspace import make
from test_browser import chromium, page, serving
from test_rank_page import read_some

pytestmark = pytest.mark.deep

__all__ = ["chromium", "page"]


@pytest.fixture(scope="module")
def address(tmp_path_factory, chromium) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("ranked")
    read_some(make(folder / "workspace", with_map=False))
    with serving(folder / "workspace", folder / "log") as url:
        yield url


def settled(page) -> None:
    page.get_by_text("The same in a notebook").wait_for()
    page.locator("[data-testid='stApp'][data-test-script-state='notRunning']").wait_for()


def test_from_the_order_to_the_traces_and_what_it_costs(page, address):
    page.goto(f"{address}/rank?code=wrong+refund")
    settled(page)
    expect(page.get_by_text("wrong refund · 6 reviewed traces")).to_be_visible()
    expect(page.locator(".js-plotly-plot")).to_have_count(5)
    table = page.get_by_test_id("stDataFrame").first
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    page.mouse.click(box["x"] + 18, box["y"] + 36 + 16)  # the first row's mark
    expect(page.get_by_text("leaks · 1 reviewed traces")).to_be_visible()
    expect(page).to_have_url(re.compile("code=leaks"))
    page.get_by_text("Costs 1 / 3 / 10 / 30 / 100").click()
    worst = page.get_by_label(re.compile("^5"))
    worst.fill("500")
    worst.press("Enter")
    expect(page).to_have_url(re.compile("cost5=500"))
    expect(page.get_by_text("Costs 1 / 3 / 10 / 30 / 500")).to_be_visible()
    page.reload()
    settled(page)
    expect(page.get_by_text("Costs 1 / 3 / 10 / 30 / 500")).to_be_visible()
