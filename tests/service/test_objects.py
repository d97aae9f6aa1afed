"""The object store: a folder, and a bucket of a real S3 server."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from api.settings import ServiceSettings
from api.store.objects import BrokenObjectError, LocalObjects, object_store

CONTENT = b"PAR1 and so on" * 1000
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of an S3 server with one bucket."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    client = boto3.client("s3", "us-east-1", endpoint_url=address, aws_access_key_id="a", aws_secret_access_key="b")
    client.create_bucket(Bucket="tables")
    client.close()
    yield address
    server.stop()


@pytest.fixture(params=["folder", "s3"])
def settings(request, tmp_path) -> ServiceSettings:
    if request.param == "folder":
        return ServiceSettings(data_dir=tmp_path)
    return ServiceSettings(
        data_dir=tmp_path,
        store_url=f"s3://tables/{tmp_path.name}",
        store_endpoint_url=request.getfixturevalue("s3"),
        store_access_key_id="a",
        store_secret_access_key="b",
    )


@pytest.fixture
def table(tmp_path) -> Path:
    path = tmp_path / "table.parquet"
    path.write_bytes(CONTENT)
    return path


def test_what_was_put_is_found_by_its_hash(settings, table):
    objects = object_store(settings)
    objects.put(table, DIGEST)
    objects.put(table, DIGEST)
    assert objects.file(DIGEST).read_bytes() == CONTENT
    assert objects.is_reachable()


def test_other_process_finds_it_too(settings, table, tmp_path):
    object_store(settings).put(table, DIGEST)
    other = settings.model_copy(update={"data_dir": tmp_path / "other", "store_url": settings.objects})
    assert object_store(other).file(DIGEST).read_bytes() == CONTENT


def test_deleted_object_is_gone(settings, table):
    objects = object_store(settings)
    objects.put(table, DIGEST)
    objects.file(DIGEST)
    objects.delete(DIGEST)
    objects.delete(DIGEST)
    with pytest.raises(FileNotFoundError):
        objects.file(DIGEST)


def test_damaged_file_is_not_given(tmp_path, table):
    objects = LocalObjects(tmp_path / "objects")
    objects.put(table, DIGEST)
    objects.file(DIGEST).write_bytes(b"other")
    with pytest.raises(BrokenObjectError):
        objects.file(DIGEST)


def test_damaged_copy_of_a_bucket_is_fetched_again(tmp_path, table, s3):
    settings = ServiceSettings(
        data_dir=tmp_path,
        store_url="s3://tables",
        store_endpoint_url=s3,
        store_access_key_id="a",
        store_secret_access_key="b",
    )
    objects = object_store(settings)
    objects.put(table, DIGEST)
    objects.file(DIGEST).write_bytes(b"other")
    assert objects.file(DIGEST).read_bytes() == CONTENT


def test_half_written_file_is_never_found(tmp_path, table, monkeypatch):
    objects = LocalObjects(tmp_path / "objects")

    def fail(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr("api.store.objects.shutil.copyfileobj", fail)
    with pytest.raises(OSError, match="no space"):
        objects.put(table, DIGEST)
    with pytest.raises(FileNotFoundError):
        objects.file(DIGEST)
    assert list((tmp_path / "objects").glob("*/*")) == []
    assert list((tmp_path / "objects").glob(".partial*")) == []
