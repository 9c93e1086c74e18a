-- Transactions that were prepared and never ended: in no session, and with all their locks.
SELECT p.gid, p.owner, p.database, p.database = current_database() AS is_here,
       EXTRACT(epoch FROM clock_timestamp() - p.prepared) AS seconds, format('ROLLBACK PREPARED %L', p.gid) AS remedy
  FROM pg_prepared_xacts p
 ORDER BY p.database <> current_database(), p.prepared
 LIMIT 20;
