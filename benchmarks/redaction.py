"""What redaction finds, what it takes by mistake, how fast it is, and what it leaves in real traces.

    python -m benchmarks.redaction [--data DIR] [--json FILE] [--show misses|false] [--only SET ...] [--ner ENGINE]

One core: thread pools are limited to one before anything is imported. The sets are reported apart on purpose.
``--show`` prints examples of the project's own sentences only: their people are invented. Characters per second are of
the first pass over texts the engine has not seen, model loading excluded; on a shared machine read the CPU figure.
"""

import argparse
import json
import os
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

for _variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

from benchmarks import redaction_leaks, redaction_sets  # noqa: E402
from benchmarks.redaction_scores import NOT_PROMISED, Scores, Sentence, Tally, score  # noqa: E402

SETS = ("presidio_synth", "own", "own_more", "clean", "clean_more", "contested", "tau_airline", "nurtureboss")
DATA = Path(os.environ.get("WORKBENCH_TEST_DATA") or Path(__file__).parent.parent.parent / "shared" / "data")


def table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Rows under headings, first column left, the others right."""
    cells = [[*map(str, headings)], *([_shown(cell) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(headings))]
    lines = [
        "  ".join(
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in cells
    ]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def _shown(cell: object) -> str:
    return f"{cell:.3f}" if isinstance(cell, float) else str(cell)


def timed_analysis(redactor: Any, sentences: Sequence[Sentence]) -> tuple[list, dict[str, float]]:
    """Findings, and characters a second of wall and of CPU time."""
    texts = [sentence.text for sentence in sentences]
    wall, cpu = time.perf_counter(), time.process_time()
    findings = redactor.analyse(texts)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    chars = sum(map(len, texts))
    return findings, {"chars": chars, "chars_per_second": chars / wall, "chars_per_cpu_second": chars / cpu}


def print_recall(name: str, scores: Scores, speed: dict[str, float]) -> None:
    ranked = sorted(scores.types.items(), key=lambda item: (item[0] in NOT_PROMISED, -item[1].n))
    rows: list[tuple[str, Tally]] = [*ranked, ("all promised", scores.promised)]
    print(f"\n## {name}: {scores.texts} texts, {scores.findings} findings")
    print(
        table(
            ("gold type", "n", "overlap", ">=90% of characters", "right type"),
            [
                (kind + (" *" if kind in NOT_PROMISED else ""), t.n, t.overlap_share, t.covered_share, t.right_share)
                for kind, t in rows
            ],
        )
    )
    print("* not promised by the default engine; in no total")
    print(f"false findings {scores.false} of {scores.findings} = {scores.false_share:.3f}  {_by_type(scores)}")
    print(f"characters redacted outside gold {scores.outside_share:.4f}")
    print(f"characters a second {speed['chars_per_second']:,.0f} wall, {speed['chars_per_cpu_second']:,.0f} CPU")


def print_clean(name: str, scores: Scores, sentences: Sequence[Sentence]) -> None:
    print(f"\n## {name}: {scores.texts} texts without personal data")
    print(
        f"findings per 100 texts {scores.false_per_100:.1f}; texts with any {scores.touched_share:.3f}; "
        f"characters redacted {scores.outside_share:.4f}"
    )
    print(_by_type(scores))
    if name != "contested":
        wrong = Counter(sentence.register for sentence, *_ in scores.wrong)
        texts = Counter(sentence.register for sentence in sentences)
        rows = [(register, texts[register], n, 100 * n / texts[register]) for register, n in wrong.most_common()]
        print(table(("register", "texts", "findings", "per 100 texts"), rows))


def print_registers(scores: Scores, sentences: Sequence[Sentence]) -> None:
    """Where the promised spans are least covered."""
    spans = Counter(s.register for s in sentences for kind, *_ in s.gold if kind not in NOT_PROMISED)
    misses = Counter(s.register for s, (kind, *_), _ in scores.missed if kind not in NOT_PROMISED)
    rows = [(register, spans[register], n, 1 - n / spans[register]) for register, n in misses.most_common(15)]
    print(table(("register", "spans", "under 90%", "covered"), rows))


def _by_type(scores: Scores) -> str:
    ranked = sorted(scores.false_by_type.items(), key=lambda item: -item[1])
    return ", ".join(f"{kind} {n}" for kind, n in ranked)


def print_leaks(title: str, found: redaction_leaks.Leaks) -> None:
    print(f"\n## {title}")
    print(
        table(
            ("gold", "n", "left", "share", "where"),
            [
                (kind, found.gold[kind], found.left[kind], found.share(kind), dict(found.places[kind]))
                for kind in redaction_leaks.KINDS
                if found.gold[kind]
            ],
        )
    )


def show(kind: str, scores: Scores) -> None:
    """Examples from the project's own sentences."""
    if kind == "misses":
        for sentence, (gold, low, high), cover in scores.missed:
            print(f"  {sentence.id} {sentence.register} | {gold} {sentence.text[low:high]!r} covered {cover:.2f}")
    else:
        for sentence, found, low, high in scores.wrong:
            print(
                f"  {sentence.id} {sentence.register} | {found} {sentence.text[low:high]!r} in {sentence.text[:90]!r}"
            )


def measure_sentences(redactor: Any, name: str, folder: Path, shown: str | None) -> dict[str, Any]:
    sentences = {
        "presidio_synth": lambda: redaction_sets.presidio_synth(folder),
        "own": redaction_sets.own_pii,
        "own_more": lambda: redaction_sets.own_pii("pii_more.jsonl"),
        "clean": redaction_sets.own_clean,
        "clean_more": lambda: redaction_sets.own_clean("clean_more.jsonl"),
        "contested": lambda: redaction_sets.own_clean(contested=True),
    }[name]()
    findings, speed = timed_analysis(redactor, sentences)
    scores = score(sentences, findings)
    if name.startswith(("clean", "contested")):
        print_clean(name, scores, sentences)
    else:
        print_recall(name, scores, speed)
        if name != "presidio_synth":
            print_registers(scores, sentences)
    if shown and name != "presidio_synth":
        show(shown, scores)
    return scores.as_json() | {"speed": speed}


def measure_traces(redactor: Any, name: str, folder: Path) -> dict[str, Any]:
    traces, lines = getattr(redaction_leaks, name)(folder), name == "nurtureboss"
    started = time.perf_counter()
    redacted, _ = redactor.redact(traces)
    speed = sum(len(text) for trace in traces for _, text in redaction_leaks.strings(trace))
    speed /= time.perf_counter() - started
    whole = redaction_leaks.leaks(traces, redacted, lines=lines)
    print_leaks(f"{name}: {whole.traces} traces redacted whole, values still readable", whole)
    print(f"characters a second, repeats included {speed:,.0f} wall")
    prose = redaction_leaks.prose_leaks(traces, redactor, lines=lines)
    print_leaks(f"{name}: messages of user and assistant alone, mentions still readable", prose)
    return {"whole": whole.as_json(), "prose": prose.as_json(), "chars_per_second": speed}


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure redaction on one core.")
    parser.add_argument("--data", type=Path, default=DATA, help="folder with presidio_synth, tau_airline, nurtureboss")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    parser.add_argument("--show", choices=("misses", "false"), help="list examples of the own sentences")
    parser.add_argument("--ner", default="offline", help="offline (default), rules, auto or a spaCy model's name")
    parser.add_argument("--only", nargs="+", choices=SETS, default=SETS)
    arguments = parser.parse_args()

    import torch

    from workbench.redact import Redactor

    torch.set_num_threads(1)
    redactor = Redactor(ner=arguments.ner)
    redactor.analyse(["Warm up: nothing to find here."])
    print(f"engine: {redactor.engine}")
    figures: dict[str, Any] = {"engine": str(redactor.engine)}
    for name in SETS:
        if name not in arguments.only:
            continue
        outside = name in ("presidio_synth", "tau_airline", "nurtureboss")
        if outside and not (arguments.data / name).is_dir():
            print(f"\n## {name}: not in {arguments.data}, left out")
        elif name in ("tau_airline", "nurtureboss"):
            figures[name] = measure_traces(redactor, name, arguments.data)
        else:
            figures[name] = measure_sentences(redactor, name, arguments.data, arguments.show)
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1, allow_nan=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
