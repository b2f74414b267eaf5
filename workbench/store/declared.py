"""The SQL tables of a workspace, declared once for SQLite and PostgreSQL; migrations bring a database here.

Text cannot hold NUL in PostgreSQL; it becomes U+FFFD on the way in, in both databases alike. What nests (plans, specs,
votes) is JSON text.
"""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from workbench import tables

metadata = sa.MetaData(naming_convention={"ix": "ix_%(table_name)s_%(column_0_name)s", "pk": "pk_%(table_name)s"})


class UtcTime(sa.types.TypeDecorator[datetime]):
    """An aware time, kept as UTC; SQLite has no time zones, so what comes back from it is UTC by construction."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """A naive time is taken to be UTC."""
        if value is None:
            return None
        value = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """An aware time in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class CleanText(sa.types.TypeDecorator[str]):
    """Text without NUL."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        """NUL becomes U+FFFD."""
        return None if value is None else value.replace("\x00", "\ufffd")


_TYPES: dict[str, Any] = {
    "text": CleanText,
    "json": CleanText,
    "number": sa.Double,
    "count": sa.BigInteger,
    "time": UtcTime,
    "flag": sa.Boolean,
}


def _columns(table: str, required: tuple[str, ...]) -> list[sa.Column[Any]]:
    return [sa.Column(c.name, _TYPES[c.type](), nullable=c.name not in required) for c in tables.TABLES[table]]


workspace = sa.Table(
    "workspace",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("identity", CleanText, nullable=False),
    sa.Column("revision", sa.BigInteger, nullable=False),
    sa.Column("traces_revision", sa.BigInteger, nullable=False, server_default=sa.text("0")),
    sa.Column("created_at", UtcTime, nullable=False),
)
batches = sa.Table(
    "batches",
    metadata,
    sa.Column("batch", CleanText, primary_key=True),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("summary", CleanText, nullable=False),
)
files = sa.Table(
    "files",
    metadata,
    sa.Column("path", CleanText, primary_key=True),
    sa.Column("kind", CleanText, nullable=False),
    sa.Column("batch", CleanText, nullable=False, index=True),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("columns", CleanText, nullable=False),
    sa.Column("retired", sa.Boolean, nullable=False),
)
labels = sa.Table(
    "labels",
    metadata,
    sa.Column("label_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    *_columns("labels", required=("trace_id", "dimension", "labelled_at")),
    sa.Column("batch", CleanText),
    sa.Index("ix_labels_trace_id", "trace_id"),
)
samples = sa.Table(
    "samples",
    metadata,
    sa.Column("row_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    *_columns("samples", required=("sample_id", "trace_id")),
    sa.UniqueConstraint("sample_id", "trace_id", name="uq_samples_sample_id_trace_id"),
)
sample_plans = sa.Table(
    "sample_plans",
    metadata,
    sa.Column("sample_id", CleanText, primary_key=True),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("name", CleanText, nullable=False),
    sa.Column("plan", CleanText, nullable=False),
)
codebook_versions = sa.Table(
    "codebook_versions",
    metadata,
    sa.Column("version", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("changed_at", UtcTime, nullable=False),
    sa.Column("author", CleanText, nullable=False),
    sa.Column("kind", CleanText, nullable=False),
    sa.Column("reason", CleanText, nullable=False),
    sa.Column("change", CleanText, nullable=False),
    sa.Column("codes", CleanText, nullable=False),
)
maps = sa.Table(
    "maps",
    metadata,
    sa.Column("map_id", CleanText, primary_key=True),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("params", CleanText, nullable=False),
)
rubric_versions = sa.Table(
    "rubric_versions",
    metadata,
    sa.Column("version", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("changed_at", UtcTime, nullable=False),
    sa.Column("author", CleanText, nullable=False),
    sa.Column("reason", CleanText, nullable=False),
    sa.Column("dimensions", CleanText, nullable=False),
)
queues = sa.Table(
    "queues",
    metadata,
    sa.Column("queue_id", CleanText, primary_key=True),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("created_by", CleanText, nullable=False),
    sa.Column("name", CleanText, nullable=False),
    sa.Column("sample_id", CleanText),
    sa.Column("rubric_version", sa.BigInteger, nullable=False),
    sa.Column("plan", CleanText, nullable=False),
    sa.Column("closed_at", UtcTime),
)
queue_slots = sa.Table(  # one row per label that is wanted: nobody is asked beyond the plan because there is no row
    "queue_slots",
    metadata,
    sa.Column("slot_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("queue_id", CleanText, nullable=False),
    sa.Column("place", sa.BigInteger, nullable=False),
    sa.Column("trace_id", CleanText, nullable=False),
    sa.Column("gold", sa.Boolean, nullable=False),
    sa.Column("assigned", CleanText),
    sa.Column("annotator", CleanText),
    sa.Column("state", CleanText, nullable=False),
    sa.Column("held_at", UtcTime),
    sa.Column("expires_at", UtcTime),
    sa.Column("answer", CleanText),
    sa.Column("draft", CleanText),
    sa.Column("answered_at", UtcTime),
    sa.Column("revealed_at", UtcTime),
    sa.Column("revealed_to", CleanText),
    sa.Column("done_at", UtcTime),
    sa.Column("seconds", sa.Double),
    sa.Index("ix_queue_slots_queue_id", "queue_id"),
    sa.UniqueConstraint("queue_id", "trace_id", "annotator", name="uq_queue_slots_queue_id_trace_id_annotator"),
)
adjudications = sa.Table(
    "adjudications",
    metadata,
    sa.Column("adjudication_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("trace_id", CleanText, nullable=False),
    sa.Column("dimension", CleanText, nullable=False),
    sa.Column("how", CleanText, nullable=False),
    sa.Column("value", CleanText),
    sa.Column("reason", CleanText, nullable=False),
    sa.Column("decided_by", CleanText, nullable=False),
    sa.Column("decided_at", UtcTime, nullable=False),
    sa.Column("votes", CleanText, nullable=False),
    sa.Index("ix_adjudications_trace_id", "trace_id"),
)
judge_versions = sa.Table(
    "judge_versions",
    metadata,
    sa.Column("judge", CleanText, primary_key=True),
    sa.Column("version", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("author", CleanText, nullable=False),
    sa.Column("reason", CleanText, nullable=False),
    sa.Column("spec", CleanText, nullable=False),
    sa.Column("prompt_hash", CleanText, nullable=False),
)
judgements = sa.Table(
    "judgements",
    metadata,
    sa.Column("judgement_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("judge", CleanText, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("prompt_hash", CleanText, nullable=False),
    sa.Column("trace_id", CleanText, nullable=False),
    sa.Column("text_hash", CleanText),
    sa.Column("replicate", sa.BigInteger, nullable=False),
    sa.Column("state", CleanText, nullable=False),
    sa.Column("value", CleanText),
    sa.Column("critique", CleanText),
    sa.Column("problem", CleanText),
    sa.Column("tokens_in", sa.BigInteger),
    sa.Column("tokens_out", sa.BigInteger),
    sa.Column("cost_usd", sa.Double),
    sa.Column("latency_ms", sa.Double),
    sa.Column("run_id", CleanText),
    sa.Column("asked_at", UtcTime, nullable=False),
    sa.Column("expires_at", UtcTime),
    sa.Column("answered_at", UtcTime),
    sa.UniqueConstraint(
        "judge", "prompt_hash", "trace_id", "replicate", name="uq_judgements_judge_prompt_hash_trace_id_replicate"
    ),
)
judge_runs = sa.Table(
    "judge_runs",
    metadata,
    sa.Column("run_id", CleanText, primary_key=True),
    sa.Column("judge", CleanText, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("started_at", UtcTime, nullable=False),
    sa.Column("ended_at", UtcTime),
    sa.Column("plan", CleanText, nullable=False),
    sa.Column("outcome", CleanText),
)
judge_looks = sa.Table(  # each look at the test part: the second one is no test any more
    "judge_looks",
    metadata,
    sa.Column("look_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("judge", CleanText, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("dimension", CleanText, nullable=False),
    sa.Column("part", CleanText, nullable=False),
    sa.Column("n", sa.BigInteger, nullable=False),
    sa.Column("looked_by", CleanText, nullable=False),
    sa.Column("looked_at", UtcTime, nullable=False),
)
cases = sa.Table(
    "cases",
    metadata,
    sa.Column("case_id", CleanText, primary_key=True),
    sa.Column("pool", CleanText, nullable=False),
    sa.Column("status", CleanText, nullable=False),
    sa.Column("content", CleanText),
    sa.Column("origin", CleanText),
    sa.Column("why", CleanText),
    sa.Column("proposed_at", UtcTime, nullable=False),
    sa.Column("proposed_by", CleanText, nullable=False),
    sa.Column("private_at", UtcTime),
    sa.Column("private_by", CleanText),
    sa.Index("ix_cases_origin", "origin"),
)
case_changes = sa.Table(  # only ever added: what the changelog of the next version is made of
    "case_changes",
    metadata,
    sa.Column("change_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("case_id", CleanText, nullable=False),
    sa.Column("how", CleanText, nullable=False),
    sa.Column("kind", CleanText),
    sa.Column("reason", CleanText, nullable=False),
    sa.Column("changed_by", CleanText, nullable=False),
    sa.Column("changed_at", UtcTime, nullable=False),
    sa.Index("ix_case_changes_case_id", "case_id"),
)
golden_versions = sa.Table(
    "golden_versions",
    metadata,
    sa.Column("version", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("author", CleanText, nullable=False),
    sa.Column("reason", CleanText, nullable=False),
    sa.Column("sha256", CleanText, nullable=False),
)
golden_looks = sa.Table(
    "golden_looks",
    metadata,
    sa.Column("look_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("release", CleanText, nullable=False),
    sa.Column("reason", CleanText, nullable=False),
    sa.Column("opened_by", CleanText, nullable=False),
    sa.Column("opened_at", CleanText, nullable=False),
    sa.Column("n", sa.BigInteger, nullable=False),
)
runs = sa.Table(
    "runs",
    metadata,
    sa.Column("run_id", CleanText, primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("release", CleanText, nullable=False),
    sa.Column("started_at", UtcTime, nullable=False),
    sa.Column("finished_at", UtcTime),
    sa.Column("plan", CleanText, nullable=False),
)
run_results = sa.Table(
    "run_results",
    metadata,
    sa.Column("result_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("run_id", CleanText, nullable=False),
    sa.Column("case_id", CleanText, nullable=False),
    sa.Column("state", CleanText, nullable=False),
    sa.Column("output", CleanText),
    sa.Column("passed", sa.Boolean),
    sa.Column("score", sa.Double),
    sa.Column("scorer", CleanText),
    sa.Column("error", CleanText),
    sa.Column("latency_ms", sa.Double),
    sa.Column("answered_at", UtcTime),
    sa.UniqueConstraint("run_id", "case_id", name="uq_run_results_run_id_case_id"),
)
gate_looks = sa.Table(  # each time the open part was scored: tuning on it shows here
    "gate_looks",
    metadata,
    sa.Column("look_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("part", CleanText, nullable=False),
    sa.Column("release", CleanText, nullable=False),
    sa.Column("results", CleanText, nullable=False),
    sa.Column("n", sa.BigInteger, nullable=False),
    sa.Column("passed", sa.BigInteger, nullable=False),
    sa.Column("verdict", CleanText, nullable=False),
    sa.Column("looked_at", UtcTime, nullable=False),
)
rounds = sa.Table(  # each recurring round and how far it came
    "rounds",
    metadata,
    sa.Column("round_id", CleanText, primary_key=True),
    sa.Column("period", CleanText, nullable=False),
    sa.Column("started_at", UtcTime, nullable=False),
    sa.Column("started_by", CleanText, nullable=False),
    sa.Column("ended_at", UtcTime),
    sa.Column("steps", CleanText, nullable=False),
)
purges = sa.Table(
    "purges",
    metadata,
    sa.Column("purge_id", CleanText, primary_key=True),
    sa.Column("purged_at", UtcTime, nullable=False),
    sa.Column("purged_by", CleanText, nullable=False),
    sa.Column("reason", CleanText, nullable=False),
    sa.Column("traces", sa.BigInteger, nullable=False),
    sa.Column("counts", CleanText, nullable=False),
)
purged_traces = sa.Table(  # keyed hashes of ids, none of which can be turned back
    "purged_traces",
    metadata,
    sa.Column("pseudonym", CleanText, primary_key=True),
)
retrieval_snapshots = sa.Table(  # each time it was written down what the golden queries fetched
    "retrieval_snapshots",
    metadata,
    sa.Column("snapshot_id", CleanText, primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("source", CleanText, nullable=False),
    sa.Column("as_of", UtcTime, nullable=False),
    sa.Column("taken_at", UtcTime, nullable=False),
    sa.Column("taken_by", CleanText, nullable=False),
)
retrievals = sa.Table(  # ids and scores of passages, no text; what came from a trace names it and goes with it
    "retrievals",
    metadata,
    sa.Column("row_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("snapshot_id", CleanText, nullable=False),
    sa.Column("case_id", CleanText, nullable=False),
    sa.Column("trace_id", CleanText),
    sa.Column("fetched", CleanText, nullable=False),
    sa.UniqueConstraint("snapshot_id", "case_id", name="uq_retrievals_snapshot_id_case_id"),
    sa.Index("ix_retrievals_trace_id", "trace_id"),
)
