"""The workflow of a day, and settings for it as schedule.tf makes them."""

from typing import Any

import yaml
from cloud_server import BUCKET, DATASET, PROJECT, REGION
from terraform_runs import HERE

SOURCE: dict[str, Any] = yaml.safe_load((HERE / "workflow.yaml").read_text(encoding="utf-8"))

SETTINGS = {
    "GOOGLE_CLOUD_PROJECT_ID": PROJECT,
    "SUZGI_REGION": REGION,
    "SUZGI_TIMEZONE": "Asia/Almaty",
    "SUZGI_INPUT": "gs://example-pages/DATE/",
    "SUZGI_OUTPUT_BUCKET": BUCKET,
    "SUZGI_TEMP": "gs://example-temp",
    "SUZGI_TEMPLATE": "gs://example-artifacts/templates/suzgi-ingest.json",
    "SUZGI_WORKER": f"suzgi-worker@{PROJECT}.iam.gserviceaccount.com",
    "SUZGI_SUBNETWORK": f"regions/{REGION}/subnetworks/suzgi-workers",
    "SUZGI_MACHINE_TYPE": "e2-standard-2",
    "SUZGI_MAX_WORKERS": "10",
    "SUZGI_INGEST_SECONDS": "21600",
    "SUZGI_LOAD_JOB": "suzgi-load",
    "SUZGI_LOAD_SECONDS": "7200",
    "SUZGI_DATASET": DATASET,
    "SUZGI_MAX_DEAD_LETTERS": "5",
    "SUZGI_MAX_DRIFT": "0.1",
}
