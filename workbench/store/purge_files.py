"""The files of a workspace without purged traces: maps, frames of samples, vectors, kept marks, reports.

Each is written whole and renamed over what it was; a map, which is several files, is whole on the disk beside the old
one before the first of them is replaced.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from workbench.store import scratch
from workbench.store.files import REPORTS, flush, into_place, writable
from workbench.store.frames import from_frame, to_frame
from workbench.store.purge_rows import Rewrite

if TYPE_CHECKING:
    from pandas import DataFrame

_CHANGED = ".purged"  # of a folder beside a map's: what is to be put in its place
_NAMES = "arrays.json"


class PurgeFiles:
    """The part of ``Store`` that changes these."""

    path: Path

    def change_map(
        self, map_id: str, *, points: DataFrame, clusters: DataFrame, arrays: Mapping[str, np.ndarray]
    ) -> None:
        """Put what is left of a map in the place of what it was; arrays that are not given go.

        It is whole on the disk before the first file is replaced, so that breaking off leaves no mixture for ever.
        """
        plain = pa.Table.from_pandas(clusters, preserve_index=False).replace_schema_metadata(None)
        with scratch.scratch(self.path, "file", "purge", self._take_back) as folder, writable(self.path):
            draft = folder / "map"
            draft.mkdir()
            pq.write_table(from_frame(points, "points"), draft / "points.parquet", compression="zstd")
            pq.write_table(plain, draft / "clusters.parquet", compression="zstd")
            for name, array in arrays.items():
                np.save(draft / f"{name}.npy", array, allow_pickle=False)
            (draft / _NAMES).write_bytes(orjson.dumps(sorted(arrays)))
            into_place(draft, self.path / "maps" / f"{map_id}{_CHANGED}")
        self.finish_maps()

    def finish_maps(self) -> None:
        """Put the files of changed maps in place; where that was broken off, what is left to do of it."""
        for folder in sorted((self.path / "maps").glob(f"*{_CHANGED}")):
            target = folder.with_name(folder.name.removesuffix(_CHANGED))
            with writable(self.path):
                for path in sorted([*folder.glob("*.npy"), *folder.glob("*.parquet")]):
                    into_place(path, target / path.name)
                if (folder / _NAMES).exists():
                    names = orjson.loads((folder / _NAMES).read_bytes())
                    for path in target.glob("*.npy"):
                        if path.stem not in names:
                            path.unlink()
                    (folder / _NAMES).unlink()
                folder.rmdir()
                flush(folder.parent)

    def change_texts(self, rewrite: Rewrite, html: Callable[[str], str]) -> dict[str, int]:
        """Take purged traces out of the reports and the parameters of maps; how many files changed, by place."""
        counts = {"reports": 0, "map_files": 0}
        for name, pattern in (("reports", f"{REPORTS}/*.html"), ("map_files", "maps/*/map.json")):
            for path in sorted(self.path.glob(pattern)):
                was = path.read_text(encoding="utf-8")
                made = html(was) if name == "reports" else rewrite([was]).get(was, was)
                if made != was:
                    with self._replacing(path) as draft:
                        draft.write_text(made, encoding="utf-8")
                    counts[name] += 1
        return counts

    def change_frames(self, ids: Mapping[str, str]) -> int:
        """Rename traces in what samples were drawn from, so that drawing further keeps its order; how many rows."""
        changed = 0
        for path in sorted((self.path / "samples").glob("*/frame.parquet")):
            frame = to_frame(pq.read_table(path))
            mine = frame["trace_id"].isin(list(ids))
            if mine.any():
                changed += int(mine.sum())
                frame["trace_id"] = [ids.get(each, each) for each in frame["trace_id"]]
                table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
                with self._replacing(path) as draft:
                    pq.write_table(table, draft, compression="zstd")
        for path in (self.path / "samples").glob("*.parquet"):
            path.unlink(missing_ok=True)  # kept marks: of the traces as they were, and worked out anew
        return changed

    def drop_vectors(self, hashes: Collection[str]) -> int:
        """Drop the vectors of texts; how many."""
        dropped, gone = 0, pa.array(sorted(hashes), pa.string())
        for path in sorted((self.path / "vectors").glob("*/*.parquet")):
            with pq.ParquetFile(path) as file:
                mine = pc.is_in(file.read(columns=["text_hash"])["text_hash"], value_set=gone)
                n = pc.sum(mine).as_py() or 0
                left = file.read().filter(pc.invert(mine)) if n else None
            if left is not None and left.num_rows:
                with self._replacing(path) as draft:
                    pq.write_table(left, draft, compression="none", use_dictionary=False)
            elif left is not None:
                path.unlink()
            dropped += n
        return dropped

    @contextmanager
    def _replacing(self, path: Path) -> Iterator[Path]:
        """Where to write what is renamed over a file once it is whole."""
        with scratch.scratch(self.path, "file", "purge", self._take_back) as folder, writable(self.path):
            yield folder / path.name
            into_place(folder / path.name, path)

    def _take_back(self, kind: str, name: str) -> None:
        raise NotImplementedError  # ``Store`` has it
