-- Documents that failed, by day, stage and code.
SELECT ingest_date, stage, code, count(*) AS dead_letters, any_value(message) AS example
FROM dead_letters
GROUP BY ingest_date, stage, code
ORDER BY ingest_date, dead_letters DESC, stage, code
