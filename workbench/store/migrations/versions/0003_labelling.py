"""The rubric, queues of labelling, adjudications and judges."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_time = sa.DateTime(timezone=True)
_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add them."""
    op.add_column("labels", sa.Column("rubric_version", sa.BigInteger))
    op.create_table(
        "rubric_versions",
        sa.Column("version", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("changed_at", _time, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("dimensions", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_rubric_versions"),
    )
    op.create_table(
        "queues",
        sa.Column("queue_id", sa.Text, nullable=False),
        sa.Column("created_at", _time, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("sample_id", sa.Text),
        sa.Column("rubric_version", sa.BigInteger, nullable=False),
        sa.Column("plan", sa.Text, nullable=False),
        sa.Column("closed_at", _time),
        sa.PrimaryKeyConstraint("queue_id", name="pk_queues"),
    )
    op.create_table(
        "queue_slots",
        sa.Column("slot_id", _number, nullable=False),
        sa.Column("queue_id", sa.Text, nullable=False),
        sa.Column("place", sa.BigInteger, nullable=False),
        sa.Column("trace_id", sa.Text, nullable=False),
        sa.Column("gold", sa.Boolean, nullable=False),
        sa.Column("assigned", sa.Text),
        sa.Column("annotator", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("held_at", _time),
        sa.Column("expires_at", _time),
        sa.Column("answer", sa.Text),
        sa.Column("draft", sa.Text),
        sa.Column("answered_at", _time),
        sa.Column("revealed_at", _time),
        sa.Column("revealed_to", sa.Text),
        sa.Column("done_at", _time),
        sa.Column("seconds", sa.Double),
        sa.UniqueConstraint("queue_id", "trace_id", "annotator", name="uq_queue_slots_queue_id_trace_id_annotator"),
        sa.PrimaryKeyConstraint("slot_id", name="pk_queue_slots"),
    )
    op.create_index("ix_queue_slots_queue_id", "queue_slots", ["queue_id"])
    op.create_table(
        "adjudications",
        sa.Column("adjudication_id", _number, nullable=False),
        sa.Column("trace_id", sa.Text, nullable=False),
        sa.Column("dimension", sa.Text, nullable=False),
        sa.Column("how", sa.Text, nullable=False),
        sa.Column("value", sa.Text),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("decided_by", sa.Text, nullable=False),
        sa.Column("decided_at", _time, nullable=False),
        sa.Column("votes", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("adjudication_id", name="pk_adjudications"),
    )
    op.create_index("ix_adjudications_trace_id", "adjudications", ["trace_id"])
    op.create_table(
        "judge_versions",
        sa.Column("judge", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("created_at", _time, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("spec", sa.Text, nullable=False),
        sa.Column("prompt_hash", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("judge", "version", name="pk_judge_versions"),
    )
    op.create_table(
        "judgements",
        sa.Column("judgement_id", _number, nullable=False),
        sa.Column("judge", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("prompt_hash", sa.Text, nullable=False),
        sa.Column("trace_id", sa.Text, nullable=False),
        sa.Column("text_hash", sa.Text),
        sa.Column("replicate", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("value", sa.Text),
        sa.Column("critique", sa.Text),
        sa.Column("problem", sa.Text),
        sa.Column("tokens_in", sa.BigInteger),
        sa.Column("tokens_out", sa.BigInteger),
        sa.Column("cost_usd", sa.Double),
        sa.Column("latency_ms", sa.Double),
        sa.Column("run_id", sa.Text),
        sa.Column("asked_at", _time, nullable=False),
        sa.Column("expires_at", _time),
        sa.Column("answered_at", _time),
        sa.UniqueConstraint(
            "judge", "prompt_hash", "trace_id", "replicate", name="uq_judgements_judge_prompt_hash_trace_id_replicate"
        ),
        sa.PrimaryKeyConstraint("judgement_id", name="pk_judgements"),
    )
    op.create_table(
        "judge_runs",
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("judge", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("started_at", _time, nullable=False),
        sa.Column("ended_at", _time),
        sa.Column("plan", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text),
        sa.PrimaryKeyConstraint("run_id", name="pk_judge_runs"),
    )
    op.create_table(
        "judge_looks",
        sa.Column("look_id", _number, nullable=False),
        sa.Column("judge", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("dimension", sa.Text, nullable=False),
        sa.Column("part", sa.Text, nullable=False),
        sa.Column("n", sa.BigInteger, nullable=False),
        sa.Column("looked_by", sa.Text, nullable=False),
        sa.Column("looked_at", _time, nullable=False),
        sa.PrimaryKeyConstraint("look_id", name="pk_judge_looks"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("judge_looks")
    op.drop_table("judge_runs")
    op.drop_table("judgements")
    op.drop_table("judge_versions")
    op.drop_table("adjudications")
    op.drop_table("queue_slots")
    op.drop_table("queues")
    op.drop_table("rubric_versions")
    op.drop_column("labels", "rubric_version")
