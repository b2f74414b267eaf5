"""When two names are one name: case, hyphens, underscores, spaces and the plural do not tell codes apart.

People and files spell a code in many ways ("Under-specified intent", "underspecified_intents"). They mean one code,
so a codebook holds each name once in this sense, and a name is found however it is spelt. Everything else tells apart:
accents, digits, other punctuation ("C" is not "C++").
"""

import unicodedata

from workbench.errors import BadRequest

LONGEST = 80
APART = "|"  # separates aliases in a CSV file


def same_name(name: str) -> str:
    """What is left of a name when spelling is taken away; equal for two spellings of one name.

    >>> same_name("Under-specified User Intents") == same_name("underspecified_user_intent")
    True
    >>> same_name("C++") == same_name("C")
    False
    """
    folded = unicodedata.normalize("NFKC", name).casefold()
    parted = "".join(" " if _parts(each) else each for each in folded if each not in "'\u2019")
    return "".join(_singular(word) for word in parted.split()) or folded.strip()


def _parts(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) in ("Zs", "Pd", "Pc", "Cf")


def _singular(word: str) -> str:
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    return word[:-1]


def clean_name(name: object, what: str = "name") -> str:
    """A name on one line, without spaces around it.

    Raises:
        BadRequest: it is empty, too long, or holds a character that files use to separate names.
    """
    if not isinstance(name, str):
        raise BadRequest(f"the {what} of a code has to be text, not {type(name).__name__}. Correct that and try again.")
    cleaned = " ".join(name.split())
    if not cleaned:
        raise BadRequest(f"the {what} of a code is empty. Give it a short one that says what went wrong.")
    if len(cleaned) > LONGEST:
        raise BadRequest(
            f"the {what} of a code has {len(cleaned)} characters, at most {LONGEST} are taken. "
            "Say it shorter; the rest belongs in the definition."
        )
    if APART in cleaned or any(unicodedata.category(each) == "Cc" for each in cleaned):
        raise BadRequest(f"the {what} of a code holds {APART!r} or a control character. Take it out and try again.")
    return cleaned
