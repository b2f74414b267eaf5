"""The command line: each verb translates its flags into one call of a workspace verb and prints the answer.

Results go to stdout, as a table for people or one JSON object with ``--json``; progress and notices go to stderr.
"""

from workbench.cli import (  # each adds its verbs to the group
    agreement,
    codebook,
    codebook_changes,
    explore,
    labels,
    ranking,
    sampling,
)
from workbench.cli.group import cli, main

__all__ = ["agreement", "cli", "codebook", "codebook_changes", "explore", "labels", "main", "ranking", "sampling"]
