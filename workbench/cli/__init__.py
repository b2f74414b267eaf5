"""The command line: each verb translates its flags into one call of a workspace verb and prints the answer.

Results go to stdout, as a table for people or one JSON object with ``--json``; progress and notices go to stderr.
"""

from workbench.cli import (  # each adds its verbs to the group
    adjudicate,
    agreement,
    cases,
    clusters,
    codebook,
    codebook_changes,
    coverage,
    drift,
    explore,
    gate,
    golden,
    judging,
    labels,
    leakage,
    mirror,
    power,
    queue,
    ranking,
    refresh,
    rubric,
    rules,
    run,
    sampling,
)
from workbench.cli.group import cli, main

__all__ = [
    "adjudicate",
    "agreement",
    "cases",
    "cli",
    "clusters",
    "codebook",
    "codebook_changes",
    "coverage",
    "drift",
    "explore",
    "gate",
    "golden",
    "judging",
    "labels",
    "leakage",
    "main",
    "mirror",
    "power",
    "queue",
    "ranking",
    "refresh",
    "rubric",
    "rules",
    "run",
    "sampling",
]
