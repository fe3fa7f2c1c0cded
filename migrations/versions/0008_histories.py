"""Histories in: superseded interval records, mapping profiles, rankings of the rest of today.

Records that stand already count as known from the end of their quarter-hour.
"""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

OWNER, SERVICE = "pacesetter_owner", "pacesetter_service"

STEPS = """
ALTER TABLE interval_records
    ADD COLUMN recorded_at TIMESTAMP WITH TIME ZONE,
    ADD COLUMN source VARCHAR NOT NULL DEFAULT 'import';
UPDATE interval_records SET recorded_at = interval_start + INTERVAL '15 minutes';
ALTER TABLE interval_records
    ALTER COLUMN recorded_at SET NOT NULL,
    ALTER COLUMN source DROP DEFAULT;
CREATE TABLE superseded_records (
    force_id UUID NOT NULL,
    queue VARCHAR NOT NULL,
    interval_start TIMESTAMP WITH TIME ZONE NOT NULL,
    superseded_at TIMESTAMP WITH TIME ZONE NOT NULL,
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
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    source VARCHAR NOT NULL,
    CONSTRAINT pk_superseded_records PRIMARY KEY (force_id, queue, interval_start, superseded_at),
    CONSTRAINT fk_superseded_records_force_id FOREIGN KEY(force_id) REFERENCES forces (id)
);
CREATE INDEX ix_superseded_records_force_id_superseded_at ON superseded_records (force_id, superseded_at);
CREATE TABLE mapping_versions (
    force_id UUID NOT NULL,
    name VARCHAR NOT NULL,
    version INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor_id UUID NOT NULL,
    actor_name VARCHAR NOT NULL,
    is_withdrawn BOOLEAN NOT NULL,
    body JSONB NOT NULL,
    CONSTRAINT pk_mapping_versions PRIMARY KEY (force_id, name, version),
    CONSTRAINT fk_mapping_versions_force_id FOREIGN KEY(force_id) REFERENCES forces (id),
    CONSTRAINT fk_mapping_versions_actor_id FOREIGN KEY(actor_id) REFERENCES actors (id)
);
CREATE TABLE rankings (
    forecast_id UUID NOT NULL,
    data_as_of TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    description JSONB NOT NULL,
    columns JSONB NOT NULL,
    id UUID NOT NULL,
    run_id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    settings_version INTEGER NOT NULL,
    force_id UUID NOT NULL,
    CONSTRAINT pk_rankings PRIMARY KEY (id),
    CONSTRAINT fk_rankings_forecast_id FOREIGN KEY(forecast_id) REFERENCES forecasts (id),
    CONSTRAINT fk_rankings_run_id FOREIGN KEY(run_id) REFERENCES runs (id),
    CONSTRAINT fk_rankings_force_id FOREIGN KEY(force_id) REFERENCES forces (id)
);
CREATE INDEX ix_rankings_force_id ON rankings (force_id);
"""

TABLES = ("superseded_records", "mapping_versions", "rankings")


def upgrade() -> None:
    op.execute(f"SET LOCAL ROLE {OWNER}")
    # The owner is bound by the policies too: without a force it would see no row to fill.
    op.execute("SELECT set_config('pacesetter.force', '*', true)")
    op.execute(STEPS)
    for table in TABLES:
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
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
    op.execute("ALTER TABLE interval_records DROP COLUMN source, DROP COLUMN recorded_at")
