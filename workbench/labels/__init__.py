"""Labels that people bring in a file, and the reading of one trace as what it says so far.

Nothing here writes. A file is read into rows, every row is checked against what the workspace knows (traces, codes, the
words of an outcome), and what cannot be used is given back with its row number and a reason that quotes nothing: a
label file is full of what people wrote about other people's conversations.
"""

from workbench.labels.checks import Checked, NewCode, check
from workbench.labels.files import COLUMNS, FileRow, read_rows
from workbench.labels.readings import CodeGiven, Reading, reading_of, reading_rows
from workbench.labels.words import ANCHORS, AT, OUTCOMES, ROUNDS, UNPARSABLE

__all__ = [
    "ANCHORS",
    "AT",
    "COLUMNS",
    "OUTCOMES",
    "ROUNDS",
    "UNPARSABLE",
    "Checked",
    "CodeGiven",
    "FileRow",
    "NewCode",
    "Reading",
    "check",
    "read_rows",
    "reading_of",
    "reading_rows",
]
