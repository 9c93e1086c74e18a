-- Django's records, once each, sorted bytewise. The second column is there for its type, which sets no width.
SELECT record.id, record.id
  FROM (SELECT DISTINCT pg_catalog.concat(app, '.', name) AS id
          FROM :"version_schema".:"version_table") AS record
 ORDER BY record.id COLLATE pg_catalog."C";
