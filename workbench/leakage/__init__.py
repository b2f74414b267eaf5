"""Were the evaluation texts known beforehand: in the prompt, in the training data, in one another.

A score on cases that the system has seen says how well it remembers. Copies are found by comparing words; rephrasings
only by comparing meaning, and then only as guesses. What is not in the files that were given cannot be found, so
"nothing found" never means "clean".
"""

from workbench.leakage.checks import (
    Selection,
    SplitCheck,
    Temporal,
    Tuning,
    check_split,
    selection,
    split_by_time,
    temporal,
    tuning,
)
from workbench.leakage.effect import Effect, effect
from workbench.leakage.freezing import Finding, GoldenCheck, Scored, before_freezing
from workbench.leakage.ladder import leakage
from workbench.leakage.report import RUNGS, Leakage
from workbench.leakage.semantic import Semantic

__all__ = [
    "RUNGS",
    "Effect",
    "Finding",
    "GoldenCheck",
    "Leakage",
    "Scored",
    "Selection",
    "Semantic",
    "SplitCheck",
    "Temporal",
    "Tuning",
    "before_freezing",
    "check_split",
    "effect",
    "leakage",
    "selection",
    "split_by_time",
    "temporal",
    "tuning",
]
