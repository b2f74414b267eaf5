"""The verbs of retention: which traces have expired, and taking traces out for good, with the proof."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from workbench.errors import BadRequest
from workbench.ingest.parts import SafeIds
from workbench.workspace.purge_parts import PurgeParts

if TYPE_CHECKING:
    from workbench.overview import NextStep
    from workbench.purge import PurgeReport

LISTED = 20
MOST_DAYS = 100_000


class PurgeVerbs(PurgeParts):
    """Taking traces out."""

    def expired(self, *, now: datetime | None = None) -> int | None:
        """How many traces are older than the period of ``[retention]``; None where none is set.

        Args:
            now: The present time.
        """
        days = self.settings.retention.days
        return None if days is None else self.count(_OLDER, [_before(days, now)])

    def retention_steps(self, *, now: datetime | None = None) -> list[NextStep]:
        """What to do with traces that are kept for longer than they should be, counted from ``now``."""
        from workbench.overview import retention_steps

        return retention_steps(self, now=now)

    def purges(self) -> list[dict[str, Any]]:
        """The purges that are through, oldest first: purge_id, purged_at, purged_by, reason, traces and counts."""
        return self.store.purges()

    def purge(
        self,
        *,
        where: str | None = None,
        older_than: int | None = None,
        trace_ids: Sequence[str] | None = None,
        user: str | None = None,
        expired: bool = False,
        by: str,
        reason: str = "",
        dry_run: bool = False,
        now: datetime | None = None,
    ) -> PurgeReport:
        """Take traces out for good: their texts, vectors, points, and whatever names or quotes them.

        Golden cases stay, and so do labels, under a keyed hash of the id and without their free texts. A purge that
        broke off is finished first; with nothing chosen, that is all that is done.

        Args:
            where: A condition in SQL over the traces table.
            older_than: Traces that began more than so many days ago. One without a time is never older.
            trace_ids: These traces.
            user: All traces of an end user, by the id that the platform has; here only its keyed hash is known.
            expired: Traces older than the period of ``[retention]``.
            by: Who purges.
            reason: Why.
            dry_run: Only say what would go.
            now: The present time.

        Returns:
            What went, what was kept and why, and the proof: what was looked through afterwards, and what was found.

        Raises:
            BadRequest: Nothing or too much was chosen, nobody purges, there is no reason, or no period is set.
            WorkspaceBusy: Another process writes traces, makes a map or does a round.
        """
        by = self.reader(by)
        chosen = {"a condition": where, "age": older_than, "ids": trace_ids, "a user": user,
                  "what has expired": expired or None}  # fmt: skip
        ways = [name for name, value in chosen.items() if value is not None]
        waiting = self.store.purge_under_way()
        if len(ways) > 1:
            raise BadRequest(f"traces were chosen by {' and by '.join(ways)}. Choose them in one way")
        if not ways and (waiting is None or dry_run):
            raise BadRequest(
                "no traces were chosen, and no purge waits to be finished. Choose some: by a condition, an age, their"
                " ids, their user, or all that have expired"
            )
        told = self._why(reason) if ways else ""
        if dry_run:
            return self._purge_dry(self._to_purge(where, older_than, trace_ids, user, expired, now))
        ids = self._to_purge(where, older_than, trace_ids, user, expired, now) if ways else []
        if waiting is not None:
            done = self._carry_out(waiting, resumed=True)
            if not ways or not done.finished:
                return done
        if not ids:
            from workbench.purge import PurgeReport

            return PurgeReport(None, 0)
        todo = {"purge_id": f"purge-{datetime.now(UTC):%Y%m%d-%H%M%S}-{token_hex(2)}", "by": by, "reason": told,
                "trace_ids": ids, "telling": [], "hashes": [], "counts": {}}  # fmt: skip
        return self._carry_out(todo, resumed=False)

    def _why(self, reason: str) -> str:
        if not reason.strip():
            raise BadRequest("a purge needs a reason, which is kept. Say why: --reason TEXT")
        return str(self.redactor.redact([" ".join(reason.split())])[0][0])

    def _to_purge(
        self,
        where: str | None,
        older_than: int | None,
        trace_ids: Sequence[str] | None,
        user: str | None,
        expired: bool,
        now: datetime | None,
    ) -> list[str]:
        """The chosen traces that are here."""
        if trace_ids is not None:
            safe = SafeIds(self.redactor, self.store.secret)
            safe.learn(trace_ids)  # an id that tells of a person is known here by another name
            asked = list({each: None for id_ in trace_ids if id_ for each in (str(id_), str(safe.safe(id_)))})
            return sorted(self.store.known_ids(asked) | self.store.purged_ids(asked))  # purged: of what came after
        params: list[Any] = []
        if user is not None:
            where, params = "user_id = ?", [SafeIds(self.redactor, self.store.secret).user(user)]
        if where is None:
            days = self.settings.retention.days if expired else older_than
            if days is None:
                raise BadRequest(
                    "no period is set after which traces expire. Write days under [retention] in workspace.toml, or"
                    " give --older-than DAYS"
                )
            if not 0 <= days <= MOST_DAYS:
                raise BadRequest(f"{days} is no age of traces in days. Give one from 0 to {MOST_DAYS:,}")
            where, params = _OLDER, [_before(days, now)]
        return sorted(self.traces(columns=["trace_id"], where=where, params=params)["trace_id"])

    def _carry_out(self, todo: dict[str, Any], *, resumed: bool) -> PurgeReport:
        """Do what is to be done, from wherever it broke off: every step may be done again."""
        from workbench.purge import PurgeReport, Scrub

        with self.store.purging():
            ids = {each: self.store.pseudonym(each) for each in todo["trace_ids"]}
            counts: dict[str, int] = dict(todo["counts"])
            self.store.finish_maps()
            maps, said = self._maps_without(frozenset(ids))
            words, hashes, unsaid = self._what_tells(ids, todo, maps, said)
            todo |= {"telling": sorted(words.telling), "hashes": sorted(hashes)}
            self.store.keep_purge(todo)
            cases, kept = self._kept_of(list(ids))
            for map_id, made in maps:
                self.store.change_map(map_id, points=made.points, clusters=made.clusters, arrays=made.arrays)
            scrub = Scrub(words, unsaid)
            origins = [self._case_origin(each) for each in ids]
            took = self.store.take_out(
                todo["purge_id"], ids, renamed=self.store.pseudonym, rewrite=scrub.texts, origins=origins
            )
            took |= {"points": sum(made.removed for _, made in maps), "clusters": sum(made.retold for _, made in maps)}
            took |= self.store.change_texts(scrub.texts, scrub.html)
            took["frame_rows"] = self.store.change_frames(ids)
            took["vectors"] = self.store.drop_vectors(hashes)
            self.store.drop_retired()
            counts = {name: counts.get(name, 0) + n for name, n in took.items()}
            self.store.keep_purge({**todo, "counts": counts})
            emptied = self.store.vacuum()
            proof = self._proof(words)
            finished = emptied and not proof.left
            if finished:
                row = {"purge_id": todo["purge_id"], "purged_by": todo["by"], "reason": scrub.text(todo["reason"])}
                self.store.end_purge({**row, "traces": len(ids), "counts": {**counts, "kept": kept}})
                self.store.empty_log()
        self._kept.clear()
        return PurgeReport(
            todo["purge_id"], len(ids), resumed=resumed, counts=counts, kept=kept, kept_cases=cases, finished=finished,
            notices=self._told(emptied, proof, cases), proof=proof,
        )  # fmt: skip

    def _purge_dry(self, ids: list[str]) -> PurgeReport:
        """What would go, without writing anything."""
        from workbench.purge import PurgeReport

        if not ids:
            return PurgeReport(None, 0, dry_run=True)
        counts = self.store.count_of(ids)
        counts["points"] = sum(
            int(self.store.map(map_id).points["trace_id"].isin(ids).sum()) for map_id in self.store.maps()["map_id"]
        )
        cases, kept = self._kept_of(ids)
        return PurgeReport(None, len(ids), dry_run=True, counts=counts, kept=kept, kept_cases=cases)

    def _told(self, emptied: bool, proof: Any, cases: Sequence[str]) -> tuple[str, ...]:
        """What a person has to know or do."""
        told = []
        if not emptied:
            told.append(
                "Somebody else is reading or writing the database, so its file or its log may still hold what was"
                " deleted. Close pages and scripts that work on it, and run: workbench purge --by NAME"
            )
        if proof.left:
            places = ", ".join(each.place for each in proof.left[:5])
            told.append(
                f"Something of the purged traces was still found in {places}. Take it out there (in .scratch: wait"
                " until whoever writes there is done), and run: workbench purge --by NAME"
            )
        if cases:
            shown = ", ".join(cases[:LISTED]) + (" …" if len(cases) > LISTED else "")
            told.append(f"Kept as reviewed copies: the golden cases {shown}. Retire those that should not stay.")
        if not self.store.in_file:
            told.append(
                "The tables were written anew. The server's own logs, archives, replicas and backups may still hold"
                " what was in them: its administrator has to say for how long."
            )
        return tuple(told)


_OLDER = "started_at < ?"


def _before(days: int, now: datetime | None) -> datetime:
    return (now or datetime.now(UTC)) - timedelta(days=days)
