"""What the golden queries fetched, each time it was written down."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_time = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add them."""
    op.create_table(
        "retrieval_snapshots",
        sa.Column("snapshot_id", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("as_of", _time, nullable=False),
        sa.Column("taken_at", _time, nullable=False),
        sa.Column("taken_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("snapshot_id", name="pk_retrieval_snapshots"),
    )
    op.create_table(
        "retrievals",
        sa.Column("row_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("snapshot_id", sa.Text, nullable=False),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("trace_id", sa.Text),
        sa.Column("fetched", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("row_id", name="pk_retrievals"),
        sa.UniqueConstraint("snapshot_id", "case_id", name="uq_retrievals_snapshot_id_case_id"),
    )
    op.create_index("ix_retrievals_trace_id", "retrievals", ["trace_id"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("retrievals")
    op.drop_table("retrieval_snapshots")
