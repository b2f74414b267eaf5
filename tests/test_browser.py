"""The main paths in real Chromium: open, lasso, read a trace, follow a link to a cold server, upload a file.

Skipped, saying so, where no Chromium is installed; with WORKBENCH_REQUIRE_BROWSER=1 that is a failure.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlparse

import pytest
from small_workspace import HOSTILE, HOSTILE_ID, N, make

from workbench import Workspace

ROOT = Path(__file__).parent.parent
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
TAKEN_FOR_MARKUP = "a[href*='evil.test'], img[src*='evil'], img[src='x'], .katex"
HERE = ("localhost", "127.0.0.1", "")
PATIENCE = 180_000  # milliseconds; a busy machine makes a page slow, not wrong


@pytest.fixture(scope="module")
def chromium():
    if CHROMIUM is None:
        message = "no Chromium is installed (looked for chromium, chromium-browser, google-chrome)"
        if os.environ.get("WORKBENCH_REQUIRE_BROWSER") == "1":
            pytest.fail(message)
        pytest.skip(message)
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium):
    """A fresh page that lets nothing leave this machine, and tells of anything that tried."""
    context = chromium.new_context(viewport={"width": 1440, "height": 1000}, accept_downloads=True)
    shown = context.new_page()
    shown.set_default_timeout(PATIENCE)
    away: list[str] = []
    context.on("request", lambda request: away.append(request.url) if _host(request.url) not in HERE else None)
    broken: list[str] = []
    shown.on("pageerror", lambda error: broken.append(str(error)))
    yield shown
    context.close()
    assert not away, f"requests left this machine: {away}"
    assert not broken


@contextmanager
def serving(folder: Path, log: Path) -> Iterator[str]:
    """Start the pages on a free port, as ``workbench app`` does."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.address=localhost"]
    command += [f"--server.port={port}", "--server.headless=true", "--server.fileWatcherType=none"]
    environment = {**os.environ, "WORKBENCH": str(folder), "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    with log.open("wb") as output:
        server = subprocess.Popen(command, cwd=folder.parent, env=environment, stdout=output, stderr=output)
        try:
            _wait_for(port, server, log)
            yield f"http://localhost:{port}"
        finally:
            server.terminate()
            try:
                server.wait(timeout=20)
            except subprocess.TimeoutExpired:  # a busy machine; nothing of it may stay behind
                server.kill()
                server.wait()


def _wait_for(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + PATIENCE / 1000
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("localhost", port)) == 0:
                return
        assert server.poll() is None, log.read_text()
        time.sleep(0.2)
    raise AssertionError(f"no server in {PATIENCE / 1000:.0f} s: {log.read_text()}")


@pytest.fixture(scope="module")
def small(tmp_path_factory, chromium) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("small")
    make(folder / "workspace")
    with serving(folder / "workspace", folder / "log") as address:
        yield address


@pytest.fixture(scope="module")
def demo(tmp_path_factory, chromium) -> Iterator[tuple[str, Workspace]]:
    """A part of the demo, taken in and mapped by the real steps."""
    source = ROOT / "sample_data" / "traces.jsonl"
    folder = tmp_path_factory.mktemp("demo")
    lines = source.read_text(encoding="utf-8").splitlines()[:240]
    (folder / "part.jsonl").write_text("\n".join(lines), encoding="utf-8")
    ws = Workspace.create(folder / "workspace")
    ws.ingest(folder / "part.jsonl")
    ws.map()
    with serving(folder / "workspace", folder / "log") as address:
        yield address, ws


def _host(url: str) -> str:
    parts = urlparse(url)
    return parts.hostname or "" if parts.scheme in ("http", "https", "ws", "wss") else ""


def settled(page, summary: str = "") -> None:
    """Wait until the map is drawn and says what it should, and the script has finished."""
    from playwright.sync_api import expect

    page.locator("[data-testid='map'][data-painted]").wait_for()
    expect(page.get_by_test_id("map")).to_have_attribute("aria-label", re.compile(summary or "Map of"))
    page.locator("[data-testid='stApp'][data-test-script-state='notRunning']").wait_for()


def selected(page) -> int:
    label = page.get_by_test_id("map").get_attribute("aria-label")
    return int(re.search(r"([\d,]+) selected", label).group(1).replace(",", ""))


def lasso(page, *, left: float = 0.02, right: float = 0.98) -> None:
    """Draw around a part of the map's width."""
    box = _at_rest(page)
    corners = [(left, 0.12), (right, 0.12), (right, 0.97), (left, 0.97), (left, 0.2)]
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in corners]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=6)
    page.mouse.up()


def _at_rest(page) -> dict[str, float]:
    """Where the map is, once fonts have come and nothing moves any more."""
    page.evaluate("document.fonts.ready.then(() => true)")
    box = page.get_by_test_id("map").bounding_box()
    while True:
        page.wait_for_timeout(150)
        before, box = box, page.get_by_test_id("map").bounding_box()
        if box == before:
            return box


def test_the_demo_from_the_overview_to_a_trace(demo, page):
    address, ws = demo
    page.goto(address)
    page.get_by_text("Traces per day").wait_for()
    page.get_by_role("link", name="Map", exact=True).click()
    settled(page)
    n = len(ws.points())
    assert page.get_by_test_id("map").get_attribute("aria-label") == f"Map of {n:,} traces, {n:,} shown, 0 selected"
    lasso(page, right=0.5)
    page.get_by_text("Drawn around:").wait_for()
    settled(page)
    assert 0 < selected(page) < n
    assert page.get_by_text("failure signals in").count() > 0

    box = page.get_by_test_id("map").bounding_box()
    for place in range(4, 24):  # walk over the map until a dot is under the pointer
        page.mouse.move(box["x"] + box["width"] * place / 26, box["y"] + box["height"] * (0.35 + 0.3 * (place % 3) / 3))
        if page.get_by_test_id("map").evaluate("each => each.style.cursor") == "pointer":
            break
    page.mouse.down()
    page.mouse.up()
    page.wait_for_url(re.compile("trace="))
    conversation = page.get_by_test_id("conversation")
    conversation.locator(".turn.user").first.wait_for()
    trace_id = re.search(r"trace=([^&]+)", page.url).group(1)
    assert conversation.locator("[data-trace]").or_(conversation).first.get_attribute("data-trace") == trace_id


def test_search_by_meaning_finds_without_the_words(demo, page):
    address, ws = demo
    page.goto(f"{address}/map?q=give+me+my+money+back&by=meaning")
    settled(page)
    assert selected(page) == min(200, len(ws.points()))
    page.get_by_text("best matches first").or_(page.get_by_text("“give me my money back”")).first.wait_for()


def test_a_deep_link_opens_the_trace_on_a_server_that_just_started(tmp_path, page):
    make(tmp_path / "workspace")
    with serving(tmp_path / "workspace", tmp_path / "log") as address:
        page.goto(f"{address}/map?trace=t-07&cluster=1")
        settled(page)
        assert "refund for a ticket number 7" in page.get_by_test_id("conversation").inner_text()
        assert page.get_by_role("link", name="Overview").count() == 1, "the menu is there without the router"
        assert page.get_by_text("Page not found").count() == 0
        assert selected(page) > 0


def test_a_link_keeps_the_whole_view(small, page):
    page.goto(f"{small}/map?colour=model&model=large&since=2026-10-15&q=refund")
    settled(page)
    count = selected(page)
    page.reload()
    settled(page)
    assert 0 < selected(page) == count < N


def test_a_lasso_stays_when_the_colour_changes_and_goes_when_cleared(small, page):
    page.goto(f"{small}/map")
    settled(page)
    lasso(page, right=0.5)
    settled(page, " 20 selected")
    page.get_by_role("combobox", name="Colour by").click()
    page.get_by_role("option", name="model", exact=True).click()
    settled(page, " 20 selected")
    page.get_by_role("button", name="Clear selection").click()
    settled(page, " 0 selected")
    page.get_by_text("only failures").click()
    page.locator("[aria-label*=' 0 selected']").wait_for(state="detached")
    settled(page)


def test_a_row_opens_its_trace_and_escape_of_the_list_closes_it(small, page):
    page.goto(f"{small}/map")
    settled(page)
    table = page.get_by_test_id("stDataFrame").first
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    page.mouse.click(box["x"] + 18, box["y"] + 36 + 18)
    page.wait_for_url(re.compile("trace=t-39"))
    page.get_by_test_id("conversation").locator(".turn.user").wait_for()
    page.get_by_role("button", name="All clusters").click()
    page.wait_for_url(re.compile("map$"))
    page.get_by_text("Clusters: 2").wait_for()


def test_hostile_text_is_shown_as_it_stands(small, page):
    page.goto(f"{small}/map?trace={HOSTILE_ID}&colour=release")
    settled(page)
    assert HOSTILE in page.get_by_test_id("conversation").inner_text()
    page.goto(f"{small}/map?cluster=1")
    settled(page)
    assert page.get_by_text("refund [ticket](http:").count() > 0
    page.get_by_role("button", name="release").click()
    page.get_by_role("combobox", name="Release").click()
    page.get_by_role("option", name="evil.test").wait_for()
    assert page.locator(TAKEN_FOR_MARKUP).count() == 0
    for query in ("map?q=onerror&release=1.1+!%5Br%5D(http://evil.test/i.png)", "map?trace=t-01", ""):
        page.goto(f"{small}/{query}")
        page.get_by_text("The same in a notebook").wait_for()
        page.wait_for_timeout(500)
        assert page.locator(TAKEN_FOR_MARKUP).count() == 0
        assert page.evaluate("document.title") != "1"


def test_hover_shows_the_first_words_as_text(small, page):
    page.goto(f"{small}/map?q=onerror")
    settled(page, " 1 selected")
    box = page.get_by_test_id("map").bounding_box()
    tip = page.locator(".tip")
    found = page.get_by_test_id("map").evaluate(
        """(map) => {
          const box = map.getBoundingClientRect();
          for (let y = 4; y < box.height; y += 5)
            for (let x = 4; x < box.width; x += 5) {
              map.dispatchEvent(new PointerEvent("pointermove", { clientX: box.left + x, clientY: box.top + y }));
              if (map.style.cursor === "pointer") return [x, y];
            }
        }"""
    )
    page.mouse.move(box["x"] + found[0], box["y"] + found[1])
    tip.wait_for()
    assert tip.inner_text().startswith(HOSTILE[:60])


def test_an_upload_is_redacted_and_never_rests_raw(tmp_path, page):
    Workspace.create(tmp_path / "workspace")
    raw = "mia.oduya@example.com"
    rows = [{"id": f"u{i}", "input": f"my ticket {i}, write to {raw}", "output": "done"} for i in range(12)]
    upload = {
        "name": "mine.jsonl",
        "mimeType": "application/jsonl",
        "buffer": "\n".join(json.dumps(row) for row in rows).encode(),
    }
    with serving(tmp_path / "workspace", tmp_path / "log") as address:
        page.goto(address)
        page.get_by_text("Three ways in").wait_for()
        page.locator("input[type=file]").set_input_files([upload])
        page.get_by_role("button", name="Bring in").click()
        page.get_by_text("12 new traces").wait_for()
    ws = Workspace(tmp_path / "workspace")
    assert ws.count() == 12 and "<EMAIL" in ws.traces(columns=["input"])["input"].iloc[0]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files and not [path for path in files if raw.encode() in path.read_bytes()]


def test_export_gives_the_selection(small, page):
    page.goto(f"{small}/map?cluster=0")
    settled(page)
    with page.expect_download() as caught:
        page.get_by_role("button", name="Export CSV").click()
    lines = Path(caught.value.path()).read_text(encoding="utf-8").splitlines()
    assert len(lines) - 1 == selected(page)
    assert lines[0].startswith("trace_id,x,y,cluster")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_map_follows_the_theme(chromium, small, scheme):
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{small}/map")
    settled(page)
    corner = page.locator("canvas.points").evaluate(
        "each => [...each.getContext('2d').getImageData(2, 2, 1, 1).data.slice(0, 3)]"
    )
    context.close()
    assert (sum(corner) > 700) == (scheme == "light")
