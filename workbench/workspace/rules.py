"""The verbs of rules: which there are, and run them over the traces.

A rule's labels bear its name as annotator and are of kind ``rule``. Its reasons pass the redactor like any other text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from workbench import tables
from workbench.errors import BadRequest, UnknownName
from workbench.workspace.rubric import RubricVerbs

if TYPE_CHECKING:
    from pandas import DataFrame

    from workbench.rules import Rule, RuleReport, Said

Progress = Callable[[str, int, int | None], None]
TEXTS = tuple(column.name for column in tables.TRACES if column.type in ("text", "json") and column.name != "trace_id")
NESTED = tuple(column.name for column in tables.TRACES if column.type == "json")
GOLD = "gold_answer"
LONGEST_NAME = 60


@dataclass(frozen=True)
class RulesReport:
    """What a run of rules did.

    Attributes:
        rules: One report for each.
    """

    rules: tuple[RuleReport, ...]

    @property
    def new(self) -> int:
        """Labels written by all of them."""
        return sum(each.new for each in self.rules)

    @property
    def problems(self) -> int:
        """Answers that could not be given."""
        return sum(each.problems for each in self.rules)


class RuleVerbs(RubricVerbs):
    """Checks that need no judgement."""

    def rules(self) -> DataFrame:
        """The rules of workspace.toml, with what their labels say.

        Returns:
            Columns rule, kind, field, where, dimension, passed and failed (labels that count), and problem: why it
            cannot be run, or empty.
        """
        import pandas as pd

        counted = self.store.labels()
        counted = counted[counted["annotator_kind"] == "rule"]
        rows = []
        for name, rule in self.settings.rules.items():
            said = counted.loc[counted["annotator"] == name, "value"]
            row: dict[str, Any] = {"rule": name, "kind": rule.kind, "field": rule.field, "where": rule.where}
            row |= {"dimension": rule.dimension}
            row |= {"passed": int((said == "pass").sum()), "failed": int((said == "fail").sum())}
            try:
                self._ready_rule(name, rule)
            except BadRequest as error:
                rows.append({**row, "problem": str(error)})
            else:
                rows.append({**row, "problem": None})
        names = ["rule", "kind", "field", "where", "dimension", "passed", "failed", "problem"]
        return pd.DataFrame(rows, columns=names)

    def run_rules(
        self, names: Sequence[str] | None = None, *, where: str | None = None, progress: Progress | None = None
    ) -> RulesReport:
        """Run rules over the traces and write what they say as labels; a second time they add nothing.

        A rule whose definition changed says everything anew, and takes back what it said of traces it no longer looks
        at.

        Args:
            names: Of these rules; all without.
            where: A SQL condition over the traces table: only of these traces.
            progress: Told of each rule.

        Raises:
            UnknownName: There is no such rule.
            BadRequest: A rule, or the condition, cannot be used; nothing is written.
        """
        declared = self.settings.rules
        wanted = list(declared) if names is None else list(dict.fromkeys(names))
        for name in wanted:
            if name not in declared:
                raise UnknownName("rule", name, declared)
        ready = [(name, declared[name], *self._ready_rule(name, declared[name])) for name in wanted]
        made = []
        for done, (name, rule, check, version) in enumerate(ready):
            if progress:
                progress("rules", done, len(ready))
            made.append(self._run_rule(name, rule, check, version, where))
        if progress:
            progress("rules", len(ready), len(ready))
        return RulesReport(tuple(made))

    def _run_rule(self, name: str, rule: Rule, check: Any, version: str, where: str | None) -> RuleReport:
        from workbench.rules import news, report, run_rule

        both = [each for each in (where, rule.where) if each is not None]
        said = self._safe_rule_reasons(
            run_rule(check, self._rule_texts(rule, " AND ".join(f"(\n{each}\n)" for each in both)))
        )
        before = self._rule_labels(name)
        new, gone = news(said, before, dimension=rule.dimension, version=version, everywhere=where is None)
        now = max([datetime.now(UTC), *(row["labelled_at"] + timedelta(microseconds=1) for row in before)])
        fixed: dict[str, Any] = {"annotator": name, "annotator_kind": "rule", "labelled_at": now}
        fixed["saw"] = {"page": "rules", "definition": version}
        rubric = self.rubric()
        of_rubric = {"rubric_version": rubric.version} if rubric.find(rule.dimension) else {}
        back = [{key: row[key] for key in ("trace_id", "dimension", "value")} | {"withdrawn": True} for row in gone]
        rows = [{**row, **fixed} for row in back] + [{**row, **fixed, **of_rubric} for row in new]
        if rows:
            self.store.add_labels(rows)
        return report(name, rule.dimension, said, new=len(new), withdrawn=len(gone))

    def _ready_rule(self, name: str, rule: Rule) -> tuple[Any, str]:
        """A rule's check and the hash of its definition.

        Raises:
            BadRequest: It cannot be run; the message names it.
        """
        from workbench.rules import check_of, definition

        try:
            self._check_rule_name(name)
            self._check_rule_target(rule)
            schema = self._rule_schema(rule)
            return check_of(rule, schema=schema), definition(rule, schema)
        except BadRequest as error:
            raise BadRequest(
                f"rule {name!r}: {str(error).rstrip('.')}. Correct [rules.{name}] in workspace.toml."
            ) from None

    def _check_rule_name(self, name: str) -> None:
        if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
            raise BadRequest(f"its name has to have 1 to {LONGEST_NAME} characters")
        if self.redactor.has_structured([name])[0]:
            raise BadRequest("its name is stored as it is and may be no address, number of a person or the like")
        given = self.store.labels(newest=False, annotator=name)
        if (given["annotator_kind"].fillna("human") != "rule").any():
            raise BadRequest("somebody who is no rule has given labels under this name; give the rule another")

    def _check_rule_target(self, rule: Rule) -> None:
        """Refuse a text or a dimension that there is not."""
        from workbench.labels.words import DIMENSION, OF_CODES

        for field in (rule.field, *([rule.against] if rule.kind == "exact" and rule.against != GOLD else [])):
            column, _, key = field.partition(".")
            if column not in (NESTED if key else TEXTS):
                raise BadRequest(f"there is no text {field!r}; it may be {', '.join(TEXTS)}, or such as metadata.KEY")
        if rule.dimension in (*OF_CODES, "note") or not DIMENSION.fullmatch(rule.dimension):
            raise BadRequest("its dimension may be outcome or one of the rubric's, or a new one")
        known = self.rubric().find(rule.dimension)
        if known is not None and not {"pass", "fail"} <= set(known.values):
            raise BadRequest(
                f"by the rubric {known.name} is one of {', '.join(known.values)}, and a rule says pass or fail"
            )

    def _rule_schema(self, rule: Rule) -> Any:
        if rule.kind != "json_schema" or rule.schema_file is None:
            return None
        try:
            return json.loads((self.path / rule.schema_file).read_text(encoding="utf-8"))
        except OSError:
            raise BadRequest(
                f"there is no file {rule.schema_file} in the workspace's folder that can be read"
            ) from None
        except (ValueError, RecursionError):
            raise BadRequest(f"{rule.schema_file} is no JSON") from None

    def _rule_texts(self, rule: Rule, where: str) -> Iterator[tuple[str, str | None, tuple[str, ...]]]:
        against = rule.against if rule.kind == "exact" else None
        fields = [rule.field, *([against] if against not in (None, GOLD) else [])]
        columns = list(dict.fromkeys(str(field).partition(".")[0] for field in fields))
        frame = self.store.traces(columns=["trace_id", *columns], where=where or None)
        gold = self._references_of_gold() if against == GOLD else {}
        for row in frame.to_dict("records"):
            trace_id = str(row["trace_id"])
            references: tuple[str, ...] = gold.get(trace_id, ())
            if against not in (None, GOLD):
                other = _text_of(row, str(against))
                references = () if other is None else (other,)
            yield trace_id, _text_of(row, rule.field), references

    def _references_of_gold(self) -> dict[str, tuple[str, ...]]:
        labels = self._labels_of_people()
        given = labels[labels[GOLD].notna()]
        return {str(trace_id): tuple(rows[GOLD].unique()) for trace_id, rows in given.groupby("trace_id")}

    def _rule_labels(self, name: str) -> list[dict[str, Any]]:
        """The rule's labels that count, with the definition they were given by."""
        rows = []
        for row in self.store.labels(annotator=name).to_dict("records"):
            saw = json.loads(row["saw"]) if isinstance(row["saw"], str) else {}
            told = {key: row[key] for key in ("trace_id", "dimension", "value")}
            note = row["note"] if isinstance(row["note"], str) else None
            rows.append({**told, "note": note, "version": saw.get("definition"), "labelled_at": row["labelled_at"]})
        return rows

    def _safe_rule_reasons(self, said: Mapping[str, Said]) -> dict[str, Said]:
        reasons = list(dict.fromkeys(each.why for each in said.values() if each.value == "fail"))
        safe = dict(zip(reasons, self.redactor.redact([[each] for each in reasons])[0], strict=True)) if reasons else {}
        return {
            trace_id: replace(each, why=str(safe[each.why][0])) if each.value == "fail" else each
            for trace_id, each in said.items()
        }


def _text_of(row: Mapping[Any, Any], field: str) -> str | None:
    """The text of a field; of a key of a nested one its text, or its JSON where it is no text."""
    column, _, path = field.partition(".")
    value = row[column]
    if not isinstance(value, str):
        return None
    if not path:
        return value
    found = json.loads(value)
    for key in path.split("."):
        found = found.get(key) if isinstance(found, dict) else None
    if found is None or isinstance(found, str):
        return found
    return json.dumps(found, ensure_ascii=False)
