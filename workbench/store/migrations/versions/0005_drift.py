"""What was fetched for the golden queries, the recurring rounds, and what was purged."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_time = sa.DateTime(timezone=True)
_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add them."""
    op.create_table(
        "retrievals",
        sa.Column("retrieval_id", _number, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("release", sa.Text),
        sa.Column("documents", sa.Text, nullable=False),
        sa.Column("taken_at", _time, nullable=False),
        sa.PrimaryKeyConstraint("retrieval_id", name="pk_retrievals"),
        sa.UniqueConstraint("version", "case_id", "taken_at", name="uq_retrievals_version_case_id_taken_at"),
    )
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
    op.create_table(
        "purges",
        sa.Column("purge_id", _number, nullable=False),
        sa.Column("purged_at", _time, nullable=False),
        sa.Column("purged_by", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("counts", sa.Text, nullable=False),
        sa.Column("finished_at", _time),
        sa.PrimaryKeyConstraint("purge_id", name="pk_purges"),
    )


def downgrade() -> None:
    """Take them away again."""
    for table in ("purges", "rounds", "retrievals"):
        op.drop_table(table)
