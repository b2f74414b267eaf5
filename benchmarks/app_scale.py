"""The Map page with many traces, in a real browser: open, lasso, filter, search, open a trace.

    python benchmarks/app_scale.py --traces 100000 --keep scale

Builds a workspace of generated traces through the store (no redaction, no embedding: the vectors and the map are drawn
directly), starts the pages and drives them with Chromium. Prints one line a step: median and spread of milliseconds
from the action to the page having settled, and the bytes that crossed the websocket. The browser draws without a
graphics card here, so read first paint as an upper bound.
"""

import argparse
import hashlib
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

TOPICS = (
    "refund for a cancelled flight", "change flight date", "lost baggage claim", "seat upgrade price", "visa question",
    "hotel check in time", "password reset", "voucher code rejected", "double charge on card", "delivery is late",
    "return a jacket", "wrong size shipped", "invoice copy", "loyalty points missing", "pet on board", "group booking",
    "child ticket", "name correction", "boarding pass missing", "car rental deposit", "meal preference",
    "store opening hours", "warranty repair", "exchange rate", "travel insurance", "airport transfer",
    "wheelchair help", "gift card balance",
)  # fmt: skip
OPENINGS = (
    "hi, ",
    "hello I need help with ",
    "",
    "please, ",
    "why is there no answer about ",
    "can you tell me about ",
)
ANSWERS = (
    "I looked that up for you.",
    "You will get a full refund.",
    "Please send the booking code.",
    "Sorry to hear that.",
)


def build(folder: Path, n: int, *, seed: int = 0, dimensions: int = 384) -> None:
    """Write a workspace with n generated traces, their vectors and a map."""
    from workbench import Workspace
    from workbench.embed import text_hash

    random = np.random.default_rng(seed)
    ws = Workspace.create(folder)
    n_topics = min(max(2, int(np.sqrt(n) / 2)), 90) if n > 10 else 1
    weights = 1 / np.arange(1, n_topics + 1) ** 0.8
    topic = random.choice(n_topics, n, p=weights / weights.sum())
    started = datetime(2026, 10, 12, tzinfo=UTC)
    days = np.sort(random.uniform(0, 35, n))
    releases = np.where(days < 12, "2.3.0", np.where(days < 24, "2.4.0", "2.4.1"))
    rate = np.clip(random.beta(1.1, 14, n_topics), 0, 0.6)
    failing = random.random(n) < rate[topic]
    rows, hashes = [], []
    for i in range(n):
        subject = TOPICS[topic[i] % len(TOPICS)] + (
            "" if topic[i] < len(TOPICS) else f" part {topic[i] // len(TOPICS)}"
        )
        asked = f"{OPENINGS[i % len(OPENINGS)]}{subject}, case {i}"
        answered = ANSWERS[(i // 7) % len(ANSWERS)]
        hashes.append(text_hash(asked))
        rows.append(
            {
                "trace_id": f"g{i:07d}",
                "started_at": started + timedelta(days=float(days[i])),
                "latency_ms": float(random.lognormal(7.2, 0.6)),
                "source": "generated",
                "environment": "production",
                "release": str(releases[i]),
                "model": ("small-4", "large-2")[i % 3 == 0],
                "prompt_hash": hashlib.sha256(str(releases[i])[:3].encode()).hexdigest()[:12],
                "input": asked,
                "output": answered,
                "messages": [
                    {"role": "system", "content": "You are a helpful assistant of a travel and retail company. " * 6},
                    {"role": "user", "content": asked},
                    {
                        "role": "assistant",
                        "content": None,
                        "tool_calls": [{"function": {"name": "lookup", "arguments": '{"q": "case"}'}}],
                    },
                    {"role": "tool", "name": "lookup", "content": f'{{"found": true, "case": {i}}}'},
                    {"role": "assistant", "content": answered},
                ],
                "retrieved": [{"id": "policy-7", "score": 0.82, "text": "Refunds are paid within seven days."}],
                "n_turns": 1,
                "n_tool_calls": 1,
                "tokens_in": int(random.integers(200, 3000)),
                "tokens_out": int(random.integers(20, 600)),
                "cost_usd": float(random.lognormal(-6, 0.5)),
                "status": "error" if failing[i] and i % 5 == 0 else "ok",
                "feedback": -1 if failing[i] and i % 3 == 0 else (1 if i % 23 == 0 else None),
                "signals": ["asks_again"] if failing[i] else [],
                "text_hash": hashes[-1],
            }
        )
    with ws.store.writing(), ws.store.new_batch() as batch:
        for at in range(0, n, 5000):
            batch.add_traces(rows[at : at + 5000])
        batch.commit(
            {"traces": n, "rows": n, "redacted": {}, "ner": "none (generated)", "policy": "default", "files": []}
        )
    centres = random.normal(size=(n_topics, dimensions))
    vectors = centres[topic] + 0.8 * random.normal(size=(n, dimensions))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    ws.store.add_vectors("generated", hashes, vectors)
    ws.store.save_map("generated", **generated_map(rows, topic, random))


def generated_map(rows: list[dict], topic: np.ndarray, random: np.random.Generator) -> dict:
    """Lay the topics out as blobs of different spread, a tenth of the traces unclustered between them."""
    n, n_topics = len(rows), int(topic.max()) + 1
    turn = np.arange(n_topics) * 2.39996
    centres = np.c_[np.cos(turn), np.sin(turn)] * (2.2 * np.sqrt(np.arange(n_topics) + 0.5))[:, None]
    spread = random.uniform(0.35, 0.95, n_topics)
    xy = centres[topic] + random.normal(size=(n, 2)) * spread[topic][:, None]
    loose = (random.random(n) < 0.1) & (n > 10)
    xy[loose] += random.normal(size=(int(loose.sum()), 2)) * 1.4
    cluster = pd.Series(topic, dtype="Int64")
    cluster[loose] = pd.NA
    ids = [row["trace_id"] for row in rows]
    points = pd.DataFrame(
        {
            "trace_id": ids, "x": xy[:, 0], "y": xy[:, 1], "cluster": cluster, "off_map": False,
            "text_hash": [row["text_hash"] for row in rows],
        }
    )  # fmt: skip
    listed = []
    for each in range(n_topics):
        here = np.flatnonzero((topic == each) & ~loose)
        if len(here):
            words = TOPICS[each % len(TOPICS)].split()
            name = " ".join(words) + ("" if each < len(TOPICS) else f" {each // len(TOPICS)}")
            listed.append(
                (each, name, len(here), len(here) / n, words, ids[here[0]], [ids[k] for k in here[:3]], *centres[each])
            )
    names = ["cluster", "name", "n", "share", "keywords", "medoid", "exemplars", "x", "y"]
    clusters = pd.DataFrame(listed, columns=names).sort_values("n", ascending=False, ignore_index=True)
    return {
        "points": points,
        "clusters": clusters,
        "arrays": {},
        "params": {"embedder": "generated", "view": "user", "method": "generated"},
    }


@contextmanager
def serving(workspace: Path) -> Iterator[str]:
    """Start the pages on a free port; give their address."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port = probe.getsockname()[1]
    root = Path(__file__).parents[1]
    command = [sys.executable, "-m", "streamlit", "run", str(root / "app.py"), "--server.address=localhost"]
    command += [f"--server.port={port}", "--server.headless=true", "--server.fileWatcherType=none"]
    environment = {**os.environ, "WORKBENCH": str(workspace), "PYTHONPATH": str(root)}
    server = subprocess.Popen(command, cwd=root, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(240):
            with socket.socket() as probe:
                if probe.connect_ex(("localhost", port)) == 0:
                    break
            time.sleep(0.25)
        yield f"http://localhost:{port}"
    finally:
        server.terminate()
        server.wait(timeout=20)


class Driver:
    """One browser page, and how long things take in it."""

    def __init__(self, page, address: str) -> None:
        self.page, self.address = page, address
        self.received = self.sent = 0
        page.on("websocket", self._listen)

    def _listen(self, websocket) -> None:
        websocket.on("framereceived", lambda frame: self._count("received", frame))
        websocket.on("framesent", lambda frame: self._count("sent", frame))

    def _count(self, way: str, frame) -> None:
        setattr(self, way, getattr(self, way) + len(frame))

    def settled(self, summary: str | None = None, *, at_rest: bool = True) -> None:
        """Wait until the map says what it should, and the script has finished."""
        self.page.wait_for_function(
            """([summary, atRest]) => {
              const app = document.querySelector('[data-testid="stApp"]');
              if (!app || (atRest && app.dataset.testScriptState !== "notRunning")) return false;
              const hosts = [...document.querySelectorAll("*")].filter((each) => each.shadowRoot);
              const map = hosts.map((each) => each.shadowRoot.querySelector('[data-testid="map"]')).find(Boolean);
              if (!map || !map.dataset.painted) return false;
              return !summary || map.getAttribute("aria-label").match(summary);
            }""",
            arg=[summary, at_rest],
            timeout=120_000,
            polling=20,
        )

    def time(self, name: str, action, *, summary: str | None = None, repeat: int = 1, undo=None) -> None:
        """Time an action until the page has settled, and print a line."""
        drawn, taken, received, sent = [], [], 0, 0
        for _ in range(repeat):
            self.received = self.sent = 0
            begun = time.perf_counter()
            action()
            self.page.wait_for_timeout(30)
            self.settled(summary, at_rest=False)
            drawn.append(1000 * (time.perf_counter() - begun))
            self.settled(summary)
            taken.append(1000 * (time.perf_counter() - begun))
            received, sent = self.received, self.sent
            if undo:
                undo()
                self.page.wait_for_timeout(400)
                self.settled()
        spread = f"({min(taken):,.0f}-{max(taken):,.0f})" if repeat > 1 else ""
        print(
            f"{name:<27} map {statistics.median(drawn):>6,.0f} ms   all {statistics.median(taken):>6,.0f} ms "
            f"{spread:<15}{received / 1e3:>9,.1f} kB in {sent / 1e3:>7,.1f} kB out"
        )

    def lasso(self) -> None:
        """Draw around the middle third of the map."""
        box = self.page.get_by_test_id("map").bounding_box()
        x, y, r = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, box["height"] / 5
        self.page.mouse.move(x + r, y)
        self.page.mouse.down()
        for step in range(1, 25):
            turn = 2 * np.pi * step / 25
            self.page.mouse.move(x + r * np.cos(turn), y + r * np.sin(turn))
        self.page.mouse.up()


def main() -> None:
    """Build, serve, drive, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--traces", type=int, default=100_000)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--keep", type=Path, help="build here, or use what is here")
    options = parser.parse_args()
    from playwright.sync_api import sync_playwright

    folder = options.keep or Path(tempfile.mkdtemp()) / "workspace"
    if not (folder / "workspace.toml").exists():
        begun = time.perf_counter()
        build(folder, options.traces)
        print(f"built {options.traces:,} traces in {time.perf_counter() - begun:.1f} s")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with serving(folder) as address, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        there = Driver(page, address)
        there.time("open the map, cold server", lambda: page.goto(f"{address}/map"))
        there.time("open the map, warm server", lambda: page.goto(f"{address}/map"), repeat=3)
        steps = page.get_by_test_id("map").evaluate(
            """async (map) => {
              const begun = performance.now();
              for (let k = 0; k < 20; k++) {
                map.dispatchEvent(new KeyboardEvent("keydown", { key: k % 2 ? "ArrowLeft" : "ArrowRight" }));
                await new Promise((next) => requestAnimationFrame(() => setTimeout(next)));
              }
              return (performance.now() - begun) / 20;
            }"""
        )
        print(f"{'pan one step, all points':<27} map {steps:>6,.0f} ms")
        clear = page.get_by_role("button", name="Clear selection")
        there.time("lasso", there.lasso, summary="[1-9][0-9,]* selected", repeat=options.repeat, undo=clear.click)
        failures = page.get_by_text("only failures")
        there.time(
            "filter: only failures",
            failures.click,
            summary=" [1-9][0-9,]* selected",
            repeat=options.repeat,
            undo=failures.click,
        )

        def colour(column: str):
            page.get_by_role("combobox", name="Colour by").click()
            page.get_by_role("option", name=column, exact=True).click()

        there.time("colour by model", lambda: colour("model"), repeat=options.repeat, undo=lambda: colour("cluster"))
        find = page.get_by_label("Find", exact=True)

        def search(words: str):
            find.fill(words)
            find.press("Enter")

        there.time("search for a word", lambda: search("voucher"), summary=" [1-9][0-9,]* selected")
        search("")
        there.settled(" 0 selected")
        there.time("open a trace by its link", lambda: page.goto(f"{address}/map?trace=g0000123"), repeat=3)
        browser.close()


if __name__ == "__main__":
    main()
