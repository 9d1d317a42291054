-- Tables that keep all rows of all runs, and views that show those of the runs which are noted, of rows with
-- one key one. May be repeated. Columns are those of schemas/*.avsc; points in time are UTC.

CREATE TABLE IF NOT EXISTS articles_rows (
    id String COMMENT 'Stable key, hex: a hash of the canonical source and the content. The same document gets the same id in every run.',
    source_uri String COMMENT 'Where the document was read from, such as gs://bucket/pages/1.txt.',
    site Nullable(String) COMMENT 'Host name of the page\'s site; null when it cannot be told.',
    content_sha256 String COMMENT 'SHA-256 of the document\'s bytes after decompression, 64 lower-case hex digits.',
    content_bytes Int64 COMMENT 'Size of the document after decompression, in bytes.',
    encoding String COMMENT 'Character encoding the bytes were decoded with, such as utf-8 or kz1048.',
    ingest_date Date32 COMMENT 'Day of the run that read the document. The partition column.',
    language String COMMENT 'Main language of the paragraphs as a BCP 47 tag, such as kk; und when nobody can say.',
    script Nullable(String) COMMENT 'Main script as an ISO 15924 code, such as Cyrl, Latn or Arab; null when there are no letters to tell by.',
    language_confidence Float64 COMMENT 'Confidence in language, 0 to 1; 0 when language is und.',
    language_route Nullable(String) COMMENT 'What decided on the language, such as cld2, model-agreed or words; null in rows of older versions.',
    languages Array(Tuple(language String, script String, share Float64)) COMMENT 'Every language found in the paragraphs, largest share first.',
    title Nullable(String) COMMENT 'Headline; null when the page prints none.',
    authors Array(String) COMMENT 'Names of the authors, as printed and in that order; empty when the page names none.',
    published_at Nullable(DateTime64(6, 'UTC')) COMMENT 'Moment of publication in UTC, microseconds; null when no time of day is printed, or stated by the record, or its time zone is unknown.',
    published_date Nullable(Date32) COMMENT 'Day of publication as the page prints it, or its record states it, in the time zone of that; null when there is none or an ambiguous one.',
    published_text Nullable(String) COMMENT 'The date of publication exactly as printed, or as the record states it; null when there is none.',
    record_date_text Nullable(String) COMMENT 'What the record that held the page states as date of publication, up to 200 characters. Where it could be read it is published_text too, and the date that the page prints counts for nothing; where not, the published fields are the page\'s.',
    dateline Nullable(Tuple(place Nullable(String), date_text Nullable(String), agency Nullable(String))) COMMENT 'The dateline before the first sentence; null when there is none.',
    section Nullable(String) COMMENT 'Section or rubric of the site, as printed; null when the page prints none.',
    source Nullable(String) COMMENT 'Press service, agency or outlet credited for the text; null when none is credited.',
    view_count Nullable(Int64) COMMENT 'Views as printed when the page was scraped; null when not printed.',
    comment_count Nullable(Int64) COMMENT 'Comments as printed when the page was scraped; null when not printed.',
    tags Array(String) COMMENT 'Tags as printed and in that order, without # signs; empty when the page prints none.',
    paragraphs Array(Tuple(line Int32, text String, language Nullable(String))) COMMENT 'The article itself, in the order of the page.',
    metadata_lines Array(Tuple(line Int32, field String, text String, start Int32)) COMMENT 'Lines that were read as fields instead of prose, in the order of the page.',
    removed_lines Array(Tuple(line Int32, text String, family String, layer String, evidence String, score Float64)) COMMENT 'Lines removed as boilerplate, in the order of the page.',
    repairs Array(Tuple(line Int32, kind String, before String, after String, start Int32)) COMMENT 'Changes made to the text, in the order of the page.',
    quality Tuple(line_count Int64, paragraph_count Int64, metadata_line_count Int64, removed_line_count Int64, repair_count Int64, letter_share Float64, removed_share Float64) COMMENT 'Counts and shares by which a consumer can filter articles.',
    extractor_version String COMMENT 'Version of Suzgi that made the record, such as 0.1.0.',
    source_uri_count Nullable(Int64) COMMENT 'How many documents of the run, of a watch those of one window, have this very content, this one included: 1 where there is no duplicate; null in rows of older versions.',
    near_duplicate_of Nullable(String) COMMENT 'The id of the article that this one nearly equals, the first of their cluster; null for that one itself, for an article without near duplicates, and where nobody looked for them.',
    near_duplicate_similarity Nullable(Float64) COMMENT 'How alike the texts of this article and that one are: the share of runs of 8 letters that they have in common, estimated, 0 to 1; null as near_duplicate_of is.',
    run String COMMENT 'The run, one of the table runs, that the row is of.',
    file String COMMENT 'The file of the run that the row is in.',
    file_row UInt64 COMMENT 'Its place in the file, from 0.'
) ENGINE = MergeTree PARTITION BY toYYYYMM(ingest_date) ORDER BY (id, run)
COMMENT 'One scraped page as a published article. Null means that the page does not say. Lines are numbered from 0 over the decoded text split at line ends; every line that is not blank is a paragraph, a metadata line or a removed line, so that the page\'s text can be rebuilt.';

CREATE TABLE IF NOT EXISTS dead_letters_rows (
    id String COMMENT 'Stable key, hex: a hash of the canonical source and the content, as in Article.',
    source_uri String COMMENT 'Where the document was read from, such as gs://bucket/pages/1.txt.',
    stage String COMMENT 'Stage that failed, such as read, decode or extract.',
    code String COMMENT 'Stable name of the reason, such as undecodable or no_paragraphs.',
    message String COMMENT 'What went wrong and what to do, in English, for people.',
    content String COMMENT 'The document\'s bytes; only the first of them when truncated, none when they could not be read.',
    content_sha256 String COMMENT 'SHA-256 of the whole document, 64 lower-case hex digits, even when content is truncated.',
    content_bytes Int64 COMMENT 'Size of the whole document, in bytes, even when content is truncated.',
    truncated Bool COMMENT 'Whether content holds less than the whole document. Such a dead letter is replayed from source_uri.',
    attempt Int32 COMMENT 'Which attempt failed: 1 in an ordinary run, one more in each replay.',
    ingest_date Date32 COMMENT 'Day of the run that failed. The partition column.',
    record_date_text Nullable(String) COMMENT 'What the record that held the document states as date of publication, up to 200 characters. A replay takes it from here.',
    container_uri Nullable(String) COMMENT 'The archive or file of records that the document lies in; null for a document of its own, and for a container itself.',
    run String COMMENT 'The run, one of the table runs, that the row is of.',
    file String COMMENT 'The file of the run that the row is in.',
    file_row UInt64 COMMENT 'Its place in the file, from 0.'
) ENGINE = MergeTree PARTITION BY toYYYYMM(ingest_date) ORDER BY (id, run)
COMMENT 'A document that failed, kept with its reason and, up to a cap, its bytes, so that it can be replayed.';

CREATE TABLE IF NOT EXISTS duplicates_rows (
    source_uri String COMMENT 'Where the document was read from, such as gs://bucket/pages/2.txt.',
    content_sha256 String COMMENT 'SHA-256 of the document\'s content, 64 lower-case hex digits.',
    content_bytes Int64 COMMENT 'Size of the content, in bytes.',
    duplicate_of String COMMENT 'The id of the article that was kept.',
    ingest_date Date32 COMMENT 'Day of the run that found it. The partition column.',
    similarity Nullable(Float64) COMMENT 'Of a near duplicate: how alike its text and that of the article are, the share of runs of 8 letters that they have in common, estimated, 0 to 1; null where the content is the same.',
    record_date_text Nullable(String) COMMENT 'What its own record states as date of publication, up to 200 characters. The article has that of the record which was kept.',
    run String COMMENT 'The run, one of the table runs, that the row is of.',
    file String COMMENT 'The file of the run that the row is in.',
    file_row UInt64 COMMENT 'Its place in the file, from 0.'
) ENGINE = MergeTree PARTITION BY toYYYYMM(ingest_date) ORDER BY (source_uri, content_sha256, run)
COMMENT 'A document whose content another document of the same run, or of an earlier window of the same watch, has too, or nearly. Only the other one became an article.';

CREATE TABLE IF NOT EXISTS other_languages_rows (
    id String COMMENT 'Stable key, hex: a hash of the canonical source and the content. The same document gets the same id in every run.',
    source_uri String COMMENT 'Where the document was read from, such as gs://bucket/pages/1.txt.',
    site Nullable(String) COMMENT 'Host name of the page\'s site; null when it cannot be told.',
    content_sha256 String COMMENT 'SHA-256 of the document\'s bytes after decompression, 64 lower-case hex digits.',
    content_bytes Int64 COMMENT 'Size of the document after decompression, in bytes.',
    encoding String COMMENT 'Character encoding the bytes were decoded with, such as utf-8 or kz1048.',
    ingest_date Date32 COMMENT 'Day of the run that read the document. The partition column.',
    language String COMMENT 'Main language of the paragraphs as a BCP 47 tag, such as kk; und when nobody can say.',
    script Nullable(String) COMMENT 'Main script as an ISO 15924 code, such as Cyrl, Latn or Arab; null when there are no letters to tell by.',
    language_confidence Float64 COMMENT 'Confidence in language, 0 to 1; 0 when language is und.',
    language_route Nullable(String) COMMENT 'What decided on the language, such as cld2, model-agreed or words; null in rows of older versions.',
    languages Array(Tuple(language String, script String, share Float64)) COMMENT 'Every language found in the paragraphs, largest share first.',
    title Nullable(String) COMMENT 'Headline; null when the page prints none.',
    authors Array(String) COMMENT 'Names of the authors, as printed and in that order; empty when the page names none.',
    published_at Nullable(DateTime64(6, 'UTC')) COMMENT 'Moment of publication in UTC, microseconds; null when no time of day is printed, or stated by the record, or its time zone is unknown.',
    published_date Nullable(Date32) COMMENT 'Day of publication as the page prints it, or its record states it, in the time zone of that; null when there is none or an ambiguous one.',
    published_text Nullable(String) COMMENT 'The date of publication exactly as printed, or as the record states it; null when there is none.',
    record_date_text Nullable(String) COMMENT 'What the record that held the page states as date of publication, up to 200 characters. Where it could be read it is published_text too, and the date that the page prints counts for nothing; where not, the published fields are the page\'s.',
    dateline Nullable(Tuple(place Nullable(String), date_text Nullable(String), agency Nullable(String))) COMMENT 'The dateline before the first sentence; null when there is none.',
    section Nullable(String) COMMENT 'Section or rubric of the site, as printed; null when the page prints none.',
    source Nullable(String) COMMENT 'Press service, agency or outlet credited for the text; null when none is credited.',
    view_count Nullable(Int64) COMMENT 'Views as printed when the page was scraped; null when not printed.',
    comment_count Nullable(Int64) COMMENT 'Comments as printed when the page was scraped; null when not printed.',
    tags Array(String) COMMENT 'Tags as printed and in that order, without # signs; empty when the page prints none.',
    paragraphs Array(Tuple(line Int32, text String, language Nullable(String))) COMMENT 'The article itself, in the order of the page.',
    metadata_lines Array(Tuple(line Int32, field String, text String, start Int32)) COMMENT 'Lines that were read as fields instead of prose, in the order of the page.',
    removed_lines Array(Tuple(line Int32, text String, family String, layer String, evidence String, score Float64)) COMMENT 'Lines removed as boilerplate, in the order of the page.',
    repairs Array(Tuple(line Int32, kind String, before String, after String, start Int32)) COMMENT 'Changes made to the text, in the order of the page.',
    quality Tuple(line_count Int64, paragraph_count Int64, metadata_line_count Int64, removed_line_count Int64, repair_count Int64, letter_share Float64, removed_share Float64) COMMENT 'Counts and shares by which a consumer can filter articles.',
    extractor_version String COMMENT 'Version of Suzgi that made the record, such as 0.1.0.',
    source_uri_count Nullable(Int64) COMMENT 'How many documents of the run, of a watch those of one window, have this very content, this one included: 1 where there is no duplicate; null in rows of older versions.',
    near_duplicate_of Nullable(String) COMMENT 'The id of the article that this one nearly equals, the first of their cluster; null for that one itself, for an article without near duplicates, and where nobody looked for them.',
    near_duplicate_similarity Nullable(Float64) COMMENT 'How alike the texts of this article and that one are: the share of runs of 8 letters that they have in common, estimated, 0 to 1; null as near_duplicate_of is.',
    run String COMMENT 'The run, one of the table runs, that the row is of.',
    file String COMMENT 'The file of the run that the row is in.',
    file_row UInt64 COMMENT 'Its place in the file, from 0.'
) ENGINE = MergeTree PARTITION BY toYYYYMM(ingest_date) ORDER BY (id, run)
COMMENT 'One scraped page as a published article. Null means that the page does not say. Lines are numbered from 0 over the decoded text split at line ends; every line that is not blank is a paragraph, a metadata line or a removed line, so that the page\'s text can be rebuilt.';

CREATE TABLE IF NOT EXISTS runs_rows (
    run String COMMENT 'Name of the run: a hash of its version, options and inputs.',
    output String COMMENT 'Directory, or place in a store, that the run was loaded from.',
    manifest String COMMENT 'Its manifest, relative to output; that of a pane has its window of time in its name.',
    version String COMMENT 'Version of Suzgi that made the run, such as 0.1.0.',
    options String COMMENT 'The options that shaped the output, as JSON.',
    window Nullable(Int64) COMMENT 'Of a watch: number of the window, from 1; null elsewhere.',
    replay_of Array(String) COMMENT 'Runs whose dead letters were replayed; empty for any other run.',
    documents Int64 COMMENT 'Documents that the run read.',
    articles Int64 COMMENT 'Documents that became articles.',
    other_languages Int64 COMMENT 'Documents that became articles in languages which were not asked for.',
    duplicates Int64 COMMENT 'Documents whose content, or nearly, another document has too.',
    dead_letters Int64 COMMENT 'Documents that failed.',
    loaded_at DateTime64(6, 'UTC') COMMENT 'When the load of the run began, in UTC.',
    place UInt64 COMMENT 'Among the runs that were noted at the same moment, from 1.'
) ENGINE = MergeTree ORDER BY run
COMMENT 'A run that was loaded: one manifest of suzgi ingest or suzgi replay, of a window of suzgi watch, or of a pane of a stream. documents = articles + other_languages + duplicates + dead_letters.';

CREATE OR REPLACE VIEW runs AS
SELECT * FROM runs_rows ORDER BY loaded_at, place LIMIT 1 BY run;

CREATE OR REPLACE VIEW articles AS
SELECT held.* EXCEPT (file, file_row)
FROM articles_rows AS held
INNER JOIN runs AS noted ON noted.run = held.run
ORDER BY held.ingest_date DESC, noted.loaded_at DESC, noted.place DESC, held.file DESC, held.file_row
LIMIT 1 BY held.id;

CREATE OR REPLACE VIEW dead_letters AS
SELECT held.* EXCEPT (file, file_row)
FROM dead_letters_rows AS held
INNER JOIN runs AS noted ON noted.run = held.run
ORDER BY held.ingest_date DESC, noted.loaded_at DESC, noted.place DESC, held.file DESC, held.file_row
LIMIT 1 BY held.id;

CREATE OR REPLACE VIEW duplicates AS
SELECT held.* EXCEPT (file, file_row)
FROM duplicates_rows AS held
INNER JOIN runs AS noted ON noted.run = held.run
ORDER BY held.ingest_date DESC, noted.loaded_at DESC, noted.place DESC, held.file DESC, held.file_row
LIMIT 1 BY held.source_uri, held.content_sha256;

CREATE OR REPLACE VIEW other_languages AS
SELECT held.* EXCEPT (file, file_row)
FROM other_languages_rows AS held
INNER JOIN runs AS noted ON noted.run = held.run
ORDER BY held.ingest_date DESC, noted.loaded_at DESC, noted.place DESC, held.file DESC, held.file_row
LIMIT 1 BY held.id;
