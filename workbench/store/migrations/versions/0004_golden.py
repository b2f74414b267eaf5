"""Cases, versions of the golden set, runs against it, and who looked."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_time = sa.DateTime(timezone=True)
_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add them."""
    op.create_table(
        "cases",
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("pool", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("content", sa.Text),
        sa.Column("origin", sa.Text),
        sa.Column("why", sa.Text),
        sa.Column("proposed_at", _time, nullable=False),
        sa.Column("proposed_by", sa.Text, nullable=False),
        sa.Column("private_at", _time),
        sa.Column("private_by", sa.Text),
        sa.PrimaryKeyConstraint("case_id", name="pk_cases"),
    )
    op.create_index("ix_cases_origin", "cases", ["origin"])
    op.create_table(
        "case_changes",
        sa.Column("change_id", _number, nullable=False),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("how", sa.Text, nullable=False),
        sa.Column("kind", sa.Text),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
        sa.Column("changed_at", _time, nullable=False),
        sa.PrimaryKeyConstraint("change_id", name="pk_case_changes"),
    )
    op.create_index("ix_case_changes_case_id", "case_changes", ["case_id"])
    op.create_table(
        "golden_versions",
        sa.Column("version", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("created_at", _time, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_golden_versions"),
    )
    op.create_table(
        "golden_looks",
        sa.Column("look_id", _number, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("release", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("opened_by", sa.Text, nullable=False),
        sa.Column("opened_at", sa.Text, nullable=False),
        sa.Column("n", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("look_id", name="pk_golden_looks"),
    )
    op.create_table(
        "runs",
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("release", sa.Text, nullable=False),
        sa.Column("started_at", _time, nullable=False),
        sa.Column("finished_at", _time),
        sa.Column("plan", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("run_id", name="pk_runs"),
    )
    op.create_table(
        "run_results",
        sa.Column("result_id", _number, nullable=False),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("output", sa.Text),
        sa.Column("passed", sa.Boolean),
        sa.Column("score", sa.Double),
        sa.Column("scorer", sa.Text),
        sa.Column("error", sa.Text),
        sa.Column("latency_ms", sa.Double),
        sa.Column("answered_at", _time),
        sa.UniqueConstraint("run_id", "case_id", name="uq_run_results_run_id_case_id"),
        sa.PrimaryKeyConstraint("result_id", name="pk_run_results"),
    )
    op.create_table(
        "gate_looks",
        sa.Column("look_id", _number, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("part", sa.Text, nullable=False),
        sa.Column("release", sa.Text, nullable=False),
        sa.Column("results", sa.Text, nullable=False),
        sa.Column("n", sa.BigInteger, nullable=False),
        sa.Column("passed", sa.BigInteger, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("looked_at", _time, nullable=False),
        sa.PrimaryKeyConstraint("look_id", name="pk_gate_looks"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("gate_looks")
    op.drop_table("run_results")
    op.drop_table("runs")
    op.drop_table("golden_looks")
    op.drop_table("golden_versions")
    op.drop_table("case_changes")
    op.drop_table("cases")
