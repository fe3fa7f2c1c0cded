"""Who holds a key and which force an address names, found in one step, since every request begins with it.

The transaction then works for the force of the key's holder; of an administrator of the installation for the one that
the address names, or for all.
"""

from __future__ import annotations

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

OWNER = "pacesetter_owner"

# With the rights of whoever calls it: row-level security holds inside.
STEPS = """
CREATE FUNCTION key_at_work(of_prefix text, at timestamptz, of_slug text)
RETURNS TABLE (
    id uuid, digest bytea, scopes varchar[], last_used_at timestamptz,
    actor_id uuid, name varchar, roles varchar[], force_id uuid, handler_ref varchar,
    named_id uuid, named_slug varchar, named_name varchar, named_at timestamptz
)
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('pacesetter.force', '*', true);
    SELECT k.id, k.digest, k.scopes, k.last_used_at, a.id, a.name, a.roles, a.force_id, a.handler_ref,
        f.id, f.slug, f.name, f.created_at
    INTO id, digest, scopes, last_used_at, actor_id, name, roles, force_id, handler_ref,
        named_id, named_slug, named_name, named_at
    FROM api_keys k JOIN actors a ON a.id = k.actor_id LEFT JOIN forces f ON f.slug = of_slug
    WHERE k.prefix = of_prefix AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > at);
    IF FOUND THEN
        PERFORM set_config('pacesetter.force', coalesce(force_id, named_id)::text, true)
        WHERE coalesce(force_id, named_id) IS NOT NULL;
        RETURN NEXT;
    END IF;
END $$;
"""


def upgrade() -> None:
    op.execute(f"SET LOCAL ROLE {OWNER}")
    op.execute(STEPS)
    op.execute("SET LOCAL ROLE NONE")


def downgrade() -> None:
    op.execute("DROP FUNCTION key_at_work")
