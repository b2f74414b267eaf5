"""The verb of drift."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from workbench.cli.group import cli, finite
from workbench.cli.show import as_json, fields, progress_bars, records, show, table, value


@cli.command()
@click.option("--reference", metavar="WHERE", help="A SQL condition over traces, or golden; else the 28 days before.")
@click.option("--current", metavar="WHERE", help="The same; else the last 7 days of traffic.")
@click.option("--level", type=click.FloatRange(0, 0.5, min_open=True, max_open=True), callback=finite,
              help="Of the verdict.")  # fmt: skip
@click.option("--min-n", type=click.IntRange(min=10), help="Traces a side below which nothing is judged.")
@click.option("--tolerance", type=click.FloatRange(0, 1, min_open=True, max_open=True), callback=finite,
              help="What may have moved when stable.")  # fmt: skip
@click.option("--threshold", type=float, callback=finite, help="The score below which a passage does not count.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of the permutations.")
@as_json
@click.pass_obj
def drift(workspace: Path, json_: bool, **options: Any) -> None:
    """Say whether traffic moved away, where and since when."""
    from workbench.workspace import Workspace

    with progress_bars() as progress:
        report = Workspace(workspace).drift(progress=progress, **options)
    for notice in report.notices:
        click.echo(notice, err=True)
    show(_answer(report), json_, lambda: _tell(report))


def _answer(report: Any) -> dict[str, Any]:
    clusters, embedding, off, fetched = report.clusters, report.embedding, report.off_map, report.retrieval
    return {
        "verdict": report.verdict,
        "reason": report.reason,
        "what": list(report.what),
        "lights": {name: {"state": each.state, "reason": each.reason} for name, each in report.lights.items()},
        "n": {"reference": report.n, "current": report.other_n},
        "sessions": {"reference": report.sessions, "current": report.other_sessions},
        "min_n": report.min_n,
        "level": report.level,
        "tolerance": report.tolerance,
        "parts": records(report.parts),
        "within_templates": report.within,
        "confounded": report.confounded,
        "clusters": {
            "jsd": value(clusters.jsd), "excess": value(clusters.excess), "p": value(clusters.p),
            "moved": fields(clusters.moved),
            "detectable": None if clusters.detectable is None else {
                "topic": value(clusters.detectable.topic), "spread": value(clusters.detectable.spread),
            },
            "shares": records(clusters.shares), "reason": clusters.reason,
        },
        "embedding": {
            **{name: value(getattr(embedding, name)) for name in
               ("centroid", "centroid_p", "mmd", "mmd_p", "auc", "auc_p")},
            "telling": records(embedding.telling), "reason": embedding.reason,
        },
        "off_map": {
            "share": fields(off.share), "reference": fields(off.reference), "p": value(off.p),
            "reason": off.reason,
        },
        "templates": records(report.templates.frame),
        "templates_p": value(report.templates.p),
        "templates_reason": report.templates.reason or _one(report.templates),
        "golden_templates": _golden(report.golden_templates),
        "retrieval": {
            **{row.pop("measure"): row for row in records(fetched.measures)}, "threshold": value(fetched.threshold),
            "documents": records(fetched.documents), "jaccard": fields(fetched.jaccard), "rbo": fields(fetched.rbo),
            "jaccard_within_reference": fields(fetched.before), "queries": fetched.queries, "reason": fetched.reason,
        },
        "snapshot": snapshot_answer(report.snapshot),
        "outcomes": records(report.outcomes),
        "timeline": records(report.timeline),
        "usual": _usual(report.usual),
        "sentences": list(report.sentences),
        "notices": list(report.notices),
    }  # fmt: skip


def snapshot_answer(found: Any) -> dict[str, Any]:
    """What the golden queries fetch against a snapshot, for JSON."""
    names = ("snapshot_id", "as_of", "against", "k", "queries", "threshold", "n_known", "n_never", "corpus", "changed",
             "reason")  # fmt: skip
    intervals = ("jaccard", "rbo", "usual", "bm25_before", "bm25_now")
    return {
        **{name: value(getattr(found, name)) for name in names},
        **{name: fields(getattr(found, name)) for name in intervals},
        "measures": records(found.measures), "by_query": records(found.frame), "never": list(found.never),
    }  # fmt: skip


def _golden(found: Any) -> dict[str, Any]:
    names = ("version", "cases", "n", "n_unseen", "share", "since", "tolerance", "alert", "reason")
    return {**{name: value(getattr(found, name)) for name in names}, "unseen": records(found.frame)}


def _usual(usual: Any) -> dict[str, Any]:
    names = ("of", "n", "needed", "value", "mean", "limit", "ratio", "p", "before", "before_p", "above", "alert")
    return {**{name: value(getattr(usual, name)) for name in names}, "weeks": records(usual.weeks),
            "reason": usual.reason}  # fmt: skip


def _one(templates: Any) -> str | None:
    return "one_template" if templates.p is None else None


def _light(name: str, light: Any) -> str:
    why = f" ({light.words.rstrip('.')})" if light.words else ""
    return f"{name} {light.state.replace('_', ' ')}{why}"


def _tell(report: Any) -> None:
    click.echo(report.verdict + (f" ({report.reason})" if report.reason else ""))
    for sentence in report.sentences:
        click.echo(sentence)
    if not report.small:
        click.echo("; ".join(_light(name, light) for name, light in report.lights.items()) + ".")
    rows = [
        [
            row["part"], "not tested" if value(row["p"]) is None else f"{row['p']:.3f}",
            "" if value(row["p"]) is None else f"{row['p_holm']:.3f}", "drifted" if row["drifted"] else "",
        ]
        for row in report.parts.to_dict("records")
    ]  # fmt: skip
    table(["part", "p", "corrected", ""], rows)
    if len(report.clusters.shares):
        table(
            ["cluster", "", "before", "now", "difference", "p (BH)"],
            [
                [
                    row["name"], "" if row["state"] == "kept" else row["state"], f"{100 * row['reference']:.1f}%",
                    f"{100 * row['current']:.1f}%",
                    f"{100 * row['difference']:+.1f} ({100 * row['low']:+.1f} to {100 * row['high']:+.1f})",
                    f"{row['p_bh']:.3f}",
                ]
                for row in report.clusters.shares.head(12).to_dict("records")
            ],
        )  # fmt: skip
