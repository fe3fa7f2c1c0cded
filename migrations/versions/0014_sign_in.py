"""People who sign in: how each is recognised, and their sessions. A person's name can be erased from the actors."""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

OWNER, SERVICE = "pacesetter_owner", "pacesetter_service"

STEPS = f"""
CREATE TABLE accounts (
    id UUID NOT NULL,
    force_id UUID,
    actor_id UUID NOT NULL,
    issuer VARCHAR NOT NULL,
    subject VARCHAR NOT NULL,
    password_digest VARCHAR,
    n_failures INTEGER NOT NULL,
    locked_until TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    disabled_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_accounts PRIMARY KEY (id),
    CONSTRAINT fk_accounts_force_id FOREIGN KEY(force_id) REFERENCES forces (id),
    CONSTRAINT fk_accounts_actor_id FOREIGN KEY(actor_id) REFERENCES actors (id),
    CONSTRAINT uq_accounts_issuer_subject_force_id UNIQUE NULLS NOT DISTINCT (issuer, subject, force_id)
);
CREATE INDEX ix_accounts_force_id ON accounts (force_id);
CREATE TABLE sessions (
    id UUID NOT NULL,
    force_id UUID,
    actor_id UUID NOT NULL,
    digest BYTEA NOT NULL,
    roles VARCHAR[] NOT NULL,
    handler_ref VARCHAR,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_sessions PRIMARY KEY (id),
    CONSTRAINT fk_sessions_force_id FOREIGN KEY(force_id) REFERENCES forces (id),
    CONSTRAINT fk_sessions_actor_id FOREIGN KEY(actor_id) REFERENCES actors (id),
    CONSTRAINT uq_sessions_digest UNIQUE (digest)
);
CREATE INDEX ix_sessions_force_id ON sessions (force_id);
CREATE INDEX ix_sessions_actor_id ON sessions (actor_id);
GRANT UPDATE (name) ON actors TO {SERVICE};
"""

# Each table with what the service may do.
TABLES = {
    "accounts": "SELECT, INSERT, UPDATE (subject, password_digest, n_failures, locked_until, disabled_at)",
    "sessions": "SELECT, INSERT, UPDATE (seen_at, ended_at)",
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
    op.execute(f"REVOKE UPDATE (name) ON actors FROM {SERVICE}; DROP TABLE sessions; DROP TABLE accounts;")
