"""The parts of a purge that read the workspace: what tells the traces, maps without them, what is kept, the proof."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from workbench.errors import NotReady, WorkbenchError
from workbench.workspace.case_sources import CaseSources
from workbench.workspace.lineage import LineageVerbs

if TYPE_CHECKING:
    import pyarrow as pa

    from workbench.purge import Needles, Proof, Without, Words

MOST_PIECES = 2_000_000
TEXTS = ("input", "output", "error", "messages", "retrieved", "metadata", "params", "detail")
TELLING = ("span_id", "session_id", "user_id", "text_hash")
"""What of a trace's row, or its spans', may be the trace's alone and then tells it."""
NOT_SEARCHED = (
    "sealed golden cases: they are encrypted, and kept",
    "what a program holds in memory: close pages and notebooks that showed the traces",
    "backups, copies, exports, and what disks and file systems keep of files that are gone",
)


class PurgeParts(LineageVerbs, CaseSources):
    """What a purge is put together from."""

    def _maps_without(self, gone: frozenset[str]) -> tuple[list[tuple[str, Without]], set[str]]:
        """Every map that holds some of the traces, without them; and the words that clusters of any map go by then."""
        from workbench.purge import cluster_words, without

        made, said = [], set()
        for map_id in self.store.maps()["map_id"]:
            try:
                stored = self.store.map(map_id)
            except WorkbenchError:  # its files are not there, so nothing is in them
                continue
            named = {*stored.clusters["medoid"], *(each for row in stored.clusters["exemplars"] for each in row)}
            if not gone & {*stored.points["trace_id"], *named}:
                said |= cluster_words(stored.clusters)
                continue
            view = stored.params.get("view", self.settings.embedding.view)
            try:
                vectors = self.store.vectors(stored.params["embedder"], stored.points["text_hash"].tolist())
            except (NotReady, KeyError):
                vectors = None
            arrays = {name: stored.array(name) for name in stored.arrays}
            read = partial(self._texts_as, view)
            left = without(stored.points, stored.clusters, arrays, gone, vectors=vectors, read=read)
            made.append((map_id, left))
            said |= cluster_words(left.clusters)
        return made, said

    def _texts_as(self, view: str, trace_ids: list[str]) -> list[str]:
        """The texts of traces as a map read them."""
        from workbench.embed import trace_text

        frame = self.store.traces_named(trace_ids, ["trace_id", "input", "output", "messages"])
        return [str(text) for text in trace_text(frame, view).fillna("")]

    def _what_tells(
        self,
        ids: Mapping[str, str],
        todo: Mapping[str, Any],
        maps: Sequence[tuple[str, Without]],
        said: Collection[str],
    ) -> tuple[Words, set[str], set[str]]:
        """What tells the traces; the hashes of texts that only they had; words of clusters that only they said.

        What a cluster goes by, traces that are left say too, if not letter by letter, so it tells nobody.
        """
        from workbench.purge import Needles, Words, by_chance, pieces

        most = max(8, MOST_PIECES // max(len(ids), 1))
        found: dict[str, set[bytes]] = {}
        telling, hashes = set(todo["telling"]), set(todo["hashes"])
        written, copied = self._written(ids), set()
        for _, gone, _ in self.store.rows_to_purge(ids):
            for row in gone.to_pylist():
                texts = list(_texts_of(row))
                found.setdefault(row["trace_id"], set()).update(pieces(texts, most))
                copied |= written.found_in("\0".join(texts).encode("utf-8", "ignore"))
                telling |= {row[name] for name in TELLING if row.get(name)}
            hashes |= _hashes(gone)
        unsaid = {each for _, made in maps for each in made.unsaid} - set(said)
        words = [each for each in unsaid if len(each) >= 12 and " " in each]
        every = copied.union(*found.values())
        looked, dropped = Needles(every), Needles(each.encode() for each in words)
        names = Needles(each.encode() for each in {*ids, *telling})
        shared: set[bytes] = set()
        both: set[bytes] = set()
        kept_words: set[bytes] = set()
        for _, _, stays in self.store.rows_to_purge(ids):
            hashes -= _hashes(stays)
            for content in _blobs(stays):
                shared |= looked.found_in(content)
                both |= names.found_in(content)
                kept_words |= dropped.found_in(content.decode("utf-8", "ignore").lower().encode())
        for text in [*self.store.kept_texts(), *said]:
            content = text.encode("utf-8", "ignore")
            shared |= looked.found_in(content)
            both |= names.found_in(content)
        for name in self.store.names_of_things():
            shared |= looked.found_in(name.encode("utf-8", "ignore"))
        of_cases = self._case_hashes()
        hashes -= of_cases
        kept_too = {each.decode() for each in both} | of_cases
        telling = {*telling, *hashes} - kept_too - set(ids)
        alone = (kept_too & set(ids)) | {each for each in (*ids, *telling) if by_chance(each)}
        lone = every - shared
        without_text = sum(not (found.get(each, set()) & lone) for each in ids)
        made = Words(ids, frozenset(telling), frozenset(lone), frozenset(alone), without_text)
        return made, hashes, {each for each in words if each.encode() not in kept_words}

    def _written(self, ids: Mapping[str, str]) -> Needles:
        """The passages of what people wrote that may be copied from the traces: short ones, and longer ones."""
        from workbench.purge import LONGER, QUOTE, Needles, passages, strings

        texts = {one for text in self.store.written_texts() for one in strings(text)}
        short, said = Needles({each for text in texts for each in passages(text)}), set()
        for _, gone, _ in self.store.rows_to_purge(ids):
            for row in gone.to_pylist():
                said |= short.found_in("\0".join(_texts_of(row)).encode("utf-8", "ignore"))
        longer = {each for text in texts for size in LONGER for each in passages(text, size) if each[:QUOTE] in said}
        return Needles(said | longer)

    def _kept_of(self, trace_ids: Sequence[str]) -> tuple[tuple[str, ...], dict[str, int]]:
        """The open golden cases made of the traces, and how much of what is kept was made of them."""
        mine = set(trace_ids)
        cases = []
        for row in self.store.case_rows(statuses=["accepted", "retired"]):
            content = row["content"]
            if content is None or content.get("trace_id") not in mine:
                continue
            frozen = content.get("version_added") is not None
            if row["pool"] == "golden" and (row["status"] == "accepted" or frozen):
                cases.append(row["case_id"])
        return tuple(sorted(cases)), {"golden_cases": len(cases)}

    def _case_hashes(self) -> set[str]:
        """The hashes of what golden cases ask, whose vectors stay with them."""
        from workbench.embed import text_hash

        rows = self.store.case_rows(statuses=["accepted", "retired"])
        asked = ((row["content"] or {}).get("input_payload", {}).get("query") for row in rows)
        return {text_hash(query) for query in asked if query}

    def _proof(self, words: Words) -> Proof:
        """Look through every file and table."""
        from workbench.purge import Search

        search = Search(words)
        for how, place, content in self.store.places():
            getattr(search, how)(place, content)
        server = () if self.store.in_file else ("the files of the database server",)
        packed = [f"{each}: a packed file" for each in self.store.packed_files()]
        return search.proof([*NOT_SEARCHED, *server, *packed])


def _texts_of(row: Mapping[str, Any]) -> Iterator[str]:
    """The texts of a row, nested ones leaf by leaf."""
    import orjson

    from workbench.purge import leaves

    for name in TEXTS:
        value = row.get(name)
        if not isinstance(value, str):
            continue
        if name in ("input", "output", "error"):
            yield value
        else:
            try:
                yield from leaves(orjson.loads(value))
            except orjson.JSONDecodeError:
                yield value


def _hashes(rows: pa.Table) -> set[str]:
    """The hashes of what rows of traces may have had embedded, in every view."""
    from workbench.embed import TEXT_VIEWS, text_hash, trace_text

    if "messages" not in rows.column_names or not rows.num_rows:
        return set()
    frame = rows.select(["input", "output", "messages"]).to_pandas()
    views = [each for each in TEXT_VIEWS if each != "note"]
    return {text_hash(text) for view in views for text in set(trace_text(frame, view).fillna("")) if text.strip()}


def _blobs(rows: pa.Table) -> Iterator[bytes]:
    """The texts of rows, column by column, as bytes."""
    for column in rows.columns:
        values = [each for each in column.to_pylist() if each is not None]
        if values and isinstance(values[0], str):
            yield "\0".join(values).encode("utf-8", "ignore")
        elif values and isinstance(values[0], list):
            yield "\0".join(str(one) for each in values for one in each).encode("utf-8", "ignore")
