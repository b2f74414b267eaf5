"""Reading and tagging in real Chromium, by keyboard: five traces, undo, a link to a trace, and what is never sent."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from small_workspace import make
from test_browser import chromium, page, serving

from workbench import Workspace

__all__ = ["chromium", "page"]  # fixtures

JUDGE = "the judge found this unsubstantiated"
COLLEAGUE = "ben thinks the refund was invented"
SECRETS = (JUDGE, COLLEAGUE, "change flight", "made_up_policy", "thumbs_down_signal")


@pytest.fixture(scope="module")
def desk(tmp_path_factory, chromium) -> Iterator[tuple[str, Workspace, str]]:
    """A workspace with a drawn sample, codes, a colleague's labels and a judge's verdict."""
    folder = tmp_path_factory.mktemp("read")
    ws = make(folder / "workspace")
    with ws.store.new_batch() as batch:
        batch.add_traces(
            [
                {
                    "trace_id": f"j-{number}",
                    "messages": [
                        {"role": "user", "content": f"where is parcel {number}"},
                        {"role": "assistant", "content": "Here."},
                    ],
                    "input": f"where is parcel {number}",
                    "metadata": {"rationale": JUDGE},
                    "signals": ["thumbs_down_signal"],
                    "feedback": -1,
                    "tags": [JUDGE],
                }
                for number in range(30)
            ]
        )
        batch.add_spans([{"trace_id": "j-1", "span_id": "e", "kind": "evaluator", "name": "judge", "output": JUDGE}])
        batch.commit({"traces": 30, "rows": 30})
    sample = ws.sample(12, plan="random", seed=1).sample_id
    for name in ("made_up_policy", "asked again", "too long"):
        ws.change_codebook("create", name, author="ben")
    for trace_id in ws.store.samples(sample)["trace_id"]:
        ws.save_reading(trace_id, "ben", outcome="fail", note=COLLEAGUE, codes=["made_up_policy"])
    with serving(ws.path, folder / "log") as address:
        yield address, ws, sample


def settled(page: Page, place: str) -> None:
    """Wait until this place of the sample is on the screen and the script has finished."""
    expect(page.get_by_text(re.compile(rf"^{place}"))).to_be_visible()
    page.locator("[data-testid='stApp'][data-test-script-state='notRunning']").wait_for()
    page.get_by_test_id("conversation").locator(".turn").first.wait_for()


def pressed(page: Page, key: str, name: str) -> None:
    """Press the key of an outcome and wait until its button says that it is saved."""
    page.keyboard.press(key)
    expect(page.get_by_role("button", name=re.compile(f"^{name}"))).to_have_attribute("kind", "primary")
    page.locator("[data-testid='stApp'][data-test-script-state='notRunning']").wait_for()


def test_five_traces_by_keyboard_then_undo_then_a_link(desk, page):
    address, ws, sample = desk
    ids = ws.store.samples(sample)["trace_id"].tolist()
    frames: list[bytes] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: frames.append(_bytes(frame))))
    page.goto(f"{address}/read?sample={sample}")
    page.get_by_label("Name or initials").fill("ana")
    page.keyboard.press("Enter")
    settled(page, "1 of 12")
    page.evaluate("document.activeElement.blur()")
    for place, (key, name) in enumerate([("1", "Pass"), ("2", "Fail"), ("d", "Defer"), ("2", "Fail"), ("1", "Pass")]):
        settled(page, f"{place + 1} of 12")
        if place == 1:
            pressed(page, key, name)
        if name == "Fail":
            page.keyboard.press("j")
            page.keyboard.press("m")
            page.get_by_test_id("conversation").locator(".marked").wait_for()
            expect(page.get_by_text("at: ")).not_to_contain_text("the whole trace")
        if place != 1:  # the mark may come before the outcome
            pressed(page, key, name)
        if name == "Fail":
            page.keyboard.press("n")
            page.keyboard.type(f"wrong day, said Mary Jones 12 {place}")  # digits and letters are text in here
        page.keyboard.press("Control+Enter")
    settled(page, "6 of 12")
    queue = ws.reading_queue(sample, "ana")
    assert queue["outcome"].tolist()[:6] == [
        "pass",
        "fail",
        "defer",
        "fail",
        "pass",
        pytest.approx(float("nan"), nan_ok=True),
    ]
    reading = ws.reading(ids[3], "ana")
    assert reading.note == "wrong day, said <PERSON_1> 12 3" and reading.at == "message:0"
    labels = ws.labels(annotator="ana")
    assert labels.loc[labels["value"] == "fail", "at"].tolist() == ["message:0"] * 2
    assert (
        len(labels) == 7
        and (labels["seconds"].dropna() >= 0).all()
        and labels["saw"].str.contains('"round":"notes"').all()
    )

    page.keyboard.press("ArrowLeft")
    settled(page, "5 of 12")
    page.keyboard.press("ArrowRight")
    settled(page, "6 of 12")
    page.keyboard.press("u")
    settled(page, "5 of 12")
    expect(page.get_by_text("Took back: outcome")).to_be_visible()
    assert not ws.reading(ids[4], "ana").reviewed

    page.goto(f"{address}/read?sample={sample}&trace={ids[3]}&as=ana")
    settled(page, "4 of 12")
    expect(page.get_by_label("The first thing that went wrong")).to_have_value("wrong day, said <PERSON_1> 12 3")
    received = b"".join(frames)
    assert len(received) > 10_000 and ids[0].encode() in received
    for secret in SECRETS:
        assert secret.encode() not in received, f"round one sent {secret!r}"


def test_what_is_typed_is_kept_though_the_machine_goes_away(desk, page):
    address, ws, sample = desk
    trace_id = ws.store.samples(sample)["trace_id"].iloc[7]
    page.goto(f"{address}/read?sample={sample}&trace={trace_id}&as=dan")
    settled(page, "8 of 12")
    page.keyboard.press("n")
    page.keyboard.type("never answered the ques")
    expect(page.get_by_text("read 0")).to_be_visible()
    for _ in range(100):
        if ws.reading(trace_id, "dan").note:
            break
        page.wait_for_timeout(100)
    page.keyboard.type("tion")  # the field kept the cursor
    page.context.set_offline(True)  # a closed lid; what was typed a moment ago is not lost
    assert ws.reading(trace_id, "dan").note == "never answered the ques"
    page.context.set_offline(False)


def test_codes_by_key_by_name_and_a_new_one(desk, page):
    address, ws, sample = desk
    trace_id = ws.store.samples(sample)["trace_id"].iloc[9]
    page.goto(f"{address}/read?sample={sample}&trace={trace_id}&as=eve&round=codes")
    settled(page, "10 of 12")
    pressed(page, "f", "Fail")
    for key, name in (("2", "asked again"), ("1", "made_up_policy")):
        pressed(page, key, name)
    page.keyboard.press("s")
    expect(page.get_by_role("radio", name="1").and_(page.locator("[aria-checked=true]"))).to_have_count(1)
    page.keyboard.press("t")
    page.keyboard.type("voucher lost")
    page.get_by_text("voucher lost").first.wait_for()
    page.keyboard.press("Enter")
    page.get_by_test_id("stApp").get_by_text("voucher lost", exact=True).first.wait_for()
    page.locator("[data-testid='stApp'][data-test-script-state='notRunning']").wait_for()
    reading = ws.reading(trace_id, "eve")
    assert reading.names == ("asked again", "made_up_policy", "voucher lost") and reading.outcome == "fail"
    assert {code.name: code.severity for code in reading.codes}["made_up_policy"] == 1
    assert ws.codebook().get("voucher lost").name == "voucher lost"
    page.wait_for_timeout(400)
    page.keyboard.press("u")
    expect(page.get_by_text("Took back: code")).to_be_visible()
    assert ws.reading(trace_id, "eve").names == ("asked again", "made_up_policy")


def _bytes(frame: str | bytes) -> bytes:
    return frame.encode() if isinstance(frame, str) else frame
