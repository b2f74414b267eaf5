"""How a judge's calibration is shown, for scripts and for people."""

from __future__ import annotations

from typing import Any

import click

from workbench.cli.show import records, table


def calibration(found: Any) -> dict[str, Any]:
    """A calibration as the keys that scripts rely on."""
    fixed = found.corrected
    return {
        **_rates(found.rates),
        "unparsable": found.unparsable,
        "dropped": _rates(found.dropped),
        "missing": found.missing,
        "positive": found.positive,
        "raw": _share(found.raw, "rate") | {"n": found.raw.n},
        "corrected": {
            "estimate": _number(fixed.estimate),
            "low": _number(fixed.low),
            "high": _number(fixed.high),
            "method": fixed.method,
            "n": fixed.n,
            "n_labelled": fixed.n_labelled,
            "reason": fixed.reason,
        },
        "people_alpha": None if found.people is None else _number(found.people.value),
        "confusion": records(found.confusion),
        "verdict": found.verdict,
        "n_more": found.n_more,
        "reason": found.reason,
        "notices": list(found.notices),
    }


def _rates(rates: Any) -> dict[str, Any]:
    return {
        "n": rates.n,
        **_share(rates.agreement, "agreement"),
        "kappa": _number(rates.kappa.value),
        "kappa_reason": rates.kappa.reason,
        **_share(rates.true_pass, "tpr"),
        "tpr_n": rates.true_pass.n,
        **_share(rates.true_fail, "tnr"),
        "tnr_n": rates.true_fail.n,
    }


def _share(share: Any, name: str) -> dict[str, Any]:
    if share.n == 0:
        return {name: None, f"{name}_low": None, f"{name}_high": None, f"{name}_reason": "no labels to take it from"}
    return {name: share.estimate, f"{name}_low": share.low, f"{name}_high": share.high}


def _number(value: float) -> float | None:
    return None if value != value else value


def tell_calibration(found: Any) -> None:
    """A calibration for people."""
    click.echo(f"{found.verdict}: {found.reason}")
    rows = [
        [name, str(rates.true_pass), str(rates.true_fail), str(rates.agreement), str(rates.kappa)]
        for name, rates in (("unreadable answers count as wrong", found.rates), ("left out", found.dropped))
    ]
    head = ["", "good outputs passed", "real failures caught", "agreement", ""]
    table(head, rows if found.unparsable else [["", *rows[0][1:]]])
    if found.unparsable:
        click.echo(f"{found.unparsable:,} answers could not be read")
    fixed = found.corrected
    if fixed.method:
        bounds = f"({100 * fixed.low:.1f}-{100 * fixed.high:.1f})"
        click.echo(f"true share of passes {100 * fixed.estimate:.1f}% {bounds}, n {fixed.n:,}, by {fixed.method}")
    else:
        click.echo(f"no corrected share of passes: {fixed.reason}")
