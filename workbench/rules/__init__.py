"""Rules first: what can be decided without judgement is decided by a rule, and costs neither reading nor a judge.

A rule is exact about what it checks and blind to everything else. Its labels stand beside those of people, as kind
``rule``, and are never mixed with them; whether a rule may stand in for people is measured like a judge.
"""

from workbench.rules.answers import Check, Said
from workbench.rules.checks import check_of
from workbench.rules.declared import Rule, definition
from workbench.rules.run import RuleReport, news, report, run_rule

__all__ = ["Check", "Rule", "RuleReport", "Said", "check_of", "definition", "news", "report", "run_rule"]
