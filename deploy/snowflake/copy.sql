-- Let new files of all outputs below the stage land. Snowflake remembers for 64 days which it has loaded.
-- Manifests come first: what one lists was there before it, so that its files are among the next ones.

COPY INTO landed_manifests (record, file)
FROM (SELECT $1, METADATA$FILENAME FROM @suzgi_outputs)
FILE_FORMAT = (TYPE = JSON)
PATTERN = '(.*/)?manifests/[^/]*[.]json'
ON_ERROR = ABORT_STATEMENT;

COPY INTO landed_articles (record, file, file_row)
FROM (SELECT $1, METADATA$FILENAME, METADATA$FILE_ROW_NUMBER FROM @suzgi_outputs)
FILE_FORMAT = (TYPE = AVRO)
PATTERN = '(.*/)?articles/[^/]*[.]avro'
ON_ERROR = ABORT_STATEMENT;

COPY INTO landed_dead_letters (record, file, file_row)
FROM (SELECT $1, METADATA$FILENAME, METADATA$FILE_ROW_NUMBER FROM @suzgi_outputs)
FILE_FORMAT = (TYPE = AVRO)
PATTERN = '(.*/)?dead_letters/[^/]*[.]avro'
ON_ERROR = ABORT_STATEMENT;

COPY INTO landed_duplicates (record, file, file_row)
FROM (SELECT $1, METADATA$FILENAME, METADATA$FILE_ROW_NUMBER FROM @suzgi_outputs)
FILE_FORMAT = (TYPE = AVRO)
PATTERN = '(.*/)?duplicates/[^/]*[.]avro'
ON_ERROR = ABORT_STATEMENT;

COPY INTO landed_other_languages (record, file, file_row)
FROM (SELECT $1, METADATA$FILENAME, METADATA$FILE_ROW_NUMBER FROM @suzgi_outputs)
FILE_FORMAT = (TYPE = AVRO)
PATTERN = '(.*/)?other_languages/[^/]*[.]avro'
ON_ERROR = ABORT_STATEMENT;
