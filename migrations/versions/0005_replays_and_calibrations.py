"""What history teaches of staffing: replays of it, calibrations against it, and the calls of a replay until it ends."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

OWNER, SERVICE = "pacesetter_owner", "pacesetter_service"

TABLES = """
CREATE TABLE calibrations (
    id UUID NOT NULL,
    run_id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    settings_version INTEGER NOT NULL,
    description JSONB NOT NULL,
    columns JSONB NOT NULL,
    force_id UUID NOT NULL,
    CONSTRAINT pk_calibrations PRIMARY KEY (id),
    CONSTRAINT fk_calibrations_run_id FOREIGN KEY(run_id) REFERENCES runs (id),
    CONSTRAINT fk_calibrations_force_id FOREIGN KEY(force_id) REFERENCES forces (id)
);
CREATE INDEX ix_calibrations_force_id ON calibrations (force_id);
CREATE TABLE replays (
    id UUID NOT NULL,
    run_id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    settings_version INTEGER NOT NULL,
    description JSONB NOT NULL,
    columns JSONB NOT NULL,
    force_id UUID NOT NULL,
    CONSTRAINT pk_replays PRIMARY KEY (id),
    CONSTRAINT fk_replays_run_id FOREIGN KEY(run_id) REFERENCES runs (id),
    CONSTRAINT fk_replays_force_id FOREIGN KEY(force_id) REFERENCES forces (id)
);
CREATE INDEX ix_replays_force_id ON replays (force_id);
CREATE TABLE replay_files (
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    kind VARCHAR NOT NULL,
    content BYTEA NOT NULL,
    run_id UUID,
    force_id UUID NOT NULL,
    CONSTRAINT pk_replay_files PRIMARY KEY (id),
    CONSTRAINT fk_replay_files_run_id FOREIGN KEY(run_id) REFERENCES runs (id),
    CONSTRAINT fk_replay_files_force_id FOREIGN KEY(force_id) REFERENCES forces (id)
);
CREATE INDEX ix_replay_files_force_id ON replay_files (force_id);
"""


def upgrade() -> None:
    op.execute(f"SET LOCAL ROLE {OWNER}")
    op.execute(TABLES)
    for table in ("calibrations", "replays", "replay_files"):
        op.execute(f"""
            ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
            CREATE POLICY one_force ON {table}
                USING (current_setting('pacesetter.force', true) IN ('*', force_id::text))
                WITH CHECK (current_setting('pacesetter.force', true) IN ('*', force_id::text));
            GRANT SELECT, INSERT ON {table} TO {SERVICE};
        """)
    # Calls one by one are emptied once their replay has ended.
    op.execute(f"GRANT UPDATE ON replay_files TO {SERVICE}")
    op.execute("SET LOCAL ROLE NONE")


def downgrade() -> None:
    op.execute("DROP TABLE replay_files")
    op.execute("DROP TABLE replays")
    op.execute("DROP TABLE calibrations")
