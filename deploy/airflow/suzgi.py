"""Every night: ingest the pages of the day that is over, then load them into the warehouse.

A DAG for Airflow 3. Put this file into its folder of DAGs, have `suzgi` on the path of its workers,
and set the variables suzgi_pages, suzgi_articles and suzgi_warehouse. To run a day again:
`airflow dags trigger suzgi --conf '{"day": "2026-11-20"}'`, with its output moved away first if its
pages have changed.
"""

import pendulum
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, CronDataIntervalTimetable, Param

ZONE = "Asia/Almaty"
"""Where a day is over at midnight."""

YESTERDAY = f"data_interval_start.in_timezone('{ZONE}').to_date_string()"
PLACES = {
    "PAGES": "{{ var.value.suzgi_pages }}",  # a folder a day below it: 2026-11-26
    "ARTICLES": "{{ var.value.suzgi_articles }}",  # gets a folder a day, too
    "WAREHOUSE": "{{ var.value.suzgi_warehouse }}",  # such as duckdb:/srv/articles.duckdb
    "DAY": f"{{{{ params.day or {YESTERDAY} }}}}",
    "ZONE": ZONE,
}

with DAG(
    "suzgi",
    description="Pages of a day into the warehouse",
    schedule=CronDataIntervalTimetable("15 2 * * *", timezone=ZONE),
    start_date=pendulum.datetime(2026, 11, 26, tz=ZONE),
    catchup=True,  # a night that was missed is caught up with
    max_active_runs=1,
    params={"day": Param(None, type=["null", "string"], format="date", description="to run again")},
    default_args={"retries": 2, "retry_delay": pendulum.duration(minutes=5)},
    doc_md=__doc__,
):
    # A second try goes on where the first was stopped, or ends at once.
    ingest = BashOperator(
        task_id="ingest",
        bash_command='exec suzgi ingest --input "$PAGES/$DAY/" --output "$ARTICLES/$DAY" '
        '--ingest-date "$DAY" --timezone "$ZONE" --quiet',
        env=PLACES,
        append_env=True,
        execution_timeout=pendulum.duration(hours=20),
    )
    load = BashOperator(
        task_id="load",
        bash_command='exec suzgi load "$ARTICLES/$DAY" --to "$WAREHOUSE"',
        env=PLACES,
        append_env=True,
        execution_timeout=pendulum.duration(hours=12),
    )
    ingest >> load
