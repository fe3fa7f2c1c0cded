"""Runs that wait are chosen in a fair order, and whose worker died are found by the job that computes them."""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

OWNER = "pacesetter_owner"


def upgrade() -> None:
    op.execute(f"""
        SET LOCAL ROLE {OWNER};
        ALTER TABLE runs ADD COLUMN job_id BIGINT, ADD COLUMN n_deaths INTEGER DEFAULT 0 NOT NULL;
        CREATE INDEX ix_runs_unfinished ON runs (status) WHERE status IN ('queued', 'running');
        CREATE INDEX ix_runs_force_id_started_at ON runs (force_id, started_at);
        SET LOCAL ROLE NONE;
    """)


def downgrade() -> None:
    op.execute("""
        DROP INDEX ix_runs_force_id_started_at;
        DROP INDEX ix_runs_unfinished;
        ALTER TABLE runs DROP COLUMN job_id, DROP COLUMN n_deaths;
    """)
