"""The Agreement page in real Chromium: open, filter, settle by mouse and by keyboard; what was said blind stays."""

import re
from collections.abc import Iterator

import pandas as pd
import pytest
from playwright.sync_api import Page, expect
from small_workspace import HOSTILE, HOSTILE_ID, make
from test_agreement_page import MEAN, labelled
from test_browser import TAKEN_FOR_MARKUP, chromium, page, serving

from workbench import Workspace

pytestmark = pytest.mark.deep

__all__ = ["chromium", "page"]  # fixtures


@pytest.fixture(scope="module")
def agreed(tmp_path_factory, chromium) -> Iterator[tuple[str, Workspace]]:
    folder = tmp_path_factory.mktemp("agreed")
    ws = make(folder / "workspace", with_map=False)
    labelled(ws)
    with serving(ws.path, folder / "log") as address:
        yield address, ws


def settled(page: Page) -> None:
    page.get_by_text("The same in a notebook").wait_for()
    page.locator("[data-testid='stApp'][data-test-script-state='notRunning']").wait_for()


def said_blind(ws: Workspace) -> pd.DataFrame:
    """All that was said blind."""
    return ws.labels().query("round == 'blind'").reset_index(drop=True)


def chosen(page: Page, label: str) -> None:
    """Wait until the button of a decision says that it is chosen."""
    expect(page.locator("button[kind=primary]", has_text=label).first).to_be_visible()
    settled(page)


def test_from_the_verdicts_to_settled_disputes_and_back(agreed, page):
    address, ws = agreed
    blind, votes = ws.agree().dimensions, said_blind(ws)
    page.goto(f"{address}/agreement?dimension=tone")
    settled(page)
    expect(page.get_by_text("tone: what gets mixed up")).to_be_visible()
    expect(page.locator(".js-plotly-plot")).to_have_count(6)

    page.get_by_role("combobox", name="Sample").click()  # a filter is in the address, and stays
    page.get_by_role("option", name=re.compile("20 of 20 read")).click()
    expect(page).to_have_url(re.compile("sample=s-1"))
    settled(page)
    page.reload()
    settled(page)
    expect(page.get_by_text(re.compile(r"tone, disputed: \d+ traces"))).to_be_visible()
    n = len(ws.disputes("s-1", "tone"))
    expect(page.get_by_text(f"tone, disputed: {n} traces")).to_be_visible()

    table = page.get_by_test_id("stDataFrame").nth(1)  # a row of the disputes opens its adjudication
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    page.mouse.click(box["x"] + 18, box["y"] + 36 + 16)
    expect(page).to_have_url(re.compile("dispute="))
    settled(page)
    first, second = ws.disputes("s-1", "tone")["trace_id"][:2]
    assert f"dispute={first}" in page.url
    page.get_by_placeholder("your name: you decide under it").fill("lee")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("as=lee"))
    settled(page)

    page.get_by_role("button", name=re.compile("^neutral")).click()  # by mouse
    chosen(page, "neutral")
    page.get_by_label("Why").fill("nothing unfriendly in it")
    page.get_by_role("button", name=re.compile("^Settle and go on")).click()
    expect(page).to_have_url(re.compile(f"dispute={second}"))
    settled(page)

    page.keyboard.press("a")  # by keyboard: keep as ambiguous, say why, settle
    chosen(page, "Keep as ambiguous")
    page.keyboard.press("n")
    page.keyboard.type("it can be read as 1 and as 2")  # digits are text in here
    page.keyboard.press("Control+Enter")
    expect(page).not_to_have_url(re.compile(f"dispute={second}"))
    settled(page)
    done = ws.adjudications()
    assert done[["trace_id", "how", "value", "decided_by"]].fillna("-").to_numpy().tolist() == [
        [first, "decide", "neutral", "lee"],
        [second, "ambiguous", "-", "lee"],
    ]
    assert done["reason"].tolist() == ["nothing unfriendly in it", "it can be read as 1 and as 2"]

    page.get_by_role("radio", name="adjudicated").or_(page.get_by_role("button", name="adjudicated")).first.click()
    expect(page.get_by_text("2 settled")).to_be_visible()
    settled(page)
    again = ws.agree().dimensions
    assert again.equals(blind) and said_blind(ws).equals(votes), "blind stays as it was"
    page.get_by_role("radio", name="blind").or_(page.get_by_role("button", name="blind")).first.click()
    expect(page.get_by_text("tone: what gets mixed up")).to_be_visible()
    assert "dispute=" not in page.url


def test_hostile_text_is_shown_as_it_stands(agreed, page):
    address, _ = agreed
    page.goto(f"{address}/agreement?dispute={HOSTILE_ID}&dimension=tone&as=mo")
    settled(page)
    page.get_by_test_id("conversation").locator(".turn.user").wait_for()
    assert HOSTILE in page.get_by_test_id("conversation").inner_text()
    words = page.get_by_test_id("stMain").inner_text().replace("\u2060", "")
    assert words.count(MEAN) == 4, "two critiques and two gold answers, as text"
    assert page.locator(TAKEN_FOR_MARKUP).count() == 0
    assert page.evaluate("document.title") != "1"
