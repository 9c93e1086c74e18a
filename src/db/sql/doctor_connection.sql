-- What answers here, to whom, and over what. TLS is that of the backend's own connection: behind a pooler, the pooler's.
SELECT current_setting('server_version') AS version, current_setting('server_version_num') AS version_number,
       SESSION_USER AS login, CURRENT_USER AS role, tls.version AS tls
  FROM (VALUES (pg_backend_pid())) AS own (pid)
  LEFT JOIN pg_stat_ssl tls ON tls.pid = own.pid AND tls.ssl;
