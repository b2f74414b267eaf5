"""May a judge stand in for people, on which side does it err, and what is the true rate behind its verdicts.

Agreement alone hides the answer: where 90% pass, a judge that passes everything agrees with people 90% of the time. So
two rates decide, each with its interval: good outputs passed, and real failures caught. Positive means pass throughout.
A judge that gates has to be compared on labels that it, its prompt and its examples have never seen.
"""

from workbench.judge.calibrate import compared, judge
from workbench.judge.checks import Effect, PositionCheck, length, panel_errors, position, repeatability, self_preference
from workbench.judge.disputes import disputes
from workbench.judge.report import Calibration, Compared, Rates
from workbench.judge.slices import slices
from workbench.judge.split import Split, split

__all__ = [
    "Calibration",
    "Compared",
    "Effect",
    "PositionCheck",
    "Rates",
    "Split",
    "compared",
    "disputes",
    "judge",
    "length",
    "panel_errors",
    "position",
    "repeatability",
    "self_preference",
    "slices",
    "split",
]
