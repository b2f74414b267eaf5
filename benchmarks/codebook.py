"""How well suggested groups of notes agree with planted codes, and how long the codebook's verbs take.

The notes are the demo's (``sample_data/labels.csv``): those that came with exactly one code, 120 of them at random.
Notes that stand alone count as groups of one. Agreement is with the planted code, which a note need not name.
"""

import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from workbench import Workspace
from workbench.codebook.notes import note_groups
from workbench.embed import load_embedder

LABELS = Path(__file__).parent.parent / "sample_data" / "labels.csv"


def groups() -> None:
    labels = pd.read_csv(LABELS)
    codes = labels[labels["dimension"] == "code"].groupby(["trace_id", "annotator"])["value"].agg(list)
    notes = labels[labels["dimension"] == "note"]
    found = [(row.value, codes.get((row.trace_id, row.annotator), [])) for row in notes.itertuples()]
    single = [(text, given[0]) for text, given in found if len(given) == 1]
    chosen = [single[place] for place in np.random.default_rng(0).permutation(len(single))[:120]]
    texts, truth = [text for text, _ in chosen], [code for _, code in chosen]
    print(f"{len(texts)} notes, {len(set(texts))} distinct, {len(set(truth))} planted codes")
    vectors = load_embedder("all-MiniLM-L6-v2").encode(texts)
    for near in (0.3, 0.4, 0.45, 0.5, 0.6, 0.7):
        laid = note_groups(texts, vectors, near=near).set_index("place").sort_index()["group"]
        alone = laid.isna().to_numpy()
        told = laid.fillna(-1).to_numpy(dtype=int).copy()
        told[alone] = 1000 + np.arange(alone.sum())
        ari, nmi = adjusted_rand_score(truth, told), normalized_mutual_info_score(truth, told)
        print(f"near {near:.2f}: {laid.nunique()} groups, {alone.sum()} alone, ARI {ari:.2f}, NMI {nmi:.2f}")


def speed(n: int = 30_000) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ws = Workspace.create(Path(folder) / "w")
        ws.add_codes([{"name": f"code number {chr(97 + i % 26)}{i}"} for i in range(30)], author="benchmark")
        names = [code.name for code in ws.codebook().active]
        random = np.random.default_rng(0)
        fixed = {"annotator_kind": "human", "dimension": "code", "codebook_version": 1}
        rows = [
            {**fixed, "trace_id": f"t{i // 3}", "annotator": "abc"[i % 3], "value": names[random.integers(30)]}
            for i in range(n)
        ]
        ws.store.add_labels([{**row, "labelled_at": datetime.now(UTC)} for row in rows])
        ws.change_codebook("merge", names[:1], into=names[1], author="benchmark", reason="measured")
        ws.change_codebook("split", names[2], into=["one", "other"], author="benchmark", reason="measured")
        print(f"{n:,} labels, 30 codes, a merge and a split")
        for verb in ("codes", "stale_labels", "codebook_changes"):
            start = time.perf_counter()
            getattr(ws, verb)()
            print(f"{verb}: {time.perf_counter() - start:.2f} s")


if __name__ == "__main__":
    groups()
    speed()
