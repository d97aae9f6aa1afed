"""The settings of the service: environment variables, each with a default that a laptop can run with."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

MIB = 1024 * 1024


class ServiceSettings(BaseSettings):
    """What the service reads from its environment; ``LOTWRIGHT_PORT`` is ``port``, and so on.

    Examples
    --------
    >>> ServiceSettings(data_dir=Path("/var/lib/lotwright")).database
    'sqlite:////var/lib/lotwright/lotwright.sqlite'
    """

    model_config = SettingsConfigDict(env_prefix="LOTWRIGHT_", frozen=True)

    data_dir: Path = Field(
        default=Path("lotwright-data"), description="The folder of the database, the objects and the cache."
    )
    database_url: SecretStr | None = Field(
        default=None,
        description="The database as `postgresql+psycopg://user:password@host/name` or `sqlite:////path`; "
        "without it `lotwright.sqlite` in the data folder.",
    )
    database_pool_size: int = Field(default=10, ge=1, description="Connections of one worker process to PostgreSQL.")
    database_wait_seconds: float = Field(
        default=30, gt=0, description="How long a write waits for another one on SQLite."
    )
    store_url: str | None = Field(
        default=None,
        description="Where tables are: a folder, or `s3://bucket/prefix`; without it `objects` in the data folder.",
    )
    store_endpoint_url: str | None = Field(
        default=None, description="The address of an S3 server that is not Amazon's."
    )
    store_region: str = Field(default="us-east-1", description="The region of the S3 bucket.")
    store_access_key_id: str | None = Field(default=None, description="The access key of the S3 bucket.")
    store_secret_access_key: SecretStr | None = Field(default=None, description="The secret of that access key.")
    host: str = Field(default="127.0.0.1", description="The address that the service listens on.")
    port: int = Field(default=8000, ge=0, le=65535, description="The port that it listens on.")
    workers: int = Field(default=1, ge=1, le=64, description="Processes that answer requests.")
    max_body_bytes: int = Field(
        default=MIB, ge=1024, description="The largest body of a request that carries no tables."
    )
    max_json_bytes: int = Field(
        default=64 * MIB, ge=1024, description="The largest body of a request with tables as JSON."
    )
    max_upload_bytes: int = Field(
        default=1024 * MIB, ge=1024, description="The largest body of a request with tables as files."
    )
    max_unpacked_bytes: int = Field(
        default=8192 * MIB, ge=1024, description="The largest size of a compressed file (.csv.gz, .xlsx) when unpacked."
    )
    max_rows: int = Field(default=50_000_000, ge=1, description="The most rows of one table.")
    max_changes: int = Field(default=100_000, ge=1, description="The most rows and keys of one message of changes.")
    body_seconds: float = Field(default=300, gt=0, description="How long a client may take to send a body.")
    requests_per_minute: int = Field(
        default=1200, ge=1, description="Requests of one key in a minute, over all worker processes together."
    )
    idempotency_hours: int = Field(default=24, ge=1, description="How long the answer to an Idempotency-Key is kept.")
    versions_kept: int = Field(
        default=0, ge=0, description="Versions of a data set that are kept, the newest; 0: all of them."
    )
    log_level: str = Field(default="info", pattern="^(debug|info|warning|error)$", description="What is logged.")

    @property
    def database(self) -> str:
        """The address of the database."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.data_dir / 'lotwright.sqlite'}"

    @property
    def objects(self) -> str:
        """The folder or address of the object store."""
        return self.store_url or str(self.data_dir / "objects")

    @property
    def cache(self) -> Path:
        """The folder in which objects of a remote store are kept for reading."""
        return self.data_dir / "cache"

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach the service."""
        return is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Return whether a host name or address is this machine's own.

    Examples
    --------
    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0"), is_loopback("::1")
    (True, True, False, True)
    """
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
