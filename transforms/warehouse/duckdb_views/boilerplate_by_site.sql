-- Boilerplate by site and family: in how many of the site's articles, how many lines, and what decided.
WITH sites AS (
    SELECT site, count(*) AS site_articles
    FROM articles
    GROUP BY site
)
SELECT
    removed.site,
    removed.family,
    count(DISTINCT removed.id) AS articles,
    round(count(DISTINCT removed.id) / any_value(sites.site_articles), 4) AS share_of_articles,
    count(*) AS lines,
    list_sort(list(DISTINCT removed.layer)) AS layers,
    mode(removed.text) AS most_frequent_line
FROM removed_lines AS removed
JOIN sites ON sites.site IS NOT DISTINCT FROM removed.site
GROUP BY removed.site, removed.family
ORDER BY removed.site, lines DESC, removed.family
