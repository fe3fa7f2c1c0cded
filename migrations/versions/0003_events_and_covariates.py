"""Events of a force as immutable versions, and partners' feeds with the time that each value became known."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

OWNER, SERVICE = "pacesetter_owner", "pacesetter_service"

TABLES = """
CREATE TABLE event_versions (
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor_id UUID NOT NULL,
    actor_name VARCHAR NOT NULL,
    set_by VARCHAR,
    is_withdrawn BOOLEAN NOT NULL,
    body JSONB NOT NULL,
    force_id UUID NOT NULL,
    CONSTRAINT pk_event_versions PRIMARY KEY (id, version),
    CONSTRAINT fk_event_versions_actor_id FOREIGN KEY(actor_id) REFERENCES actors (id),
    CONSTRAINT fk_event_versions_force_id FOREIGN KEY(force_id) REFERENCES forces (id)
);
CREATE INDEX ix_event_versions_force_id ON event_versions (force_id);
CREATE TABLE covariate_values (
    force_id UUID NOT NULL,
    name VARCHAR NOT NULL,
    day DATE NOT NULL,
    issued_at TIMESTAMP WITH TIME ZONE NOT NULL,
    value DOUBLE PRECISION NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor_id UUID NOT NULL,
    CONSTRAINT pk_covariate_values PRIMARY KEY (force_id, name, day, issued_at),
    CONSTRAINT fk_covariate_values_force_id FOREIGN KEY(force_id) REFERENCES forces (id),
    CONSTRAINT fk_covariate_values_actor_id FOREIGN KEY(actor_id) REFERENCES actors (id)
);
"""


def upgrade() -> None:
    op.execute(f"SET LOCAL ROLE {OWNER}")
    op.execute(TABLES)
    for table in ("event_versions", "covariate_values"):
        op.execute(f"""
            ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
            CREATE POLICY one_force ON {table}
                USING (current_setting('pacesetter.force', true) IN ('*', force_id::text))
                WITH CHECK (current_setting('pacesetter.force', true) IN ('*', force_id::text));
            GRANT SELECT, INSERT ON {table} TO {SERVICE};
        """)
    op.execute("SET LOCAL ROLE NONE")


def downgrade() -> None:
    op.execute("DROP TABLE covariate_values; DROP TABLE event_versions;")
