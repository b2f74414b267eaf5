"""An OpenAI-compatible ``/v1/embeddings`` endpoint.

The texts leave this machine, redacted as they are stored: choose it knowingly. A server may change its model behind
the same name, and nothing here can tell; where that matters, use weights on disk.
"""

import os
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from workbench.embed.named import folder_safe
from workbench.errors import BadSettings, WorkbenchError

if TYPE_CHECKING:
    import httpx
    import numpy as np

TEXTS_PER_REQUEST = 64
ATTEMPTS = 5
LONGEST_WAIT = 30.0
BUSY = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
"""Answers that are worth asking again for."""


class RemoteEmbedder:
    """A model behind an OpenAI-compatible address."""

    def __init__(
        self, model: str, *, url: str, key_env: str | None = None, wait: Callable[[float], None] = time.sleep
    ) -> None:
        """Say where the model is; nothing is sent until the first text.

        Args:
            model: The model's name there.
            url: Base address, with or without ``/v1/embeddings``.
            key_env: The environment variable that holds the key; none where the server wants none.
            wait: How to wait between attempts, given seconds.

        Raises:
            BadSettings: The address is none, or the variable is empty.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise BadSettings("the embedding url is no http(s) address. Write it as https://host/v1.")
        self._headers = {}
        if key_env is not None:
            key = os.environ.get(key_env, "")
            if not key:
                raise BadSettings(f"the environment variable {key_env} is not set. Put the endpoint's key into it.")
            self._headers["Authorization"] = f"Bearer {key}"
        self._url = _endpoint(url)
        self._model = model
        self._wait = wait
        self._dimensions: int | None = None
        self.name = f"{folder_safe(model)}--{folder_safe(parts.netloc.rpartition('@')[2])}"

    @property
    def dimensions(self) -> int:
        """The length of a vector; asks the server once where nothing was encoded yet."""
        if self._dimensions is None:
            self.encode(["a"])
        return self._dimensions or 0

    def encode(
        self,
        texts: Sequence[str],
        *,
        query: bool = False,
        progress: Callable[[str, int, int | None], None] | None = None,
    ) -> "np.ndarray":
        """Encode texts, row by row; see ``workbench.embed.Embedder``.

        Raises:
            WorkbenchError: The server cannot be reached, refuses, or answers with something that is not vectors.
        """
        import httpx
        import numpy as np

        # Most servers refuse an empty input; a full stop says as little.
        sent = [text.encode("utf-8", "replace").decode() if text.strip() else "." for text in texts]
        blocks = []
        with httpx.Client(headers=self._headers, timeout=60.0) as client:
            for start in range(0, len(sent), TEXTS_PER_REQUEST):
                blocks.append(self._ask(client, sent[start : start + TEXTS_PER_REQUEST]))
                if progress:
                    progress("embedding", min(start + TEXTS_PER_REQUEST, len(sent)), len(sent))
        if not blocks:
            return np.empty((0, self._dimensions or 0), dtype=np.float32)
        widths = {block.shape[1] for block in blocks} | ({self._dimensions} if self._dimensions else set())
        if len(widths) > 1:
            raise WorkbenchError(f"the embedding endpoint sent vectors of different lengths ({sorted(widths)}).")
        vectors = np.concatenate(blocks)
        self._dimensions = vectors.shape[1]
        return vectors

    def _ask(self, client: "httpx.Client", texts: list[str]) -> "np.ndarray":
        import httpx

        why = ""
        for attempt in range(ATTEMPTS):
            pause = min(LONGEST_WAIT, 2.0**attempt)
            try:
                answer = client.post(self._url, json={"model": self._model, "input": texts, "encoding_format": "float"})
            except httpx.TransportError as error:
                why = type(error).__name__
            else:
                if answer.is_success:
                    return _vectors(answer, len(texts))
                why = f"status {answer.status_code}"
                if answer.status_code not in BUSY:
                    break
                asked = answer.headers.get("retry-after", "")
                pause = min(LONGEST_WAIT, float(asked)) if asked.isdigit() else pause
            if attempt + 1 < ATTEMPTS:
                self._wait(pause)
        raise WorkbenchError(
            f"the embedding endpoint at {urlsplit(self._url).hostname} did not answer with vectors ({why}). "
            "Check the url, the model's name and the key, then run the same command again: what is done is kept."
        )


def _endpoint(url: str) -> str:
    base = url.rstrip("/")
    if base.endswith("/embeddings"):
        return base
    return f"{base}/embeddings" if base.endswith("/v1") else f"{base}/v1/embeddings"


def _vectors(answer: "httpx.Response", n: int) -> "np.ndarray":
    import numpy as np

    wrong = WorkbenchError(
        "the embedding endpoint answered with something other than one vector of numbers a text. "
        "Check that the url is an OpenAI-compatible /v1/embeddings."
    )
    try:
        items = sorted(answer.json()["data"], key=lambda item: item["index"])
        vectors = np.array([item["embedding"] for item in items], dtype=np.float32)
    except (ValueError, KeyError, TypeError) as error:
        raise wrong from error
    if vectors.ndim != 2 or len(vectors) != n or not np.isfinite(vectors).all():
        raise wrong
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(lengths > 0, lengths, 1)
