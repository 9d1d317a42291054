-- Boilerplate by site and family: in how many of the site's articles, how many lines, and what decided.
WITH sites AS (
    SELECT site, COUNT(*) AS site_articles
    FROM `${dataset}.articles`
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
FROM `${dataset}.removed_lines` AS removed
JOIN sites ON sites.site IS NOT DISTINCT FROM removed.site
GROUP BY removed.site, removed.family
ORDER BY removed.site NULLS LAST, `lines` DESC, removed.family
