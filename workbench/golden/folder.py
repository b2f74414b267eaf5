"""A folder of golden files, read and checked, with a workspace around it or without: a clone will do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from workbench.errors import BadRequest, UnknownName, WorkbenchError
from workbench.golden import ledger, verify
from workbench.golden.cases import Case
from workbench.golden.ledger import Look
from workbench.golden.seal import unseal

LEDGER = "ledger.jsonl"


def open_name(number: int) -> str:
    """The file of a version's open cases."""
    return f"golden-v{number}.jsonl"


def sealed_name(number: int) -> str:
    """The file of a version's sealed cases."""
    return f"golden-v{number}.sealed"


def manifest_name(number: int) -> str:
    """The file of a version's manifest."""
    return f"golden-v{number}.json"


class GoldenFolder:
    """A folder of golden files, whether or not a workspace is around it.

    Attributes:
        folder: Where the files lie.
        secret: The workspace's secret; without it signatures and sealed cases cannot be checked.
    """

    def __init__(self, folder: Path, secret: bytes | None = None) -> None:
        self.folder = folder
        self.secret = secret

    def numbers(self) -> list[int]:
        """The versions that have a manifest, in order."""
        found = [path.stem.removeprefix("golden-v") for path in self.folder.glob("golden-v*.json")]
        return sorted(int(each) for each in found if each.isdigit())

    def manifest(self, number: int) -> dict[str, Any]:
        """The manifest of a version, as it lies there.

        Raises:
            UnknownName: There is none that can be read.
        """
        content = self.read(manifest_name(number))
        found, problems, _ = verify.check_manifest(
            content, version=number, name=manifest_name(number), secret=None, expected=None
        )
        if content is None or not found:
            raise UnknownName("version", str(number), [str(each) for each in self.numbers()] if not problems else [])
        return found

    def read(self, name: str) -> bytes | None:
        """A file's bytes; None where it is missing."""
        try:
            return (self.folder / name).read_bytes()
        except FileNotFoundError:
            return None

    def open_cases(self, number: int) -> list[Case]:
        """The open cases of a version.

        Raises:
            BadRequest: The file was damaged.
        """
        content = self.read(open_name(number)) or b""
        try:
            return [Case.from_dict(orjson.loads(line)) for line in content.splitlines()]
        except (ValueError, TypeError, AttributeError, WorkbenchError):
            raise BadRequest(
                f"{open_name(number)} is not as it was frozen: a line is no case. See: workbench golden verify {number}"
            ) from None

    def sealed_cases(self, number: int) -> list[Case]:
        """The sealed cases of a version. Whoever hands them out writes the ledger first."""
        content = self.read(sealed_name(number))
        if content is None or self.secret is None:
            return []
        return unseal(content, secret=self.secret)

    def looks(self) -> tuple[list[Look], list[str]]:
        """The looks of the ledger, and what is wrong with it."""
        return ledger.read(self.read(LEDGER) or b"", secret=self.secret)

    def verify(self, number: int, *, expected: str | None = None) -> verify.Verified:
        """Check a version against its manifest, and the manifest against what was recorded elsewhere."""
        name = manifest_name(number)
        known, problems, notices = verify.check_manifest(
            self.read(name), version=number, name=name, secret=self.secret, expected=expected
        )
        if not known:
            return verify.Verified(number, 0, 0, expected or "", tuple(problems), tuple(notices))
        files = [open_name(number)] + [sealed_name(number)] * bool(known["blind"])
        problems += verify.check_files(known, files, name=name)
        problems += verify.check_open(self.read(open_name(number)), known, name=open_name(number))
        found, told = verify.check_sealed(
            self.read(sealed_name(number)), known, name=sealed_name(number), secret=self.secret
        )
        problems += found
        before = self._sha256(number - 1)
        problems += verify.check_chain(known, before, name=name) if before is not None or number == 1 else []
        _, wrong = self.looks()
        problems += [verify.Problem(LEDGER, each) for each in wrong]
        return verify.Verified(
            number, known["cases"], known["blind"], known["sha256"], tuple(problems), (*notices, *told)
        )

    def _sha256(self, number: int) -> str | None:
        content = self.read(manifest_name(number)) if number else None
        try:
            return None if content is None else str(orjson.loads(content)["sha256"])
        except (ValueError, KeyError, TypeError):
            return "unreadable"
