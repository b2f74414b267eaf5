"""The first tables: batches and their files, labels, samples, maps, the revision."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_time = sa.DateTime(timezone=True)
_row_id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "workspace",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("identity", sa.Text, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("created_at", _time, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_workspace"),
    )
    op.create_table(
        "batches",
        sa.Column("batch", sa.Text, nullable=False),
        sa.Column("created_at", _time, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("batch", name="pk_batches"),
    )
    op.create_table(
        "files",
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("batch", sa.Text, nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("columns", sa.Text, nullable=False),
        sa.Column("retired", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("path", name="pk_files"),
    )
    op.create_index("ix_files_batch", "files", ["batch"])
    op.create_table(
        "labels",
        sa.Column("label_id", _row_id, nullable=False),
        sa.Column("trace_id", sa.Text, nullable=False),
        sa.Column("dimension", sa.Text, nullable=False),
        sa.Column("value", sa.Text),
        sa.Column("severity", sa.BigInteger),
        sa.Column("note", sa.Text),
        sa.Column("gold_answer", sa.Text),
        sa.Column("annotator", sa.Text),
        sa.Column("annotator_kind", sa.Text),
        sa.Column("codebook_version", sa.BigInteger),
        sa.Column("round", sa.Text),
        sa.Column("saw", sa.Text),
        sa.Column("seconds", sa.Double),
        sa.Column("labelled_at", _time, nullable=False),
        sa.Column("batch", sa.Text),
        sa.PrimaryKeyConstraint("label_id", name="pk_labels"),
    )
    op.create_index("ix_labels_trace_id", "labels", ["trace_id"])
    op.create_table(
        "samples",
        sa.Column("row_id", _row_id, nullable=False),
        sa.Column("sample_id", sa.Text, nullable=False),
        sa.Column("trace_id", sa.Text, nullable=False),
        sa.Column("stratum", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("weight", sa.Double),
        sa.PrimaryKeyConstraint("row_id", name="pk_samples"),
        sa.UniqueConstraint("sample_id", "trace_id", name="uq_samples_sample_id_trace_id"),
    )
    op.create_table(
        "maps",
        sa.Column("map_id", sa.Text, nullable=False),
        sa.Column("created_at", _time, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("params", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("map_id", name="pk_maps"),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("maps", "samples", "labels", "files", "batches", "workspace"):
        op.drop_table(table)
