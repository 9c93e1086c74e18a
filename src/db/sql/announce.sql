-- Tell the other replicas; only after what is announced is durable.
SELECT pg_catalog.pg_notify('migrated', :'lock_key');
