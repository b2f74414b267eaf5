"""Every error a person can put right, in one short tree.

    WorkbenchError
    ├── BadRequest          the request names something that cannot be done as asked
    │   ├── UnreadableFile      a path that is missing, empty, binary or in no known format
    │   ├── MissingColumns      a table lacks columns the step needs
    │   └── UnknownName         a name that is not in the list it should be in
    │       └── UnknownCode         no active code of the codebook has that name
    ├── BadSettings         workspace.toml or a mapping file does not say what it should
    ├── NotAWorkspace       the folder holds no workspace
    ├── NewerWorkspace      the workspace was written by a newer version
    ├── WorkspaceBusy       another process holds what this step needs
    ├── CodebookChanged     somebody else changed the codebook meanwhile
    ├── RubricChanged       somebody else changed the rubric meanwhile
    ├── MapChanged          somebody else made a map meanwhile
    ├── SlotTaken           an item of a queue was given to somebody else meanwhile
    ├── EndpointFailed      a service that was asked refuses, or does not answer
    ├── NotReady            an earlier step has to come first
    ├── TooLittleData       the step has nothing to work on
    └── NotInstalled        an optional package is missing

A message says what was found, what was needed and what to do, in one line, and never quotes trace text:
it is shown on pages, printed by the command line and may end up in logs.
A programmer's mistake stays ``ValueError`` or ``TypeError``.
"""

from collections.abc import Iterable


class WorkbenchError(Exception):
    """The user can put this right, and the text is safe to show."""


class BadRequest(WorkbenchError):
    """The request names something that cannot be done as asked."""


class UnreadableFile(BadRequest):
    """A path is missing, empty, binary, or in no format that is known here."""


class MissingColumns(BadRequest):
    """A table lacks columns that the step needs."""

    def __init__(self, table: str, missing: Iterable[str], found: Iterable[str], remedy: str) -> None:
        names = ", ".join(repr(name) for name in missing)
        super().__init__(f"{table} has no column {names} (it has: {', '.join(found) or 'none'}). {remedy}")


class UnknownName(BadRequest):
    """A name is not in the list that it should be in."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        super().__init__(f"there is no {kind} {name!r}; choose one of: {', '.join(known) or 'none yet'}")


class UnknownCode(UnknownName):
    """No active code of the codebook has that name; the message says what became of it or which are near."""

    def __init__(self, message: str) -> None:
        WorkbenchError.__init__(self, message)


class BadSettings(WorkbenchError):
    """workspace.toml or a mapping file does not say what it should."""


class NotAWorkspace(WorkbenchError):
    """The folder holds no workspace."""


class NewerWorkspace(WorkbenchError):
    """The workspace was written by a newer version of the workbench."""


class WorkspaceBusy(WorkbenchError):
    """Another process holds what this step needs; trying again later helps."""


class CodebookChanged(WorkbenchError):
    """Somebody else changed the codebook meanwhile; looking again and trying again helps."""


class RubricChanged(WorkbenchError):
    """Somebody else changed the rubric meanwhile; looking again and trying again helps."""


class MapChanged(WorkbenchError):
    """Somebody else made a map meanwhile; looking again and trying again helps."""


class SlotTaken(WorkbenchError):
    """An item of a queue was given to somebody else meanwhile; taking the next one helps."""


class EndpointFailed(WorkbenchError):
    """A service that was asked refuses, or does not answer; what it answered before that is kept."""


class NotReady(WorkbenchError):
    """An earlier step has to come first; the message names it."""


class TooLittleData(WorkbenchError):
    """The step has nothing, or too little, to work on."""


class NotInstalled(WorkbenchError):
    """An optional package is missing."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"this needs the package {package!r}. Install it: pip install 'trace-workbench[{extra}]'")
