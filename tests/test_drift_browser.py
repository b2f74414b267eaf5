"""The Drift page in real Chromium: a dot opens its cluster, a box on the map lists what lies in it, nothing leaves."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect
from test_browser import chromium, page, serving
from test_drift_verb import workspace

from workbench import Workspace

pytestmark = pytest.mark.deep

__all__ = ["chromium", "page"]
SLOW = 180_000  # milliseconds; a machine that does other things draws figures late


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = workspace(tmp_path_factory.mktemp("drift browser"), daily=5, new_from=28)
    settings = '[redaction]\npolicy = "structured_only"\n[drift]\nmin_n = 20\n'
    (made.path / "workspace.toml").write_text(settings)
    Workspace(made.path).map()  # with the real embedder, which the server has
    return made.path


@pytest.fixture(scope="module")
def address(folder: Path, chromium) -> Iterator[str]:
    with serving(folder, folder.parent / "log") as url:
        yield url


def settled(page) -> None:
    page.get_by_text("The same in a notebook").wait_for(timeout=SLOW)
    page.locator("[data-testid='stApp'][data-test-script-state='notRunning']").wait_for(timeout=SLOW)


def test_from_a_dot_and_from_a_box_to_the_traces(page, address, folder):
    outside: list[str] = []
    here = (address, address.replace("http", "ws"), "data:", "blob:")
    page.on("request", lambda each: None if each.url.startswith(here) else outside.append(each.url))
    page.set_default_timeout(SLOW)
    page.goto(f"{address}/drift")
    settled(page)
    new = Workspace(folder).drift().clusters.shares.iloc[0]
    dot = page.locator("[class*='st-key-drift-shares'] .scatterlayer .point").first
    dot.wait_for(timeout=SLOW)
    at = dot.bounding_box()
    page.mouse.move(at["x"] + at["width"] / 2, at["y"] + at["height"] / 2)
    page.mouse.click(at["x"] + at["width"] / 2, at["y"] + at["height"] / 2)
    expect(page).to_have_url(re.compile(r"cluster=\d+"), timeout=SLOW)
    settled(page)
    expect(page.get_by_text(re.compile(rf"hotel.*: {new['other_n']} of the current set"))).to_be_visible(timeout=SLOW)
    area = page.locator("[class*='st-key-drift-map'] .nsewdrag").first
    area.scroll_into_view_if_needed()
    box = area.bounding_box()
    page.mouse.move(box["x"] + 3, box["y"] + 3)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=5)
    page.mouse.move(box["x"] + box["width"] - 3, box["y"] + box["height"] - 3, steps=5)
    page.mouse.up()
    expect(page.get_by_text("Drawn on the map: 35 of the current set.")).to_be_visible(timeout=SLOW)
    assert "cluster=" not in page.url
    page.get_by_role("button", name="Clear the box").click(timeout=SLOW)
    expect(page.get_by_text("What tells the sets apart best: 10 of the current set.", exact=False)).to_be_visible(
        timeout=SLOW
    )
    assert outside == []
