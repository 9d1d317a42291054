-- What part of a day's documents, articles or lines each outcome, language, missing field and family of boilerplate has, beside its part in the seven loaded days before. A name that a day lacks has 0 there.
WITH outcomes AS (
    SELECT ingest_date, 'article' AS name FROM articles
    UNION ALL SELECT ingest_date, 'other language' FROM other_languages
    UNION ALL SELECT ingest_date, 'duplicate' FROM duplicates
    UNION ALL SELECT ingest_date, 'dead letter: ' || code FROM dead_letters
),
missing AS (
    SELECT ingest_date, 'title' AS name, count(*) - count(title) AS part FROM articles GROUP BY ALL
    UNION ALL SELECT ingest_date, 'date', count(*) - count(published_date) FROM articles GROUP BY ALL
    UNION ALL SELECT ingest_date, 'site', count(*) - count(site) FROM articles GROUP BY ALL
),
lines AS (
    SELECT ingest_date, sum(quality.paragraph_count + quality.removed_line_count) AS whole
    FROM articles
    GROUP BY ingest_date
),
parts AS (
    SELECT ingest_date, 'documents' AS measure, name, count(*) AS part FROM outcomes GROUP BY ALL
    UNION ALL
    SELECT ingest_date, 'language', language, count(*) FROM articles GROUP BY ALL
    UNION ALL
    SELECT ingest_date, 'missing', name, part FROM missing
    UNION ALL
    SELECT ingest_date, 'boilerplate', family, count(*) FROM removed_lines GROUP BY ALL
),
wholes AS (
    SELECT ingest_date, 'documents' AS measure, count(*) AS whole FROM outcomes GROUP BY ALL
    UNION ALL SELECT ingest_date, 'language', count(*) FROM articles GROUP BY ALL
    UNION ALL SELECT ingest_date, 'missing', count(*) FROM articles GROUP BY ALL
    UNION ALL SELECT ingest_date, 'boilerplate', whole FROM lines
),
names AS (
    SELECT DISTINCT measure, name FROM parts
),
filled AS (
    SELECT
        wholes.ingest_date,
        names.measure,
        names.name,
        coalesce(parts.part, 0) AS part,
        wholes.whole
    FROM names
    JOIN wholes USING (measure)
    LEFT JOIN parts USING (ingest_date, measure, name)
),
compared AS (
    SELECT
        *,
        sum(part) OVER days_before AS part_before,
        sum(whole) OVER days_before AS whole_before
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
    part::BIGINT AS part,
    whole::BIGINT AS whole,
    round(part / whole, 4) AS share,
    round(part_before / whole_before, 4) AS share_before,
    round(part / whole - part_before / whole_before, 4) AS change
FROM compared
WHERE whole > 0
ORDER BY ingest_date, measure, part DESC, name
