-- What part of a day's documents, articles or lines each outcome, language, missing field and family of boilerplate has, beside its part in the seven loaded days before. A name that a day lacks has 0 there.
WITH outcomes AS (
    SELECT ingest_date, 'article' AS name FROM `${dataset}.articles`
    UNION ALL SELECT ingest_date, 'other language' FROM `${dataset}.other_languages`
    UNION ALL SELECT ingest_date, 'duplicate' FROM `${dataset}.duplicates`
    UNION ALL SELECT ingest_date, CONCAT('dead letter: ', code) FROM `${dataset}.dead_letters`
),
days AS (
    SELECT
        ingest_date,
        COUNT(*) AS articles,
        COUNT(*) - COUNT(title) AS without_title,
        COUNT(*) - COUNT(published_date) AS without_date,
        COUNT(*) - COUNT(site) AS without_site,
        SUM(quality.paragraph_count + quality.removed_line_count) AS line_count
    FROM `${dataset}.articles`
    GROUP BY ingest_date
),
parts AS (
    SELECT ingest_date, 'documents' AS measure, name, COUNT(*) AS part
    FROM outcomes
    GROUP BY ingest_date, name
    UNION ALL
    SELECT ingest_date, 'language', language, COUNT(*)
    FROM `${dataset}.articles`
    GROUP BY ingest_date, language
    UNION ALL SELECT ingest_date, 'missing', 'title', without_title FROM days
    UNION ALL SELECT ingest_date, 'missing', 'date', without_date FROM days
    UNION ALL SELECT ingest_date, 'missing', 'site', without_site FROM days
    UNION ALL
    SELECT ingest_date, 'boilerplate', family, COUNT(*)
    FROM `${dataset}.removed_lines`
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
ORDER BY ingest_date, measure, part DESC, name
