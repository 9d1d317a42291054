"""Files of rows beside their tables: the columns of both, and what is wrong with a file."""

import contextlib
from collections.abc import Iterator

import pyarrow as pa

from transforms.warehouse.columns import DOC, ColumnMismatchError, arrow_fields, is_schema_of
from transforms.warehouse.destination import DamagedFileError
from transforms.warehouse.tables import RUN_COLUMN, RUN_DOC, AvroSchema, Table

RUN_FIELD = pa.field(RUN_COLUMN, pa.string(), metadata={DOC: RUN_DOC.encode()})


def fields_of(table: Table) -> list[pa.Field]:
    """Return the columns that a table has today."""
    return [*arrow_fields(table.avro_schema), RUN_FIELD]


def columns_of_file(table: Table, avro_schema: AvroSchema) -> list[pa.Field]:
    """Return the columns of a file of rows; raise ColumnMismatchError for other rows."""
    if not is_schema_of(avro_schema, table.avro_schema):
        raise ColumnMismatchError(f"it has no {table.schema} rows")
    return arrow_fields(avro_schema)


@contextlib.contextmanager
def told_as_damaged(path: str) -> Iterator[None]:
    """Let what reading a file raises name the file: DamagedFileError."""
    try:
        yield
    except ColumnMismatchError as error:
        message = f"{path}: {error}: a release with another schema wrote it"
        raise DamagedFileError(message) from error
    except Exception as error:  # Avro libraries raise whatever the bytes lead to
        message = f"{path}: cannot be read as Avro: {type(error).__name__}: {error}"
        raise DamagedFileError(message) from error
