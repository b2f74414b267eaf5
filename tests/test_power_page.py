"""The Power page, opened empty and filled: what is in the URL decides, and every number is a verb's."""

from pathlib import Path

import pandas as pd
import pytest
import streamlit
from golden_cases import accept, case
from streamlit.testing.v1 import AppTest
from test_rank_page import ROOT

from workbench import Workspace, charts
from workbench.gate import RULES, plan
from workbench.ui.words import plain
from workbench.workspace.planning import power_curves

HOSTILE = "**x** <img src=x onerror=alert(1)>"


@pytest.fixture(autouse=True, scope="module")
def let_go():
    """Close what the pages keep open between reruns."""
    yield
    streamlit.cache_resource.clear()


@pytest.fixture(scope="module")
def ws(tmp_path_factory) -> Workspace:
    """Two versions, the second with one more fifth of cases; three slices are too small for anything."""
    made = Workspace.create(tmp_path_factory.mktemp("power") / "w")
    accept(made, *(case(n, slices={"half": "ab"[n % 2]}) for n in range(400)))
    made.freeze(author="ana", reason="first")
    accept(made, *(case(n, slices={"half": "ab"[n % 2], "rare": HOSTILE}) for n in range(400, 404)))
    made.freeze(author="ana", reason="more", blind_share=0)
    return made


def opened(ws: Workspace, monkeypatch, **query: object) -> AppTest:
    monkeypatch.setenv("WORKBENCH", str(ws.path))
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=90).run()
    app.switch_page("pages/power.py")
    for name, value in query.items():
        app.query_params[name] = str(value)
    app.run()
    assert not app.exception
    return app


def said(app: AppTest) -> str:
    parts = [*app.markdown, *app.caption, *app.info, *app.error, *app.warning]
    return "\n".join(str(part.value) for part in parts)


def answer(app: AppTest) -> str:
    return next(each.body for each in app.get("html") if 'role="status"' in each.body)


def table(app: AppTest, *columns: str) -> pd.DataFrame:
    return next(each.value for each in app.dataframe if set(columns) <= set(each.value.columns))


def test_before_anything_is_frozen_it_plans_all_the_same(tmp_path: Path, monkeypatch):
    app = opened(Workspace.create(tmp_path / "e"), monkeypatch)
    text = said(app)
    assert ">312<" in answer(app) and "Nothing is frozen yet" in text and "Once a version is frozen" in text
    assert "freeze a version of about that size" in text and len(app.get("plotly_chart")) == 2
    assert not app.dataframe


# reference/statistics.md §6: 312 pairs, 1,960 for 2 points, 903 in each of two samples for 80 to 85%
@pytest.mark.parametrize(
    ("query", "n"),
    [
        ({}, "312"),
        ({"points": 2}, "1,960"),
        ({"passes": 80, "answer": "different cases", "way": "rise"}, "903"),
        ({"differ": 20}, "626"),
    ],
)
def test_the_url_says_what_is_asked(ws, monkeypatch, query, n):
    assert f">{n}<" in answer(opened(ws, monkeypatch, **query))


def test_what_the_versions_see_and_lack(ws, monkeypatch):
    app = opened(ws, monkeypatch, slices=10)
    rows, sizes = table(app, "set", "lacks"), ws.golden_sizes()
    assert dict(zip(rows["set"], rows["cases"], strict=True)) == sizes and rows["set"].iloc[-1] == "v1"
    for row in rows.itertuples():
        seen = plan(0.9, -0.05, discordance=0.1, n=row.cases)
        assert row[3] == f"{100 * seen.mde:.1f} points" and row[4] == ("yes" if row.cases >= 312 else "no")
    text = said(app)
    assert f"**{plan(0.9, -0.05, discordance=0.1, slices=10).slices.n:,}**, 1.70 times as many" in text
    assert all(plain(rule.rule) in text and plain(rule.holds) in text for rule in RULES)


def test_which_slices_see_what(ws, monkeypatch):
    app = opened(ws, monkeypatch, points=12, differ=15)
    rows = table(app, "slice", "verdict")
    found = ws.slice_power(baseline=0.9, effect=-0.12, discordance=0.15, version=2)
    assert rows["slice"].tolist() == found["slice"].tolist() and rows["cases"].tolist() == found["n"].tolist()
    words = dict(zip(rows["slice"], rows["verdict"], strict=True))
    assert words["half=a"] == "sees it, tested with the others"
    assert words[f"rare={HOSTILE}"] == "too small to be tested"
    assert "2 of 3 see 12 points, tested together" in said(app) and HOSTILE not in said(app)


def test_what_cannot_be_is_said_and_nothing_is_drawn(ws, monkeypatch):
    app = opened(ws, monkeypatch, points=20, differ=5)
    assert "runs differ on" in said(app) and not app.get("plotly_chart")
    assert "ask for what can be" in said(app)
    app = opened(ws, monkeypatch, passes=98, way="rise")
    assert "leaves 0 to 1" in said(app)


def test_the_notebook_lines_give_the_same(ws, monkeypatch, capsys):
    app = opened(ws, monkeypatch, points=4, differ=12, slices=5)
    made: dict = {}
    exec(app.code[-1].value, made)
    n = plan(0.9, -0.04, discordance=0.12).n
    assert f"Power: {n:,} pairs" in capsys.readouterr().out and f">{n:,}<" in answer(app)
    assert made["slices"]["slice"].tolist() == table(app, "slice", "verdict")["slice"].tolist()
    assert list(made["sizes"]) == list(reversed(table(app, "set", "lacks")["set"].tolist()))


def test_the_curves_are_drawn():
    curves = power_curves(0.9, -0.05, discordance=0.1)
    drawn = charts.smallest_change(curves.smallest, wanted=0.05, sizes={"v<b>1": 208})
    assert [each.name for each in drawn.data] == [
        "same cases, paired", "different cases, in each sample", "one run, fixed target"
    ]  # fmt: skip
    paired = curves.smallest[curves.smallest["design"] == "paired"].dropna()
    assert list(drawn.data[0].x) == paired["n"].tolist() and max(drawn.data[0].y) > 10
    told = str(drawn.layout.annotations)
    assert "5 points matter" in told and "v&lt;b&gt;1 (208)" in told and "<b>" not in told
    chances = charts.chance_to_see(curves.chances, wanted=0.05)
    assert list(chances.data[0].y) == sorted(chances.data[0].y)
    assert len(charts.smallest_change(power_curves(0.9, -0.05).smallest, wanted=0.05).data) == 2, "no pairs, no curve"
