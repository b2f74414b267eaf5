"""The Agreement page, opened empty and filled: verdicts, filters, disputes, what was settled, and its figures."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
import streamlit
from page_in_test import opener
from small_workspace import HOSTILE_ID, make
from streamlit.testing.v1 import AppTest

from workbench import Workspace, charts
from workbench.agree import consensus as agree_consensus
from workbench.ui.agreement import TAB
from workbench.ui.agreement_dispute import KEYS
from workbench.ui.agreement_time import change_rows, error_rows, model_rows
from workbench.ui.agreement_words import coefficient, with_bounds

ROOT = Path(__file__).parent.parent
MEAN = "says <img src=x> ![p](http://evil.test/p.png) :red[mean] $x^2$"
TONE = {"name": "tone", "level": "nominal", "values": ["curt", "neutral", "warm"], "failure": "curt",
        "definition": "How it speaks.", "passes": "Short and friendly.", "fails": "Sends away.",
        "rule": "In doubt it is neutral."}  # fmt: skip
DATE = datetime(2026, 11, 2, 9, tzinfo=UTC)


@pytest.fixture(autouse=True, scope="module")
def let_go():
    """Close what the pages keep open between reruns."""
    yield
    streamlit.cache_resource.clear()


def label(ws: Workspace, people: dict[str, dict[str, str]], start: datetime = DATE, **more: object) -> None:
    """Store labels, ``{annotator: {dimension: one letter a trace}}``; a dot is none."""
    ids = sorted(ws.traces(columns=["trace_id"])["trace_id"])
    words = {"p": "pass", "f": "fail", "c": "curt", "n": "neutral", "w": "warm", "s": "stale", "i": "invented"}
    rows = []
    for place, (who, dimensions) in enumerate(people.items()):
        for dimension, letters in dimensions.items():
            for at, letter in enumerate(letters):
                if letter == ".":
                    continue
                when = start + timedelta(days=at, minutes=place)
                rows.append({"trace_id": ids[at], "annotator": who, "annotator_kind": "human", "round": "blind",
                             "dimension": dimension, "value": words[letter], "labelled_at": when} | more)  # fmt: skip
    ws.store.add_labels(rows)


def labelled(ws: Workspace) -> None:
    """Three people, a rubric of one dimension that nobody reads alike, two codes, and a critique that is hostile."""
    ws.change_rubric([TONE], author="lee", reason="first")
    for name in ("stale", "invented"):
        ws.change_codebook("create", name, author="lee", fields={"severity": 3, "definition": f"What is {name}."})
    failed = "pf" * 20
    label(
        ws,
        {
            "ana": {"outcome": failed, "tone": "cnw" * 13 + "c", "code": failed.replace("p", ".").replace("f", "s")},
            "ben": {"outcome": "ff" + failed[2:], "tone": "ccn" * 13 + "c", "code": ".i" * 4 + ".s" * 16},
            "eve": {"outcome": failed, "tone": "cnn" * 13 + "c"},
        },
        rubric_version=1,
    )
    ws.store.add_labels(
        [{"trace_id": HOSTILE_ID, "annotator": who, "annotator_kind": "human", "round": "blind", "dimension": "tone",
          "value": value, "note": MEAN, "gold_answer": f"gold {MEAN}"}
         for who, value in (("ana", "warm"), ("ben", "curt"))]
    )  # fmt: skip
    ids = sorted(ws.traces(columns=["trace_id"])["trace_id"])
    ws.store.add_sample([{"sample_id": "s-1", "trace_id": each, "weight": 1.0} for each in ids[:20]])


@pytest.fixture(scope="module")
def filled(tmp_path_factory) -> Workspace:
    ws = make(tmp_path_factory.mktemp("agreed") / "workspace", with_map=False)
    labelled(ws)
    return ws


@pytest.fixture
def own(tmp_path) -> Workspace:
    """A workspace that a test may change."""
    ws = make(tmp_path / "workspace", with_map=False)
    labelled(ws)
    return ws


opened = opener("pages/agreement.py")


def said(app: AppTest) -> str:
    parts = [*app.markdown, *app.caption, *app.info, *app.success, *app.warning, *app.error, *app.toast]
    return "\n".join(str(part.value) for part in parts).replace("\\", "")


def asked(app: AppTest, name: str) -> str:
    """What the address says."""
    value = app.query_params[name]
    return value[0] if isinstance(value, list) else value


def button(app: AppTest, label: str):
    return next(each for each in app.button if each.label.replace("\\", "") == label)


# --- with nothing to compare -------------------------------------------------------------------------------------


def test_without_labels_it_says_what_to_do(tmp_path, monkeypatch):
    app = opened(make(tmp_path / "workspace", with_map=False), monkeypatch)
    assert "Nobody has labelled anything yet" in said(app) and "labels import FILE" in said(app)
    assert not app.dataframe and "two people who do not see each other" in said(app)


def test_a_rubric_without_labels_is_the_same(tmp_path, monkeypatch):
    ws = make(tmp_path / "workspace", with_map=False)
    ws.change_rubric([TONE], author="lee", reason="first")
    assert "Nobody has labelled anything yet" in said(opened(ws, monkeypatch))


def test_one_annotator_is_told_which_sample_to_hand_out(tmp_path, monkeypatch):
    ws = make(tmp_path / "workspace", with_map=False)
    label(ws, {"ana": {"outcome": "pf" * 10}})
    assert "Draw a sample and have all of it labelled by two" in said(opened(ws, monkeypatch))
    ids = sorted(ws.traces(columns=["trace_id"])["trace_id"])
    ws.store.add_sample([{"sample_id": "s-9", "trace_id": each, "weight": 1.0} for each in ids[:30]])
    app = opened(ws, monkeypatch)
    assert "Only ana has labelled anything" in said(app)
    assert "Hand out the sample **s-9** once more, to somebody else: 20 of its 30" in said(app)
    table = app.dataframe[0].value
    assert table["verdict"].tolist() == ["cannot tell: only one annotator; label about 50 more"]
    assert table["alpha"].tolist() == [""]


def test_disjoint_raters_and_constant_ratings_are_answers(tmp_path, monkeypatch):
    ws = make(tmp_path / "workspace", with_map=False)
    label(ws, {"ana": {"outcome": "pf" * 10}, "ben": {"outcome": "." * 20 + "pf" * 10}})
    assert "ana, ben have labelled no trace in common" in said(opened(ws, monkeypatch))
    label(ws, {"ana": {"tone": "n" * 20}, "ben": {"tone": "n" * 20}})
    rows = opened(ws, monkeypatch).dataframe[0].value.set_index("dimension")
    assert rows.loc["tone", "alpha"] == "no variation" and rows.loc["tone", ""] == "✕"
    assert rows.loc["tone", "verdict"] == "no variation: everybody gave the same value"


# --- the verdicts ------------------------------------------------------------------------------------------------


def test_the_table_says_what_the_verb_says(filled, monkeypatch):
    app, found = opened(filled, monkeypatch), filled.agree()
    rows, of_it = app.dataframe[0].value.set_index("dimension"), found.dimensions.set_index("dimension")
    assert list(rows.index) == ["outcome", "tone", "codes, as sets"]
    row = of_it.loc["tone"]
    assert rows.loc["tone", "alpha"] == with_bounds(row["alpha"], row["alpha_low"], row["alpha_high"])
    assert rows.loc["tone", "verdict"] == found.words("tone")
    assert rows.loc["tone", "n"] == row["units"] == 40 and rows.loc["tone", "raw"] == f"{row['percent']:.0%}"
    assert rows.loc["outcome", "on failures"].startswith(coefficient(of_it.loc["outcome", "positive_agreement"]))
    assert found.sentences[0] in said(app)
    codes = next(each.value for each in app.dataframe if "stale" in each.value.get("dimension", pd.Series()).tolist())
    assert codes["dimension"].tolist() == ["invented", "stale"]
    assert "others gave" in codes["verdict"].iloc[0]


def test_the_weakest_is_open_and_a_link_opens_another(filled, monkeypatch):
    of_rubric = filled.agree().dimensions.query("code.isna()").set_index("dimension")["alpha"]
    assert of_rubric.idxmin() == "code" and "**codes, as sets: what gets mixed up**" in said(
        opened(filled, monkeypatch)
    )
    app = opened(filled, monkeypatch, dimension="tone")
    assert "**tone: what gets mixed up**" in said(app) and "**Rule.** In doubt it is neutral." in said(app)
    app = opened(filled, monkeypatch, dimension="code: stale")
    assert "**stale: what gets mixed up**" in said(app) and "What is stale." in said(app)
    assert "**codes, as sets: who agrees**" in said(app)
    assert "**codes, as sets: what" in said(opened(filled, monkeypatch, dimension="no such dimension"))


def test_who_stands_apart_is_in_the_table_of_annotators(filled, monkeypatch):
    app, found = opened(filled, monkeypatch, dimension="tone"), filled.agree()
    table = next(each.value for each in app.dataframe if "annotator" in each.value)
    people = found.annotators[found.annotators["dimension"] == "tone"]
    assert table["annotator"].tolist() == ["ana", "ben", "eve"]
    apart = dict(zip(people["annotator"], people["stands_apart"], strict=True))
    assert ["stands apart" in each for each in table["alpha without"]] == [apart[who] for who in table["annotator"]]
    assert any("points" in each for each in table["gives more often"])


def test_a_sample_in_the_address_narrows_everything(filled, monkeypatch):
    app = opened(filled, monkeypatch, sample="s-1", dimension="tone")
    assert app.dataframe[0].value.set_index("dimension").loc["tone", "n"] == 20
    assert app.dataframe[1].value["trace"].tolist() == filled.disputes("s-1", "tone")["trace_id"].tolist()
    assert opened(filled, monkeypatch, sample="gone").dataframe[0].value["n"].max() == 40


def test_a_queue_in_the_address_narrows_the_verdicts(own, monkeypatch):
    queue = own.make_queue("s-1", annotators=["ana", "ben"], author="lee").queue_id
    ids = sorted(own.traces(columns=["trace_id"])["trace_id"])[:5]
    later = DATE + timedelta(days=90)
    own.store.add_labels(
        [{"trace_id": each, "annotator": who, "annotator_kind": "human", "round": "blind", "dimension": "tone",
          "value": "warm", "saw": {"page": "queue", "queue": queue}, "labelled_at": later, "rubric_version": 1}
         for each in ids for who in ("ana", "ben")]
    )  # fmt: skip
    app = opened(own, monkeypatch, queue=queue)
    rows = app.dataframe[0].value.set_index("dimension")
    assert rows.loc["tone", "n"] == 5 and rows.loc["tone", "alpha"] == "no variation"
    assert f"queue='{queue}'" in app.code[-1].value


def test_the_stop_rule_stands_out(tmp_path, monkeypatch):
    ws = make(tmp_path / "workspace", with_map=False)
    label(ws, {"ana": {"tone": "cnw" * 13}, "ben": {"tone": "nwc" * 13}})
    app = opened(ws, monkeypatch)
    assert app.error[0].value.startswith("**Stop labelling and write the rubric anew")
    assert "rewrite the rubric with those who labelled" in said(app)


def test_the_notebook_lines_give_the_same(filled, monkeypatch):
    app = opened(filled, monkeypatch, sample="s-1", dimension="tone")
    made: dict = {}
    exec(app.code[-1].value, made)
    assert made["found"].dimensions.set_index("dimension").loc["tone", "units"] == 20
    assert made["disputes"]["trace_id"].tolist() == filled.disputes("s-1")["trace_id"].tolist()
    assert made["mixed"]["items"].tolist() and made["pairs"]["units"].tolist() == [20, 20, 20]
    assert made["people"]["annotator"].tolist() == ["ana", "ben", "eve"]
    assert set(made["course"].periods["dimension"]) == {"tone"} and made["misses"].empty
    assert made["model"].dimension == "tone"


# --- over time, versions, a model --------------------------------------------------------------------------------


def test_each_annotator_over_time_as_the_verb_says(filled, monkeypatch):
    app = opened(filled, monkeypatch, dimension="outcome")
    course = filled.agreement_over_time("week", dimension="outcome")
    table = next(each.value for each in app.dataframe if "within a sitting" in each.value)
    assert table["annotator"].tolist() == ["ana", "ben", "eve"] and "missed" not in table
    assert table.shape == change_rows(course, filled.gold_misses()).shape
    assert "Nothing is known of this beforehand" in said(app)
    assert not opened(filled, monkeypatch, dimension="outcome", by="by third").exception


def test_what_a_change_amounts_to_in_words():
    row = {"change": -0.3, "p_holm": 0.004, "detectable": 0.15, "verdict": "drifts", "reason": None}
    shown = row | {"verdict": "not_shown", "p_holm": 0.4}
    trends = pd.DataFrame([{"annotator": "ana"} | row, {"annotator": "ben"} | shown]).assign(what="failures")
    short = {"per_ten": 0.2, "p_holm": 0.9, "detectable": 1.1, "verdict": "not_shown", "reason": None, "longest": 5}
    fatigue = pd.DataFrame([{"annotator": "ana"} | short, {"annotator": "ben"} | short | {"verdict": "undecided"}])
    periods = pd.DataFrame({"annotator": ["ana", "ben"]})
    misses = pd.DataFrame([{"annotator": "ben", "missed": 3, "n": 20, "share": 0.15, "low": 0.05, "high": 0.36,
                            "given_instead": "pass"}])  # fmt: skip
    rows = change_rows(SimpleNamespace(trends=trends, fatigue=fatigue, periods=periods), misses)
    assert rows.to_numpy().tolist() == [
        ["ana", "drifts: -30 points, p .004", "cannot tell: 5 labels at most", ""],
        ["ben", "not shown: -30 points, 15 would show", "cannot tell", "3 of 20: 15% (5-36), gave pass"],
    ]


def test_what_was_settled_shows_who_missed_it(own, monkeypatch):
    own.adjudicate(HOSTILE_ID, "tone", value="neutral", reason="between the two", decided_by="lee")
    app = opened(own, monkeypatch, dimension="tone")
    table = next(each.value for each in app.dataframe if "missed" in each.value).set_index("annotator")
    assert table.loc["ana", "missed"].startswith("1 of 1: 100%") and "gave warm" in table.loc["ana", "missed"]
    assert "which are the disputed items" in said(app)


def test_a_new_version_of_the_rubric_is_compared_on_what_was_labelled_again(own, monkeypatch):
    assert "did the new rubric help" not in said(opened(own, monkeypatch, dimension="tone"))
    own.change_rubric(edit={"tone": {"rule": "Brief is neutral."}}, author="lee", reason="disputes")
    again = {who: {"tone": "cnw" * 7} for who in ("ana", "ben", "eve")}
    label(own, again, start=DATE + timedelta(days=60), rubric_version=2)
    app = opened(own, monkeypatch, dimension="tone")
    found = own.agreement_by_version("tone")
    assert found.versions["version"].tolist() == [1, 2] and "**tone: did the new rubric help?**" in said(app)
    assert found.sentences[0] in said(app) and "21 items labelled under both" in found.sentences[0]


def test_the_model_is_called_a_model_and_refused_where_it_cannot_be(filled, own, monkeypatch):
    app = opened(filled, monkeypatch, dimension="tone")
    assert any("a model, not the truth" in each.label for each in app.expander)
    assert not any("Dawid" in each.label for each in opened(filled, monkeypatch, dimension="code").expander)
    found = own.consensus("tone")
    assert found.refused or error_rows(found)["annotator"].nunique() == 3
    three = {"ana": "pf" * 30, "ben": "pf" * 30, "eve": "pp" + "pf" * 29}
    rows = [(at, who, "outcome", letter) for who, letters in three.items() for at, letter in enumerate(letters)]
    given = agree_consensus(pd.DataFrame(rows, columns=["item", "annotator", "dimension", "value"]))
    assert not given.refused
    rows = error_rows(given)
    assert list(rows.columns) == ["annotator", "where true", "says f", "says p"] and len(rows) == 6
    odd = model_rows(given.items[given.items["differs"] | (given.items["certainty"] < 0.9)])
    assert {"votes", "model", "certain", "majority", "trace"} == set(odd.columns)


# --- adjudication ------------------------------------------------------------------------------------------------


def test_a_dispute_shows_votes_critiques_and_the_rubric_as_text(filled, monkeypatch):
    app = opened(filled, monkeypatch, dispute=HOSTILE_ID, dimension="tone")
    assert app.session_state[TAB] == "disputes"
    text = said(app)
    assert "#### tone" in text and "**ana**" in text and "**ben**" in text
    assert text.count("would have answered:") == 2
    assert "**Just passes.** Short and friendly." in text and "**Rule.** In doubt it is neutral." in text
    raw = "\n".join(str(part.value) for part in app.markdown)
    assert "![p](http" not in raw and "<img" not in raw.replace("\\<img", "") and " :red[" not in raw
    labels = [each.label for each in app.button]
    assert {"curt", "neutral", "warm"} <= set(labels) and "Settle and go on" in labels
    assert button(app, "Settle and go on").disabled, "a decision needs a name"


def test_a_decision_needs_a_choice_and_a_reason_and_is_kept_beside_the_votes(own, monkeypatch):
    before = own.agree().dimensions
    app = opened(own, monkeypatch, dispute=HOSTILE_ID, dimension="tone", within="tone")
    app.text_input[0].set_value("lee").run()
    assert asked(app, "as") == "lee"
    button(app, "Settle and go on").click().run()
    assert "nothing is chosen yet" in app.error[0].value.replace("\\", "")
    button(app, "neutral").click().run()
    button(app, "Settle and go on").click().run()
    assert app.error and own.adjudications().empty
    app.text_area[0].set_value("Short is still neutral; ask mia.oduya@example.com").run()
    button(app, "Settle and go on").click().run()
    assert not app.exception and not app.error
    settled = own.adjudications().iloc[0]
    assert (settled["value"], settled["decided_by"], settled["how"]) == ("neutral", "lee", "decide")
    assert "example.com" not in settled["reason"] and "Short is still neutral" in settled["reason"]
    assert asked(app, "dispute") != HOSTILE_ID and "Settled tone of" in said(app)
    pd.testing.assert_frame_equal(own.agree().dimensions, before)
    app = opened(own, monkeypatch, dispute=HOSTILE_ID, dimension="tone")
    assert "**neutral** by lee" in said(app) and "Minority: " in said(app) and "ana said warm" in said(app)


@pytest.mark.parametrize("how", ["majority", "exclude", "ambiguous"])
def test_majority_exclude_and_ambiguous(own, monkeypatch, how):
    first = own.disputes(dimension="outcome").iloc[0]
    app = opened(own, monkeypatch, dispute=first["trace_id"], dimension="outcome", **{"as": "lee"})
    names = {"majority": "Majority: pass", "exclude": "Exclude", "ambiguous": "Keep as ambiguous"}
    assert set(names) == set(KEYS)
    button(app, names[how]).click().run()
    app.text_area[0].set_value("it cannot be told").run()
    button(app, "Settle and go on").click().run()
    assert not app.exception and not app.error
    settled = own.adjudications().iloc[0]
    assert settled["how"] == how and (settled["value"] == "pass") == (how == "majority")


def test_who_voted_is_told_to_leave_it_to_somebody_else(filled, monkeypatch):
    app = opened(filled, monkeypatch, dispute=HOSTILE_ID, dimension="tone", **{"as": "ben"})
    assert "You said curt yourself" in said(app)


def test_back_and_skip_walk_through_the_disputes_of_one_dimension(filled, monkeypatch):
    ids = filled.disputes(dimension="tone")["trace_id"].tolist()
    app = opened(filled, monkeypatch, round="disputes", within="tone")
    assert asked(app, "dispute") == ids[0] and f"dispute 1 of {len(ids)}" in said(app)
    button(app, "Skip").click().run()
    assert asked(app, "dispute") == ids[1] and asked(app, "dimension") == "tone"
    button(app, "Back").click().run()
    assert asked(app, "dispute") == ids[0] and button(app, "Back").disabled


def test_a_dispute_that_is_none_says_so_and_shows_one_that_is(filled, monkeypatch):
    app = opened(filled, monkeypatch, dispute="gone", dimension="tone")
    assert "Nobody disagrees on gone" in said(app) and "dispute 1 of" in said(app)


def test_a_code_is_settled_with_its_definition_at_hand(own, monkeypatch):
    first = own.disputes(dimension="code: stale").iloc[0]["trace_id"]
    app = opened(own, monkeypatch, dispute=first, dimension="code: stale", **{"as": "lee"})
    assert "What is stale." in said(app)
    button(app, "no").click().run()
    app.text_area[0].set_value("the page was current").run()
    button(app, "Settle and go on").click().run()
    assert not app.exception and own.adjudications()["dimension"].tolist() == ["code: stale"]


def test_the_dispute_in_a_notebook(filled, monkeypatch):
    app = opened(filled, monkeypatch, dispute=HOSTILE_ID, dimension="tone")
    made: dict = {}
    exec(app.code[-1].value, made)
    assert {vote.annotator for vote in made["dispute"].votes} == {"ana", "ben", "eve"}


# --- what was settled --------------------------------------------------------------------------------------------


def test_the_adjudicated_tab_lists_what_was_settled_and_nothing_blind(own, monkeypatch):
    assert "Nothing is settled yet" in said(opened(own, monkeypatch, round="adjudicated"))
    own.adjudicate(HOSTILE_ID, "tone", value="neutral", reason="between the two", decided_by="lee")
    other = own.disputes(dimension="outcome").iloc[0]["trace_id"]
    own.adjudicate(other, "outcome", how="exclude", reason="no answer in it", decided_by="mo")
    app = opened(own, monkeypatch, round="adjudicated")
    assert "**2 settled** by 2 people" in said(app) and "never pooled" in said(app)
    counts, settled = app.dataframe[0].value, app.dataframe[1].value
    assert counts.set_index("dimension").loc["outcome", "excluded"] == 1
    assert settled["settled as"].tolist() == ["excluded", "neutral"]
    assert "ana said warm" in settled["minority"].iloc[1] and settled["minority"].iloc[0] == ""
    assert len(app.dataframe) == 2, "one label each is nothing to compare"
    assert not opened(own, monkeypatch, round="adjudicated", sample="s-1").exception


# --- figures -----------------------------------------------------------------------------------------------------


def test_the_forest_has_the_lines_the_colours_and_no_alpha_where_there_is_none(filled):
    found = filled.agree().dimensions
    figure = charts.agreement_forest(found)
    assert [round(float(line.x0), 1) for line in figure.layout.shapes] == [0.4, 0.6]
    assert {trace.marker.color for trace in figure.data} <= {charts.PASS, charts.FAIL, charts.UNDECIDED}
    bare = found.assign(alpha=float("nan"), alpha_low=float("nan"), alpha_high=float("nan"), verdict="no_variation")
    empty = charts.agreement_forest(bare)
    assert not empty.data and len(empty.layout.annotations) == len(found)
    assert {each.text for each in empty.layout.annotations} == {"no variation"}


def test_the_matrix_has_every_pair_twice_with_its_n_and_names_stay_text(filled):
    pairs = filled.agree().pairs
    pairs = pairs[pairs["dimension"] == "tone"].replace({"annotator": {"ana": "<b>ana</b>"}})
    figure = charts.pair_matrix(pairs)
    z = pd.DataFrame(figure.data[0].z)
    assert z.notna().sum().sum() == 6 and (z.fillna(0) == z.fillna(0).T).all().all()
    assert "n 40" in figure.data[0].text[0][1] and "<b>ana</b>" not in str(figure)


def test_left_out_mixed_and_course(filled):
    found = filled.agree()
    people = found.annotators[found.annotators["dimension"] == "tone"]
    drawn = charts.left_out_forest(people)
    assert sum(len(trace.x) for trace in drawn.data) == 3
    mixed = found.confusions[found.confusions["dimension"] == "tone"]
    bars = charts.mixed_bars(mixed)
    assert bars.data[0].x[-1] == mixed["share"].iloc[0] and "items" in bars.data[0].text[-1]
    row = found.dimensions.set_index("dimension").loc[["tone", "tone"]].reset_index()
    course = row.assign(period=pd.to_datetime(["2026-11-02", "2026-11-09"], utc=True))
    assert len(charts.agreement_course(course).data[0].x) == 2
    course = filled.agreement_over_time("week", dimension="tone").periods
    drawn = charts.annotator_course(course, what="excess")
    assert [trace.name for trace in drawn.data] == ["ana", "ben", "eve"] and drawn.layout.xaxis.type == "date"
    thirds = charts.annotator_course(filled.agreement_over_time(dimension="tone").periods, what="disagreement")
    assert list(thirds.data[0].x) == ["1/3", "2/3", "3/3"]
