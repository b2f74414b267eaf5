"""The user's own mapping file, for a table whose columns nobody could guess.

    [columns]
    customer_said = "input"
    "reply.text" = "output"

    [constants]
    environment = "production"

    [messages]
    path = "body.messages"

A dot leads into a nested object, unless a column bears the dotted name itself. Columns that the file does not mention
still map by a name from the traces table; synonyms are not guessed beside a mapping.
"""

import tomllib
from pathlib import Path
from typing import Any

from workbench.errors import BadSettings
from workbench.formats.columns import COMPUTED, OWN
from workbench.formats.records import ColumnMapping

TARGETS = tuple(name for name in OWN if name not in COMPUTED) + ("system_prompt", "tools")


def load_mapping(path: Path | str) -> ColumnMapping:
    """Read a mapping file.

    Raises:
        BadSettings: it is missing, no TOML, or names a column that the traces table does not have.
    """
    path = Path(path)
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise BadSettings(f"{path} cannot be read: {error.strerror}. Name a mapping file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise BadSettings(
            f'{path} is not valid TOML. Needed: [columns] with lines such as their_name = "input"'
        ) from None
    unknown = sorted(set(found) - {"columns", "constants", "messages"})
    if unknown:
        raise BadSettings(f"{path} has a section {unknown[0]!r}; a mapping has [columns], [constants] and [messages]")
    columns = _table(path, found, "columns")
    for source, target in columns.items():
        _check(path, f"columns.{source}", target)
    targets = [target for target in columns.values() if target != "metadata"]
    for target in targets:
        if targets.count(target) > 1:
            raise BadSettings(f"{path} maps two columns to {target!r}. Keep one of them")
    constants = _table(path, found, "constants")
    for target in constants:
        _check(path, f"constants.{target}", target)
    messages = _table(path, found, "messages").get("path")
    if "messages" in found and not (isinstance(messages, str) and messages):
        raise BadSettings(f'{path}: [messages] needs a line such as path = "body.messages"')
    if not columns and not messages:
        raise BadSettings(f'{path} maps no column. Needed: [columns] with lines such as their_name = "input"')
    return ColumnMapping(columns, constants, messages)


def _table(path: Path, found: dict[str, Any], name: str) -> dict[str, Any]:
    """One section of the file."""
    section = found.get(name, {})
    if not isinstance(section, dict):
        raise BadSettings(f"{path}: {name} must be a section, [{name}]")
    return section


def _check(path: Path, where: str, target: Any) -> None:
    """Whether a name is one of ours."""
    if not isinstance(target, str) or target not in TARGETS:
        what = repr(target) if isinstance(target, str) else "no text"
        raise BadSettings(f"{path}: {where} says {what}, which is no column of traces. Valid: {', '.join(TARGETS)}")
