"""What the picture of drift rests on: each trace of both sets with its side, its cluster and its place, by id."""

import json

import numpy as np
import pytest
from golden_cases import accept, case
from test_drift_verb import Bag, workspace

from workbench import Workspace, charts


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    ws = workspace(tmp_path_factory.mktemp("moved"), daily=12, new_from=28)
    (ws.path / "workspace.toml").write_text('[redaction]\npolicy = "structured_only"\n[drift]\nmin_n = 60\n')
    again = Workspace(ws.path)
    again.__dict__["embedder"] = Bag()
    again.map()
    return again


def test_the_view_holds_the_report_and_every_trace_once(moved):
    view, report = moved.drift_view(replicates=99), moved.drift(replicates=99)
    assert repr(view.report) == repr(report) and view.report.verdict == "drifted"
    traces = view.traces
    assert traces["trace_id"].is_unique and len(traces) == 35 * 12
    assert [int((traces["current"] == side).sum()) for side in (False, True)] == [report.n, report.other_n]
    for row in report.clusters.shares.to_dict("records"):
        of = (
            traces["cluster"].isna()
            if row["name"] == "Unclustered"
            else (traces["cluster"] == row["cluster"]).fillna(False)
        )
        assert [int((of & (traces["current"] == side)).sum()) for side in (False, True)] == [row["n"], row["other_n"]]
    points = moved.points().set_index("trace_id")
    assert np.allclose(traces["x"], points["x"].reindex(traces["trace_id"]))
    assert (view.n_placed, view.n_not_drawn, view.reason) == (0, 0, None)


def test_no_text_is_in_it(moved):
    view = moved.drift_view(replicates=99)
    assert set(view.traces) == {"trace_id", "current", "started_at", "cluster", "x", "y", "placed", "off_map"}
    assert "question" not in view.traces.to_csv() + view.clusters.to_csv()


def test_the_new_word_is_found_where_it_lies(moved):
    view = moved.drift_view(replicates=99)
    new = view.report.leading.iloc[0]
    middle = view.clusters[view.clusters["cluster"] == new["cluster"]].iloc[0]
    assert middle["shown"] and "hotel" in middle["name"]
    density = view.density
    row, column = np.unravel_index(density.difference.argmax(), density.difference.shape)
    theirs = view.traces[(view.traces["cluster"] == new["cluster"]).fillna(False)]
    assert theirs["x"].min() <= density.x[column] <= theirs["x"].max()
    assert theirs["y"].min() <= density.y[row] <= theirs["y"].max() and density.shown[row, column]
    ids = view.of_cluster(int(new["cluster"]))
    assert len(ids) == new["other_n"] and set(ids) <= set(theirs["trace_id"])
    box = [theirs["x"].min() - 0.01, theirs["x"].max() + 0.01], [theirs["y"].min() - 0.01, theirs["y"].max() + 0.01]
    inside = view.within([box[0][0], box[0][1], box[0][1], box[0][0]], [box[1][0], box[1][0], box[1][1], box[1][1]])
    assert set(ids) <= set(inside) and inside == sorted(inside, key=lambda each: -int(each[1:]))


def test_days_and_what_was_followed(moved):
    view = moved.drift_view(replicates=99)
    days = view.days
    assert days["n"].sum() == 35 * 12 and days["day"].nunique() == 35
    assert view.followed == ("clusters", "failure_signs")  # no trace names its prompt or what it fetched
    assert str(view.last_at.date()) == "2026-04-04"
    assert moved.drift_view(min_n=400, replicates=99).followed == ()


def test_the_rows_of_a_list_come_in_its_order_and_without_strangers(moved):
    found = moved.drift_rows(["t7", "case x", "t3"])
    assert found["trace_id"].tolist() == ["t7", "t3"]
    assert found["first_words"].str.startswith("question ").all() and "input" not in found
    assert moved.drift_rows([]).empty


def test_releases_in_the_order_they_came(moved):
    found = moved.drift_releases()
    assert found["release"].tolist() == [str(day) for day in range(35)] and (found["n"] == 12).all()


def test_too_few_are_pictured_and_nothing_is_marked(moved):
    view = moved.drift_view("release = '33'", "release = '34'", replicates=99)
    assert view.report.reason == "too_few" and view.density is not None
    assert not view.density.shown.any() and not view.clusters["shown"].any()


def test_an_empty_side_is_an_answer(moved, tmp_path):
    view = moved.drift_view(current="release = 'never'")
    assert view.density is None and len(view.traces) == view.report.n and not view.traces["current"].any()
    assert view.last_at is None and view.clusters.empty
    nothing = Workspace.create(tmp_path / "empty").drift_view()
    assert nothing.traces.empty and nothing.days.empty and nothing.density is None


def test_without_a_map_there_is_no_picture(tmp_path):
    ws = workspace(tmp_path, daily=8)
    view = ws.drift_view(replicates=99)
    assert (view.reason, view.density, view.n_not_drawn) == ("no_map", None, 35 * 8)


def test_what_is_not_on_the_map_is_drawn_by_its_neighbours(tmp_path):
    ws = workspace(tmp_path, days=28, daily=12)
    ws.map()
    rows = [
        {"trace_id": f"n{i}", "started_at": f"2026-04-01T10:{i:02d}:00+00:00", "input": f"question {i} on a seat of 77"}
        for i in range(30)
    ]
    file = tmp_path / "late.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    ws.ingest(file)
    assert ws.drift_missing() == 30
    assert ws.drift_embed().new == 30 and ws.drift_missing() == 0
    view = ws.drift_view(replicates=99)
    late = view.traces[view.traces["trace_id"].str.startswith("n")]
    assert view.n_placed == 30 and late["placed"].all() and late["x"].notna().all()
    seats = view.traces[view.traces["cluster"].eq(late["cluster"].mode()[0]).fillna(False)]
    assert late["x"].median() == pytest.approx(seats["x"].median(), abs=2)
    assert ws.drift(replicates=99).n == view.report.n


def test_another_embedder_leaves_out_who_is_not_on_the_map(tmp_path):
    ws = workspace(tmp_path, days=35, daily=8)
    ws.map()
    ws.__dict__["embedder"] = Bag("another")
    view = ws.drift_view(current="started_at >= '2026-03-29'", replicates=99)
    assert view.reason is None and view.n_not_drawn == 0  # all are on it, and a place is a place
    file = tmp_path / "late.jsonl"
    file.write_text(json.dumps({"trace_id": "n", "started_at": "2026-04-02T10:00:00+00:00", "input": "a seat of 77"}))
    ws.ingest(file)
    view = ws.drift_view(current="started_at >= '2026-03-29'", replicates=99)
    assert (view.reason, view.n_not_drawn) == ("embedder_changed", 1) and view.density is not None


def test_cases_of_the_golden_set_have_a_place_too(tmp_path):
    ws = workspace(tmp_path, daily=12)
    ws.map()
    accept(ws, *(case(i, input_payload={"query": f"question {i} on a seat of {1000 + i}"}) for i in range(30)))
    ws.freeze(author="lee", reason="first", blind_share=0, allow_findings=True)
    view = ws.drift_view("golden", replicates=99)
    cases = view.traces[~view.traces["current"]]
    assert len(cases) == view.report.n == 30 and cases["placed"].all() and cases["x"].notna().all()


class TestCharts:
    def test_the_map_shows_difference_outline_dots_and_names(self, moved):
        view = moved.drift_view(replicates=99)
        figure = charts.drift_map(view.density, view.clusters, view.traces)
        heat, outline, dots = figure.data[:3]
        assert heat.type == "heatmap" and np.asarray(heat.z).shape == view.density.difference.shape
        assert heat.zmin == -heat.zmax and outline.type == "contour" and len(dots.x) == 7 * 12
        bold = [each.text for each in figure.layout.annotations if each.text.startswith("<b>")]
        assert any("hotel" in each for each in bold)
        few = charts.drift_map(view.density, view.clusters.iloc[:0], view.traces.iloc[:0])
        assert not few.layout.annotations and len(few.data[2].x) == 0

    def test_many_traces_are_drawn_in_part(self, moved):
        view = moved.drift_view(replicates=99)
        many = view.traces[view.traces["current"]]
        many = many.iloc[np.arange(10_000) % len(many)]
        assert len(charts.drift_map(view.density, view.clusters, many).data[2].x) == 2_500

    def test_shares_not_shown_are_hollow_and_names_are_text(self, moved):
        shares = moved.drift(replicates=99).clusters.shares
        shares = shares.assign(name=[f"<b>{name}</b>" for name in shares["name"]])
        figure = charts.drift_shares(shares)
        by_name = {trace.name: trace for trace in figure.data}
        told = int((shares["p_bh"] <= 0.05).sum())
        assert sum(len(by_name[each].x) for each in by_name if each != "may be chance") == told > 0
        assert by_name["may be chance"].marker.symbol == "circle-open"
        assert all(name.startswith("&lt;b&gt;") for name in figure.layout.yaxis.ticktext)
        assert len(figure.layout.yaxis.ticktext) == min(len(shares), 15)
        top = by_name["more now"]
        assert top.x[0] == pytest.approx(100 * shares["difference"].iloc[0]) and top.y[0] == len(shares) - 1
        assert "<b>new</b>" in figure.layout.yaxis.ticktext[-1]
        unsure = charts.drift_shares(shares, level=0)
        assert {trace.name for trace in unsure.data} == {"may be chance"}
        assert not any("<b>" in name for name in unsure.layout.yaxis.ticktext)

    def test_the_timeline_has_a_lane_each_and_says_where_no_day_stands_out(self, moved):
        view = moved.drift_view(replicates=99)
        figure = charts.drift_timeline(view.report.timeline, view.days, lanes=view.followed)
        marks = [trace for trace in figure.data if trace.type == "scatter" and trace.text]
        assert len(marks) == len(view.report.timeline) == 1 and str(marks[0].x[0]) == "2026-03-29"
        assert [each.text for each in figure.layout.annotations] == ["no day stands out"]
        assert sum(sum(trace.y) for trace in figure.data if trace.type == "bar") == 35 * 12
        quiet = charts.drift_timeline(view.report.timeline.iloc[:0], view.days, lanes=view.followed)
        assert list(quiet.data[-1].y) == [0] and quiet.data[-1].marker.opacity == 0  # so that the lanes have their axis
        bare = charts.drift_timeline(view.report.timeline, view.days, lanes=())
        assert {trace.type for trace in bare.data} == {"bar"} and not bare.layout.annotations

    def test_the_usual_has_its_limit_where_one_was_learnt(self, tmp_path):
        ws = workspace(tmp_path, days=100, daily=12)
        ws.embed()
        report = ws.drift(replicates=99, min_n=50)
        figure = charts.drift_usual(report.usual, report.usual.weeks["end"].max())
        assert report.usual.limit is not None and len(figure.data[0].x) == len(report.usual.weeks) >= 8
        assert {each.text for each in figure.layout.annotations} == {"usual", "limit"}
        assert figure.to_json()  # written without a warning
        bare = charts.drift_usual(type(report.usual)(), None)
        assert len(bare.data) == 1 and not bare.layout.annotations

    def test_outcomes_have_their_intervals_and_say_who_is_thin(self, moved):
        found = moved.outcomes("release")
        figure = charts.outcome_groups(found.groups, "failure_signs", changed=("26",))
        assert len(figure.data[0].x) == len(found.groups[found.groups["measure"] == "failure_signs"])
        assert "<b>26</b> (12)" in figure.layout.yaxis.ticktext
        assert set(figure.data[0].marker.symbol) == {"circle-open", "circle"}  # a day has 12 traces, the other ones 30
        course = charts.outcome_course(moved.outcomes().frame, "failure_signs", "all")
        assert "too few to judge" not in course.data[0].customdata[0] and course.to_json()
