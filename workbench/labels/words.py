"""The words a label may use: outcomes, rounds, kinds of annotator, and how a place within a trace is written."""

import re

OUTCOMES = ("pass", "fail", "defer")
UNBLINDED = "unblinded"
"""The round of labels by somebody who knew that the trace was flagged before they read it."""
ROUNDS = ("blind", "adjudicated", UNBLINDED)
KINDS = ("human", "judge", "rule", "user")
SEVERITIES = range(1, 6)
OF_CODES = ("code", "root_cause")
"""Dimensions whose values are names of codes."""
UNPARSABLE = "unparsable"
"""What a judge said where nobody can tell what it meant."""

AT = re.compile(r"message:\d{1,7}|step:\d{1,7}|span:\S{1,200}")
DIMENSION = re.compile(r"[A-Za-z][\w .:/-]{0,63}")

ANCHORS = {
    1: "cosmetic: noticed, and nothing is lost",
    2: "minor: costs the user a little time or trust",
    3: "moderate: the user has to ask again, or goes without a part of the answer",
    4: "major: the user is misled, or does not get what they came for",
    5: "never event: must not happen even once",
}
"""What a severity means, in words; people agree on numbers only where the words stand beside them."""
