"""Handlers' names apart from everything else, and the deletion of what is old.

The service deletes nothing by itself: it asks `retain`, which knows what may be deleted, and how old it must be.
"""

from __future__ import annotations

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

OWNER, SERVICE = "pacesetter_owner", "pacesetter_service"

STEPS = f"""
CREATE TABLE handler_names (
    force_id UUID NOT NULL,
    ref VARCHAR NOT NULL,
    name VARCHAR,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_handler_names PRIMARY KEY (force_id, ref),
    CONSTRAINT fk_handler_names_force_id FOREIGN KEY(force_id) REFERENCES forces (id)
);
ALTER TABLE handler_names ENABLE ROW LEVEL SECURITY;
ALTER TABLE handler_names FORCE ROW LEVEL SECURITY;
CREATE POLICY one_force ON handler_names
    USING (current_setting('pacesetter.force', true) IN ('*', force_id::text))
    WITH CHECK (current_setting('pacesetter.force', true) IN ('*', force_id::text));
GRANT SELECT, INSERT, UPDATE (name, updated_at) ON handler_names TO {SERVICE};

-- The policies bind its owner: it deletes rows of the transaction's own force alone.
CREATE FUNCTION retain(of_force UUID, what TEXT, before TIMESTAMP WITH TIME ZONE) RETURNS BIGINT
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    at_least CONSTANT INTERVAL := CASE what
        WHEN 'calls' THEN INTERVAL '400 days'
        WHEN 'run_events' THEN INTERVAL '7 days'
        WHEN 'sessions' THEN INTERVAL '1 day'
    END;
    n BIGINT;
    n_more BIGINT;
BEGIN
    IF at_least IS NULL OR before > now() - at_least THEN
        RAISE EXCEPTION 'nothing of % is deleted that is younger than %', what, at_least;
    END IF;
    IF what = 'calls' THEN
        DELETE FROM interval_records WHERE force_id = of_force AND interval_start < before;
        GET DIAGNOSTICS n = ROW_COUNT;
        DELETE FROM superseded_records WHERE force_id = of_force AND interval_start < before;
        GET DIAGNOSTICS n_more = ROW_COUNT;
        n := n + n_more;
        DELETE FROM handling_records WHERE force_id = of_force AND interval_start < before;
        GET DIAGNOSTICS n_more = ROW_COUNT;
        n := n + n_more;
    ELSIF what = 'run_events' THEN
        DELETE FROM run_events e USING runs r
            WHERE e.force_id = of_force AND r.id = e.run_id AND r.finished_at < before;
        GET DIAGNOSTICS n = ROW_COUNT;
    ELSE
        DELETE FROM sessions WHERE force_id = of_force AND coalesce(ended_at, expires_at) < before;
        GET DIAGNOSTICS n = ROW_COUNT;
    END IF;
    RETURN n;
END $$;
REVOKE EXECUTE ON FUNCTION retain(UUID, TEXT, TIMESTAMP WITH TIME ZONE) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION retain(UUID, TEXT, TIMESTAMP WITH TIME ZONE) TO {SERVICE};
"""


def upgrade() -> None:
    op.execute(f"SET LOCAL ROLE {OWNER}")
    op.execute(STEPS)
    op.execute("SET LOCAL ROLE NONE")


def downgrade() -> None:
    op.execute("DROP FUNCTION retain(UUID, TEXT, TIMESTAMP WITH TIME ZONE); DROP TABLE handler_names;")
