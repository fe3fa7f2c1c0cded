"""The life of rosters: periods of several weeks, revisions, who changed what, swap requests.

Rosters that stand already are drafts of one week in their first revision. What a run made is never changed otherwise:
the service may update a roster's status, revision, body and certificate alone, and each change is a row of its own.
"""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

OWNER, SERVICE = "pacesetter_owner", "pacesetter_service"

STEPS = f"""
ALTER TABLE rosters
    ADD COLUMN weeks INTEGER NOT NULL DEFAULT 1,
    ADD COLUMN revision INTEGER NOT NULL DEFAULT 1,
    ADD COLUMN based_on UUID,
    ADD CONSTRAINT fk_rosters_based_on FOREIGN KEY(based_on) REFERENCES rosters (id);
ALTER TABLE rosters ALTER COLUMN weeks DROP DEFAULT, ALTER COLUMN revision DROP DEFAULT;
CREATE INDEX ix_rosters_force_id_week_start ON rosters (force_id, week_start);
GRANT UPDATE (status, revision, body, certificate) ON rosters TO {SERVICE};
CREATE TABLE roster_changes (
    roster_id UUID NOT NULL,
    revision INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor_id UUID NOT NULL,
    actor_name VARCHAR NOT NULL,
    action VARCHAR NOT NULL,
    reason VARCHAR,
    details JSONB NOT NULL,
    force_id UUID NOT NULL,
    CONSTRAINT pk_roster_changes PRIMARY KEY (roster_id, revision),
    CONSTRAINT fk_roster_changes_roster_id FOREIGN KEY(roster_id) REFERENCES rosters (id),
    CONSTRAINT fk_roster_changes_actor_id FOREIGN KEY(actor_id) REFERENCES actors (id),
    CONSTRAINT fk_roster_changes_force_id FOREIGN KEY(force_id) REFERENCES forces (id)
);
CREATE INDEX ix_roster_changes_force_id ON roster_changes (force_id);
CREATE TABLE swap_requests (
    id UUID NOT NULL,
    roster_id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor_id UUID NOT NULL,
    actor_name VARCHAR NOT NULL,
    body JSONB NOT NULL,
    status VARCHAR NOT NULL,
    decided_at TIMESTAMP WITH TIME ZONE,
    decided_by VARCHAR,
    reason VARCHAR,
    force_id UUID NOT NULL,
    CONSTRAINT pk_swap_requests PRIMARY KEY (id),
    CONSTRAINT fk_swap_requests_roster_id FOREIGN KEY(roster_id) REFERENCES rosters (id),
    CONSTRAINT fk_swap_requests_actor_id FOREIGN KEY(actor_id) REFERENCES actors (id),
    CONSTRAINT fk_swap_requests_force_id FOREIGN KEY(force_id) REFERENCES forces (id)
);
CREATE INDEX ix_swap_requests_force_id ON swap_requests (force_id);
CREATE INDEX ix_swap_requests_roster_id ON swap_requests (roster_id);
"""

# Each table with what the service may do.
TABLES = {
    "roster_changes": "SELECT, INSERT",
    "swap_requests": "SELECT, INSERT, UPDATE (status, decided_at, decided_by, reason)",
}


def upgrade() -> None:
    op.execute(f"SET LOCAL ROLE {OWNER}")
    op.execute(STEPS)
    for table, rights in TABLES.items():
        op.execute(f"""
            ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
            CREATE POLICY one_force ON {table}
                USING (current_setting('pacesetter.force', true) IN ('*', force_id::text))
                WITH CHECK (current_setting('pacesetter.force', true) IN ('*', force_id::text));
            GRANT {rights} ON {table} TO {SERVICE};
        """)
    op.execute("SET LOCAL ROLE NONE")


def downgrade() -> None:
    op.execute(f"""
        DROP TABLE swap_requests;
        DROP TABLE roster_changes;
        REVOKE UPDATE (status, revision, body, certificate) ON rosters FROM {SERVICE};
        DROP INDEX ix_rosters_force_id_week_start;
        ALTER TABLE rosters DROP COLUMN based_on, DROP COLUMN revision, DROP COLUMN weeks;
    """)
