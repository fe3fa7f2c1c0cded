"""Addresses that a force's events are sent to, and the messages to them.

The service deletes nothing by itself: `tidy_deliveries` removes what was settled more than thirty days ago.
"""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

OWNER, SERVICE = "pacesetter_owner", "pacesetter_service"

STEPS = """
CREATE TABLE webhooks (
    id UUID NOT NULL,
    url VARCHAR NOT NULL,
    events VARCHAR[] NOT NULL,
    description VARCHAR,
    secret VARCHAR,
    old_secret VARCHAR,
    old_secret_until TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    n_given_up INTEGER NOT NULL,
    disabled_at TIMESTAMP WITH TIME ZONE,
    disabled_reason VARCHAR,
    removed_at TIMESTAMP WITH TIME ZONE,
    force_id UUID NOT NULL,
    CONSTRAINT pk_webhooks PRIMARY KEY (id),
    CONSTRAINT fk_webhooks_force_id FOREIGN KEY(force_id) REFERENCES forces (id)
);
CREATE INDEX ix_webhooks_force_id ON webhooks (force_id);
CREATE TABLE webhook_deliveries (
    id UUID NOT NULL,
    webhook_id UUID NOT NULL,
    event VARCHAR NOT NULL,
    body VARCHAR NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    status VARCHAR NOT NULL,
    n_attempts INTEGER NOT NULL,
    next_at TIMESTAMP WITH TIME ZONE,
    attempted_at TIMESTAMP WITH TIME ZONE,
    response_status INTEGER,
    error VARCHAR,
    settled_at TIMESTAMP WITH TIME ZONE,
    force_id UUID NOT NULL,
    CONSTRAINT pk_webhook_deliveries PRIMARY KEY (id),
    CONSTRAINT fk_webhook_deliveries_webhook_id FOREIGN KEY(webhook_id) REFERENCES webhooks (id),
    CONSTRAINT fk_webhook_deliveries_force_id FOREIGN KEY(force_id) REFERENCES forces (id)
);
CREATE INDEX ix_webhook_deliveries_force_id ON webhook_deliveries (force_id);
CREATE INDEX ix_webhook_deliveries_webhook_id ON webhook_deliveries (webhook_id);
"""
TIDY = f"""
-- The policies bind its owner: it deletes rows of the transaction's own force alone.
CREATE FUNCTION tidy_deliveries(of_webhook UUID) RETURNS VOID
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DELETE FROM webhook_deliveries WHERE webhook_id = of_webhook AND settled_at < now() - INTERVAL '30 days'
$$;
REVOKE EXECUTE ON FUNCTION tidy_deliveries(UUID) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tidy_deliveries(UUID) TO {SERVICE};
"""


def upgrade() -> None:
    op.execute(f"SET LOCAL ROLE {OWNER}")
    op.execute(STEPS)
    for table in ("webhooks", "webhook_deliveries"):
        op.execute(f"""
            ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
            CREATE POLICY one_force ON {table}
                USING (current_setting('pacesetter.force', true) IN ('*', force_id::text))
                WITH CHECK (current_setting('pacesetter.force', true) IN ('*', force_id::text));
            GRANT SELECT, INSERT, UPDATE ON {table} TO {SERVICE};
        """)
    op.execute(TIDY)
    op.execute("SET LOCAL ROLE NONE")


def downgrade() -> None:
    op.execute("DROP FUNCTION tidy_deliveries(UUID); DROP TABLE webhook_deliveries; DROP TABLE webhooks;")
