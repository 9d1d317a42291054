-- Take all runs that have landed as a whole: each file of the manifest with all of its rows. Others wait in
-- the landing tables for the next time. Of rows with one key there is one: that of the latest day; of the
-- same day that of the run that comes last; within a run the first of the last file. Run it with a client
-- that stops at the first error and closes its session, which takes back what is not committed.

CREATE OR REPLACE TEMPORARY TABLE new_runs AS
SELECT
    record:run::VARCHAR AS run,
    file AS manifest,
    record,
    ROW_NUMBER() OVER (ORDER BY COALESCE(record:window.number::NUMBER, 0), file) AS place
FROM landed_manifests
WHERE record:run::VARCHAR NOT IN (SELECT run FROM runs)
QUALIFY ROW_NUMBER() OVER (PARTITION BY record:run::VARCHAR ORDER BY file) = 1;

CREATE OR REPLACE TEMPORARY TABLE new_files AS
SELECT
    new_runs.run,
    new_runs.place,
    REGEXP_REPLACE(new_runs.manifest, 'manifests/[^/]*$', '') || listed.value:name::VARCHAR AS file,
    listed.value:rows::NUMBER AS row_count
FROM new_runs, LATERAL FLATTEN(INPUT => new_runs.record:files) AS listed;

CREATE OR REPLACE TEMPORARY TABLE landed_files AS
SELECT file, COUNT(DISTINCT file_row) AS row_count FROM landed_articles GROUP BY file
UNION ALL
SELECT file, COUNT(DISTINCT file_row) AS row_count FROM landed_dead_letters GROUP BY file
UNION ALL
SELECT file, COUNT(DISTINCT file_row) AS row_count FROM landed_duplicates GROUP BY file
UNION ALL
SELECT file, COUNT(DISTINCT file_row) AS row_count FROM landed_other_languages GROUP BY file;

DELETE FROM new_runs
WHERE run IN (
    SELECT new_files.run
    FROM new_files
    LEFT JOIN landed_files ON landed_files.file = new_files.file
    WHERE landed_files.row_count IS DISTINCT FROM new_files.row_count
);

DELETE FROM new_files WHERE run NOT IN (SELECT run FROM new_runs);

BEGIN TRANSACTION;

MERGE INTO articles AS held
USING (
    SELECT
        landed.record:id::VARCHAR AS id,
        landed.record:source_uri::VARCHAR AS source_uri,
        landed.record:site::VARCHAR AS site,
        landed.record:content_sha256::VARCHAR AS content_sha256,
        landed.record:content_bytes::NUMBER AS content_bytes,
        landed.record:encoding::VARCHAR AS encoding,
        DATEADD(DAY, landed.record:ingest_date::NUMBER, '1970-01-01'::DATE)::DATE AS ingest_date,
        landed.record:language::VARCHAR AS language,
        landed.record:script::VARCHAR AS script,
        landed.record:language_confidence::FLOAT AS language_confidence,
        landed.record:language_route::VARCHAR AS language_route,
        landed.record:languages::ARRAY AS languages,
        landed.record:title::VARCHAR AS title,
        landed.record:authors::ARRAY AS authors,
        TO_TIMESTAMP_NTZ(landed.record:published_at::NUMBER, 6) AS published_at,
        DATEADD(DAY, landed.record:published_date::NUMBER, '1970-01-01'::DATE)::DATE AS published_date,
        landed.record:published_text::VARCHAR AS published_text,
        landed.record:record_date_text::VARCHAR AS record_date_text,
        landed.record:dateline::OBJECT AS dateline,
        landed.record:section::VARCHAR AS section,
        landed.record:source::VARCHAR AS source,
        landed.record:view_count::NUMBER AS view_count,
        landed.record:comment_count::NUMBER AS comment_count,
        landed.record:tags::ARRAY AS tags,
        landed.record:paragraphs::ARRAY AS paragraphs,
        landed.record:metadata_lines::ARRAY AS metadata_lines,
        landed.record:removed_lines::ARRAY AS removed_lines,
        landed.record:repairs::ARRAY AS repairs,
        landed.record:quality::OBJECT AS quality,
        landed.record:extractor_version::VARCHAR AS extractor_version,
        landed.record:source_uri_count::NUMBER AS source_uri_count,
        landed.record:near_duplicate_of::VARCHAR AS near_duplicate_of,
        landed.record:near_duplicate_similarity::FLOAT AS near_duplicate_similarity,
        new_files.run AS run
    FROM landed_articles AS landed
    JOIN new_files ON new_files.file = landed.file
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY landed.record:id::VARCHAR
        ORDER BY landed.record:ingest_date::NUMBER DESC, new_files.place DESC, landed.file DESC, landed.file_row
    ) = 1
) AS new
ON held.id = new.id
WHEN MATCHED AND new.ingest_date >= held.ingest_date THEN UPDATE SET
    id = new.id,
    source_uri = new.source_uri,
    site = new.site,
    content_sha256 = new.content_sha256,
    content_bytes = new.content_bytes,
    encoding = new.encoding,
    ingest_date = new.ingest_date,
    language = new.language,
    script = new.script,
    language_confidence = new.language_confidence,
    language_route = new.language_route,
    languages = new.languages,
    title = new.title,
    authors = new.authors,
    published_at = new.published_at,
    published_date = new.published_date,
    published_text = new.published_text,
    record_date_text = new.record_date_text,
    dateline = new.dateline,
    section = new.section,
    source = new.source,
    view_count = new.view_count,
    comment_count = new.comment_count,
    tags = new.tags,
    paragraphs = new.paragraphs,
    metadata_lines = new.metadata_lines,
    removed_lines = new.removed_lines,
    repairs = new.repairs,
    quality = new.quality,
    extractor_version = new.extractor_version,
    source_uri_count = new.source_uri_count,
    near_duplicate_of = new.near_duplicate_of,
    near_duplicate_similarity = new.near_duplicate_similarity,
    run = new.run
WHEN NOT MATCHED THEN INSERT (
    id,
    source_uri,
    site,
    content_sha256,
    content_bytes,
    encoding,
    ingest_date,
    language,
    script,
    language_confidence,
    language_route,
    languages,
    title,
    authors,
    published_at,
    published_date,
    published_text,
    record_date_text,
    dateline,
    section,
    source,
    view_count,
    comment_count,
    tags,
    paragraphs,
    metadata_lines,
    removed_lines,
    repairs,
    quality,
    extractor_version,
    source_uri_count,
    near_duplicate_of,
    near_duplicate_similarity,
    run
) VALUES (
    new.id,
    new.source_uri,
    new.site,
    new.content_sha256,
    new.content_bytes,
    new.encoding,
    new.ingest_date,
    new.language,
    new.script,
    new.language_confidence,
    new.language_route,
    new.languages,
    new.title,
    new.authors,
    new.published_at,
    new.published_date,
    new.published_text,
    new.record_date_text,
    new.dateline,
    new.section,
    new.source,
    new.view_count,
    new.comment_count,
    new.tags,
    new.paragraphs,
    new.metadata_lines,
    new.removed_lines,
    new.repairs,
    new.quality,
    new.extractor_version,
    new.source_uri_count,
    new.near_duplicate_of,
    new.near_duplicate_similarity,
    new.run
);

MERGE INTO dead_letters AS held
USING (
    SELECT
        landed.record:id::VARCHAR AS id,
        landed.record:source_uri::VARCHAR AS source_uri,
        landed.record:stage::VARCHAR AS stage,
        landed.record:code::VARCHAR AS code,
        landed.record:message::VARCHAR AS message,
        landed.record:content_sha256::VARCHAR AS content_sha256,
        landed.record:content_bytes::NUMBER AS content_bytes,
        landed.record:truncated::BOOLEAN AS truncated,
        landed.record:attempt::NUMBER AS attempt,
        DATEADD(DAY, landed.record:ingest_date::NUMBER, '1970-01-01'::DATE)::DATE AS ingest_date,
        landed.record:record_date_text::VARCHAR AS record_date_text,
        landed.record:container_uri::VARCHAR AS container_uri,
        new_files.run AS run
    FROM landed_dead_letters AS landed
    JOIN new_files ON new_files.file = landed.file
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY landed.record:id::VARCHAR
        ORDER BY landed.record:ingest_date::NUMBER DESC, new_files.place DESC, landed.file DESC, landed.file_row
    ) = 1
) AS new
ON held.id = new.id
WHEN MATCHED AND new.ingest_date >= held.ingest_date THEN UPDATE SET
    id = new.id,
    source_uri = new.source_uri,
    stage = new.stage,
    code = new.code,
    message = new.message,
    content_sha256 = new.content_sha256,
    content_bytes = new.content_bytes,
    truncated = new.truncated,
    attempt = new.attempt,
    ingest_date = new.ingest_date,
    record_date_text = new.record_date_text,
    container_uri = new.container_uri,
    run = new.run
WHEN NOT MATCHED THEN INSERT (
    id,
    source_uri,
    stage,
    code,
    message,
    content_sha256,
    content_bytes,
    truncated,
    attempt,
    ingest_date,
    record_date_text,
    container_uri,
    run
) VALUES (
    new.id,
    new.source_uri,
    new.stage,
    new.code,
    new.message,
    new.content_sha256,
    new.content_bytes,
    new.truncated,
    new.attempt,
    new.ingest_date,
    new.record_date_text,
    new.container_uri,
    new.run
);

MERGE INTO duplicates AS held
USING (
    SELECT
        landed.record:source_uri::VARCHAR AS source_uri,
        landed.record:content_sha256::VARCHAR AS content_sha256,
        landed.record:content_bytes::NUMBER AS content_bytes,
        landed.record:duplicate_of::VARCHAR AS duplicate_of,
        DATEADD(DAY, landed.record:ingest_date::NUMBER, '1970-01-01'::DATE)::DATE AS ingest_date,
        landed.record:similarity::FLOAT AS similarity,
        landed.record:record_date_text::VARCHAR AS record_date_text,
        new_files.run AS run
    FROM landed_duplicates AS landed
    JOIN new_files ON new_files.file = landed.file
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY landed.record:source_uri::VARCHAR, landed.record:content_sha256::VARCHAR
        ORDER BY landed.record:ingest_date::NUMBER DESC, new_files.place DESC, landed.file DESC, landed.file_row
    ) = 1
) AS new
ON held.source_uri = new.source_uri AND held.content_sha256 = new.content_sha256
WHEN MATCHED AND new.ingest_date >= held.ingest_date THEN UPDATE SET
    source_uri = new.source_uri,
    content_sha256 = new.content_sha256,
    content_bytes = new.content_bytes,
    duplicate_of = new.duplicate_of,
    ingest_date = new.ingest_date,
    similarity = new.similarity,
    record_date_text = new.record_date_text,
    run = new.run
WHEN NOT MATCHED THEN INSERT (
    source_uri,
    content_sha256,
    content_bytes,
    duplicate_of,
    ingest_date,
    similarity,
    record_date_text,
    run
) VALUES (
    new.source_uri,
    new.content_sha256,
    new.content_bytes,
    new.duplicate_of,
    new.ingest_date,
    new.similarity,
    new.record_date_text,
    new.run
);

MERGE INTO other_languages AS held
USING (
    SELECT
        landed.record:id::VARCHAR AS id,
        landed.record:source_uri::VARCHAR AS source_uri,
        landed.record:site::VARCHAR AS site,
        landed.record:content_sha256::VARCHAR AS content_sha256,
        landed.record:content_bytes::NUMBER AS content_bytes,
        landed.record:encoding::VARCHAR AS encoding,
        DATEADD(DAY, landed.record:ingest_date::NUMBER, '1970-01-01'::DATE)::DATE AS ingest_date,
        landed.record:language::VARCHAR AS language,
        landed.record:script::VARCHAR AS script,
        landed.record:language_confidence::FLOAT AS language_confidence,
        landed.record:language_route::VARCHAR AS language_route,
        landed.record:languages::ARRAY AS languages,
        landed.record:title::VARCHAR AS title,
        landed.record:authors::ARRAY AS authors,
        TO_TIMESTAMP_NTZ(landed.record:published_at::NUMBER, 6) AS published_at,
        DATEADD(DAY, landed.record:published_date::NUMBER, '1970-01-01'::DATE)::DATE AS published_date,
        landed.record:published_text::VARCHAR AS published_text,
        landed.record:record_date_text::VARCHAR AS record_date_text,
        landed.record:dateline::OBJECT AS dateline,
        landed.record:section::VARCHAR AS section,
        landed.record:source::VARCHAR AS source,
        landed.record:view_count::NUMBER AS view_count,
        landed.record:comment_count::NUMBER AS comment_count,
        landed.record:tags::ARRAY AS tags,
        landed.record:paragraphs::ARRAY AS paragraphs,
        landed.record:metadata_lines::ARRAY AS metadata_lines,
        landed.record:removed_lines::ARRAY AS removed_lines,
        landed.record:repairs::ARRAY AS repairs,
        landed.record:quality::OBJECT AS quality,
        landed.record:extractor_version::VARCHAR AS extractor_version,
        landed.record:source_uri_count::NUMBER AS source_uri_count,
        landed.record:near_duplicate_of::VARCHAR AS near_duplicate_of,
        landed.record:near_duplicate_similarity::FLOAT AS near_duplicate_similarity,
        new_files.run AS run
    FROM landed_other_languages AS landed
    JOIN new_files ON new_files.file = landed.file
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY landed.record:id::VARCHAR
        ORDER BY landed.record:ingest_date::NUMBER DESC, new_files.place DESC, landed.file DESC, landed.file_row
    ) = 1
) AS new
ON held.id = new.id
WHEN MATCHED AND new.ingest_date >= held.ingest_date THEN UPDATE SET
    id = new.id,
    source_uri = new.source_uri,
    site = new.site,
    content_sha256 = new.content_sha256,
    content_bytes = new.content_bytes,
    encoding = new.encoding,
    ingest_date = new.ingest_date,
    language = new.language,
    script = new.script,
    language_confidence = new.language_confidence,
    language_route = new.language_route,
    languages = new.languages,
    title = new.title,
    authors = new.authors,
    published_at = new.published_at,
    published_date = new.published_date,
    published_text = new.published_text,
    record_date_text = new.record_date_text,
    dateline = new.dateline,
    section = new.section,
    source = new.source,
    view_count = new.view_count,
    comment_count = new.comment_count,
    tags = new.tags,
    paragraphs = new.paragraphs,
    metadata_lines = new.metadata_lines,
    removed_lines = new.removed_lines,
    repairs = new.repairs,
    quality = new.quality,
    extractor_version = new.extractor_version,
    source_uri_count = new.source_uri_count,
    near_duplicate_of = new.near_duplicate_of,
    near_duplicate_similarity = new.near_duplicate_similarity,
    run = new.run
WHEN NOT MATCHED THEN INSERT (
    id,
    source_uri,
    site,
    content_sha256,
    content_bytes,
    encoding,
    ingest_date,
    language,
    script,
    language_confidence,
    language_route,
    languages,
    title,
    authors,
    published_at,
    published_date,
    published_text,
    record_date_text,
    dateline,
    section,
    source,
    view_count,
    comment_count,
    tags,
    paragraphs,
    metadata_lines,
    removed_lines,
    repairs,
    quality,
    extractor_version,
    source_uri_count,
    near_duplicate_of,
    near_duplicate_similarity,
    run
) VALUES (
    new.id,
    new.source_uri,
    new.site,
    new.content_sha256,
    new.content_bytes,
    new.encoding,
    new.ingest_date,
    new.language,
    new.script,
    new.language_confidence,
    new.language_route,
    new.languages,
    new.title,
    new.authors,
    new.published_at,
    new.published_date,
    new.published_text,
    new.record_date_text,
    new.dateline,
    new.section,
    new.source,
    new.view_count,
    new.comment_count,
    new.tags,
    new.paragraphs,
    new.metadata_lines,
    new.removed_lines,
    new.repairs,
    new.quality,
    new.extractor_version,
    new.source_uri_count,
    new.near_duplicate_of,
    new.near_duplicate_similarity,
    new.run
);

INSERT INTO runs (
    run,
    manifest,
    version,
    options,
    "WINDOW",
    replay_of,
    documents,
    articles,
    other_languages,
    duplicates,
    dead_letters,
    loaded_at
)
SELECT
    run,
    manifest,
    record:version::VARCHAR,
    TO_JSON(record:options),
    record:window.number::NUMBER,
    COALESCE(record:replay_of, ARRAY_CONSTRUCT())::ARRAY,
    record:counts.documents::NUMBER,
    record:counts.articles::NUMBER,
    record:counts.other_languages::NUMBER,
    record:counts.duplicates::NUMBER,
    record:counts.dead_letters::NUMBER,
    SYSDATE()
FROM new_runs;

DELETE FROM landed_articles WHERE file IN (SELECT file FROM new_files);

DELETE FROM landed_dead_letters WHERE file IN (SELECT file FROM new_files);

DELETE FROM landed_duplicates WHERE file IN (SELECT file FROM new_files);

DELETE FROM landed_other_languages WHERE file IN (SELECT file FROM new_files);

COMMIT;
