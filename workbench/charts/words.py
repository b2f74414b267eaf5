"""How a number and a piece of text are written in a figure: a share with its interval, and text that stays text."""

import html
import math


def escaped(text: object, width: int | None = None) -> str:
    """Text for a Plotly label or hover box, where ``<b>``, ``<br>`` and ``<a>`` would otherwise take effect.

    >>> escaped("<img src=x> & more")
    '&lt;img src=x&gt; &amp; more'
    >>> escaped("a long sentence", width=7)
    'a long…'
    """
    plain = " ".join(str(text).split())
    if width is not None and len(plain) > width:
        plain = plain[: width - 1].rstrip() + "…"
    return html.escape(plain, quote=False)


def rate_text(share: float, low: float, high: float, n: int | None = None) -> str:
    """Write a share with its interval, and with the n it rests on.

    Whole per cent from 10% up, one decimal below, so that a rare failure keeps its digits.

    >>> rate_text(0.31, 0.24, 0.39, 148)
    '31% (24-39), n 148'
    >>> rate_text(0.021, 0.012, 0.036)
    '2.1% (1.2-3.6)'
    >>> rate_text(float("nan"), 0.0, 1.0, 0)
    'not known, n 0'
    """
    tail = "" if n is None else f", n {n:,}"
    if share is None or math.isnan(share):
        return f"not known{tail}"
    digits = 0 if share >= 0.1 else 1
    return f"{share:.{digits}%} ({_bound(low, digits)}-{_bound(high, digits)}){tail}"


def percent(share: float) -> str:
    """Write a share alone: a decimal below 10%, none above.

    >>> [percent(each) for each in (0.0, 0.0166, 0.121)]
    ['0%', '1.7%', '12%']
    """
    return f"{share:.1%}" if 0 < share < 0.1 else f"{share:.0%}"


def _bound(share: float, digits: int) -> str:
    written = f"{100 * share:.{digits}f}"
    return written.rstrip("0").rstrip(".") if "." in written else written
