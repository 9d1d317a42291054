"""A worker process of Beam, which ends when the process that started it does.

The local runner starts it, and so does an engine that keeps Beam's container contract
(`--environment_type=PROCESS`): with `--id` and `--provision_endpoint`, where all else is told.
"""

import argparse
import os
import sys
import threading
import time
from collections.abc import Mapping

from pipelines.worker_progress import note_progress

POLL_SECONDS = 1.0
ANSWER_SECONDS = 60.0
"""How long the engine that started the worker may take to say what it is to do."""


def main() -> None:
    """Run Beam's worker until its parent, whatever became of it, is gone.

    Beam's own worker, started by a process that is killed before the two are connected, waits
    for ever.
    """
    threading.Thread(target=_watch, args=(os.getppid(),), daemon=True).start()
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--id")
    parser.add_argument("--provision_endpoint")
    arguments, _ = parser.parse_known_args()
    if arguments.provision_endpoint:
        os.environ.update(provision(arguments.provision_endpoint, arguments.id))
    from apache_beam.runners.worker import sdk_worker_main  # noqa: PLC0415 (seconds: watch first)

    sdk_worker_main.main(sys.argv)


def provision(endpoint: str, worker_id: str) -> Mapping[str, str]:
    """Return what an engine says about the job of a worker, as the variables that Beam reads.

    Raises grpc.RpcError where nobody answers.
    """
    import grpc  # noqa: PLC0415 (loads slowly, as Beam does)
    from apache_beam.portability.api import (  # noqa: PLC0415
        beam_provision_api_pb2,
        beam_provision_api_pb2_grpc,
    )
    from google.protobuf import json_format  # noqa: PLC0415

    with grpc.insecure_channel(endpoint) as channel:
        service = beam_provision_api_pb2_grpc.ProvisionServiceStub(channel)
        info = service.GetProvisionInfo(
            beam_provision_api_pb2.GetProvisionInfoRequest(),
            metadata=(("worker_id", worker_id),),
            timeout=ANSWER_SECONDS,
            wait_for_ready=True,
        ).info
    return {
        "WORKER_ID": worker_id,
        "PIPELINE_OPTIONS": json_format.MessageToJson(info.pipeline_options),
        "LOGGING_API_SERVICE_DESCRIPTOR": str(info.logging_endpoint),
        "CONTROL_API_SERVICE_DESCRIPTOR": str(info.control_endpoint),
        "RUNNER_CAPABILITIES": " ".join(info.runner_capabilities),
    }


def _watch(parent: int) -> None:
    """Note how far this process is until it belongs to another parent, and end it then."""
    while os.getppid() == parent:
        note_progress()
        time.sleep(POLL_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    main()
