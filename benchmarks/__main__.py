"""``make bench``: every measurement, one after the other; ``python -m benchmarks map`` for one of them."""

import subprocess
import sys

BENCHMARKS = {
    "redaction": "recall, false findings and speed of redaction",
    "map": "cluster quality and speed, beside BERTopic where its environment can be made",
    "map_stable": "ids kept by a rebuilt map, what is proposed, 1,000 new traces on a map of 100,000",
    "store": "reads and writes at 100,000 traces",
    "sampling": "groups of near-duplicates, draws, and 1,000 draws against the truth",
    "ranking": "speed, and 1,000 oversampled draws: bias of the share and coverage of its interval",
    "reading": "save and next on the reading page at 100,000 traces",
    "codebook": "suggested groups of notes against planted codes, and the verbs' speed",
    "agreement": "how often the intervals of agreement hold the truth, and their speed",
    "leakage": "what each rung finds in rephrased questions, how often it is wrong, and speed at 100,000 texts",
    "gate": "how often the gate errs, and how often it cannot tell",
    "drift": "how often drift cries wolf on halves of the same texts, what it finds, and how often it cannot tell",
    "drift_lights": "how often lights, outcomes and retrieval snapshots cry wolf where nothing changed",
    "app_scale": "the Map page in a browser at 100,000 traces",
}


def main() -> int:
    chosen = sys.argv[1:] or list(BENCHMARKS)
    unknown = [name for name in chosen if name not in BENCHMARKS]
    if unknown:
        print(f"no benchmark {unknown[0]!r}; choose from: {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    worst = 0
    for name in chosen:
        print(f"\n=== {name}: {BENCHMARKS[name]}\n", flush=True)
        worst = max(worst, subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode)
    return worst


if __name__ == "__main__":
    sys.exit(main())
