"""The verb of the recurring round: ingest the newest, look where it went, propose what to read, write it down.

Resumable: what a step found is stored when it is done, and a call that finds a broken-off round of its period goes on
after the last finished step. A call that finds nothing new since the last round writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any, cast

from workbench.errors import BadRequest, TooLittleData
from workbench.workspace import round_steps
from workbench.workspace.drifting import DriftVerbs
from workbench.workspace.round_steps import DAYS, Round

if TYPE_CHECKING:
    from pandas import DataFrame

    from workbench.ingest.parts import Progress
    from workbench.refresh import RefreshReport
    from workbench.workspace import Workspace

STEPS = ("map", "drift", "mirror", "slices", "choose", "draft", "rolling", "retire")
"""In this order; after them the report is written."""
WRITTEN = ("choose", "draft", "rolling")
"""What is not done anew where a broken-off round goes on with more traces than it began with: it wrote already."""


class RefreshVerbs(DriftVerbs):
    """The recurring round."""

    def refresh(
        self,
        period: str = "week",
        *,
        ingest: Sequence[str | Path] = (),
        by: str,
        n: int = 25,
        seed: int = 0,
        today: date | None = None,
        progress: Progress | None = None,
    ) -> RefreshReport:
        """Do the recurring round: ingest, update the map, drift, mirror, propose cases, propose retirements, report.

        Proposed traces become candidates; nothing is accepted and nothing retired. The report is one HTML file in the
        folder ``reports`` of the workspace.

        Args:
            period: week, sprint (14 days) or quarter, which looks for failing categories in the last 1,000 queries.
            ingest: Files or folders to take in first.
            by: Who asks for it.
            n: Traces to propose at most.
            seed: Source of chance.
            today: The day to count ages from.
            progress: Told of rows and texts.

        Raises:
            BadRequest: There is no such period, n cannot be, nobody asks for it, or nothing of the files could be read.
            TooLittleData: There are no traces.
            WorkspaceBusy: Another process is at work on a round.
        """
        if period not in DAYS:
            raise BadRequest(f"there is no period {period[:20]!r}. Choose {', '.join(DAYS)}")
        if not 1 <= n <= 200:
            raise BadRequest(
                "n is the number of traces to propose, from 1 to 200; 20 to 30 is what a team gets through"
            )
        by = self._golden_author(by)
        with self.store.refreshing():
            notices = self._round_ingest(ingest, progress)
            if not self.count():
                raise TooLittleData(
                    "this workspace holds no traces. Ingest some: workbench refresh FILE, or ingest FILE"
                )
            rounds = [row for row in self.store.rounds() if row["period"] == period]
            done = [row for row in rounds if row["ended_at"] is not None]
            before, state = done[-1]["steps"] if done else None, self._round_state()
            day = today or datetime.now(UTC).date()
            now = Round("", period, by, n, seed, day, datetime.now(UTC), {}, before, progress)
            notices += self._ahead(day)
            if rounds and rounds[-1]["ended_at"] is None:
                self._take_up(now, rounds[-1], state, notices)
                return self._finished(now, notices, resumed=True)
            if before is not None and before["state"] == state:
                return self._nothing_new(done[-1], notices)
            now.round_id = f"round-{day:%Y%m%d}-{period}-{token_hex(2)}"
            now.steps = {"state": state, "ingest": self._round_traffic(before)}
            now.began = self.store.add_round(now.round_id, period=period, by=by, steps=now.steps)
            return self._finished(now, notices, resumed=False)

    def rounds(self) -> DataFrame:
        """The rounds, oldest first: round_id, period, started_at, started_by, ended_at (empty where it broke off),
        new_traces, drift, mirror, proposed and report.
        """
        import pandas as pd

        rows = []
        for row in self.store.rounds():
            steps = row.pop("steps")
            told = {name: steps.get(name, {}).get("verdict") for name in ("drift", "mirror")}
            proposed = len(steps["draft"]["case_ids"]) if "draft" in steps else None
            rows.append({**row, "new_traces": steps["ingest"]["new"], **told, "proposed": proposed,
                         "report": steps.get("report")})  # fmt: skip
        columns = ["round_id", "period", "started_at", "started_by", "ended_at", "new_traces", "drift", "mirror",
                   "proposed", "report"]  # fmt: skip
        frame = pd.DataFrame(rows, columns=columns)
        return frame.assign(**{name: pd.to_datetime(frame[name], utc=True) for name in ("started_at", "ended_at")})

    def _take_up(self, now: Round, row: dict[str, Any], state: dict[str, Any], notices: list[str]) -> None:
        """Go on with a round that broke off; with other traces than it began with, what only looked is done anew."""
        now.round_id, now.began, now.steps = row["round_id"], row["started_at"], row["steps"]
        was = now.steps["state"]
        if was["traces"] == state["traces"]:
            return
        kept = {name: now.steps[name] for name in WRITTEN if name in now.steps}
        now.steps = {"state": {**state, "cases": was["cases"]}, "ingest": self._round_traffic(now.before), **kept}
        notices.append("Traces came in after this round had broken off, so what it had looked at was looked at anew.")

    def _finished(self, now: Round, notices: list[str], *, resumed: bool) -> RefreshReport:
        """Do the steps that are not done yet, write the report, and end the round."""
        from workbench import __version__
        from workbench.refresh import RefreshReport, page, what_changed

        whole = cast("Workspace", self)
        for name in STEPS:
            if name not in now.steps:
                now.steps[name] = getattr(round_steps, f"{name}_step")(whole, now)
                self.store.keep_steps(now.round_id, now.steps)
        now.steps["decided"] = round_steps.decided(whole, now.before)
        changes = what_changed(now.steps, now.before)
        told = [*notices, *now.steps["drift"]["notices"], *now.steps["mirror"]["notices"]]
        about = {
            "workspace": self.path.resolve().name, "round_id": now.round_id, "period": now.period, "by": now.by,
            "at": datetime.now(UTC).isoformat(sep=" ", timespec="minutes")[:16], "version": __version__,
            "notices": told,
        }  # fmt: skip
        written = self.store.write_report(f"{now.round_id}.html", page(about, now.steps, changes))
        now.steps |= {"report": f"{written.parent.name}/{written.name}", "changes": list(changes)}
        self.store.keep_steps(now.round_id, now.steps, done=True)
        return RefreshReport("done", now.period, now.round_id, resumed, written, now.steps, changes, tuple(told))

    def _nothing_new(self, row: dict[str, Any], notices: list[str]) -> RefreshReport:
        from workbench.refresh import RefreshReport
        from workbench.refresh.report import NOTHING_NEW

        steps = row["steps"]
        report = self.path / steps["report"]
        return RefreshReport(
            NOTHING_NEW, row["period"], row["round_id"], False, report if report.exists() else None, steps, (),
            tuple(notices),
        )  # fmt: skip

    def _round_ingest(self, paths: Sequence[str | Path], progress: Progress | None) -> list[str]:
        """Take the newest files in; what has to be said about them."""
        if not paths:
            return []
        took = self.ingest(*paths, progress=progress)
        if not took.took_anything:
            row = took.rejected_rows[0] if took.rejected_rows else {"file": "", "reason": "they hold no rows"}
            place = "" if row["file"] in row["reason"] else f"{row['file']}: "
            raise BadRequest(f"nothing of the files could be taken in: {place}{row['reason']}")
        told = [f"{took.rejected:,} of {took.rows:,} rows were rejected; ingest names each."] if took.rejected else []
        return [*told, *took.notices]

    def _ahead(self, day: date) -> list[str]:
        """What has to be said where a clock was wrong: all windows end at the newest trace."""
        newest = cast("Workspace", self)._newest_trace()
        if newest is None or (newest.date() - day).days <= 1:
            return []
        return [
            f"The newest trace is dated {newest:%Y-%m-%d}, after today, and every window of days ends there. If its"
            " clock was wrong, purge it, and ingest it again with its right time."
        ]

    def _round_state(self) -> dict[str, Any]:
        """What a round looks at, as numbers that change with it; what rounds wrote themselves is not counted."""
        frozen = self.store.golden_versions()
        return {
            "traces": [self.count(), *self.store.query("SELECT max(batch) AS b FROM traces")["b"].astype(str).tolist()],
            "labels": self.store.n_labels(),
            "cases": len(self.store.case_changes()) - sum(_wrote(row["steps"]) for row in self.store.rounds()),
            "golden": frozen[-1]["version"] if frozen else 0,
            "scores": [len(self.store.gate_looks()), len(self.store.runs())],
            "codebook": self.codebook().version,
            "retrieval": len(self.store.retrieval_snapshots()),
        }

    def _round_traffic(self, before: Any) -> dict[str, Any]:
        newest = cast("Workspace", self)._newest_trace()
        traces = self.count()
        new = traces - before["ingest"]["traces"] if before is not None else traces
        return {"traces": traces, "new": max(new, 0), "until": None if newest is None else newest.isoformat()}


def _wrote(steps: Mapping[str, Any]) -> int:
    """How many changes of cases a round made."""
    drafted = len(steps["draft"]["case_ids"]) if "draft" in steps else 0
    return drafted + sum(steps["rolling"][name] for name in ("added", "left")) if "rolling" in steps else drafted
