"""What a change does, or would do, to the labels: how many, whose, and what those people have to do.

Shown before a merge or a split is made, so that nobody finds out afterwards that three colleagues have to look at two
hundred traces again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from workbench.codebook.book import Change, Codebook, History, Kind, Stale
from workbench.codebook.lineage import touched

if TYPE_CHECKING:
    from pandas import DataFrame

DONE = {
    "create": "creates",
    "rename": "renames",
    "edit": "changes",
    "merge": "merges",
    "split": "splits",
    "retire": "retires",
    "restore": "brings back",
    "import": "imports",
}
ASKS = {"confirm": "wait to be confirmed", "choose": "count as none of them until somebody chooses"}


@dataclass(frozen=True)
class Effect:
    """What a change of the codebook does.

    Attributes:
        version: the version it makes.
        kind: what is done.
        before: names of the codes it is done to.
        into: names of the codes that stand in their place, or that it makes.
        labels: earlier labels of those codes, stale ones included.
        traces: how many traces have such a label.
        by_annotator: how many of them each annotator gave, most first.
        by_code: how many of them each code has.
        makes_stale: what has to be done about them: nothing, confirm, or choose.
        aliases: the names that go on being found as the code that stands.
        codebook: the codebook as it is after the change.
    """

    version: int
    kind: Kind
    before: tuple[str, ...]
    into: tuple[str, ...]
    labels: int
    traces: int
    by_annotator: Mapping[str, int]
    by_code: Mapping[str, int]
    makes_stale: Stale
    aliases: tuple[str, ...] = ()
    codebook: Codebook = field(default_factory=Codebook, repr=False)

    @property
    def retags(self) -> int:
        """How many labels somebody has to look at again."""
        return self.labels if self.makes_stale else 0

    def __str__(self) -> str:
        what = f"Version {self.version} {_did(self.kind, self.before, self.into)}"
        if self.kind == "restore":
            return f"{what}; its old labels that were not re-tagged count as it again."
        if not self.before:
            return f"{what}; no label is touched."
        if not self.labels:
            return f"{what}; there are no labels of it yet."
        counted = f"{_n(self.labels, 'label')} on {_n(self.traces, 'trace')}"
        if self.makes_stale:
            who = ", ".join(f"{name} {n}" for name, n in self.by_annotator.items())
            return f"{what}. {counted} {ASKS[self.makes_stale]}: {who}."
        kept = "stay readable and count no more" if self.kind == "retire" else "stay as they are"
        return f"{what}. {counted} {kept}."


def effect(labels: DataFrame, history: History, book: Codebook, change: Change) -> Effect:
    """What a change does to the labels.

    Args:
        labels: the labels that count, before the change.
        history: the versions before it.
        book: the version it makes.
        change: the change.
    """
    found = touched(labels, history, change) if change.before and change.kind != "restore" else labels.iloc[:0]
    names = dict(history.current.by_id) | {code.code_id: code for code in book.codes}
    earlier = history.current.by_id
    people = found["annotator"].fillna("unnamed").value_counts() if len(found) else {}
    codes = found["code"].value_counts() if len(found) else {}
    standing = [book.by_id[each] for each in change.into if book.by_id[each].active]
    return Effect(
        version=change.version,
        kind=change.kind,
        before=tuple(earlier[each].name for each in change.before),
        into=tuple(names[each].name for each in change.into),
        labels=len(found),
        traces=int(found["trace_id"].nunique()),
        by_annotator={str(name): int(n) for name, n in people.items()},
        by_code={str(name): int(n) for name, n in codes.items()},
        makes_stale=change.makes_stale,
        aliases=standing[0].aliases if len(standing) == 1 else (),
        codebook=book,
    )


def told(change: Change, before: Codebook, after: Codebook) -> str:
    """What a change did, in words: 'merges 'a' and 'b' into 'c''."""
    names = (tuple(before.by_id[each].name for each in change.before), tuple(after.by_id[c].name for c in change.into))
    return _did(change.kind, *names)


def _did(kind: Kind, before: tuple[str, ...], into: tuple[str, ...]) -> str:
    what = f"{DONE[kind]} {_listed(into if kind == 'import' else before or into)}"
    return f"{what} into {_listed(into)}" if kind in ("merge", "split", "rename") else what


def _n(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _listed(names: tuple[str, ...]) -> str:
    quoted = [f"'{name}'" for name in names[:6]] + ([f"{len(names) - 6} more"] if len(names) > 6 else [])
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"
