"""The labelling standard: four to six dimensions, each of two or three values, with examples at the line.

Agreement is made here and nowhere else: a coefficient says that people read a definition differently, and only a
better definition, a pair of examples at the line and a rule for the doubtful case change that.
"""

from workbench.rubric.advice import advice
from workbench.rubric.changes import DimensionChange, RubricChange, change, in_words, what_changed
from workbench.rubric.fields import FIELDS, TEXTS, clean_all, clean_dimension
from workbench.rubric.files import STARTER, parse_rubric, read_rubric, rubric_text, starter_rows, write_rubric
from workbench.rubric.standard import Level, Rubric, RubricDimension

__all__ = [
    "FIELDS",
    "STARTER",
    "TEXTS",
    "DimensionChange",
    "Level",
    "Rubric",
    "RubricChange",
    "RubricDimension",
    "advice",
    "change",
    "clean_all",
    "clean_dimension",
    "in_words",
    "parse_rubric",
    "read_rubric",
    "rubric_text",
    "starter_rows",
    "what_changed",
    "write_rubric",
]
