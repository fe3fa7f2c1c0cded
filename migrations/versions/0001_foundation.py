"""Roles, tenants, tables, row-level security and the job queue.

The owner role owns every table; the service role reads and writes them under row-level security, which it cannot bypass
(NOSUPERUSER NOBYPASSRLS), whoever logged in. Roles belong to the whole server and stay when this step is undone: other
databases may use them.
"""

from __future__ import annotations

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

OWNER, SERVICE = "pacesetter_owner", "pacesetter_service"

# Each table with the column that names its force, and what the service may do: no table allows more than it needs.
TENANT_TABLES = {
    "forces": ("id", "SELECT, INSERT"),
    "force_settings": ("force_id", "SELECT, INSERT"),
    "actors": ("force_id", "SELECT, INSERT"),
    "api_keys": ("force_id", "SELECT, INSERT, UPDATE"),
    "audit": ("force_id", "SELECT, INSERT"),
    "interval_records": ("force_id", "SELECT, INSERT, UPDATE"),
    "handlers": ("force_id", "SELECT, INSERT, UPDATE"),
    "runs": ("force_id", "SELECT, INSERT, UPDATE"),
    "run_events": ("force_id", "SELECT, INSERT"),
    "forecasts": ("force_id", "SELECT, INSERT"),
    "requirements": ("force_id", "SELECT, INSERT"),
    "rosters": ("force_id", "SELECT, INSERT"),
}

ROLES = f"""
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{OWNER}') THEN
        CREATE ROLE {OWNER} NOLOGIN NOSUPERUSER NOBYPASSRLS;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{SERVICE}') THEN
        CREATE ROLE {SERVICE} LOGIN NOSUPERUSER NOBYPASSRLS;
    END IF;
END $$;
GRANT {OWNER}, {SERVICE} TO CURRENT_USER;
GRANT USAGE, CREATE ON SCHEMA public TO {OWNER};
GRANT USAGE ON SCHEMA public TO {SERVICE};
GRANT SELECT ON alembic_version TO {SERVICE};
CREATE SCHEMA procrastinate AUTHORIZATION {OWNER};
"""

TABLES = """
CREATE TABLE forces (
    id UUID NOT NULL,
    slug VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_forces PRIMARY KEY (id),
    CONSTRAINT uq_forces_slug UNIQUE (slug)
);
CREATE TABLE actors (
    id UUID NOT NULL,
    force_id UUID,
    name VARCHAR NOT NULL,
    roles VARCHAR[] NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_actors PRIMARY KEY (id),
    CONSTRAINT fk_actors_force_id FOREIGN KEY(force_id) REFERENCES forces (id)
);
CREATE INDEX ix_actors_force_id ON actors (force_id);
CREATE TABLE force_settings (
    force_id UUID NOT NULL,
    version INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    settings JSONB NOT NULL,
    CONSTRAINT pk_force_settings PRIMARY KEY (force_id, version),
    CONSTRAINT fk_force_settings_force_id FOREIGN KEY(force_id) REFERENCES forces (id)
);
CREATE TABLE handlers (
    force_id UUID NOT NULL,
    ref VARCHAR NOT NULL,
    body JSONB NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_handlers PRIMARY KEY (force_id, ref),
    CONSTRAINT fk_handlers_force_id FOREIGN KEY(force_id) REFERENCES forces (id)
);
CREATE TABLE interval_records (
    force_id UUID NOT NULL,
    queue VARCHAR NOT NULL,
    interval_start TIMESTAMP WITH TIME ZONE NOT NULL,
    offered INTEGER NOT NULL,
    answered INTEGER,
    answered_within_threshold INTEGER,
    answered_10_60s INTEGER,
    answered_over_60s INTEGER,
    abandoned INTEGER,
    abandoned_short INTEGER,
    talk_s DOUBLE PRECISION,
    wrap_s DOUBLE PRECISION,
    answered_wait_s DOUBLE PRECISION,
    abandoned_wait_s DOUBLE PRECISION,
    callbacks_offered INTEGER,
    callbacks_accepted INTEGER,
    callbacks_completed INTEGER,
    handlers_staffed INTEGER,
    CONSTRAINT pk_interval_records PRIMARY KEY (force_id, queue, interval_start),
    CONSTRAINT fk_interval_records_force_id FOREIGN KEY(force_id) REFERENCES forces (id)
);
CREATE TABLE api_keys (
    id UUID NOT NULL,
    force_id UUID,
    actor_id UUID NOT NULL,
    prefix VARCHAR NOT NULL,
    digest BYTEA NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    revoked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_api_keys PRIMARY KEY (id),
    CONSTRAINT fk_api_keys_force_id FOREIGN KEY(force_id) REFERENCES forces (id),
    CONSTRAINT fk_api_keys_actor_id FOREIGN KEY(actor_id) REFERENCES actors (id),
    CONSTRAINT uq_api_keys_prefix UNIQUE (prefix)
);
CREATE INDEX ix_api_keys_actor_id ON api_keys (actor_id);
CREATE INDEX ix_api_keys_force_id ON api_keys (force_id);
CREATE TABLE audit (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    force_id UUID,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor_id UUID NOT NULL,
    action VARCHAR NOT NULL,
    subject VARCHAR NOT NULL,
    details JSONB NOT NULL,
    CONSTRAINT pk_audit PRIMARY KEY (id),
    CONSTRAINT fk_audit_force_id FOREIGN KEY(force_id) REFERENCES forces (id),
    CONSTRAINT fk_audit_actor_id FOREIGN KEY(actor_id) REFERENCES actors (id)
);
CREATE INDEX ix_audit_force_id ON audit (force_id);
CREATE TABLE runs (
    id UUID NOT NULL,
    kind VARCHAR NOT NULL,
    status VARCHAR NOT NULL,
    outcome VARCHAR,
    reason VARCHAR,
    progress DOUBLE PRECISION NOT NULL,
    phase VARCHAR,
    seed INTEGER NOT NULL,
    inputs JSONB NOT NULL,
    versions JSONB NOT NULL,
    result JSONB,
    attempt INTEGER NOT NULL,
    cancel_requested BOOLEAN NOT NULL,
    idempotency_key VARCHAR,
    actor_id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE,
    finished_at TIMESTAMP WITH TIME ZONE,
    force_id UUID NOT NULL,
    CONSTRAINT pk_runs PRIMARY KEY (id),
    CONSTRAINT uq_runs_force_id_idempotency_key UNIQUE (force_id, idempotency_key),
    CONSTRAINT fk_runs_actor_id FOREIGN KEY(actor_id) REFERENCES actors (id),
    CONSTRAINT fk_runs_force_id FOREIGN KEY(force_id) REFERENCES forces (id)
);
CREATE INDEX ix_runs_force_id ON runs (force_id);
CREATE TABLE forecasts (
    id UUID NOT NULL,
    run_id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    origin TIMESTAMP WITH TIME ZONE NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    settings_version INTEGER NOT NULL,
    description JSONB NOT NULL,
    arrays BYTEA NOT NULL,
    force_id UUID NOT NULL,
    CONSTRAINT pk_forecasts PRIMARY KEY (id),
    CONSTRAINT fk_forecasts_run_id FOREIGN KEY(run_id) REFERENCES runs (id),
    CONSTRAINT fk_forecasts_force_id FOREIGN KEY(force_id) REFERENCES forces (id)
);
CREATE INDEX ix_forecasts_force_id ON forecasts (force_id);
CREATE TABLE run_events (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    run_id UUID NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    kind VARCHAR NOT NULL,
    data JSONB NOT NULL,
    force_id UUID NOT NULL,
    CONSTRAINT pk_run_events PRIMARY KEY (id),
    CONSTRAINT fk_run_events_run_id FOREIGN KEY(run_id) REFERENCES runs (id),
    CONSTRAINT fk_run_events_force_id FOREIGN KEY(force_id) REFERENCES forces (id)
);
CREATE INDEX ix_run_events_force_id ON run_events (force_id);
CREATE INDEX ix_run_events_run_id ON run_events (run_id);
CREATE TABLE requirements (
    id UUID NOT NULL,
    run_id UUID NOT NULL,
    forecast_id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    settings_version INTEGER NOT NULL,
    description JSONB NOT NULL,
    columns JSONB NOT NULL,
    force_id UUID NOT NULL,
    CONSTRAINT pk_requirements PRIMARY KEY (id),
    CONSTRAINT fk_requirements_run_id FOREIGN KEY(run_id) REFERENCES runs (id),
    CONSTRAINT fk_requirements_forecast_id FOREIGN KEY(forecast_id) REFERENCES forecasts (id),
    CONSTRAINT fk_requirements_force_id FOREIGN KEY(force_id) REFERENCES forces (id)
);
CREATE INDEX ix_requirements_force_id ON requirements (force_id);
CREATE TABLE rosters (
    id UUID NOT NULL,
    run_id UUID NOT NULL,
    requirement_id UUID NOT NULL,
    forecast_id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    settings_version INTEGER NOT NULL,
    week_start DATE NOT NULL,
    mode VARCHAR NOT NULL,
    status VARCHAR NOT NULL,
    body JSONB NOT NULL,
    certificate JSONB NOT NULL,
    force_id UUID NOT NULL,
    CONSTRAINT pk_rosters PRIMARY KEY (id),
    CONSTRAINT fk_rosters_run_id FOREIGN KEY(run_id) REFERENCES runs (id),
    CONSTRAINT fk_rosters_requirement_id FOREIGN KEY(requirement_id) REFERENCES requirements (id),
    CONSTRAINT fk_rosters_forecast_id FOREIGN KEY(forecast_id) REFERENCES forecasts (id),
    CONSTRAINT fk_rosters_force_id FOREIGN KEY(force_id) REFERENCES forces (id)
);
CREATE INDEX ix_rosters_force_id ON rosters (force_id);
"""


def upgrade() -> None:
    op.execute(ROLES)
    op.execute(f"SET LOCAL ROLE {OWNER}")
    op.execute(TABLES)
    for table, (force, rights) in TENANT_TABLES.items():
        op.execute(f"""
            ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
            CREATE POLICY one_force ON {table}
                USING (current_setting('pacesetter.force', true) IN ('*', {force}::text))
                WITH CHECK (current_setting('pacesetter.force', true) IN ('*', {force}::text));
            GRANT {rights} ON {table} TO {SERVICE};
        """)
    op.execute("SET LOCAL search_path = procrastinate")
    # Straight to the driver: the queue's own script holds percent signs and many statements.
    op.get_bind().connection.driver_connection.execute(SchemaManager.get_schema())  # type: ignore[union-attr]
    op.execute(f"""
        GRANT USAGE ON SCHEMA procrastinate TO {SERVICE};
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA procrastinate TO {SERVICE};
        GRANT USAGE ON ALL SEQUENCES IN SCHEMA procrastinate TO {SERVICE};
        GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA procrastinate TO {SERVICE};
        SET LOCAL search_path = public;
        SET LOCAL ROLE NONE;
    """)


def downgrade() -> None:
    op.execute("DROP SCHEMA procrastinate CASCADE")
    for table in reversed(TENANT_TABLES):
        op.execute(f"DROP TABLE {table}")
    op.execute(f"""
        REVOKE SELECT ON alembic_version FROM {SERVICE};
        REVOKE USAGE ON SCHEMA public FROM {SERVICE};
        REVOKE USAGE, CREATE ON SCHEMA public FROM {OWNER};
    """)
