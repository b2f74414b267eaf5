"""The verbs that bring cases in: drafts from traces with what people said of them, and cases that people wrote."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from workbench.errors import BadRequest
from workbench.workspace.cases import CaseVerbs, one_of
from workbench.workspace.rubric import RubricVerbs

POOLS = ("golden", "rolling")


@dataclass(frozen=True)
class CasesReport:
    """What became of traces or rows that were to be cases.

    Attributes:
        added: Cases that were drafted.
        known: Traces that are cases already.
        rejected: Rows or traces that cannot be.
        rejected_rows: Each with file and row, or trace_id, and the reason.
        case_ids: The new cases.
    """

    added: int
    known: int
    rejected: int
    rejected_rows: list[dict[str, Any]] = field(repr=False)
    case_ids: tuple[str, ...] = field(default=(), repr=False)


class CaseSources(CaseVerbs, RubricVerbs):
    """Where cases come from."""

    def promote(
        self, trace_ids: Sequence[str], *, by: str, why: str = "", pool: str = "golden", category: str | None = None
    ) -> CasesReport:
        """Draft cases from traces, with what people said of them; what is a case already is left alone.

        Args:
            trace_ids: The traces.
            by: Who proposes them.
            why: Why these.
            pool: golden, or rolling for the pool of production cases that is drawn anew.
            category: happy_path, edge, adversarial or drift; by default edge for a failure, else happy_path.
        """
        from workbench.golden.cases import CATEGORIES

        if category is not None:
            one_of("category", category, CATEGORIES)
        told = str(self.redactor.redact([why.strip()])[0][0]) if why.strip() else ""
        own = {"category": category} if category is not None else {}
        return self._draft_from({trace_id: (told, own) for trace_id in trace_ids}, by=by, pool=pool)

    def _draft_from(
        self, reasons: Mapping[str, tuple[str, Mapping[str, Any]]], *, by: str, pool: str = "golden"
    ) -> CasesReport:
        """Draft cases from traces, each with why it is proposed and the fields that are not as the draft has them."""
        from workbench.golden.cases import Case
        from workbench.golden.promote import draft_case, said_of

        by, wanted = self._golden_author(by), list(reasons)
        one_of("pool", pool, POOLS)
        origins = {trace_id: self._case_origin(trace_id) for trace_id in wanted}
        known = self.store.case_origins(list(origins.values()))
        book = self.codebook()
        definitions = {code.name: (code.definition, code.severity) for code in book.active}
        names, labels = self._cluster_names(wanted), self._labels_for_cases(wanted)
        new, rejected = [], []
        for trace_id in wanted:
            if origins[trace_id] in known:
                continue
            trace = self.store.trace(trace_id)
            if trace is None:
                rejected.append({"trace_id": trace_id, "reason": "this workspace has no trace of that id"})
                continue
            said = said_of(labels.get(trace_id, []), definitions)
            drafted = draft_case(trace, said, case_id=self._new_case_id(trace_id), intent=names.get(trace_id))
            why, own = reasons[trace_id]
            drafted |= {**self._rubric_fields(), **own}
            try:
                content = Case.from_dict(drafted, draft=True).to_dict()
            except BadRequest as refused:
                rejected.append({"trace_id": trace_id, "reason": str(refused)})
                continue
            new.append((content, origins[trace_id], why))
        made = self._add_drafts(new, by=by, pool=pool)
        return CasesReport(len(made), len(wanted) - len(made) - len(rejected), len(rejected), rejected, made)

    def add_cases(
        self, cases: str | Path | Sequence[Mapping[str, Any]], *, by: str, why: str = "", source: str | None = None
    ) -> CasesReport:
        """Take in cases that people wrote, from a file or as mappings; redacted, as candidates.

        Args:
            cases: A .jsonl, .json, .csv, .tsv or .parquet file, or mappings of the fields of a case.
            by: Who wrote them, where they do not say.
            why: Why these.
            source: expert, adversarial or synthetic, where they do not say.

        Raises:
            UnreadableFile: The file is missing, empty or no table.
            BadRequest: It has a column that cases do not have, or an id that is taken.
        """
        from workbench.golden.cases import Case
        from workbench.golden.incoming import read_cases

        by, rejected = self._golden_author(by), []
        told = str(self.redactor.redact([why.strip()])[0][0]) if why.strip() else ""
        if isinstance(cases, str | Path):
            incoming = read_cases(Path(cases), source=source)
            drafts, rejected = list(incoming.drafts), list(incoming.rejected_rows)
        else:
            usual = {"case_id": "new", "source": source or "expert"}
            drafts = [{"row": at, **usual, **each} for at, each in enumerate(cases)]
        taken = {row["case_id"] for row in self.store.case_rows()}
        new = []
        for each in drafts:
            row = each.pop("row")
            if each["case_id"] == "new":
                each["case_id"] = self._new_case_id(secrets.token_hex(16))
            if not each.get("labelled_by") and str(each.get("expected_behavior") or "").strip():
                each["labelled_by"] = [by]
            try:
                if each["case_id"] in taken:
                    raise BadRequest("case_id: a case of that id is there already")
                new.append((Case.from_dict(self._safe_case(each), draft=True).to_dict(), None, told))
                taken.add(each["case_id"])
            except BadRequest as refused:
                rejected.append({"row": row, "reason": str(refused)})
        made = self._add_drafts(new, by=by, pool="golden")
        return CasesReport(len(made), 0, len(rejected), sorted(rejected, key=lambda one: one["row"]), made)

    def _add_drafts(
        self, new: Sequence[tuple[dict[str, Any], str | None, str]], *, by: str, pool: str
    ) -> tuple[str, ...]:
        now = datetime.now(UTC)
        fixed = {"pool": pool, "status": "candidate", "proposed_at": now, "proposed_by": by}
        rows = [
            {**fixed, "case_id": content["case_id"], "content": content, "origin": origin, "why": why or None}
            for content, origin, why in new
        ]
        done = {"how": "proposed", "kind": None, "changed_by": by, "changed_at": now}
        self.store.add_cases(rows, [{**done, "case_id": row["case_id"], "reason": row["why"] or ""} for row in rows])
        return tuple(row["case_id"] for row in rows)

    def _new_case_id(self, of: str) -> str:
        return f"case-{hmac.new(self.store.secret, b'case id' + of.encode(), sha256).hexdigest()[:10]}"

    def _case_origin(self, trace_id: str) -> str:
        return hmac.new(self.store.secret, b"case origin" + trace_id.encode(), sha256).hexdigest()

    def _rubric_fields(self) -> dict[str, Any]:
        rubric = self.rubric()
        if not rubric.version:
            return {}
        told = {each.name: {"definition": each.definition, "values": list(each.values)} for each in rubric.dimensions}
        return {"rubric": told, "rubric_version": rubric.version}

    def _labels_for_cases(self, trace_ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
        labels = self.store.labels(trace_ids=list(trace_ids))
        coded = self.coded_labels()
        now = coded[coded["trace_id"].isin(set(trace_ids)) & coded["code"].notna()]
        found: dict[str, list[dict[str, Any]]] = {}
        for row in labels[labels["dimension"] != "code"].to_dict("records"):
            found.setdefault(str(row["trace_id"]), []).append(_plain(row))
        for row in now.assign(value=now["code"]).to_dict("records"):
            found.setdefault(str(row["trace_id"]), []).append(_plain(row))
        return found

    def _cluster_names(self, trace_ids: Sequence[str]) -> dict[str, str]:
        newest = self.store.newest_map()
        if not trace_ids or newest is None:
            return {}
        clusters = self.store.map(newest).clusters.set_index("cluster")["name"].to_dict()
        points = self.store.query("SELECT trace_id, cluster FROM points")
        points = points[points["trace_id"].isin(set(trace_ids))]
        known = points[points["cluster"].notna()]
        return {
            str(trace_id): str(clusters[int(cluster)])
            for trace_id, cluster in zip(known["trace_id"], known["cluster"], strict=True)
            if int(cluster) in clusters
        }


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(k): None if v is None or v != v or str(v) == "<NA>" else v for k, v in row.items()}
