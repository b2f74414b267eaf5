"""Versions of the golden set: freezing, sealing, and finding whatever was touched afterwards."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner
from golden_cases import accept, case, change
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench import Workspace
from workbench.cli import cli
from workbench.errors import BadRequest, NotReady, TooLittleData, WorkbenchError
from workbench.golden import Case, choose_blind, differences
from workbench.golden.seal import seal, unseal
from workbench.workspace.golden import verify_folder

KEY = b"k" * 32


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "w")


@pytest.fixture
def frozen(ws: Workspace) -> Workspace:
    accept(ws, *(case(number) for number in range(40)))
    ws.freeze(author="ana", reason="first set")
    return ws


# --- cases --------------------------------------------------------------------------------------------------------


def test_a_case_survives_being_written() -> None:
    one = case(1, checks=[{"kind": "regex", "pattern": "x"}], edge="policy", parent_case="case-000")
    assert Case.from_dict(orjson.loads(orjson.dumps(one.to_dict()))) == one


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("case_id", "a b", "case_id"),
        ("expected_behavior", " ", "expected_behavior"),
        ("input_payload", {"query": ""}, "input_payload.query"),
        ("input_payload", {"query": "a", "model": "b"}, "input_payload"),
        ("risk_level", "awful", "risk_level"),
        ("source", "dream", "source"),
        ("slices", {"1": "a"}, "slices"),
        ("slices", {"a": {"b": 1}}, "slices.a"),
        ("capture_date", "tomorrow", "capture_date"),
        ("version_added", "1", "version_added"),
        ("labelled_by", "ana", "labelled_by"),
        ("colour", "red", "colour"),
    ],
)
def test_a_field_that_is_not_what_it_should_be_is_named(field: str, value: object, told: str) -> None:
    with pytest.raises(BadRequest, match=told):
        Case.from_dict({**case(1).to_dict(), field: value})


def test_a_draft_need_not_say_what_should_happen() -> None:
    values = {**case(1).to_dict(), "expected_behavior": ""}
    assert Case.from_dict(values, draft=True).expected_behavior == ""


# --- the blind slice ----------------------------------------------------------------------------------------------


@given(st.integers(0, 120), st.floats(0, 0.5))
@settings(max_examples=60)
def test_the_share_that_is_sealed_is_the_one_asked_for(n: int, share: float) -> None:
    cases = [case(number) for number in range(n)]
    chosen = choose_blind(cases, sealed=(), open_=(), key=KEY, share=share)
    assert abs(len(chosen) - share * n) <= 1


def test_what_is_sealed_stays_so_and_what_was_open_never_is() -> None:
    cases = [case(number) for number in range(50)]
    first = choose_blind(cases, sealed=(), open_=(), key=KEY)
    open_ = {each.case_id for each in cases} - first
    more = [*cases, *(case(number) for number in range(50, 100))]
    second = choose_blind(more, sealed=first, open_=open_, key=KEY)
    assert first <= second
    assert not second & open_
    assert len(second) == 20


def test_another_secret_seals_other_cases() -> None:
    cases = [case(number) for number in range(50)]
    one, other = (choose_blind(cases, sealed=(), open_=(), key=key) for key in (KEY, b"o" * 32))
    assert one != other


def test_each_stratum_gives_its_share() -> None:
    cases = [case(number) for number in range(90)]
    chosen = choose_blind(cases, sealed=(), open_=(), key=KEY)
    risky = [each.case_id for each in cases if each.risk_level == "high"]
    assert sum(case_id in chosen for case_id in risky) == 6  # a fifth of 30


def test_a_seal_opens_under_its_own_secret_only() -> None:
    cases = [case(1), case(2)]
    sealed = seal(cases, secret=KEY)
    assert b"window" not in sealed
    assert unseal(sealed, secret=KEY) == cases
    for wrong in (unseal_with(sealed, b"o" * 32), unseal_with(sealed[:-5] + b"AAAA\n", KEY), unseal_with(b"x", KEY)):
        assert wrong


def unseal_with(content: bytes, secret: bytes) -> bool:
    """Whether opening it is refused."""
    with pytest.raises(WorkbenchError, match="cannot be read"):
        unseal(content, secret=secret)
    return True


# --- freezing -----------------------------------------------------------------------------------------------------


def test_freezing_writes_files_a_changelog_and_a_manifest(frozen: Workspace) -> None:
    folder = frozen.path / "golden"
    assert {each.name for each in folder.iterdir()} == {
        "golden-v1.json", "golden-v1.jsonl", "golden-v1.sealed", "CHANGELOG.md"
    }  # fmt: skip
    lines = [json.loads(line) for line in (folder / "golden-v1.jsonl").read_text().splitlines()]
    assert len(lines) == 32
    assert [line["case_id"] for line in lines] == sorted(line["case_id"] for line in lines)
    assert {line["version_added"] for line in lines} == {1}
    text = (folder / "CHANGELOG.md").read_text()
    assert "## v1" in text and "40 cases, 8 of them sealed" in text and "covers returns, by ana" in text
    assert frozen.verify_golden()[0].ok


@pytest.mark.parametrize("name", ["golden-v1.jsonl", "golden-v1.json", "golden-v1.sealed"])
def test_nothing_follows_on_a_version_that_was_touched(frozen: Workspace, name: str) -> None:
    accept(frozen, case(77))
    path = frozen.path / "golden" / name
    content = path.read_bytes()
    path.write_bytes(content.replace(b"2", b"3", 1))
    with pytest.raises(NotReady, match=f"version 1 is not as it was frozen.*{name}"):
        frozen.freeze(author="ana", reason="more")
    assert "not as it was frozen" in str(frozen.preview_freeze().refusal)
    path.write_bytes(content)
    assert frozen.freeze(author="ana", reason="more").version == 2


def test_the_next_version_says_what_changed_and_why(frozen: Workspace) -> None:
    open_ = frozen.golden_cases()
    change(
        frozen,
        replace(open_[0], expected_behavior="says that the window is 30 days"),
        kind="wrong_label",
        reason="the policy says 30",
    )
    accept(frozen, *(case(number) for number in range(40, 50)), reason="refunds were thin")
    report = frozen.freeze(author="ben", reason="refunds")
    assert (report.version, report.cases, report.blind) == (2, 50, 10)
    assert (report.added, report.removed, report.relabelled, report.edited) == (10, 0, 1, 0)
    diff = frozen.golden_diff(1, 2)
    [relabelled] = diff.of("relabelled")
    assert (relabelled.case_id, relabelled.kind, relabelled.reason) == (
        open_[0].case_id, "wrong_label", "the policy says 30"
    )  # fmt: skip
    assert sum(each.case_id is None for each in diff.of("added")) == 2
    assert all(each.reason == "" for each in diff.of("added") if each.case_id is None)
    text = (frozen.path / "golden" / "CHANGELOG.md").read_text()
    assert text.index("## v2") < text.index("## v1")
    assert "wrong label: the policy says 30, by ben" in text
    assert all(each.ok for each in frozen.verify_golden())


def test_nothing_is_frozen_without_a_change_a_case_a_check_or_a_reason(ws: Workspace) -> None:
    with pytest.raises(TooLittleData):
        ws.freeze(author="ana", reason="empty")
    accept(ws, *(case(number) for number in range(5)))
    for author, reason in (("", "why"), ("ana", " "), ("ana@example.org", "why")):
        with pytest.raises(BadRequest):
            ws.freeze(author=author, reason=reason)
    ws.freeze(author="ana", reason="five")
    with pytest.raises(NotReady, match="nothing changed"):
        ws.freeze(author="ana", reason="again")
    accept(ws, case(9))
    row = {"case_id": "case-009", "how": "edited", "kind": None, "reason": "", "changed_by": "x"}
    at = ws.store.case_rows()[0]["private_at"]
    ws.store.change_case("case-009", {"private_at": None}, {**row, "changed_at": at}, was="accepted")
    with pytest.raises(NotReady, match="case-009"):
        ws.freeze(author="ana", reason="unchecked")


def test_personal_data_is_found_again_before_a_freeze(ws: Workspace) -> None:
    accept(ws, case(1), case(2, expected_behavior="writes to maria.lopez@example.org within 30 days"))
    with pytest.raises(BadRequest, match="case-002") as told:
        ws.freeze(author="ana", reason="first")
    assert "maria" not in str(told.value)
    report = ws.freeze(author="ana", reason="the address is made up", allow_findings=True)
    assert any("personal data" in notice for notice in report.notices)


def test_cases_that_stand_in_a_prompt_are_found_before_a_freeze(ws: Workspace) -> None:
    (ws.path / "few_shot.txt").write_text("You answer questions.\n\nQ: May I return item 3 after 13 days?\n")
    settings = ws.path / "workspace.toml"
    settings.write_text(settings.read_text().replace("against = []", 'against = ["few_shot.txt"]'))
    again = Workspace(ws.path)
    asked = "may I return item 3 after 13 days"
    long = {"query": f"{asked}, it was a present and I have the receipt and the box and everything that came with it"}
    accept(again, *(case(number) for number in range(10)), case(50, input_payload=long))
    found = again.case_leaks()
    assert found["case_id"].tolist() == ["case-003"] and found["rung"].iloc[0] in ("exact", "ngram", "substring")
    with pytest.raises(BadRequest, match="case-003") as told:
        again.freeze(author="ana", reason="first")
    assert "13 days" not in str(told.value)
    report = again.freeze(author="ana", reason="first", allow_leaks=True)
    assert any("case-003" in notice or "sealed" in notice for notice in report.notices)


# --- what is touched is found -------------------------------------------------------------------------------------


def problems(ws: Workspace) -> list[tuple[str, str, str | None]]:
    return [(each.file, each.problem, each.case_id) for found in ws.verify_golden() for each in found.problems]


def test_an_edited_byte_names_its_case(frozen: Workspace) -> None:
    path = frozen.path / "golden" / "golden-v1.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    touched = json.loads(lines[4])["case_id"]
    lines[4] = lines[4].replace(b"window", b"windov")
    path.write_bytes(b"".join(lines))
    assert problems(frozen) == [("golden-v1.jsonl", "line 4 was edited", touched)]


def test_a_dropped_line_names_its_case(frozen: Workspace) -> None:
    path = frozen.path / "golden" / "golden-v1.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    gone = json.loads(lines.pop(7))["case_id"]
    path.write_bytes(b"".join(lines))
    assert problems(frozen) == [("golden-v1.jsonl", "the case is missing", gone)]


def test_another_order_is_told(frozen: Workspace) -> None:
    path = frozen.path / "golden" / "golden-v1.jsonl"
    path.write_bytes(b"".join(reversed(path.read_bytes().splitlines(keepends=True))))
    assert problems(frozen) == [("golden-v1.jsonl", "the lines are in another order", None)]


@pytest.mark.parametrize(
    ("touch", "told"),
    [
        (lambda text: text + b"\n", "is no case"),
        (lambda text: text + text.splitlines(keepends=True)[0], "repeats a case"),
        (lambda text: text.replace(b'"version_added":1', b'"version_added":2', 1), "bytes were changed"),
        (lambda text: text[:-20], "is no case"),
        (lambda text: text + orjson.dumps(case(99).to_dict()) + b"\n", "was not frozen"),
    ],
)
def test_other_changes_of_the_open_file(frozen: Workspace, touch, told: str) -> None:
    path = frozen.path / "golden" / "golden-v1.jsonl"
    path.write_bytes(touch(path.read_bytes()))
    assert any(told in problem for _, problem, _ in problems(frozen))


def test_an_edited_manifest_and_a_forged_one_are_told_apart(frozen: Workspace) -> None:
    path = frozen.path / "golden" / "golden-v1.json"
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"first set", b"other set"))
    assert ("golden-v1.json", "the manifest was edited: its own hash does not match", None) in problems(frozen)
    path.write_bytes(forged(whole))
    told = [problem for _, problem, _ in problems(frozen)]
    assert any("recorded" in each for each in told) and any("forged" in each for each in told)
    [checked] = verify_folder(path.parent)  # without the secret its hashes are consistent: pin the hash to tell
    assert checked.problems == () and any("secret" in notice for notice in checked.notices)
    [pinned] = verify_folder(path.parent, 1, expected=json.loads(whole)["sha256"])
    assert any("recorded" in each.problem for each in pinned.problems)
    path.write_bytes(b"{")
    assert ("golden-v1.json", "the manifest cannot be read", None) in problems(frozen)
    path.unlink()
    assert ("golden-v1.json", "the manifest is missing", None) in problems(frozen)


def forged(manifest: bytes) -> bytes:
    """A manifest with another reason and a hash that fits it."""
    from workbench.golden.version import canonical, digest, pretty

    content = {**orjson.loads(manifest), "reason": "other set"}
    return pretty({**content, "sha256": digest(canonical(content))})


def test_a_replaced_older_version_breaks_the_chain(frozen: Workspace) -> None:
    accept(frozen, case(60))
    frozen.freeze(author="ana", reason="one more")
    path = frozen.path / "golden" / "golden-v1.json"
    path.write_bytes(forged(path.read_bytes()))
    found = verify_folder(path.parent)
    assert [each.problem for each in found[1].problems] == [
        "it does not follow on the version before: one of the two was replaced"
    ]


def test_touched_sealed_cases_and_side_files_are_told(frozen: Workspace) -> None:
    folder = frozen.path / "golden"
    kept = (folder / "golden-v1.sealed").read_bytes()
    (folder / "golden-v1.sealed").write_bytes(kept[:-9] + b"AAAAAAA=\n")
    assert any(file == "golden-v1.sealed" for file, _, _ in problems(frozen))
    (folder / "golden-v1.sealed").write_bytes(seal(frozen.golden_cases()[:8], secret=frozen.store.secret))
    assert ("golden-v1.sealed", "the sealed cases are not those that were frozen", None) in problems(frozen)
    (folder / "golden-v1.sealed").write_bytes(kept)
    (folder / "CHANGELOG.md").write_text("nothing happened")
    assert problems(frozen) == [("CHANGELOG.md", "it says something else than the manifests", None)]


# --- the blind slice is blind -------------------------------------------------------------------------------------


def sealed_texts(ws: Workspace) -> list[bytes]:
    cases = ws.golden_folder.sealed_cases(1)
    return [text.encode() for each in cases for text in (each.query, each.expected_behavior)]


def test_sealed_text_is_in_no_file_answer_or_message(frozen: Workspace, tmp_path: Path) -> None:
    secrets = sealed_texts(frozen)
    assert len(secrets) == 16
    told = [repr(frozen.verify_golden()), repr(frozen.golden_versions().to_dict()), repr(frozen.golden_cases())]
    accept(frozen, case(70))
    frozen.freeze(author="ana", reason="more")
    told.append(repr(frozen.golden_diff(1, 2).changes))
    runner = CliRunner()
    for verb in (["verify"], ["list"], ["diff", "1", "2"], ["ledger"]):
        told.append(runner.invoke(cli, ["-w", str(frozen.path), "golden", *verb, "--json"]).output)
    for secret in secrets:
        assert not any(secret.decode() in each for each in told)
    frozen.store.close()
    for path in (frozen.path / "golden").iterdir():
        assert not any(secret in path.read_bytes() for secret in secrets), path.name


def test_sealed_text_leaves_the_database(frozen: Workspace) -> None:
    secrets = sealed_texts(frozen)
    frozen.store.close()
    for path in frozen.path.glob("workbench.db*"):
        assert not any(secret in path.read_bytes() for secret in secrets), path.name


def test_opening_leaves_a_line_and_a_second_look_is_warned_about(frozen: Workspace) -> None:
    first = frozen.open_golden(1, release="r1", reason="release candidate", opened_by="lee")
    assert len(first.cases) == 8 and first.warning is None
    second = frozen.open_golden(1, release="r2", reason="again", opened_by="lee")
    assert second.warning is not None and "r1" in second.warning
    assert [look.release for look in frozen.golden_looks()] == ["r1", "r2"]
    assert frozen.golden_versions()["looks"].tolist() == [2]
    accept(frozen, *(case(number) for number in range(80, 120)))
    report = frozen.freeze(author="ana", reason="fresh blind cases")
    opened = {each.case_id for each in first.cases}
    assert opened <= {each.case_id for each in frozen.golden_cases()}
    assert not opened & {each.case_id for each in frozen.golden_folder.sealed_cases(2)}
    assert report.blind == 16 and any("no longer blind" in notice for notice in report.notices)


@pytest.mark.parametrize(("release", "reason", "by"), [("", "why", "lee"), ("r", "", "lee"), ("r", "why", "")])
def test_opening_needs_release_reason_and_person(frozen: Workspace, release: str, reason: str, by: str) -> None:
    with pytest.raises(BadRequest):
        frozen.open_golden(1, release=release, reason=reason, opened_by=by)
    assert frozen.golden_looks() == []


def test_an_edited_or_shortened_ledger_is_found(frozen: Workspace) -> None:
    for release in ("r1", "r2", "r3"):
        frozen.open_golden(1, release=release, reason="why", opened_by="lee")
    path = frozen.path / "golden" / "ledger.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0].replace(b"r1", b"r9") + b"".join(lines[1:]))
    assert any("edited" in problem for file, problem, _ in problems(frozen) if file == "ledger.jsonl")
    path.write_bytes(lines[0] + lines[2])
    assert any("does not follow" in problem for file, problem, _ in problems(frozen) if file == "ledger.jsonl")
    path.write_bytes(lines[0])
    assert ("ledger.jsonl", "2 looks that the database knows are missing", None) in problems(frozen)
    path.unlink()
    assert len(frozen.golden_looks()) == 3


def test_the_ledger_survives_the_loss_of_the_database(frozen: Workspace) -> None:
    frozen.open_golden(1, release="r1", reason="why", opened_by="lee")
    frozen.store.close()
    for path in frozen.path.glob("workbench.db*"):
        path.unlink()
    again = Workspace(frozen.path)
    assert [look.release for look in again.golden_looks()] == ["r1"]
    with pytest.raises(NotReady, match="adopt"):
        again.freeze(author="ana", reason="next")
    assert again.adopt_golden() == [1] and again.adopt_golden() == []
    assert all(each.ok for each in again.verify_golden())
    accept(again, case(50))
    assert again.freeze(author="ana", reason="next").version == 2


# --- killed at any moment -----------------------------------------------------------------------------------------

KILLED_FREEZES = """
import os, shutil, signal, sys
from pathlib import Path
from sqlalchemy import Engine, event
from workbench import Workspace
import pandas as pd
from workbench.leakage import before_freezing
from workbench.leakage.freezing import COLUMNS

base, points = Path(sys.argv[1]), int(sys.argv[2])
Workspace(base).redactor  # loaded once, before the forks; and what the checks import
before_freezing(pd.DataFrame([dict.fromkeys(COLUMNS, "x")] * 2))
WRITES = ("w", "wb", "xb")
seen, last = 0, None

def moment(*_):
    global seen
    seen += 1
    if seen == last:
        os.kill(os.getpid(), signal.SIGKILL)

def audit(name, given):
    changes = name in ("os.rename", "os.remove", "os.mkdir") or (name == "open" and given[1] in WRITES)
    if last is not None and changes:
        moment()

sys.addaudithook(audit)
event.listen(Engine, "commit", lambda _: last is not None and moment())

def freeze(folder, at):
    global last, seen
    shutil.copytree(base, folder)
    child = os.fork()
    if child == 0:
        ws = Workspace(folder)
        seen, last = 0, at
        ws.freeze(author="ana", reason="second")
        (folder / "moments").write_text(str(seen))
        os._exit(0)
    return os.waitpid(child, 0)[1]

assert freeze(base.parent / "whole", -1) == 0
n = int((base.parent / "whole" / "moments").read_text())
for place in range(points):
    at = 1 + place * (n - 1) // (points - 1)
    assert freeze(base.parent / f"killed-{at}", at) == signal.SIGKILL
"""


def test_a_killed_freeze_leaves_the_old_version_or_the_new(tmp_path: Path) -> None:
    """Killed at moments spread over all writes, renames and commits of a freeze, the first and the last among them."""
    ws = Workspace.create(tmp_path / "base")
    accept(ws, *(case(number) for number in range(30)))
    ws.freeze(author="ana", reason="first")
    accept(ws, *(case(number) for number in range(30, 60)))
    ws.store.close()
    subprocess.run([sys.executable, "-c", KILLED_FREEZES, str(ws.path), "8"], check=True)
    found = []
    for folder in sorted(tmp_path.glob("killed-*"), key=lambda each: int(each.name.split("-")[1])):
        again = Workspace(folder)
        versions = [row["version"] for row in again.store.golden_versions()]
        found.append(versions)
        assert versions in ([1], [1, 2])
        assert [each.ok for each in again.verify_golden()] == [True] * len(versions)
        if versions == [1]:
            report = again.freeze(author="ana", reason="second")
            assert (report.version, report.cases, report.blind) == (2, 60, 12)
        [second] = again.verify_golden(2)
        assert second.ok and second.cases == 60
        assert len(again.store.case_rows(statuses=["sealed"])) == 12
        again.store.close()
    assert len(found) == 8 and found == sorted(found) and found[0] == [1] and found[-1] == [1, 2]


# --- on the command line ------------------------------------------------------------------------------------------


def run(ws: Workspace, *arguments: str) -> tuple[int, dict]:
    found = CliRunner().invoke(cli, ["-w", str(ws.path), "golden", *arguments, "--json"])
    return found.exit_code, json.loads(found.stdout) if found.stdout.strip() else {}


def test_the_verbs_on_the_command_line(ws: Workspace, tmp_path: Path) -> None:
    accept(ws, *(case(number) for number in range(20)))
    code, answer = run(ws, "freeze", "--reason", "first", "--by", "ana")
    assert (code, answer["version"], answer["cases"], answer["blind"], answer["added"]) == (0, 1, 20, 4, 20)
    assert (answer["removed"], answer["relabelled"]) == (0, 0)
    assert run(ws, "verify")[0] == 0
    assert run(ws, "verify", "1", "--sha256", answer["sha256"])[0] == 0
    assert run(ws, "verify", "1", "--sha256", "0" * 64)[0] == 1
    assert run(ws, "list")[1]["versions"][0]["cases"] == 20
    out = tmp_path / "blind.jsonl"
    code, opened = run(ws, "open", "1", "--release", "r1", "--reason", "gate", "--by", "lee", "--out", str(out))
    assert (code, opened["cases"], opened["looks"], len(out.read_text().splitlines())) == (0, 4, 1, 4)
    path = ws.path / "golden" / "golden-v1.jsonl"
    path.write_bytes(path.read_bytes()[:-3])
    code, answer = run(ws, "verify")
    assert (code, answer["ok"]) == (1, False)
    assert answer["problems"][0]["file"] == "golden-v1.jsonl"
    copy = tmp_path / "clone"
    shutil.copytree(ws.path / "golden", copy)
    assert CliRunner().invoke(cli, ["golden", "verify", "--folder", str(copy), "--json"]).exit_code == 1


@pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet"])
def test_the_open_cases_can_be_exported(frozen: Workspace, tmp_path: Path, ending: str) -> None:
    secrets = sealed_texts(frozen)
    out = tmp_path / f"golden.{ending}"
    found = CliRunner().invoke(cli, ["-w", str(frozen.path), "export", "golden", str(out), "--json"])
    assert found.exit_code == 0, found.output
    assert not any(secret in out.read_bytes() for secret in secrets)
    if ending == "jsonl":
        rows = [json.loads(line) for line in out.read_text().splitlines()]
        assert len(rows) == 32 and Case.from_dict(rows[0]) == frozen.golden_cases()[0]


# --- differences --------------------------------------------------------------------------------------------------


@given(st.sets(st.integers(0, 20)), st.sets(st.integers(0, 20)))
@settings(max_examples=50)
def test_what_is_added_and_removed_is_the_difference_of_the_sets(before: set[int], after: set[int]) -> None:
    sides = [{f"case-{n:03d}": case(n) for n in side} for side in (before, after)]
    found = differences(*sides)
    assert len(found.of("added")) == len(after - before)
    assert len(found.of("removed")) == len(before - after)
    assert not found.of("relabelled") and not found.of("edited")
