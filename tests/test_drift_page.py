"""The Drift page: every comparison, what it says where one cannot be made, and what it lists."""

import json
import shutil
from datetime import datetime
from importlib import import_module
from pathlib import Path

import pytest
import streamlit
from golden_cases import accept, case
from page_in_test import opener, said
from test_drift_verb import Bag, workspace

from workbench import Workspace
from workbench.ui.drift_verdict import beside_words, light_words, next_words, verdict_word
from workbench.ui.drift_where import polygon_of

page = opener("pages/drift.py")
SETTINGS = '[redaction]\npolicy = "structured_only"\n[drift]\nmin_n = 60\n'


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    ws = workspace(tmp_path_factory.mktemp("drift page"), daily=12, new_from=28)
    ws.map()
    (ws.path / "workspace.toml").write_text(SETTINGS)
    return ws.path


@pytest.fixture
def folder(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("workbench.embed.load_embedder", lambda *a, **k: Bag())
    shutil.copytree(made, tmp_path / "w")
    yield tmp_path / "w"
    streamlit.cache_resource.clear()


def add(folder: Path, *rows: dict) -> None:
    file = folder.parent / f"more-{len(list(folder.parent.iterdir()))}.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    ws = Workspace(folder)
    ws.ingest(file)
    ws.store.close()


def listed(app):
    """The table of traces."""
    return next(each.value for each in app.dataframe if "first words" in each.value)


def parts(app):
    """The tables of the open part."""
    return [each.value for each in app.dataframe if "first words" not in each.value]


def test_the_last_week_is_said_in_one_line_and_in_sentences(folder, monkeypatch):
    app = page(folder, monkeypatch)
    text = said(app).replace("\\", "")
    assert "## The last 7 days against the 28 before: :material/error: :red[Drifted] since 29 Mar" in text
    assert "corrected for" in text and "What is usual is not known yet" in text
    assert "Traffic drifted (336 traces against 84)" in text and "New: hotel" in text
    assert "counted back from the newest trace, 4 Apr 2026" in text
    assert ":red[●] **Input** changed" in text and "hotel 0% → " in text
    assert ":gray[–] **Prompts** not tested" in text and "No trace says which prompt" in text
    assert ":gray[–] **Retrieval** not tested" in text and text.count("*No part of the verdict.*") == 2
    assert "read the traces that tell the sets apart" in text


def test_the_traces_that_tell_the_sets_apart_are_listed_and_can_be_drawn(folder, monkeypatch):
    app = page(folder, monkeypatch)
    rows = listed(app)
    assert rows["first words"].str.contains("hotel").mean() > 0.7
    assert rows["open"].iloc[0] == f"read?trace={rows['trace'].iloc[0]}"
    assert rows["map"].iloc[0] == f"map?trace={rows['trace'].iloc[0]}"
    assert "A classifier tells the sets apart with an AUC of" in said(app).replace("\\", "")
    next(each for each in app.button if each.label.startswith("Draw")).click().run()
    assert not app.exception
    drawn = Workspace(folder).samples().iloc[0]
    assert drawn["n"] == len(rows) and drawn["name"] == "drift: what tells the sets apart best"


def test_a_cluster_is_chosen_and_linked(folder, monkeypatch):
    shares = Workspace(folder).drift().clusters.shares
    new = shares.iloc[0]
    app = page(folder, monkeypatch, cluster=str(int(new["cluster"])))
    assert len(listed(app)) == new["other_n"] and "hotel" in said(app)
    assert f"view.of_cluster({int(new['cluster'])})" in app.code[0].value
    app = page(folder, monkeypatch, cluster="9999")
    assert "What tells the sets apart best" in said(app)
    box = next(each for each in app.selectbox if each.label.startswith("Traces"))
    box.set_value(str(int(shares.iloc[3]["cluster"]))).run()
    assert f"view.of_cluster({int(shares.iloc[3]['cluster'])})" in app.code[0].value and not app.exception


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"compare": "a date", "date": "2026-03-29", "part": "outcome over time", "by": "cluster"},
        {"compare": "releases", "release": "30", "part": "outcome over time"},
    ],
)
def test_the_notebook_lines_run_and_say_the_same(folder, monkeypatch, query):
    app = page(folder, monkeypatch, **query)
    space: dict = {}
    exec(app.code[0].value.replace("print(", "repr("), space)
    assert space["report"].sentences[0] in said(app).replace("\\", "")


def test_each_part_is_drawn(folder, monkeypatch):
    add(folder, *prompted())
    ws = Workspace(folder)
    ws.embed()
    ws.store.close()
    app = page(folder, monkeypatch)
    prompts = parts(app)[0]
    assert sorted(prompts["state"]) == ["gone", "new"] and set(prompts[""]) == {"prompt"}
    app = page(folder, monkeypatch, part="retrieval")
    measures, passages = parts(app)[0], parts(app)[1]
    assert measures[""].tolist() == ["best passage's score", "best passage below the threshold", "nothing fetched"]
    assert dict(zip(passages["passage"], passages["state"], strict=True)) == {"kb-1": "gone", "kb-2": "new"}
    text = said(app).replace("\\", "")
    assert "No query was asked on both sides" in text and "No snapshot of the golden queries is kept" in text
    app = page(folder, monkeypatch, part="outcome")
    assert "failure signs" in parts(app)[0][""].tolist() and "follows from much else" in said(app)
    app = page(folder, monkeypatch, part="outcome over time", by="release", measure="failure_signs")
    assert "ws.outcomes('release')" in app.code[0].value and not app.exception


def prompted() -> list[dict]:
    """Traces of the last weeks that say what they were made with, of which the last four days have it otherwise."""
    rows = []
    for i in range(200):
        new = i >= 120
        day = f"2026-04-0{1 + i % 4}" if new else f"2026-03-{10 + i % 18}"
        said = [("system", "You are brief." if new else "You are polite."), ("user", f"question {i} on a seat of {i}")]
        rows.append(
            {
                "trace_id": f"p{i}", "started_at": f"{day}T13:{i % 60:02d}:00Z", "release": "0",
                "messages": [{"role": role, "content": text} for role, text in said],
                "retrieved": [{"id": "kb-2" if new else "kb-1", "score": 0.5 + i % 7 / 20}],
            }
        )  # fmt: skip
    return rows


def test_a_release_is_held_against_the_one_before(folder, monkeypatch):
    app = page(folder, monkeypatch, compare="releases")
    assert "Release 34 against release 33" in said(app) and "Not enough traffic" in said(app)
    assert "12 traces against 12" in said(app).replace("\\", "")
    assert ":gray[–] **Input · Prompts · Retrieval · Outcome** not tested" in said(app)
    app = page(folder, monkeypatch, compare="releases", release="20")
    assert "Release 20 against release 19" in said(app)
    app.selectbox[0].set_value("25").run()
    assert "Release 25 against release 24" in said(app) and app.query_params["release"] in ("25", ["25"])


def test_before_and_after_a_day(folder, monkeypatch):
    app = page(folder, monkeypatch, compare="a date", date="2026-03-22")
    assert "From 22 Mar 2026 on against all before" in said(app)
    assert "252 traces against 168" in said(app).replace("\\", "")
    assert "started_at >= '2026-03-22'" in app.code[0].value


def test_two_conditions_of_ones_own(folder, monkeypatch):
    app = page(folder, monkeypatch, compare="conditions")
    assert "Write a condition for the current set" in said(app)
    app.text_input(key="current").set_value("input LIKE '%hotel%'")
    app.text_input(key="reference").set_value("true").run()
    text = said(app).replace("\\", "")
    assert "traces are in both sets and count for the current one only" in text and not app.exception
    assert "## Where input LIKE '%hotel%' against where true: " in text
    app = page(folder, monkeypatch, compare="conditions", current="no_column = 1")
    assert app.error and not app.exception
    app = page(folder, monkeypatch, compare="conditions", current="release = 'never'")
    text = said(app).replace("\\", "")
    assert "Not enough traffic: 420 traces against 0" in text and "empty" in text


def test_the_golden_set_asks_before_it_embeds(folder, monkeypatch):
    app = page(folder, monkeypatch, compare="golden set")
    assert "No golden set was frozen yet" in said(app)
    ws = Workspace(folder)
    words = ("refund", "seat", "delay")
    texts = [f"question {i} on a {words[i % 3]} of {1000 + i}" for i in range(80)]
    accept(ws, *(case(i, input_payload={"query": text}) for i, text in enumerate(texts)))
    ws.freeze(author="lee", reason="first", blind_share=0, allow_findings=True)
    app = page(folder, monkeypatch, compare="golden set")
    assert "80 texts have no vector yet" in said(app) and "against" not in said(app)
    app.button(key="drift.embed.now").click().run()
    text = said(app).replace("\\", "")
    assert not app.exception and "The last 7 days against golden v1: " in text and "curated" in text


def test_golden_queries_are_held_against_their_snapshot(folder, monkeypatch, tmp_path):
    ws = Workspace(folder)
    texts = [f"question {i} on a seat of {1000 + i}" for i in range(20)]
    accept(ws, *(case(i, input_payload={"query": text}) for i, text in enumerate(texts)))
    ws.freeze(author="lee", reason="first", blind_share=0, allow_findings=True)
    for at, (day, passage) in enumerate((("2026-03-01", "old"), ("2026-03-20", "old"), ("2026-04-03", "new"))):
        rows = [{"case_id": each.case_id, "retrieved": [{"id": passage, "score": 0.8}, {"id": "kb", "score": 0.5}]}
                for each in ws.golden_cases()]  # fmt: skip
        file = tmp_path / f"fetched-{at}.jsonl"
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
        ws.snapshot_retrieval(file, as_of=datetime.fromisoformat(f"{day}T00:00+00:00"), by="lee")
    app = page(folder, monkeypatch, part="retrieval")
    text = said(app).replace("\\", "")
    assert ":primary[●] Retrieval changed: of what 20 golden queries fetched on 2026-03-20" in text
    assert ":primary[●] **Retrieval** changed" in text and "Golden queries share 0.33, usual 1.00" in text
    queries = parts(app)[1]
    assert len(queries) == 20 and set(queries["gone"]) == {"old"} and set(queries["came"]) == {"new"}
    assert queries["case"].iloc[0].startswith("cases?case=")


def test_missing_vectors_of_traffic_are_asked_for_too(folder, monkeypatch):
    rows = [{"trace_id": f"n{i}", "started_at": f"2026-04-04T11:{i:02d}:00Z", "input": f"question {i} on a seat of 77"}
            for i in range(20)]  # fmt: skip
    add(folder, *rows)
    app = page(folder, monkeypatch)
    assert "20 texts have no vector yet" in said(app)
    assert Workspace(folder).drift_missing() == 20  # nothing was embedded by looking
    app.button(key="drift.embed.now").click().run()
    assert "20 are not on the map yet and are drawn where their nearest neighbours are" in said(app).replace("\\", "")


def test_an_empty_workspace_offers_a_way_in(tmp_path, monkeypatch):
    app = page(Workspace.create(tmp_path / "w"), monkeypatch)
    assert "against" not in said(app) and app.button


@pytest.mark.parametrize("n", [1, 3])
def test_a_few_traces_are_an_answer_in_words(tmp_path, monkeypatch, n):
    monkeypatch.setattr("workbench.embed.load_embedder", lambda *a, **k: Bag())
    ws = workspace(tmp_path, days=1, daily=n)
    app = page(ws, monkeypatch)
    text = said(app).replace("\\", "")
    assert "Not enough traffic" in text and f"0 traces against {n}" in text and "empty" in text


def test_without_a_map_the_rest_is_there(tmp_path, monkeypatch):
    monkeypatch.setattr("workbench.embed.load_embedder", lambda *a, **k: Bag())
    ws = workspace(tmp_path, daily=12, new_from=28)
    ws.embed()
    (ws.path / "workspace.toml").write_text(SETTINGS)
    app = page(ws.path, monkeypatch)
    text = said(app).replace("\\", "")
    assert ":red[Drifted]" in text and "There is no map yet, so there is no picture" in text
    assert "hotel" in " ".join(listed(app)["first words"]) and "map" not in listed(app)


def test_without_times_there_is_no_week(tmp_path, monkeypatch):
    monkeypatch.setattr("workbench.embed.load_embedder", lambda *a, **k: Bag())
    ws = Workspace.create(tmp_path / "w")
    add(ws.path, *({"trace_id": f"t{i}", "input": f"question {i} on a seat"} for i in range(5)))
    for compare in ("last 7 days", "golden set", "a date"):
        assert "No trace says when it was" in said(page(ws.path, monkeypatch, compare=compare))
    assert "no trace says of which it is" in said(page(ws.path, monkeypatch, compare="releases"))


def test_words_from_traces_stay_text(folder, monkeypatch):
    rows = [
        {"trace_id": f"h{i}", "started_at": f"2026-04-0{1 + i % 4}T12:{i:02d}:00Z", "release": "![x](y)",
         "input": f"question {i} on a <b>voucher</b> ![x](http://evil.example/a.png) {i}"} for i in range(60)
    ]  # fmt: skip
    add(folder, *rows)
    ws = Workspace(folder)
    ws.map()
    ws.store.close()
    app = page(folder, monkeypatch, compare="releases", release="![x](y)")
    assert "![x](y)" not in said(app) and "\\!\\[x\\]" in said(app)


def test_boxes_and_lassos_have_corners():
    assert polygon_of({"lasso": [{"x": [1, 2, 3], "y": [4, 5, 6]}], "box": []}) == {"x": [1, 2, 3], "y": [4, 5, 6]}
    assert polygon_of({"box": [], "lasso": []}) is None


def test_what_was_drawn_on_the_map_is_listed_and_cleared(folder, monkeypatch):
    monkeypatch.setattr(
        import_module("workbench.ui.drift_traces"),
        "drawn",
        lambda: (
            {"x": [-1e3, 1e3, 1e3, -1e3], "y": [-1e3, -1e3, 1e3, 1e3]}
            if streamlit.session_state.get("drift.cleared", 0) == 0
            else None
        ),
    )
    app = page(folder, monkeypatch)
    assert "**Drawn on the map**: 84 of the current set" in said(app) and len(listed(app)) == 84
    assert "view.within(x=[-1000.0" in app.code[0].value
    next(each for each in app.button if each.label == "Clear the box").click().run()
    assert "What tells the sets apart best" in said(app) and not app.exception


class TestWords:
    def test_beside_the_usual(self, folder):
        from dataclasses import replace

        from workbench.drift import Usual

        report = Workspace(folder).drift(replicates=99)
        known = replace(report, usual=Usual(value=0.46, mean=0.2, limit=0.3, p=0.001, before=0.4, before_p=0.001))
        assert beside_words(known).startswith("2.3× the usual weekly change, an alert · p .0")
        assert beside_words(replace(report, reason="too_few")) == ""

    def test_next_follows_the_verdict(self, folder):
        from dataclasses import replace

        report = Workspace(folder).drift(replicates=99, min_n=1000)
        assert "wait for more traffic" in next_words(report) and verdict_word(report)[0] == "Not enough traffic"
        stable = replace(report, verdict="stable", reason=None)
        assert verdict_word(stable)[:2] == ("Stable", "green") and "what is new inside one" in next_words(stable)
        unsure = replace(report, verdict="undecided", reason="not_shown")
        assert verdict_word(unsure)[:2] == ("Cannot tell", "yellow") and "compare more traffic" in next_words(unsure)
        assert "more clusters" in next_words(replace(report, verdict="undecided", reason="unclustered"))

    def test_a_light_without_a_change_says_what_may_have_moved(self, folder):
        ws = Workspace(folder)
        same = ws.drift("release IN ('0','2','4','6','8','10')", "release IN ('1','3','5','7','9','11')", replicates=99)
        assert same.lights["input"].state == "unchanged"
        assert light_words(same, "input").startswith("At most ") and "measures, none" in light_words(same, "outcome")
