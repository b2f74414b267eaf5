"""The Golden set page: versions and their verdict, what changed, the sealed slice behind its ledger, freezing."""

import os
from functools import partial
from pathlib import Path

import pytest
import streamlit
from golden_cases import accept, case, change
from page_in_test import opener, said
from small_workspace import make
from streamlit.testing.v1 import AppTest

from workbench import Workspace
from workbench.ui.golden import AS_FROZEN, TOUCHED
from workbench.ui.words import plain

APP = str(Path(__file__).parent.parent / "app.py")


@pytest.fixture(autouse=True, scope="module")
def let_go():
    yield
    streamlit.cache_resource.clear()


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    """Forty cases frozen, then one more, one put right, one retired; one waits."""
    made = Workspace.create(tmp_path / "w")
    accept(made, *(case(number) for number in range(40)))
    made.freeze(author="ana", reason="first set")
    first, second = made.golden_cases()[:2]
    change(made, case_with(first, "says that the window is 30 days"), kind="wrong_label", reason="the policy changed")
    made.retire_case(second.case_id, by="ben", reason="no longer sold")
    accept(made, case(77), reason="came in since")
    made.freeze(author="ben", reason="November")
    accept(made, case(88), reason="waits")
    return made


def case_with(one, expected: str):
    from dataclasses import replace

    return replace(one, expected_behavior=expected)


opened = opener("pages/golden.py")
with_code = partial(said, code=True)


def everything(app: AppTest) -> str:
    """All that the page would send, tables and widgets too."""
    tables = [frame.value.to_csv() for frame in app.dataframe]
    widgets = [str(each.value) for kind in ("text_input", "text_area", "selectbox") for each in getattr(app, kind)]
    return "\n".join([with_code(app), *tables, *widgets, *(each.label for each in app.button)])


def button(app: AppTest, label: str):
    return next(each for each in app.button if each.label.startswith(label))


def box(app: AppTest, kind: str, key: str):
    return next(each for each in getattr(app, kind) if each.key == key)


def versions(app: AppTest):
    return app.dataframe[0].value


# --- empty --------------------------------------------------------------------------------------------------------


def test_without_a_case_the_page_offers_what_rank_puts_first(tmp_path, monkeypatch):
    ws = make(tmp_path / "w")
    app = opened(ws, monkeypatch)
    assert "No case yet: promote the failures that Rank puts first" in with_code(app)
    assert "No failure was named yet" in with_code(app) and button(app, "Find 25").disabled
    for trace_id in ("t-01", "t-03"):
        ws.store.add_labels(
            [{"trace_id": trace_id, "annotator": "ana", "annotator_kind": "human", "dimension": "code",
              "value": "invented policy"}]
        )  # fmt: skip
    app = opened(ws, monkeypatch, **{"as": "lee"})
    button(app, "Promote 2").click().run()
    assert not app.exception and "2 cases drafted" in with_code(app)
    rows = ws.cases()
    assert rows["why"].tolist() == ["invented policy, place 1 of the ranking"] * 2
    assert set(rows["proposed_by"]) == {"lee"}


def test_an_empty_workspace_has_its_way_in_too(tmp_path, monkeypatch):
    app = opened(Workspace.create(tmp_path / "w"), monkeypatch)
    assert "No case yet" in with_code(app) and not app.dataframe and not app.error


def test_candidates_can_be_found_from_here(tmp_path, monkeypatch):
    ws = make(tmp_path / "w")
    app = opened(ws, monkeypatch, **{"as": "lee"})
    button(app, "Find 25").click().run()
    assert not app.exception and len(ws.cases()) and plain("candidates:") in with_code(app)
    assert set(ws.cases()["status"]) == {"candidate"}


# --- versions -----------------------------------------------------------------------------------------------------


def test_versions_are_listed_newest_first_with_their_verdict(ws, monkeypatch):
    app = opened(ws, monkeypatch)
    rows = versions(app)
    assert rows["version"].tolist() == ["v2", "v1"] and set(rows["checked now"]) == {AS_FROZEN}
    assert rows["cases"].tolist() == [40, 40] and rows["by"].tolist() == ["ben", "ana"]
    assert rows["changes"].tolist() == ["1 added, 1 removed, 1 relabelled", "40 added"]
    assert rows["sha256"].tolist() == ws.golden_versions()["sha256"].tolist()[::-1]
    assert "**v2** is the specification since" in with_code(app) and not app.error


def test_a_touched_byte_is_found_though_its_time_was_put_back(ws, monkeypatch):
    assert set(versions(opened(ws, monkeypatch))["checked now"]) == {AS_FROZEN}
    path = ws.path / "golden" / "golden-v1.jsonl"
    was, content = path.stat(), path.read_bytes()
    path.write_bytes(content.replace(b"asks for nothing else", b"asks for something now", 1)[: len(content)])
    os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))
    app = opened(ws, monkeypatch)
    assert versions(app)["checked now"].tolist() == [AS_FROZEN, TOUCHED]
    assert "**v1 is not what was frozen.**" in app.error[0].value
    assert plain("golden-v1.jsonl") in app.error[0].value and "line 0 was edited" in app.error[0].value
    assert "v1 cannot be compared" in with_code(app)
    path.write_bytes(content)
    assert set(versions(opened(ws, monkeypatch))["checked now"]) == {AS_FROZEN}


@pytest.mark.parametrize(
    "damage", ["manifest gone", "manifest unreadable", "file gone", "line no case", "changelog", "ledger"]
)
def test_whatever_is_touched_the_page_stands_and_names_it(ws, monkeypatch, damage):
    golden = ws.path / "golden"
    if damage == "manifest gone":
        (golden / "golden-v1.json").unlink()
    elif damage == "manifest unreadable":
        (golden / "golden-v1.json").write_text("{")
    elif damage == "file gone":
        (golden / "golden-v1.jsonl").unlink()
    elif damage == "line no case":
        (golden / "golden-v1.jsonl").write_text("{}\n")
    elif damage == "changelog":
        (golden / "CHANGELOG.md").write_text("# nothing happened\n")
    else:
        (golden / "ledger.jsonl").write_text('{"made": "up"}\n')
    app = opened(ws, monkeypatch)
    named = {"changelog": "CHANGELOG.md", "ledger": "ledger.jsonl"}.get(damage, "golden-v1.json")
    assert plain(named) in "\n".join(each.value for each in app.error)
    assert TOUCHED in versions(app)["checked now"].tolist() and len(versions(app)) == 2


def test_what_two_versions_differ_in_and_the_changelog_as_written(ws, monkeypatch):
    app = opened(ws, monkeypatch)
    table = app.dataframe[1].value
    assert table["change"].tolist()[:2] == ["relabelled", "removed"]
    assert table["why"].tolist()[:2] == ["the policy changed", "no longer sold"]
    assert app.code[0].value == (ws.path / "golden" / "CHANGELOG.md").read_text().strip()
    app = opened(ws, monkeypatch, before="2", after="2")
    assert "They hold the same cases" in with_code(app)


def test_the_changelog_is_shown_as_text(tmp_path, monkeypatch):
    ws = Workspace.create(tmp_path / "w")
    accept(ws, case(1), reason="![p](http://evil.test/p.png) **b**")
    ws.freeze(author="ana", reason="first")
    app = opened(ws, monkeypatch)
    assert "![p](http://evil.test/p.png)" in app.code[0].value
    assert not any("![p](" in str(part.value) for part in (*app.markdown, *app.caption))


def test_growth_and_composition_are_drawn_from_the_verbs(ws, monkeypatch):
    app = opened(ws, monkeypatch)
    growth = ws.golden_growth()
    totals = growth.groupby("version", dropna=False)["n"].sum().tolist()
    assert totals == [40, 40, 41]
    assert f"**Sources** of {ws.golden_composition().n:,} open cases" in with_code(app)
    assert len(app.get("plotly_chart")) == 3


def test_the_notebook_lines_run_and_say_the_same(ws, monkeypatch):
    app = opened(ws, monkeypatch)
    made: dict = {}
    exec(app.code[-1].value, made)
    assert made["versions"]["version"].tolist() == [1, 2] and all(each.ok for each in made["verified"])
    assert made["diff"].counts()["relabelled"] == 1 and made["looks"] == []


# --- the sealed slice ---------------------------------------------------------------------------------------------


def sealed_texts(ws: Workspace) -> list[str]:
    found = [each for number in (1, 2) for each in ws.golden_folder.sealed_cases(number)]
    assert found
    return [text for each in found for text in (each.query, each.expected_behavior)]


def test_nothing_that_is_sealed_is_on_the_page(ws, monkeypatch):
    secrets = sealed_texts(ws)
    app = opened(ws, monkeypatch, **{"as": "lee"})
    app.session_state["golden.freeze"] = True
    app.run()
    assert not app.exception and not [text for text in secrets if text in everything(app)]
    assert "nothing of them is shown" in with_code(app) and "Nobody has looked at them" in with_code(app)


def test_opening_needs_a_release_a_reason_a_name_and_a_tick(ws, monkeypatch):
    app = opened(ws, monkeypatch)
    key = "golden.open.2"
    for field, value in (("release", "2.4"), ("by", "ana"), ("reason", "last check")):
        button(app, "Write the look down").click().run()
        assert app.error and not ws.golden_looks()
        box(app, "checkbox", f"{key}.sure").check()
        button(app, "Write the look down").click().run()
        assert app.error and not ws.golden_looks()
        box(app, "checkbox", f"{key}.sure").uncheck()
        box(app, "text_input", f"{key}.{field}").set_value(value)
    secrets = sealed_texts(ws)
    box(app, "checkbox", f"{key}.sure").check()
    button(app, "Write the look down").click().run()
    [look] = ws.golden_looks()
    assert (look.version, look.release, look.opened_by, look.reason) == (2, "2.4", "ana", "last check")
    assert "Fetch the" in with_code(app) and [each.label for each in app.get("download_button")] == [
        "golden-v2-opened.jsonl"
    ]
    assert not [text for text in secrets if text in everything(app)]
    assert not [text for text in secrets if text in repr(app.session_state)]
    app.run()
    assert not app.get("download_button") and len(ws.golden_looks()) == 1


def test_a_second_look_is_warned_about_before_it_is_taken(ws, monkeypatch):
    ws.open_golden(1, release="2.3", reason="first look", opened_by="cy")
    app = opened(ws, monkeypatch)
    warning = "\n".join(each.value for each in app.warning)
    assert "Opened **once** before, first by **cy** for 2\\.3" in warning  # the same cases are sealed in v2
    assert "open it again" in box(app, "checkbox", "golden.open.2.sure").label
    ledger = next(frame.value for frame in app.dataframe if "release" in frame.value)
    assert ledger[["of", "by", "release", "why"]].values.tolist() == [["v1", "cy", "2.3", "first look"]]


def test_a_touched_version_is_not_opened(ws, monkeypatch):
    for number in (1, 2):
        with (ws.path / "golden" / f"golden-v{number}.jsonl").open("ab") as file:
            file.write(b"\n")
    app = opened(ws, monkeypatch)
    assert "nothing is opened until it is restored" in with_code(app)
    assert not [each for each in app.button if each.label.startswith("Write the look")]


# --- freezing -----------------------------------------------------------------------------------------------------


def to_freeze(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    app = opened(ws, monkeypatch, **{"as": "lee"})
    app.session_state["golden.freeze"] = True
    app.run()
    assert not app.exception
    return app


def test_a_version_is_frozen_on_the_page(ws, monkeypatch):
    app = to_freeze(ws, monkeypatch)
    assert "The scan for personal data finds nothing" in with_code(app)
    button(app, "Freeze v3").click().run()
    assert "needs a reason" in app.error[0].value and ws.golden_versions()["version"].max() == 2
    box(app, "text_input", "golden.freeze.reason").set_value("December")
    button(app, "Freeze v3").click().run()
    assert not app.exception and versions(app)["version"].tolist() == ["v3", "v2", "v1"]
    row = ws.golden_versions().iloc[-1]
    assert (row["author"], row["reason"]) == ("lee", "December")
    assert plain(row["sha256"]) in "\n".join(each.value for each in app.success)


def test_the_share_that_is_sealed_is_the_one_on_the_slider(tmp_path, monkeypatch):
    ws = Workspace.create(tmp_path / "w")
    accept(ws, *(case(number) for number in range(20)))
    app = to_freeze(ws, monkeypatch)
    app.slider[0].set_value(40).run()
    assert "v1: 20 cases, 8 of them sealed" in with_code(app)
    box(app, "text_input", "golden.freeze.reason").set_value("first")
    button(app, "Freeze v1").click().run()
    assert ws.golden_versions()["blind"].tolist() == [8]


def test_personal_data_is_named_by_case_and_needs_a_person_who_looked(tmp_path, monkeypatch):
    ws = Workspace.create(tmp_path / "w")
    address = "jane.doe@example.com"
    accept(ws, case(1), case(2, expected_behavior=f"writes to {address}"))
    app = to_freeze(ws, monkeypatch)
    warning = "\n".join(each.value for each in app.warning)
    assert "in 1 cases" in warning and plain("case-002") in warning and "case=case-002" in warning
    assert address not in everything(app)
    box(app, "text_input", "golden.freeze.reason").set_value("first")
    button(app, "Freeze v1").click().run()
    assert "personal data" in app.error[0].value and ws.golden_versions().empty
    box(app, "checkbox", "golden.freeze.allow").check()
    button(app, "Freeze v1").click().run()
    assert len(ws.golden_versions()) == 1


def test_cases_that_stand_in_a_prompt_are_named_and_need_a_tick(tmp_path, monkeypatch):
    made = Workspace.create(tmp_path / "w")
    (made.path / "few_shot.txt").write_text("You answer questions.\n\nQ: May I return item 3 after 13 days?\n")
    file = made.path / "workspace.toml"
    file.write_text(file.read_text().replace("against = []", 'against = ["few_shot.txt"]'))
    ws = Workspace(made.path)
    accept(ws, *(case(number) for number in range(6)))
    app = to_freeze(ws, monkeypatch)
    assert plain("case-003") in "\n".join(each.value for each in app.warning)
    told = [each.value for each in app.caption if " · " in each.value]
    for check in ws.check_golden().findings[1:]:  # the first stands in the way, in a box of its own
        assert [each for each in told if check.verdict in each and plain(check.told, 400) in each]
    box(app, "text_input", "golden.freeze.reason").set_value("first")
    button(app, "Freeze v1").click().run()
    assert app.error and ws.golden_versions().empty
    box(app, "checkbox", "golden.freeze.leaks").check()
    button(app, "Freeze v1").click().run()
    assert not app.exception and len(ws.golden_versions()) == 1


def test_what_stands_in_the_way_is_told(tmp_path, monkeypatch):
    ws = Workspace.create(tmp_path / "w")
    accept(ws, case(1))
    ws.edit_case("case-001", {"expected_behavior": "says a month"}, by="ana", reason="it changed")
    app = to_freeze(ws, monkeypatch)
    assert "Nobody has checked these for private data" in app.error[0].value and "case=case-001" in app.error[0].value
    assert button(app, "Freeze v1").disabled
    ws.check_private("case-001", by="ben")
    ws.freeze(author="ana", reason="first")
    assert "nothing changed since version 1" in with_code(to_freeze(ws, monkeypatch))


def test_in_a_repository_it_can_be_committed(tmp_path, monkeypatch):
    import subprocess

    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    (tmp_path / "gitconfig").write_text("[user]\n\tname = Ana\n\temail = ana@team\n")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    ws = Workspace.create(tmp_path / "w")
    accept(ws, case(1), case(2))
    app = to_freeze(ws, monkeypatch)
    box(app, "text_input", "golden.freeze.reason").set_value("first")
    box(app, "checkbox", "golden.freeze.commit").check()
    button(app, "Freeze v1").click().run()
    told = subprocess.run(["git", "log", "-1", "--format=%s"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert told.stdout.startswith("Golden set v1: 2 cases") and "Commit " in with_code(app)
