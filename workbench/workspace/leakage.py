"""The verb of leakage: were the evaluation texts known beforehand. It takes files and needs no workspace."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import BadRequest

if TYPE_CHECKING:
    from workbench.embed import Embedder
    from workbench.leakage import Effect, Leakage
    from workbench.leakage.files import TextFile

Progress = Callable[[str, int, int | None], None]


def leakage_files(
    evaluation: str | Path,
    against: Sequence[str | Path] = (),
    *,
    text: str | None = None,
    against_text: str | None = None,
    within: bool = False,
    rungs: Sequence[str] | None = None,
    embedder: Embedder | None = None,
    bar: float | None = None,
    progress: Progress | None = None,
) -> tuple[Leakage, dict[str, TextFile]]:
    """Look for the texts of an evaluation file in other files, or for duplicates within it.

    Args:
        evaluation: The evaluation file; see ``workbench.leakage.files.read_texts``.
        against: Files it must not share texts with: training data, few-shot examples, prompts.
        text: The field that holds the text, in all files; guessed in each if not given.
        against_text: The field in the other files, where it is another one.
        within: Look for duplicates within the evaluation file instead.
        rungs: Which rungs to climb; all by default.
        embedder: For the semantic rung; the bundled one by default.
        bar: As for ``workbench.leakage.leakage``.
        progress: Told of each rung, and of the texts encoded.

    Returns:
        What was found, and the files by the name they have in it: "" for the evaluation file.

    Raises:
        WorkbenchError: A file cannot be read, or a name is not known.
    """
    from workbench.embed import load_embedder
    from workbench.leakage import RUNGS, leakage
    from workbench.leakage.files import read_texts

    if within == bool(against):
        raise BadRequest("leakage compares with other files or within one. Give either --against FILE or --within")
    ours = read_texts(Path(evaluation), text)
    others = {name: read_texts(path, against_text or text) for name, path in _named(against).items()}
    climbed = RUNGS if rungs is None else tuple(rungs)
    if "semantic" in climbed and embedder is None:
        embedder = load_embedder()
    found = leakage(
        ours.texts,
        None if within else {name: other.texts for name, other in others.items()},
        rungs=climbed,
        embedder=embedder,
        bar=bar,
        progress=progress,
    )
    return found, {"": ours, **({"itself": ours} if within else others)}


def effect_file(found: Leakage, evaluation: TextFile, results: str | Path) -> Effect:
    """Compare the score on flagged cases with the score on clean ones; see ``workbench.leakage.effect``.

    Args:
        found: What ``leakage_files`` found.
        evaluation: The evaluation file as it was read.
        results: A file with ``passed``, and ``case_id`` where the evaluation file has it; else one row per case.
    """
    from workbench.leakage import effect
    from workbench.leakage.results import passed_by_row

    return effect(passed_by_row(Path(results), evaluation), found.flagged_rows)


def _named(paths: Sequence[str | Path]) -> dict[str, Path]:
    """Files by name, and by their whole path where two have the same name."""
    given = [Path(path) for path in paths]
    names = [path.name for path in given]
    named = {(str(path) if names.count(path.name) > 1 else path.name): path for path in given}
    if len(named) < len(given):
        raise BadRequest("a file was given twice with --against. Give each once")
    return named
