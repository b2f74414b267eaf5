"""Verdicts on outputs without a judge: rules where something can be checked, a reference where one answer is right.

Likeness to a reference says little of an open answer: a good one may share no word with it and a wrong one most. So the
scorers by likeness refuse open-ended cases unless they are forced, and then say so in every row.
"""

from workbench.score.likeness import Rouge, Similar
from workbench.score.run import Scores, score
from workbench.score.scorers import Checks, Contains, Exact, Scorer

__all__ = ["Checks", "Contains", "Exact", "Rouge", "Scorer", "Scores", "Similar", "score"]
