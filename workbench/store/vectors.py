"""Vectors of redacted texts, kept by embedder and by the hash of the text.

A cache in all but name: every file is whole, files are only ever added, and a hash that two writers stored at the same
moment has the same vector twice. That is why reading lists the folder here, and nowhere else in the store.
"""

import secrets
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from workbench.errors import NotReady, WorkbenchError
from workbench.store.files import flush, folder_name, into_place, writable


def _files(root: Path, embedder: str) -> list[Path]:
    return sorted((root / "vectors" / folder_name(embedder)).glob("*.parquet"))


def known_vectors(root: Path, embedder: str) -> set[str]:
    """The text hashes that have a vector."""
    known: set[str] = set()
    for path in _files(root, embedder):
        known.update(pq.read_table(path, columns=["text_hash"])["text_hash"].to_pylist())
    return known


def read_vectors(root: Path, embedder: str, hashes: Sequence[str]) -> np.ndarray:
    """Vectors in the order of ``hashes``, which may repeat: shape (n, d), float32.

    Raises:
        NotReady: some hash has no vector.
    """
    wanted = pa.array(hashes, pa.string())
    found = np.zeros(len(wanted), dtype=bool)
    vectors: np.ndarray | None = None
    for path in _files(root, embedder):
        with pq.ParquetFile(path) as file:
            place = pc.index_in(wanted, value_set=file.read(columns=["text_hash"])["text_hash"].combine_chunks())
            hit = np.asarray(place.is_valid()) & ~found
            if vectors is None:
                vectors = np.zeros((len(wanted), file.schema_arrow.field("vector").type.list_size), dtype=np.float32)
            if hit.any():
                rows = np.asarray(place.fill_null(0))[hit]
                vectors[hit] = _matrix(file.read(columns=["vector"])["vector"])[rows]
                found |= hit
    if not found.all():
        raise NotReady(
            f"{int((~found).sum())} of {len(wanted)} texts have no vector of embedder {embedder!r}; "
            "run `workbench embed` first."
        )
    return np.zeros((0, 0), dtype=np.float32) if vectors is None else vectors


def _matrix(column: pa.ChunkedArray) -> np.ndarray:
    parts = [chunk.flatten().to_numpy(zero_copy_only=False).reshape(len(chunk), -1) for chunk in column.chunks]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def write_vectors(
    root: Path, scratch: Path, embedder: str, hashes: Sequence[str], vectors: np.ndarray
) -> tuple[int, Path | None]:
    """Add the vectors whose hash is new; how many those are, and the file they are in.

    Raises:
        ValueError: hashes and vectors do not match in number, or a vector is not finite.
        WorkbenchError: the embedder's stored vectors have another length.
    """
    if vectors.ndim != 2 or len(vectors) != len(hashes) or not vectors.shape[1]:
        raise ValueError(f"{len(hashes)} hashes need as many vectors, got an array of shape {vectors.shape}")
    if not np.isfinite(vectors).all():
        raise ValueError("a vector holds a value that is not finite")
    files = _files(root, embedder)
    if files:
        length = pq.read_schema(files[0]).field("vector").type.list_size
        if length != vectors.shape[1]:
            raise WorkbenchError(
                f"the stored vectors of embedder {embedder!r} have length {length}, the new ones {vectors.shape[1]}; "
                "give the changed embedder another name."
            )
    known = known_vectors(root, embedder)
    new = {hash_: row for row, hash_ in reversed(list(enumerate(hashes))) if hash_ not in known}
    if not new:
        return 0, None
    rows = sorted(new.values())
    matrix = np.ascontiguousarray(vectors[rows], dtype=np.float32)
    column = pa.FixedSizeListArray.from_arrays(pa.array(matrix.reshape(-1)), matrix.shape[1])
    table = pa.table({"text_hash": pa.array([hashes[row] for row in rows], pa.string()), "vector": column})
    folder = root / "vectors" / folder_name(embedder)
    with writable(root):
        folder.mkdir(exist_ok=True)
        flush(folder.parent)
        draft = scratch / f"{secrets.token_hex(8)}.parquet"
        pq.write_table(table, draft, compression="none", use_dictionary=False)
        into_place(draft, folder / draft.name)
    return len(rows), folder / draft.name
