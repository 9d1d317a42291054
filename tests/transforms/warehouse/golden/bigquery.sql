BEGIN TRANSACTION;

MERGE INTO `my-project.articles.articles` AS held
USING (
  SELECT stage.`id` AS `id`, stage.`source_uri` AS `source_uri`, stage.`site` AS `site`, stage.`content_sha256` AS `content_sha256`, stage.`content_bytes` AS `content_bytes`, stage.`encoding` AS `encoding`, stage.`ingest_date` AS `ingest_date`, stage.`language` AS `language`, stage.`script` AS `script`, stage.`language_confidence` AS `language_confidence`, stage.`language_route` AS `language_route`, stage.`languages` AS `languages`, stage.`title` AS `title`, stage.`authors` AS `authors`, stage.`published_at` AS `published_at`, stage.`published_date` AS `published_date`, stage.`published_text` AS `published_text`, stage.`record_date_text` AS `record_date_text`, stage.`dateline` AS `dateline`, stage.`section` AS `section`, stage.`source` AS `source`, stage.`view_count` AS `view_count`, stage.`comment_count` AS `comment_count`, stage.`tags` AS `tags`, stage.`paragraphs` AS `paragraphs`, stage.`metadata_lines` AS `metadata_lines`, stage.`removed_lines` AS `removed_lines`, stage.`repairs` AS `repairs`, stage.`quality` AS `quality`, stage.`extractor_version` AS `extractor_version`, stage.`source_uri_count` AS `source_uri_count`, stage.`near_duplicate_of` AS `near_duplicate_of`, stage.`near_duplicate_similarity` AS `near_duplicate_similarity`, "4f2a" AS `run`
  FROM `my-project.articles.suzgi_stage_0_articles_0` AS stage
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY stage.`id` ORDER BY stage.ingest_date DESC
  ) = 1
) AS new
ON held.`id` = new.`id`
WHEN MATCHED AND new.ingest_date >= held.ingest_date THEN UPDATE SET `id` = new.`id`, `source_uri` = new.`source_uri`, `site` = new.`site`, `content_sha256` = new.`content_sha256`, `content_bytes` = new.`content_bytes`, `encoding` = new.`encoding`, `ingest_date` = new.`ingest_date`, `language` = new.`language`, `script` = new.`script`, `language_confidence` = new.`language_confidence`, `language_route` = new.`language_route`, `languages` = new.`languages`, `title` = new.`title`, `authors` = new.`authors`, `published_at` = new.`published_at`, `published_date` = new.`published_date`, `published_text` = new.`published_text`, `record_date_text` = new.`record_date_text`, `dateline` = new.`dateline`, `section` = new.`section`, `source` = new.`source`, `view_count` = new.`view_count`, `comment_count` = new.`comment_count`, `tags` = new.`tags`, `paragraphs` = new.`paragraphs`, `metadata_lines` = new.`metadata_lines`, `removed_lines` = new.`removed_lines`, `repairs` = new.`repairs`, `quality` = new.`quality`, `extractor_version` = new.`extractor_version`, `source_uri_count` = new.`source_uri_count`, `near_duplicate_of` = new.`near_duplicate_of`, `near_duplicate_similarity` = new.`near_duplicate_similarity`, `run` = new.`run`
WHEN NOT MATCHED THEN INSERT (`id`, `source_uri`, `site`, `content_sha256`, `content_bytes`, `encoding`, `ingest_date`, `language`, `script`, `language_confidence`, `language_route`, `languages`, `title`, `authors`, `published_at`, `published_date`, `published_text`, `record_date_text`, `dateline`, `section`, `source`, `view_count`, `comment_count`, `tags`, `paragraphs`, `metadata_lines`, `removed_lines`, `repairs`, `quality`, `extractor_version`, `source_uri_count`, `near_duplicate_of`, `near_duplicate_similarity`, `run`) VALUES (new.`id`, new.`source_uri`, new.`site`, new.`content_sha256`, new.`content_bytes`, new.`encoding`, new.`ingest_date`, new.`language`, new.`script`, new.`language_confidence`, new.`language_route`, new.`languages`, new.`title`, new.`authors`, new.`published_at`, new.`published_date`, new.`published_text`, new.`record_date_text`, new.`dateline`, new.`section`, new.`source`, new.`view_count`, new.`comment_count`, new.`tags`, new.`paragraphs`, new.`metadata_lines`, new.`removed_lines`, new.`repairs`, new.`quality`, new.`extractor_version`, new.`source_uri_count`, new.`near_duplicate_of`, new.`near_duplicate_similarity`, new.`run`);

MERGE INTO `my-project.articles.other_languages` AS held
USING (
  SELECT stage.`id` AS `id`, stage.`source_uri` AS `source_uri`, stage.`site` AS `site`, stage.`content_sha256` AS `content_sha256`, stage.`content_bytes` AS `content_bytes`, stage.`encoding` AS `encoding`, stage.`ingest_date` AS `ingest_date`, stage.`language` AS `language`, stage.`script` AS `script`, stage.`language_confidence` AS `language_confidence`, stage.`language_route` AS `language_route`, stage.`languages` AS `languages`, stage.`title` AS `title`, stage.`authors` AS `authors`, stage.`published_at` AS `published_at`, stage.`published_date` AS `published_date`, stage.`published_text` AS `published_text`, stage.`record_date_text` AS `record_date_text`, stage.`dateline` AS `dateline`, stage.`section` AS `section`, stage.`source` AS `source`, stage.`view_count` AS `view_count`, stage.`comment_count` AS `comment_count`, stage.`tags` AS `tags`, stage.`paragraphs` AS `paragraphs`, stage.`metadata_lines` AS `metadata_lines`, stage.`removed_lines` AS `removed_lines`, stage.`repairs` AS `repairs`, stage.`quality` AS `quality`, stage.`extractor_version` AS `extractor_version`, stage.`source_uri_count` AS `source_uri_count`, stage.`near_duplicate_of` AS `near_duplicate_of`, stage.`near_duplicate_similarity` AS `near_duplicate_similarity`, "4f2a" AS `run`
  FROM `my-project.articles.suzgi_stage_0_other_languages_0` AS stage
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY stage.`id` ORDER BY stage.ingest_date DESC
  ) = 1
) AS new
ON held.`id` = new.`id`
WHEN MATCHED AND new.ingest_date >= held.ingest_date THEN UPDATE SET `id` = new.`id`, `source_uri` = new.`source_uri`, `site` = new.`site`, `content_sha256` = new.`content_sha256`, `content_bytes` = new.`content_bytes`, `encoding` = new.`encoding`, `ingest_date` = new.`ingest_date`, `language` = new.`language`, `script` = new.`script`, `language_confidence` = new.`language_confidence`, `language_route` = new.`language_route`, `languages` = new.`languages`, `title` = new.`title`, `authors` = new.`authors`, `published_at` = new.`published_at`, `published_date` = new.`published_date`, `published_text` = new.`published_text`, `record_date_text` = new.`record_date_text`, `dateline` = new.`dateline`, `section` = new.`section`, `source` = new.`source`, `view_count` = new.`view_count`, `comment_count` = new.`comment_count`, `tags` = new.`tags`, `paragraphs` = new.`paragraphs`, `metadata_lines` = new.`metadata_lines`, `removed_lines` = new.`removed_lines`, `repairs` = new.`repairs`, `quality` = new.`quality`, `extractor_version` = new.`extractor_version`, `source_uri_count` = new.`source_uri_count`, `near_duplicate_of` = new.`near_duplicate_of`, `near_duplicate_similarity` = new.`near_duplicate_similarity`, `run` = new.`run`
WHEN NOT MATCHED THEN INSERT (`id`, `source_uri`, `site`, `content_sha256`, `content_bytes`, `encoding`, `ingest_date`, `language`, `script`, `language_confidence`, `language_route`, `languages`, `title`, `authors`, `published_at`, `published_date`, `published_text`, `record_date_text`, `dateline`, `section`, `source`, `view_count`, `comment_count`, `tags`, `paragraphs`, `metadata_lines`, `removed_lines`, `repairs`, `quality`, `extractor_version`, `source_uri_count`, `near_duplicate_of`, `near_duplicate_similarity`, `run`) VALUES (new.`id`, new.`source_uri`, new.`site`, new.`content_sha256`, new.`content_bytes`, new.`encoding`, new.`ingest_date`, new.`language`, new.`script`, new.`language_confidence`, new.`language_route`, new.`languages`, new.`title`, new.`authors`, new.`published_at`, new.`published_date`, new.`published_text`, new.`record_date_text`, new.`dateline`, new.`section`, new.`source`, new.`view_count`, new.`comment_count`, new.`tags`, new.`paragraphs`, new.`metadata_lines`, new.`removed_lines`, new.`repairs`, new.`quality`, new.`extractor_version`, new.`source_uri_count`, new.`near_duplicate_of`, new.`near_duplicate_similarity`, new.`run`);

MERGE INTO `my-project.articles.duplicates` AS held
USING (
  SELECT stage.`source_uri` AS `source_uri`, stage.`content_sha256` AS `content_sha256`, stage.`content_bytes` AS `content_bytes`, stage.`duplicate_of` AS `duplicate_of`, stage.`ingest_date` AS `ingest_date`, stage.`similarity` AS `similarity`, stage.`record_date_text` AS `record_date_text`, "4f2a" AS `run`
  FROM `my-project.articles.suzgi_stage_0_duplicates_0` AS stage
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY stage.`source_uri`, stage.`content_sha256` ORDER BY stage.ingest_date DESC, stage.`stage_file` DESC, stage.`stage_row`
  ) = 1
) AS new
ON held.`source_uri` = new.`source_uri` AND held.`content_sha256` = new.`content_sha256`
WHEN MATCHED AND new.ingest_date >= held.ingest_date THEN UPDATE SET `source_uri` = new.`source_uri`, `content_sha256` = new.`content_sha256`, `content_bytes` = new.`content_bytes`, `duplicate_of` = new.`duplicate_of`, `ingest_date` = new.`ingest_date`, `similarity` = new.`similarity`, `record_date_text` = new.`record_date_text`, `run` = new.`run`
WHEN NOT MATCHED THEN INSERT (`source_uri`, `content_sha256`, `content_bytes`, `duplicate_of`, `ingest_date`, `similarity`, `record_date_text`, `run`) VALUES (new.`source_uri`, new.`content_sha256`, new.`content_bytes`, new.`duplicate_of`, new.`ingest_date`, new.`similarity`, new.`record_date_text`, new.`run`);

MERGE INTO `my-project.articles.dead_letters` AS held
USING (
  SELECT stage.`id` AS `id`, stage.`source_uri` AS `source_uri`, stage.`stage` AS `stage`, stage.`code` AS `code`, stage.`message` AS `message`, stage.`content` AS `content`, stage.`content_sha256` AS `content_sha256`, stage.`content_bytes` AS `content_bytes`, stage.`truncated` AS `truncated`, stage.`attempt` AS `attempt`, stage.`ingest_date` AS `ingest_date`, stage.`record_date_text` AS `record_date_text`, stage.`container_uri` AS `container_uri`, "4f2a" AS `run`
  FROM `my-project.articles.suzgi_stage_0_dead_letters_0` AS stage
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY stage.`id` ORDER BY stage.ingest_date DESC, stage.`stage_file` DESC, stage.`stage_row`
  ) = 1
) AS new
ON held.`id` = new.`id`
WHEN MATCHED AND new.ingest_date >= held.ingest_date THEN UPDATE SET `id` = new.`id`, `source_uri` = new.`source_uri`, `stage` = new.`stage`, `code` = new.`code`, `message` = new.`message`, `content` = new.`content`, `content_sha256` = new.`content_sha256`, `content_bytes` = new.`content_bytes`, `truncated` = new.`truncated`, `attempt` = new.`attempt`, `ingest_date` = new.`ingest_date`, `record_date_text` = new.`record_date_text`, `container_uri` = new.`container_uri`, `run` = new.`run`
WHEN NOT MATCHED THEN INSERT (`id`, `source_uri`, `stage`, `code`, `message`, `content`, `content_sha256`, `content_bytes`, `truncated`, `attempt`, `ingest_date`, `record_date_text`, `container_uri`, `run`) VALUES (new.`id`, new.`source_uri`, new.`stage`, new.`code`, new.`message`, new.`content`, new.`content_sha256`, new.`content_bytes`, new.`truncated`, new.`attempt`, new.`ingest_date`, new.`record_date_text`, new.`container_uri`, new.`run`);

MERGE INTO `my-project.articles.runs` AS held
USING (SELECT "4f2a" AS `run`) AS new
ON held.`run` = new.`run`
WHEN NOT MATCHED THEN INSERT (`run`, `output`, `manifest`, `manifest_sha256`, `version`, `options`, `window`, `replay_of`, `documents`, `articles`, `other_languages`, `duplicates`, `dead_letters`, `loaded_at`) VALUES ("4f2a", "b", "c", "d", "e", "f", NULL, ARRAY<STRING>["1", "2"], 5, 4, 0, 0, 1, TIMESTAMP "2026-06-01T12:30:00.000005+00:00");

COMMIT TRANSACTION;

CREATE OR REPLACE VIEW `my-project.articles.languages` (
  `id` OPTIONS (description = "Stable key, hex: a hash of the canonical source and the content. The same document gets the same id in every run."),
  `source_uri` OPTIONS (description = "Where the document was read from, such as gs://bucket/pages/1.txt."),
  `site` OPTIONS (description = "Host name of the page's site; null when it cannot be told."),
  `ingest_date` OPTIONS (description = "Day of the run that read the document. The partition column."),
  `article_language` OPTIONS (description = "Main language of the paragraphs as a BCP 47 tag, such as kk; und when nobody can say."),
  `language` OPTIONS (description = "BCP 47 tag, such as kk; und for letters of no known language."),
  `script` OPTIONS (description = "ISO 15924 code of the script it is written in, such as Cyrl."),
  `share` OPTIONS (description = "Share of the page's letters, 0 to 1.")
)
OPTIONS (description = "A row for each of an article's: Every language found in the paragraphs, largest share first.", labels = [("suzgi_definition", "60ecb4a3e99848ad")]) AS
SELECT article.`id` AS `id`, article.`source_uri` AS `source_uri`, article.`site` AS `site`, article.`ingest_date` AS `ingest_date`, article.`language` AS `article_language`, entry.`language`, entry.`script`, entry.`share`
FROM `my-project.articles.articles` AS article, UNNEST(article.`languages`) AS entry;

CREATE OR REPLACE VIEW `my-project.articles.paragraphs` (
  `id` OPTIONS (description = "Stable key, hex: a hash of the canonical source and the content. The same document gets the same id in every run."),
  `source_uri` OPTIONS (description = "Where the document was read from, such as gs://bucket/pages/1.txt."),
  `site` OPTIONS (description = "Host name of the page's site; null when it cannot be told."),
  `ingest_date` OPTIONS (description = "Day of the run that read the document. The partition column."),
  `article_language` OPTIONS (description = "Main language of the paragraphs as a BCP 47 tag, such as kk; und when nobody can say."),
  `line` OPTIONS (description = "Line number, from 0."),
  `text` OPTIONS (description = "Text of the paragraph after repairs, without outer white space."),
  `language` OPTIONS (description = "Language of the paragraph as a BCP 47 tag; null when it is too short to say.")
)
OPTIONS (description = "A row for each of an article's: The article itself, in the order of the page.", labels = [("suzgi_definition", "7e9404e986cf1206")]) AS
SELECT article.`id` AS `id`, article.`source_uri` AS `source_uri`, article.`site` AS `site`, article.`ingest_date` AS `ingest_date`, article.`language` AS `article_language`, entry.`line`, entry.`text`, entry.`language`
FROM `my-project.articles.articles` AS article, UNNEST(article.`paragraphs`) AS entry;

CREATE OR REPLACE VIEW `my-project.articles.metadata_lines` (
  `id` OPTIONS (description = "Stable key, hex: a hash of the canonical source and the content. The same document gets the same id in every run."),
  `source_uri` OPTIONS (description = "Where the document was read from, such as gs://bucket/pages/1.txt."),
  `site` OPTIONS (description = "Host name of the page's site; null when it cannot be told."),
  `ingest_date` OPTIONS (description = "Day of the run that read the document. The partition column."),
  `article_language` OPTIONS (description = "Main language of the paragraphs as a BCP 47 tag, such as kk; und when nobody can say."),
  `line` OPTIONS (description = "Line number, from 0."),
  `field` OPTIONS (description = "What it states, such as title, author, published, views, section or dateline."),
  `text` OPTIONS (description = "The line or its part, after repairs."),
  `start` OPTIONS (description = "Code point of the repaired line, without outer white space, at which text begins; 0 for a whole line.")
)
OPTIONS (description = "A row for each of an article's: Lines that were read as fields instead of prose, in the order of the page.", labels = [("suzgi_definition", "131539bf01e5eeea")]) AS
SELECT article.`id` AS `id`, article.`source_uri` AS `source_uri`, article.`site` AS `site`, article.`ingest_date` AS `ingest_date`, article.`language` AS `article_language`, entry.`line`, entry.`field`, entry.`text`, entry.`start`
FROM `my-project.articles.articles` AS article, UNNEST(article.`metadata_lines`) AS entry;

CREATE OR REPLACE VIEW `my-project.articles.removed_lines` (
  `id` OPTIONS (description = "Stable key, hex: a hash of the canonical source and the content. The same document gets the same id in every run."),
  `source_uri` OPTIONS (description = "Where the document was read from, such as gs://bucket/pages/1.txt."),
  `site` OPTIONS (description = "Host name of the page's site; null when it cannot be told."),
  `ingest_date` OPTIONS (description = "Day of the run that read the document. The partition column."),
  `article_language` OPTIONS (description = "Main language of the paragraphs as a BCP 47 tag, such as kk; und when nobody can say."),
  `line` OPTIONS (description = "Line number, from 0."),
  `text` OPTIONS (description = "The line after repairs, without outer white space."),
  `family` OPTIONS (description = "Kind of boilerplate, such as share, related or navigation."),
  `layer` OPTIONS (description = "Layer that decided, such as the phrase rules, the block rule or the line model."),
  `evidence` OPTIONS (description = "What it decided on: the rule, the phrase or the features."),
  `score` OPTIONS (description = "How sure the layer is that the line is boilerplate, 0 to 1; 1 for a rule.")
)
OPTIONS (description = "A row for each of an article's: Lines removed as boilerplate, in the order of the page.", labels = [("suzgi_definition", "20f78515909b2f4a")]) AS
SELECT article.`id` AS `id`, article.`source_uri` AS `source_uri`, article.`site` AS `site`, article.`ingest_date` AS `ingest_date`, article.`language` AS `article_language`, entry.`line`, entry.`text`, entry.`family`, entry.`layer`, entry.`evidence`, entry.`score`
FROM `my-project.articles.articles` AS article, UNNEST(article.`removed_lines`) AS entry;

CREATE OR REPLACE VIEW `my-project.articles.repairs` (
  `id` OPTIONS (description = "Stable key, hex: a hash of the canonical source and the content. The same document gets the same id in every run."),
  `source_uri` OPTIONS (description = "Where the document was read from, such as gs://bucket/pages/1.txt."),
  `site` OPTIONS (description = "Host name of the page's site; null when it cannot be told."),
  `ingest_date` OPTIONS (description = "Day of the run that read the document. The partition column."),
  `article_language` OPTIONS (description = "Main language of the paragraphs as a BCP 47 tag, such as kk; und when nobody can say."),
  `line` OPTIONS (description = "Line number, from 0."),
  `kind` OPTIONS (description = "Rule that made the change."),
  `before` OPTIONS (description = "Text as decoded."),
  `after` OPTIONS (description = "Text as published."),
  `start` OPTIONS (description = "Code point of the repaired line at which after begins.")
)
OPTIONS (description = "A row for each of an article's: Changes made to the text, in the order of the page.", labels = [("suzgi_definition", "f76929dd8911ec45")]) AS
SELECT article.`id` AS `id`, article.`source_uri` AS `source_uri`, article.`site` AS `site`, article.`ingest_date` AS `ingest_date`, article.`language` AS `article_language`, entry.`line`, entry.`kind`, entry.`before`, entry.`after`, entry.`start`
FROM `my-project.articles.articles` AS article, UNNEST(article.`repairs`) AS entry;

CREATE OR REPLACE VIEW `my-project.articles.articles_by_day`
OPTIONS (description = "Articles by day of ingestion, language and site, and how many of them have what a page should print.", labels = [("suzgi_definition", "44f06788672dcc00")]) AS
SELECT
    ingest_date,
    language,
    site,
    COUNT(*) AS articles,
    COUNT(title) AS with_title,
    COUNT(published_date) AS with_date,
    COUNT(near_duplicate_of) AS near_duplicates,
    SUM(quality.paragraph_count) AS paragraphs,
    SUM(quality.removed_line_count) AS removed_lines
FROM `my-project.articles.articles`
GROUP BY ingest_date, language, site
ORDER BY ingest_date, language, site NULLS LAST;

CREATE OR REPLACE VIEW `my-project.articles.articles_by_language`
OPTIONS (description = "Articles by language and script, the most frequent first.", labels = [("suzgi_definition", "ab8f0a53315a0c60")]) AS
SELECT
    language,
    script,
    COUNT(*) AS articles,
    ROUND(COUNT(*) / SUM(COUNT(*)) OVER (), 4) AS share,
    COUNT(title) AS with_title,
    COUNT(published_date) AS with_date,
    SUM(quality.paragraph_count) AS paragraphs
FROM `my-project.articles.articles`
GROUP BY language, script
ORDER BY articles DESC, language, script NULLS LAST;

CREATE OR REPLACE VIEW `my-project.articles.boilerplate_by_site`
OPTIONS (description = "Boilerplate by site and family: in how many of the site's articles, how many lines, and what decided.", labels = [("suzgi_definition", "7d13101265be0940")]) AS
WITH sites AS (
    SELECT site, COUNT(*) AS site_articles
    FROM `my-project.articles.articles`
    GROUP BY site
)
SELECT
    removed.site,
    removed.family,
    COUNT(DISTINCT removed.id) AS articles,
    ROUND(COUNT(DISTINCT removed.id) / ANY_VALUE(sites.site_articles), 4) AS share_of_articles,
    COUNT(*) AS `lines`,
    ARRAY_AGG(DISTINCT removed.layer ORDER BY removed.layer) AS layers,
    APPROX_TOP_COUNT(removed.text, 1)[OFFSET(0)].value AS most_frequent_line
FROM `my-project.articles.removed_lines` AS removed
JOIN sites ON sites.site IS NOT DISTINCT FROM removed.site
GROUP BY removed.site, removed.family
ORDER BY removed.site NULLS LAST, `lines` DESC, removed.family;

CREATE OR REPLACE VIEW `my-project.articles.dead_letters_by_day`
OPTIONS (description = "Documents that failed, by day, stage and code.", labels = [("suzgi_definition", "44a174307a1db960")]) AS
SELECT ingest_date, stage, code, COUNT(*) AS dead_letters, ANY_VALUE(message) AS example
FROM `my-project.articles.dead_letters`
GROUP BY ingest_date, stage, code
ORDER BY ingest_date, dead_letters DESC, stage, code;

CREATE OR REPLACE VIEW `my-project.articles.drift_by_day`
OPTIONS (description = "What part of a day's documents, articles or lines each outcome, language, missing field and family of boilerplate has, beside its part in the seven loaded days before. A name that a day lacks has 0 there.", labels = [("suzgi_definition", "1e68b18f28914ce9")]) AS
WITH outcomes AS (
    SELECT ingest_date, 'article' AS name FROM `my-project.articles.articles`
    UNION ALL SELECT ingest_date, 'other language' FROM `my-project.articles.other_languages`
    UNION ALL SELECT ingest_date, 'duplicate' FROM `my-project.articles.duplicates`
    UNION ALL SELECT ingest_date, CONCAT('dead letter: ', code) FROM `my-project.articles.dead_letters`
),
days AS (
    SELECT
        ingest_date,
        COUNT(*) AS articles,
        COUNT(*) - COUNT(title) AS without_title,
        COUNT(*) - COUNT(published_date) AS without_date,
        COUNT(*) - COUNT(site) AS without_site,
        SUM(quality.paragraph_count + quality.removed_line_count) AS line_count
    FROM `my-project.articles.articles`
    GROUP BY ingest_date
),
parts AS (
    SELECT ingest_date, 'documents' AS measure, name, COUNT(*) AS part
    FROM outcomes
    GROUP BY ingest_date, name
    UNION ALL
    SELECT ingest_date, 'language', language, COUNT(*)
    FROM `my-project.articles.articles`
    GROUP BY ingest_date, language
    UNION ALL SELECT ingest_date, 'missing', 'title', without_title FROM days
    UNION ALL SELECT ingest_date, 'missing', 'date', without_date FROM days
    UNION ALL SELECT ingest_date, 'missing', 'site', without_site FROM days
    UNION ALL
    SELECT ingest_date, 'boilerplate', family, COUNT(*)
    FROM `my-project.articles.removed_lines`
    GROUP BY ingest_date, family
),
wholes AS (
    SELECT ingest_date, 'documents' AS measure, COUNT(*) AS whole
    FROM outcomes
    GROUP BY ingest_date
    UNION ALL SELECT ingest_date, 'language', articles FROM days
    UNION ALL SELECT ingest_date, 'missing', articles FROM days
    UNION ALL SELECT ingest_date, 'boilerplate', line_count FROM days
),
names AS (
    SELECT DISTINCT measure, name FROM parts
),
filled AS (
    SELECT
        wholes.ingest_date,
        names.measure,
        names.name,
        COALESCE(parts.part, 0) AS part,
        wholes.whole
    FROM names
    JOIN wholes ON wholes.measure = names.measure
    LEFT JOIN parts
        ON parts.ingest_date = wholes.ingest_date
        AND parts.measure = names.measure
        AND parts.name = names.name
),
compared AS (
    SELECT
        *,
        SUM(part) OVER days_before AS part_before,
        SUM(whole) OVER days_before AS whole_before
    FROM filled
    WINDOW days_before AS (
        PARTITION BY measure, name
        ORDER BY ingest_date
        ROWS BETWEEN 7 PRECEDING AND 1 PRECEDING
    )
)
SELECT
    ingest_date,
    measure,
    name,
    part,
    whole,
    ROUND(SAFE_DIVIDE(part, whole), 4) AS share,
    ROUND(SAFE_DIVIDE(part_before, whole_before), 4) AS share_before,
    ROUND(SAFE_DIVIDE(part, whole) - SAFE_DIVIDE(part_before, whole_before), 4) AS change
FROM compared
WHERE whole > 0
ORDER BY ingest_date, measure, part DESC, name;

CREATE OR REPLACE VIEW `my-project.articles.drift_by_site`
OPTIONS (description = "How a site's pages of a day were understood, beside the seven days before that have pages of it: a new layout shows as titles or dates that go missing and as more removed lines.", labels = [("suzgi_definition", "e9b79f5b27074b0a")]) AS
WITH days AS (
    SELECT
        site,
        ingest_date,
        COUNT(*) AS articles,
        COUNT(title) AS titles,
        COUNT(published_date) AS dates,
        SUM(quality.paragraph_count) AS paragraphs,
        SUM(quality.removed_line_count) AS removed_lines
    FROM `my-project.articles.articles`
    GROUP BY site, ingest_date
),
compared AS (
    SELECT
        *,
        SUM(articles) OVER days_before AS articles_before,
        SUM(titles) OVER days_before AS titles_before,
        SUM(dates) OVER days_before AS dates_before,
        SUM(paragraphs) OVER days_before AS paragraphs_before,
        SUM(removed_lines) OVER days_before AS removed_lines_before
    FROM days
    WINDOW days_before AS (
        PARTITION BY site
        ORDER BY ingest_date
        ROWS BETWEEN 7 PRECEDING AND 1 PRECEDING
    )
)
SELECT
    site,
    ingest_date,
    articles,
    articles_before,
    ROUND(titles / articles, 4) AS with_title,
    ROUND(titles_before / articles_before, 4) AS with_title_before,
    ROUND(dates / articles, 4) AS with_date,
    ROUND(dates_before / articles_before, 4) AS with_date_before,
    ROUND(paragraphs / articles, 2) AS paragraphs,
    ROUND(paragraphs_before / articles_before, 2) AS paragraphs_before,
    ROUND(removed_lines / articles, 2) AS removed_lines,
    ROUND(removed_lines_before / articles_before, 2) AS removed_lines_before
FROM compared
ORDER BY site NULLS LAST, ingest_date