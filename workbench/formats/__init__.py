"""Readers: one module per source, found by its ``FORMAT``; adding a source is adding a file to this folder.

``detect`` looks inside the file and takes the reader that is surest; the name of the file counts for nothing.
``read`` streams records, each source row exactly one, raw: whoever calls it redacts before anything is written.
"""

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

from workbench.errors import UnknownName, UnreadableFile
from workbench.formats import generic, transcript
from workbench.formats.columns import ColumnChoice, ColumnGuess
from workbench.formats.layout import look
from workbench.formats.mapping import load_mapping
from workbench.formats.records import (
    MEGABYTE,
    ColumnMapping,
    Format,
    Head,
    ReadOptions,
    Record,
    Rejected,
    SpanRow,
    TraceRow,
)
from workbench.formats.spans import assemble

__all__ = [
    "FORMATS",
    "ColumnChoice",
    "ColumnGuess",
    "ColumnMapping",
    "Format",
    "Head",
    "ReadOptions",
    "Record",
    "Rejected",
    "SpanRow",
    "TraceRow",
    "assemble",
    "detect",
    "guess_columns",
    "load_mapping",
    "read",
]


GUESS_BYTES = 4 * MEGABYTE


def _collected() -> dict[str, Format]:
    """The readers of this folder, by name."""
    modules = (importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__))
    found = [module.FORMAT for module in modules if isinstance(getattr(module, "FORMAT", None), Format)]
    return {reader.name: reader for reader in sorted(found, key=lambda reader: reader.name)}


FORMATS: dict[str, Format] = _collected()


def detect(path: Path | str) -> str:
    """The name of the format a file is in.

    Raises:
        UnreadableFile: the file is missing, empty, binary, or holds nothing that looks like traces.
    """
    path = Path(path)
    head = look(path)
    sure = {name: reader.sniff(head) for name, reader in FORMATS.items()}
    best = max(sure, key=lambda name: sure[name])
    if sure[best] <= 0:
        raise UnreadableFile(f"{path} holds no rows. Needed: traces in one of {', '.join(FORMATS)}")
    if best == "generic":
        if head.columns and not head.rows:
            raise UnreadableFile(f"{path} has column names and no rows. Check that the export is whole")
        _expect_text(path)
    return best


def _expect_text(path: Path) -> None:
    """Refuse a table in which nothing looks like the text of a trace, unless most of it bears our names."""
    guess = generic.guess_columns(path, ReadOptions(max_row_bytes=GUESS_BYTES), count_ids=False)
    targets = set(guess.by_target)
    if (
        guess.choices
        and not targets & {"input", "output", "messages"}
        and len(targets - {"metadata", "tags", "name"}) < 4
    ):
        from workbench.formats.plan import refuse

        raise refuse(path, [choice.source for choice in guess.choices])


def read(path: Path | str, *, format: str | None = None, options: ReadOptions | None = None) -> Iterator[Record]:
    """Every row of a file as one record, streaming.

    Args:
        path: the file.
        format: a name from ``FORMATS``; None looks inside. A mapping means generic.
        options: the mapping, the limit on a row, and who hears the notices.

    Raises:
        UnreadableFile: the file cannot be read at all.
        UnknownName: there is no such format.
        BadSettings: the mapping names a column that the file does not have.
    """
    options = options or ReadOptions()
    path = Path(path)
    if format is None:
        format = "generic" if options.mapping is not None else detect(path)
    if format not in FORMATS:
        raise UnknownName("format", format, FORMATS)
    return FORMATS[format].read(path, options)


def guess_columns(path: Path | str, options: ReadOptions | None = None) -> ColumnGuess:
    """What each column of a table becomes and why; empty for formats whose fields are fixed."""
    path = Path(path)
    options = options or ReadOptions()
    found = "generic" if options.mapping is not None else detect(path)
    readers = {"generic": generic.guess_columns, "transcript": transcript.guess_columns}
    return readers[found](path, options) if found in readers else ColumnGuess()
