"""What to call a cluster, without a language model.

A phrase names a cluster when its texts use it and other texts do not (class-based TF-IDF), when it means what the
cluster means (cosine to the centroid, where phrases can be embedded), and when it is a phrase: two or three words say
more than one. Negations stay: "card not working" is not "card working". A name is a hint for the eye; the medoid and
the exemplars are real texts and show what the name may hide.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from workbench.clusters.stopwords import CLUMSY, NEGATIONS, PARTICLES, STOPWORDS

NOT_NAMES: frozenset[str] = frozenset(
    "a person|a user name|a place|an address|a postcode|an organisation|an email address|a phone number|a card number|"
    "an account number|an order number|an identity number|an internet address|a link|a website|a birth date|a date|"
    "a secret".split("|")
)
"""The words that stand for redacted values; a name built of them would name what is not there."""

MAX_TEXTS = 15_000
MAX_CHARACTERS = 600
MAX_WORDS = 3
CANDIDATES = 12
COMMON_SHARE = 0.5
"""A phrase in more than half of all texts is the product's small talk, not a topic."""

_HIDDEN = re.compile(
    r"<[A-Z][A-Z0-9_]*>|https?://\S+|www\.\S+|[@#]\w+|&\w+;|\b(?:"
    + "|".join(sorted(map(re.escape, NOT_NAMES), key=len, reverse=True))
    + r")\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_BREAK = re.compile(r"[.,;:!?()\[\]{}\"\n\r\t|/]+|\d+")

Embed = Callable[[list[str]], np.ndarray]


def names(
    texts: Sequence[str],
    cluster: np.ndarray,
    *,
    centroids: np.ndarray | None = None,
    embed: Embed | None = None,
    n_keywords: int = 5,
) -> tuple[list[str], list[list[str]]]:
    """Name every cluster.

    Args:
        texts: One text a row.
        cluster: The cluster of each row, 0 to the number of clusters less one; negative where unclustered.
        centroids: (clusters, d) unit vectors; needed together with ``embed``.
        embed: Turns phrases into unit vectors of the same kind, to re-rank by meaning.
        n_keywords: Phrases kept for each cluster, at most.

    Returns:
        A name and the keywords of each cluster, in the order of the cluster numbers. A cluster without any usable
        word is named by its number.
    """
    n_clusters = int(cluster.max(initial=-1)) + 1
    rows = _rows_read(cluster, n_clusters)
    found = _counts(texts, cluster, rows, n_clusters)
    candidates = [_candidates(c, found) for c in range(n_clusters)]
    meaning = _meanings(candidates, centroids, embed)
    keywords = [_choose(candidates[c], meaning[c], n_keywords) for c in range(n_clusters)]
    return _distinct_names(keywords), keywords


class _Found:
    """How many texts of each cluster hold each phrase."""

    def __init__(self, n_clusters: int) -> None:
        self.inside = [Counter[str]() for _ in range(n_clusters)]
        self.overall = Counter[str]()
        self.sizes = np.zeros(n_clusters, dtype=np.int64)
        self.n_texts = 0


def _rows_read(cluster: np.ndarray, n_clusters: int) -> np.ndarray:
    """Rows that are read for names: all, or an even choice from every cluster where there are very many."""
    if len(cluster) <= MAX_TEXTS:
        return np.arange(len(cluster))
    share = max(50, MAX_TEXTS // (n_clusters + 1))
    order = np.argsort(cluster, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(cluster[order])) + 1)
    picks = [part[np.linspace(0, len(part) - 1, min(len(part), share)).astype(np.int64)] for part in parts]
    return np.sort(np.concatenate(picks))


def _counts(texts: Sequence[str], cluster: np.ndarray, rows: np.ndarray, n_clusters: int) -> _Found:
    found = _Found(n_clusters)
    for row in rows:
        said = phrases(texts[row])
        found.n_texts += 1
        found.overall.update(said)
        if cluster[row] >= 0:
            found.inside[cluster[row]].update(said)
            found.sizes[cluster[row]] += 1
    return found


def phrases(text: str) -> set[str]:
    """The phrases of one to three words in a text that could name something.

    None runs over punctuation or a redacted value, or begins or ends with a filler word; a negation may begin one.

    >>> sorted(phrases("My card is not working!"))
    ['card', 'card is not working', 'not working', 'working']
    """
    said: set[str] = set()
    for part in _BREAK.split(_HIDDEN.sub("\n", text[:MAX_CHARACTERS])):
        words = [word.replace("’", "'").lower() for word in _WORD.findall(part)]
        for start, first in enumerate(words):
            if first in STOPWORDS:
                continue
            telling = 0
            for stop in range(start, min(len(words), start + MAX_WORDS + 2)):
                telling += words[stop] not in STOPWORDS
                if telling > MAX_WORDS:
                    break
                last = words[stop]
                if last in CLUMSY:
                    break
                if last in NEGATIONS or (len(last) < 2 and last.isascii()):
                    continue
                if last in STOPWORDS and (last not in PARTICLES or stop == start or words[stop - 1] in STOPWORDS):
                    continue
                said.add(" ".join(words[start : stop + 1]))
    return said


def _candidates(c: int, found: _Found) -> dict[str, float]:
    """The phrases most typical of a cluster, with class-based TF-IDF (Grootendorst 2022, equation 2) over texts."""
    size = max(int(found.sizes[c]), 1)
    several = len(found.sizes) > 1
    average = found.n_texts / max(len(found.sizes), 1)
    needed = 1 if size < 4 else 2 if size < 60 else 0.03 * size
    scores: dict[str, float] = {}
    for phrase, count in found.inside[c].items():
        overall = found.overall[phrase]
        if count < needed or (several and overall > COMMON_SHARE * found.n_texts):
            continue
        longer = 1 + 0.35 * (min(_telling(phrase), MAX_WORDS) - 1)
        scores[phrase] = count / size * np.log1p(average / overall) * longer
    best = sorted(scores, key=lambda phrase: (-scores[phrase], phrase))[:CANDIDATES]
    return {phrase: scores[phrase] for phrase in best}


def _telling(phrase: str) -> int:
    return sum(word not in STOPWORDS for word in phrase.split())


def _meanings(
    candidates: list[dict[str, float]], centroids: np.ndarray | None, embed: Embed | None
) -> list[dict[str, float]]:
    """How close each candidate is to its cluster's centroid, less how close it is to the middle of all clusters."""
    every = sorted({phrase for some in candidates for phrase in some})
    if embed is None or centroids is None or not every:
        return [dict.fromkeys(some, 0.0) for some in candidates]
    vectors = dict(zip(every, np.asarray(embed(every), dtype=np.float64), strict=True))
    middle = centroids.mean(axis=0)
    return [
        {phrase: float(vectors[phrase] @ centroids[c] - 0.5 * vectors[phrase] @ middle) for phrase in some}
        for c, some in enumerate(candidates)
    ]


def _choose(scores: dict[str, float], meaning: dict[str, float], n: int) -> list[str]:
    """The best phrases, each penalised for words it shares with those chosen (maximal marginal relevance)."""
    if not scores:
        return []
    top = max(scores.values())
    low, high = min(meaning.values()), max(meaning.values())
    span = (high - low) or 1.0
    worth = {phrase: scores[phrase] / top + (meaning[phrase] - low) / span for phrase in scores}
    chosen: list[str] = []
    while len(chosen) < n and len(chosen) < len(worth):
        left = [phrase for phrase in worth if phrase not in chosen]
        best = max(left, key=lambda phrase: (worth[phrase] - 1.5 * _overlap(phrase, chosen), phrase))
        if chosen and _overlap(best, chosen) >= 1:
            break
        chosen.append(best)
    return chosen


def _overlap(phrase: str, chosen: list[str]) -> float:
    """The largest share of a phrase's telling words, by their stems, that a chosen phrase has already."""
    own = _stems(phrase)
    return max((len(own & _stems(other)) / max(min(len(own), len(_stems(other))), 1) for other in chosen), default=0.0)


def _stems(phrase: str) -> set[str]:
    return {re.sub(r"(?<=\w{3})(ing|ed|es|s)$", "", word) for word in phrase.split() if word not in STOPWORDS}


def _distinct_names(keywords: list[list[str]]) -> list[str]:
    """The first phrase; where clusters share it, with the next one that tells them apart."""
    shared = Counter(words[0] for words in keywords if words)
    given: set[str] = set()
    result = []
    for number, words in enumerate(keywords):
        choices = [f"{words[0]}, {extra}" for extra in words[1:] if _overlap(extra, words[:1]) < 1] if words else []
        if words and shared[words[0]] == 1:
            choices.insert(0, words[0])
        fallback = f"{words[0]} ({number})" if words else f"cluster {number}"
        name = next((choice for choice in choices if choice not in given), fallback)
        given.add(name)
        result.append(name)
    return result
