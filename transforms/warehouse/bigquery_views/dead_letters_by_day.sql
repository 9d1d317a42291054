-- Documents that failed, by day, stage and code.
SELECT ingest_date, stage, code, COUNT(*) AS dead_letters, ANY_VALUE(message) AS example
FROM `${dataset}.dead_letters`
GROUP BY ingest_date, stage, code
ORDER BY ingest_date, dead_letters DESC, stage, code
