"""What could be better about a rubric, in sentences. Advice stops nobody.

The numbers are those of the field's practice: four to six dimensions are what people keep in mind while they read, and
two or three values what they can tell apart without asking each other.
"""

from __future__ import annotations

from workbench.rubric.standard import Rubric, RubricDimension

FEWEST, MOST = 4, 6
MOST_VALUES = 3


def advice(rubric: Rubric) -> tuple[str, ...]:
    """What to put right before people label by it; nothing where all is there."""
    n = len(rubric)
    if n == 0:
        return ("The rubric has no dimensions yet. Import the starter or a file, or write the first one.",)
    found = []
    if n < FEWEST:
        found.append(
            f"{n} dimension{'' if n == 1 else 's'}: with fewer than {FEWEST} something that matters is likely nobody's "
            "question. Look at the codes that cost most, and ask for what lies behind them."
        )
    if n > MOST:
        found.append(f"{n} dimensions: beyond {MOST} people tire and label the last ones by habit. Join or drop some.")
    for each in rubric.dimensions:
        found += _of_dimension(each)
    return tuple(found)


def _of_dimension(each: RubricDimension) -> list[str]:
    found = []
    if len(each.values) > MOST_VALUES:
        found.append(
            f"{each.name} has {len(each.values)} values: with every one more people agree less. Two or three will do."
        )
    missing = [
        words
        for text, words in (
            (each.definition, "no definition"),
            (each.passes, "no example that just passes"),
            (each.fails, "no example that just fails"),
            (each.rule, "no rule for disagreement"),
        )
        if not text
    ]
    if missing:
        found.append(f"{each.name} has {_listed(missing)}. Write it from a trace on which two people differed.")
    if each.passes and each.passes == each.fails:
        found.append(f"{each.name} gives one example for both sides of the line. Give two that differ in one thing.")
    if each.level == "ordinal" and each.failure not in (each.values[0], each.values[-1]):
        found.append(
            f"{each.name} is ordinal and its failure stands in the middle. Put the values in order, or take nominal."
        )
    return found


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
