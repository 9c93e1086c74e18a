#include "diagnosis_case.h"

Suite *diagnosis_session_suite(void);

static const struct diagnosis_facts to_apply = {.display = "db:5432/app as app", .role = "app"};
static const struct diagnosis_facts to_read = {.display = "db:5432/app as app", .role = "app", .reads_only = true};
static const struct diagnosis_facts clocks = {.asked_ms = 1000000, .answered_ms = 1000400};
static const struct diagnosis_facts many_hosts = {.any_host = true};
static const struct error shared = {.message = "PgBouncer shares backends", .next = "give another address"};
static const struct diagnosis_facts a_pooler = {.pooled = true};
static const struct diagnosis_facts pgbouncer = {.pooled = true, .pooler_name = "PgBouncer 1.18.0"};
static const struct diagnosis_facts sharing = {.pooled = true, .pooler_error = &shared};
static const struct diagnosis_facts read_pooled = {.pooled = true, .pooler_error = &shared, .reads_only = true};

#define CONNECTION  "version version_number login role tls"
#define PRIMARY     "in_recovery sender_host sender_port"
#define PRIVILEGES  "need what remedy"
#define OWNERSHIP   "owner tables example remedy"
#define DEFAULTS    "name value unit remedy remedy_begin"
#define SEARCH_PATH "search_path schema is_there"

static const struct diagnosis_case cases[] = {
    {"a server", diagnose_connection, &to_apply, CONNECTION, "15.20 (Debian 15.20-0)|150020|app|app|TLSv1.3\n",
     "ok: PostgreSQL 15.20 at db:5432/app as app, TLSv1.3\n"},
    {"another role, no TLS", diagnose_connection, &to_apply, CONNECTION, "15.20|150020|app|owner|~\n",
     "ok: PostgreSQL 15.20 at db:5432/app as app, acting as owner, no TLS\n"},
    {"an old server", diagnose_connection, &to_apply, CONNECTION, "12.9|120009|app|app|~\n",
     "warn: PostgreSQL 12.9 at db:5432/app as app, no TLS -> servers before version 13 are not tested with: "
     "upgrade the server\n"},
    {"answered in between", diagnose_clock, &clocks, "seconds", "1000.2\n",
     "ok: the server's clock and this machine's agree\n"},
    {"a second ahead is nothing", diagnose_clock, &clocks, "seconds", "1001.4\n",
     "ok: the server's clock and this machine's agree\n"},
    {"ahead", diagnose_clock, &clocks, "seconds", "1003.4\n",
     "warn: the server's clock is 3.0 s ahead of this machine's: times in the history and in the log differ -> "
     "look at `timedatectl` on both machines\n"},
    {"behind", diagnose_clock, &clocks, "seconds", "998.5\n",
     "warn: the server's clock is 1.5 s behind this machine's: times in the history and in the log differ -> look "
     "at `timedatectl` on both machines\n"},
    {"no pooler", diagnose_pooler, &to_apply, "", "",
     "ok: none in between: the session has its backend for itself\n"},
    {"session pooling", diagnose_pooler, &a_pooler, "", "",
     "ok: a connection pooler stands in between, and keeps a session's backend (session pooling)\n"},
    {"it has a name", diagnose_pooler, &pgbouncer, "", "",
     "ok: PgBouncer 1.18.0 stands in between, and keeps a session's backend (session pooling)\n"},
    {"transaction pooling", diagnose_pooler, &sharing, "", "",
     "fail: PgBouncer shares backends -> give another address\n"},
    {"pooled, but only to read", diagnose_pooler, &read_pooled, "", "",
     "warn: PgBouncer shares backends -> give another address\n"},
    {"a primary", diagnose_primary, &to_apply, PRIMARY, "f|~|~\n", "ok: a primary\n"},
    {"any host", diagnose_primary, &many_hosts, PRIMARY, "f|~|~\n",
     "warn: a primary, but several hosts are given and any will do: after a failover it may be a standby -> add "
     "target_session_attrs=primary to the database URL\n"},
    {"a standby", diagnose_primary, &to_apply, PRIMARY, "t|~|~\n",
     "fail: a standby: nothing can be applied through it -> give the primary's address, or several hosts and "
     "target_session_attrs=primary\n"},
    {"a standby that tells", diagnose_primary, &to_apply, PRIMARY, "t|10.0.0.1|5432\n",
     "fail: a standby: nothing can be applied through it -> give the primary's address; its WAL comes from "
     "10.0.0.1:5432\n"},
    {"a standby to read from", diagnose_primary, &to_read, PRIMARY, "t|~|~\n",
     "ok: a standby: what is applied is seen once it is replayed\n"},
    {"all rights", diagnose_privileges, &to_apply, PRIVILEGES, "",
     "ok: role app has what it needs to apply revisions\n"},
    {"rights that are lacking", diagnose_privileges, &to_apply, PRIVILEGES,
     "apply|CREATE on schema public|GRANT CREATE ON SCHEMA public TO app\n"
     "graph|SELECT on migrated.revision|GRANT SELECT ON migrated.revision TO app\n"
     "end|membership in pg_signal_backend|GRANT pg_signal_backend TO app\n",
     "fail: role app lacks CREATE on schema public: revisions can't be applied -> GRANT CREATE ON SCHEMA public TO "
     "app\n"
     "warn: role app lacks SELECT on migrated.revision: revisions of newer releases are unknown, not ahead -> "
     "GRANT SELECT ON migrated.revision TO app\n"
     "warn: role app lacks membership in pg_signal_backend: sessions that are in the way can't be ended -> GRANT "
     "pg_signal_backend TO app\n"},
    {"rights to apply, but only to read", diagnose_privileges, &to_read, PRIVILEGES,
     "apply|CREATE on schema public|GRANT CREATE ON SCHEMA public TO app\n",
     "ok: role app has what it needs to read\n"},
    {"rights to read", diagnose_privileges, &to_read, PRIVILEGES,
     "read|SELECT on public.alembic_version|GRANT SELECT ON public.alembic_version TO app\n",
     "fail: role app lacks SELECT on public.alembic_version: the version rows can't be read -> GRANT SELECT ON "
     "public.alembic_version TO app\n"},
    {"own tables", diagnose_ownership, &to_apply, OWNERSHIP, "",
     "ok: role app may alter all there is in the schema\n"},
    {"others' tables, but only to read", diagnose_ownership, &to_read, OWNERSHIP,
     "alice|3|orders|GRANT alice TO app\n", "ok: nothing is altered with apply = never\n"},
    {"others' tables", diagnose_ownership, &to_apply, OWNERSHIP,
     "alice|3|orders|GRANT alice TO app\n"
     "bob|1|notes|GRANT bob TO app\n",
     "warn: 3 relations of the schema belong to alice (orders ...): role app may not alter them -> GRANT alice TO "
     "app\n"
     "warn: 1 relation of the schema belongs to bob (notes): role app may not alter it -> GRANT bob TO app\n"},
    {"good defaults", diagnose_defaults, &to_apply, DEFAULTS, "lock_timeout|0|ms|~|\n",
     "ok: no default of role, database or server is in the way\n"},
    {"a role's default, and the server's", diagnose_defaults, &to_apply, DEFAULTS,
     "idle_session_timeout|500|ms|ALTER ROLE app RESET idle_session_timeout|\n"
     "session_replication_role|replica|~|~|ALTER ROLE app SET session_replication_role = \n",
     "warn: a new session has idle_session_timeout = 500ms: the daemon's connection is cut again and again -> "
     "ALTER ROLE app RESET idle_session_timeout\n"
     "fail: a new session has session_replication_role = replica: triggers and foreign keys are not checked in "
     "revisions -> ALTER ROLE app SET session_replication_role = 'origin'\n"},
    {"a schema of search_path is not there", diagnose_search_path, &to_apply, SEARCH_PATH,
     "\"$user\", app, public|$user|f\n"
     "\"$user\", app, public|app|f\n"
     "\"$user\", app, public|public|t\n",
     "warn: search_path is \"$user\", app, public, but schema app is not there: what is meant for it is made in "
     "the next one -> CREATE SCHEMA \"app\", or take it out of search_path\n"},
    {"an empty search_path", diagnose_search_path, &to_apply, SEARCH_PATH, "", "ok: search_path is empty\n"},
};

START_TEST(judges)
{
    case_judge(&cases[_i]);
}
END_TEST

Suite *diagnosis_session_suite(void)
{
    Suite *suite = suite_create("diagnosis_session");
    TCase *tests = tcase_create("diagnosis_session");
    tcase_add_loop_test(tests, judges, 0, sizeof cases / sizeof *cases);
    suite_add_tcase(suite, tests);
    return suite;
}
