"""Scenarios: a plan compared with itself as changed."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

OWNER, SERVICE = "pacesetter_owner", "pacesetter_service"

TABLE = """
CREATE TABLE scenarios (
    id UUID NOT NULL,
    run_id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    name VARCHAR NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    settings_version INTEGER NOT NULL,
    base JSONB NOT NULL,
    changes JSONB NOT NULL,
    figures JSONB NOT NULL,
    force_id UUID NOT NULL,
    CONSTRAINT pk_scenarios PRIMARY KEY (id),
    CONSTRAINT fk_scenarios_run_id FOREIGN KEY(run_id) REFERENCES runs (id),
    CONSTRAINT fk_scenarios_force_id FOREIGN KEY(force_id) REFERENCES forces (id)
);
CREATE INDEX ix_scenarios_force_id ON scenarios (force_id);
"""


def upgrade() -> None:
    op.execute(f"SET LOCAL ROLE {OWNER}")
    op.execute(TABLE)
    op.execute(f"""
        ALTER TABLE scenarios ENABLE ROW LEVEL SECURITY;
        ALTER TABLE scenarios FORCE ROW LEVEL SECURITY;
        CREATE POLICY one_force ON scenarios
            USING (current_setting('pacesetter.force', true) IN ('*', force_id::text))
            WITH CHECK (current_setting('pacesetter.force', true) IN ('*', force_id::text));
        GRANT SELECT, INSERT ON scenarios TO {SERVICE};
        SET LOCAL ROLE NONE;
    """)


def downgrade() -> None:
    op.execute("DROP TABLE scenarios")
