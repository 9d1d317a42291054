-- How a site's pages of a day were understood, beside the seven days before that have pages of it: a new layout shows as titles or dates that go missing and as more removed lines.
WITH days AS (
    SELECT
        site,
        ingest_date,
        count(*) AS articles,
        count(title) AS titles,
        count(published_date) AS dates,
        sum(quality.paragraph_count) AS paragraphs,
        sum(quality.removed_line_count) AS removed_lines
    FROM articles
    GROUP BY site, ingest_date
),
compared AS (
    SELECT
        *,
        sum(articles) OVER days_before AS articles_before,
        sum(titles) OVER days_before AS titles_before,
        sum(dates) OVER days_before AS dates_before,
        sum(paragraphs) OVER days_before AS paragraphs_before,
        sum(removed_lines) OVER days_before AS removed_lines_before
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
    articles_before::BIGINT AS articles_before,
    round(titles / articles, 4) AS with_title,
    round(titles_before / articles_before, 4) AS with_title_before,
    round(dates / articles, 4) AS with_date,
    round(dates_before / articles_before, 4) AS with_date_before,
    round(paragraphs / articles, 2) AS paragraphs,
    round(paragraphs_before / articles_before, 2) AS paragraphs_before,
    round(removed_lines / articles, 2) AS removed_lines,
    round(removed_lines_before / articles_before, 2) AS removed_lines_before
FROM compared
ORDER BY site, ingest_date
