-- This transaction's COMMIT waits for its WAL, and so for all WAL before it: asynchronous commits of the run are safe.
SELECT pg_catalog.set_config('synchronous_commit', 'on', true)
 WHERE pg_catalog.current_setting('synchronous_commit') OPERATOR(pg_catalog.=) 'off';
