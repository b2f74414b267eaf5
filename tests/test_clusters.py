"""Maps: what must hold at any size, what is known by hand, and the same bits at any thread count."""

import os
import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.spatial import cKDTree

from workbench.clusters import METHODS, build_map, inside, names, near_duplicates, place
from workbench.clusters.communities import communities, louvain, silhouette, tie_share
from workbench.clusters.graph import distinct, fuzzy_graph, nearest
from workbench.clusters.grouping import reassigned
from workbench.clusters.inverted import inverted_file
from workbench.clusters.layout import ENGINES, curve, spots_of, start_of
from workbench.clusters.naming import NOT_NAMES, phrases
from workbench.embed import PLACEHOLDERS, load_embedder, plain_words
from workbench.errors import UnknownName


def islands(n_clusters, per_cluster, *, d=16, noise=0.15, seed=0):
    """Well separated clusters on the sphere, and which one each row is from."""
    random = np.random.default_rng(seed)
    centres = np.linalg.qr(random.normal(size=(d, d)))[0][:n_clusters]
    truth = np.repeat(np.arange(n_clusters), per_cluster)
    return centres[truth] + noise * random.normal(size=(len(truth), d)) / np.sqrt(d), truth


def agreement(found, truth):
    from sklearn.metrics import adjusted_rand_score

    return adjusted_rand_score(truth, found)


def cluster_numbers(a_map):
    return a_map.points["cluster"].fillna(-1).to_numpy(dtype=np.int64)


def check_shape(a_map, n):
    assert len(a_map.points) == n
    assert a_map.points["x"].dtype == a_map.points["y"].dtype == np.float32
    assert np.isfinite(a_map.points[["x", "y"]].to_numpy()).all()
    assert str(a_map.points["cluster"].dtype) == "Int64"
    assert a_map.neighbours.shape == a_map.similarities.shape
    assert a_map.neighbours.dtype == np.int32
    assert a_map.similarities.dtype == np.float32
    assert a_map.neighbours.shape[0] == n
    assert a_map.graph.shape == (n, n)
    sizes = a_map.points["cluster"].value_counts()
    assert a_map.clusters["cluster"].tolist() == list(range(len(a_map.clusters)))
    assert a_map.clusters["n"].tolist() == [sizes[c] for c in a_map.clusters["cluster"]]
    assert a_map.clusters["n"].is_monotonic_decreasing
    assert a_map.clusters["name"].is_unique
    for row in a_map.clusters.itertuples():
        members = set(np.flatnonzero(cluster_numbers(a_map) == row.cluster))
        assert {row.medoid, *row.exemplars} <= members
        assert row.medoid not in row.exemplars


# ---- sizes and shapes nobody plans for


@pytest.mark.parametrize("n", [0, 1, 2, 3, 5, 10, 14, 15, 16, 20, 100])
@pytest.mark.parametrize("kind", ["random", "zero", "constant"])
@pytest.mark.parametrize("method", METHODS)
def test_any_number_of_texts_makes_a_map_without_a_warning(n, kind, method):
    vectors = {
        "random": np.random.default_rng(1).normal(size=(n, 8)),
        "zero": np.zeros((n, 8)),
        "constant": np.ones((n, 8)),
    }[kind]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made = build_map(vectors, ["the same words"] * n, method=method)
        check_shape(made, n)
        if n:
            assert len(place(vectors[:2], vectors, made.points)) == min(n, 2)
    if kind != "random":
        assert len(made.clusters) == (1 if n >= 5 else 0)


def test_too_few_texts_are_laid_out_but_not_clustered():
    vectors, _ = islands(2, 5)
    made = build_map(vectors, ["a"] * 10)
    assert made.unclustered_share == 1
    assert made.params["found"] == {"reason": "too_few"}
    assert made.points["x"].nunique() == 10


def test_a_text_sent_1500_times_is_one_cluster_and_hides_nothing():
    vectors, truth = islands(3, 40)
    vectors = np.concatenate([vectors, np.tile(-vectors.sum(axis=0), (1500, 1))])
    made = build_map(vectors, ["word"] * len(vectors))
    check_shape(made, 1620)
    assert agreement(cluster_numbers(made)[:120], truth) > 0.95
    assert made.clusters["n"][0] == 1500
    assert made.points.loc[120:, "group"].nunique() == 1
    assert made.points.loc[120:, ["x", "y"]].drop_duplicates().shape[0] == 1500
    assert set(made.neighbours[200]) <= set(range(120, 1620)) - {200}


def test_equal_vectors_are_each_others_nearest_neighbours():
    vectors, _ = islands(2, 20)
    vectors[30] = vectors[3]
    made = build_map(vectors, ["a"] * 40)
    assert made.neighbours[3, 0] == 30
    assert made.neighbours[30, 0] == 3
    assert made.similarities[3, 0] == 1
    assert made.points["cluster"][3] == made.points["cluster"][30]
    assert made.graph[3, 30] == made.graph[30, 3] == 1


def test_vectors_of_any_length_make_the_same_map():
    vectors, _ = islands(3, 20)
    unit = distinct(vectors).vectors
    assert np.array_equal(cluster_numbers(build_map(unit, [""] * 60)), cluster_numbers(build_map(7 * unit, [""] * 60)))


def test_bad_requests_are_named():
    with pytest.raises(UnknownName, match="hdbscan"):
        build_map(np.eye(3), ["a"] * 3, method="magic")
    with pytest.raises(ValueError, match="3 vectors and 2 texts"):
        build_map(np.eye(3), ["a"] * 2)
    with pytest.raises(ValueError, match="finite"):
        build_map(np.full((3, 2), np.nan), ["a"] * 3)


# ---- clusters


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("n_clusters", "per_cluster"), [(4, 25), (6, 100)])
def test_islands_are_found(method, n_clusters, per_cluster):
    vectors, truth = islands(n_clusters, per_cluster)
    made = build_map(vectors, ["a"] * len(truth), method=method, n_clusters=n_clusters)
    assert agreement(cluster_numbers(made), truth) > 0.95


def test_the_number_of_islands_is_found_whatever_their_sizes():
    random = np.random.default_rng(3)
    vectors, truth = islands(8, 120)
    kept = np.concatenate([np.flatnonzero(truth == c)[: 120 // (c + 1)] for c in range(8)])
    kept = random.permutation(kept)
    made = build_map(vectors[kept], ["a"] * len(kept))
    assert len(made.clusters) == 8
    assert agreement(cluster_numbers(made), truth[kept]) > 0.99


def test_a_cloud_without_clusters_is_mostly_unclustered():
    cloud = np.random.default_rng(0).normal(size=(800, 300))
    made = build_map(cloud, ["a"] * 800)
    assert made.unclustered_share > 0.5
    assert made.params["found"]["separation"] < 0.05


def test_reassigning_leaves_nothing_out():
    cloud = np.random.default_rng(0).normal(size=(300, 100))
    for method in ("communities", "hdbscan"):
        honest = build_map(cloud, ["a"] * 300, method=method)
        full = build_map(cloud, ["a"] * 300, method=method, reassign=True)
        assert full.unclustered_share <= honest.unclustered_share
    assert full.params["reassign"] is True


def test_higher_resolution_gives_more_clusters():
    vectors = np.random.default_rng(0).normal(size=(400, 6))
    coarse, fine = (build_map(vectors, ["a"] * 400, resolution=r, min_cluster_size=1) for r in (0.5, 5.0))
    assert len(fine.clusters) > len(coarse.clusters)


def test_reassignment_follows_the_neighbours():
    labels = np.array([0, 0, 1, -1, -1, -1])
    indices = np.array([[1, 3], [0, 3], [3, 4], [0, 1], [3, 2], [5, 5]])
    similarities = np.full((6, 2), 0.9)
    assert reassigned(labels, indices, similarities).tolist() == [0, 0, 1, 0, 1, -1]


def test_silhouette_of_two_far_pairs_by_hand():
    # a pair at 0° and 60°, another at 180° and 240°: within a pair 1 - cos 60° = 1/2; the other pair's centre lies at
    # 210°, which is 150° from 0° and 60° alike: 1 - cos 150° = 1.8660. (1.8660 - .5) / 1.8660 = .7321
    angles = np.radians([0, 60, 180, 240])
    vectors = np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32)
    expected = np.mean([(1 - np.cos(np.radians(150)) - 0.5) / (1 - np.cos(np.radians(150)))])
    assert silhouette(vectors, np.array([0, 0, 1, 1])) == pytest.approx(expected, abs=1e-6)
    assert silhouette(vectors, np.zeros(4, dtype=np.int64)) == -1


def test_tie_share_counts_weight_not_edges():
    from scipy.sparse import csr_matrix

    graph = csr_matrix(np.array([[0, 1, 0.5], [1, 0, 0], [0.5, 0, 0]]))
    assert tie_share(graph, np.array([0, 0, 1])).tolist() == pytest.approx([2 / 3, 1, 0])


def test_louvain_in_another_order_is_a_partition_of_the_same_nodes():
    vectors, truth = islands(4, 20)
    unit = distinct(vectors).vectors
    graph = fuzzy_graph(*nearest(unit, 10))
    labels = louvain(graph, resolution=1.0, order=np.random.default_rng(0).permutation(80))
    assert agreement(labels, truth) > 0.95
    assert communities(unit, graph, resolution=1.0).resolution == 1.0


# ---- the graph


@settings(max_examples=40, deadline=None)
@given(
    hnp.arrays(np.float32, st.tuples(st.integers(2, 30), st.integers(2, 5)), elements=st.floats(-1, 1, width=16)),
    st.integers(1, 6),
)
def test_neighbours_are_those_of_a_full_comparison(vectors, k):
    rows = distinct(vectors)
    indices, similarities = nearest(rows.vectors, k)
    full = rows.vectors.astype(np.float64) @ rows.vectors.T.astype(np.float64)
    np.fill_diagonal(full, -np.inf)
    best = -np.sort(-full, axis=1)[:, : indices.shape[1]]
    assert np.allclose(similarities, best, atol=1e-6)
    assert (indices != np.arange(len(indices))[:, None]).all()
    graph = fuzzy_graph(indices, similarities)
    assert abs(graph - graph.T).max() == 0
    if graph.nnz:
        assert 0 < graph.data.min() <= graph.data.max() <= 1
    assert graph.diagonal().sum() == 0


def test_fuzzy_graph_is_the_one_that_umap_builds():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from umap.umap_ import fuzzy_simplicial_set

    vectors, _ = islands(3, 40)
    unit = distinct(vectors).vectors
    indices, similarities = nearest(unit, 9)
    own = np.arange(120)[:, None]
    theirs, _, _ = fuzzy_simplicial_set(
        unit,
        10,
        np.random.RandomState(0),
        "cosine",
        knn_indices=np.hstack([own, indices]),
        knn_dists=np.hstack([0 * own, 1 - similarities]).astype(np.float32),
    )
    assert abs(theirs - fuzzy_graph(indices, similarities)).max() < 1e-4


@pytest.mark.parametrize("min_dist", [0.0, 0.1, 0.5])
def test_curve_of_the_layout_is_the_one_that_umap_fits(min_dist):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from umap.umap_ import find_ab_params

        theirs = find_ab_params(1.0, min_dist)
    assert np.allclose(curve(min_dist), theirs, rtol=1e-4)


def test_layout_keeps_as_many_neighbours_as_umaps_own():
    vectors, _ = islands(8, 60)
    rows = distinct(vectors)
    graph = fuzzy_graph(*nearest(rows.vectors, 15))
    start = start_of(rows.vectors)
    ours, theirs = (spots_of(start, graph, engine=engine) for engine in ENGINES)
    true = nearest(rows.vectors, 15)[0]
    kept = [
        np.mean([len({*a} & {*b}) / 15 for a, b in zip(cKDTree(xy).query(xy, k=16)[1][:, 1:], true, strict=True)])
        for xy in (ours, theirs)
    ]
    assert kept[0] > kept[1] - 0.03


def test_a_map_names_who_drew_it():
    vectors, _ = islands(3, 20)
    drawn = build_map(vectors, [""] * len(vectors), layout="umap-learn")
    assert drawn.params["layout"] == "umap-learn" and np.isfinite(drawn.points[["x", "y"]]).all(axis=None)
    with pytest.raises(UnknownName, match="compiled, umap-learn"):
        build_map(vectors, [""] * len(vectors), layout="by hand")


def test_inverted_file_finds_nearly_all_neighbours():
    vectors, _ = islands(30, 100, d=64, noise=1.0)
    unit = distinct(vectors).vectors
    exact, _ = nearest(unit, 10)
    found = inverted_file(unit, 10, seed=0)
    recall = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(exact, found, strict=True)])
    assert recall > 0.9
    filled = found[found >= 0]
    assert filled.max() < len(unit)
    assert (found != np.arange(len(unit))[:, None]).all()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=40))
def test_distinct_vectors_keep_first_occurrence_and_count(picks):
    rows = distinct(np.eye(6)[picks])
    firsts = list(dict.fromkeys(picks))
    assert rows.first.tolist() == [picks.index(pick) for pick in firsts]
    assert rows.count.tolist() == [picks.count(pick) for pick in firsts]
    assert np.array_equal(rows.vectors[rows.of_row], np.eye(6, dtype=np.float32)[picks])


# ---- near-duplicates


def test_near_duplicates_do_not_chain():
    # steps of 14°: cos 14° = .970, cos 28° = .883; each is near its neighbour, none beyond it
    angles = np.radians(np.arange(6) * 14)
    rows = distinct(np.column_stack([np.cos(angles), np.sin(angles)]))
    groups = near_duplicates(rows, *nearest(rows.vectors, 5), threshold=0.95)
    assert groups.tolist() == [0, 0, 1, 1, 2, 2]


def test_equal_texts_share_a_group_and_others_have_their_own():
    rows = distinct(np.eye(4)[[0, 1, 0, 2, 1, 3]])
    assert near_duplicates(rows, *nearest(rows.vectors, 3)).tolist() == [0, 1, 0, 2, 1, 3]


# ---- names


def test_phrases_stop_at_punctuation_fillers_and_hidden_values():
    assert phrases("Hi <PERSON_1>, card declined. Why?") == {"card", "card declined", "declined"}
    assert "not working" in phrases("it is not working")
    assert phrases("a person called from a place") == {"called"}
    assert phrases("top up failed") >= {"top up", "top up failed"}
    assert phrases("see https://example.org/lost-card @airline") == set()
    assert phrases("") == set()


def test_names_say_what_a_cluster_is_about_and_differ():
    topics = {
        "the card is not working": [
            "my card is not working",
            "card not working at the shop",
            "why is my card not working",
        ],
        "refund": ["I want a refund", "where is my refund", "refund please, it was broken"],
        "change pin": ["how to change pin", "change pin abroad", "can I change my pin"],
    }
    texts = [text for some in topics.values() for text in some * 4]
    cluster = np.repeat([0, 1, 2], 12)
    called, keywords = names(texts, cluster)
    assert "not working" in called[0]
    assert "refund" in called[1]
    assert "pin" in called[2]
    assert len(set(called)) == 3
    assert all(1 <= len(words) <= 5 for words in keywords)


def test_clusters_that_share_their_first_phrase_are_told_apart():
    texts = ["refund for flight", "refund for flight ticket"] * 5 + ["refund for hotel", "refund for hotel room"] * 5
    called, _ = names(texts, np.repeat([0, 1], 10))
    assert len(set(called)) == 2


def test_texts_without_words_are_named_by_number():
    called, keywords = names(["", "123", "<PERSON_1>", "?!"], np.array([0, 0, 1, 1]))
    assert called == ["cluster 0", "cluster 1"]
    assert keywords == [[], []]


def test_unclustered_texts_name_nothing():
    assert names(["lost card"] * 3, np.full(3, -1)) == ([], [])


def test_meaning_ranks_phrases_where_they_can_be_embedded():
    texts = ["green apple pie", "green apple tart"] * 6 + ["engine oil", "engine noise"] * 6

    def embed(phrases_):
        return np.array([[1.0, 0.0] if "apple" in phrase else [0.0, 1.0] for phrase in phrases_])

    called, _ = names(texts, np.repeat([0, 1], 12), centroids=np.eye(2), embed=embed)
    assert "apple" in called[0]


def test_every_word_that_stands_for_a_redacted_value_is_kept_out_of_names():
    assert set(PLACEHOLDERS.values()) <= NOT_NAMES
    for kind in PLACEHOLDERS:
        assert phrases(plain_words(f"<{kind}_1>")) == set()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=40), min_size=1, max_size=12), st.integers(1, 4))
def test_any_text_can_be_named(texts, n_clusters):
    cluster = np.arange(len(texts)) % n_clusters
    called, _ = names(texts, cluster)
    assert len(called) == len(set(called)) == min(n_clusters, len(texts))
    assert all(called)


# ---- placing, and the lasso


def test_points_of_the_map_are_placed_near_where_they_are():
    vectors, _ = islands(5, 40)
    made = build_map(vectors, ["a"] * 200)
    placed = place(vectors, vectors, made.points)
    assert list(placed.columns) == ["x", "y", "cluster", "similarity", "off_map"]
    assert (placed["cluster"] == made.points["cluster"]).mean() > 0.98
    distance = np.hypot(placed["x"] - made.points["x"], placed["y"] - made.points["y"])
    spread = np.hypot(*made.points[["x", "y"]].to_numpy().std(axis=0))
    assert np.median(distance) < 0.1 * spread
    assert placed["off_map"].mean() < 0.05


def test_strangers_are_off_the_map():
    vectors, _ = islands(4, 40, d=32)
    made = build_map(vectors, ["a"] * 160)
    strangers = np.linalg.qr(np.random.default_rng(0).normal(size=(32, 32)))[0][10:20]
    assert place(strangers, vectors, made.points)["off_map"].mean() > 0.8


def test_placing_follows_the_heavier_side():
    points = pd.DataFrame({"x": [0.0, 10.0], "y": [0.0, 0.0], "cluster": pd.array([0, 1], dtype="Int64")})
    placed = place(np.array([[0.9, 0.3]]), np.eye(2), points, k=2)
    left, right = (np.array([0.9, 0.3]) / np.hypot(0.9, 0.3)) ** 4
    assert placed["x"][0] == pytest.approx(10 * right / (left + right), rel=1e-5)
    assert placed["cluster"][0] == 0


def test_a_point_among_unclustered_points_is_unclustered():
    points = pd.DataFrame({"x": [0.0] * 3, "y": [0.0] * 3, "cluster": pd.array([pd.NA, pd.NA, 1], dtype="Int64")})
    vectors = np.array([[1, 0.1], [1, -0.1], [0, 1]])
    assert pd.isna(place(np.array([[1.0, 0.0]]), vectors, points, k=3)["cluster"][0])
    assert place(np.empty((0, 2)), vectors, points).empty


def test_placing_needs_one_vector_a_point():
    with pytest.raises(ValueError, match="2 points"):
        place(np.eye(2), np.eye(3), pd.DataFrame({"x": [0, 1], "y": [0, 1], "cluster": [0, 0]}))


def test_lasso_of_a_square_and_of_a_bow_tie():
    x = np.array([0.5, 1.5, 0.5, -0.1, np.nan])
    y = np.array([0.5, 0.5, 1.5, 0.5, 0.5])
    assert inside(x, y, [0, 1, 1, 0], [0, 0, 1, 1]).tolist() == [True, False, False, False, False]
    # a bow tie: (0,0) (2,2) (2,0) (0,2); its left and right triangles are inside, top and bottom are not
    assert inside([0.2, 1.8, 1.0, 1.0], [1.0, 1.0, 0.2, 1.8], [0, 2, 2, 0], [0, 2, 0, 2]).tolist() == [
        True,
        True,
        False,
        False,
    ]
    assert not inside([0.0], [0.0], [0, 1], [0, 1]).any()


@settings(max_examples=40, deadline=None)
@given(st.integers(3, 40), st.integers(0, 1000))
def test_lasso_of_a_regular_polygon_is_nearly_a_circle(corners, seed):
    turn = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    x, y = np.random.default_rng(seed).uniform(-1.2, 1.2, size=(2, 200))
    found = inside(x, y, np.cos(turn), np.sin(turn))
    radius = np.hypot(x, y)
    assert found[radius < np.cos(np.pi / corners) - 1e-9].all()
    assert not found[radius > 1].any()


# ---- the same map again

SAME = """
import hashlib, sys
{first}
import numpy as np
from workbench.clusters import build_map
random = np.random.default_rng(0)
centres = random.normal(size=(12, 48))
vectors = centres[random.integers(0, 12, 1500)] + random.normal(size=(1500, 48))
vectors[700:720] = vectors[0]
made = build_map(vectors.astype(np.float32), [f"text {{i % 40}}" for i in range(1500)])
digest = hashlib.sha256()
for part in (made.points[["x", "y", "group"]].to_numpy(), made.points["cluster"].fillna(-1).to_numpy(dtype=np.int64),
             made.neighbours, made.similarities, made.graph.data, made.graph.indices):
    digest.update(np.ascontiguousarray(part).tobytes())
digest.update(made.clusters.drop(columns=["keywords", "exemplars"]).to_csv().encode())
print(digest.hexdigest())
"""


def test_the_same_vectors_give_the_same_map_bit_for_bit_at_any_thread_count():
    digests = set()
    for threads, first in (("1", ""), ("2", "import torch"), ("4", "")):
        variables = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
        env = {**os.environ, **dict.fromkeys(variables, threads), "NUMBA_NUM_THREADS": str(min(int(threads), 2))}
        script = SAME.format(first=first)
        run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=env)
        digests.add(run.stdout.strip())
    assert len(digests) == 1


def test_clusters_survive_the_rounding_of_another_machine():
    """Vectors disturbed by far more than two machines' products differ: clusters agree at ARI .99 or better."""
    vectors, _ = islands(10, 60, d=48, noise=1.2)
    once = cluster_numbers(build_map(vectors, ["a"] * 600))
    random = np.random.default_rng(1)
    for _ in range(3):
        again = vectors + 1e-7 * random.normal(size=vectors.shape)
        assert agreement(cluster_numbers(build_map(again, ["a"] * 600)), once) >= 0.99


@pytest.mark.parametrize("noise", [0.15, 1.5], ids=["islands", "one cloud"])
def test_another_seed_moves_points_and_not_the_clusters(noise):
    vectors, _ = islands(6, 40, noise=noise)
    one, two = (build_map(vectors, ["a"] * 240, seed=seed) for seed in (0, 1))
    assert not np.array_equal(one.points["x"], two.points["x"])
    assert np.array_equal(cluster_numbers(one), cluster_numbers(two))


def test_what_a_map_depends_on_is_written_down():
    made = build_map(islands(3, 20)[0], ["a"] * 60, seed=5, min_dist=0.3)
    assert made.params["seed"] == 5
    assert made.params["min_dist"] == 0.3
    assert made.params["n_neighbors"] == 10
    assert set(made.params["versions"]) >= {"numpy", "numba", "hdbscan"}
    import json

    assert json.loads(json.dumps(made.params)) == made.params


def test_progress_names_the_stages_in_order():
    seen = []
    build_map(islands(3, 20)[0], ["a"] * 60, progress=lambda stage, done, total: seen.append(stage))
    assert list(dict.fromkeys(seen)) == ["neighbours", "layout", "clusters", "names"]


def test_importing_the_step_loads_nothing_heavy():
    heavy = "{'torch', 'numba', 'umap', 'hdbscan', 'sklearn', 'scipy', 'pandas'}"
    script = f"import sys, workbench.clusters; print(sorted({heavy} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_warming_makes_a_map():
    from workbench.warm import warm

    assert warm() == 60


# ---- real data


def test_real_questions_fall_into_their_intents(test_data):
    """1,500 questions of 15 intents of unlike sizes, embedded by the default model."""
    from sklearn.metrics import normalized_mutual_info_score

    frame = pd.read_csv(test_data / "banking77" / "train.csv")
    intents = sorted(frame["category"].unique())[::5][:15]
    chosen = pd.concat(
        [frame[frame["category"] == intent].head(120 // (1 + i // 3)) for i, intent in enumerate(intents)]
    )
    embedder = load_embedder()
    vectors = embedder.encode(chosen["text"].tolist())
    made = build_map(vectors, chosen["text"].tolist(), embed=embedder.encode)
    check_shape(made, len(chosen))
    truth = chosen["category"].astype("category").cat.codes
    assert normalized_mutual_info_score(truth, cluster_numbers(made)) > 0.8
    assert 10 <= len(made.clusters) <= 40
