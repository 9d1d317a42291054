"""A worker learns from the engine that started it what it is to do."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from apache_beam.portability.api import beam_provision_api_pb2, beam_provision_api_pb2_grpc

from pipelines.worker import provision


class Provision(beam_provision_api_pb2_grpc.ProvisionServiceServicer):
    """Answers as an engine does, and notes who asks."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def GetProvisionInfo(self, _: Any, context: Any) -> Any:  # noqa: N802 (its name in the service)
        """Return what there is to know."""
        self.asked.append(dict(context.invocation_metadata())["worker_id"])
        info = beam_provision_api_pb2.ProvisionInfo(runner_capabilities=["one", "two"])
        info.pipeline_options.update({"beam:option:runner:v1": "some"})
        info.logging_endpoint.url = "127.0.0.1:1"
        info.control_endpoint.url = "127.0.0.1:2"
        return beam_provision_api_pb2.GetProvisionInfoResponse(info=info)


def test_worker_gets_what_beam_reads_from_its_environment() -> None:
    service = Provision()
    server = grpc.server(ThreadPoolExecutor(1))
    beam_provision_api_pb2_grpc.add_ProvisionServiceServicer_to_server(service, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    found = dict(provision(f"127.0.0.1:{port}", "worker 1"))
    server.stop(None).wait()
    assert service.asked == ["worker 1"]
    assert "some" in found.pop("PIPELINE_OPTIONS")
    assert found == {
        "WORKER_ID": "worker 1",
        "LOGGING_API_SERVICE_DESCRIPTOR": 'url: "127.0.0.1:1"\n',
        "CONTROL_API_SERVICE_DESCRIPTOR": 'url: "127.0.0.1:2"\n',
        "RUNNER_CAPABILITIES": "one two",
    }
