"""Look at a graph that was staged for Dataflow, or run it.

`python staged_graph.py describe FILE`, or `run FILE`.

Tests run this by the programs of the image, away from the checkout: what it needs beside the graph
must be in the image.
"""

import base64
import bz2
import contextlib
import json
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

from apache_beam.internal import pickler
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.portability import common_urns, python_urns
from apache_beam.portability.api import beam_runner_api_pb2 as api
from apache_beam.runners.portability.fn_api_runner.fn_runner import FnApiRunner

PICKLED = (
    python_urns.PICKLED_DOFN_INFO,
    python_urns.PICKLED_DOFN,
    python_urns.PICKLED_TRANSFORM,
    python_urns.PICKLED_WINDOWFN,
    python_urns.PICKLED_CODER,
    python_urns.PICKLED_COMBINE_FN,
)


def read_graph(path: str) -> api.Pipeline:
    """Return a graph that is in a file."""
    graph: api.Pipeline = api.Pipeline.FromString(Path(path).read_bytes())
    return graph


def describe(graph: api.Pipeline) -> dict[str, object]:
    """Return the names of the steps, the images, and what each pickle in the graph holds as text.

    Raises whatever a pickle raises that this process cannot read.
    """
    pickles = list[str]()
    for name, spec in _functions(graph):
        if spec.urn in PICKLED:
            pickles.append(f"{name}: {_unpickled(spec.payload).decode('latin-1')}")
    return {
        "steps": sorted(each.unique_name for each in graph.components.transforms.values()),
        "urns": sorted({each.spec.urn for each in graph.components.transforms.values()}),
        "bounded": [each.is_bounded for each in graph.components.pcollections.values()],
        "pickles": pickles,
    }


def _functions(graph: api.Pipeline) -> Iterator[tuple[str, api.FunctionSpec]]:
    """Yield each function of a graph that may be pickled, with the name of what it belongs to."""
    for transform in graph.components.transforms.values():
        name, payload = transform.unique_name, transform.spec.payload
        yield name, transform.spec
        if transform.spec.urn == common_urns.primitives.PAR_DO.urn:
            yield name, api.ParDoPayload.FromString(payload).do_fn
        with contextlib.suppress(Exception):
            if "combine" in transform.spec.urn:
                yield name, api.CombinePayload.FromString(payload).combine_fn
    for name, coder in graph.components.coders.items():
        yield name, coder.spec
    for name, strategy in graph.components.windowing_strategies.items():
        yield name, strategy.window_fn


def _unpickled(payload: bytes) -> bytes:
    """Return the bytes of a pickle as Beam packed them, once it was read."""
    pickled = payload.rpartition(b"$")[2]  # coders have their name before it
    packed = base64.b64decode(pickled)
    is_bzip2 = packed.startswith(b"BZh")
    pickler.loads(pickled, use_zlib=not is_bzip2)
    return bz2.decompress(packed) if is_bzip2 else zlib.decompress(packed)


def run(graph: api.Pipeline) -> None:
    """Run a graph by the local runner, with workers in this process instead of the image."""
    for environment in graph.components.environments.values():
        environment.urn, environment.payload = python_urns.EMBEDDED_PYTHON, b""
        del environment.dependencies[:]
    FnApiRunner().run_via_runner_api(graph, PipelineOptions([])).wait_until_finish()


if __name__ == "__main__":
    what, file = sys.argv[1:]
    if what == "run":
        run(read_graph(file))
    else:
        json.dump(describe(read_graph(file)), sys.stdout)
