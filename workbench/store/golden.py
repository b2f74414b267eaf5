"""Versions of the golden set as files made for git, and the ledger of looks at what is sealed.

What the files say is made elsewhere (``workbench.golden``). A version is written to a scratch folder, renamed into
place file by file with the manifest last, and made visible by one transaction, in which the sealed cases also leave the
database. A freeze that dies before that is taken back by the next one. Every look at sealed cases is written to the
ledger file first and to the database after it, before anything is handed out.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa

from workbench.errors import WorkspaceBusy
from workbench.store import scratch, sql
from workbench.store.files import SCRATCH, flush, into_place, writable
from workbench.store.locks import locked

FOLDER, CHANGELOG = "golden", "CHANGELOG.md"
_WAITING = "changelog-v"
LOOK = ("version", "release", "reason", "opened_by", "opened_at", "n")


class GoldenStore:
    """The part of ``Store`` that keeps versions of the golden set."""

    path: Path
    _database: sql.Database

    def golden_versions(self) -> list[dict[str, Any]]:
        """The versions that were frozen here, oldest first: version, created_at, author, reason, sha256."""
        query = sa.select(sql.golden_versions).order_by(sql.golden_versions.c.version)
        with self._database.reading() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def clear_golden(self) -> None:
        """Take back the files of a freeze that died before its version became visible; finish one that died after."""
        scratch.clear_dead(self.path, self._take_back)
        if next((self.path / SCRATCH).glob(f"{_WAITING}*"), None) is not None:
            with self._one_at_a_time():
                self._finish_texts({row["version"] for row in self.golden_versions()})

    def freeze_golden(
        self,
        row: Mapping[str, Any],
        *,
        files: Mapping[str, bytes],
        changelog: bytes,
        sealed: Sequence[str],
        opened: Mapping[str, Mapping[str, Any]],
        retired: Sequence[str],
    ) -> None:
        """Write a version whole.

        Args:
            row: version (one after the newest), created_at, author, reason, sha256.
            files: Its files by name, the manifest last.
            changelog: What CHANGELOG.md says with it.
            sealed: Ids of the cases whose content leaves the database with it.
            opened: Content of the cases that were sealed and are not any more, by id.
            retired: Ids of sealed cases that are no part of it.

        Raises:
            WorkspaceBusy: Somebody else froze a version meanwhile.
        """
        self.clear_golden()
        number = row["version"]
        with (
            self._one_at_a_time(),
            scratch.scratch(self.path, "golden", str(number), self._take_back) as folder,
        ):
            _check_next([each["version"] for each in self.golden_versions()], number)
            with writable(self.path):
                for name, content in files.items():
                    (folder / name).write_bytes(content)
                    into_place(folder / name, self.path / FOLDER / name)
            self._wait_with_text(number, changelog)
            with self._database.writing(traces=False) as connection:
                _check_next(connection.execute(sa.select(sql.golden_versions.c.version)).scalars(), number)
                connection.execute(sa.insert(sql.golden_versions), dict(row))
                _settle(connection, sealed, opened, retired)
            self._finish_texts({number})
            if sealed:
                self._database.forget_deleted()

    def adopt_golden(
        self, rows: Sequence[Mapping[str, Any]], opened: Sequence[Mapping[str, Any]], sealed: Sequence[str]
    ) -> None:
        """Record versions whose files are there already, and the cases of the newest, all or none.

        Args:
            rows: version, created_at, author, reason, sha256.
            opened: Content of its open cases.
            sealed: Ids of its sealed cases.
        """
        at, by = rows[-1]["created_at"], rows[-1]["author"]
        fixed = {"pool": "golden", "proposed_at": at, "proposed_by": by, "private_at": at, "private_by": by}
        new: list[dict[str, Any]] = [
            {**fixed, "case_id": each["case_id"], "status": "accepted", "content": orjson.dumps(each).decode()}
            for each in opened
        ]
        new += [{**fixed, "case_id": case_id, "status": "sealed", "content": None} for case_id in sealed]
        with self._database.writing(traces=False) as connection:
            connection.execute(sa.insert(sql.golden_versions), [dict(row) for row in rows])
            there = set(connection.execute(sa.select(sql.cases.c.case_id)).scalars())
            missing = [row for row in new if row["case_id"] not in there]
            if missing:
                connection.execute(sa.insert(sql.cases), missing)

    def add_golden_look(self, row: Mapping[str, Any], name: str, line: Callable[[bytes], bytes]) -> None:
        """Write a look at sealed cases to the ledger file and to the database, durably, before it is had.

        Args:
            row: ``LOOK``.
            name: The ledger's file.
            line: Makes the line to add out of what the file holds.
        """
        path = self.path / FOLDER / name
        with self._one_at_a_time():
            with writable(self.path):
                before = path.read_bytes() if path.exists() else b""
                with path.open("ab") as file:
                    file.write(line(before))
                    file.flush()
                    os.fsync(file.fileno())
                flush(path.parent)
            with self._database.writing(traces=False) as connection:
                connection.execute(sa.insert(sql.golden_looks), dict(row))

    def golden_looks(self) -> list[dict[str, Any]]:
        """The looks the database knows of, oldest first."""
        look = sql.golden_looks.c
        with self._database.reading() as connection:
            found = connection.execute(sa.select(*(look[name] for name in LOOK)).order_by(look.look_id)).mappings()
            return [dict(row) for row in found]

    def _wait_with_text(self, number: int, changelog: bytes) -> None:
        """Lay the changelog ready under the version's number; it is put in place once the version is visible."""
        with writable(self.path):
            draft = self.path / SCRATCH / f"draft-{secrets.token_hex(4)}"
            draft.write_bytes(changelog)
            into_place(draft, self.path / SCRATCH / f"{_WAITING}{number}")

    def _finish_texts(self, visible: Collection[int]) -> None:
        waiting = {int(path.name.removeprefix(_WAITING)): path for path in (self.path / SCRATCH).glob(f"{_WAITING}*")}
        for number, path in sorted(waiting.items()):
            if number in visible:
                into_place(path, self.path / FOLDER / CHANGELOG)
            else:
                path.unlink(missing_ok=True)

    def _one_at_a_time(self) -> Any:
        return locked(self.path / SCRATCH / "golden.lock", busy="")

    def _take_back(self, kind: str, name: str) -> None:
        raise NotImplementedError


def take_back_golden(root: Path, database: sql.Database, number: int) -> None:
    """Remove the files of a version unless it became visible."""
    frozen = sql.golden_versions.c
    with database.writing(visible=False) as connection:  # waits for a commit that may still be on its way
        if connection.execute(sa.select(frozen.version).where(frozen.version == number)).first() is not None:
            return
    for path in (root / FOLDER).glob(f"golden-v{number}.*"):
        path.unlink(missing_ok=True)


def _check_next(known: Any, number: int) -> None:
    newest = max(known, default=0)
    if number != newest + 1:
        raise WorkspaceBusy(f"version {newest} was frozen by somebody else meanwhile; look again.")


def _settle(
    connection: sa.Connection,
    sealed: Sequence[str],
    opened: Mapping[str, Mapping[str, Any]],
    retired: Sequence[str],
) -> None:
    case = sql.cases
    changes: list[tuple[str, dict[str, Any]]] = [
        *((case_id, {"status": "sealed", "content": None, "why": None}) for case_id in sealed),
        *(
            (case_id, {"status": "accepted", "content": orjson.dumps(each).decode()})
            for case_id, each in opened.items()
        ),
        *((case_id, {"status": "retired", "content": None}) for case_id in retired),
    ]
    for case_id, values in changes:
        connection.execute(sa.update(case).where(case.c.case_id == case_id).values(values))
