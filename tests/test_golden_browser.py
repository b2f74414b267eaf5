"""From a failure on the Rank page to a frozen version in real Chromium, by keyboard; then a byte is touched.

All that the server sends after the freeze is recorded: of what is sealed nothing may be in it.
"""

import re
from pathlib import Path

import pytest
from golden_cases import accept, case
from playwright.sync_api import Locator, Page, expect
from small_workspace import make
from test_browser import chromium, page, serving

__all__ = ["chromium", "page"]
pytestmark = pytest.mark.deep


def at_rest(page: Page) -> None:
    page.locator("[data-testid='stApp'][data-test-script-state='notRunning']").wait_for()


def led_to(page: Page, key: str, field: Locator) -> None:
    """Press a key until it leads to a field: the part of the page that listens for it may come late."""
    for _ in range(100):
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press(key)
        page.wait_for_timeout(500)
        if field.evaluate("each => each === document.activeElement"):
            return
    raise AssertionError(f"{key} leads nowhere")


def arrived(page: Page, frames: list[bytes], texts: list[bytes]) -> None:
    """Wait until one of the texts has come over the wire; frames are seen while the page is waited on."""
    for _ in range(600):
        received = b"".join(frames)
        if any(text in received for text in texts):
            return
        page.wait_for_timeout(100)
    raise AssertionError("none of the open cases came over the wire in a minute")


def _bytes(frame: str | bytes) -> bytes:
    return frame.encode() if isinstance(frame, str) else frame


@pytest.mark.usefixtures("chromium")
def test_from_a_ranked_failure_to_a_version_that_is_checked(tmp_path: Path, page: Page) -> None:
    ws = make(tmp_path / "workspace", with_map=False)
    for trace_id in ("t-01", "t-03"):
        of = {"trace_id": trace_id, "annotator": "ana", "annotator_kind": "human"}
        ws.store.add_labels([{**of, "dimension": "code", "value": "invented policy", "severity": 4}])
    frames: list[bytes] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: frames.append(_bytes(frame))))
    with serving(ws.path, tmp_path / "server.log") as address:
        # promote
        page.goto(f"{address}/rank?as=lee")
        page.get_by_role("button", name="Promote 2 to cases").click()
        page.get_by_label("Who proposes them").fill("lee")
        page.get_by_label("Who proposes them").press("Enter")
        at_rest(page)
        page.get_by_role("button", name="Promote", exact=True).click()
        page.get_by_text("2 cases drafted").wait_for()
        # write what should happen, by keyboard
        page.goto(f"{address}/cases?as=lee")
        page.get_by_text("Who said what").wait_for()
        at_rest(page)
        case_id = ws.cases()["case_id"].iloc[0]
        field = page.get_by_label(re.compile("What should happen.*N"))
        led_to(page, "n", field)
        field.fill("Says that a refund takes a month.")
        page.keyboard.press("Escape")
        page.get_by_text("Kept, redacted where it had to be").wait_for()
        assert ws.case(case_id).expected_behavior == "Says that a refund takes a month."
        at_rest(page)
        page.keyboard.press("p")
        page.get_by_text("Checked by lee; the scan").wait_for()
        at_rest(page)
        led_to(page, "t", page.get_by_label(re.compile("Why it joins")))
        page.keyboard.type("an invented policy")
        page.keyboard.press("Escape")
        at_rest(page)
        page.keyboard.press("a")
        page.get_by_text("it is in the next version").wait_for()
        assert ws.cases().set_index("case_id").loc[case_id, "status"] == "accepted"
        # freeze
        accept(ws, *(case(number) for number in range(20)))
        page.goto(f"{address}/golden?as=lee")
        page.get_by_text("Freeze v1: 21 added").click()
        page.get_by_text("The scan for personal data finds nothing").wait_for()
        page.get_by_label("Why is there a new version").fill("the first set")
        page.get_by_role("button", name="Freeze v1").click()
        page.get_by_text("Frozen: v1, 21 cases").wait_for()
        sealed = ws.golden_folder.sealed_cases(1)
        assert len(sealed) == 4 and ws.verify_golden()[0].ok
        frames.clear()
        # everything there is to see, with nothing sealed in it
        page.goto(f"{address}/golden?as=lee")
        page.get_by_text("nothing of them is shown").wait_for()
        page.get_by_text("Changelog as written").click()
        page.get_by_text("Frozen by lee: the first set").wait_for()
        page.get_by_text("Open v1 for a release").click()
        for status, there in (
            ("To decide", "Who said what"), ("Accepted", "Why it changes"), ("Sealed", "Sealed: what it asks"),
        ):  # fmt: skip
            page.goto(f"{address}/cases?as=lee")
            at_rest(page)
            page.get_by_role("button", name=re.compile(f"^{status}")).or_(
                page.get_by_role("radio", name=re.compile(f"^{status}"))
            ).first.click()
            page.get_by_text(there).first.wait_for()
        open_ = ws.golden_cases(1)
        arrived(page, frames, [each.query.encode() for each in open_])
        received = b"".join(frames)
        for each in sealed:
            assert each.query.encode() not in received and each.expected_behavior.encode() not in received
        # open it for a release: the cases come as a file, and only then
        page.goto(f"{address}/golden?as=lee")
        page.get_by_text("Open v1 for a release").click()
        page.get_by_label("Release").fill("2.4.0")
        page.get_by_label("Why", exact=True).fill("the last check")
        page.get_by_text("I want to open 4 sealed cases").click()
        page.get_by_role("button", name="Write the look down and open").click()
        with page.expect_download() as saved:
            page.get_by_role("button", name="golden-v1-opened.jsonl").click()
        text = Path(saved.value.path()).read_text(encoding="utf-8")
        assert len(text.splitlines()) == 4 and all(each.query in text for each in sealed)
        assert [look.release for look in ws.golden_looks()] == ["2.4.0"]
        received = b"".join(frames)
        assert not [each for each in sealed if each.query.encode() in received]
        # and a byte that somebody touches is named
        path = ws.path / "golden" / "golden-v1.jsonl"
        touched = open_[3]
        path.write_bytes(path.read_bytes().replace(touched.query.encode(), touched.query.upper().encode(), 1))
        page.goto(f"{address}/golden?as=lee")
        warning = page.get_by_role("alert").filter(has_text="v1 is not what was frozen")
        expect(warning).to_contain_text("golden-v1.jsonl line 3 was edited")
        expect(warning).to_contain_text(touched.case_id)
