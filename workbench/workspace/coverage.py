"""The verb of coverage: production's cells against the cases of the golden set."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from workbench.errors import BadRequest, NotReady
from workbench.workspace.case_sources import CaseSources
from workbench.workspace.golden import GoldenVerbs

if TYPE_CHECKING:
    from pandas import DataFrame

    from workbench.coverage import Coverage

BY = ("intent", "complexity")
OWN = ("intent", "complexity", "outcome", "language")
"""Dimensions that are worked out; any other is a column of traces, or a slice that cases have."""
KINDS = ("release", "model", "name", "environment", "provider", "status", "prompt_hash")
"""Columns of traces that are kinds; ids and free text make cells of single traces."""
MOST_KINDS = 60
NAMED = "coalesce(json_extract_string(metadata, '$.language'), json_extract_string(metadata, '$.locale'))"
LANGUAGES = (
    f"SELECT count(DISTINCT regexp_extract({NAMED}, '^([A-Za-z]{{2,3}})([-_]|$)', 1)) FROM traces"
    f" WHERE regexp_matches({NAMED}, '^[A-Za-z]{{2,3}}([-_]|$)')"
)
"""The same words as ``workbench.golden.promote.language`` takes."""


class CoverageVerbs(CaseSources, GoldenVerbs):
    """Where the set is blind."""

    def coverage(
        self,
        by: Sequence[str] = BY,
        *,
        version: int | None = None,
        size: int | None = None,
        since: object = None,
        today: date | None = None,
    ) -> Coverage:
        """Set production against the set, cell by cell, dearest gap first.

        Args:
            by: One to three dimensions: intent (the cluster), complexity, outcome, language (as the metadata names it),
                or any column of traces; of a case its slice of that name.
            version: A frozen version; by default the accepted cases as they stand.
            size: Cases the set should have; by default the middle of the stage its size is nearest to.
            since: Only production from this day on.
            today: The day to count ages from.

        Raises:
            TooLittleData: There is no production traffic.
            NotReady: That version was not frozen, or intent needs a map.
            BadRequest: A dimension is none.
        """
        from workbench.coverage import Coverage, cells, composition, staleness
        from workbench.rank.reviewed import reviewed

        of, frame, sealed = self._set_to_cover(version)
        made = composition(frame)
        read = reviewed(self.coverage_labels(), codebook=self.codebook())
        production = self._production(list(by), since=since, read=read)
        frozen = self.store.golden_versions()
        day = today or datetime.now(UTC).date()
        dimensions = tuple(dict.fromkeys(by))
        last = _last_seen(production, dimensions)
        cost = self.settings.severity.costs[2]
        matrix = cells(production, frame, dimensions, size=size or made.stage.size, default_cost=cost)
        frozen_at = frozen[-1]["created_at"].date() if frozen else None
        return Coverage(matrix, made, staleness(frame, last, dimensions, today=day, frozen_at=frozen_at), of, sealed)

    def coverage_dimensions(self) -> list[str]:
        """The dimensions worth choosing: intent where there is a map, complexity, outcome, columns that tell apart."""
        counted = ", ".join(f"count(DISTINCT {name}) AS {name}" for name in KINDS)
        counts = self.store.query(f"SELECT {counted} FROM traces")
        kinds = [name for name in KINDS if 2 <= int(counts[name].iloc[0]) <= MOST_KINDS]
        own = [name for name in OWN[:3] if name != "intent" or self.store.newest_map() is not None]
        own += ["language"] if MOST_KINDS >= int(self.store.query(LANGUAGES).iloc[0, 0]) >= 2 else []
        return [*own, *kinds]

    def coverage_labels(self) -> DataFrame:
        """The labels that count, codes by the names they have now."""
        import pandas as pd

        labels = self._labels()
        coded = self.coded_labels()
        return pd.concat([labels[labels["dimension"] != "code"], coded], ignore_index=True)

    def cell_traces(self, cell: dict[str, str], *, limit: int = 50) -> DataFrame:
        """The traces of a cell that are no case yet: those that people failed first, then those with a failure signal.

        Args:
            cell: Values by dimension.
            limit: The most there should be.

        Returns:
            Columns trace_id, started_at, input, failed and signal.
        """
        from workbench.rank.reviewed import reviewed

        read = reviewed(self.coverage_labels(), codebook=self.codebook())
        production = self._production(list(cell), since=None, read=read)
        wanted = production
        for name, value in cell.items():
            wanted = wanted[wanted[name].astype("str").fillna("not given") == value]
        origins = {self._case_origin(trace_id): trace_id for trace_id in wanted["trace_id"]}
        known = {origins[origin] for origin in self.store.case_origins(list(origins))}
        wanted = wanted[~wanted["trace_id"].isin(known)]
        order = wanted.assign(first=wanted["failed"].fillna(False).astype(int) * 2 + wanted["signal"].astype(int))
        order = order.sort_values(["first", "started_at"], ascending=[False, False]).head(limit)
        ids = order["trace_id"].tolist()
        texts = self.store.traces_named(ids, ["trace_id", "input"])
        return order.merge(texts, on="trace_id", how="left")[["trace_id", "started_at", "input", "failed", "signal"]]

    def _set_to_cover(self, version: int | None) -> tuple[str, DataFrame, int]:
        import pandas as pd

        if version is not None:
            cases = [case.to_dict() for case in self.golden_cases(version)]
            sealed = self.golden_folder.manifest(version)["blind"]
            of = f"version {version}"
        else:
            rows = [row for row in self.store.case_rows(statuses=["accepted", "sealed"]) if row["pool"] == "golden"]
            cases = [row["content"] for row in rows if row["content"] is not None]
            sealed, of = len(rows) - len(cases), "the accepted cases"
        slices = [{str(k): v for k, v in (case.get("slices") or {}).items()} for case in cases]
        frame = pd.DataFrame(
            [
                {**each, **{name: case.get(name) for name in ("case_id", "source", "risk_level", "edge", "category")},
                 "release": case.get("product_version")}
                for case, each in zip(cases, slices, strict=True)
            ]
        )  # fmt: skip
        for name in ("case_id", "source", "risk_level", "edge", "category", "release"):
            if name not in frame.columns:
                frame[name] = None
        return of, frame, int(sealed)

    def _production(self, by: list[str], *, since: object, read: Any) -> DataFrame:
        import numpy as np

        from workbench.golden.promote import complexity, language
        from workbench.rank.reviewed import severities
        from workbench.workspace.frame import moment

        columns = self._columns_of(by)
        first = moment(since)
        where, params = (None, []) if first is None else ("started_at >= ?", [first])
        light = ["trace_id", "started_at", "n_turns", "n_tool_calls", "signals", "status", "feedback"]
        columns += ["metadata"] if "language" in by else []
        frame = self.store.traces(columns=list(dict.fromkeys([*light, *columns])), where=where, params=params)
        signals = [len(each) > 0 if hasattr(each, "__len__") else False for each in frame["signals"].tolist()]
        bad = (frame["status"] == "error").fillna(False) | (frame["feedback"] == -1).fillna(False)
        frame["signal"] = bad.to_numpy(dtype=bool) | np.asarray(signals, dtype=bool)
        failed = dict(zip(read.trace_ids, read.failed.tolist(), strict=True))
        frame["failed"] = frame["trace_id"].map(failed).astype("boolean")
        frame["cost"] = frame["trace_id"].map(self._costs_of(read, severities(read, self.codebook())[0]))
        if "intent" in by:
            frame["intent"] = frame["trace_id"].map(self._cluster_names(frame["trace_id"].tolist()))
        if "complexity" in by:
            pairs = zip(frame["n_turns"].tolist(), frame["n_tool_calls"].tolist(), strict=True)
            frame["complexity"] = [complexity(_plain(turns), _plain(calls)) for turns, calls in pairs]
        if "language" in by:
            frame["language"] = [language(_mapping(each)) for each in frame["metadata"]]
        if "outcome" in by:
            frame["outcome"] = frame["failed"].map({True: "fail", False: "pass"})
        return frame

    def _columns_of(self, by: Sequence[str]) -> list[str]:
        """Those of the dimensions that are columns of traces, after a look that there are such dimensions."""
        from workbench import tables

        columns = [name for name in by if name not in OWN]
        unknown = [name for name in columns if name not in tables.names("traces")]
        if unknown:
            raise BadRequest(
                f"{unknown[0][:40]!r} is no dimension. Choose intent, complexity, outcome, language, or a column of"
                " traces"
            )
        if "intent" in by and self.store.newest_map() is None:
            raise NotReady("intent is the cluster of a trace, and there is no map yet. Make one: workbench map")
        return columns

    def _costs_of(self, read: Any, severity: Sequence[int | None]) -> dict[str, float]:
        """The cost of each trace's worst code."""
        costs = self.settings.severity.costs
        of_code = [costs[each - 1] if each else float("nan") for each in severity]
        found = {}
        for trace_id, has in zip(read.trace_ids, read.has, strict=True):
            known = [of_code[at] for at in has.nonzero()[0] if of_code[at] == of_code[at]]
            if known:
                found[str(trace_id)] = max(known)
        return found


def _last_seen(production: DataFrame, by: tuple[str, ...]) -> dict[tuple[str, ...], date]:
    dated = production[production["started_at"].notna()]
    if dated.empty:
        return {}
    words = dated.assign(**{name: dated[name].astype("str").where(dated[name].notna(), "not given") for name in by})
    newest = words.groupby(list(by))["started_at"].max()
    return {(key if isinstance(key, tuple) else (key,)): when.date() for key, when in newest.items()}


def _mapping(value: Any) -> Any:
    """Metadata as it is stored, JSON text or already read."""
    import orjson

    return orjson.loads(value) if isinstance(value, str) and value[:1] == "{" else value


def _plain(value: Any) -> Any:
    return None if value is None or str(value) in ("<NA>", "nan") else value
