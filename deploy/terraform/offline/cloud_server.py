"""A server on this machine that answers as Dataflow, Cloud Run, Cloud Storage and BigQuery do.

It answers what a workflow asks, keeps what was asked, and refuses what Google's own descriptions do
not have. Jobs go through the states that a test gives them. The load is `suzgi load` into DuckDB,
and queries are run there: the SQL of the workflow is of the part that both dialects have, with
`@name` for `$name`.
"""

import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import duckdb
import urllib3
from discovery import Method, methods
from workflow_expressions import RaisedError

from pipelines.main import main

PROJECT, REGION, BUCKET, DATASET = "example-news", "europe-west3", "example-output", "suzgi"
LOAD_JOB = f"projects/{PROJECT}/locations/{REGION}/jobs/suzgi-load"
INTERFACES = {
    "bigquery.googleapis.com": "bigquery.v2",
    "dataflow.googleapis.com": "dataflow.v1b3",
    "run.googleapis.com": "run.v2",
    "storage.googleapis.com": "storage.v1",
}
Answer = tuple[int, dict[str, Any]]


@dataclass(frozen=True)
class Request:
    """What was asked: `…/jobs/id`, parameters, and the JSON of the body."""

    path: str
    query: dict[str, str]
    body: Any

    @property
    def last(self) -> str:
        """Return the last part of the path: the name, or id, of what is asked for."""
        return self.path.rpartition("/")[2]


@dataclass
class Cloud:
    """What is in the cloud, and what was asked of it."""

    warehouse: Path
    written: dict[str, Path]  # what jobs write: a directory, and where it is here
    outputs: dict[str, Path] = field(default_factory=dict)  # of these, what is written
    states: list[str] = field(default_factory=lambda: ["JOB_STATE_DONE"])  # of the job, one a look
    messages: list[dict[str, Any]] = field(default_factory=list)
    running: list[str] = field(default_factory=list)  # names of active jobs
    load_looks: int | None = 1  # looks until the load is over; None: never
    load_fails: bool = False
    after_load: str = ""  # SQL that damages what was loaded
    slow_queries: int = 0  # queries that are not complete at once
    outages: dict[str, list[int]] = field(
        default_factory=dict
    )  # codes of the next answers of a method
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    waiting: dict[str, Any] = field(default_factory=dict)  # the query that was not complete
    faults: list[str] = field(default_factory=list)

    def bodies(self, method: str) -> list[dict[str, Any]]:
        """Return the bodies, or else the parameters, of all requests to a method."""
        return [body for name, body in self.asked if name == method]

    def answer(self, method: Method, asked: Request) -> Answer:
        """Return the code and the body of an answer."""
        self.asked.append((method.id, asked.query if asked.body is None else asked.body))
        codes = self.outages.get(method.id, [])
        if codes and (code := codes.pop(0)) >= 400:
            return code, {"error": {"code": code, "message": "an outage"}}
        answers = {
            "storage.objects.list": self._list_objects,
            "dataflow.projects.locations.jobs.list": self._list_jobs,
            "dataflow.projects.locations.flexTemplates.launch": self._launch,
            "dataflow.projects.locations.jobs.get": self._look_at_job,
            "dataflow.projects.locations.jobs.update": self._cancel_job,
            "dataflow.projects.locations.jobs.messages.list": self._list_messages,
            "run.projects.locations.jobs.run": self._run_load,
            "run.projects.locations.jobs.executions.get": self._look_at_load,
            "run.projects.locations.jobs.executions.cancel": self._cancel_load,
            "bigquery.jobs.query": self._query,
            "bigquery.jobs.getQueryResults": self._query_again,
        }
        if method.id not in answers:
            return 501, {"error": {"message": f"{method.id} is not answered here"}}
        return answers[method.id](asked)

    # Cloud Storage and Dataflow.

    def _list_objects(self, asked: Request) -> Answer:
        names = [
            f"{place.removeprefix(f'gs://{BUCKET}/')}/manifests/{manifest.name}"
            for place, folder in self.outputs.items()
            for manifest in sorted((folder / "manifests").iterdir())
        ]
        found = [{"name": name} for name in names if name.startswith(asked.query["prefix"])]
        return 200, {"kind": "storage#objects"} | ({"items": found} if found else {})

    def _list_jobs(self, asked: Request) -> Answer:
        found = [
            self._job(name, "JOB_STATE_RUNNING")
            for name in self.running
            if name == asked.query["name"]
        ]
        return 200, {"jobs": found} if found else {}

    def _launch(self, asked: Request) -> Answer:
        return 200, {"job": self._job(asked.body["launchParameter"]["jobName"], "JOB_STATE_QUEUED")}

    def _look_at_job(self, asked: Request) -> Answer:
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        name = asked.last.removeprefix("id-of-")
        if state == "JOB_STATE_DONE":
            output = f"gs://{BUCKET}/{name.removeprefix('suzgi-ingest-')}"
            self.outputs[output] = self.written[output]
        return 200, self._job(name, state)

    def _cancel_job(self, asked: Request) -> Answer:
        name = asked.last.removeprefix("id-of-")
        return 200, self._job(name, "JOB_STATE_CANCELLING")

    def _list_messages(self, _: Request) -> Answer:
        return 200, {"jobMessages": self.messages} if self.messages else {}

    def _job(self, name: str, state: str) -> dict[str, Any]:
        return {"id": f"id-of-{name}", "name": name, "projectId": PROJECT, "currentState": state}

    # Cloud Run.

    def _run_load(self, asked: Request) -> Answer:
        (container,) = asked.body["overrides"]["containerOverrides"]
        if not self.load_fails and self.load_looks is not None:
            self._load(*container["args"])
        execution = {"@type": "type.googleapis.com/google.cloud.run.v2.Execution"}
        execution["name"] = f"{LOAD_JOB}/executions/suzgi-load-1"
        return 200, {"name": "projects/example/operations/1", "metadata": execution}

    def _load(self, command: str, output: str, to: str, warehouse: str, *more: str) -> None:
        """Load an output with the command line, as the job in the cloud would, but into DuckDB."""
        if (command, to, warehouse) != ("load", "--to", f"bigquery:{PROJECT}.{DATASET}"):
            self.faults.append(f"the load was told {command} {output} {to} {warehouse}")
        here = str(self.outputs[output])
        code = main([command, here, to, f"duckdb:{self.warehouse}", *more])
        if code != 0:
            self.faults.append(f"suzgi load ended with {code}")
        with duckdb.connect(self.warehouse) as database:
            database.execute("UPDATE runs SET output = ? WHERE output = ?", [output, here])
            if self.after_load:
                database.execute(self.after_load)

    def _look_at_load(self, _: Request) -> Answer:
        execution: dict[str, Any] = {"name": f"{LOAD_JOB}/executions/suzgi-load-1", "taskCount": 1}
        if self.load_looks is None or self.load_looks > 1:
            self.load_looks = None if self.load_looks is None else self.load_looks - 1
            return 200, execution | {"runningCount": 1}
        execution |= {"completionTime": "2026-05-15T01:00:00Z", "logUri": "https://example.com/log"}
        if not self.load_fails:
            return 200, execution | {"succeededCount": 1}
        condition = {
            "type": "Completed",
            "state": "CONDITION_FAILED",
            "message": "exited with code 7",
        }
        return 200, execution | {"failedCount": 1, "conditions": [condition]}

    def _cancel_load(self, _: Request) -> Answer:
        return 200, {"name": "projects/example/operations/2"}

    # BigQuery.

    def _query(self, asked: Request) -> Answer:
        if self.slow_queries:
            self.slow_queries -= 1
            self.waiting = asked.body
            place = {"projectId": PROJECT, "jobId": "query-1", "location": asked.body["location"]}
            return 200, {"jobComplete": False, "jobReference": place}
        if asked.body["defaultDataset"] != {"projectId": PROJECT, "datasetId": DATASET}:
            self.faults.append("the query is for another dataset")
        values = {
            each["name"]: each["parameterValue"]["value"] for each in asked.body["queryParameters"]
        }
        with duckdb.connect(self.warehouse) as database:
            try:
                found = database.execute(re.sub(r"@(\w+)", r"$\1", asked.body["query"]), values)
            except duckdb.CatalogException as error:
                return 404, {"error": {"code": 404, "message": f"Not found: {error}"}}
            names = [column[0] for column in found.description or ()]
            rows = [{"f": [{"v": text(value)} for value in row]} for row in found.fetchall()]
        answer: dict[str, Any] = {"jobComplete": True, "totalRows": str(len(rows))}
        answer["schema"] = {"fields": [{"name": name, "type": "STRING"} for name in names]}
        return 200, answer | ({"rows": rows} if rows else {})

    def _query_again(self, asked: Request) -> Answer:
        if asked.query["location"] != REGION:
            self.faults.append("the query is in another location")
        return self._query(replace(asked, body=self.waiting))


def text(value: Any) -> str | None:
    """Return a value as BigQuery writes it in JSON: as text."""
    return None if value is None else str(value)


class CloudServer:
    """A server for a `Cloud`, on a free port of this machine."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        handler = type("Handler", (_Handler,), {"cloud": cloud})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._pool = urllib3.PoolManager(retries=False)

    def __enter__(self) -> "CloudServer":
        """Start the server."""
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        """Stop the server."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._pool.clear()

    def send(self, method: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Send a request of a workflow here, not to its host; return what `http.…` returns."""
        url = urlsplit(arguments["url"])
        headers = (
            {"Authorization": "Bearer t"} if arguments.get("auth") == {"type": "OAuth2"} else {}
        )
        query = urlencode(arguments.get("query", {}))
        here = f"http://127.0.0.1:{self._server.server_port}/{url.netloc}{url.path}?{query}"
        body = json.dumps(arguments["body"]).encode() if "body" in arguments else None
        answer = self._pool.request(method, here, body=body, headers=headers)
        content = answer.json()
        if answer.status >= 400:
            message = f"HTTP server responded with error code {answer.status}"
            error = {"tags": ["HttpError"], "code": answer.status, "message": message}
            raise RaisedError(error | {"body": content})
        return {"code": answer.status, "headers": dict(answer.headers), "body": content}


class _Handler(BaseHTTPRequestHandler):
    cloud: Cloud

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_PUT(self) -> None:
        self._answer()

    def log_message(self, *arguments: object) -> None:
        """Print nothing."""

    def _answer(self) -> None:
        url = urlsplit(self.path)
        host, _, path = url.path.removeprefix("/").partition("/")
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        code, answer = self._judge(host, Request(path, dict(parse_qsl(url.query)), body))
        content = json.dumps(answer).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _judge(self, host: str, asked: Request) -> Answer:
        found = [
            method
            for method in methods(INTERFACES[host])
            if method.verb == self.command and method.path.fullmatch(asked.path)
        ]
        if not found or "Authorization" not in self.headers:
            fault = f"{self.command} {host}/{asked.path}: no such method, or no authorization"
            self.cloud.faults.append(fault)
            return 404, {"error": {"message": fault}}
        faults = found[0].faults_of_request(asked.query, asked.body)
        if not faults:
            code, answer = self.cloud.answer(found[0], asked)
            faults = found[0].faults_of_answer(answer) if code == 200 else []
        self.cloud.faults += faults
        return (400, {"error": {"message": "; ".join(faults)}}) if faults else (code, answer)
