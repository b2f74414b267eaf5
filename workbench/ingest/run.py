"""One ingest from paths to a committed batch: find the files, read, redact, write, account."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

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
        report = _fit_to_show(pipeline.finish(policy), redactor)
        spill.close()
        if not report.took_anything:
            return replace(report, batch=None)
        batch.commit(_fit_to_keep(report, redactor))
    return report


def _fit_to_show(report: IngestReport, redactor: Redactor) -> IngestReport:
    """The report with personal data taken out of reasons and notices: they name keys, and a key may be an e-mail."""
    told = [row["reason"].split(row["file"]) for row in report.rejected_rows]
    safe = _safe({*report.notices, *(part for parts in told for part in parts)}, redactor)
    rows = [
        {**row, "reason": row["file"].join(safe[part] for part in parts)}
        for row, parts in zip(report.rejected_rows, told, strict=True)
    ]
    return replace(report, rejected_rows=rows, notices=[safe[notice] for notice in report.notices])


def _fit_to_keep(report: IngestReport, redactor: Redactor) -> dict[str, Any]:
    """What is stored of the report: as shown, but for file names that hold personal data."""
    safe = _safe({file["file"] for file in report.files}, redactor)
    names = {name: kept for name, kept in safe.items() if name != kept}

    def kept(text: str) -> str:
        for name, other in names.items():
            text = text.replace(name, other)
        return text

    rows = report.rejected_rows[:LISTED_IN_BATCH]
    return {
        **asdict(report),
        "rejected_rows": [{**row, "file": kept(row["file"]), "reason": kept(row["reason"])} for row in rows],
        "files": [{**file, "file": kept(file["file"])} for file in report.files],
        "notices": [kept(notice) for notice in report.notices],
    }


def _safe(texts: set[str], redactor: Redactor) -> dict[str, str]:
    """Each text as it may be shown: redacted where something in it has the shape of personal data."""
    ordered = sorted(texts)
    telling = [text for text, tells in zip(ordered, redactor.has_structured(ordered), strict=True) if tells]
    return {**{text: text for text in ordered}, **dict(zip(telling, redactor.redact(telling)[0], strict=True))}


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
