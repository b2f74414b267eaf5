"""Clusters over time: ids by hand, proposals from planted groups, and the verbs on a small workspace."""

import threading
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from lineage_workspace import add, make, opened

from workbench import Workspace
from workbench.cli import cli
from workbench.clusters.lineage import ALIKE, centroids, match
from workbench.clusters.proposing import LEAST, closeness, cut_of, propose
from workbench.errors import BadRequest, MapChanged, UnknownName, WorkbenchError
from workbench.lineage import why_not_kept

# ---- matching, by hand


def matched(old, new, **more):
    """Clusters of two maps of the same traces; old ids are 10, 11, ..., the next free one is 20."""
    old, new = np.asarray(old), np.asarray(new)
    j, k = old.max(initial=-1) + 1, new.max(initial=-1) + 1
    given = {
        "old_ids": 10 + np.arange(j),
        "old_sizes": np.bincount(old[old >= 0], minlength=j),
        "new_sizes": np.bincount(new[new >= 0], minlength=k),
        "next_id": 20,
    }
    return match(old, new, **{**given, **more})


def told(found, *kinds):
    return [
        (each["event"], each["cluster"], each["from"], each["share"]) for each in found.events if each["event"] in kinds
    ]


def test_the_same_clusters_in_another_order_keep_their_ids_and_names():
    found = matched([0, 0, 0, 1, 1, 2], [2, 2, 2, 0, 0, 1])
    assert found.ids.tolist() == [11, 12, 10] and not found.renamed.any() and found.next_id == 20
    assert [each["event"] for each in found.events] == ["kept"] * 3


def test_a_split_keeps_the_id_of_the_larger_part_and_says_so():
    found = matched([0] * 10, [0] * 6 + [1] * 4)
    assert found.ids.tolist() == [10, 20] and found.next_id == 21
    assert found.renamed.tolist() == [False, True]  # Jaccard .6
    assert told(found, "split") == [("split", 10, 10, 0.6), ("split", 20, 10, 0.4)]
    assert told(found, "kept") == [("kept", 10, 10, 0.6)] and told(found, "gone", "merged") == []


def test_why_clusters_were_not_found_again_is_said_by_what_is_otherwise_than_before():
    same = {"method": "communities", "seed": 0, "found": {"separation": 0.4}}
    said = partial(why_not_kept, 4, 8, of=100, before=same)
    assert said(came=30, went=2, params=same) == (
        "4 of 8 clusters were found again: 30 of 100 traces came since the last one was laid out"
    )
    cloud = said(came=0, went=20, params={**same, "found": {"separation": 0.13}})
    assert "20 that were on it are gone; the texts are a cloud" in cloud and "silhouette 0.13" in cloud
    assert said(came=0, went=0, params={**same, "method": "kmeans", "seed": 7}).endswith(
        "another method; another seed, on which kmeans depends"
    )
    assert said(came=0, went=0, params=same, comparable=False).endswith("(embedder or text view)")
    assert said(came=0, went=0, params=same).endswith("shares less than half with what they were")


def test_a_merger_keeps_the_id_of_the_larger_and_the_other_is_gone():
    found = matched([0] * 6 + [1] * 4, [0] * 10)
    assert found.ids.tolist() == [10]
    assert told(found, "gone", "merged") == [
        ("gone", 11, None, None),
        ("merged", 10, 10, 1.0),
        ("merged", 10, 11, 1.0),
    ]


def test_half_of_both_is_the_least_that_is_the_same_cluster():
    half = matched([0] * 4 + [-1] * 4, [0] * 2 + [-1] * 2 + [0] * 2 + [-1] * 2)  # 2 of 4 and 4: Dice .5, Jaccard 1/3
    assert half.ids.tolist() == [10] and half.renamed.tolist() == [True]
    less = matched([0] * 5 + [-1] * 3, [0] * 2 + [-1] * 3 + [0] * 3)  # 2 of 5 and 5: Dice .4
    assert less.ids.tolist() == [20] and told(less, "gone") == [("gone", 10, None, None)]


def test_ids_go_where_most_is_shared_in_all_not_to_the_first_that_asks():
    # new 0 shares 3 with old 0 and 3 with old 1; new 1 shares 2 with old 0 alone: both olds live on
    found = matched([0] * 5 + [1] * 4, [0, 0, 0, 1, 1, 0, 0, 0, -1])
    assert sorted(found.ids.tolist()) == [10, 11]
    assert found.ids[1] == 10


def test_only_clusters_without_a_shared_trace_are_looked_up_by_where_they_lay():
    near = np.array([[0.999, 0.0447, 0]])
    where = {"old_centroids": np.eye(3)[:2], "new_centroids": near}
    nothing = np.empty(0, dtype=np.int64)
    sizes = {"old_ids": np.array([10, 11]), "old_sizes": np.array([5, 5]), "new_sizes": np.array([7])}
    found = match(nothing, nothing, **sizes, next_id=20, **where)
    assert found.ids.tolist() == [10] and not found.renamed.any()
    assert "cosine 0.999" in found.events[0]["reason"] and found.events[0]["share"] is None
    far = np.array([[np.cos(0.6), np.sin(0.6), 0]])
    assert np.cos(0.6) < ALIKE
    assert match(nothing, nothing, **sizes, next_id=20, old_centroids=np.eye(3)[:2], new_centroids=far).ids == [20]
    shared = matched([0] * 4, [-1] * 4, new_sizes=np.array([7]), old_centroids=np.eye(3)[:1], new_centroids=near)
    assert shared.ids.tolist() == [20]  # its traces are here, and they are elsewhere now


def test_a_cluster_that_turned_to_another_subject_is_named_anew():
    turned = np.array([[0.1, 1.0, 0.0], [0.0, 0.0, 1.0]])
    found = matched([0] * 4 + [1] * 4, [0] * 4 + [1] * 4, old_centroids=np.eye(3)[:2], new_centroids=turned)
    assert found.ids.tolist() == [10, 11] and found.renamed.tolist() == [True, False]


@settings(max_examples=60, deadline=None)
@given(hnp.arrays(np.int64, st.tuples(st.integers(0, 40), st.just(2)), elements=st.integers(-1, 5)))
def test_ids_are_unique_and_a_new_one_was_never_used(pairs):
    found = matched(pairs[:, 0], pairs[:, 1])
    ids = found.ids.tolist()
    assert len(set(ids)) == len(ids)
    assert all(each >= 20 or each < 20 and each >= 10 for each in ids)
    assert found.next_id == 20 + sum(each >= 20 for each in ids)
    kinds = [each["event"] for each in found.events]
    assert kinds.count("kept") + kinds.count("new") == len(ids)
    assert kinds.count("kept") + kinds.count("gone") == pairs[:, 0].max(initial=-1) + 1
    assert all(0 <= each["share"] <= 1 for each in found.events if each["share"] is not None)
    assert matched(pairs[:, 0], pairs[:, 1]).events == found.events


def test_centroids_are_unit_or_nothing():
    found = centroids(np.array([[1.0, 0], [0, 1], [1, 0]]), np.array([0, 0, -1]), 2)
    assert found.tolist() == pytest.approx(np.array([[0.5**0.5, 0.5**0.5], [0, 0]]))


# ---- proposals


def around(direction, n, *, d=24, noise=0.3, seed=0):
    """n vectors about one axis."""
    random = np.random.default_rng(seed)
    return np.eye(d)[direction] + noise * random.normal(size=(n, d)) / np.sqrt(d) * 2


def test_closeness_is_the_mean_cosine_to_the_other_texts_of_the_cluster():
    vectors = np.array([[1.0, 0], [0, 1], [1, 0], [0.6, 0.8], [0.8, 0.6], [0, -1]])
    # cluster 0: (1,0), said twice, (0,1) and (.6,.8); cluster 1 has (.8,.6) alone and says nothing
    found = closeness(vectors, np.array([0, 0, 0, 0, 1, -1]))
    assert found.tolist() == pytest.approx([0.3, 0.4, 0.7])
    assert cut_of(found) == pytest.approx(0.32)  # the first tenth of .3, .4, .7
    assert np.isnan(cut_of(closeness(vectors, np.full(6, -1))))


def test_two_subjects_are_proposed_and_scattered_oddities_are_not():
    scattered = np.random.default_rng(1).normal(size=(30, 24))
    vectors = np.concatenate([around(0, 14), around(5, 11, seed=2), scattered])
    found = propose(vectors, cut=0.6)
    assert [sorted(each.rows.tolist()) for each in found] == [list(range(14)), list(range(14, 25))]
    assert all(each.sure == "firm" and each.density > 0.6 and each.found_again > 0.9 for each in found)
    again = propose(vectors, cut=0.6)
    assert [(each.rows.tolist(), each.stability) for each in again] == [
        (each.rows.tolist(), each.stability) for each in found
    ]


def test_too_few_traces_or_sessions_are_no_subject():
    assert propose(around(0, LEAST - 1), cut=0.5) == []
    vectors = around(0, 12)
    assert propose(vectors, cut=0.5, sessions=np.repeat([0, 1, 2, 3], 3)) == []
    assert len(propose(vectors, cut=0.5, sessions=np.arange(12) % 5)) == 1
    assert propose(vectors, cut=float("nan")) == [] and propose(np.empty((0, 3)), cut=0.5) == []


def test_one_text_that_many_send_is_a_subject():
    (found,) = propose(np.tile(around(0, 1), (20, 1)), cut=0.9)
    assert len(found.rows) == 20 and found.density == 1.0 and found.sure == "firm"


def test_a_cloud_that_could_be_cut_elsewhere_is_not_called_firm():
    """Texts evenly around a circle: every draw cuts it in other places."""
    angles = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    found = propose(np.column_stack([np.cos(angles), np.sin(angles)]), cut=0.7)
    assert found and all(each.sure != "firm" for each in found)


def test_of_very_many_texts_some_are_grouped_and_the_rest_joins(monkeypatch):
    monkeypatch.setattr("workbench.clusters.proposing.MOST", 40)
    vectors = np.concatenate([around(0, 60), around(7, 50, seed=3)])
    found = propose(vectors, cut=0.6, draws=5)
    assert [len(each.rows) for each in found] == [60, 50]


# ---- the verbs


@pytest.fixture(scope="module")
def mapped(tmp_path_factory) -> Path:
    return make(tmp_path_factory.mktemp("lineage") / "w")


@pytest.fixture
def ws(mapped, tmp_path):
    import shutil

    shutil.copytree(mapped, tmp_path / "w")
    made = opened(tmp_path / "w")
    yield made
    made.store.close()


def stored(ws):
    return ws.store.map(ws.store.newest_map())


def proposed(ws):
    found = ws.cluster_proposals()
    assert len(found.frame) == 1
    return found.frame.iloc[0]


def test_what_is_off_the_map_is_in_no_cluster_and_is_proposed(ws):
    points = stored(ws).points
    off = points[points["off_map"]]
    assert set(off["trace_id"]) == {f"drone-{i:03d}" for i in range(12)}
    assert off["cluster"].isna().all() and off["placed"].all()
    row = proposed(ws)
    assert (row["n"], row["sessions"], row["sure"]) == (12, 6, "firm")
    assert "drone" in row["keywords"][0] and set(row["trace_ids"]) == set(off["trace_id"])
    assert row["share"] == pytest.approx(12 / 17) and row["low"] < row["share"] < row["high"]
    assert row["density"] > 0.3 and set(row["examples"]) <= set(row["trace_ids"])


def test_accepting_moves_no_point_and_changes_nothing_else(ws):
    before, row = stored(ws), proposed(ws)
    done = ws.accept_cluster(row["proposal"], name="drones in luggage", by="Lena")
    after = stored(ws)
    assert done.cluster == 4 and done.n == 12 and after.map_id == done.map_id != before.map_id
    own = after.points["trace_id"].isin(row["trace_ids"])
    assert (after.points.loc[own, "cluster"] == 4).all() and not after.points.loc[own, "off_map"].any()
    pd.testing.assert_frame_equal(after.points[["trace_id", "x", "y"]], before.points[["trace_id", "x", "y"]])
    pd.testing.assert_frame_equal(after.points[~own], before.points[~own])
    pd.testing.assert_frame_equal(after.clusters.iloc[:4], before.clusters)
    assert after.clusters["name"].iloc[4] == "drones in luggage" and after.clusters["n"].iloc[4] == 12
    assert len(ws.clusters()) == 5 and ws.cluster_proposals().frame.empty
    last = ws.cluster_lineage().iloc[-1]
    assert (last["event"], last["cluster"], last["by"], last["n"]) == ("accepted", 4, "Lena", 12)
    assert last["name"] == "drones in luggage" and last["made_at"].tzinfo is not None


def test_what_was_accepted_is_part_of_the_map_and_keeps_its_id_and_name_in_a_new_one(ws):
    ws.accept_cluster(proposed(ws)["proposal"], name="drones in luggage", by="Lena")
    add(ws, "drone", 4, first=12)
    later = ws.map(update=True)
    assert (later.placed, later.off_map) == (4, 0)
    points = stored(ws).points
    assert (points.loc[points["trace_id"].str.startswith("drone"), "cluster"] == 4).all()
    again = ws.map(seed=7)
    assert (again.kept, again.new, again.gone, again.why) == (5, 0, 0, None)
    clusters = ws.clusters().set_index("cluster")
    assert clusters.loc[4, "name"] == "drones in luggage" and clusters.loc[4, "n"] == 16
    found = ws.cluster_lineage()
    assert found["map_id"].nunique() == 3  # the first, the accepted, the last; updates change no cluster
    assert found.loc[found["event"] == "kept", "share"].tolist() == [1.0] * 5
    add(ws, "voucher", 9, first=30)
    ws.map(update=True)
    coarse = ws.map(method="kmeans", n_clusters=2, seed=7)
    assert coarse.kept < 5 and coarse.why.endswith(
        "found again: another method; another n clusters; 9 of 150 traces came since the last one was laid out"
    )


def test_a_cluster_of_which_a_purge_left_nothing_is_gone(ws):
    ws.accept_cluster(proposed(ws)["proposal"], name="drones in luggage", by="Lena")
    ws.purge(where="trace_id LIKE 'drone%'", by="Lena", reason="asked to be forgotten")
    ended = ("gone", 0, "its traces were purged")
    for rebuilt in (False, True):
        if rebuilt:
            assert ws.map().gone == 0
        found = ws.cluster_lineage()
        own = found[found["cluster"] == 4]
        assert own["event"].tolist() == ["accepted", "gone"]
        assert tuple(own.iloc[-1][["event", "n", "reason"]]) == ended
        assert own["map_id"].iloc[-1] == ws.store.newest_map()
        assert found.loc[found["cluster"] != 4, "event"].isin(["new", "kept"]).all()


def test_the_names_of_clusters_and_people_are_no_place_for_addresses(ws):
    proposal = proposed(ws)["proposal"]
    done = ws.accept_cluster(proposal, name="drones, ask lena@example.com", by="Lena")
    assert "example.com" not in done.name and done.name.startswith("drones")
    with pytest.raises(WorkbenchError, match="address"):
        ws.dismiss_cluster(proposal, reason="no", by="lena@example.com")


def test_a_dismissal_has_a_reason_and_lasts_until_there_is_more(ws):
    row = proposed(ws)
    with pytest.raises(BadRequest, match="reason"):
        ws.dismiss_cluster(row["proposal"], reason=" ", by="Lena")
    before = stored(ws)
    ws.dismiss_cluster(row["proposal"], reason="a test run by bob@example.com", by="Lena")
    after = stored(ws)
    pd.testing.assert_frame_equal(after.points.drop(columns="dismissed"), before.points.drop(columns="dismissed"))
    found = ws.cluster_proposals()
    assert found.frame.empty and found.off_map == 0 and "needs 10" in found.reason
    last = ws.cluster_lineage().iloc[-1]
    assert (last["event"], last["by"], last["n"]) == ("dismissed", "Lena", 12) and pd.isna(last["cluster"])
    assert last["reason"].startswith("a test run by") and "example.com" not in last["reason"]
    add(ws, "drone", 9, first=12)
    assert ws.map(update=True).proposals == 0
    add(ws, "drone", 3, first=21)
    assert ws.map(update=True).proposals == 1
    assert set(proposed(ws)["trace_ids"]) == {f"drone-{i:03d}" for i in range(12, 24)}


def test_the_same_subject_in_small_parts_is_off_the_map_all_the_same(ws):
    """Neither those off the map nor those dismissed are a footing to place others by."""
    for first in range(12, 18, 3):
        add(ws, "drone", 3, first=first)
        assert ws.map(update=True).off_map == 3
    assert proposed(ws)["n"] == 18


def test_a_proposal_stands_for_what_was_shown(ws):
    shown = proposed(ws)["proposal"]
    add(ws, "drone", 2, first=12)
    ws.map(update=True)
    with pytest.raises(UnknownName, match=proposed(ws)["proposal"]):
        ws.accept_cluster(shown, name="drones", by="Lena")
    with pytest.raises(BadRequest, match="already"):
        ws.accept_cluster(proposed(ws)["proposal"], name=ws.clusters()["name"].iloc[0].upper(), by="Lena")


def test_two_who_decide_at_once_do_not_both_win(ws, monkeypatch):
    proposal = proposed(ws)["proposal"]
    other = opened(ws.path)
    real = Workspace._saved

    def slow(self, made, *, follows):
        if self is ws:  # the other one is quicker
            monkeypatch.setattr(Workspace, "_saved", real)
            other.dismiss_cluster(proposal, reason="no", by="Ana")
        return real(self, made, follows=follows)

    monkeypatch.setattr(Workspace, "_saved", slow)
    with pytest.raises(MapChanged, match="again"):
        ws.accept_cluster(proposal, name="drones", by="Lena")
    assert ws.cluster_lineage()["event"].tolist()[-1] == "dismissed"
    other.store.close()


def test_maps_made_at_once_never_share_a_new_id(ws):
    add(ws, "drone", 10, first=12)
    other = opened(ws.path)
    workers = [threading.Thread(target=each.map) for each in (ws, other)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    found = ws.cluster_lineage()
    new = found[found["event"] == "new"]
    assert new["cluster"].is_unique and set(new["cluster"]) == {0, 1, 2, 3, 4}
    other.store.close()


def test_killed_before_it_is_visible_a_decision_leaves_the_map_as_it_was(ws, monkeypatch):
    before, proposal = ws.store.newest_map(), proposed(ws)["proposal"]

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("workbench.store.maps.into_place", killed)
        with pytest.raises(KeyboardInterrupt):
            ws.accept_cluster(proposal, name="drones", by="Lena")
    assert ws.store.newest_map() == before and proposed(ws)["proposal"] == proposal
    assert ws.accept_cluster(proposal, name="drones", by="Lena").cluster == 4
    assert len(list((ws.path / "maps").iterdir())) == 3


def test_a_map_from_before_lineage_was_kept_starts_it(ws):
    old = stored(ws)
    bare = {key: each for key, each in old.params.items() if key not in ("lineage", "next_cluster", "updated_from")}
    clusters = old.clusters.assign(cluster=old.clusters["cluster"] + 40)
    points = old.points.drop(columns=["placed", "dismissed"]).assign(cluster=old.points["cluster"] + 40)
    ws.store.save_map("old", points=points, clusters=clusters, arrays={}, params=bare)
    found = ws.cluster_lineage()
    assert found[found["map_id"] == "old"]["event"].tolist() == ["new"] * 4
    again = ws.map()
    assert (again.kept, again.new) == (4, 1) and set(ws.clusters()["cluster"]) == {40, 41, 42, 43, 44}


def test_a_new_map_helps_where_the_old_one_cannot_be_read(ws):
    newest = ws.store.newest_map()
    (ws.path / "maps" / newest / "clusters.parquet").unlink()
    made = ws.map()
    assert made.kept == 0 and set(ws.clusters()["cluster"]) == {4, 5, 6, 7, 8}


# ---- the command line


def run(ws, *words):
    return CliRunner().invoke(cli, ["-w", str(ws.path), "clusters", *words])


def test_clusters_on_the_command_line(ws, monkeypatch):
    import json

    plain = json.loads(run(ws, "--json").stdout)
    assert list(plain) == ["clusters"] and {"cluster", "n", "share", "keywords", "medoid"} <= set(plain["clusters"][0])
    shown = run(ws, "proposals")
    assert shown.exit_code == 0 and "drone" in shown.stdout and "firm" in shown.stdout
    (row,) = json.loads(run(ws, "proposals", "--json").stdout)["proposals"]
    told = run(ws, "accept", row["proposal"], "--name", "drones", "--by", "Lena", "--json")
    assert json.loads(told.stdout)["cluster"] == 4
    events = json.loads(run(ws, "lineage", "--json").stdout)["lineage"]
    assert events[-1]["event"] == "accepted" and events[-1]["by"] == "Lena"
    assert "accepted" in run(ws, "lineage").stdout
    nothing = run(ws, "proposals")
    assert nothing.exit_code == 0 and "0 traces are off the map" in nothing.stdout
    assert isinstance(run(ws, "accept", "p-none", "--by", "Lena").exception, UnknownName)
    assert isinstance(run(ws, "dismiss", "p-none", "--reason", "no", "--by", "Lena").exception, UnknownName)
