"""What annotators probably mean together, and how each of them errs: the model of Dawid and Skene (1979).

Each item has one true value, and each annotator a table of errors: given the truth, what they say. Both are estimated
at once by expectation and maximisation. It takes annotators to err independently of one another; where all of them
overlook the same thing, it will say so with great certainty. It is no gold standard: that is what a named expert
decides. With two annotators nothing tells whose errors they are, so it is refused; and with fewer than about 50 items
each, the tables of errors are guesses.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from workbench.stats.agreement.ratings import Floats, Ints, Ratings

FEWEST_ANNOTATORS = 3
FEWEST_ITEMS = 50  # of an annotator, from which their errors can be told
RESTARTS = 10
MOST_ROUNDS = 1000
_NEAR = 1e-3  # starts whose log-likelihoods differ by less have found the same
_LEAST = 1e-300


@dataclass(frozen=True)
class Consensus:
    """The truth that annotators together point to.

    Attributes:
        posterior: (units, values) how probable each value is of each unit; nan where the model was refused.
        confusion: (annotators, truth, said) how probable it is that an annotator says one value of a unit whose truth
            is another; nan in the rows of a truth of which they saw none.
        prior: (values,) how common each truth is.
        log_likelihood: Of the best start.
        rounds: Rounds it took.
        converged: Whether it came to rest.
        same: Share of the starts that found the same; a low one means that the answer depends on where it began.
        reason: Why it was refused, or what to beware of.
    """

    posterior: Floats = field(repr=False)
    confusion: Floats = field(repr=False)
    prior: Floats
    log_likelihood: float
    rounds: int
    converged: bool
    same: float
    reason: str | None = None

    @property
    def refused(self) -> bool:
        """Whether there is no answer."""
        return bool(np.isnan(self.prior).any())

    @property
    def value(self) -> Ints:
        """The most probable value of each unit, the first of several."""
        return np.asarray(np.nan_to_num(self.posterior).argmax(axis=1), dtype=np.int64)

    @property
    def certainty(self) -> Floats:
        """How probable that value is."""
        return np.asarray(self.posterior.max(axis=1)) if len(self.posterior) else np.zeros(0)


@dataclass(frozen=True, slots=True)
class _Run:
    posterior: Floats
    confusion: Floats
    prior: Floats
    log_likelihood: float
    rounds: int
    converged: bool


def dawid_skene(
    ratings: Ratings, *, fewest: int = FEWEST_ITEMS, restarts: int = RESTARTS, tolerance: float = 1e-7, seed: int = 0
) -> Consensus:
    """Estimate each unit's value and each annotator's errors.

    Args:
        ratings: The ratings; missing ones are simply not there.
        fewest: Units that an annotator must have rated for the model not to be refused.
        restarts: Starts from random tables of errors, beside one from the shares of the votes.
        tolerance: Gain of log-likelihood per rating at which it has come to rest.
        seed: Seed of the starts.

    Returns:
        nan with a reason where the model is refused: fewer than three annotators, an annotator with too few units, or
        no variation.
    """
    shape = (len(ratings.units), len(ratings.annotators), len(ratings.values))
    reason = _refusal(ratings, fewest)
    if reason:
        nan = float("nan")
        tables = np.full((shape[1], shape[2], shape[2]), nan)
        return Consensus(np.full((shape[0], shape[2]), nan), tables, np.full(shape[2], nan), nan, 0, False, nan, reason)
    return estimate(ratings.unit, ratings.annotator, ratings.value, shape, restarts, tolerance, seed)


def estimate(
    unit: Ints,
    annotator: Ints,
    value: Ints,
    shape: tuple[int, int, int],
    restarts: int = RESTARTS,
    tolerance: float = 1e-7,
    seed: int = 0,
) -> Consensus:
    """Fit the model to ratings in long form; an annotator may have rated a unit several times.

    Args:
        unit: Index of the unit of each rating.
        annotator: Index of its annotator.
        value: Index of its value.
        shape: How many units, annotators and values there are.
        restarts: Random starts.
        tolerance: As for ``dawid_skene``.
        seed: Seed of the starts.
    """
    rng = np.random.default_rng(seed)
    votes = np.zeros((shape[0], shape[2]))
    np.add.at(votes, (unit, value), 1)
    shares = votes / np.maximum(votes.sum(axis=1, keepdims=True), 1)
    rated = votes.sum(axis=1) > 0
    shares[~rated] = 1 / shape[2]
    starts = [shares]
    for _ in range(restarts):  # each vote is believed as far as a throw of the dice has it
        noise = rng.dirichlet(np.ones(shape[2]), shape[0])
        weight = rng.uniform(0.2, 0.8)
        starts.append((1 - weight) * shares + weight * noise)
    runs = [_run(start, unit, annotator, value, shape, rated, tolerance) for start in starts]
    best = max(runs, key=lambda run: run.log_likelihood)
    best, switched = _in_place(best, annotator, value, shape)
    same = float(np.mean([run.log_likelihood > best.log_likelihood - _NEAR for run in runs]))
    warnings = []
    if switched:
        warnings.append("the values had to be put in their places: annotators disagree nearly as often as they agree")
    if not best.converged:
        warnings.append(f"it did not come to rest in {MOST_ROUNDS} rounds")
    if same < 0.5:
        warnings.append(f"only {100 * same:.0f}% of the starts found this answer")
    told = "; ".join(warnings) or None
    seen = np.zeros((shape[1], shape[2]))
    np.add.at(seen, annotator, best.posterior[unit])
    confusion = np.where(seen[:, :, None] > 1e-6, best.confusion, np.nan)
    return Consensus(
        best.posterior, confusion, best.prior, best.log_likelihood, best.rounds, best.converged, same, told
    )


def _refusal(ratings: Ratings, fewest: int) -> str | None:
    given = np.bincount(ratings.annotator, minlength=len(ratings.annotators))
    there = int((given > 0).sum())
    if there < FEWEST_ANNOTATORS:
        return (
            f"it takes {FEWEST_ANNOTATORS} annotators to tell whose errors they are, and there are {there};"
            " let an expert decide where they differ"
        )
    if len(np.unique(ratings.value)) < 2:
        return "no variation"
    short = [str(ratings.annotators[each]) for each in np.flatnonzero((given > 0) & (given < fewest))]
    if short:
        few = ", ".join(short[:3]) + (f" and {len(short) - 3} more" if len(short) > 3 else "")
        return f"an annotator's errors show from about {fewest} items on; {few} labelled fewer"
    if not (ratings.raters >= FEWEST_ANNOTATORS).any():
        return f"no item was labelled by {FEWEST_ANNOTATORS} annotators, so nothing tells whose errors they are"
    return None


def _run(
    posterior: Floats,
    unit: Ints,
    annotator: Ints,
    value: Ints,
    shape: tuple[int, int, int],
    rated: np.ndarray,
    tolerance: float,
) -> _Run:
    """Take turns until the likelihood stands still: tables from the posterior, the posterior from the tables."""
    n_units, n_annotators, width = shape
    cell = annotator * width + value
    before, now, rounds = -np.inf, -np.inf, 0
    while rounds < MOST_ROUNDS and (rounds < 2 or now - before > tolerance * len(unit)):
        before, rounds = now, rounds + 1
        prior = posterior[rated].mean(axis=0)
        confusion = np.zeros((width, n_annotators, width))
        for truth in range(width):
            summed = np.bincount(cell, weights=posterior[unit, truth], minlength=n_annotators * width)
            confusion[truth] = summed.reshape(n_annotators, width)
        confusion /= np.maximum(confusion.sum(axis=2, keepdims=True), _LEAST)
        logs = np.log(np.maximum(confusion, _LEAST))
        joint = np.tile(np.log(np.maximum(prior, _LEAST)), (n_units, 1))
        for truth in range(width):
            joint[:, truth] += np.bincount(unit, weights=logs[truth].ravel()[cell], minlength=n_units)
        highest = joint.max(axis=1, keepdims=True)
        total = highest[:, 0] + np.log(np.exp(joint - highest).sum(axis=1))
        posterior = np.exp(joint - total[:, None])
        now = float(total[rated].sum())
    converged = now - before <= tolerance * len(unit)
    return _Run(posterior, np.asarray(confusion.transpose(1, 0, 2)), prior, now, rounds, converged)


def _in_place(run: _Run, annotator: Ints, value: Ints, shape: tuple[int, int, int]) -> tuple[_Run, bool]:
    """Give each class the value that most ratings of its items name.

    The likelihood does not know what classes are called; a start far from the votes may find the right classes under
    each other's names.
    """
    from scipy.optimize import linear_sum_assignment

    given = np.bincount(annotator, minlength=shape[1])
    named = (run.confusion * given[:, None, None]).sum(axis=0) * run.prior[:, None]
    _, order = linear_sum_assignment(-named)  # class k is called order[k]
    if (order == np.arange(shape[2])).all():
        return run, False
    back = np.argsort(order)
    return (
        _Run(
            run.posterior[:, back],
            run.confusion[:, back],
            run.prior[back],
            run.log_likelihood,
            run.rounds,
            run.converged,
        ),
        True,
    )
