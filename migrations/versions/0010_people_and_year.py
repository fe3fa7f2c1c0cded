"""People in and the year: who left, patterns in use, how files are read, hours and balances, roll-outs, leave."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

OWNER, SERVICE = "pacesetter_owner", "pacesetter_service"

STEPS = """
ALTER TABLE handlers ADD COLUMN removed_at TIMESTAMP WITH TIME ZONE;
CREATE TABLE patterns_in_use (
    force_id UUID NOT NULL,
    name VARCHAR NOT NULL,
    body JSONB NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_patterns_in_use PRIMARY KEY (force_id, name),
    CONSTRAINT fk_patterns_in_use_force_id FOREIGN KEY(force_id) REFERENCES forces (id)
);
CREATE TABLE people_mappings (
    force_id UUID NOT NULL,
    name VARCHAR NOT NULL,
    body JSONB NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    removed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_people_mappings PRIMARY KEY (force_id, name),
    CONSTRAINT fk_people_mappings_force_id FOREIGN KEY(force_id) REFERENCES forces (id)
);
CREATE TABLE worked_weeks (
    force_id UUID NOT NULL,
    ref VARCHAR NOT NULL,
    week_start DATE NOT NULL,
    planned_min INTEGER,
    actual_min INTEGER,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_worked_weeks PRIMARY KEY (force_id, ref, week_start),
    CONSTRAINT fk_worked_weeks_force_id FOREIGN KEY(force_id) REFERENCES forces (id)
);
CREATE TABLE balances (
    force_id UUID NOT NULL,
    ref VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    as_of DATE NOT NULL,
    minutes INTEGER NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_balances PRIMARY KEY (force_id, ref, kind, as_of),
    CONSTRAINT fk_balances_force_id FOREIGN KEY(force_id) REFERENCES forces (id)
);
CREATE TABLE roll_outs (
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor_id UUID NOT NULL,
    actor_name VARCHAR NOT NULL,
    first DATE NOT NULL,
    last DATE NOT NULL,
    reason VARCHAR,
    summary JSONB NOT NULL,
    force_id UUID NOT NULL,
    CONSTRAINT pk_roll_outs PRIMARY KEY (id),
    CONSTRAINT fk_roll_outs_actor_id FOREIGN KEY(actor_id) REFERENCES actors (id),
    CONSTRAINT fk_roll_outs_force_id FOREIGN KEY(force_id) REFERENCES forces (id)
);
CREATE INDEX ix_roll_outs_force_id ON roll_outs (force_id);
CREATE TABLE rolled_days (
    roll_out_id UUID NOT NULL,
    ref VARCHAR NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    first DATE NOT NULL,
    days JSONB NOT NULL,
    notified JSONB NOT NULL,
    force_id UUID NOT NULL,
    CONSTRAINT pk_rolled_days PRIMARY KEY (roll_out_id, ref),
    CONSTRAINT fk_rolled_days_roll_out_id FOREIGN KEY(roll_out_id) REFERENCES roll_outs (id),
    CONSTRAINT fk_rolled_days_force_id FOREIGN KEY(force_id) REFERENCES forces (id)
);
CREATE INDEX ix_rolled_days_force_id ON rolled_days (force_id);
CREATE TABLE leave_requests (
    id UUID NOT NULL,
    ref VARCHAR NOT NULL,
    first DATE NOT NULL,
    last DATE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor_id UUID NOT NULL,
    actor_name VARCHAR NOT NULL,
    evidence JSONB NOT NULL,
    status VARCHAR NOT NULL,
    decided_at TIMESTAMP WITH TIME ZONE,
    decided_by VARCHAR,
    reason VARCHAR,
    decided_on JSONB,
    force_id UUID NOT NULL,
    CONSTRAINT pk_leave_requests PRIMARY KEY (id),
    CONSTRAINT fk_leave_requests_actor_id FOREIGN KEY(actor_id) REFERENCES actors (id),
    CONSTRAINT fk_leave_requests_force_id FOREIGN KEY(force_id) REFERENCES forces (id)
);
CREATE INDEX ix_leave_requests_force_id ON leave_requests (force_id);
"""

# Each table with what the service may do.
TABLES = {
    "patterns_in_use": "SELECT, INSERT, UPDATE",
    "people_mappings": "SELECT, INSERT, UPDATE",
    "worked_weeks": "SELECT, INSERT, UPDATE",
    "balances": "SELECT, INSERT, UPDATE",
    "roll_outs": "SELECT, INSERT",
    "rolled_days": "SELECT, INSERT",
    "leave_requests": "SELECT, INSERT, UPDATE (status, decided_at, decided_by, reason, decided_on)",
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
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
    op.execute("ALTER TABLE handlers DROP COLUMN removed_at")
