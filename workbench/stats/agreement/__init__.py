"""How far people agree beyond chance, who and what they disagree about, and how sure that is.

No single coefficient is enough: with a rare failure 85% raw agreement may be a kappa of .3, and AC1 can read .94 where
two annotators never once agreed on a failure. Show raw agreement, alpha, AC1, prevalence and the agreement on the
failure itself side by side, with the interval. Where everybody gave one value, alpha does not exist: it is nan with the
reason "no variation", never 1 and never 0. Every coefficient assumes that annotators did not see each other's labels.
"""

from workbench.stats.agreement.alpha import (
    alpha,
    alpha_of,
    coincidences,
    jaccard,
    masi,
    set_distances,
    squared_differences,
)
from workbench.stats.agreement.alternative import EPSILON, AltTest, SetAside, alt_test
from workbench.stats.agreement.bootstrap import LeftOut, UnitInterval, leave_one_out, ratio_bootstrap, unit_bootstrap
from workbench.stats.agreement.chance import (
    NO_PAIRS,
    NO_VARIATION,
    Coefficient,
    brennan_prediger,
    conger,
    fleiss,
    gwet,
    krippendorff_analytic,
    percent,
    weights,
)
from workbench.stats.agreement.consensus import Consensus, dawid_skene, estimate
from workbench.stats.agreement.course import Trend, against_most, disagreements, excesses, mean_with_bounds, trend
from workbench.stats.agreement.paired import AlphaChange, alpha_change
from workbench.stats.agreement.pairs import Specific, cohen, pair_tables, specific
from workbench.stats.agreement.ratings import Ratings
from workbench.stats.agreement.who import Bias, bias, confused, mean_disagreement, unit_agreement

__all__ = [
    "EPSILON",
    "NO_PAIRS",
    "NO_VARIATION",
    "AlphaChange",
    "AltTest",
    "Bias",
    "Coefficient",
    "Consensus",
    "LeftOut",
    "Ratings",
    "SetAside",
    "Specific",
    "Trend",
    "UnitInterval",
    "against_most",
    "alpha",
    "alpha_change",
    "alpha_of",
    "alt_test",
    "bias",
    "brennan_prediger",
    "cohen",
    "coincidences",
    "confused",
    "conger",
    "dawid_skene",
    "disagreements",
    "estimate",
    "excesses",
    "fleiss",
    "gwet",
    "jaccard",
    "krippendorff_analytic",
    "leave_one_out",
    "masi",
    "mean_disagreement",
    "mean_with_bounds",
    "pair_tables",
    "percent",
    "ratio_bootstrap",
    "set_distances",
    "specific",
    "squared_differences",
    "trend",
    "unit_agreement",
    "unit_bootstrap",
    "weights",
]
