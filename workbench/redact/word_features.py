"""What the tagger knows of a word by itself: word-piece vectors, affixes, shape, and the lists it stands in.

Tokens are runs of letters, runs of digits, line breaks and single marks, so that ``mia_li_3668`` is five tokens and a
possessive keeps its name whole. The vectors are those of MiniLM's vocabulary (Apache-2.0), reduced to 64 dimensions;
the lists of names and places are features, not rules: a name in no list is found by its sentence.
"""

import gzip
import re
import unicodedata
import zlib
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files

import numpy as np

TOKEN = re.compile(r"<[A-Z][A-Z0-9_]{1,30}>|[^\W\d_]+|\d+|[\r\n]+|[^\w\s]|_")
AFFIX_BUCKETS = 4096
N_AFFIXES = 6
LISTS = ("first", "last", "place", "country", "region", "common", "street", "unit", "org", "title", "when", "greeting")
N_VECTOR = 64
N_SHAPE = 40
_STREETS = """
    street st avenue ave av road rd boulevard blvd drive dr lane ln court ct place pl terrace ter way circle cir
    trail trl parkway pkwy highway hwy square sq alley loop plaza crescent cres close mews row walk gardens
    grove freeway turnpike pike crossing ridge heights hill hollow canyon strasse straße weg platz allee gasse
    rue avenue chemin quai calle avenida paseo camino via viale piazza corso rua travessa estrada ulica ul aleja
    utca ut tér gatan vägen gata vej gade katu tie laan straat plein sokak cadde jalan jl gang marg nagar""".split()
_UNITS = """
    apt apartment suite ste unit flat floor fl rm room building bldg box po p.o level lot no nr house block
    tower door""".split()
_ORGS = """
    inc llc ltd plc corp corporation company co gmbh ag sa nv bv llp pllc group holdings partners associates
    bank university college school academy institute hospital clinic foundation trust agency ministry department
    council airlines insurance industries systems technologies solutions consulting enterprises labs studios
    services sons bros society association""".split()
_TITLES = """
    mr mrs ms miss mx dr doctor prof professor sir madam lady lord rev reverend father sister brother judge
    officer captain sergeant senator president nurse coach mayor uncle aunt auntie grandma grandpa attorney
    hon""".split()
_WHEN = """
    january february march april may june july august september october november december jan feb mar apr jun
    jul aug sep sept oct nov dec monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu
    thur thurs fri sat sun today tomorrow yesterday am pm est pst gmt utc""".split()
_GREETINGS = "hi hello hey dear thanks thank regards sincerely cheers best yours signed named name called from".split()


def folded(word: str) -> str:
    """A word in lower case without accents."""
    if word.isascii():
        return word.lower()
    plain = unicodedata.normalize("NFD", word.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def tokens_of(text: str) -> tuple[list[str], list[int], list[int]]:
    """The tokens of a text, and where each starts and ends."""
    words, starts, ends = [], [], []
    for match in TOKEN.finditer(text):
        words.append(match.group())
        start, end = match.span()
        starts.append(start)
        ends.append(end)
    return words, starts, ends


class Lexicon:
    """The shipped vocabulary, its vectors, and the lists of names and places."""

    def __init__(self) -> None:
        folder = files("workbench.redact").joinpath("model")
        pieces = gzip.decompress(folder.joinpath("vocabulary.txt.gz").read_bytes()).decode("utf-8").split("\n")
        self.pieces: dict[str, int] = {piece: at for at, piece in enumerate(pieces)}
        with folder.joinpath("vectors.npz").open("rb") as opened, np.load(opened, allow_pickle=False) as stored:
            self.vectors = stored["vectors"].astype(np.float32) * np.float32(stored["scale"])
        self.lists: dict[str, int] = {}
        for line in gzip.decompress(folder.joinpath("gazetteer.txt.gz").read_bytes()).decode("utf-8").splitlines():
            bits, _, words = line.partition(" ")
            for word in words.split(" "):
                self.lists[word] = int(bits)
        for at, own in ((6, _STREETS), (7, _UNITS), (8, _ORGS), (9, _TITLES), (10, _WHEN), (11, _GREETINGS)):
            for word in own:
                self.lists[folded(word)] = self.lists.get(folded(word), 0) | 1 << at

    @lru_cache(maxsize=100_000)  # noqa: B019 - one lexicon per process
    def pieces_of(self, word: str) -> tuple[int, ...]:
        """The word's pieces, longest first, as row numbers; empty where it has none."""
        whole = self.pieces.get(word)
        if whole is not None:
            return (whole,)
        found, start = [], 0
        word = word[:40]
        while start < len(word):
            for end in range(len(word), start, -1):
                piece = self.pieces.get(word[start:end] if start == 0 else "##" + word[start:end])
                if piece is not None:
                    found.append(piece)
                    start = end
                    break
            else:
                start += 1
        return tuple(found)

    def knows_name(self, value: str) -> bool:
        """Whether a word of the value is in a list of names or places."""
        return any(self.lists.get(folded(word), 0) & 0b11111 for word in tokens_of(value)[0])

    def features(self, words: Sequence[str], hidden: Sequence[bool] | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Numbers for each word: a float matrix (vectors, shape, lists) and the buckets of its affixes.

        ``hidden`` blanks the lists of names and places for a word, which is how the tagger learns to do without.
        """
        lists_at = 2 * N_VECTOR + N_SHAPE
        owners: list[int] = []  # the word each piece belongs to
        pieces: list[int] = []
        last: list[int] = []
        rows: list[int] = []
        columns: list[int] = []
        affixes = np.zeros((len(words), N_AFFIXES), np.int64)
        for row, word in enumerate(words):
            low = folded(word)
            own = self.pieces_of(low)
            owners += [row] * len(own)
            pieces += own
            last.append(own[-1] if own else -1)
            marks = [2 * N_VECTOR + at for at in _shape(word, own)]
            listed = self.lists.get(low, 0)
            if hidden is not None and hidden[row]:
                listed &= ~0b11111
            if listed:
                marks += [lists_at + at for at in range(len(LISTS)) if listed >> at & 1]
            rows += [row] * len(marks)
            columns += marks
            ends = (low[:2], low[:3], low[-2:], low[-3:], low[-4:], low[:1] + low[-1:])
            affixes[row] = [
                zlib.crc32(f"{at}{affix}".encode("utf-8", "replace")) % AFFIX_BUCKETS for at, affix in enumerate(ends)
            ]
        dense = np.zeros((len(words), lists_at + len(LISTS)), np.float32)
        if pieces:
            np.add.at(dense[:, :N_VECTOR], owners, self.vectors[pieces])
            dense[:, :N_VECTOR] /= np.maximum(np.bincount(owners, minlength=len(words)), 1)[:, None].astype(np.float32)
            has = np.array(last) >= 0
            dense[has, N_VECTOR : 2 * N_VECTOR] = self.vectors[np.array(last)[has]]
        dense[rows, columns] = 1.0
        return dense, affixes


def _shape(word: str, pieces: tuple[int, ...]) -> list[int]:
    """Which of the shape features a word has."""
    first = word[0]
    if first == "<" and len(word) > 1:
        return [0]
    if first in "\r\n":
        return [1]
    if first.isdigit():
        year = len(word) == 4 and word[:2] in ("19", "20")
        return [2, 3 + min(len(word), 6), *([10] if year else [])]
    if not first.isalpha():
        known = ".,:;!?'\"()-/@#&*"
        return [11, 12 + known.index(first) if first in known else 29 if first in "’‘" else 30]
    if len(word) == 1:
        case = 31 if word.isupper() else 32
    elif word.isupper():
        case = 33
    elif word.islower():
        case = 34
    elif first.isupper() and word[1:].islower():
        case = 35
    else:
        case = 36
    rank = min(pieces[0] // 4000, 1) if len(pieces) == 1 else min(len(pieces), 3)
    return [
        case,
        *([37] if not word.isascii() else []),
        *([38] if rank >= 2 else []),
        *([39] if rank == 0 and pieces else []),
    ]
