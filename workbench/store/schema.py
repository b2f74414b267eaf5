"""Bring a database to the schema this version knows, once, however many processes ask at the same moment.

The fast path is one small query; Alembic is only imported where something is to be done. A database whose schema is
unknown here was written by a newer version and is left alone. A database that belongs to another workspace, or a new
one beside a folder that already holds traces, is refused: it would show nothing, and nobody would know why.
"""

from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from workbench.errors import BadSettings, NewerWorkspace
from workbench.store import sql
from workbench.store.sql import Database


def _found(connection: sa.Connection, path: Path) -> str | None:
    """The schema the database has, None where it has none yet."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    if found is not None and found not in sql.REVISIONS:
        raise NewerWorkspace(
            f"{path} was written by a newer version of trace-workbench (its schema is {found!r}, "
            f"this version knows up to {sql.REVISIONS[-1]!r}). Install that version or a later one."
        )
    return found


def _check(connection: sa.Connection, identity: str, path: Path) -> None:
    known = connection.execute(sa.select(sql.workspace.c.identity)).scalar()
    if known != identity:
        raise BadSettings(
            f"the database of {path} belongs to another workspace; "
            "give each workspace a database of its own, or restore its secret.key."
        )


def set_up(database: Database, *, identity: str, path: Path) -> None:
    """Check that the database belongs to the workspace and run the migrations it still lacks.

    Raises:
        NewerWorkspace: the schema is not known to this version.
        BadSettings: the database belongs to another workspace, or is new while the folder holds traces.
    """
    with database.reading() as connection:
        found = _found(connection, path)
        if found == sql.REVISIONS[-1]:
            return _check(connection, identity, path)
    with database.setting_up() as connection:
        found = _found(connection, path)  # again: another process may have been first
        if found is None and next((path / "traces").glob("*.parquet"), None) is not None:
            raise BadSettings(
                f"{path} holds traces but its database {database.name} is new and empty; "
                "restore the database, or point to the one this workspace was made with."
            )
        if found != sql.REVISIONS[-1]:
            _migrate(connection)
        if connection.execute(sa.select(sql.workspace.c.id)).scalar() is None:
            row = {"id": 1, "identity": identity, "revision": 0, "created_at": datetime.now(UTC)}
            connection.execute(sa.insert(sql.workspace), row)
        _check(connection, identity, path)


def _migrate(connection: sa.Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
