-- Articles by language and script, the most frequent first.
SELECT
    language,
    script,
    count(*) AS articles,
    round(count(*) / sum(count(*)) OVER (), 4) AS share,
    count(title) AS with_title,
    count(published_date) AS with_date,
    sum(quality.paragraph_count)::BIGINT AS paragraphs
FROM articles
GROUP BY language, script
ORDER BY articles DESC, language, script
