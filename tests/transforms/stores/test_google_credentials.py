"""Credentials for gs://: found at once or not at all, sent along, renewed."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from transforms.stores import StoreUnavailableError, google_requests, store_of

BUCKET = "gs://bucket"


class FakeGoogle(BaseHTTPRequestHandler):
    """Gives tokens, and lists one object to those who show the last one."""

    tokens = 0
    is_closed = False
    asked_metadata = 0

    def do_POST(self) -> None:
        """Give a token for a signed request."""
        self.rfile.read(int(self.headers["Content-Length"]))
        if FakeGoogle.is_closed:
            self._answer(400, {"error": "invalid_grant", "error_description": "account deleted"})
            return
        FakeGoogle.tokens += 1
        self._answer(200, {"access_token": f"token-{FakeGoogle.tokens}", "expires_in": 3600})

    def do_GET(self) -> None:
        """List an object; as a metadata server, be none."""
        if not self.path.startswith("/storage/"):
            FakeGoogle.asked_metadata += 1
            self._answer(404, {})
        elif self.headers["Authorization"] != f"Bearer token-{FakeGoogle.tokens}":
            self._answer(401, {"error": {"message": "Invalid Credentials"}})
        else:
            self._answer(
                200,
                {
                    "items": [
                        {
                            "name": "a",
                            "size": "1",
                            "generation": "7",
                            "timeCreated": "2026-05-14T18:40:00Z",
                        }
                    ]
                },
            )

    def _answer(self, status: int, content: object) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture(autouse=True)
def _google(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Serve, and let nothing on this machine pass for credentials."""
    FakeGoogle.tokens = FakeGoogle.asked_metadata = 0
    FakeGoogle.is_closed = False
    server = ThreadingHTTPServer(("127.0.0.1", 0), FakeGoogle)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    host = f"127.0.0.1:{server.server_port}"
    monkeypatch.setattr(google_requests, "ENDPOINT", f"http://{host}")
    monkeypatch.setenv("GCE_METADATA_IP", host)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.setenv("SUZGI_STORE_WAIT", "0")
    # Another patience is another client: none is left over from another test.
    monkeypatch.setenv("SUZGI_STORE_TIMEOUT", str(server.server_port))
    for name in ("GOOGLE_APPLICATION_CREDENTIALS", "STORAGE_EMULATOR_HOST"):
        monkeypatch.delenv(name, raising=False)
    yield
    server.shutdown()
    server.server_close()


@pytest.fixture
def key_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the key file of a service account that the fake Google knows."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    path = tmp_path / "key.json"
    path.write_text(
        json.dumps(
            {
                "type": "service_account",
                "client_email": "suzgi@project.example",
                "project_id": "project",
                "token_uri": f"{google_requests.ENDPOINT}/token",
                "private_key": key.private_bytes(
                    Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
                ).decode(),
            }
        )
    )
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
    return path


def test_without_credentials_the_message_says_what_to_do() -> None:
    with pytest.raises(StoreUnavailableError) as caught:
        store_of(BUCKET)
    assert str(caught.value) == (
        "cannot use gs://: no credentials were found; run 'gcloud auth application-default "
        "login', or let GOOGLE_APPLICATION_CREDENTIALS name the key file of a service account"
    )
    assert FakeGoogle.asked_metadata == 1


@pytest.mark.parametrize("content", [None, "", "{}", "not JSON"])
def test_key_file_that_is_none(
    content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "key.json"
    if content is not None:
        path.write_text(content)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
    with pytest.raises(StoreUnavailableError, match=rf"cannot use gs://: .*{path}.*; run 'gcloud"):
        store_of(BUCKET)


@pytest.mark.usefixtures("key_file")
def test_token_is_sent_along_and_renewed() -> None:
    """One for all requests; another one where the store takes it no more."""
    store = store_of(BUCKET)
    for _ in range(3):
        assert [found.changed for found in store.below(BUCKET)] == [7]
    assert FakeGoogle.tokens == 1
    FakeGoogle.tokens = 5  # all before are void
    assert [found.uri for found in store.below(BUCKET)] == [f"{BUCKET}/a"]
    assert FakeGoogle.tokens == 6


@pytest.mark.usefixtures("key_file")
def test_account_without_access_is_told() -> None:
    FakeGoogle.is_closed = True
    told = r"gs:// takes no such credentials: .*account deleted.*; run 'gcloud"
    with pytest.raises(StoreUnavailableError, match=told):
        list(store_of(BUCKET).below(BUCKET))
