"""The labelling standard: four to six dimensions, each of two or three values, with examples at the line.

Agreement is made here and nowhere else: a coefficient says that people read a definition differently, and only a
better definition, a pair of examples at the line and a rule for the doubtful case change that.
"""

from workbench.rubric.standard import Level, Rubric, RubricDimension

__all__ = ["Level", "Rubric", "RubricDimension"]
