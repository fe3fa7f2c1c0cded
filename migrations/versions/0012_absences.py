"""Absences, options for heads that are missing on the day, call-outs, and rest that is owed."""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

OWNER, SERVICE = "pacesetter_owner", "pacesetter_service"

STEPS = """
CREATE TABLE absences (
    id UUID NOT NULL,
    handler VARCHAR NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    credited BOOLEAN NOT NULL,
    told_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor_id UUID NOT NULL,
    actor_name VARCHAR NOT NULL,
    status VARCHAR NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE,
    changed_by VARCHAR,
    force_id UUID NOT NULL,
    CONSTRAINT pk_absences PRIMARY KEY (id),
    CONSTRAINT fk_absences_actor_id FOREIGN KEY(actor_id) REFERENCES actors (id),
    CONSTRAINT fk_absences_force_id FOREIGN KEY(force_id) REFERENCES forces (id)
);
CREATE INDEX ix_absences_force_id ON absences (force_id);
CREATE INDEX ix_absences_force_id_handler_starts_at ON absences (force_id, handler, starts_at);
CREATE TABLE same_day_options (
    id UUID NOT NULL,
    run_id UUID NOT NULL,
    absence_id UUID,
    roster_id UUID NOT NULL,
    revision INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    weak JSONB,
    options JSONB,
    chosen VARCHAR,
    chosen_at TIMESTAMP WITH TIME ZONE,
    chosen_by VARCHAR,
    force_id UUID NOT NULL,
    CONSTRAINT pk_same_day_options PRIMARY KEY (id),
    CONSTRAINT fk_same_day_options_run_id FOREIGN KEY(run_id) REFERENCES runs (id),
    CONSTRAINT fk_same_day_options_absence_id FOREIGN KEY(absence_id) REFERENCES absences (id),
    CONSTRAINT fk_same_day_options_roster_id FOREIGN KEY(roster_id) REFERENCES rosters (id),
    CONSTRAINT fk_same_day_options_force_id FOREIGN KEY(force_id) REFERENCES forces (id)
);
CREATE INDEX ix_same_day_options_force_id ON same_day_options (force_id);
CREATE INDEX ix_same_day_options_absence_id ON same_day_options (absence_id);
CREATE TABLE call_outs (
    id UUID NOT NULL,
    handler VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    minutes INTEGER NOT NULL,
    roster_id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    force_id UUID NOT NULL,
    CONSTRAINT pk_call_outs PRIMARY KEY (id),
    CONSTRAINT fk_call_outs_roster_id FOREIGN KEY(roster_id) REFERENCES rosters (id),
    CONSTRAINT fk_call_outs_force_id FOREIGN KEY(force_id) REFERENCES forces (id)
);
CREATE INDEX ix_call_outs_force_id ON call_outs (force_id);
CREATE INDEX ix_call_outs_force_id_handler_starts_at ON call_outs (force_id, handler, starts_at);
CREATE TABLE rest_owed (
    id UUID NOT NULL,
    handler VARCHAR NOT NULL,
    rule VARCHAR NOT NULL,
    day DATE NOT NULL,
    owed_min INTEGER NOT NULL,
    owed_by DATE,
    reason VARCHAR,
    roster_id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    given_from TIMESTAMP WITH TIME ZONE,
    given_until TIMESTAMP WITH TIME ZONE,
    given_at TIMESTAMP WITH TIME ZONE,
    given_by VARCHAR,
    force_id UUID NOT NULL,
    CONSTRAINT pk_rest_owed PRIMARY KEY (id),
    CONSTRAINT fk_rest_owed_roster_id FOREIGN KEY(roster_id) REFERENCES rosters (id),
    CONSTRAINT fk_rest_owed_force_id FOREIGN KEY(force_id) REFERENCES forces (id)
);
CREATE INDEX ix_rest_owed_force_id ON rest_owed (force_id);
"""

# Each table with what the service may do.
TABLES = {
    "absences": "SELECT, INSERT, UPDATE (ends_at, status, changed_at, changed_by)",
    "same_day_options": "SELECT, INSERT, UPDATE (options, chosen, chosen_at, chosen_by)",
    "call_outs": "SELECT, INSERT",
    "rest_owed": "SELECT, INSERT, UPDATE (given_from, given_until, given_at, given_by)",
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
    for table in ("rest_owed", "call_outs", "same_day_options", "absences"):
        op.execute(f"DROP TABLE {table}")
