-- Articles by language and script, the most frequent first.
SELECT
    language,
    script,
    COUNT(*) AS articles,
    ROUND(COUNT(*) / SUM(COUNT(*)) OVER (), 4) AS share,
    COUNT(title) AS with_title,
    COUNT(published_date) AS with_date,
    SUM(quality.paragraph_count) AS paragraphs
FROM `${dataset}.articles`
GROUP BY language, script
ORDER BY articles DESC, language, script NULLS LAST
