"""As much of Google's services as a launch needs, on this machine: tokens, and jobs of Dataflow."""

import contextlib
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

JOB = re.compile(r"/v1b3/projects/[^/]+/locations/[^/]+/jobs/(?P<id>[^/?]+)(?P<rest>[^?]*)")
JOBS = re.compile(r"/v1b3/projects/[^/]+/locations/[^/]+/jobs(?:\?.*)?")
TOKEN = {
    "access_token": "token",
    "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
    "token_type": "Bearer",
    "expires_in": 3600,
}


@dataclass
class GoogleService:
    """Jobs that were submitted; who has the service says what becomes of them."""

    url: str = ""
    jobs: list[dict[str, Any]] = field(default_factory=list)
    submitted: threading.Event = field(default_factory=threading.Event)

    @property
    def endpoint(self) -> str:
        """Return the address as `--dataflow_endpoint` takes it: Beam knows `localhost` for one."""
        return self.url.replace("127.0.0.1", "localhost")

    def end(self, state: str) -> None:
        """Let the last job end."""
        self.jobs[-1]["currentState"] = f"JOB_STATE_{state}"

    def answer(self, method: str, path: str, body: bytes) -> dict[str, Any]:
        """Return the answer to a request."""
        if path == "/token":
            return TOKEN
        if method == "POST" and JOBS.fullmatch(path):
            job = {**json.loads(body), "id": f"job-{len(self.jobs)}"}
            self.jobs.append({**job, "currentState": "JOB_STATE_RUNNING"})
            self.submitted.set()
            return self.jobs[-1]
        found = JOB.match(path)
        if found and not found["rest"]:
            (job,) = (job for job in self.jobs if job["id"] == found["id"])
            if method == "PUT":
                job["requestedState"] = json.loads(body)["requestedState"]
                job["currentState"] = job["requestedState"]
            return job
        return {}  # no messages, no metrics


@contextlib.contextmanager
def google_service(folder: Path) -> Iterator[tuple[GoogleService, Path]]:
    """Run the service; give it, and a file of credentials for which it has tokens."""
    service = GoogleService()

    class Handler(BaseHTTPRequestHandler):
        """Hands each request to the service."""

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            content = json.dumps(service.answer(self.command, self.path, body)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = _answer  # noqa: N815 (names of the class)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        service.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield service, _credentials(folder, service.url)
        finally:
            server.shutdown()


def _credentials(folder: Path, url: str) -> Path:
    """Write and return credentials that are exchanged for a token of the service."""
    path = folder / "credentials.json"
    held = {
        "type": "external_account_authorized_user",
        "token_url": f"{url}/token",
        "client_id": "tests",
        "client_secret": "tests",
        "refresh_token": "tests",
    }
    path.write_text(json.dumps(held))
    return path
