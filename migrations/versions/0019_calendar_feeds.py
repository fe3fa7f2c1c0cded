"""Secret addresses by which handlers' calendars follow their duties."""

from __future__ import annotations

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

OWNER, SERVICE = "pacesetter_owner", "pacesetter_service"

STEPS = f"""
CREATE TABLE calendar_feeds (
    id UUID NOT NULL,
    ref VARCHAR NOT NULL,
    actor_id UUID NOT NULL,
    digest BYTEA NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    last_used_at TIMESTAMP WITH TIME ZONE,
    revoked_at TIMESTAMP WITH TIME ZONE,
    force_id UUID NOT NULL,
    CONSTRAINT pk_calendar_feeds PRIMARY KEY (id),
    CONSTRAINT fk_calendar_feeds_actor_id FOREIGN KEY(actor_id) REFERENCES actors (id),
    CONSTRAINT uq_calendar_feeds_digest UNIQUE (digest),
    CONSTRAINT fk_calendar_feeds_force_id FOREIGN KEY(force_id) REFERENCES forces (id)
);
CREATE INDEX ix_calendar_feeds_force_id ON calendar_feeds (force_id);
CREATE UNIQUE INDEX ix_calendar_feeds_force_id_ref ON calendar_feeds (force_id, ref) WHERE revoked_at IS NULL;
ALTER TABLE calendar_feeds ENABLE ROW LEVEL SECURITY;
ALTER TABLE calendar_feeds FORCE ROW LEVEL SECURITY;
CREATE POLICY one_force ON calendar_feeds
    USING (current_setting('pacesetter.force', true) IN ('*', force_id::text))
    WITH CHECK (current_setting('pacesetter.force', true) IN ('*', force_id::text));
GRANT SELECT, INSERT, UPDATE ON calendar_feeds TO {SERVICE};
"""


def upgrade() -> None:
    op.execute(f"SET LOCAL ROLE {OWNER}")
    op.execute(STEPS)
    op.execute("SET LOCAL ROLE NONE")


def downgrade() -> None:
    op.execute("DROP TABLE calendar_feeds;")
