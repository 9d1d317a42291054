-- Take what is new of an output: clickhouse-client --param_output=/srv/articles/2026-11-22 --multiquery <load.sql
-- For a bucket read `s3` or `gcs` in place of `file`. A run is there once it is noted, which is done last: what
-- was loaded before an interruption is not seen, and is loaded once more.

SET schema_inference_mode = 'union', input_format_avro_allow_missing_fields = 1, use_hive_partitioning = 0;

DROP TEMPORARY TABLE IF EXISTS new_runs;

CREATE TEMPORARY TABLE new_runs AS
SELECT
    JSONExtractString(json, 'run') AS run,
    _file AS manifest,
    json,
    row_number() OVER (ORDER BY JSONExtractUInt(json, 'window', 'number'), _file) AS place
FROM file(concat({output:String}, '/manifests/*.json'), 'JSONAsString', 'json String')
WHERE run NOT IN (SELECT run FROM runs);

DROP TEMPORARY TABLE IF EXISTS new_files;

CREATE TEMPORARY TABLE new_files AS
SELECT
    run,
    arrayJoin(JSONExtract(json, 'files', 'Array(Tuple(name String, sha256 String))')) AS listed,
    listed.name AS name,
    listed.sha256 AS sha256
FROM new_runs;

DROP TEMPORARY TABLE IF EXISTS read_files;

CREATE TEMPORARY TABLE read_files AS
SELECT
    arrayStringConcat(arraySlice(splitByChar('/', _path), -2), '/') AS name,
    lower(hex(SHA256(content))) AS sha256
FROM file(concat({output:String}, '/{articles,dead_letters,duplicates,other_languages}/*.avro'), 'RawBLOB', 'content String')
WHERE _file IN (SELECT splitByChar('/', name)[2] FROM new_files);

SELECT throwIf(
    count() > 0,
    'files of the output are missing, or not as their manifests say: nothing of it was loaded'
)
FROM new_files
LEFT ANTI JOIN read_files ON read_files.name = new_files.name AND read_files.sha256 = new_files.sha256
FORMAT Null;

INSERT INTO articles_rows (id, source_uri, site, content_sha256, content_bytes, encoding, ingest_date, language, script, language_confidence, language_route, languages, title, authors, published_at, published_date, published_text, record_date_text, dateline, section, source, view_count, comment_count, tags, paragraphs, metadata_lines, removed_lines, repairs, quality, extractor_version, source_uri_count, near_duplicate_of, near_duplicate_similarity, run, file, file_row)
SELECT read.*, new_files.run, new_files.name, read._row_number
FROM file(concat({output:String}, '/articles/*.avro'), 'Avro', '
    id String,
    source_uri String,
    site Nullable(String),
    content_sha256 String,
    content_bytes Int64,
    encoding String,
    ingest_date Date32,
    language String,
    script Nullable(String),
    language_confidence Float64,
    language_route Nullable(String),
    languages Array(Tuple(language String, script String, share Float64)),
    title Nullable(String),
    authors Array(String),
    published_at Nullable(DateTime64(6, \'UTC\')),
    published_date Nullable(Date32),
    published_text Nullable(String),
    record_date_text Nullable(String),
    dateline Nullable(Tuple(place Nullable(String), date_text Nullable(String), agency Nullable(String))),
    section Nullable(String),
    source Nullable(String),
    view_count Nullable(Int64),
    comment_count Nullable(Int64),
    tags Array(String),
    paragraphs Array(Tuple(line Int32, text String, language Nullable(String))),
    metadata_lines Array(Tuple(line Int32, field String, text String, start Int32)),
    removed_lines Array(Tuple(line Int32, text String, family String, layer String, evidence String, score Float64)),
    repairs Array(Tuple(line Int32, kind String, before String, after String, start Int32)),
    quality Tuple(line_count Int64, paragraph_count Int64, metadata_line_count Int64, removed_line_count Int64, repair_count Int64, letter_share Float64, removed_share Float64),
    extractor_version String,
    source_uri_count Nullable(Int64),
    near_duplicate_of Nullable(String),
    near_duplicate_similarity Nullable(Float64)
') AS read
INNER JOIN new_files ON new_files.name = concat('articles/', read._file)
WHERE read._file IN (SELECT splitByChar('/', name)[2] FROM new_files);

INSERT INTO dead_letters_rows (id, source_uri, stage, code, message, content, content_sha256, content_bytes, truncated, attempt, ingest_date, record_date_text, container_uri, run, file, file_row)
SELECT read.*, new_files.run, new_files.name, read._row_number
FROM file(concat({output:String}, '/dead_letters/*.avro'), 'Avro', '
    id String,
    source_uri String,
    stage String,
    code String,
    message String,
    content String,
    content_sha256 String,
    content_bytes Int64,
    truncated Bool,
    attempt Int32,
    ingest_date Date32,
    record_date_text Nullable(String),
    container_uri Nullable(String)
') AS read
INNER JOIN new_files ON new_files.name = concat('dead_letters/', read._file)
WHERE read._file IN (SELECT splitByChar('/', name)[2] FROM new_files);

INSERT INTO duplicates_rows (source_uri, content_sha256, content_bytes, duplicate_of, ingest_date, similarity, record_date_text, run, file, file_row)
SELECT read.*, new_files.run, new_files.name, read._row_number
FROM file(concat({output:String}, '/duplicates/*.avro'), 'Avro', '
    source_uri String,
    content_sha256 String,
    content_bytes Int64,
    duplicate_of String,
    ingest_date Date32,
    similarity Nullable(Float64),
    record_date_text Nullable(String)
') AS read
INNER JOIN new_files ON new_files.name = concat('duplicates/', read._file)
WHERE read._file IN (SELECT splitByChar('/', name)[2] FROM new_files);

INSERT INTO other_languages_rows (id, source_uri, site, content_sha256, content_bytes, encoding, ingest_date, language, script, language_confidence, language_route, languages, title, authors, published_at, published_date, published_text, record_date_text, dateline, section, source, view_count, comment_count, tags, paragraphs, metadata_lines, removed_lines, repairs, quality, extractor_version, source_uri_count, near_duplicate_of, near_duplicate_similarity, run, file, file_row)
SELECT read.*, new_files.run, new_files.name, read._row_number
FROM file(concat({output:String}, '/other_languages/*.avro'), 'Avro', '
    id String,
    source_uri String,
    site Nullable(String),
    content_sha256 String,
    content_bytes Int64,
    encoding String,
    ingest_date Date32,
    language String,
    script Nullable(String),
    language_confidence Float64,
    language_route Nullable(String),
    languages Array(Tuple(language String, script String, share Float64)),
    title Nullable(String),
    authors Array(String),
    published_at Nullable(DateTime64(6, \'UTC\')),
    published_date Nullable(Date32),
    published_text Nullable(String),
    record_date_text Nullable(String),
    dateline Nullable(Tuple(place Nullable(String), date_text Nullable(String), agency Nullable(String))),
    section Nullable(String),
    source Nullable(String),
    view_count Nullable(Int64),
    comment_count Nullable(Int64),
    tags Array(String),
    paragraphs Array(Tuple(line Int32, text String, language Nullable(String))),
    metadata_lines Array(Tuple(line Int32, field String, text String, start Int32)),
    removed_lines Array(Tuple(line Int32, text String, family String, layer String, evidence String, score Float64)),
    repairs Array(Tuple(line Int32, kind String, before String, after String, start Int32)),
    quality Tuple(line_count Int64, paragraph_count Int64, metadata_line_count Int64, removed_line_count Int64, repair_count Int64, letter_share Float64, removed_share Float64),
    extractor_version String,
    source_uri_count Nullable(Int64),
    near_duplicate_of Nullable(String),
    near_duplicate_similarity Nullable(Float64)
') AS read
INNER JOIN new_files ON new_files.name = concat('other_languages/', read._file)
WHERE read._file IN (SELECT splitByChar('/', name)[2] FROM new_files);

INSERT INTO runs_rows (run, output, manifest, version, options, window, replay_of, documents, articles, other_languages, duplicates, dead_letters, loaded_at, place)
SELECT
    run,
    {output:String},
    concat('manifests/', manifest),
    JSONExtractString(json, 'version'),
    JSONExtractRaw(json, 'options'),
    JSONExtract(json, 'window', 'number', 'Nullable(Int64)'),
    JSONExtract(json, 'replay_of', 'Array(String)'),
    JSONExtractInt(json, 'counts', 'documents'),
    JSONExtractInt(json, 'counts', 'articles'),
    JSONExtractInt(json, 'counts', 'other_languages'),
    JSONExtractInt(json, 'counts', 'duplicates'),
    JSONExtractInt(json, 'counts', 'dead_letters'),
    now64(6),
    place
FROM new_runs;
