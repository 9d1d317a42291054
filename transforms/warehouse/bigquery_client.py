"""Google's client for BigQuery, with the credentials that `gs://` has."""

import os

from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from transforms.stores import StoreUnavailableError
from transforms.stores.google_requests import find_credentials
from transforms.warehouse.bigquery_destination import BigqueryDestination
from transforms.warehouse.destination import DestinationUnusableError

EMULATOR = "BIGQUERY_EMULATOR_HOST"
"""The variable with which Google's client is sent to an emulator, such as http://localhost:9050."""

SCOPE = bigquery.Client.SCOPE[0]
"""What Google's client asks for itself: its jobs read buckets, too."""


def open_dataset(dataset: str) -> BigqueryDestination:
    """Return a dataset, named with its project, where jobs are run and paid for too.

    Raises DestinationUnusableError where there are no credentials.
    """
    project = dataset.rpartition(".")[0]
    try:
        is_emulated = os.environ.get(EMULATOR)
        credentials = AnonymousCredentials() if is_emulated else find_credentials(SCOPE, "BigQuery")
    except StoreUnavailableError as error:
        raise DestinationUnusableError(str(error)) from error
    return BigqueryDestination(bigquery.Client(project, credentials), dataset)
