"""What a label is about and whether it was taken back; the plan behind a sample; the codebook's versions."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_time = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add them."""
    op.add_column("workspace", sa.Column("traces_revision", sa.BigInteger, nullable=False, server_default=sa.text("0")))
    op.add_column("labels", sa.Column("at", sa.Text))
    op.add_column("labels", sa.Column("withdrawn", sa.Boolean))
    op.create_table(
        "sample_plans",
        sa.Column("sample_id", sa.Text, nullable=False),
        sa.Column("created_at", _time, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("plan", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("sample_id", name="pk_sample_plans"),
    )
    op.create_table(
        "codebook_versions",
        sa.Column("version", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("changed_at", _time, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("change", sa.Text, nullable=False),
        sa.Column("codes", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_codebook_versions"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("codebook_versions")
    op.drop_table("sample_plans")
    op.drop_column("labels", "withdrawn")
    op.drop_column("labels", "at")
    op.drop_column("workspace", "traces_revision")
