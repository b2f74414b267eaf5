"""The verb of leakage: evaluation texts that were known beforehand, or that are twice in their own file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from workbench.cli.group import cli
from workbench.cli.show import as_json, progress_bars, records, show, table
from workbench.errors import BadRequest

FILE = click.Path(path_type=Path)
MOST_SHOWN, LONGEST_SHOWN = 20, 400
MOST_REVIEW = 500  # pairs to review in the answer; all of them are in the frame


@cli.command()
@click.option("--eval", "evaluation", type=FILE, required=True, help="The evaluation cases: a table or a text file.")
@click.option("--against", type=FILE, multiple=True, help="Training data, few-shot examples, a prompt; again for more.")
@click.option("--within", is_flag=True, help="Look for duplicates within the evaluation file instead.")
@click.option("--text", metavar="FIELD", help="The field that holds the text, in all files; guessed if not given.")
@click.option("--against-text", metavar="FIELD", help="The field in the other files, where it is another one.")
@click.option("--rungs", metavar="NAMES", help="Only these, with commas: exact,ngram,minhash,substring,semantic.")
@click.option("--results", type=FILE, help="A file with passed (and case_id): the score on flagged and clean cases.")
@click.option("--show", "texts", is_flag=True, help="Print the texts of the first pairs side by side. Not with --json.")
@as_json
def leakage(
    evaluation: Path, against: tuple[Path, ...], rungs: str | None, results: Path | None, texts: bool, json_: bool,
    **options: Any,
) -> None:  # fmt: skip
    """Find evaluation texts that other files hold too, as copies, passages or in other words. Needs no workspace."""
    from workbench.workspace.leakage import effect_file, leakage_files

    if texts and json_:
        raise BadRequest("--show prints texts, which the JSON never holds. Leave out one of --show and --json")
    chosen = None if rungs is None else [name for name in (each.strip() for each in rungs.split(",")) if name]
    with progress_bars() as progress:
        found, files = leakage_files(evaluation, against, rungs=chosen, progress=progress, **options)
    effect = None if results is None else effect_file(found, files[""], results)
    notices = [*_fields(files), *found.notices]
    for notice in notices:
        click.echo(notice, err=True)
    answer = {
        "pairs": records(found.pairs),
        "by_rung": found.by_rung,
        "share": found.share,
        "flagged": found.n_flagged,
        "eval_rows": found.n_eval,
        "against_rows": found.n_against,
        "review": records(found.review.head(MOST_REVIEW)),
        "to_review": len(found.review),
        "fields": {name or "eval": file.field for name, file in files.items() if name != "itself"},
        "semantic": {name: _setting(setting) for name, setting in found.semantic.items()},
        "effect": None if effect is None else _effect(effect),
        "notices": notices,
    }
    show(answer, json_, lambda: _tell(found, files, effect, texts))


def _fields(files: dict[str, Any]) -> list[str]:
    guessed = {name: file for name, file in files.items() if file.guessed and name != "itself"}
    return [
        f"{file.path.name}: the text was taken from {file.field!r}; name another field with"
        f" {'--against-text' if name else '--text'}."
        for name, file in guessed.items()
    ]


def _setting(setting: Any) -> dict[str, Any]:
    def number(value: float) -> float | None:
        return None if value != value else value

    return {
        "encoder": setting.encoder,
        "bar": setting.bar,
        "bar_lowest": setting.lowest,
        "bar_highest": setting.highest,
        "origin": setting.origin,
        "random_pairs": setting.random_pairs,
        "random_p999": number(setting.random_high),
        "random_share": number(setting.random_share),
        "reason": None if setting.random_pairs else "all pairs are best matches; there is no chance to compare with",
    }


def _effect(effect: Any) -> dict[str, Any]:
    def share(interval: Any) -> dict[str, Any]:
        empty = interval.estimate != interval.estimate
        bounds = {"estimate": None if empty else interval.estimate, "low": interval.low, "high": interval.high}
        return {**bounds, "n": interval.n, **({"reason": "no cases with a result"} if empty else {})}

    return {
        "verdict": effect.verdict,
        "reason": effect.reason,
        "flagged": share(effect.flagged),
        "clean": share(effect.clean),
        "difference": share(effect.difference),
        "missing": effect.missing,
    }


def _tell(found: Any, files: dict[str, Any], effect: Any, texts: bool) -> None:
    click.echo(repr(found))
    shown = found.pairs.head(MOST_SHOWN)
    several = found.pairs["against"].nunique() > 1
    if texts and len(shown):
        rows = [
            [f"{row.rung} {row.score:.2f}", _plain(files[""].texts[row.eval_row]), _plain(_other(files, row))]
            for row in shown.itertuples()
        ]
        table(["", "evaluation", "other"], rows)
    elif len(shown):
        rows = [
            [row.eval_row, *([row.against] if several else []), row.other_row, row.rung, f"{row.score:.2f}"]
            for row in shown.itertuples()
        ]
        table(["eval row", *(["against"] if several else []), "other row", "rung", "score"], rows)
    if len(found.pairs) > len(shown):
        click.echo(f"… and {len(found.pairs) - len(shown):,} more; --json lists all")
    if len(found.review):
        click.echo(f"{len(found.review):,} further pairs share a third of their words or a phrase: look at some")
    if effect is not None:
        click.echo(repr(effect))


def _other(files: dict[str, Any], row: Any) -> str | None:
    text: str | None = files[row.against].texts[row.other_row]
    return text


def _plain(text: str | None) -> str:
    """A text fit for a terminal: one line, no control characters, not too long."""
    line = " ".join("".join(each if each.isprintable() else " " for each in text or "").split())
    return line if len(line) <= LONGEST_SHOWN else line[: LONGEST_SHOWN - 1] + "…"
