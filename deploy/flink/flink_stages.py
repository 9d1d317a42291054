"""What each stage of a job on Flink has moved, and how long it took, by the REST interface."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

NAME_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a job; bytes and records are those that go from stage to stage."""

    name: str
    seconds: float
    records_in: int
    bytes_in: int
    records_out: int
    bytes_out: int

    @classmethod
    def read(cls, vertex: Mapping[str, Any]) -> Self:
        """Return the stage that Flink calls a vertex."""
        metrics = vertex["metrics"]
        return cls(
            name=vertex["name"],
            seconds=vertex["duration"] / 1000,
            records_in=metrics["read-records"],
            bytes_in=metrics["read-bytes"],
            records_out=metrics["write-records"],
            bytes_out=metrics["write-bytes"],
        )


def describe_job(job: Mapping[str, Any]) -> str:
    """Return a table of the stages of a job, as `/jobs/ID` tells of it, with a line for all."""
    stages = [Stage.read(vertex) for vertex in job["vertices"]]
    lines = [
        f"{job['name']}: {job['state']}, {job['duration'] / 1000:.1f} s",
        f"{'s':>7} {'records in':>11} {'bytes in':>13} {'records out':>11} {'bytes out':>13}",
    ]
    lines += [
        f"{stage.seconds:7.1f} {stage.records_in:11,} {stage.bytes_in:13,} "
        f"{stage.records_out:11,} {stage.bytes_out:13,} {stage.name[:NAME_CHARACTERS]}"
        for stage in stages
    ]
    total = sum(stage.bytes_out for stage in stages)
    return "\n".join([*lines, f"{total:,} bytes went from stage to stage", ""])
