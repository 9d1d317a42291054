"""Ask every reader that we promise for the records of our Avro files, and what each lacks.

A reader's package is imported when it is asked, so that the table is there without it.
"""

import base64
import json
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from any_rows import LONGS

from schemas.avro import CODECS, Codec, SchemaName, schema

SCHEMAS = Path(__file__).parents[2] / "schemas"
AVSC = Path(__file__).parents[1] / "readers/avsc"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Records = list[dict[str, Any]]


@dataclass(frozen=True)
class Reader:
    """A reader of Avro files.

    `read` returns the records of a file as its own schema has them; of a folder, those of all its
    files, which several releases wrote, with the fields of today's schema.
    """

    read: Callable[[Path, SchemaName], Records]
    refuses: Mapping[Codec, str] = field(default_factory=dict)  # and what the error says
    longs: range = LONGS  # that the reader can hold
    modules: Sequence[str] = ()  # beside that of its name

    @property
    def codecs(self) -> list[Codec]:
        """Return the codecs that the reader takes."""
        return [codec for codec in CODECS if codec not in self.refuses]


def is_installed(name: str) -> bool:
    """Tell whether a reader of the table is there."""
    if name == "avsc":
        return shutil.which("node") is not None and (AVSC / "node_modules/avsc").exists()
    return all(find_spec(module) for module in (name, *READERS[name].modules))


def avro_files(path: Path) -> list[Path]:
    """Return a file, or the files in a folder."""
    return sorted(path.glob("*.avro")) if path.is_dir() else [path]


def read_with_fastavro(path: Path, name: SchemaName) -> Records:
    """Return the records as fastavro reads them; of a folder, by our schema."""
    fastavro = import_module("fastavro")
    wanted = schema(name) if path.is_dir() else None
    records: Records = []
    for file in avro_files(path):
        with file.open("rb") as stream:
            records.extend(fastavro.reader(stream, wanted))
    return records


def read_with_avro(path: Path, name: SchemaName) -> Records:
    """Return the records as the official library reads them; of a folder, by our schema."""
    avro_io, datafile = import_module("avro.io"), import_module("avro.datafile")
    parse = import_module("avro.schema").from_path
    wanted = parse(SCHEMAS / f"{name}.avsc") if path.is_dir() else None
    records: Records = []
    for file in avro_files(path):
        reader = avro_io.DatumReader(readers_schema=wanted)
        with file.open("rb") as stream, datafile.DataFileReader(stream, reader) as opened:
            records.extend(opened)
    return records


def read_with_polars(path: Path, name: SchemaName) -> Records:
    """Return the records as polars reads them."""
    polars = import_module("polars")
    frames = [polars.read_avro(file) for file in avro_files(path)]
    records: Records = polars.concat(frames, how="diagonal").to_dicts()
    return records


@cache
def _duckdb_with_avro() -> Any:
    """Return a connection with the Avro extension that came in a wheel: nothing is downloaded."""
    offline = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    connection = import_module("duckdb").connect(config=offline)
    folder = Path(str(import_module("duckdb_extension_avro").__file__)).parent
    (extension,) = folder.glob("extensions/*/avro.duckdb_extension")
    connection.load_extension(str(extension))
    return connection


def read_with_duckdb(path: Path, name: SchemaName) -> Records:
    """Return the records as DuckDB reads them; its points in time, which are UTC, lack the zone."""
    queries = [f"FROM read_avro('{file}')" for file in avro_files(path)]
    result = _duckdb_with_avro().execute(" UNION ALL BY NAME ".join(queries))
    names = [column[0] for column in result.description]
    rows = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    return [typed(row, schema(name)) for row in rows]


def read_with_chdb(path: Path, name: SchemaName) -> Records:
    """Return the records as ClickHouse reads them; its strings are bytes, whatever they hold."""
    settings = "output_format_arrow_string_as_string = 0, max_threads = 1"
    if path.is_dir():
        settings += ", schema_inference_mode = 'union', input_format_avro_allow_missing_fields = 1"
    files = path / "*.avro" if path.is_dir() else path
    query = f"SELECT * FROM file('{files}', 'Avro') SETTINGS {settings}"  # noqa: S608 (our paths)
    table = import_module("chdb").query(query, "ArrowTable")
    return [typed(row, schema(name)) for row in table.to_pylist()]


def read_with_datafusion(path: Path, name: SchemaName) -> Records:
    """Return the records as DataFusion reads them."""
    datafusion = import_module("datafusion")
    in_order = datafusion.SessionConfig().with_target_partitions(1)
    frame = datafusion.SessionContext(in_order).read_avro(str(path) + "/" * path.is_dir())
    records: Records = frame.to_arrow_table().to_pylist()
    return records


def read_with_avsc(path: Path, name: SchemaName) -> Records:
    """Return the records as avsc reads them in Node; of a folder, by our schema.

    Raises ValueError with what avsc says.
    """
    wanted = [str(SCHEMAS / f"{name}.avsc")] if path.is_dir() else []
    records: Records = []
    for file in avro_files(path):
        command = ["node", str(AVSC / "read.js"), str(file), *wanted]
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode:
            raise ValueError(done.stderr.decode())
        records += [typed(row, schema(name)) for row in json.loads(done.stdout)]
    return records


def typed(value: Any, avro_type: Any) -> Any:
    """Return a value from a reader that lacks some of Avro's types as Python has it."""
    if isinstance(avro_type, list):
        return None if value is None else typed(value, avro_type[1])
    kind = avro_type.get("logicalType", avro_type["type"]) if isinstance(avro_type, dict) else ""
    if kind == "record":
        types = {member["name"]: member["type"] for member in avro_type["fields"]}
        return {name: typed(member, types[name]) for name, member in value.items()}
    if kind == "array":
        return [typed(item, avro_type["items"]) for item in value]
    return _leaf(value, kind or avro_type)


def _leaf(value: Any, kind: str) -> Any:
    """Return a value as the Python type of a primitive or logical type."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if kind == "date" and isinstance(value, int):
        return EPOCH.date() + timedelta(days=value)
    if kind == "timestamp-micros" and isinstance(value, int):
        return EPOCH + timedelta(microseconds=value)
    if kind == "string" and isinstance(value, bytes):
        return value.decode()
    if kind == "bytes" and isinstance(value, str):
        return base64.b64decode(value)
    if kind == "double":
        return float(value)  # JSON has one kind of numbers
    return value


READERS: dict[str, Reader] = {
    "fastavro": Reader(read_with_fastavro),
    "avro": Reader(read_with_avro, {"snappy": "Unsupported codec: snappy"}),
    "polars": Reader(read_with_polars, {"zstandard": 'unsupported Avro codec "zstandard"'}),
    "duckdb": Reader(
        read_with_duckdb,
        {"zstandard": "File header contains an unknown codec"},
        modules=["duckdb_extension_avro"],
    ),
    "chdb": Reader(read_with_chdb),
    "datafusion": Reader(read_with_datafusion),
    "avsc": Reader(
        read_with_avsc,
        {"snappy": "unknown codec: snappy", "zstandard": "unknown codec: zstandard"},
        longs=range(-(1 << 52), (1 << 53) - 1),  # JavaScript has doubles
    ),
}
"""The readers by the names of their packages."""
