"""The evaluation ledger (decisions, what they were expected to do, what the calls that came say of it), capacity,
counterfactuals and versions of the pay table.

The service may add to all of them and change none: a prediction stays as it was said.
"""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

OWNER, SERVICE = "pacesetter_owner", "pacesetter_service"

STEPS = """
CREATE TABLE decisions (
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor_id UUID NOT NULL,
    actor_name VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    subject VARCHAR NOT NULL,
    what VARCHAR NOT NULL,
    reason VARCHAR,
    basis JSONB NOT NULL,
    force_id UUID NOT NULL,
    CONSTRAINT pk_decisions PRIMARY KEY (id),
    CONSTRAINT fk_decisions_actor_id FOREIGN KEY(actor_id) REFERENCES actors (id),
    CONSTRAINT fk_decisions_force_id FOREIGN KEY(force_id) REFERENCES forces (id)
);
CREATE INDEX ix_decisions_force_id ON decisions (force_id);
CREATE INDEX ix_decisions_force_id_created_at ON decisions (force_id, created_at);
CREATE TABLE predictions (
    decision_id UUID NOT NULL,
    number INTEGER NOT NULL,
    metric VARCHAR NOT NULL,
    method VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    compared_from TIMESTAMP WITH TIME ZONE,
    predicted FLOAT NOT NULL,
    lower FLOAT NOT NULL,
    upper FLOAT NOT NULL,
    level FLOAT NOT NULL,
    without FLOAT,
    force_id UUID NOT NULL,
    CONSTRAINT pk_predictions PRIMARY KEY (decision_id, number),
    CONSTRAINT fk_predictions_decision_id FOREIGN KEY(decision_id) REFERENCES decisions (id),
    CONSTRAINT fk_predictions_force_id FOREIGN KEY(force_id) REFERENCES forces (id)
);
CREATE INDEX ix_predictions_force_id ON predictions (force_id);
CREATE TABLE prediction_scores (
    decision_id UUID NOT NULL,
    number INTEGER NOT NULL,
    scored_at TIMESTAMP WITH TIME ZONE NOT NULL,
    run_id UUID NOT NULL,
    actuals_digest VARCHAR NOT NULL,
    estimate FLOAT NOT NULL,
    lower FLOAT,
    upper FLOAT,
    holds BOOLEAN NOT NULL,
    agrees BOOLEAN,
    details JSONB NOT NULL,
    force_id UUID NOT NULL,
    CONSTRAINT pk_prediction_scores PRIMARY KEY (decision_id, number, scored_at),
    CONSTRAINT fk_prediction_scores_decision_id FOREIGN KEY(decision_id, number)
        REFERENCES predictions (decision_id, number),
    CONSTRAINT fk_prediction_scores_run_id FOREIGN KEY(run_id) REFERENCES runs (id),
    CONSTRAINT fk_prediction_scores_force_id FOREIGN KEY(force_id) REFERENCES forces (id)
);
CREATE INDEX ix_prediction_scores_force_id ON prediction_scores (force_id);
CREATE TABLE capacity_plans (
    id UUID NOT NULL,
    run_id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    settings_version INTEGER NOT NULL,
    name VARCHAR NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    figures JSONB NOT NULL,
    force_id UUID NOT NULL,
    CONSTRAINT pk_capacity_plans PRIMARY KEY (id),
    CONSTRAINT fk_capacity_plans_run_id FOREIGN KEY(run_id) REFERENCES runs (id),
    CONSTRAINT fk_capacity_plans_force_id FOREIGN KEY(force_id) REFERENCES forces (id)
);
CREATE INDEX ix_capacity_plans_force_id ON capacity_plans (force_id);
CREATE TABLE pay_tables (
    force_id UUID NOT NULL,
    version INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor_id UUID NOT NULL,
    actor_name VARCHAR NOT NULL,
    body JSONB NOT NULL,
    CONSTRAINT pk_pay_tables PRIMARY KEY (force_id, version),
    CONSTRAINT fk_pay_tables_force_id FOREIGN KEY(force_id) REFERENCES forces (id),
    CONSTRAINT fk_pay_tables_actor_id FOREIGN KEY(actor_id) REFERENCES actors (id)
);
CREATE TABLE counterfactuals (
    id UUID NOT NULL,
    run_id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    settings_version INTEGER NOT NULL,
    week_start DATE NOT NULL,
    weeks INTEGER NOT NULL,
    versus VARCHAR NOT NULL,
    figures JSONB NOT NULL,
    force_id UUID NOT NULL,
    CONSTRAINT pk_counterfactuals PRIMARY KEY (id),
    CONSTRAINT fk_counterfactuals_run_id FOREIGN KEY(run_id) REFERENCES runs (id),
    CONSTRAINT fk_counterfactuals_force_id FOREIGN KEY(force_id) REFERENCES forces (id)
);
CREATE INDEX ix_counterfactuals_force_id ON counterfactuals (force_id);
"""

TABLES = (
    "decisions", "predictions", "prediction_scores", "capacity_plans", "pay_tables", "counterfactuals",
)  # fmt: skip


def upgrade() -> None:
    op.execute(f"SET LOCAL ROLE {OWNER}")
    op.execute(STEPS)
    for table in TABLES:
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
    for table in ("counterfactuals", "pay_tables", "capacity_plans", "prediction_scores", "predictions", "decisions"):
        op.execute(f"DROP TABLE {table}")
