"""Maps: points, clusters and arrays as files in a folder of their own, made visible by one row.

Everything that a map was made from and with is kept (graph, order, parameters, seeds), so that it can be made again
bit for bit and new traces can be placed on it. Arrays are plain ``.npy`` files that are mapped into memory when asked
for; nothing is pickled.
"""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa

from workbench.errors import BadRequest, MapChanged, UnknownName, WorkbenchError
from workbench.store import sql
from workbench.store.files import folder_name, into_place, writable
from workbench.store.frames import from_frame, to_frame
from workbench.store.locks import locked
from workbench.store.sql import Database

if TYPE_CHECKING:
    from pandas import DataFrame

ANY = ""
"""Whichever map is the newest."""


@dataclass(frozen=True, slots=True)
class StoredMap:
    """One map as it was stored.

    Attributes:
        points: a row for every trace of the map, with at least ``trace_id, x, y, cluster``.
        clusters: a row for every cluster.
        params: every parameter and seed.
    """

    map_id: str
    points: "DataFrame" = field(repr=False)
    clusters: "DataFrame" = field(repr=False)
    params: dict[str, Any] = field(repr=False)
    folder: Path = field(repr=False)

    @property
    def arrays(self) -> tuple[str, ...]:
        """The names of the stored arrays."""
        return tuple(sorted(path.stem for path in self.folder.glob("*.npy")))

    def array(self, name: str) -> np.ndarray:
        """One stored array, mapped into memory and read-only.

        Raises:
            UnknownName: the map has no such array.
        """
        if name not in self.arrays:
            raise UnknownName("array", name, self.arrays)
        return np.load(self.folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)


def check_names(*names: str) -> None:
    """Refuse ids of maps and names of arrays that are not plain file names."""
    for name in names:
        if folder_name(name) != name:
            raise ValueError(f"{name!r} cannot name a map or array; use letters, digits, '.', '_' and '-'")


def write_map(
    root: Path,
    database: Database,
    scratch: Path,
    map_id: str,
    *,
    points: "DataFrame",
    clusters: "DataFrame",
    arrays: Mapping[str, np.ndarray],
    params: Mapping[str, Any],
    follows: str | None = ANY,
    check: Callable[[], None],
) -> None:
    """Write a map whole, then make it visible, unless ``check``, called when its turn has come, raises.

    Raises:
        BadRequest: there is a map with that id.
        MapChanged: the newest map is not the one that this one follows.
        ValueError: points without the columns of the points table.
    """
    draft = scratch / "map"
    text = orjson.dumps(dict(params), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_SERIALIZE_NUMPY)
    with writable(root):
        draft.mkdir()
        pq.write_table(from_frame(points, "points"), draft / "points.parquet", compression="zstd")
        plain = pa.Table.from_pandas(clusters, preserve_index=False).replace_schema_metadata(None)
        pq.write_table(plain, draft / "clusters.parquet", compression="zstd")
        for name, array in arrays.items():
            np.save(draft / f"{name}.npy", array, allow_pickle=False)
        (draft / "map.json").write_bytes(text + b"\n")
    target = root / "maps" / map_id
    with locked(turn_of_maps(root), busy=""):
        check()
        if follows != ANY:
            with database.reading() as connection:
                newest = newest_map(connection)
            if newest != follows:
                raise MapChanged("another map was made meanwhile; look at it, and try again.")
        if target.exists():
            raise BadRequest(f"there is a map {map_id!r} already; give the new one another id.")
        with writable(root):
            into_place(draft, target)
        with database.writing() as connection:
            number = connection.execute(sa.select(sa.func.coalesce(sa.func.max(sql.maps.c.number), 0) + 1)).scalar_one()
            row = {"map_id": map_id, "created_at": datetime.now(UTC), "number": number, "params": text.decode()}
            connection.execute(sa.insert(sql.maps), row)


def take_back_map(root: Path, database: Database, map_id: str) -> None:
    """Remove a map's folder unless it became visible."""
    with locked(turn_of_maps(root), busy=""):
        with database.writing(visible=False) as connection:
            if connection.execute(sa.select(sql.maps.c.map_id).where(sql.maps.c.map_id == map_id)).first() is not None:
                return
        shutil.rmtree(root / "maps" / map_id, ignore_errors=True)


def turn_of_maps(root: Path) -> Path:
    """The lock of whoever makes a map visible, or changes one."""
    return root / ".scratch" / "maps.lock"


def map_frame(connection: sa.Connection) -> "DataFrame":
    """Maps, oldest first."""
    columns = (sql.maps.c.map_id, sql.maps.c.created_at, sql.maps.c.params)
    rows = [dict(row) for row in connection.execute(sa.select(*columns).order_by(sql.maps.c.number)).mappings()]
    schema = pa.schema({"map_id": pa.string(), "created_at": pa.timestamp("us", "UTC"), "params": pa.string()})
    frame = to_frame(pa.Table.from_pylist(rows, schema))
    frame["params"] = [orjson.loads(text) for text in frame["params"]]
    return frame


def newest_map(connection: sa.Connection) -> str | None:
    """The id of the map that was stored last."""
    return connection.execute(sa.select(sql.maps.c.map_id).order_by(sql.maps.c.number.desc()).limit(1)).scalar()


def read_clusters(root: Path, map_id: str) -> "DataFrame | None":
    """The clusters of one map alone; None where its files cannot be read."""
    try:
        return to_frame(pq.read_table(root / "maps" / map_id / "clusters.parquet"))
    except OSError:
        return None


def load_map(root: Path, database: Database, map_id: str) -> StoredMap:
    """Read a map back."""
    with database.reading() as connection:
        stored = map_frame(connection)
    known = dict(zip(stored["map_id"], stored["params"], strict=True))
    if map_id not in known:
        raise UnknownName("map", map_id, known)
    folder = root / "maps" / map_id
    try:
        points, clusters = (to_frame(pq.read_table(folder / f"{name}.parquet")) for name in ("points", "clusters"))
    except OSError as error:
        raise WorkbenchError(f"the files of map {map_id!r} cannot be read; make a new map.") from error
    return StoredMap(map_id, points, clusters, known[map_id], folder)
