-- Articles by day of ingestion, language and site, and how many of them have what a page should print.
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
FROM `${dataset}.articles`
GROUP BY ingest_date, language, site
ORDER BY ingest_date, language, site NULLS LAST
