#include "stepwise.h"

const char stepwise_invalid[] =
    "SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid AND indrelid = 'stock'::regclass";

void stepwise_open(struct site *site)
{
    site_open(site);
    sql_exec(site->conn, "CREATE TABLE effects (what text);"
                         "CREATE TABLE stock (a int, b int);"
                         "CREATE INDEX old ON stock (a, b);"
                         "INSERT INTO stock SELECT i, i FROM generate_series(1, 100) i");
}
