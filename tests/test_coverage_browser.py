"""The Coverage page in real Chromium: a click on the matrix opens a cell, ticked traces become cases."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect
from small_workspace import make
from test_browser import chromium, page, serving
from test_coverage_page import fill

from workbench import Workspace

pytestmark = pytest.mark.deep

__all__ = ["chromium", "page"]
SLOW = 180_000  # milliseconds; a machine that does other things draws figures late


@pytest.fixture(scope="module")
def ws(tmp_path_factory) -> Workspace:
    return fill(make(tmp_path_factory.mktemp("covered") / "workspace"))


@pytest.fixture(scope="module")
def address(ws, chromium) -> Iterator[str]:
    with serving(ws.path, ws.path.parent / "log") as url:
        yield url


def settled(page) -> None:
    page.get_by_text("The same in a notebook").wait_for(timeout=SLOW)
    page.locator("[data-testid='stApp'][data-test-script-state='notRunning']").wait_for(timeout=SLOW)


def test_from_a_cell_of_the_matrix_to_a_drafted_case(page, address, ws):
    page.set_default_timeout(SLOW)
    page.goto(f"{address}/coverage?as=ben&cell=change+flight&cell=simple")
    settled(page)
    expect(page.locator(".js-plotly-plot")).to_have_count(4, timeout=SLOW)
    matrix = page.locator(".js-plotly-plot").first.locator(".nsewdrag")
    box = matrix.bounding_box()
    cells = ws.coverage().cells
    row, column = cells.grid().rows.index("refund [ticket](http://evil.test)"), cells.grid().columns.index("simple")
    x = box["x"] + box["width"] * (column + 0.25) / len(
        cells.grid().columns
    )  # beside the middle: the whole cell counts
    y = box["y"] + box["height"] * (row + 0.3) / len(cells.grid().rows)
    page.mouse.move(x, y)
    page.mouse.click(x, y)
    expect(page).to_have_url(re.compile("cell=refund"), timeout=SLOW)
    settled(page)
    expect(page.get_by_text(re.compile(r"simple · 0 of \d+ cases, \d+ missing"))).to_be_visible(timeout=SLOW)
    assert page.locator("a[href*='evil.test']").count() == 0
    traces = page.get_by_test_id("stDataFrame").nth(1)
    traces.scroll_into_view_if_needed()
    box = traces.bounding_box()
    page.mouse.click(box["x"] + 16, box["y"] + 35 + 16)  # the mark of the first trace, which failed
    page.get_by_role("button", name="Draft 1 case").click(timeout=SLOW)
    expect(page.get_by_text("1 case drafted", exact=False)).to_be_visible(timeout=SLOW)
    expect(page.get_by_role("link", name="Go over the drafted cases")).to_be_visible(timeout=SLOW)
    assert ws.cases(status="candidate")["proposed_by"].tolist() == ["ben"]
