"""The changes of a codebook by their names, as a page and the command line ask for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workbench.codebook.book import Codebook, Kind
from workbench.codebook.changes import By, Made, create, edit, merge, rename, restore, retire, split
from workbench.errors import BadRequest


def apply(
    book: Codebook,
    kind: Kind,
    names: str | Sequence[str] = (),
    *,
    into: str | Sequence[str | Mapping[str, Any]] = (),
    fields: Mapping[str, Any] | None = None,
    meaning_changed: bool = False,
    by: By,
) -> Made:
    """Make a change by its name.

    Args:
        book: the version to start from.
        kind: create, rename, edit, merge, split, retire or restore.
        names: the code it is done to; for a merge the codes.
        into: the new name, the code to merge into, or the parts of a split.
        fields: for create, edit and a merge into a new code, any of ``EDITABLE``.
        meaning_changed: for an edit, whether earlier labels wait to be confirmed.
        by: who, why, when.

    Raises:
        BadRequest: what the change needs is not given; or whatever the change itself raises.
    """
    many = [names] if isinstance(names, str) else list(names)
    parts = [into] if isinstance(into, str) else list(into)
    if kind == "merge":
        target = _one(parts, "the code to merge into")
        return merge(book, many, str(target), fields, by=by)
    name = str(_one(many, "one code"))
    if kind == "rename":
        return rename(book, name, str(_one(parts, "the new name")), by=by)
    if kind == "split":
        return split(book, name, parts, by=by)
    if kind == "create":
        return create(book, name, fields, by=by)
    if kind == "edit":
        return edit(book, name, fields or {}, meaning_changed=meaning_changed, by=by)
    if kind == "retire":
        return retire(book, name, by=by)
    if kind == "restore":
        return restore(book, name, by=by)
    raise ValueError(f"no change is called {kind!r}")


def _one(given: Sequence[Any], what: str) -> Any:
    if len(given) != 1:
        raise BadRequest(f"this change needs {what}; {len(given)} were given.")
    return given[0]
