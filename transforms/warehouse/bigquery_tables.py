"""The tables and views of a dataset of BigQuery: made, read and grown."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from string import Template
from typing import Any

import pyarrow as pa
from google.api_core.exceptions import Conflict, NotFound
from google.cloud import bigquery

from transforms.commit_points import reach
from transforms.warehouse import bigquery_sql as sql
from transforms.warehouse.columns import arrow_fields, find_new_columns
from transforms.warehouse.destination import DestinationUnusableError
from transforms.warehouse.files import fields_of
from transforms.warehouse.tables import (
    RUN_COLUMN,
    RUNS,
    TABLE_OF_KIND,
    TABLES,
    read_views,
    runs_schema,
)

Labels = Mapping[str, str]


@dataclass(slots=True)
class Tables:
    """What a dataset has of ours; `columns` are those of its tables as they are."""

    client: bigquery.Client
    dataset: str  # project.dataset
    columns: dict[str, list[sql.Column]] = field(default_factory=dict)

    def prepare(self) -> None:
        """Make what is not there yet of tables, columns and views; what is there is kept.

        Raises DestinationUnusableError for a table that is not of ours, and ColumnMismatchError.
        """
        held = self._labels()
        for name, (fields, doc) in table_definitions().items():
            if name not in held:
                self.make(name, sql.table_resource(fields, doc))
                reach("load.table_made")
            self.columns[name] = self.read(name) or []
            self._check_key(name)
            self.add_columns(name, fields)
        if views := self._views_to_make(held):
            self.client.query_and_wait(";\n\n".join(views.values()))
        reach("load.prepared")

    def plan(self) -> Iterator[str]:
        """Yield what `prepare` would do, in lines; nothing is changed."""
        held = self._labels()
        for name, (fields, doc) in table_definitions().items():
            resource = sql.table_resource(fields, doc)
            if name not in held:
                yield f"table {self.dataset}.{name} would be made: {sql.describe(resource)}"
                continue
            for new in find_new_columns(sql.arrow_of(self.read(name) or []), _as_held(fields)):
                yield f"table {self.dataset}.{name} would get column {'.'.join(new.path)}"
        if views := self._views_to_make(held):
            yield f"views of {self.dataset} would be made: {', '.join(views)}"

    def read(self, name: str) -> list[sql.Column] | None:
        """Return the columns of a table; None where there is no such table."""
        try:
            found = self.client.get_table(f"{self.dataset}.{name}")
        except NotFound:
            return None
        return [column.to_api_repr() for column in found.schema]

    def make(self, name: str, resource: dict[str, Any]) -> None:
        """Make a table, unless somebody else just made it."""
        reference = bigquery.TableReference.from_string(f"{self.dataset}.{name}").to_api_repr()
        table = bigquery.Table.from_api_repr({"tableReference": reference, **resource})
        with contextlib.suppress(Conflict):
            self.client.create_table(table)

    def check_columns(self, name: str, wanted: Sequence[pa.Field]) -> bool:
        """Tell whether a table lacks columns; raise ColumnMismatchError for what it cannot get."""
        return bool(find_new_columns(sql.arrow_of(self.columns[name]), _as_held(wanted)))

    def add_columns(self, name: str, wanted: Sequence[pa.Field]) -> None:
        """Add what a table lacks; raise ColumnMismatchError where that cannot be."""
        if not self.check_columns(name, wanted):
            return
        table = self.client.get_table(f"{self.dataset}.{name}")
        columns = [column.to_api_repr() for column in table.schema]
        extended = sql.extend(columns, sql.columns_of(wanted))
        table.schema = [bigquery.SchemaField.from_api_repr(dict(column)) for column in extended]
        self.client.update_table(table, ["schema"])  # refused if it was changed meanwhile
        self.columns[name] = self.read(name) or []

    def _labels(self) -> dict[str, Labels]:
        """Return the labels of the tables and views that are there, by name."""
        return {item.table_id: item.labels for item in self.client.list_tables(self.dataset)}

    def _views_to_make(self, held: Mapping[str, Labels]) -> dict[str, str]:
        """Return the statements for views that are not there, or were another release's."""
        return {
            name: statement
            for name, statement in view_statements(self.dataset).items()
            if held.get(name, {}).get(sql.DEFINITION, "none") not in statement
        }

    def _check_key(self, name: str) -> None:
        """Raise DestinationUnusableError for a table without the columns that tell rows apart."""
        key = TABLE_OF_KIND[name].key if name in TABLE_OF_KIND else ()
        missing = {*key, RUN_COLUMN} - {column["name"] for column in self.columns[name]}
        if missing:
            raise DestinationUnusableError(
                f"{self.dataset}: the table {name} is not one of Suzgi: it has no column "
                f"{', '.join(sorted(missing))}. Name another dataset"
            )


def table_definitions() -> dict[str, tuple[list[pa.Field], str]]:
    """Return the columns and the description of each table, as they are today."""
    found = {table.name: (fields_of(table), str(table.avro_schema["doc"])) for table in TABLES}
    found[RUNS] = (arrow_fields(runs_schema()), str(runs_schema()["doc"]))
    return found


def view_statements(dataset: str) -> dict[str, str]:
    """Return the statements for all views by name, in the order of what they need."""
    found = sql.line_views(dataset, fields_of(TABLES[0]))
    for name, text in read_views("bigquery_views").items():
        comment, _, query = text.partition("\n")
        query = Template(query).substitute(dataset=dataset)
        found[name] = sql.create_view(f"{dataset}.{name}", query, comment.removeprefix("-- "), {})
    return found


def has_columns(held: Sequence[sql.Column] | None, wanted: Sequence[sql.Column]) -> bool:
    """Tell whether the columns that a table has are these, in this order, whatever they say."""
    return held is not None and pa.schema(sql.arrow_of(held)) == pa.schema(sql.arrow_of(wanted))


def _as_held(fields: Sequence[pa.Field]) -> list[pa.Field]:
    """Return columns with the types that BigQuery has for them: one of integers, one of floats."""
    return [field.with_type(_wide(field.type)) for field in fields]


def _wide(arrow_type: pa.DataType) -> pa.DataType:
    """Return the type that BigQuery has for a type, with what may be null in it."""
    if pa.types.is_list(arrow_type):
        return pa.list_(_wide(arrow_type.value_type))
    if pa.types.is_struct(arrow_type):
        return pa.struct(_as_held(list(arrow_type)))
    return {pa.int32(): pa.int64(), pa.float32(): pa.float64()}.get(arrow_type, arrow_type)
