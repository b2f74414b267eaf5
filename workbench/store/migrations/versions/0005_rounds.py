"""The recurring rounds."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_time = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add them."""
    op.create_table(
        "rounds",
        sa.Column("round_id", sa.Text, nullable=False),
        sa.Column("period", sa.Text, nullable=False),
        sa.Column("started_at", _time, nullable=False),
        sa.Column("started_by", sa.Text, nullable=False),
        sa.Column("ended_at", _time),
        sa.Column("steps", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("round_id", name="pk_rounds"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("rounds")
