"""Texts in, vectors out: the step every map, neighbour list and semantic search stands on.

What is embedded matters more than which model does it. The default view is what the users said, because a map of
answers mostly shows the assistant's style. all-MiniLM-L6-v2 reads 256 word pieces (about 190 English words) and
ignores the rest, so a view that puts long answers first hides the question. The vector of a text does not depend on
the other texts it was encoded with, which is what makes a cache by text hash honest; ``docs/maps.md`` says how far
that goes for each embedder.
"""

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from workbench.embed.texts import PLACEHOLDERS, TEXT_VIEWS, plain_words, text_hash, trace_text
from workbench.errors import BadSettings

if TYPE_CHECKING:
    import numpy as np

__all__ = [
    "DEFAULT",
    "PLACEHOLDERS",
    "TEXT_VIEWS",
    "Embedder",
    "load_embedder",
    "plain_words",
    "text_hash",
    "trace_text",
]

Progress = Callable[[str, int, int | None], None]

DEFAULT = "all-MiniLM-L6-v2"


class Embedder(Protocol):
    """Whatever turns texts into unit vectors; two runs of the same embedder give vectors that may be compared."""

    @property
    def name(self) -> str:
        """Safe as a folder name; names the model and, where one is known, its version."""
        ...

    @property
    def dimensions(self) -> int:
        """The length of a vector."""
        ...

    def encode(self, texts: Sequence[str], *, query: bool = False, progress: Progress | None = None) -> "np.ndarray":
        """Encode texts, row by row.

        Args:
            texts: What to embed.
            query: The texts were typed into a search box; some models want that said in a prefix.
            progress: Called with a stage name, the texts done and the texts in all.

        Returns:
            float32 of shape (len(texts), dimensions), each row of unit length.
        """
        ...


def load_embedder(name: str = DEFAULT, *, url: str | None = None, key_env: str | None = None) -> Embedder:
    """Find the embedder with this name.

    Only the default needs no network: its weights come with an installed package and are checked against the
    published hash. Any other name is looked up as a sentence-transformers model (a folder, or a name that may be
    downloaded), or as the model of an OpenAI-compatible endpoint where ``url`` is given.

    Args:
        name: ``all-MiniLM-L6-v2``, a sentence-transformers name or folder, or the model name at ``url``.
        url: Base address of an OpenAI-compatible server, with or without ``/v1/embeddings``. Texts are sent there.
        key_env: The environment variable that holds the key for ``url``.

    Raises:
        WorkbenchError: Wrong weights, no such model, or a setting that does not fit.
    """
    if url is not None:
        from workbench.embed.remote import RemoteEmbedder

        return RemoteEmbedder(name, url=url, key_env=key_env)
    if key_env is not None:
        raise BadSettings(f"a key variable ({key_env}) was given without a url. Set the url of the endpoint as well.")
    if re.fullmatch(r"(sentence-transformers/)?all-MiniLM-L6-v2", name):
        from workbench.embed.minilm import MiniLM

        return MiniLM()
    from workbench.embed.named import NamedEmbedder

    return NamedEmbedder(name)
