"""The sets that redaction is measured on, each as sentences with gold spans.

``presidio_synth`` are public template sentences with their published spans; the other two are the project's own,
written by hand (``tests/redaction_sentences/README.md`` says what counts as gold and what as clean).
"""

import json
from pathlib import Path

from benchmarks.redaction_scores import Sentence

OWN = Path(__file__).parent.parent / "tests" / "redaction_sentences"


def presidio_synth(folder: Path) -> list[Sentence]:
    rows = json.loads((folder / "presidio_synth" / "synth_dataset_v2.json").read_text(encoding="utf-8"))
    return [
        Sentence(
            str(number),
            row["full_text"],
            tuple((s["entity_type"], s["start_position"], s["end_position"]) for s in row["spans"]),
            register=str(row["template_id"]),
        )
        for number, row in enumerate(rows)
    ]


def own_pii(file: str = "pii.jsonl") -> list[Sentence]:
    return [
        Sentence(
            row["id"],
            row["text"],
            tuple((s["type"], s["start"], s["end"]) for s in row["spans"]),
            tuple((low, high) for low, high in row["neutral"]),
            row["register"],
        )
        for row in _own(file)
    ]


def own_clean(file: str = "clean.jsonl", *, contested: bool = False) -> list[Sentence]:
    return [
        Sentence(row["id"], row["text"], register=row["register"])
        for row in _own(file)
        if row["contested"] is contested
    ]


def _own(name: str) -> list[dict]:
    return [json.loads(line) for line in (OWN / name).read_text(encoding="utf-8").splitlines()]
