"""What is stored of each queue, kept as it changes: reads of a week need not count the years before it.

Intervals then refer to their force by way of these rows, once for each statement and not for each interval: checking
each one took half of an import's time in the database.
"""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

OWNER, SERVICE = "pacesetter_owner", "pacesetter_service"

STEPS = f"""
-- Locked at once as the last step needs it, in the order in which requests take them: no import can hold one and wait
-- for the other. Nobody reads or writes meanwhile; behind an import that takes longer than the timeout the step fails.
SET LOCAL lock_timeout = '10s';
LOCK TABLE forces, interval_records IN ACCESS EXCLUSIVE MODE;
SET LOCAL lock_timeout TO DEFAULT;

CREATE TABLE interval_spans (
    force_id UUID NOT NULL,
    queue VARCHAR NOT NULL,
    first_start TIMESTAMP WITH TIME ZONE NOT NULL,
    last_start TIMESTAMP WITH TIME ZONE NOT NULL,
    intervals INTEGER NOT NULL,
    CONSTRAINT pk_interval_spans PRIMARY KEY (force_id, queue),
    CONSTRAINT fk_interval_spans_force_id FOREIGN KEY(force_id) REFERENCES forces (id)
);
ALTER TABLE interval_spans ENABLE ROW LEVEL SECURITY;
ALTER TABLE interval_spans FORCE ROW LEVEL SECURITY;
CREATE POLICY one_force ON interval_spans
    USING (current_setting('pacesetter.force', true) IN ('*', force_id::text))
    WITH CHECK (current_setting('pacesetter.force', true) IN ('*', force_id::text));
GRANT SELECT ON interval_spans TO {SERVICE};

-- The policies bind their owner too: the spans of the transaction's own force alone change.
CREATE FUNCTION add_to_spans() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO interval_spans AS s
        SELECT force_id, queue, min(interval_start), max(interval_start), count(*) FROM added GROUP BY 1, 2
        ORDER BY 1, 2
        ON CONFLICT (force_id, queue) DO UPDATE SET
            first_start = least(s.first_start, excluded.first_start),
            last_start = greatest(s.last_start, excluded.last_start),
            intervals = s.intervals + excluded.intervals;
    RETURN NULL;
END $$;
CREATE FUNCTION take_from_spans() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    -- First wait for imports beside this: the statements that follow see what they have added.
    PERFORM FROM interval_spans WHERE (force_id, queue) IN (SELECT force_id, queue FROM removed)
        ORDER BY force_id, queue FOR UPDATE;
    WITH gone AS (SELECT force_id, queue, count(*) AS n FROM removed GROUP BY 1, 2)
    DELETE FROM interval_spans s USING gone g
        WHERE s.force_id = g.force_id AND s.queue = g.queue AND s.intervals = g.n;
    WITH gone AS (SELECT force_id, queue, count(*) AS n FROM removed GROUP BY 1, 2)
    UPDATE interval_spans s SET
        first_start = (SELECT min(interval_start) FROM interval_records r
            WHERE r.force_id = s.force_id AND r.queue = s.queue),
        last_start = (SELECT max(interval_start) FROM interval_records r
            WHERE r.force_id = s.force_id AND r.queue = s.queue),
        intervals = s.intervals - g.n
        FROM gone g WHERE s.force_id = g.force_id AND s.queue = g.queue;
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION add_to_spans(), take_from_spans() FROM PUBLIC;

CREATE TRIGGER add_to_spans AFTER INSERT ON interval_records
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION add_to_spans();
CREATE TRIGGER take_from_spans AFTER DELETE ON interval_records
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION take_from_spans();
SELECT set_config('pacesetter.force', '*', true);
INSERT INTO interval_spans
    SELECT force_id, queue, min(interval_start), max(interval_start), count(*) FROM interval_records GROUP BY 1, 2;
ALTER TABLE interval_records DROP CONSTRAINT fk_interval_records_force_id;
"""


def upgrade() -> None:
    op.execute(f"SET LOCAL ROLE {OWNER}")
    op.execute(STEPS)
    op.execute("SET LOCAL ROLE NONE")


def downgrade() -> None:
    op.execute("""
        ALTER TABLE interval_records ADD CONSTRAINT fk_interval_records_force_id
            FOREIGN KEY(force_id) REFERENCES forces (id);
        DROP TRIGGER add_to_spans ON interval_records;
        DROP TRIGGER take_from_spans ON interval_records;
        DROP FUNCTION add_to_spans();
        DROP FUNCTION take_from_spans();
        DROP TABLE interval_spans;
    """)
