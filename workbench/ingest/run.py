"""One ingest from paths to a committed batch: find the files, read, redact, write, account."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from workbench import formats
from workbench.errors import UnknownName, UnreadableFile
from workbench.ingest.parts import Progress, Run, SafeIds
from workbench.ingest.pipeline import Pipeline, SourceFile
from workbench.ingest.report import IngestReport
from workbench.redact import Redactor, number_placeholders
from workbench.store import Store
from workbench.store.spill import Spill

LISTED_IN_BATCH = 1000  # rejected rows kept with the batch for the Overview page


def run_ingest(
    store: Store,
    redactor: Redactor,
    paths: Sequence[str | Path],
    *,
    format: str | None = None,
    mapping: str | Path | None = None,
    policy: str = "default",
    progress: Progress | None = None,
) -> IngestReport:
    """Take files in as one batch; see ``Workspace.ingest``."""
    if format is not None and format not in formats.FORMATS:
        raise UnknownName("format", format, sorted(formats.FORMATS))
    columns = formats.load_mapping(Path(mapping)) if mapping is not None else None
    with store.new_batch() as batch:
        spill = Spill(batch.spill)
        run = Run(redactor, store, batch, spill, SafeIds(redactor, store.secret), progress or _silent)
        pipeline = Pipeline(run, assemble=formats.assemble, number=number_placeholders)
        for name, path, problem in _files(paths):
            if problem is not None:
                pipeline.refuse(name, problem)
                continue
            try:
                found = format or ("generic" if columns is not None else formats.detect(path))
                notices: list[str] = []
                options = formats.ReadOptions(mapping=columns, notice=notices.append)
                pipeline.take(SourceFile(name, found, formats.read(path, format=found, options=options)))
                run.tally.notices += [f"{name}: {notice}" for notice in notices]
            except UnreadableFile as error:
                pipeline.refuse(name, str(error))
        report = pipeline.finish(policy)
        spill.close()
        if not report.took_anything:
            return replace(report, batch=None)
        batch.commit({**asdict(report), "rejected_rows": report.rejected_rows[:LISTED_IN_BATCH]})
    return report


def _files(paths: Sequence[str | Path]) -> Iterator[tuple[str, Path, str | None]]:
    """The files behind the given paths: name to show, path, and what is wrong with it if anything is."""
    for given in map(Path, paths):
        if given.is_dir():
            inside = sorted(
                path
                for path in given.rglob("*")
                if path.is_file() and not any(part.startswith(".") for part in path.relative_to(given).parts)
            )
            if not inside:
                yield str(given), given, "the folder holds no files. Give a file or a folder of exports"
            for path in inside:
                yield str(path), path, None
        elif not given.exists():
            yield str(given), given, "there is no such file or folder. Check the path"
        else:
            yield str(given), given, None


def _silent(stage: str, done: int, total: int | None) -> None:
    """No progress is shown."""
