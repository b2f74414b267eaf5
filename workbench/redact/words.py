"""Common English words, which are not redacted for being part of a name found elsewhere (Will, May, Grace, Mark)."""

from functools import lru_cache
from importlib.resources import files

_NAME_LIKE = frozenset(
    """will may mark grace hope faith rose summer june april august art bill bob chase chance christian cliff clay dean
    dawn destiny drew earl eve frank gene grant guy heather holly iris ivy jack jay joy lance lane lily major miles norm
    olive pat paris penny pearl pierce ray reed rich rob robin rock ruby rusty sandy sky sterling sue terry trip violet
    wade ward web young king price white black brown green gray grey long short best baker carter cook day field ford
    fox gold good hill house hunt knight lake little love march marsh mason miller moon north page park parks post power
    rice rivers read rush sharp small snow stone storm street strong swift waters way weeks west wise wood woods winter
    bell bush case cash church cross dollar english french german""".split()
)
_PLAIN = frozenset(
    """do an so in on at to be he we my no us is as by or if it go am me up the and for not you your are was has can our
    out new one two all any who how why when what where this that with from have please thanks thank hello hi hey dear
    yes yeah yep nope ok okay sure nothing none maybe sir madam flight card name user customer agent bank order account
    service support international american united""".split()
)


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    shipped = files("workbench.redact").joinpath("model/common_words.txt")
    return _NAME_LIKE | _PLAIN | frozenset(shipped.read_text("utf-8").split())


def is_common(word: str) -> bool:
    """Whether a word is one that ordinary sentences are made of."""
    return word.casefold() in _common()


def could_be_a_name(word: str) -> bool:
    """Whether a word that answers "your name, please?" may be one: a common word only if names look like it."""
    plain = word.casefold()
    return plain not in _PLAIN and (plain in _NAME_LIKE or not is_common(plain))
