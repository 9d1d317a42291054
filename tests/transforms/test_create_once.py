"""Of two runs only one creates an object, as the store itself decides."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from transforms.create_once import create_once
from transforms.parts import OutputError

OBJECTS: dict[str, bytes] = {}


class FakeStore(BaseHTTPRequestHandler):
    """The two requests of Google's store that are needed, on objects in memory."""

    def do_POST(self) -> None:
        """Create an object from a multipart upload; 412 where a generation is there already."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        boundary = self.headers["Content-Type"].partition("boundary=")[2].strip("'\"").encode()
        _, described, media, _ = body.split(b"--" + boundary)
        name = json.loads(described.partition(b"\r\n\r\n")[2])["name"]
        query = parse_qs(urlsplit(self.path).query)
        if "refused" in name:
            self._answer(403, b'{"error": {"message": "no permission"}}')
        elif query["ifGenerationMatch"] == ["0"] and name in OBJECTS:
            self._answer(412, b'{"error": {"message": "conditionNotMet"}}')
        else:
            OBJECTS[name] = media.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n")
            self._answer(200, json.dumps({"name": name, "generation": "1"}).encode())

    def do_GET(self) -> None:
        """Return an object."""
        name = unquote(urlsplit(self.path).path.rpartition("/o/")[2])
        self._answer(200, OBJECTS[name])

    def _answer(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture(autouse=True)
def _store(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Serve an empty store and let the client find it."""
    OBJECTS.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), FakeStore)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    host = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", host)
    yield
    server.shutdown()
    server.server_close()


PATH = "gs://bucket/out/manifests/1.json"


def test_first_run_creates_and_an_equal_one_agrees() -> None:
    for _ in range(2):
        create_once(PATH, b"content\n", "manifest")
        assert OBJECTS == {"out/manifests/1.json": b"content\n"}


def test_other_run_is_refused_and_changes_nothing() -> None:
    create_once(PATH, b"content", "manifest")
    with pytest.raises(OutputError, match=r"cannot write gs://.*: another run has written it"):
        create_once(PATH, b"other content", "manifest")
    assert OBJECTS == {"out/manifests/1.json": b"content"}


def test_refusal_of_the_store_is_told() -> None:
    with pytest.raises(OutputError, match=r"cannot write gs://bucket/refused: 403 .*no permission"):
        create_once("gs://bucket/refused", b"content", "manifest")
