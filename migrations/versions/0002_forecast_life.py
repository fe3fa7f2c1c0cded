"""The life of forecasts: kinds, what each was made from, and its scores once the calls are known.

Rows of forecasts that stand already are full forecasts of which only the run tells what they were made from. Undoing
this step keeps adjusted and intraday forecasts, as forecasts like any other.
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

OWNER, SERVICE = "pacesetter_owner", "pacesetter_service"

STEPS = f"""
ALTER TABLE forecasts
    ADD COLUMN kind VARCHAR NOT NULL DEFAULT 'full',
    ADD COLUMN based_on UUID,
    ADD COLUMN inputs JSONB NOT NULL DEFAULT '{{}}',
    ADD CONSTRAINT fk_forecasts_based_on FOREIGN KEY(based_on) REFERENCES forecasts (id);
ALTER TABLE forecasts ALTER COLUMN kind DROP DEFAULT, ALTER COLUMN inputs DROP DEFAULT;
CREATE TABLE forecast_scores (
    force_id UUID NOT NULL,
    forecast_id UUID NOT NULL,
    queue VARCHAR NOT NULL,
    lead_week INTEGER NOT NULL,
    model VARCHAR NOT NULL,
    scored_at TIMESTAMP WITH TIME ZONE NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    actuals_digest VARCHAR NOT NULL,
    n_intervals INTEGER NOT NULL,
    offered DOUBLE PRECISION NOT NULL,
    predicted DOUBLE PRECISION NOT NULL,
    abs_error DOUBLE PRECISION NOT NULL,
    floor_error DOUBLE PRECISION NOT NULL,
    floor_calls DOUBLE PRECISION NOT NULL,
    n_days INTEGER NOT NULL,
    daily_offered DOUBLE PRECISION NOT NULL,
    daily_abs_error DOUBLE PRECISION NOT NULL,
    crps DOUBLE PRECISION,
    inside_80 INTEGER,
    inside_95 INTEGER,
    days_inside_80 INTEGER,
    CONSTRAINT pk_forecast_scores PRIMARY KEY (force_id, forecast_id, queue, lead_week, model, scored_at),
    CONSTRAINT fk_forecast_scores_force_id FOREIGN KEY(force_id) REFERENCES forces (id),
    CONSTRAINT fk_forecast_scores_forecast_id FOREIGN KEY(forecast_id) REFERENCES forecasts (id)
);
ALTER TABLE forecast_scores ENABLE ROW LEVEL SECURITY;
ALTER TABLE forecast_scores FORCE ROW LEVEL SECURITY;
CREATE POLICY one_force ON forecast_scores
    USING (current_setting('pacesetter.force', true) IN ('*', force_id::text))
    WITH CHECK (current_setting('pacesetter.force', true) IN ('*', force_id::text));
GRANT SELECT, INSERT ON forecast_scores TO {SERVICE};
"""


def upgrade() -> None:
    op.execute(f"SET LOCAL ROLE {OWNER}")
    op.execute(STEPS)
    op.execute("SET LOCAL ROLE NONE")


def downgrade() -> None:
    op.execute("""
        DROP TABLE forecast_scores;
        ALTER TABLE forecasts DROP COLUMN kind, DROP COLUMN based_on, DROP COLUMN inputs;
    """)
