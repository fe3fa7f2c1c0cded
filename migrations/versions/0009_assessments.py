"""Proposals assessed and what was decided on them, each written once; keys that belong to a handler."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

OWNER, SERVICE = "pacesetter_owner", "pacesetter_service"

STEPS = """
ALTER TABLE actors ADD COLUMN handler_ref VARCHAR;
CREATE TABLE assessments (
    kind VARCHAR NOT NULL,
    handler VARCHAR,
    received DATE,
    asked JSONB NOT NULL,
    figures JSONB NOT NULL,
    proposed JSONB NOT NULL,
    id UUID NOT NULL,
    run_id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    settings_version INTEGER NOT NULL,
    force_id UUID NOT NULL,
    CONSTRAINT pk_assessments PRIMARY KEY (id),
    CONSTRAINT fk_assessments_run_id FOREIGN KEY(run_id) REFERENCES runs (id),
    CONSTRAINT fk_assessments_force_id FOREIGN KEY(force_id) REFERENCES forces (id)
);
CREATE INDEX ix_assessments_force_id ON assessments (force_id);
CREATE TABLE assessment_decisions (
    assessment_id UUID NOT NULL,
    number INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor_id UUID NOT NULL,
    actor_name VARCHAR NOT NULL,
    body JSONB NOT NULL,
    applied JSONB NOT NULL,
    force_id UUID NOT NULL,
    CONSTRAINT pk_assessment_decisions PRIMARY KEY (assessment_id, number),
    CONSTRAINT fk_assessment_decisions_assessment_id FOREIGN KEY(assessment_id) REFERENCES assessments (id),
    CONSTRAINT fk_assessment_decisions_actor_id FOREIGN KEY(actor_id) REFERENCES actors (id),
    CONSTRAINT fk_assessment_decisions_force_id FOREIGN KEY(force_id) REFERENCES forces (id)
);
CREATE INDEX ix_assessment_decisions_force_id ON assessment_decisions (force_id);
"""


def upgrade() -> None:
    op.execute(f"SET LOCAL ROLE {OWNER}")
    op.execute(STEPS)
    for table in ("assessments", "assessment_decisions"):
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
    op.execute("""
        DROP TABLE assessment_decisions;
        DROP TABLE assessments;
        ALTER TABLE actors DROP COLUMN handler_ref;
    """)
