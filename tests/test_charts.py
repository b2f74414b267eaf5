"""Colours keep their meanings, shares are written with their intervals, and trace text never becomes markup."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench import charts
from workbench.charts.colours import MOST


@pytest.fixture
def points():
    return pd.DataFrame(
        {
            "trace_id": ["a", "b", "c", "d"],
            "x": [0.0, 1.0, 2.0, 3.0],
            "y": [0.0, 1.0, 0.0, 1.0],
            "cluster": pd.Series([0, 1, 12, None], dtype="Int64"),
            "failed": [True, False, False, True],
            "feedback": pd.Series([-1, 1, None, 0], dtype="Int8"),
            "status": ["ok", "error", None, "ok"],
            "model": ["small", "large", "small", None],
            "first_words": ["<b>bold</b>", "<a href='http://x'>y</a>", "plain & simple", None],
        }
    )


def test_clusters_keep_their_colour_and_the_unclustered_are_grey(points):
    found = charts.colouring(points, "cluster")
    shades = [found.palette[code] for code in found.codes]
    assert shades == [charts.CLUSTERS[0], charts.CLUSTERS[1], charts.CLUSTERS[0], charts.UNCLUSTERED]
    assert found.counts[-1] == 1


def test_no_cluster_wears_the_colour_of_a_verdict():
    assert not {charts.PASS, charts.FAIL, charts.UNDECIDED, charts.UNCLUSTERED} & set(charts.CLUSTERS)


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("failed", ["failure signal", "none seen", "none seen", "failure signal"]),
        ("feedback", ["thumbs down", "thumbs up", "not given", "neutral"]),
        ("status", ["ok", "error", "not given", "ok"]),
    ],
)
def test_verdicts_have_fixed_colours(points, column, expected):
    found = charts.colouring(points, column)
    assert [found.labels[code] for code in found.codes] == expected
    bad = {"failed": "failure signal", "feedback": "thumbs down", "status": "error"}[column]
    assert found.palette[found.labels.index(bad)] == charts.FAIL


def test_a_column_with_many_values_groups_the_rest():
    frame = pd.DataFrame({"release": [f"r{i}" for i in range(30)] + ["r0", None]})
    found = charts.colouring(frame, "release")
    assert found.labels[found.codes[0]] == "r0"
    assert found.counts[found.labels.index("18 others")] == 30 - MOST
    assert found.labels[found.codes[-1]] == "not given"


def test_a_number_becomes_a_scale_of_equally_filled_steps():
    frame = pd.DataFrame({"latency_ms": [*np.arange(700.0), np.nan]})
    found = charts.colouring(frame, "latency_ms")
    assert found.is_scale
    assert found.counts[:7] == (100,) * 7
    assert found.labels[found.codes[-1]] == "not given"
    assert (np.diff(found.codes[:-1].astype(int)) >= 0).all()


def test_time_becomes_a_scale_of_days():
    frame = pd.DataFrame({"started_at": pd.date_range("2026-01-01", periods=70, freq="D", tz="UTC")})
    found = charts.colouring(frame, "started_at")
    assert found.is_scale and found.labels[0].startswith("1 Jan 2026 to ")


@given(
    st.lists(
        st.one_of(st.none(), st.floats(allow_infinity=False, width=32), st.integers(-3, 3)), min_size=1, max_size=60
    )
)
def test_every_row_gets_a_colour_that_means_something(values):
    found = charts.colouring(pd.DataFrame({"cost_usd": pd.Series(values, dtype="Float64")}), "cost_usd")
    assert len(found.codes) == len(values) and sum(found.counts) == len(values)
    assert found.codes.max() < len(found.palette) == len(found.labels) == len(found.counts) <= 64


@given(st.text())
def test_escaped_text_holds_no_markup(text):
    written = charts.escaped(text)
    assert "<" not in written and ">" not in written


def test_hover_text_of_the_map_is_escaped(points):
    figure = charts.scatter(points, clusters=pd.DataFrame({"name": ["<i>n</i>"], "x": [0.0], "y": [0.0]}))
    hovers = [text for trace in figure.data for text in trace.text]
    assert "&lt;b&gt;bold&lt;/b&gt;" in hovers and not any("<" in text for text in hovers)
    assert figure.layout.annotations[0].text == "&lt;i&gt;n&lt;/i&gt;"
    assert sum(len(trace.x) for trace in figure.data) == 4


def test_days_are_stacked_by_release_in_the_order_of_time():
    days = pd.DataFrame(
        {
            "day": pd.to_datetime(["2026-01-01", "2026-01-02", "2026-01-02"], utc=True),
            "release": ["1.0", "1.0", "1.1"],
            "n": [5, 6, 7],
        }
    )
    marks = pd.DataFrame({"first_at": pd.to_datetime(["2026-01-02T10:00Z"]), "n": [7], "prompt_hash": ["ab"]})
    figure = charts.per_day(days, marks=marks)
    assert [bar.name for bar in figure.data if bar.type == "bar"] == ["1.0", "1.1"]
    assert figure.data[-1].text == ("new system prompt, 7 traces",)


def test_the_forest_shows_the_worst_clusters_with_their_intervals():
    clusters = pd.DataFrame(
        {
            "cluster": [0, 1, 2],
            "name": ["fine", "bad", "<b>odd</b>"],
            "n": [100, 40, 10],
            "failure_rate": [0.02, 0.3, 0.1],
            "low": [0.01, 0.18, 0.02],
            "high": [0.07, 0.45, 0.4],
        }
    )
    figure = charts.failure_forest(clusters, overall=0.1, top=2)
    assert list(figure.layout.yaxis.ticktext) == ["&lt;b&gt;odd&lt;/b&gt; (10)", "bad (40)"]
    assert figure.data[0].text == ("10% (2-40), n 10", "30% (18-45), n 40")
    assert figure.data[0].error_x.array[1] == pytest.approx(0.15)
