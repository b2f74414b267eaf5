"""BERTopic with its defaults, run in benchmarks/.venv by ``benchmarks.map``; never beside the workbench.

``fit FOLDER`` reads texts and vectors and writes topics; ``end_to_end FOLDER MODEL TIMES`` embeds and fits the texts
as many times as asked and prints the seconds of each.
"""

import json
import sys
import time
import warnings
from pathlib import Path


def fit(folder: Path) -> None:
    import numpy as np
    from bertopic import BERTopic

    for vectors in sorted(folder.glob("*.npy")):
        texts = json.loads(vectors.with_suffix(".json").read_text())
        topics, _ = BERTopic().fit_transform(texts, embeddings=np.load(vectors))
        vectors.with_suffix(".topics").write_text(json.dumps([int(topic) for topic in topics]))


def end_to_end(folder: Path, model: str, times: int) -> None:
    from bertopic import BERTopic

    texts = json.loads((folder / "texts.json").read_text())
    for _ in range(times):
        start = time.perf_counter()
        BERTopic(embedding_model=model).fit_transform(texts)
        print(time.perf_counter() - start, flush=True)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    if sys.argv[1] == "fit":
        fit(Path(sys.argv[2]))
    else:
        end_to_end(Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
