"""The changes a codebook can go through: each takes one version and gives the next, with what was done.

Nothing is deleted. A name, in any spelling, belongs to one active code; the names of a code that is merged go to the
code it is merged into, so that what people are used to writing is still found. A code can only be merged or split into
active codes, so no chain of merges can close into a circle.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from workbench.codebook.book import Change, Code, Codebook, Kind, Stale
from workbench.codebook.fields import TEXTS, clean_aliases, clean_fields
from workbench.codebook.names import clean_name, same_name
from workbench.errors import BadRequest

Made = tuple[Codebook, Change]


@dataclass(frozen=True, slots=True)
class By:
    """Who changes the codebook, why and when."""

    author: str
    reason: str
    now: datetime

    def __post_init__(self) -> None:
        if not self.author.strip():
            raise BadRequest("a change of the codebook needs an author. Say who you are: --author NAME, or set $USER.")


def create(book: Codebook, name: str, fields: Mapping[str, Any] | None = None, *, by: By) -> Made:
    """Add a code.

    Args:
        book: the version to start from.
        name: its name.
        fields: any of ``EDITABLE``.
        by: who, why, when.

    Raises:
        BadRequest: the name is taken, or a field is not what it should be.
    """
    code = _new(book, name, fields or {})
    return _next(book, (*book.codes, code), "create", by, into=(code.code_id,))


def rename(book: Codebook, name: str, new_name: str, *, by: By) -> Made:
    """Give a code another name; the old one stays an alias, and labels stay as they are.

    Raises:
        UnknownCode: there is no such code.
        BadRequest: the new name is taken, or is the name it has.
    """
    code, new_name = book.get(name), clean_name(new_name)
    if new_name == code.name:
        raise BadRequest("the code has that name already. Give it another.")
    aliases = (*(each for each in code.aliases if same_name(each) != same_name(new_name)), code.name)
    renamed = _checked(book, replace(code, name=new_name, aliases=clean_aliases(new_name, aliases)))
    return _next(book, _put(book, renamed), "rename", by, before=(code.code_id,), into=(code.code_id,))


def edit(book: Codebook, name: str, fields: Mapping[str, Any], *, meaning_changed: bool = False, by: By) -> Made:
    """Change what is written about a code.

    Args:
        book: the version to start from.
        name: the code.
        fields: any of ``EDITABLE``; what is not named stays.
        meaning_changed: whether traces may fall in or out of it by this; its earlier labels then wait to be confirmed.
        by: who, why, when; where the meaning changed a reason is needed.

    Raises:
        UnknownCode: there is no such code.
        BadRequest: nothing changes, or a field is not what it should be.
    """
    code = book.get(name)
    edited = _checked(book, replace(code, **clean_fields(code.name, fields)))
    if edited == code and not meaning_changed:
        raise BadRequest("nothing would change: the code says that already. Change a field, or leave it as it is.")
    stale: Stale = "confirm" if meaning_changed else ""
    _needs_reason(by, meaning_changed, "a change of meaning")
    ids = (code.code_id,)
    return _next(book, _put(book, edited), "edit", by, before=ids, into=ids, makes_stale=stale)


def merge(book: Codebook, names: Sequence[str], into: str, fields: Mapping[str, Any] | None = None, *, by: By) -> Made:
    """Make several codes one; their labels count as it, and wait to be confirmed.

    Args:
        book: the version to start from.
        names: the codes to merge; the one they are merged into may be among them.
        into: an active code, or a new name, which makes a new code.
        fields: for a new code, any of ``EDITABLE``.
        by: who, why (needed), when.

    Raises:
        UnknownCode: one of the codes is not active; the message says what it was merged into.
        BadRequest: there is nothing to merge: a code into itself, or fewer than two into a new one.
    """
    _needs_reason(by, True, "a merge")
    chosen = list(dict.fromkeys(book.get(name) for name in names))
    target = book.find(into)
    sources = [code for code in chosen if code != target]
    if not sources:
        gone = book.ended(into)
        if gone is not None and gone.status == "merged":
            raise BadRequest(
                "that would close a circle: the code to merge into was itself merged into this one. "
                "Restore it first, or give the merged code a new name."
            )
        raise BadRequest("a code cannot be merged into itself. Name two codes or more, and the one that stays.")
    if target is None and len(sources) < 2:
        raise BadRequest("one code merged into a new name is a rename. Use rename, or name a second code.")
    ended = _end(book, sources, "merged")
    if target is None:
        first = sources[0]
        told = {name: getattr(first, name) for name in TEXTS if name not in ("just_in", "just_out")}
        worst = max((code.severity for code in sources if code.severity is not None), default=None)
        target = _new(ended, into, {**told, "severity": worst, **(fields or {})})
        ended = Codebook(book.version, (*ended.codes, target))
    elif fields:
        raise BadRequest("fields can only be given for a new code. Merge first, then edit the code that stays.")
    names_taken = [name for code in sources for name in code.names]
    wider = replace(target, aliases=clean_aliases(target.name, (*target.aliases, *names_taken)))
    codes = _put(ended, wider)
    codes = tuple(replace(c, into=(target.code_id,)) if c.code_id in {s.code_id for s in sources} else c for c in codes)
    before = tuple(code.code_id for code in sources)
    return _next(book, codes, "merge", by, before=before, into=(target.code_id,), makes_stale="confirm")


def split(book: Codebook, name: str, into: Sequence[str | Mapping[str, Any]], *, by: By) -> Made:
    """Part a code; its labels count as none of the parts until a person chooses.

    Args:
        book: the version to start from.
        name: the code.
        into: two parts or more, each an active code's name, a new name (which may be the old one, with a narrower
            meaning), or a mapping of ``name`` and any of ``EDITABLE``.
        by: who, why (needed), when.

    Raises:
        UnknownCode: there is no such code.
        BadRequest: fewer than two parts, or a part that is given twice.
    """
    _needs_reason(by, True, "a split")
    code = book.get(name)
    made = _end(book, [code], "split")
    parts: list[Code] = []
    for each in into:
        fields: Mapping[str, Any] = {"name": each} if isinstance(each, str) else each
        part_name = clean_name(fields.get("name", ""), "name of a part")
        known = made.find(part_name)
        if known is None:
            rest = {key: value for key, value in fields.items() if key != "name"}
            told = {"severity": code.severity, "owner": code.owner, "category": code.category}
            known = _new(made, part_name, {**told, **rest})
            made = Codebook(book.version, (*made.codes, known))
        elif len(fields) > 1:
            raise BadRequest("a part that is a code already keeps what is written about it. Give its name alone.")
        parts.append(known)
    if len(set(parts)) < 2 or len(set(parts)) < len(parts):
        raise BadRequest("a split needs two different parts or more. Name each part once.")
    ids = tuple(part.code_id for part in parts)
    codes = tuple(replace(each, into=ids) if each.code_id == code.code_id else each for each in made.codes)
    return _next(book, codes, "split", by, before=(code.code_id,), into=ids, makes_stale="choose")


def retire(book: Codebook, name: str, *, by: By) -> Made:
    """Take a code out of use; its labels stay readable and count no more.

    Raises:
        UnknownCode: there is no such code.
    """
    _needs_reason(by, True, "retiring a code")
    code = book.get(name)
    return _next(book, _end(book, [code], "retired").codes, "retire", by, before=(code.code_id,))


def restore(book: Codebook, name: str, *, by: By) -> Made:
    """Bring a code back that was retired, merged or split; its old labels that were not re-tagged count as it again.

    Raises:
        UnknownCode: no code that ended has that name.
        BadRequest: its name or an alias belongs to another code by now.
    """
    code = book.ended(name)
    if code is None:
        book.get(name)
        raise BadRequest("the code is in use; there is nothing to restore.")
    codes = list(book.codes)
    for place, each in enumerate(codes):  # the code it was merged into took its names along
        if code.status == "merged" and each.code_id in code.into:
            given = {same_name(name) for name in code.names}
            codes[place] = replace(each, aliases=tuple(a for a in each.aliases if same_name(a) not in given))
    freed = Codebook(book.version, tuple(codes))
    back = _checked(freed, replace(code, status="active", into=()))
    return _next(book, _put(freed, back), "restore", by, before=(code.code_id,), into=(code.code_id,))


def import_codes(
    book: Codebook, rows: Iterable[Mapping[str, Any]], *, meaning_changed: bool = False, by: By
) -> Made | None:
    """Take many codes in as one version: new ones are made, and those that are there say what the rows say.

    Args:
        book: the version to start from.
        rows: mappings of ``name`` and any of ``EDITABLE``; an empty field leaves what is there, aliases are added.
        meaning_changed: whether the earlier labels of codes that are changed wait to be confirmed.
        by: who, why, when.

    Returns:
        The next version and the change; None where the rows say nothing new.

    Raises:
        BadRequest: a row is not what it should be; the message says which, and nothing is taken.
    """
    made, new, changed = book, [], []
    for number, row in enumerate(rows):
        try:
            name = clean_name(row.get("name"))
            fields = {key: value for key, value in row.items() if key != "name" and value not in (None, "", (), [])}
            known = made.find(name)
            if known is None:
                code = _new(made, name, fields)
                made = Codebook(book.version, (*made.codes, code))
                new.append(code.code_id)
                continue
            told = clean_fields(known.name, fields)
            told["aliases"] = clean_aliases(known.name, (*known.aliases, name, *told.get("aliases", ())))
            code = _checked(made, replace(known, **told))
        except BadRequest as error:
            raise BadRequest(f"row {number}: {error} Nothing was imported.") from None
        if code != known:
            made = Codebook(book.version, _put(made, code))
            changed += [] if code.code_id in new else [code.code_id]
    if not new and not changed:
        return None
    stale: Stale = "confirm" if meaning_changed and changed else ""
    _needs_reason(by, bool(stale), "a change of meaning")
    before = tuple(dict.fromkeys(changed))
    return _next(book, made.codes, "import", by, before=before, into=(*before, *new), makes_stale=stale)


def _next(
    book: Codebook,
    codes: tuple[Code, ...],
    kind: Kind,
    by: By,
    *,
    before: tuple[str, ...] = (),
    into: tuple[str, ...] = (),
    makes_stale: Stale = "",
) -> Made:
    version = book.version + 1
    change = Change(version, kind, before, into, by.author.strip(), by.reason.strip(), by.now, makes_stale)
    return Codebook(version, codes), change


def _needs_reason(by: By, needed: bool, what: str) -> None:
    if needed and not by.reason.strip():
        raise BadRequest(f"{what} needs a reason: people have to look at their labels again. Say why: --reason TEXT.")


def _new(book: Codebook, name: str, fields: Mapping[str, Any]) -> Code:
    name = clean_name(name)
    highest = max((int(code.code_id[1:]) for code in book.codes), default=0)
    return _checked(book, Code(f"c{highest + 1}", name, **clean_fields(name, fields)))


def _put(book: Codebook, code: Code) -> tuple[Code, ...]:
    return tuple(code if each.code_id == code.code_id else each for each in book.codes)


def _end(book: Codebook, codes: Sequence[Code], status: Any) -> Codebook:
    ids = {code.code_id for code in codes}
    return Codebook(
        book.version, tuple(replace(code, status=status) if code.code_id in ids else code for code in book.codes)
    )


def _checked(book: Codebook, code: Code) -> Code:
    """The code, if none of its names belongs to another."""
    for name in code.names:
        other = book.find(name)
        if other is not None and other.code_id != code.code_id:
            how = "the name" if same_name(other.name) == same_name(name) else "an alias"
            raise BadRequest(
                f"{name!r} is {how} of the code {other.name!r} already. Choose another name, or merge the two."
            )
    return code
