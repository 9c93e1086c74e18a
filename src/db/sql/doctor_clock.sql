-- The server's clock, to be compared with ours.
SELECT EXTRACT(epoch FROM clock_timestamp()) AS seconds;
