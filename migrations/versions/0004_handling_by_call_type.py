"""Handling times by call type: a table of its own, since a force may have them for some of its calls alone."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

OWNER, SERVICE = "pacesetter_owner", "pacesetter_service"

TABLE = """
CREATE TABLE handling_records (
    force_id UUID NOT NULL,
    queue VARCHAR NOT NULL,
    call_type VARCHAR NOT NULL,
    interval_start TIMESTAMP WITH TIME ZONE NOT NULL,
    answered INTEGER NOT NULL,
    talk_s DOUBLE PRECISION NOT NULL,
    wrap_s DOUBLE PRECISION,
    CONSTRAINT pk_handling_records PRIMARY KEY (force_id, queue, call_type, interval_start),
    CONSTRAINT fk_handling_records_force_id FOREIGN KEY(force_id) REFERENCES forces (id)
);
"""


def upgrade() -> None:
    op.execute(f"SET LOCAL ROLE {OWNER}")
    op.execute(TABLE)
    op.execute(f"""
        ALTER TABLE handling_records ENABLE ROW LEVEL SECURITY;
        ALTER TABLE handling_records FORCE ROW LEVEL SECURITY;
        CREATE POLICY one_force ON handling_records
            USING (current_setting('pacesetter.force', true) IN ('*', force_id::text))
            WITH CHECK (current_setting('pacesetter.force', true) IN ('*', force_id::text));
        GRANT SELECT, INSERT, UPDATE ON handling_records TO {SERVICE};
        SET LOCAL ROLE NONE;
    """)


def downgrade() -> None:
    op.execute("DROP TABLE handling_records")
