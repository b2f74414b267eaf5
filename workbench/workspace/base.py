"""A workspace as such: opening one, its settings, its store, the engine that redacts, its revision.

The verbs are in the files beside this one, by what a person is doing; each loads, calls one step, saves and returns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from workbench.settings import DEFAULT_FILE, SETTINGS_FILE, Settings, load_settings
from workbench.store import Store

if TYPE_CHECKING:
    from pandas import DataFrame

    from workbench.embed import Embedder
    from workbench.redact import Redactor

# what may be shared is in golden/ and workspace.toml; the secret and the traces are not for a repository
IGNORED_BY_GIT = "secret.key\nworkbench.db*\n.scratch/\ntraces/\nspans/\nvectors/\nmaps/\nsamples/\nreports/\n"


class Base:
    """One folder, opened."""

    def __init__(self, path: str | Path = "workspace") -> None:
        self.path = Path(path)
        self.settings: Settings = load_settings(self.path)
        self.store = Store.open(self.path, database_url=self.settings.database_url)
        self._kept: dict[str, tuple[int, Any]] = {}

    @classmethod
    def create(cls, path: str | Path = "workspace") -> Self:
        """Make a workspace, or open the one that is there."""
        folder = Path(path)
        settings = load_settings(folder)
        Store.create(folder, database_url=settings.database_url).close()
        file = folder / SETTINGS_FILE
        if not file.exists():
            file.write_text(DEFAULT_FILE, encoding="utf-8")
        ignored = folder / ".gitignore"
        if not ignored.exists():
            ignored.write_text(IGNORED_BY_GIT, encoding="utf-8")
        return cls(folder)

    def __repr__(self) -> str:
        return f"Workspace({str(self.path)!r}, {self.count():,} traces, revision {self.revision})"

    @property
    def revision(self) -> int:
        """Raised by every write; a cache keyed by it is never stale."""
        return self.store.revision()

    @property
    def traces_revision(self) -> int:
        """Raised by writes of traces, vectors and maps only: what is worked out from those outlives a label."""
        return self.store.traces_revision()

    @cached_property
    def redactor(self) -> Redactor:
        """The redaction engine this workspace's settings ask for."""
        from workbench.redact import Redactor

        chosen = self.settings.redaction
        return Redactor(chosen.policy, patterns=chosen.patterns, ner=chosen.ner, secret=self.store.secret)

    @cached_property
    def embedder(self) -> Embedder:
        """The embedding model the settings name."""
        from workbench.embed import load_embedder

        chosen = self.settings.embedding
        return load_embedder(chosen.model, url=chosen.url, key_env=chosen.key_env)

    def traces(
        self,
        *,
        columns: Sequence[str] | None = None,
        where: str | None = None,
        params: Sequence[Any] = (),
        order_by: str | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> DataFrame:
        """Traces as a frame; ``where`` is a SQL condition over the traces table, ``params`` fill its ``?``."""
        return self.store.traces(
            columns=columns, where=where, params=params, order_by=order_by, limit=limit, offset=offset
        )

    def count(self, where: str | None = None, params: Sequence[Any] = ()) -> int:
        """How many traces meet a condition."""
        return self.store.count(where, params)

    @property
    def _known_traces(self) -> set[str]:
        """Ids of traces that were seen to be there, so that a label on what was just read need not look again."""
        known: set[str] = self._for_traces("known traces", set)
        return known

    def _for_traces(self, name: str, make: Callable[[], Any]) -> Any:
        """Keep what was worked out from traces and maps for as long as none of those is written."""
        return self._kept_for(self.traces_revision, name, make)

    def _labels(self, sample_id: str | None = None) -> DataFrame:
        """The labels that count; all of them are read once for as long as nothing is written."""
        if sample_id is not None:
            return self.store.labels(sample_id=sample_id)
        labels: DataFrame = self._kept_for(self.revision, "labels", self.store.labels)
        return labels.copy(deep=False)  # copied on write, so the kept frame cannot change

    def _kept_for(self, revision: int, name: str, make: Callable[[], Any]) -> Any:
        kept = self._kept.get(name)
        if kept is None or kept[0] != revision:
            kept = self._kept[name] = (revision, make())
        return kept[1]
