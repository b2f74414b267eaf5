"""The verbs of sampling: drawing what is to be read, and what was drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

from workbench.errors import BadRequest, UnknownName
from workbench.tables import PURGED
from workbench.workspace.base import Base

if TYPE_CHECKING:
    from pandas import DataFrame

    from workbench.sample import Plan, SampleReport

    Progress = Callable[[str, int, int | None], None]


class SamplingVerbs(Base):
    """Drawing traces to read, with known weights."""

    def plans(self) -> dict[str, Plan]:
        """The plans a sample can be drawn by: the built-in ones and those of workspace.toml."""
        from workbench.sample import BUILT_IN, Plan, Stratum

        own = self.settings.sample
        least = own.random_share
        found = {name: replace(plan, random_share=max(plan.random_share, least)) for name, plan in BUILT_IN.items()}
        for name, plan in own.plans.items():
            strata = tuple(Stratum(**each.model_dump()) for each in plan.strata)
            share = max(plan.random_share or least, least)
            found[name] = Plan(
                name, plan.meaning, strata, random_share=share, pick_share=plan.pick_share, picks=plan.picks
            )
        return found

    def sample(
        self,
        n: int,
        *,
        plan: str = "stratified",
        seed: int = 0,
        name: str | None = None,
        since: object = None,
        until: object = None,
        where: str | None = None,
        clusters: Sequence[int] | None = None,
        extend: str | None = None,
        trace_ids: Sequence[str] | None = None,
        reason: str = "picked on the map",
        progress: Progress | None = None,
    ) -> SampleReport:
        """Draw traces to read.

        Frequencies over the frame are estimated from the weights, however much the plan oversampled; ``can`` and
        ``cannot`` of the report say what the sample will tell.

        Args:
            n: How many; all where there are fewer. With ``extend``, how many more.
            plan: A name from ``plans()``.
            seed: The same seed over the same traces gives the same sample. An extension goes on with the sample's own.
            name: What to call it; without one it gets its plan's.
            since: Draw from traces that began at this day or moment, or later.
            until: Draw from traces that began before this moment, or up to the end of this day.
            where: Draw from traces that meet this SQL condition.
            clusters: Draw from these clusters of the newest map.
            extend: The id of a sample to draw further into: what was drawn stays, and all weights are renewed.
            trace_ids: Take ``n`` of these traces, chosen by looking at them: no weights, part of no frequency.
            reason: Why those were chosen.
            progress: Called with stage, done and total.

        Raises:
            BadRequest: n or seed that cannot be, or arguments that exclude one another.
            UnknownName: There is no such plan, sample or trace.
            TooLittleData: There are no traces in the window.
            WorkspaceBusy: Somebody else extended the sample meanwhile.
        """
        from workbench.workspace import drawing

        _check(n, seed)
        window = {"since": since, "until": until, "where": where, "clusters": clusters}
        if extend is not None:
            if trace_ids is not None or any(value is not None for value in window.values()):
                raise BadRequest(
                    "an extension keeps the sample's own frame; leave out since, until, where, clusters and ids."
                )
            return self._extend(extend, n)
        if trace_ids is not None:
            made = drawing.picked(self.store, trace_ids, n, seed=seed, reason=reason, progress=progress)
        else:
            made = drawing.drawn_by(self.store, self._plan(plan), n, seed=seed, window=window, progress=progress)
        sample_id = _new_sample_id()
        called = self._redacted(name) if name and name.strip() else f"{made.plan}, {len(made.drawn.rows):,} traces"
        if where is not None:
            made = replace(made, window={**made.window, "where": self._redacted(where)})
        stored = drawing.stored(made, seed=seed, asked=n)
        self.store.save_sample(sample_id, name=called, rows=made.drawn.rows, frame=made.drawn.frame, plan=stored)
        return drawing.report(sample_id, called, stored, made.drawn.rows, added=len(made.drawn.rows))

    def import_sample(self, path: str | Path, *, name: str | None = None) -> SampleReport:
        """Take in a sample that was drawn elsewhere, with its weights; it can be read and counted, not drawn further.

        Args:
            path: A CSV, JSONL, JSON or Parquet file: trace_id, and stratum, reason, weight, population where known.
            name: What to call it.

        Raises:
            BadRequest: The file cannot be read, or rows that cannot be a sample.
        """
        from workbench.long_form import read_long
        from workbench.sample import BROUGHT, brought
        from workbench.workspace import drawing

        rows = read_long(Path(path), needed=("item",)).rename(columns={"item": "trace_id"})
        drawn = brought(self._safe_words(rows))
        unknown = len(drawn.rows) - len(self.store.known_ids(drawn.rows["trace_id"].tolist()))
        if unknown:
            raise BadRequest(f"{unknown:,} of {len(drawn.rows):,} trace ids are not in this workspace; ingest them.")
        made = drawing.Made(drawn, BROUGHT, 0.0, {})
        sample_id, called = _new_sample_id(), self._redacted(name) if name and name.strip() else BROUGHT
        stored = drawing.stored(made, seed=0, asked=len(drawn.rows))
        stored["frame"] = max(sum(row["population"] for row in drawn.strata), len(drawn.rows))
        self.store.save_sample(sample_id, name=called, rows=drawn.rows, frame=drawn.frame, plan=stored)
        return drawing.report(sample_id, called, stored, drawn.rows, added=len(drawn.rows))

    def preview_sample(
        self,
        n: int,
        *,
        plan: str = "stratified",
        seed: int = 0,
        since: object = None,
        until: object = None,
        where: str | None = None,
        clusters: Sequence[int] | None = None,
        progress: Progress | None = None,
    ) -> SampleReport:
        """What ``sample`` with the same arguments would draw, without storing anything."""
        from workbench.workspace import drawing

        _check(n, seed)
        window = {"since": since, "until": until, "where": where, "clusters": clusters}
        made = drawing.drawn_by(self.store, self._plan(plan), n, seed=seed, window=window, progress=progress)
        rows = made.drawn.rows
        return drawing.report("", "", drawing.stored(made, seed=seed, asked=n), rows, added=len(rows))

    def sample_report(self, sample_id: str) -> SampleReport:
        """The report of a sample as it is now."""
        from workbench.workspace import drawing

        stored = self.store.sample_plan(sample_id)
        return drawing.report(sample_id, stored["name"], stored, self.store.samples(sample_id), added=0)

    def samples(self) -> DataFrame:
        """Every sample, oldest first, and how far it was read.

        Returns:
            Columns sample_id, name, created_at, plan, seed, frame (traces drawn from), whole (whether those were all),
            n (rows), weighted, reviewed (traces that anybody gave an outcome or a code) and readers (annotator to
            traces). What was not drawn here (imported rows) has no plan.
        """
        import pandas as pd

        counts = self.store.query(
            "SELECT sample_id, count(*) AS n, count(weight) AS weighted FROM samples GROUP BY 1 ORDER BY 1"
        )
        read = self.store.query(
            "SELECT s.sample_id, coalesce(l.annotator, '') AS annotator, s.trace_id FROM samples s JOIN labels l"
            " USING (trace_id) WHERE l.dimension IN ('outcome', 'code')"
            " AND coalesce(l.annotator_kind, 'human') = 'human' AND coalesce(l.round, 'blind') != 'unblinded'"
            " GROUP BY 1, 2, 3"
        )
        plans = self.store.sample_plans()
        known = [(row.sample_id, row.name, row.created_at, row.plan) for row in plans.itertuples()]
        listed = {each[0] for each in known}
        rest = sorted(set(counts["sample_id"]) - listed)
        known = [(sample_id, sample_id, pd.NaT, {}) for sample_id in rest] + known
        size = counts.set_index("sample_id")
        by_sample = dict(list(read.groupby("sample_id")))
        rows = []
        for sample_id, called, created_at, stored in known:
            seen = by_sample.get(sample_id)
            rows.append(
                {
                    "sample_id": sample_id,
                    "name": called,
                    "created_at": created_at,
                    "plan": stored.get("plan"),
                    "seed": stored.get("seed"),
                    "frame": stored.get("frame"),
                    "whole": not stored.get("window") and stored.get("plan") != "picked",
                    "n": int(size["n"].get(sample_id, 0)),
                    "weighted": int(size["weighted"].get(sample_id, 0)),
                    "reviewed": 0 if seen is None else int(seen["trace_id"].nunique()),
                    "readers": {} if seen is None else seen["annotator"].value_counts().sort_index().to_dict(),
                }
            )
        columns = ("sample_id", "name", "created_at", "plan", "seed", "frame", "whole", "n", "weighted", "reviewed")
        frame = pd.DataFrame(rows, columns=[*columns, "readers"])
        return frame.astype({"seed": "Int64", "frame": "Int64"})

    def sample_rows(self, sample_id: str | None = None) -> DataFrame:
        """The rows of one sample or of all, in their order.

        Returns:
            Columns sample_id, trace_id, stratum, reason, weight (empty for a deliberate pick) and population (traces in
            the row's stratum; empty for a pick).

        Raises:
            UnknownName: There is no such sample.
        """
        import pandas as pd

        rows = self.store.samples(sample_id)
        if sample_id is not None and rows.empty:
            raise UnknownName("sample", sample_id, self.store.sample_plans()["sample_id"].tolist()[-5:])
        sizes = {
            (row.sample_id, stratum["stratum"]): stratum["population"]
            for row in self.store.sample_plans().itertuples()
            for stratum in row.plan["strata"]
            if stratum["population"]
        }
        keys = zip(rows["sample_id"], rows["stratum"], strict=True)
        return rows.assign(population=pd.array([sizes.get(key) for key in keys], dtype="Int64"))

    def _extend(self, sample_id: str, more: int) -> SampleReport:
        from workbench.sample import BROUGHT, PICKED, extend
        from workbench.workspace import drawing

        stored = self.store.sample_plan(sample_id)
        called = stored.pop("name")
        if stored["plan"] in (PICKED, BROUGHT):
            raise BadRequest(f"sample {sample_id!r} was not drawn here: there is no frame to draw further from.")
        frame, before = self.store.sample_frame(sample_id), self.sample_rows(sample_id)
        drawn = extend(
            frame,
            before,
            stored["strata"],
            more=more,
            seed=stored["seed"],
            random_share=stored["random_share"],
        )
        fresh = ~drawn.rows["trace_id"].isin(before["trace_id"])
        gone = fresh & drawn.rows["trace_id"].str.startswith(PURGED)  # nobody can read them; the weights allow for it
        drawn = replace(drawn, rows=drawn.rows[~gone].reset_index(drop=True))
        warnings = list(drawn.warnings)
        if gone.any():
            warnings.append(f"{int(gone.sum()):,} draws fell on traces that were purged and cannot be read.")
        later = self.count() - stored["frame"]
        if later > 0 and not stored["window"]:
            warnings.append(
                f"{later:,} traces came in after the sample was first drawn and are not in its frame;"
                " draw a new sample to speak of them too."
            )
        now = {
            **stored,
            "n": len(drawn.rows),
            "strata": [dict(row) for row in drawn.strata],
            "warnings": list(dict.fromkeys([*stored["warnings"], *warnings])),
            "relaxed": stored["relaxed"] or drawn.relaxed,
            "extensions": [
                *stored["extensions"],
                {"at": datetime.now(UTC).isoformat(), "asked": more, "added": len(drawn.rows) - len(before)},
            ],
        }
        self.store.extend_sample(sample_id, rows=drawn.rows, plan=now, was=stored)
        return drawing.report(sample_id, called, now, drawn.rows, added=len(drawn.rows) - len(before))

    def _plan(self, name: str) -> Plan:
        known = self.plans()
        if name not in known:
            raise UnknownName("plan", name, known)
        return known[name]

    def _safe_words(self, rows: DataFrame) -> DataFrame:
        """A file's strata and reasons through the redactor, all as one text, so that what differs stays apart."""
        columns = [name for name in ("stratum", "reason") if name in rows]
        words = list(dict.fromkeys(str(each) for name in columns for each in rows[name].dropna()))
        if not words:
            return rows
        safe = dict(zip(words, self.redactor.redact([dict(enumerate(words))])[0][0].values(), strict=True))
        told = {name: [safe.get(str(each)) for each in rows[name]] for name in columns}
        return rows.assign(**told)

    def _redacted(self, text: str) -> str:
        """What a person wrote, through the redactor."""
        cleaned: str = self.redactor.redact([text.strip()])[0][0]
        return cleaned


def _new_sample_id() -> str:
    return f"s-{datetime.now(UTC):%Y%m%d}-{token_hex(3)}"


def _check(n: int, seed: int) -> None:
    if not (1 <= n < 2**53 and 0 <= seed < 2**53):
        raise BadRequest(
            f"a draw needs n of at least 1 and a seed from 0 up, both below 2**53, got n {n}, seed {seed}."
        )
