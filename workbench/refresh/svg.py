"""Figures as plain SVG, so that a report needs nothing from anywhere: shares as bars with intervals, one or two a row.

Colours are classes that the page's style gives a meaning, one for a light screen or paper and one for a dark screen.
Every word passes ``escaped``; nothing here takes markup.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from workbench.one_line import one_line

WIDTH, LABEL, RIGHT = 760, 250, 130
ROW, BAR, TOP, AXIS = 18, 11, 8, 30
LONGEST = 40
STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5)


@dataclass(frozen=True, slots=True)
class Bar:
    """A share with its interval.

    Attributes:
        share: The share; None where it is not known.
        low: Lower bound.
        high: Upper bound.
        words: What stands behind it.
    """

    share: float | None
    low: float
    high: float
    words: str


@dataclass(frozen=True, slots=True)
class Row:
    """A name, and a bar for each series."""

    name: str
    bars: tuple[Bar, ...]


def escaped(text: object, width: int | None = None) -> str:
    """A text as it may stand in HTML, in an attribute too; cut to a width.

    >>> escaped('<b title="x">', 5)
    '&lt;b t…'
    """
    plain = one_line(text)
    if width is not None and len(plain) > width:
        plain = plain[: width - 1].rstrip() + "…"
    return escape(plain, quote=True)


def share_bars(rows: Sequence[Row], *, series: Sequence[str], title: str) -> str:
    """Draw shares as bars with intervals, a row for each name.

    Args:
        rows: What to draw, top to bottom; each with one bar a series.
        series: What the bars of a row are; drawn in the classes ``s0`` and ``s1``.
        title: What a reader who cannot see it is told.
    """
    tall = ROW * len(series) + 8
    height = TOP + tall * len(rows) + AXIS
    most = max((bar.high for row in rows for bar in row.bars if bar.share is not None), default=0.0)
    step = next((each for each in STEPS if most / each <= 6), STEPS[-1])
    end = min(1.0, step * -(-most // step)) if most > 0 else step
    scale = (WIDTH - LABEL - RIGHT) / end
    parts = [f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escaped(title)}">']
    at = 0.0
    while at <= end + 1e-9:
        x = LABEL + at * scale
        parts.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{height - AXIS + 4}"/>')
        parts.append(f'<text class="tick" x="{x:.1f}" y="{height - 10}" text-anchor="middle">{at:.0%}</text>')
        at += step
    for place, row in enumerate(rows):
        top = TOP + tall * place
        middle = top + ROW * len(series) / 2 + 4
        parts.append(
            f'<text class="name" x="{LABEL - 10}" y="{middle:.1f}" text-anchor="end">{escaped(row.name, LONGEST)}'
            f"<title>{escaped(row.name)}</title></text>"
        )
        parts += [_bar(bar, top + ROW * at_series, at_series, scale) for at_series, bar in enumerate(row.bars)]
    return "".join([*parts, "</svg>"])


def legend(series: Sequence[str]) -> str:
    """What the colours of the bars mean."""
    keys = "".join(f'<span><i class="key s{at}"></i>{escaped(name)}</span>' for at, name in enumerate(series))
    return f'<p class="legend">{keys}<span>whiskers: 95% intervals</span></p>'


def _bar(bar: Bar, top: float, series: int, scale: float) -> str:
    y = top + (ROW - BAR) / 2
    if bar.share is None:
        return f'<text class="tick" x="{LABEL + 4}" y="{y + BAR - 2:.1f}">{escaped(bar.words)}</text>'
    middle = y + BAR / 2
    low, high = LABEL + bar.low * scale, LABEL + bar.high * scale
    return (
        f'<rect class="s{series}" x="{LABEL}" y="{y:.1f}" width="{max(bar.share * scale, 0):.1f}" height="{BAR}">'
        f"<title>{escaped(bar.words)}</title></rect>"
        f'<line class="whisker" x1="{low:.1f}" x2="{high:.1f}" y1="{middle:.1f}" y2="{middle:.1f}"/>'
        f'<text class="tick" x="{high + 6:.1f}" y="{y + BAR - 1.5:.1f}">{escaped(bar.words)}</text>'
    )
