"""How far annotators agree, dimension by dimension, in three states and with the number of labels still needed.

Alpha is measured against .6, and only an interval decides: wholly above it a dimension is reliable, wholly below it is
ambiguous and its definition needs work, across it nobody can tell yet. Labels given blind and labels settled in
adjudication are never pooled, because the second are made to agree. Judges, rules and end users are left out unless
asked for. It takes any long table and needs no workspace.
"""

from workbench.agree.consensus import ProbableLabels, consensus
from workbench.agree.course import Course, agreement_over_time
from workbench.agree.disputes import Decision, Dispute, Vote, dispute, disputes
from workbench.agree.gather import Gathered, Measure, Scale, gather
from workbench.agree.gold import checks_of_settled, gold_misses
from workbench.agree.measure import agree
from workbench.agree.narrow import Only
from workbench.agree.report import Agreement
from workbench.agree.settle import is_decided, settle
from workbench.agree.verdicts import Verdict, verdict
from workbench.agree.versions import ByVersion, agreement_by_version
from workbench.agree.votes import votes

__all__ = [
    "Agreement",
    "ByVersion",
    "Course",
    "Decision",
    "Dispute",
    "Gathered",
    "Measure",
    "Only",
    "ProbableLabels",
    "Scale",
    "Verdict",
    "Vote",
    "agree",
    "agreement_by_version",
    "agreement_over_time",
    "checks_of_settled",
    "consensus",
    "dispute",
    "disputes",
    "gather",
    "gold_misses",
    "is_decided",
    "settle",
    "verdict",
    "votes",
]
