CREATE TABLE "articles" ("id" VARCHAR, "source_uri" VARCHAR, "site" VARCHAR, "content_sha256" VARCHAR, "content_bytes" BIGINT, "encoding" VARCHAR, "ingest_date" DATE, "language" VARCHAR, "script" VARCHAR, "language_confidence" DOUBLE, "language_route" VARCHAR, "languages" STRUCT("language" VARCHAR, "script" VARCHAR, "share" DOUBLE)[], "title" VARCHAR, "authors" VARCHAR[], "published_at" TIMESTAMP WITH TIME ZONE, "published_date" DATE, "published_text" VARCHAR, "record_date_text" VARCHAR, "dateline" STRUCT("place" VARCHAR, "date_text" VARCHAR, "agency" VARCHAR), "section" VARCHAR, "source" VARCHAR, "view_count" BIGINT, "comment_count" BIGINT, "tags" VARCHAR[], "paragraphs" STRUCT("line" INTEGER, "text" VARCHAR, "language" VARCHAR)[], "metadata_lines" STRUCT("line" INTEGER, "field" VARCHAR, "text" VARCHAR, "start" INTEGER)[], "removed_lines" STRUCT("line" INTEGER, "text" VARCHAR, "family" VARCHAR, "layer" VARCHAR, "evidence" VARCHAR, "score" DOUBLE)[], "repairs" STRUCT("line" INTEGER, "kind" VARCHAR, "before" VARCHAR, "after" VARCHAR, "start" INTEGER)[], "quality" STRUCT("line_count" BIGINT, "paragraph_count" BIGINT, "metadata_line_count" BIGINT, "removed_line_count" BIGINT, "repair_count" BIGINT, "letter_share" DOUBLE, "removed_share" DOUBLE), "extractor_version" VARCHAR, "source_uri_count" BIGINT, "near_duplicate_of" VARCHAR, "near_duplicate_similarity" DOUBLE);

CREATE TABLE "other_languages" ("id" VARCHAR, "source_uri" VARCHAR, "site" VARCHAR, "content_sha256" VARCHAR, "content_bytes" BIGINT, "encoding" VARCHAR, "ingest_date" DATE, "language" VARCHAR, "script" VARCHAR, "language_confidence" DOUBLE, "language_route" VARCHAR, "languages" STRUCT("language" VARCHAR, "script" VARCHAR, "share" DOUBLE)[], "title" VARCHAR, "authors" VARCHAR[], "published_at" TIMESTAMP WITH TIME ZONE, "published_date" DATE, "published_text" VARCHAR, "record_date_text" VARCHAR, "dateline" STRUCT("place" VARCHAR, "date_text" VARCHAR, "agency" VARCHAR), "section" VARCHAR, "source" VARCHAR, "view_count" BIGINT, "comment_count" BIGINT, "tags" VARCHAR[], "paragraphs" STRUCT("line" INTEGER, "text" VARCHAR, "language" VARCHAR)[], "metadata_lines" STRUCT("line" INTEGER, "field" VARCHAR, "text" VARCHAR, "start" INTEGER)[], "removed_lines" STRUCT("line" INTEGER, "text" VARCHAR, "family" VARCHAR, "layer" VARCHAR, "evidence" VARCHAR, "score" DOUBLE)[], "repairs" STRUCT("line" INTEGER, "kind" VARCHAR, "before" VARCHAR, "after" VARCHAR, "start" INTEGER)[], "quality" STRUCT("line_count" BIGINT, "paragraph_count" BIGINT, "metadata_line_count" BIGINT, "removed_line_count" BIGINT, "repair_count" BIGINT, "letter_share" DOUBLE, "removed_share" DOUBLE), "extractor_version" VARCHAR, "source_uri_count" BIGINT, "near_duplicate_of" VARCHAR, "near_duplicate_similarity" DOUBLE);

CREATE TABLE "duplicates" ("source_uri" VARCHAR, "content_sha256" VARCHAR, "content_bytes" BIGINT, "duplicate_of" VARCHAR, "ingest_date" DATE, "similarity" DOUBLE, "record_date_text" VARCHAR);

CREATE TABLE "dead_letters" ("id" VARCHAR, "source_uri" VARCHAR, "stage" VARCHAR, "code" VARCHAR, "message" VARCHAR, "content" BLOB, "content_sha256" VARCHAR, "content_bytes" BIGINT, "truncated" BOOLEAN, "attempt" INTEGER, "ingest_date" DATE, "record_date_text" VARCHAR, "container_uri" VARCHAR);

CREATE TABLE "runs" ("run" VARCHAR, "output" VARCHAR, "manifest" VARCHAR, "manifest_sha256" VARCHAR, "version" VARCHAR, "options" VARCHAR, "window" BIGINT, "replay_of" VARCHAR[], "documents" BIGINT, "articles" BIGINT, "other_languages" BIGINT, "duplicates" BIGINT, "dead_letters" BIGINT, "loaded_at" TIMESTAMP WITH TIME ZONE);

CREATE OR REPLACE VIEW "languages" AS
SELECT "id", "source_uri", "site", "ingest_date", "article_language", entry."language", entry."script", entry."share"
FROM (SELECT "id" AS "id", "source_uri" AS "source_uri", "site" AS "site", "ingest_date" AS "ingest_date", "language" AS "article_language", unnest("languages") AS entry FROM articles);

CREATE OR REPLACE VIEW "paragraphs" AS
SELECT "id", "source_uri", "site", "ingest_date", "article_language", entry."line", entry."text", entry."language"
FROM (SELECT "id" AS "id", "source_uri" AS "source_uri", "site" AS "site", "ingest_date" AS "ingest_date", "language" AS "article_language", unnest("paragraphs") AS entry FROM articles);

CREATE OR REPLACE VIEW "metadata_lines" AS
SELECT "id", "source_uri", "site", "ingest_date", "article_language", entry."line", entry."field", entry."text", entry."start"
FROM (SELECT "id" AS "id", "source_uri" AS "source_uri", "site" AS "site", "ingest_date" AS "ingest_date", "language" AS "article_language", unnest("metadata_lines") AS entry FROM articles);

CREATE OR REPLACE VIEW "removed_lines" AS
SELECT "id", "source_uri", "site", "ingest_date", "article_language", entry."line", entry."text", entry."family", entry."layer", entry."evidence", entry."score"
FROM (SELECT "id" AS "id", "source_uri" AS "source_uri", "site" AS "site", "ingest_date" AS "ingest_date", "language" AS "article_language", unnest("removed_lines") AS entry FROM articles);

CREATE OR REPLACE VIEW "repairs" AS
SELECT "id", "source_uri", "site", "ingest_date", "article_language", entry."line", entry."kind", entry."before", entry."after", entry."start"
FROM (SELECT "id" AS "id", "source_uri" AS "source_uri", "site" AS "site", "ingest_date" AS "ingest_date", "language" AS "article_language", unnest("repairs") AS entry FROM articles);

MERGE INTO "articles" AS held USING "new_rows" AS new ON (held."id" = new."id") WHEN MATCHED AND new.ingest_date >= held.ingest_date THEN UPDATE BY NAME WHEN NOT MATCHED THEN INSERT BY NAME;

MERGE INTO "other_languages" AS held USING "new_rows" AS new ON (held."id" = new."id") WHEN MATCHED AND new.ingest_date >= held.ingest_date THEN UPDATE BY NAME WHEN NOT MATCHED THEN INSERT BY NAME;

MERGE INTO "duplicates" AS held USING "new_rows" AS new ON (held."source_uri" = new."source_uri" AND held."content_sha256" = new."content_sha256") WHEN MATCHED AND new.ingest_date >= held.ingest_date THEN UPDATE BY NAME WHEN NOT MATCHED THEN INSERT BY NAME;

MERGE INTO "dead_letters" AS held USING "new_rows" AS new ON (held."id" = new."id") WHEN MATCHED AND new.ingest_date >= held.ingest_date THEN UPDATE BY NAME WHEN NOT MATCHED THEN INSERT BY NAME;
