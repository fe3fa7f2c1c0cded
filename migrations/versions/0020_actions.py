"""Actions of the daily meeting."""

from __future__ import annotations

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

OWNER, SERVICE = "pacesetter_owner", "pacesetter_service"

STEPS = f"""
CREATE TABLE actions (
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor_id UUID NOT NULL,
    actor_name VARCHAR NOT NULL,
    text VARCHAR NOT NULL,
    owner VARCHAR NOT NULL,
    due DATE,
    state VARCHAR NOT NULL,
    outcome VARCHAR,
    closed_at TIMESTAMP WITH TIME ZONE,
    revision INTEGER NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    changed_by VARCHAR NOT NULL,
    force_id UUID NOT NULL,
    CONSTRAINT pk_actions PRIMARY KEY (id),
    CONSTRAINT fk_actions_actor_id FOREIGN KEY(actor_id) REFERENCES actors (id),
    CONSTRAINT fk_actions_force_id FOREIGN KEY(force_id) REFERENCES forces (id)
);
CREATE INDEX ix_actions_force_id ON actions (force_id);
ALTER TABLE actions ENABLE ROW LEVEL SECURITY;
ALTER TABLE actions FORCE ROW LEVEL SECURITY;
CREATE POLICY one_force ON actions
    USING (current_setting('pacesetter.force', true) IN ('*', force_id::text))
    WITH CHECK (current_setting('pacesetter.force', true) IN ('*', force_id::text));
GRANT SELECT, INSERT, UPDATE ON actions TO {SERVICE};
"""


def upgrade() -> None:
    op.execute(f"SET LOCAL ROLE {OWNER}")
    op.execute(STEPS)
    op.execute("SET LOCAL ROLE NONE")


def downgrade() -> None:
    op.execute("DROP TABLE actions")
