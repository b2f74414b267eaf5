"""The queue in real Chromium: every byte the server sends to an annotator, and four annotators at once on one queue."""

import asyncio
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest
from labelling_workspace import SAMPLE, SECRETS, answer, make_labelling, question, trace_id
from playwright.sync_api import Error, Page, Response, expect
from test_browser import CHROMIUM, chromium, page, serving

from workbench import Workspace
from workbench.ui.serving import ONLY

__all__ = ["chromium", "page"]  # fixtures

PATIENT = 120_000  # milliseconds; a machine may be busy
OWN = "Between depot and door, says Mary Jones; I would promise no hour of the day at all."


@pytest.fixture(scope="module")
def labelling(tmp_path_factory, chromium) -> Iterator[tuple[str, Workspace, str]]:
    """A server for all pages, with a queue that has gold items in it and a colleague at work on it."""
    folder = tmp_path_factory.mktemp("queue")
    ws = make_labelling(folder / "w", n=8)
    queue = ws.make_queue(SAMPLE, gold="adjudicated", gold_share=0.3, name="first round", author="lead").queue_id
    item = ws.queue_item(queue, "cem")
    ws.answer_item(queue, item.slot_id, "cem", "what the colleague wrote")
    said = {"grounded": "fail", "tone": "warm"}
    ws.save_item(queue, item.slot_id, "cem", outcome="fail", dimensions=said, critique="colleague saw it invented")
    with serving(ws.path, folder / "log") as address:
        yield address, ws, queue


class Received:
    """Everything the server sends to a page from now on, over HTTP and websockets."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.got: list[bytes] = []
        self.responses: list[Response] = []
        page.on("websocket", lambda socket: socket.on("framereceived", self._heard))
        page.on("response", lambda response: self.responses.append(response))

    def _heard(self, frame: str | bytes) -> None:
        self.got.append(frame.encode() if isinstance(frame, str) else frame)

    def everything(self) -> bytes:
        """What has come so far; to be asked before the browser goes to another address and forgets."""
        while self.responses:
            response = self.responses.pop()
            try:
                body = response.body()
            except Error:  # forgotten by the browser on the way to another address: asked of the server once more
                body = self.page.request.get(response.url).body()
            self.got.append(str(response.headers).encode() + body)
        return b"".join(self.got)


def settled(page: Page) -> None:
    page.locator("[data-testid='stApp'][data-test-script-state='notRunning']").wait_for(timeout=PATIENT)


def shown(page: Page, what: str) -> None:
    """Wait until a question or an answer is on the screen."""
    expect(page.get_by_test_id("conversation").filter(has_text=what).first).to_be_visible(timeout=PATIENT)
    settled(page)


def test_no_byte_tells_an_annotator_what_they_must_not_know(labelling, page):
    address, ws, queue = labelling
    got = Received(page)
    page.goto(f"{address}/queue?as=ana")
    expect(page.get_by_text("first round")).to_be_visible(timeout=PATIENT)
    settled(page)
    page.get_by_role("button", name="Label", exact=True).click()
    slots = {}
    for number in range(4):
        page.get_by_role("button", name="Reveal").wait_for(timeout=PATIENT)
        settled(page)
        held = next(
            each for each in ws.store.queue_slots(queue) if each["annotator"] == "ana" and each["state"] == "held"
        )
        place = int(held["trace_id"][-2:])
        slots[held["slot_id"]] = held["gold"]
        shown(page, question(place))
        assert answer(place).encode() not in got.everything(), "the output came before the reveal"
        page.keyboard.press("n")
        page.keyboard.type(OWN)
        if number == 1:  # a page that is loaded again has what was typed
            page.wait_for_timeout(2500)
            settled(page)
            got.everything()
            page.reload()
            expect(page.get_by_label("The answer that should have been given")).to_have_value(
                OWN.replace("Mary Jones", "<PERSON_1>"), timeout=PATIENT
            )
            settled(page)
            page.keyboard.press("n")
        page.keyboard.press("Control+Enter")
        page.get_by_role("button", name="Save and next").wait_for(timeout=PATIENT)
        shown(page, answer(place))
        assert answer(place).encode() in got.everything()
        for key, name in (("1", "fail"), ("2", "curt")):
            page.keyboard.press(key)
            expect(page.get_by_role("radio", name=name, exact=True)).to_be_checked(timeout=PATIENT)
            settled(page)
        page.keyboard.press("f")
        expect(page.get_by_role("button", name=re.compile("^Fail"))).to_have_attribute(
            "kind", "primary", timeout=PATIENT
        )
        settled(page)
        page.keyboard.press("n")
        page.keyboard.type(f"far too vague {number} pf")  # digits and letters are text in here
        page.keyboard.press("Control+Enter")
        expect(page.get_by_text(f"far too vague {number}")).to_have_count(0, timeout=PATIENT)
    page.get_by_role("button", name="My last item").click()
    page.get_by_role("button", name="Save anew").wait_for(timeout=PATIENT)
    settled(page)
    page.locator(".st-key-queue-dimensions [data-testid='stPopover'] button").last.click()
    expect(page.get_by_text("Please wait a day.")).to_be_visible(timeout=PATIENT)

    said = ws.labels(annotator="ana").set_index(["trace_id", "dimension"])
    assert len(said) == 12 and any(slots.values()), "four items, a gold one among them"
    assert {json.loads(saw)["answer"] for saw in said["saw"]} == {"before"}
    outcomes = said.xs("outcome", level="dimension")
    assert sorted(outcomes["note"]) == [f"far too vague {number} pf" for number in range(4)]
    assert set(outcomes["gold_answer"]) == {OWN.replace("Mary Jones", "<PERSON_1>")}
    everything = got.everything().lower()
    assert len(everything) > 1_000_000 and question(0).encode() in everything
    for secret in (*SECRETS, "colleague saw it invented", "what the colleague wrote"):
        assert secret.lower().encode() not in everything, f"the server sent {secret!r}"


@pytest.mark.deep
def test_a_server_for_annotators_sends_nothing_else(tmp_path, page, monkeypatch):
    ws = make_labelling(tmp_path / "w", n=2)
    queue = ws.make_queue(SAMPLE, name="first round").queue_id
    monkeypatch.setenv(ONLY, "queue")
    got = Received(page)
    with serving(ws.path, tmp_path / "log") as address:
        page.goto(f"{address}/map?trace={trace_id(0)}")  # a deep link to a server that has just started
        page.get_by_test_id("stApp").wait_for(timeout=PATIENT)
        settled(page)
        page.wait_for_timeout(1500)
        got.everything()
        for path in ("agreement", "read", "", "queue"):
            page.goto(f"{address}/{path}?as=ana")
            page.get_by_test_id("stApp").wait_for(timeout=PATIENT)
            settled(page)
            page.wait_for_timeout(500)
            got.everything()
        expect(page.get_by_text("first round")).to_be_visible(timeout=PATIENT)
        assert page.get_by_text("Run the labelling").count() == 0
        page.goto(f"{address}/queue?queue={queue}&as=ana")  # the link that annotators are given
        page.get_by_role("button", name="I cannot say").click(timeout=PATIENT)
        shown(page, answer(0))
        got.everything()
        page.goto(address)
        page.wait_for_url(re.compile("/queue"), timeout=PATIENT)
        settled(page)
        everything = got.everything().lower().replace(trace_id(0).encode(), b"")  # the link itself comes back
    for secret in SECRETS:
        assert secret.lower().encode() not in everything, f"the server sent {secret!r}"


@pytest.mark.deep
@pytest.mark.parametrize("database_url", ["sqlite", pytest.param("postgres", marks=pytest.mark.deep)], indirect=True)
def test_four_annotators_in_four_browsers_work_one_queue_at_once(tmp_path, database_url, chromium):
    n = 6
    ws = make_labelling(tmp_path / "w", n=n, database_url=database_url)
    queue = ws.make_queue(SAMPLE, per_item=2, overlap=0.5, name="all at once").queue_id
    names = ["ana", "cem", "dee", "eve"]
    with serving(ws.path, tmp_path / "log") as address, ThreadPoolExecutor(1) as thread:
        # a thread of its own: the fixture's browser has a loop in this one
        given = thread.submit(asyncio.run, _four(address, queue, names)).result()
    slots = pd.DataFrame(ws.store.queue_slots(queue))
    assert (slots["state"] == "done").all(), "no item is lost"
    assert sorted(slots.groupby("trace_id").size()) == [1] * (n // 2) + [2] * (n // 2), "overlap exactly as planned"
    assert not slots.duplicated(["trace_id", "annotator"]).any(), "nobody twice on a trace"
    assert {name: sorted(each) for name, each in given.items()} == {
        name: sorted(map(str, slots[slots["annotator"] == name]["slot_id"])) for name in names
    }, "what each was shown is what each has done"
    assert all(given.values()), "all four had some of it"
    said = ws.labels(newest=False)
    said = said[said["annotator"].isin(names)]
    assert len(said) == 3 * len(slots) and not said.duplicated(["trace_id", "annotator", "dimension"]).any()
    assert (said.groupby("trace_id")["annotator"].nunique() == slots.groupby("trace_id").size()).all()
    ws.store.close()


async def _four(address: str, queue: str, names: list[str]) -> dict[str, list[str]]:
    """Let four people label until nothing is left; the items each was shown."""
    from playwright.async_api import async_playwright

    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        works = [_one(await browser.new_context(), f"{address}/queue?queue={queue}&as={name}") for name in names]
        given = await asyncio.gather(*works)
        await browser.close()
    return dict(zip(names, given, strict=True))


async def _one(context, address: str) -> list[str]:
    from playwright.async_api import expect

    page = await context.new_page()
    page.set_default_timeout(PATIENT)
    await page.goto(address)
    over = page.get_by_role("button", name="See all queues")
    reveal = page.get_by_role("button", name="I cannot say")
    given: list[str] = []
    while True:
        await expect(over.or_(reveal)).to_be_visible(timeout=PATIENT)
        await page.locator("[data-testid='stApp'][data-test-script-state='notRunning']").wait_for()
        if await over.count():
            await context.close()
            return given
        item = await page.locator("[data-testid='conversation'][data-trace]").first.get_attribute("data-trace")
        given.append(item.split(".")[0])
        await reveal.click()
        save = page.get_by_role("button", name="Save and next")
        await save.wait_for()
        for name in ("pass", "neutral"):
            choice = page.get_by_role("radio", name=name, exact=True)
            await choice.click()
            await expect(choice).to_be_checked(timeout=PATIENT)
        outcome = page.get_by_role("button", name=re.compile("^Pass"))
        await outcome.click()
        await expect(outcome).to_have_attribute("kind", "primary", timeout=PATIENT)
        await page.locator("[data-testid='stApp'][data-test-script-state='notRunning']").wait_for()
        await save.click()
        await expect(save).to_have_count(0, timeout=PATIENT)


def test_the_secrets_are_where_the_server_could_take_them_from(labelling):
    """Or the search for them would prove nothing."""
    _, ws, _ = labelling
    trace = ws.trace(trace_id(0))
    held = json.dumps(trace, default=str) + ws.labels().to_json() + ws.clusters().to_json()
    for secret in SECRETS:
        assert secret.lower() in held.lower(), secret
    assert isinstance(ws.path, Path)
