"""What old labels mean now: which code each counts as, which have become stale, and which a change would touch.

A label is never rewritten. It says a name under a version; that version says which code was meant; the newest version
says where that code went. A merge keeps its labels counting, as the code they were merged into, until a person says
otherwise; a split leaves them counting as nothing until a person chooses, because a guess would look like a judgement.
A label stops being stale when its annotator gives it again, gives what it has become, or takes it back, under a version
that knows of the change.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from workbench.codebook.book import Change, History, Stale
from workbench.codebook.names import same_name
from workbench.errors import MissingColumns

if TYPE_CHECKING:
    from pandas import DataFrame

NEEDED = ("trace_id", "dimension", "value", "codebook_version")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a label says now.

    Attributes:
        code_id: the code it was given as; None where no version ever had that name.
        code: the name of the code it counts as; None where it counts as none.
        stale: what a person has to do about it.
        why: ``confirm``, ``choose``, ``retired``, ``unknown``, or empty where nothing happened to it.
        since: the version that made it so.
        options: names of the codes to choose from.
    """

    code_id: str | None
    code: str | None
    stale: Stale = ""
    why: str = ""
    since: int | None = None
    options: tuple[str, ...] = ()


class Lineage:
    """Looks up what a name under a version means now, once for each such pair."""

    def __init__(self, history: History) -> None:
        self.history = history
        self.book = history.current
        self._known: dict[tuple[str, int | None], Meaning] = {}

    @cached_property
    def _last(self) -> dict[str, int]:
        """The version at which each code came to be what it is: merged, split, retired, restored."""
        ends = ("merge", "split", "retire", "restore")
        return {
            each: change.version for change in self.history.changes if change.kind in ends for each in change.before
        }

    @cached_property
    def _new_meaning(self) -> dict[str, int]:
        """The version at which the meaning of each code last changed."""
        changed = (each for each in self.history.changes if each.makes_stale and each.kind in ("edit", "import"))
        return {code_id: change.version for change in changed for code_id in change.before}

    @cached_property
    def _by_any_name(self) -> dict[str, str]:
        """Ids by every name any code ever had; its own name goes before an alias, one in use before an ended one."""
        found: dict[str, str] = {}
        for book in self.history.books:  # what comes later replaces what came earlier
            found |= {same_name(alias): code.code_id for code in book.codes for alias in code.aliases}
        for own in (False, True):
            found |= {same_name(code.name): code.code_id for code in self.book.codes if code.active is own}
        return found

    def code_id(self, name: str, version: int | None) -> str | None:
        """The code that was meant by a name under a version, or by a name alone where the version is not known."""
        if version is not None:
            found = self.history.at(version).find(name)
            if found is not None:
                return found.code_id
        return self._by_any_name.get(same_name(name))

    def meaning(self, name: str, version: int | None) -> Meaning:
        """What a label of this name, given under this version, says now."""
        key = (name, version)
        if key not in self._known:
            self._known[key] = self._meaning(name, version)
        return self._known[key]

    def _meaning(self, name: str, version: int | None) -> Meaning:
        code_id = self.code_id(name, version)
        if code_id is None:
            return Meaning(None, None, why="unknown")
        given = self._made(code_id) if version is None else version
        code, since = self.book.by_id[code_id], 0
        while code.status == "merged":
            since = max(since, self._last[code.code_id])
            code = self.book.by_id[code.into[0]]
        if code.status == "split":
            names = tuple(each.name for each in self.book.becomes(code.code_id))
            return Meaning(code_id, None, "choose", "choose", self._last[code.code_id], names)
        if code.status == "retired":
            return Meaning(code_id, None, why="retired", since=self._last[code.code_id])
        since = max(since, self._new_meaning.get(code.code_id, 0))
        if since > given:
            return Meaning(code_id, code.name, "confirm", "confirm", since, (code.name,))
        return Meaning(code_id, code.name)

    def _made(self, code_id: str) -> int:
        """The version that made a code: a label that gives no version is taken to be from then."""
        return next(book.version for book in self.history.books if code_id in book.by_id)


def to_current(labels: DataFrame, history: History, *, dimension: str = "code") -> DataFrame:
    """The labels whose values are codes, with what they mean in the newest codebook.

    Pass the labels that count (``newest=True``). What is stale still counts where ``code`` is filled; a share over
    stale labels is a share over what people meant by the older definitions.

    Args:
        labels: label rows with at least trace_id, dimension, value and codebook_version.
        history: every version of the codebook.
        dimension: the dimension whose values are codes.

    Returns:
        The rows of that dimension in their order, with ``code`` (the current name; empty where the code was split or
        retired or is unknown), ``code_id`` (the code it was given as), ``stale``, ``why`` (confirm, choose, retired,
        unknown, or empty) and ``since`` (the version that made it so).

    Raises:
        MissingColumns: a column is missing.
    """
    import pandas as pd

    missing = [name for name in NEEDED if name not in labels]
    if missing:
        raise MissingColumns(
            "labels", missing, labels.columns, "Pass rows of the labels table, as ws.labels() gives them."
        )
    found = labels[labels["dimension"] == dimension].copy()
    lineage = Lineage(history)
    meanings = [
        lineage.meaning(str(value), version) for value, version in zip(found["value"], _versions(found), strict=True)
    ]
    answered = _answered(found, meanings)
    found["code"] = pd.array([each.code for each in meanings], dtype="string")
    found["code_id"] = pd.array([each.code_id for each in meanings], dtype="string")
    stale = [bool(each.stale) and not done for each, done in zip(meanings, answered, strict=True)]
    found["stale"] = pd.array(stale, dtype="bool")
    why = [
        each.why if each.why and (now or not each.stale) else None for each, now in zip(meanings, stale, strict=True)
    ]
    found["why"] = pd.array(why, dtype="string")
    since = [each.since if reason else None for each, reason in zip(meanings, why, strict=True)]
    found["since"] = pd.array(since, dtype="Int64")
    return found


def _versions(labels: DataFrame) -> list[int | None]:
    versions = labels["codebook_version"].astype("Int64")
    return list(versions.to_numpy(dtype=object, na_value=None))


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _answered(labels: DataFrame, meanings: list[Meaning]) -> list[bool]:
    """Which stale labels their annotator has answered by another label, under a version that knows of the change.

    The answer is a label of the same trace and annotator with one of the codes the stale one may become, about the same
    place or the whole trace.
    """
    if not any(each.stale for each in meanings):
        return [False] * len(meanings)
    annotators = labels["annotator"] if "annotator" in labels else [None] * len(labels)
    places = labels["at"] if "at" in labels else [None] * len(labels)
    rows = list(
        zip(labels["trace_id"], map(_text, annotators), map(_text, places), _versions(labels), meanings, strict=True)
    )
    given: dict[tuple[Any, ...], int] = {}
    for trace_id, annotator, at, version, meaning in rows:
        if meaning.code is not None and version is not None:
            key = (trace_id, annotator, meaning.code, at)
            given[key] = max(given.get(key, 0), version)
    return [
        bool(meaning.stale)
        and any(
            given.get((trace_id, annotator, option, place), 0) >= (meaning.since or 0)
            for option in meaning.options
            for place in {at, None}
        )
        for trace_id, annotator, at, _, meaning in rows
    ]


def touched(labels: DataFrame, history: History, change: Change) -> DataFrame:
    """The labels a change touches: those that counted as one of the codes it was done to, the version before it.

    For a change that is only being considered pass the labels that count and the history as it is. For one that was
    made pass every label ever given: those of later versions are left out.

    Returns:
        Rows of the labels with ``code``, the name they counted as.
    """
    import pandas as pd

    earlier = History(history.changes[: change.version - 1], history.books[: change.version - 1])
    versions = labels["codebook_version"]
    before = labels[versions.isna() | (versions < change.version)]
    if "withdrawn" in before:
        order = ["labelled_at"] if "labelled_at" in before else []
        before = before.sort_values(order, kind="stable") if order else before
        key = [name for name in ("trace_id", "annotator", "dimension", "value", "at") if name in before]
        before = before.drop_duplicates(key, keep="last")
        before = before[~before["withdrawn"].astype("boolean").fillna(False).astype(bool)]
    now = to_current(before, earlier)
    names = {earlier.current.by_id[each].name for each in change.before if each in earlier.current.by_id}
    chosen: pd.DataFrame = now[now["code"].isin(list(names))]
    return chosen
