"""Drawing the traces to read: a plan and a frame in, a sample with known weights out.

Two kinds of rows are never mixed up. Drawn rows come from strata by chance and carry a weight, 1 / the probability with
which they could be drawn; the sum of weight times label is then right on average, whatever the plan oversampled.
Deliberate picks carry none: they are for finding failures, not for counting them. See docs/sampling.md.
"""

from workbench.sample.brought import brought
from workbench.sample.conditions import CONDITIONS, Membership, evaluate
from workbench.sample.draw import Drawn, draw, pick
from workbench.sample.extend import extend
from workbench.sample.injection import PATTERNS, injection_pattern, injection_patterns
from workbench.sample.limits import Limits, limits, smallest_share
from workbench.sample.near import near_duplicate_groups
from workbench.sample.plans import BROUGHT, BUILT_IN, PICKED, REST, Plan, Stratum
from workbench.sample.report import SampleReport
from workbench.sample.strata import Arm

__all__ = [
    "BROUGHT",
    "BUILT_IN",
    "CONDITIONS",
    "PATTERNS",
    "PICKED",
    "REST",
    "Arm",
    "Drawn",
    "Limits",
    "Membership",
    "Plan",
    "SampleReport",
    "Stratum",
    "brought",
    "draw",
    "evaluate",
    "extend",
    "injection_pattern",
    "injection_patterns",
    "limits",
    "near_duplicate_groups",
    "pick",
    "smallest_share",
]
