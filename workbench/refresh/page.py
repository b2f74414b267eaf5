"""The report of a round: one HTML file that needs nothing else, is read on a light and a dark screen and on paper.

It names traces by their ids and topics by the names of clusters, and quotes nobody. A content security policy forbids
everything but the style that stands in it, so that whatever got into a name can load, run and send nothing.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any

from workbench.refresh.svg import Bar, Row, escaped, legend, share_bars

STYLE = """
:root{color-scheme:light dark;--ink:#1d2330;--soft:#5d6675;--line:#d8dde5;--paper:#fff;--panel:#f6f8fa;
--s0:#7c8da6;--s1:#2f74cf;--pass:#007a59;--fail:#b84f00;--wait:#8a5f00}
@media(prefers-color-scheme:dark){:root{--ink:#e7ebf1;--soft:#a3adbb;--line:#39424f;--paper:#14181e;--panel:#1c222a;
--s0:#8fa0b8;--s1:#5d9cec;--pass:#2fc79a;--fail:#ff8a3c;--wait:#f0b23e}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:960px;padding:2rem 1.5rem 4rem;background:var(--paper);color:var(--ink);
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
h1{font-size:1.6rem;margin:0 0 .2rem}h2{font-size:1.15rem;margin:2.2rem 0 .6rem;padding-top:.7rem;
border-top:1px solid var(--line)}
p{margin:.35rem 0}.soft{color:var(--soft)}.word{font-weight:700}
.good{color:var(--pass)}.bad{color:var(--fail)}.open{color:var(--wait)}
ul{margin:.4rem 0;padding-left:1.2rem}.box{background:var(--panel);border:1px solid var(--line);border-radius:8px;
padding:.8rem 1rem;margin:1rem 0}
table{border-collapse:collapse;width:100%;margin:.6rem 0;font-size:.9rem}
th,td{text-align:left;padding:.3rem .6rem .3rem 0;border-bottom:1px solid var(--line);vertical-align:top}
th{color:var(--soft);font-weight:600}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
code{font:.85em ui-monospace,SFMono-Regular,Menlo,monospace;overflow-wrap:anywhere}
td:first-child{min-width:9rem}
svg{display:block;width:100%;height:auto;margin:.6rem 0}
svg text{font:12px system-ui,sans-serif;fill:var(--ink)}svg .tick{fill:var(--soft);font-size:11px}
svg .grid{stroke:var(--line);stroke-width:1}svg .whisker{stroke:var(--ink);stroke-width:1.3;opacity:.75}
svg .s0{fill:var(--s0)}svg .s1{fill:var(--s1)}
.legend{font-size:.85rem;color:var(--soft)}.legend span{margin-right:1.2rem}
.key{display:inline-block;width:.8em;height:.8em;margin-right:.4em;border-radius:2px}
.key.s0{background:var(--s0)}.key.s1{background:var(--s1)}
@media print{:root{--ink:#000;--soft:#444;--line:#bbb;--paper:#fff;--panel:#fff;--s0:#7c8da6;--s1:#2f74cf;
--pass:#007a59;--fail:#b84f00;--wait:#8a5f00}body{padding:0;max-width:none;font-size:11pt}
h2{break-after:avoid}tr,svg,.box{break-inside:avoid}*{print-color-adjust:exact}}
"""
POLICY = f"default-src 'none'; style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'"
LOOKS = {
    "stable": "good", "covers": "good", "drifted": "bad", "behind": "bad", "yes": "bad", "no": "good",
    "undecided": "open", "cannot tell": "open",
}  # fmt: skip
PERIODS = {"week": "weekly", "sprint": "sprint", "quarter": "quarterly"}
SIGNS = {
    "stuck": "scores over 90% while users fare no better", "old": "over six months old",
    "thin_safety": "next to no case of what must never happen", "apart": "15 points between the set and production",
}  # fmt: skip
MOST = 12


def page(about: Mapping[str, Any], steps: Mapping[str, Any], changes: Sequence[str]) -> str:
    """Write the report of a round.

    Args:
        about: workspace, round_id, period, by, at (when it was written), version (of the workbench) and notices.
        steps: What each step found, as plain values.
        changes: What changed since the last round.
    """
    title = f"{PERIODS.get(about['period'], about['period'])} round of {about['at'][:10]}"
    body = [
        f"<h1>{escaped(about['workspace'])}: {escaped(title)}</h1>",
        f'<p class="soft">{escaped(_span(steps["ingest"]))} · asked for by {escaped(about["by"])} ·'
        f" <code>{escaped(about['round_id'])}</code></p>",
        f'<div class="box"><p>{_word("Drift", steps["drift"])} · {_word("The set", steps["mirror"])} ·'
        f" {len(steps['draft']['case_ids']):,} proposed · {len(steps['retire']['cases']):,} to retire</p>"
        f"{_listed(changes)}</div>",
        *_traffic(steps),
        *_drift(steps["drift"]),
        *_mirror(steps["mirror"]),
        *_slices(steps["slices"]),
        *_proposed(steps),
        *_retire(steps["retire"]),
        *_how(about, steps),
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="referrer" content="no-referrer">'
        f"<title>{escaped(about['workspace'])}: {escaped(title)}</title><style>{STYLE}</style></head>"
        f"<body>{''.join(body)}</body></html>\n"
    )


def _traffic(steps: Mapping[str, Any]) -> list[str]:
    took, made = steps["ingest"], steps["map"]
    parts = [f"{took['new']:,} traces are new; {took['traces']:,} in all."]
    if made.get("reason"):
        parts.append(f"No map was made: {made['reason']}.")
    else:
        placed, off = f"{made['placed']:,}", f"{made['off_map']:,} of them off it"
        word = (
            f"{placed} were placed on the map without moving a point, {off}" if made["placed"] else "All are on the map"
        )
        parts.append(f"{word}; {made['clusters']:,} clusters.")
    found = ["<h2>What came in</h2>", f"<p>{escaped(' '.join(parts))}</p>"]
    groups = made.get("groups") or []
    if groups:
        rows = [[each["about"], f"{each['n']:,}", each["sure"]] for each in groups[:MOST]]
        found.append("<p>Groups that the map has no place for. A person accepts or dismisses each on the Map page.</p>")
        found.append(_table(["what they share", "traces", "found again"], rows, numbers=(1,)))
    if rolling := steps.get("rolling"):
        told = rolling.get("reason") or (
            f"Rolling pool: {rolling['added']:,} drawn, {rolling['left']:,} left, {rolling['size']:,} in it now"
        )
        found.append(f"<p>{escaped(told)}.</p>")
    return found


def _drift(step: Mapping[str, Any]) -> list[str]:
    found = ["<h2>Has traffic moved</h2>", f"<p>{_word('Drift', step)}</p>", _listed(step["sentences"])]
    rows = [
        Row(
            each["name"],
            (_share(each["reference"], each["reference_low"], each["reference_high"]),
             _share(each["current"], each["current_low"], each["current_high"])),
        )
        for each in step["shares"][:MOST]
    ]  # fmt: skip
    if rows:
        series = (f"before ({step['n']:,} traces)", f"now ({step['other_n']:,} traces)")
        found += [legend(series), share_bars(rows, series=series, title="Share of the traffic by cluster")]
    return found


def _mirror(step: Mapping[str, Any]) -> list[str]:
    found = ["<h2>Does the set fail where production fails</h2>", f"<p>{_word('The set', step)}</p>"]
    found.append(_listed(step["sentences"]))
    rows = [
        Row(
            f"{each['mode']} ({each['cases']:,} case{'' if each['cases'] == 1 else 's'})",
            (_share(each["share"], each["low"], each["high"]),
             _share(each["case_share"], each["case_low"], each["case_high"])),
        )
        for each in step["modes"][:MOST]
    ]  # fmt: skip
    if rows:
        series = (f"of production's failures (n {step['failures']:,})", f"of the set's (n {step['cases']:,})")
        found += [legend(series), share_bars(rows, series=series, title="Failures in production and in the set")]
    signs = [
        f'<li><span class="word {LOOKS[each["state"]]}">{escaped(each["state"])}</span>'
        f" {escaped(SIGNS.get(each['name'], each['name']))}: {escaped(each['words'])}</li>"
        for each in step["signs"]
    ]
    return [*found, f"<p>Signs that the set has had its day:</p><ul>{''.join(signs)}</ul>"]


def _slices(step: Mapping[str, Any]) -> list[str]:
    rows = step["rows"]
    found = ["<h2>What fails and lacks cases</h2>", f'<p class="soft">{escaped(step["window"])}</p>']
    if not rows:
        return [
            *found,
            f"<p>{escaped(step.get('reason') or 'No category fails more than the rest and lacks cases.')}</p>",
        ]
    signals = rows[0]["source"] == "signals"
    words = "traces with a sign of failure, which is a hint" if signals else "traces that people failed"
    bars = [Row(each["category"], (_share(each["rate"], each["low"], each["high"], each["judged"]),)) for each in rows]
    found += [legend((words,)), share_bars(bars, series=(words,), title="Failure rate by category")]
    table = [[e["category"], f"{e['n']:,}", f"{e['have']:,} of {e['target']:,}", f"{e['waiting']:,}"] for e in rows]
    return [*found, _table(["category", "queries", "cases", "candidates waiting"], table, numbers=(1, 2, 3))]


def _proposed(steps: Mapping[str, Any]) -> list[str]:
    rows = steps["choose"]["proposals"]
    found = ["<h2>Proposed</h2>"]
    if not rows:
        return [*found, "<p>No trace is worth a case that is none yet.</p>"]
    drafted = set(steps["draft"]["traces"])
    found.append(
        f"<p>{len(drafted):,} candidates are on the Cases page; a person checks each, says what should happen, and"
        " accepts or discards it.</p>"
    )
    if refused := len(steps["draft"]["rejected"]):
        found.append(f"<p>{refused:,} could not be drafted: what was asked could not be made out.</p>")
    table = [[_code(e["trace_id"]), escaped(e["source"]), escaped(e["about"], 60), escaped(e["why"])] for e in rows]
    return [*found, _table(["trace", "from", "about", "why"], table, safe=True)]


def _retire(step: Mapping[str, Any]) -> list[str]:
    found = ["<h2>To retire, perhaps</h2>"]
    if step.get("reason"):
        return [*found, f"<p>{escaped(step['reason'])}</p>"]
    if not step["cases"]:
        return [*found, f"<p>No case asks what production has not asked for six months.{_kept(step)}</p>"]
    table = [[_code(each["case_id"]), escaped(each["cell"]), escaped(each["why"])] for each in step["cases"]]
    found.append(f"<p>Nothing was retired: that is a person's decision.{_kept(step)}</p>")
    return [*found, _table(["case", "asks", "in production"], table, safe=True)]


def _kept(step: Mapping[str, Any]) -> str:
    return f" {step['kept']:,} more are unseen and rare on purpose." if step.get("kept") else ""


def _how(about: Mapping[str, Any], steps: Mapping[str, Any]) -> list[str]:
    drift = steps["drift"]
    told = [
        f"Drift: {drift['windows']}; verdict at level {drift['level']:g} over all its parts (Holm), sessions permuted;"
        f" under {drift['min_n']:,} traces a side nothing is judged.",
        "Intervals are at 95%: Wilson, or by the weights of the sample where there are any. What the mirror and the"
        " categories are is in docs/mirror.md and docs/refresh.md.",
        f"Written {about['at']} UTC by trace-workbench {about['version']}. Trace ids and names of clusters only; no"
        " text of a trace.",
        *about["notices"],
    ]
    return ["<h2>How this was made</h2>", _listed(told)]


def _span(took: Mapping[str, Any]) -> str:
    return (
        f"{took['traces']:,} traces until {took['until'][:16].replace('T', ' ')} UTC" if took["until"] else "no dates"
    )


def _word(what: str, step: Mapping[str, Any]) -> str:
    look = LOOKS.get(step["verdict"], "open")
    why = f" ({escaped(str(step['reason']).replace('_', ' '))})" if step.get("reason") else ""
    return f'{escaped(what)}: <span class="word {look}">{escaped(step["verdict"])}</span>{why}'


def _share(share: float | None, low: float | None, high: float | None, n: int | None = None) -> Bar:
    if share is None or low is None or high is None:
        return Bar(None, 0.0, 0.0, "not known")
    digits = 0 if share >= 0.1 else 1
    words = f"{100 * share:.{digits}f}% ({100 * low:.{digits}f}-{100 * high:.{digits}f})"
    return Bar(share, low, high, words if n is None else f"{words}, n {n:,}")


def _listed(sentences: Iterable[str]) -> str:
    items = "".join(f"<li>{escaped(each)}</li>" for each in sentences)
    return f"<ul>{items}</ul>" if items else ""


def _code(text: object) -> str:
    return f"<code>{escaped(text)}</code>"


def _table(
    head: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: Sequence[int] = (), safe: bool = False
) -> str:
    """A table; with ``safe`` the cells are markup already."""

    def cell(tag: str, at: int, text: str) -> str:
        opening = f'{tag} class="n"' if at in numbers else tag
        return f"<{opening}>{text}</{tag}>"

    top = "".join(cell("th", at, escaped(name)) for at, name in enumerate(head))
    lines = ["".join(cell("td", at, text if safe else escaped(text)) for at, text in enumerate(row)) for row in rows]
    return f"<table><tr>{top}</tr>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"
