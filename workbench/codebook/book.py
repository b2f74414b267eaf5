"""The codebook as values: its codes, one version of it, the change that made a version, and all versions in order.

A code is known by its id for ever; its name may change. Labels keep the name that was given and the version it was
given under, so what an old label meant can always be looked up in the version of its day. No code is ever deleted:
it is merged, split or retired, and ``into`` says where it went.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from difflib import get_close_matches
from functools import cached_property
from typing import Any, Literal

from workbench.codebook.names import same_name
from workbench.errors import UnknownCode

Status = Literal["active", "merged", "split", "retired"]
Kind = Literal["create", "rename", "edit", "merge", "split", "retire", "restore", "import"]
Stale = Literal["", "confirm", "choose"]


@dataclass(frozen=True, slots=True)
class Code:
    """One way in which traces go wrong.

    Attributes:
        code_id: its id; never changes and is never used again.
        name: what people call it.
        definition: what it means, in a sentence or two.
        includes: what else counts as it.
        excludes: what looks like it and is not.
        just_in: an example that is just about it.
        just_out: an example that just about is not.
        severity: 1 (cosmetic) to 5 (must never happen), or None where nobody has said.
        owner: who decides what it means.
        aliases: other names and spellings that are found as it.
        category: the group it belongs to, where there is one.
        status: active, or how it ended.
        into: ids of the codes it was merged or split into.
    """

    code_id: str
    name: str
    definition: str = ""
    includes: str = ""
    excludes: str = ""
    just_in: str = ""
    just_out: str = ""
    severity: int | None = None
    owner: str = ""
    aliases: tuple[str, ...] = ()
    category: str = ""
    status: Status = "active"
    into: tuple[str, ...] = ()

    @property
    def active(self) -> bool:
        """Whether new labels may use it."""
        return self.status == "active"

    @property
    def names(self) -> tuple[str, ...]:
        """Its name and its aliases."""
        return (self.name, *self.aliases)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Code:
        """Read ``to_dict`` back; unknown keys, which a newer version may have written, are left out."""
        known = {each.name: values[each.name] for each in fields(cls) if each.name in values}
        for name in ("aliases", "into"):
            known[name] = tuple(known.get(name, ()))
        return cls(**known)


@dataclass(frozen=True)
class Codebook:
    """One version of the codebook: every code there ever was, as it stood then.

    Attributes:
        version: 0 for the empty codebook a workspace begins with, then one more with each change.
        codes: every code, in the order they were made.
    """

    version: int = 0
    codes: tuple[Code, ...] = ()

    def __repr__(self) -> str:
        return f"Codebook(version {self.version}, {len(self.active)} active codes of {len(self.codes)})"

    @property
    def active(self) -> tuple[Code, ...]:
        """The codes that new labels may use."""
        return tuple(code for code in self.codes if code.active)

    @cached_property
    def by_id(self) -> Mapping[str, Code]:
        """Every code by its id."""
        return {code.code_id: code for code in self.codes}

    @cached_property
    def _by_name(self) -> Mapping[str, Code]:
        return {same_name(name): code for code in self.active for name in reversed(code.names)}

    def find(self, name: str) -> Code | None:
        """The active code of this name or alias, however it is spelt; None where there is none."""
        return self._by_name.get(same_name(name))

    def get(self, name: str) -> Code:
        """The active code of this name or alias.

        Raises:
            UnknownCode: there is none; the message says what became of it, or which name is near.
        """
        found = self.find(name)
        if found is None:
            raise UnknownCode(f"there is no code {name!r}{self.why_unknown(name)}.")
        return found

    def ended(self, name: str) -> Code | None:
        """The code of this name that is no longer active, the newest if there are several."""
        key = same_name(name)
        gone = [code for code in self.codes if not code.active and key in map(same_name, code.names)]
        return gone[-1] if gone else None

    def why_unknown(self, name: str) -> str:
        """What to say, after "there is no code …", about a name that is not in use: never quotes the name itself."""
        gone = self.ended(name)
        if gone is not None and gone.status == "retired":
            return ": it was retired. Restore it, or use another"
        if gone is not None:
            parts = " and ".join(repr(self.by_id[each].name) for each in gone.into)
            return f": it was {gone.status} into {parts}. Use what fits"
        if not self.active:
            return ": the codebook is empty. Create it, or import codes first"
        keys = {same_name(each): code.name for code in self.active for each in code.names}
        near = get_close_matches(same_name(name), keys, n=3, cutoff=0.6)
        if near:
            return f"; near it: {', '.join(dict.fromkeys(keys[each] for each in near))}"
        listed = [code.name for code in self.active[:8]]
        more = f" and {len(self.active) - 8} more" if len(self.active) > 8 else ""
        return f"; there are: {', '.join(listed)}{more}"

    def becomes(self, code_id: str) -> tuple[Code, ...]:
        """The active codes a label of a code may be by now: itself, what it was merged into, or its parts."""
        code = self.by_id[code_id]
        if code.active:
            return (code,)
        return tuple(dict.fromkeys(end for part in code.into for end in self.becomes(part)))

    def to_dicts(self) -> list[dict[str, Any]]:
        """The codes as plain values, for JSON."""
        return [code.to_dict() for code in self.codes]

    @classmethod
    def from_dicts(cls, version: int, codes: Iterable[Mapping[str, Any]]) -> Codebook:
        """Read ``to_dicts`` back."""
        return cls(version, tuple(Code.from_dict(each) for each in codes))


@dataclass(frozen=True, slots=True)
class Change:
    """What made a version out of the one before.

    Attributes:
        version: the version it made.
        kind: what was done.
        before: ids of the codes it was done to; their earlier labels are what it touches.
        into: ids of the codes that stand in their place, or that it made.
        author: who did it.
        reason: why, redacted.
        changed_at: when, UTC.
        makes_stale: what has to be done about earlier labels: nothing, ``confirm`` that they are still right, or
            ``choose`` which of the new codes they are.
    """

    version: int
    kind: Kind
    before: tuple[str, ...]
    into: tuple[str, ...]
    author: str
    reason: str
    changed_at: datetime
    makes_stale: Stale = ""


@dataclass(frozen=True)
class History:
    """Every version in order, with the change that made it.

    Attributes:
        changes: one for each version from 1 on.
        books: the codebook as it stood after each.
    """

    changes: tuple[Change, ...] = ()
    books: tuple[Codebook, ...] = ()

    def __len__(self) -> int:
        return len(self.changes)

    @property
    def current(self) -> Codebook:
        """The newest version."""
        return self.books[-1] if self.books else Codebook()

    def at(self, version: int) -> Codebook:
        """One version; the newest for a version that is not known here."""
        return self._by_version.get(version, self.current)

    @cached_property
    def _by_version(self) -> Mapping[int, Codebook]:
        return {0: Codebook(), **{book.version: book for book in self.books}}

    def with_(self, book: Codebook, change: Change) -> History:
        """The history with one more version."""
        return History((*self.changes, change), (*self.books, book))
