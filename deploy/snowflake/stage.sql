-- Name the folder that has the outputs, each with its articles/, manifests/ and so on, at any depth below.
-- An account administrator makes the storage integration, once:
-- https://docs.snowflake.com/en/sql-reference/sql/create-storage-integration

CREATE STAGE IF NOT EXISTS suzgi_outputs
URL = 'gcs://my-bucket/out/'
STORAGE_INTEGRATION = suzgi_storage;
