-- How a site's pages of a day were understood, beside the seven days before that have pages of it: a new layout shows as titles or dates that go missing and as more removed lines.
WITH days AS (
    SELECT
        site,
        ingest_date,
        COUNT(*) AS articles,
        COUNT(title) AS titles,
        COUNT(published_date) AS dates,
        SUM(quality.paragraph_count) AS paragraphs,
        SUM(quality.removed_line_count) AS removed_lines
    FROM `${dataset}.articles`
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
