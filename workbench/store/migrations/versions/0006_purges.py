"""What was purged: counts, by whom and why, and keyed hashes of the ids, to know them by when they come again."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them."""
    op.create_table(
        "purges",
        sa.Column("purge_id", sa.Text, nullable=False),
        sa.Column("purged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("purged_by", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("traces", sa.BigInteger, nullable=False),
        sa.Column("counts", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("purge_id", name="pk_purges"),
    )
    op.create_table(
        "purged_traces",
        sa.Column("pseudonym", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("pseudonym", name="pk_purged_traces"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("purged_traces")
    op.drop_table("purges")
