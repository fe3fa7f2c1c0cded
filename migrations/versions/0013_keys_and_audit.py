"""Keys with scopes, last use and rotation; the audit as a chain of hashes for each force.

A line gets its number and hash when its transaction commits, from a trigger of the owner: the service can add lines but
writes neither. `audit_heads` holds the end of each chain, and its row's lock keeps writers at the same moment in order.
hash = sha256(hash of the line before, in hex, and a line feed, and `audit_content`). Lines that stand already are taken
in by their identifiers' order; undoing this step drops the numbers and hashes.
"""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

OWNER, SERVICE = "pacesetter_owner", "pacesetter_service"

STEPS = f"""
ALTER TABLE api_keys
    ADD COLUMN scopes VARCHAR[],
    ADD COLUMN last_used_at TIMESTAMP WITH TIME ZONE,
    ADD COLUMN replaces UUID,
    ADD CONSTRAINT fk_api_keys_replaces FOREIGN KEY(replaces) REFERENCES api_keys (id);
ALTER TABLE audit ADD COLUMN number BIGINT, ADD COLUMN hash BYTEA;
CREATE UNIQUE INDEX ix_audit_force_id_number ON audit (force_id, number) NULLS NOT DISTINCT WHERE number IS NOT NULL;
CREATE TABLE audit_heads (
    chain UUID NOT NULL,
    number BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    force_id UUID,
    CONSTRAINT pk_audit_heads PRIMARY KEY (chain),
    CONSTRAINT fk_audit_heads_force_id FOREIGN KEY(force_id) REFERENCES forces (id)
);
ALTER TABLE audit_heads ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_heads FORCE ROW LEVEL SECURITY;
CREATE POLICY one_force ON audit_heads
    USING (current_setting('pacesetter.force', true) IN ('*', force_id::text))
    WITH CHECK (current_setting('pacesetter.force', true) IN ('*', force_id::text));
GRANT SELECT ON audit_heads TO {SERVICE};
REVOKE INSERT ON audit FROM {SERVICE};
GRANT INSERT (force_id, at, actor_id, action, subject, details) ON audit TO {SERVICE};

CREATE FUNCTION audit_content(line audit, number BIGINT) RETURNS TEXT LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'number', number,
        'force', line.force_id,
        'at', to_char(line.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'actor', line.actor_id,
        'action', line.action,
        'subject', line.subject,
        'details', line.details
    )::text
$$;

CREATE FUNCTION audit_append(line audit) RETURNS VOID LANGUAGE plpgsql AS $$
DECLARE
    of_chain CONSTANT UUID := coalesce(line.force_id, '00000000-0000-0000-0000-000000000000');
    head audit_heads%ROWTYPE;
    linked BYTEA;
BEGIN
    INSERT INTO audit_heads (chain, number, hash, force_id) VALUES (of_chain, 0, '', line.force_id)
        ON CONFLICT (chain) DO NOTHING;
    SELECT * INTO STRICT head FROM audit_heads WHERE chain = of_chain FOR UPDATE;
    linked := sha256(convert_to(encode(head.hash, 'hex') || E'\\n' || audit_content(line, head.number + 1), 'UTF8'));
    UPDATE audit SET number = head.number + 1, hash = linked WHERE id = line.id;
    UPDATE audit_heads SET number = head.number + 1, hash = linked WHERE chain = of_chain;
END $$;

-- As the owner, whichever force the transaction works for by now.
CREATE FUNCTION audit_link() RETURNS TRIGGER LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    chosen CONSTANT TEXT := coalesce(current_setting('pacesetter.force', true), '');
BEGIN
    PERFORM set_config('pacesetter.force', '*', true);
    PERFORM audit_append(NEW);
    PERFORM set_config('pacesetter.force', chosen, true);
    RETURN NULL;
END $$;

-- Not even the owner changes a line by mistake.
CREATE FUNCTION audit_guard() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
    linking CONSTANT TEXT[] := '{{number,hash}}';
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.hash IS NULL AND to_jsonb(OLD) - linking = to_jsonb(NEW) - linking THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'a line of the audit is neither changed nor removed';
END $$;

REVOKE EXECUTE ON FUNCTION audit_append(audit), audit_link(), audit_guard() FROM PUBLIC;
SELECT set_config('pacesetter.force', '*', true);
DO $$ DECLARE line audit; BEGIN
    FOR line IN SELECT * FROM audit ORDER BY force_id NULLS FIRST, id LOOP PERFORM audit_append(line); END LOOP;
END $$;

CREATE CONSTRAINT TRIGGER link AFTER INSERT ON audit DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.hash IS NULL) EXECUTE FUNCTION audit_link();
CREATE TRIGGER guard BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_guard();
CREATE TRIGGER guard_whole BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_guard();
"""


def upgrade() -> None:
    op.execute(f"SET LOCAL ROLE {OWNER}")
    op.execute(STEPS)
    op.execute("SET LOCAL ROLE NONE")


def downgrade() -> None:
    op.execute(f"""
        DROP TRIGGER link ON audit;
        DROP TRIGGER guard ON audit;
        DROP TRIGGER guard_whole ON audit;
        DROP FUNCTION audit_link();
        DROP FUNCTION audit_guard();
        DROP FUNCTION audit_append(audit);
        DROP FUNCTION audit_content(audit, BIGINT);
        DROP TABLE audit_heads;
        DROP INDEX ix_audit_force_id_number;
        ALTER TABLE audit DROP COLUMN number, DROP COLUMN hash;
        REVOKE INSERT (force_id, at, actor_id, action, subject, details) ON audit FROM {SERVICE};
        GRANT INSERT ON audit TO {SERVICE};
        ALTER TABLE api_keys DROP COLUMN scopes, DROP COLUMN last_used_at, DROP COLUMN replaces;
    """)
