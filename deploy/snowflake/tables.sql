-- Tables for Suzgi's rows, and tables in which files land until their run is taken. May be repeated.
-- Columns are those of schemas/*.avsc; lists are ARRAY, structures OBJECT, points in time UTC. The bytes of
-- dead letters stay in the files, which `suzgi replay` reads.

CREATE TABLE IF NOT EXISTS articles (
    id VARCHAR COMMENT 'Stable key, hex: a hash of the canonical source and the content. The same document gets the same id in every run.',
    source_uri VARCHAR COMMENT 'Where the document was read from, such as gs://bucket/pages/1.txt.',
    site VARCHAR COMMENT 'Host name of the page''s site; null when it cannot be told.',
    content_sha256 VARCHAR COMMENT 'SHA-256 of the document''s bytes after decompression, 64 lower-case hex digits.',
    content_bytes NUMBER COMMENT 'Size of the document after decompression, in bytes.',
    encoding VARCHAR COMMENT 'Character encoding the bytes were decoded with, such as utf-8 or kz1048.',
    ingest_date DATE COMMENT 'Day of the run that read the document. The partition column.',
    language VARCHAR COMMENT 'Main language of the paragraphs as a BCP 47 tag, such as kk; und when nobody can say.',
    script VARCHAR COMMENT 'Main script as an ISO 15924 code, such as Cyrl, Latn or Arab; null when there are no letters to tell by.',
    language_confidence FLOAT COMMENT 'Confidence in language, 0 to 1; 0 when language is und.',
    language_route VARCHAR COMMENT 'What decided on the language, such as cld2, model-agreed or words; null in rows of older versions.',
    languages ARRAY COMMENT 'Every language found in the paragraphs, largest share first.',
    title VARCHAR COMMENT 'Headline; null when the page prints none.',
    authors ARRAY COMMENT 'Names of the authors, as printed and in that order; empty when the page names none.',
    published_at TIMESTAMP_NTZ COMMENT 'Moment of publication in UTC, microseconds; null when no time of day is printed, or stated by the record, or its time zone is unknown.',
    published_date DATE COMMENT 'Day of publication as the page prints it, or its record states it, in the time zone of that; null when there is none or an ambiguous one.',
    published_text VARCHAR COMMENT 'The date of publication exactly as printed, or as the record states it; null when there is none.',
    record_date_text VARCHAR COMMENT 'What the record that held the page states as date of publication, up to 200 characters. Where it could be read it is published_text too, and the date that the page prints counts for nothing; where not, the published fields are the page''s.',
    dateline OBJECT COMMENT 'The dateline before the first sentence; null when there is none.',
    section VARCHAR COMMENT 'Section or rubric of the site, as printed; null when the page prints none.',
    source VARCHAR COMMENT 'Press service, agency or outlet credited for the text; null when none is credited.',
    view_count NUMBER COMMENT 'Views as printed when the page was scraped; null when not printed.',
    comment_count NUMBER COMMENT 'Comments as printed when the page was scraped; null when not printed.',
    tags ARRAY COMMENT 'Tags as printed and in that order, without # signs; empty when the page prints none.',
    paragraphs ARRAY COMMENT 'The article itself, in the order of the page.',
    metadata_lines ARRAY COMMENT 'Lines that were read as fields instead of prose, in the order of the page.',
    removed_lines ARRAY COMMENT 'Lines removed as boilerplate, in the order of the page.',
    repairs ARRAY COMMENT 'Changes made to the text, in the order of the page.',
    quality OBJECT COMMENT 'Counts and shares by which a consumer can filter articles.',
    extractor_version VARCHAR COMMENT 'Version of Suzgi that made the record, such as 0.1.0.',
    source_uri_count NUMBER COMMENT 'How many documents of the run, of a watch those of one window, have this very content, this one included: 1 where there is no duplicate; null in rows of older versions.',
    near_duplicate_of VARCHAR COMMENT 'The id of the article that this one nearly equals, the first of their cluster; null for that one itself, for an article without near duplicates, and where nobody looked for them.',
    near_duplicate_similarity FLOAT COMMENT 'How alike the texts of this article and that one are: the share of runs of 8 letters that they have in common, estimated, 0 to 1; null as near_duplicate_of is.',
    run VARCHAR COMMENT 'The run, one of the table runs, that the row is of.'
) CLUSTER BY (ingest_date, language, site) COMMENT = 'One scraped page as a published article. Null means that the page does not say. Lines are numbered from 0 over the decoded text split at line ends; every line that is not blank is a paragraph, a metadata line or a removed line, so that the page''s text can be rebuilt.';

CREATE TABLE IF NOT EXISTS dead_letters (
    id VARCHAR COMMENT 'Stable key, hex: a hash of the canonical source and the content, as in Article.',
    source_uri VARCHAR COMMENT 'Where the document was read from, such as gs://bucket/pages/1.txt.',
    stage VARCHAR COMMENT 'Stage that failed, such as read, decode or extract.',
    code VARCHAR COMMENT 'Stable name of the reason, such as undecodable or no_paragraphs.',
    message VARCHAR COMMENT 'What went wrong and what to do, in English, for people.',
    content_sha256 VARCHAR COMMENT 'SHA-256 of the whole document, 64 lower-case hex digits, even when content is truncated.',
    content_bytes NUMBER COMMENT 'Size of the whole document, in bytes, even when content is truncated.',
    truncated BOOLEAN COMMENT 'Whether content holds less than the whole document. Such a dead letter is replayed from source_uri.',
    attempt NUMBER COMMENT 'Which attempt failed: 1 in an ordinary run, one more in each replay.',
    ingest_date DATE COMMENT 'Day of the run that failed. The partition column.',
    record_date_text VARCHAR COMMENT 'What the record that held the document states as date of publication, up to 200 characters. A replay takes it from here.',
    container_uri VARCHAR COMMENT 'The archive or file of records that the document lies in; null for a document of its own, and for a container itself.',
    run VARCHAR COMMENT 'The run, one of the table runs, that the row is of.'
) CLUSTER BY (ingest_date) COMMENT = 'A document that failed, kept with its reason and, up to a cap, its bytes, so that it can be replayed.';

CREATE TABLE IF NOT EXISTS duplicates (
    source_uri VARCHAR COMMENT 'Where the document was read from, such as gs://bucket/pages/2.txt.',
    content_sha256 VARCHAR COMMENT 'SHA-256 of the document''s content, 64 lower-case hex digits.',
    content_bytes NUMBER COMMENT 'Size of the content, in bytes.',
    duplicate_of VARCHAR COMMENT 'The id of the article that was kept.',
    ingest_date DATE COMMENT 'Day of the run that found it. The partition column.',
    similarity FLOAT COMMENT 'Of a near duplicate: how alike its text and that of the article are, the share of runs of 8 letters that they have in common, estimated, 0 to 1; null where the content is the same.',
    record_date_text VARCHAR COMMENT 'What its own record states as date of publication, up to 200 characters. The article has that of the record which was kept.',
    run VARCHAR COMMENT 'The run, one of the table runs, that the row is of.'
) CLUSTER BY (ingest_date) COMMENT = 'A document whose content another document of the same run, or of an earlier window of the same watch, has too, or nearly. Only the other one became an article.';

CREATE TABLE IF NOT EXISTS other_languages (
    id VARCHAR COMMENT 'Stable key, hex: a hash of the canonical source and the content. The same document gets the same id in every run.',
    source_uri VARCHAR COMMENT 'Where the document was read from, such as gs://bucket/pages/1.txt.',
    site VARCHAR COMMENT 'Host name of the page''s site; null when it cannot be told.',
    content_sha256 VARCHAR COMMENT 'SHA-256 of the document''s bytes after decompression, 64 lower-case hex digits.',
    content_bytes NUMBER COMMENT 'Size of the document after decompression, in bytes.',
    encoding VARCHAR COMMENT 'Character encoding the bytes were decoded with, such as utf-8 or kz1048.',
    ingest_date DATE COMMENT 'Day of the run that read the document. The partition column.',
    language VARCHAR COMMENT 'Main language of the paragraphs as a BCP 47 tag, such as kk; und when nobody can say.',
    script VARCHAR COMMENT 'Main script as an ISO 15924 code, such as Cyrl, Latn or Arab; null when there are no letters to tell by.',
    language_confidence FLOAT COMMENT 'Confidence in language, 0 to 1; 0 when language is und.',
    language_route VARCHAR COMMENT 'What decided on the language, such as cld2, model-agreed or words; null in rows of older versions.',
    languages ARRAY COMMENT 'Every language found in the paragraphs, largest share first.',
    title VARCHAR COMMENT 'Headline; null when the page prints none.',
    authors ARRAY COMMENT 'Names of the authors, as printed and in that order; empty when the page names none.',
    published_at TIMESTAMP_NTZ COMMENT 'Moment of publication in UTC, microseconds; null when no time of day is printed, or stated by the record, or its time zone is unknown.',
    published_date DATE COMMENT 'Day of publication as the page prints it, or its record states it, in the time zone of that; null when there is none or an ambiguous one.',
    published_text VARCHAR COMMENT 'The date of publication exactly as printed, or as the record states it; null when there is none.',
    record_date_text VARCHAR COMMENT 'What the record that held the page states as date of publication, up to 200 characters. Where it could be read it is published_text too, and the date that the page prints counts for nothing; where not, the published fields are the page''s.',
    dateline OBJECT COMMENT 'The dateline before the first sentence; null when there is none.',
    section VARCHAR COMMENT 'Section or rubric of the site, as printed; null when the page prints none.',
    source VARCHAR COMMENT 'Press service, agency or outlet credited for the text; null when none is credited.',
    view_count NUMBER COMMENT 'Views as printed when the page was scraped; null when not printed.',
    comment_count NUMBER COMMENT 'Comments as printed when the page was scraped; null when not printed.',
    tags ARRAY COMMENT 'Tags as printed and in that order, without # signs; empty when the page prints none.',
    paragraphs ARRAY COMMENT 'The article itself, in the order of the page.',
    metadata_lines ARRAY COMMENT 'Lines that were read as fields instead of prose, in the order of the page.',
    removed_lines ARRAY COMMENT 'Lines removed as boilerplate, in the order of the page.',
    repairs ARRAY COMMENT 'Changes made to the text, in the order of the page.',
    quality OBJECT COMMENT 'Counts and shares by which a consumer can filter articles.',
    extractor_version VARCHAR COMMENT 'Version of Suzgi that made the record, such as 0.1.0.',
    source_uri_count NUMBER COMMENT 'How many documents of the run, of a watch those of one window, have this very content, this one included: 1 where there is no duplicate; null in rows of older versions.',
    near_duplicate_of VARCHAR COMMENT 'The id of the article that this one nearly equals, the first of their cluster; null for that one itself, for an article without near duplicates, and where nobody looked for them.',
    near_duplicate_similarity FLOAT COMMENT 'How alike the texts of this article and that one are: the share of runs of 8 letters that they have in common, estimated, 0 to 1; null as near_duplicate_of is.',
    run VARCHAR COMMENT 'The run, one of the table runs, that the row is of.'
) CLUSTER BY (ingest_date, language, site) COMMENT = 'One scraped page as a published article. Null means that the page does not say. Lines are numbered from 0 over the decoded text split at line ends; every line that is not blank is a paragraph, a metadata line or a removed line, so that the page''s text can be rebuilt.';

CREATE TABLE IF NOT EXISTS runs (
    run VARCHAR COMMENT 'Name of the run: a hash of its version, options and inputs.',
    manifest VARCHAR COMMENT 'Its manifest, relative to output; that of a pane has its window of time in its name.',
    version VARCHAR COMMENT 'Version of Suzgi that made the run, such as 0.1.0.',
    options VARCHAR COMMENT 'The options that shaped the output, as JSON.',
    "WINDOW" NUMBER COMMENT 'Of a watch: number of the window, from 1; null elsewhere.',
    replay_of ARRAY COMMENT 'Runs whose dead letters were replayed; empty for any other run.',
    documents NUMBER COMMENT 'Documents that the run read.',
    articles NUMBER COMMENT 'Documents that became articles.',
    other_languages NUMBER COMMENT 'Documents that became articles in languages which were not asked for.',
    duplicates NUMBER COMMENT 'Documents whose content, or nearly, another document has too.',
    dead_letters NUMBER COMMENT 'Documents that failed.',
    loaded_at TIMESTAMP_NTZ COMMENT 'When the load of the run began, in UTC.'
) COMMENT = 'A run that was loaded: one manifest of suzgi ingest or suzgi replay, of a window of suzgi watch, or of a pane of a stream. documents = articles + other_languages + duplicates + dead_letters.';

CREATE TABLE IF NOT EXISTS landed_articles (record VARIANT, file VARCHAR, file_row NUMBER);

CREATE TABLE IF NOT EXISTS landed_dead_letters (record VARIANT, file VARCHAR, file_row NUMBER);

CREATE TABLE IF NOT EXISTS landed_duplicates (record VARIANT, file VARCHAR, file_row NUMBER);

CREATE TABLE IF NOT EXISTS landed_other_languages (record VARIANT, file VARCHAR, file_row NUMBER);

CREATE TABLE IF NOT EXISTS landed_manifests (record VARIANT, file VARCHAR);
