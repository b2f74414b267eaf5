"""Any other model that sentence-transformers can load, by name or by folder.

A name that is not on this machine is downloaded by sentence-transformers: the one place where asking for a model
means using the network. Vectors agree between batches to rounding (about 1e-6), not bit for bit.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import UnreadableFile, WorkbenchError

if TYPE_CHECKING:
    import numpy as np

TEXTS_PER_STEP = 512


class NamedEmbedder:
    """A sentence-transformers model, with the prefixes that BGE and E5 models were trained with."""

    def __init__(self, name: str) -> None:
        """Load the model.

        Raises:
            UnreadableFile: The name is neither a model folder nor a model that can be fetched.
        """
        from sentence_transformers import SentenceTransformer

        try:
            self._model = SentenceTransformer(name, device="cpu")
        except (OSError, ValueError) as error:
            raise UnreadableFile(
                f"{name!r} is no sentence-transformers model that could be loaded ({type(error).__name__}). "
                "Give a model folder or a model name; a name needs the network or a filled Hugging Face cache."
            ) from error
        self.name = _versioned(name, self._model)
        self.dimensions = int(self._model.get_embedding_dimension() or 0)
        self.text_prefix, self.query_prefix = prefixes(
            name, {use: prompt or "" for use, prompt in (self._model.prompts or {}).items()}
        )

    def encode(
        self,
        texts: Sequence[str],
        *,
        query: bool = False,
        progress: Callable[[str, int, int | None], None] | None = None,
    ) -> "np.ndarray":
        """Encode texts, row by row; see ``workbench.embed.Embedder``."""
        import numpy as np

        prefix = self.query_prefix if query else self.text_prefix
        vectors = np.empty((len(texts), self.dimensions), dtype=np.float32)
        # The longest first: a batch is then of like lengths, and memory is at its peak at the start, not near the end.
        order = sorted(range(len(texts)), key=lambda row: -len(texts[row]))
        for start in range(0, len(order), TEXTS_PER_STEP):
            rows = order[start : start + TEXTS_PER_STEP]
            vectors[rows] = self._model.encode(
                [prefix + texts[row].encode("utf-8", "replace").decode() for row in rows],
                prompt="",
                normalize_embeddings=True,
                show_progress_bar=False,
                convert_to_numpy=True,
            )
            if progress:
                progress("embedding", start + len(rows), len(order))
        return vectors


def prefixes(name: str, prompts: dict[str, str]) -> tuple[str, str]:
    """What is put before a stored text and before a search, by the model's own card.

    E5 wants ``query: `` for clustering and other symmetric uses; BGE (English) wants an instruction before searches
    only. What the model itself carries goes before what its name suggests.
    """
    query = prompts.get("query") or ""
    text = prompts.get("clustering") or prompts.get("document") or prompts.get("passage") or ""
    if query or text:
        return text, query or text
    plain = name.lower()
    if re.search(r"(^|[/_-])(multilingual-)?e5-", plain) and "instruct" not in plain:
        return "query: ", "query: "
    if re.search(r"(^|[/_-])bge-.*-en", plain):
        return "", "Represent this sentence for searching relevant passages: "
    return "", ""


def folder_safe(name: str) -> str:
    """A name with nothing in it that a file system minds."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") or "model"


def _versioned(name: str, model: object) -> str:
    """The model's name and what tells two versions of it apart: its commit, or a hash of its weights."""
    folder = Path(name)
    if folder.is_dir():
        digest = hashlib.blake2b(digest_size=4)
        files = sorted([*folder.rglob("*.safetensors"), *folder.rglob("*.bin"), *folder.rglob("*.onnx")])
        if not files:
            raise WorkbenchError(
                f"the model folder {folder.name!r} holds no weights. Give the folder of a saved model."
            )
        for file in files:
            with file.open("rb") as opened:
                digest.update(hashlib.file_digest(opened, hashlib.blake2b).digest())
        return f"{folder_safe(folder.resolve().name)}-{digest.hexdigest()}"
    first = next(iter(model), None) if hasattr(model, "__iter__") else None
    commit = getattr(getattr(getattr(first, "auto_model", None), "config", None), "_commit_hash", None)
    return folder_safe(name.removeprefix("sentence-transformers/")) + (f"-{commit[:8]}" if commit else "")
