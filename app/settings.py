"""Everything that is configured from outside, read once at start from PACESETTER_* variables."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from pathlib import Path
from typing import Annotated

import limits
import platformdirs
from croniter import croniter
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.operations.logs import LogFormat, LogLevel


def _cron(text: str) -> str:
    if not croniter.is_valid(text):
        raise ValueError(f"{text!r} is no cron expression: expected five fields such as '0 2 * * 1'")
    return text


def _rate(text: str) -> str:
    try:
        limits.parse(text)
    except ValueError:
        raise ValueError(
            f"{text!r} is no rate: expected a number and a time such as 100/second or 6000/minute"
        ) from None
    return text


def _networks(text: str) -> str:
    for network in filter(None, text.split(",")):
        try:
            ipaddress.ip_network(network.strip())
        except ValueError as error:
            raise ValueError(f"{network!r} is no network: expected such as 10.20.0.0/16 ({error})") from None
    return text


Cron = Annotated[str, AfterValidator(_cron)]
Rate = Annotated[str, AfterValidator(_rate)]
Networks = Annotated[str, AfterValidator(_networks)]


Seconds = Annotated[float, Field(gt=0, le=86400)]
Megabytes = Annotated[int, Field(ge=64, le=4_000_000)]


class RunLimit(BaseModel):
    """Most that a run of one kind may take; absent: as any run."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    time_s: Seconds | None = None
    memory_mb: Megabytes | None = None


class Settings(BaseSettings):
    """Settings of one process."""

    model_config = SettingsConfigDict(env_prefix="PACESETTER_", frozen=True)

    database_url: str | None = Field(
        None, description="PostgreSQL to use, postgresql://...; absent: an embedded server in the data folder."
    )
    service_password: SecretStr | None = Field(
        None,
        min_length=12,
        description="Password that 'migrate' gives to pacesetter_service, APIs' and workers' login; absent: as it is.",
    )
    data_dir: Path = Field(
        default_factory=lambda: Path(platformdirs.user_data_dir("pacesetter")),
        description="Folder of the embedded database and of what is kept beside it.",
    )
    certificate_key: SecretStr | None = Field(
        None,
        description="Ed25519 key that certificates are signed with, base64 of 32 bytes, needed where several machines "
        "serve; absent: one made in the data folder.",
    )
    host: str = Field("127.0.0.1", description="Address that the API listens on.")
    port: int = Field(8999, ge=0, le=65535, description="Port that the API listens on; 0 picks a free one.")
    public_url: str | None = Field(
        None,
        pattern=r"^https?://[^/?#\s]+$",
        description="Address that browsers use, such as https://pacesetter.force.police.uk; https makes cookies and "
        "transport strict. Absent: the address of each request, without https.",
    )
    oidc_issuer: str | None = Field(
        None, description="Issuer of the OpenID provider that people sign in with; absent: nobody does."
    )
    oidc_client_id: str | None = Field(None, description="This service's identifier at the provider.")
    oidc_client_secret: SecretStr | None = Field(
        None, description="Its secret there; absent: a public client, which PKCE alone protects."
    )
    oidc_roles_claim: str = Field("roles", description="Claim of the ID token that lists a person's roles.")
    oidc_handler_claim: str = Field(
        "handler_ref", description="Claim of the ID token that names the handler whom a person is, for that role."
    )
    oidc_force: str | None = Field(
        None, description="Force of roles that name none; absent: roles are given as force:role."
    )
    oidc_roles_min: int = Field(
        120,
        ge=5,
        le=10080,
        description="Age at which roles that the provider told are asked for again: its people sign in anew [min].",
    )
    local_accounts: bool = Field(False, description="Whether people may sign in with a name and password kept here.")
    session_idle_min: int = Field(60, ge=1, le=1440, description="A person is signed out after this time unused [min].")
    session_h: int = Field(12, ge=1, le=168, description="A person is signed out after this time in any case [h].")
    worker_concurrency: int = Field(2, ge=1, le=64, description="Runs that one worker computes at a time.")
    run_time_s: Seconds = Field(7200.0, description="Most time that one run may compute [s].")
    run_memory_mb: Megabytes = Field(4096, description="Most memory of the process that computes a run [MiB].")
    run_limits: dict[str, RunLimit] = Field(
        default_factory=dict,
        description='Other limits by kind, such as {"roster": {"time_s": 10800, "memory_mb": 8192}}.',
    )
    weekly_forecast_cron: Cron = Field("0 2 * * 1", description="When every force is forecast anew, UTC.")
    refresh_cron: Cron = Field("10 */2 * * *", description="When the rest of today is forecast anew, UTC.")
    retention_cron: Cron = Field("30 1 * * *", description="When what forces keep no longer is deleted, UTC.")
    api_connections: int = Field(
        10, ge=1, le=200, description="Database connections of one API process: requests that it serves at once."
    )
    statement_timeout_s: float = Field(
        60.0,
        ge=0,
        le=3600,
        description="Most time of one database statement of the API, imports aside [s]; 0: no limit.",
    )
    log_format: LogFormat = Field("json", description="json: a line of JSON for each event; text: for reading along.")
    log_level: LogLevel = Field("info", description="Least important of the lines that are logged.")
    metrics_port: int | None = Field(
        None, ge=1, le=65535, description="Port on which each API process answers /metrics; absent: it does not."
    )
    metrics_host: str = Field("127.0.0.1", description="Address of the metrics port: it asks for no key.")
    telemetry: bool = Field(
        False,
        description="Send OpenTelemetry traces and metrics to OTEL_EXPORTER_OTLP_ENDPOINT; needs pacesetter[otel].",
    )
    rate_limit_per_key: Rate = Field("6000/minute", description="Requests of one key or session, such as 100/second.")
    rate_limit_per_address: Rate = Field("12000/minute", description="Requests from one network address.")
    rate_limit_refused: Rate = Field("60/minute", description="Requests from one address with keys that are refused.")
    max_import_bytes: int = Field(1_000_000_000, gt=0, description="Largest history file that is accepted [bytes].")
    max_body_bytes: int = Field(20_000_000, gt=0, description="Largest JSON body that is accepted [bytes].")
    webhook_networks: Networks | None = Field(
        None,
        description="Networks beside the public internet that webhooks may reach, by comma, such as 10.20.0.0/16; "
        "there without https too.",
    )

    @property
    def is_https(self) -> bool:
        """Whether browsers reach the service by https."""
        return self.public_url is not None and self.public_url.startswith("https://")


@lru_cache(maxsize=1)
def settings() -> Settings:
    return Settings()
