"""The rubric as a TOML file, for people who review changes; it reads back to the same rubric.

A file is taken whole or not at all, and no message quotes what a file says, because a file may hold anything.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from workbench.errors import BadRequest, UnreadableFile
from workbench.rubric.fields import FIELDS
from workbench.rubric.standard import Rubric

STARTER = "starter"
"""The name of the rubric that comes with the workbench."""
_STARTER_FILE = Path(__file__).parent / "starter.toml"
HEAD = """\
Rubric, version {version}. For each dimension: level is nominal (kinds) or ordinal (steps in order), values are all
there are, failure is the one that is a failure; passes and fails are examples just this and just that side of the line,
rule says what holds where people disagree."""


def read_rubric(path: Path) -> list[dict[str, Any]]:
    """The dimensions of a .toml file, as rows of fields; see ``parse_rubric``.

    Raises:
        UnreadableFile: it is missing or a folder.
    """
    try:
        return parse_rubric(path.read_bytes(), path.name)
    except FileNotFoundError:
        raise UnreadableFile(f"there is no file {path.name}. Check the path, or import {STARTER!r}.") from None
    except IsADirectoryError:
        raise UnreadableFile(f"{path.name} is a folder. Name a file in it.") from None


def starter_rows() -> list[dict[str, Any]]:
    """The rubric that comes with the workbench, to be made one's own."""
    return parse_rubric(_STARTER_FILE.read_bytes(), _STARTER_FILE.name)


def parse_rubric(content: bytes, file: str) -> list[dict[str, Any]]:
    """The dimensions that a file holds, as rows of fields.

    Args:
        content: what it holds.
        file: its name.

    Raises:
        UnreadableFile: it is no text, no TOML, or has no dimensions.
        BadRequest: it has a key that a rubric does not have.
    """
    if Path(file).suffix.lower() != ".toml":
        raise UnreadableFile(f"{file} is no .toml file. A rubric is read from TOML; export one to see its form.")
    try:
        told = tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise UnreadableFile(f"{file} is no text in UTF-8. Save it as such and try again.") from None
    except tomllib.TOMLDecodeError as error:
        where = str(error)[str(error).rfind("(") :] if "(" in str(error) else ""
        raise UnreadableFile(f"{file} is no valid TOML {where}. Correct that line and try again.") from None
    except RecursionError:
        raise UnreadableFile(f"{file} is no rubric: its lists are nested too deeply. Write it again.") from None
    rows = told.get("dimensions")
    if not isinstance(rows, list) or not rows or not all(isinstance(each, dict) for each in rows):
        raise UnreadableFile(f"{file} has no [[dimensions]]. Write each dimension as a [[dimensions]] table.")
    if len(told) > 1:
        raise BadRequest(f"{file} has keys beside [[dimensions]], which a rubric does not have. Take them out.")
    return [dict(each) for each in rows]


def write_rubric(rubric: Rubric, path: Path) -> int:
    """Write a rubric to a .toml file; how many dimensions it has.

    Raises:
        BadRequest: it has none, or the file has another ending, is a folder, or its folder is missing.
    """
    if path.suffix.lower() != ".toml":
        raise BadRequest(f"cannot write a rubric to {path.name}: its ending must be .toml.")
    if path.is_dir() or not path.parent.is_dir():
        raise BadRequest(f"cannot write {path.name}: it is a folder, or its own folder is missing. Name a file.")
    path.write_text(rubric_text(rubric), encoding="utf-8", newline="")
    return len(rubric)


def rubric_text(rubric: Rubric) -> str:
    """A rubric as the text of a .toml file.

    Raises:
        BadRequest: it has no dimensions.
    """
    import tomlkit

    if not rubric.dimensions:
        raise BadRequest("the rubric has no dimensions to write. Import the starter or a file first.")
    document = tomlkit.document()
    for line in HEAD.format(version=rubric.version).splitlines():
        document.add(tomlkit.comment(line))
    tables = tomlkit.aot()
    for each in rubric.dimensions:
        table = tomlkit.table()
        for field in FIELDS:
            value = getattr(each, field)
            if value:
                table.add(field, list(value) if isinstance(value, tuple) else value)
        tables.append(table)
    document.add("dimensions", tables)
    return tomlkit.dumps(document)
