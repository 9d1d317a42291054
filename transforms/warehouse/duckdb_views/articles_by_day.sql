-- Articles by day of ingestion, language and site, and how many of them have what a page should print.
SELECT
    ingest_date,
    language,
    site,
    count(*) AS articles,
    count(title) AS with_title,
    count(published_date) AS with_date,
    count(near_duplicate_of) AS near_duplicates,
    sum(quality.paragraph_count)::BIGINT AS paragraphs,
    sum(quality.removed_line_count)::BIGINT AS removed_lines
FROM articles
GROUP BY ingest_date, language, site
ORDER BY ingest_date, language, site
