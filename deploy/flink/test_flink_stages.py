"""What a job has moved is told stage by stage."""

from flink_stages import describe_job

JOB = {
    "name": "suzgi-1",
    "state": "FINISHED",
    "duration": 61_200,
    "vertices": [
        {
            "name": "read",
            "duration": 1_500,
            "metrics": {
                "read-records": 0,
                "read-bytes": 0,
                "write-records": 2_000,
                "write-bytes": 64_000,
            },
        },
        {
            "name": "w" * 99,
            "duration": 59_700,
            "metrics": {
                "read-records": 2_000,
                "read-bytes": 65_000,
                "write-records": 1,
                "write-bytes": 36,
            },
        },
    ],
}

TABLE = """\
suzgi-1: FINISHED, 61.2 s
      s  records in      bytes in records out     bytes out
    1.5           0             0       2,000        64,000 read
   59.7       2,000        65,000           1            36 {}
64,036 bytes went from stage to stage
"""


def test_job_is_told_as_a_table() -> None:
    assert describe_job(JOB) == TABLE.format("w" * 60)
