#include "base/arena.h"
#include "config/config.h"
#include "config/conninfo.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

Suite *conninfo_suite(void);

static struct arena *arena;
static char path[] = "/tmp/migrated-conninfo-XXXXXX";

static void clear_environment(void)
{
    static const char *const names[] = {"PGHOST",    "PGHOSTADDR", "PGPORT",        "PGDATABASE", "PGUSER",
                                        "PGSERVICE", "PGPASSFILE", "PGSERVICEFILE", "PGPASSWORD", "PGSYSCONFDIR"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unsetenv(names[i]);
    setenv("PGUSER", "bob", 1);
}

static void setup(void)
{
    arena = arena_create();
    memcpy(path + strlen(path) - 6, "XXXXXX", 6);
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    close(fd);
    clear_environment();
}

static void teardown(void)
{
    unlink(path);
    arena_destroy(arena);
}

static void write_file(const char *bytes, size_t length)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, length, file), length);
    fclose(file);
}

/* "keyword=value " for each. */
static const char *shown(const struct conninfo *conninfo)
{
    const char *text = "";
    for (size_t i = 0; i < conninfo->count; i++)
        text = arena_printf(arena, "%s%s=%s ", text, conninfo->keywords[i], conninfo->values[i]);
    ck_assert_ptr_null(conninfo->keywords[conninfo->count]);
    ck_assert_ptr_null(conninfo->values[conninfo->count]);
    return text;
}

static const struct {
    const char *url, *keywords, *display;
} good[] = {
    {NULL, "", "local socket:5432/bob as bob"},
    {"postgresql://", "", "local socket:5432/bob as bob"},
    {"postgresql://u:p@h:99/d", "user=u password=p dbname=d host=h port=99 ", "h:99/d as u"},
    {"postgres://h/d", "dbname=d host=h ", "h:5432/d as bob"},
    {"postgresql+psycopg2://h/d", "dbname=d host=h ", "h:5432/d as bob"},
    {"postgres+asyncpg://u@h", "user=u host=h ", "h:5432/u as u"},
    {"postgresql://h/d\n", "dbname=d host=h ", "h:5432/d as bob"},
    {"postgresql://h/d\r\n", "dbname=d host=h ", "h:5432/d as bob"},
    {"postgresql://u:a%40b%2Fc%25@h/d", "user=u password=a@b/c% dbname=d host=h ", "h:5432/d as u"},
    {"postgresql://u:p?q=1@h/d", "user=u password=p?q=1 dbname=d host=h ", "h:5432/d as u"},
    {"postgresql://h/d?sslmode=require&connect_timeout=3", "connect_timeout=3 dbname=d host=h sslmode=require ",
     "h:5432/d as bob"},
    {"postgresql://h/d?ssl=true", "dbname=d host=h sslmode=require ", "h:5432/d as bob"},
    {"postgresql://h/d?", "dbname=d host=h ", "h:5432/d as bob"},
    {"postgresql://u@/d?host=/cloudsql/p:r:i", "user=u dbname=d host=/cloudsql/p:r:i ",
     "/cloudsql/p:r:i:5432/d as u"},
    {"postgresql://[::1]:99/d", "dbname=d host=::1 port=99 ", "[::1]:99/d as bob"},
    {"postgresql://a,b:99/d", "dbname=d host=a,b port=,99 ", "a:5432,b:99/d as bob"},
    {"host=a,b port=99 dbname=d", "dbname=d host=a,b port=99 ", "a:99,b:99/d as bob"},
    {"host = h  password = 'x\\' y' user=u", "user=u password=x' y host=h ", "h:5432/u as u"},
    {"password=a\\ b host=h", "password=a b host=h ", "h:5432/bob as bob"},
    {"hostaddr=127.0.0.1", "hostaddr=127.0.0.1 ", "127.0.0.1:5432/bob as bob"},
    {"service=billing", "service=billing ", "service billing"},
};

START_TEST(understands)
{
    const struct target_config target = {.database_url = good[_i].url};
    struct conninfo conninfo;
    struct error error = {0};
    ck_assert_msg(conninfo_resolve(arena, &target, &conninfo, &error), "%s: %s", good[_i].url, error.message);
    ck_assert_str_eq(shown(&conninfo), good[_i].keywords);
    ck_assert_str_eq(conninfo.display, good[_i].display);
    ck_assert_ptr_null(conninfo.warning);
}
END_TEST

/* Every URL has "sec", "ret" or both where a password might be; no message may have them. */
static const struct {
    const char *url, *message, *next;
} bad[] = {
    {"", "X is empty", "postgresql://"},
    {" \n", "X is empty", "postgresql://"},
    {"secret", "X is neither a PostgreSQL URL nor key=value settings", "postgresql://"},
    {"host=h password=sec ret", "X is neither a PostgreSQL URL nor key=value settings", "postgresql://"},
    {"mysql://u:secret@h/d", "X has the scheme mysql, not postgresql", "postgresql://"},
    {"jdbc:postgresql://h/d?password=secret", "X has the scheme jdbc:postgresql, not postgresql", "postgresql://"},
    {"postgresqlx://u:secret@h/d", "X has the scheme postgresqlx, not postgresql", "postgresql://"},
    {"postgresql+://u:secret@h/d", "X has the scheme postgresql+, not postgresql", "postgresql://"},
    {"postgresql://u:secret@h/d?schema=public", "X has a key that libpq does not know: schema", "search_path"},
    {"postgresql://u:secret@h/d?schema=x&pgbouncer=true&schema=y",
     "X has keys that libpq does not know: schema, pgbouncer", "search_path"},
    {"postgresql://u:secret@h/d?sslmod=require", "X has a key that libpq does not know: sslmod", "sslmode?"},
    {"postgresql://u:secret@h/d?pool_size=5", "X has a key that libpq does not know: pool_size", "driver"},
    {"postgresql://u:secret@h/d?ssl=require", "X has a key that libpq does not know: ssl", "sslmode=require"},
    {"postgresql://u:secret@h/d?sslmode", "X has the key sslmode without a value", "KEY=VALUE"},
    {"postgresql://u:secret@h/d?x@ret=1", "X has a key that libpq does not know", "percent-encode"},
    {"postgresql://u:sec@ret@h/d", "X has an @ too many", "%40"},
    {"postgresql://u:sec/ret@h/d", "X has an @ too many", "%2F"},
    {"postgresql://u:sec/ret?@h/d", "X has a key that libpq does not know", "percent-encode"},
    {"postgresql://u:sec%ret@h/d", "X has a % that starts no percent-encoding", "%25"},
    {"postgresql://u:sec%00ret@h/d", "X has a % that starts no percent-encoding", "%25"},
    {"postgresql://u:secret", "X has a port that is no number from 1 to 65535", "percent-encode"},
    {"postgresql://h:65536/d", "X has a port that is no number from 1 to 65535", "percent-encode"},
    {"postgresql://h:0/d", "X has a port that is no number from 1 to 65535", "percent-encode"},
    {"host=a,b port=1,secret", "X has a port that is no number from 1 to 65535", "percent-encode"},
    {"postgresql://[::1/secret", "libpq does not understand X", "[brackets]"},
    {"host=h password='secret", "libpq does not understand X", "postgresql://"},
    {"host=h Passwort=secret", "X has a key that libpq does not know: Passwort", "password?"},
    {"server=h password=secret", "X has a key that libpq does not know: server", "write host"},
};

START_TEST(refuses_without_quoting)
{
    const struct target_config target = {.database_url = bad[_i].url, .database_url_from = "X"};
    struct conninfo conninfo = {.count = 7};
    struct error error = {0};
    ck_assert_msg(!conninfo_resolve(arena, &target, &conninfo, &error), "%s", bad[_i].url);
    ck_assert_int_eq(error.code, ERROR_CONFIG);
    ck_assert_str_eq(error.message, bad[_i].message);
    ck_assert_msg(strstr(error.next, bad[_i].next) != NULL, "%s", error.next);
    ck_assert_ptr_null(strstr(error.message, "sec"));
    ck_assert_ptr_null(strstr(error.message, "ret"));
    ck_assert_uint_eq(conninfo.count, 7);
    ck_assert(!conninfo_check("X", bad[_i].url, NULL));
}
END_TEST

START_TEST(reads_the_file_each_time)
{
    const struct target_config target = {.database_url_file = path};
    struct conninfo conninfo;

    write_file("postgresql://u:old@h/d\n", 23);
    ck_assert(conninfo_resolve(arena, &target, &conninfo, NULL));
    ck_assert_str_eq(shown(&conninfo), "user=u password=old dbname=d host=h ");
    write_file("postgresql://u:new@h/d", 22);
    ck_assert(conninfo_resolve(arena, &target, &conninfo, NULL));
    ck_assert_str_eq(shown(&conninfo), "user=u password=new dbname=d host=h ");
}
END_TEST

START_TEST(names_the_file_in_errors)
{
    const struct target_config target = {.database_url_file = path, .database_url_from = "DATABASE_URL_FILE"};
    struct conninfo conninfo;
    struct error error;

    write_file("postgresql://u:secret@h/d?x=1\n", 30);
    ck_assert(!conninfo_resolve(arena, &target, &conninfo, &error));
    ck_assert_str_eq(error.message, "the text in DATABASE_URL_FILE has a key that libpq does not know: x");
    ck_assert_str_eq(error.file, path);

    write_file("host=h\0x", 8);
    ck_assert(!conninfo_resolve(arena, &target, &conninfo, &error));
    ck_assert_str_eq(error.message, "DATABASE_URL_FILE: a NUL byte");

    unlink(path);
    ck_assert(!conninfo_resolve(arena, &target, &conninfo, &error));
    ck_assert_int_eq(error.code, ERROR_CONFIG);
    ck_assert_str_eq(error.message, "DATABASE_URL_FILE: No such file or directory");
    ck_assert_str_eq(error.file, path);
}
END_TEST

START_TEST(displays_what_libpq_adds)
{
    const struct target_config nothing = {0}, some = {.database_url = "postgresql://h/d"};
    struct conninfo conninfo;
    setenv("PGHOST", "db.example", 1);
    setenv("PGPORT", "6000", 1);
    setenv("PGDATABASE", "app", 1);
    setenv("PGUSER", "deploy", 1);

    ck_assert(conninfo_resolve(arena, &nothing, &conninfo, NULL));
    ck_assert_str_eq(conninfo.display, "db.example:6000/app as deploy");
    ck_assert_uint_eq(conninfo.count, 0);
    ck_assert(conninfo_resolve(arena, &some, &conninfo, NULL));
    ck_assert_str_eq(conninfo.display, "h:6000/d as deploy");
}
END_TEST

static const struct {
    const char *url, *file, *display, *message;
} migrating[] = {
    {NULL, NULL, "pool:6543/d as u", NULL},
    {"postgresql://u@direct/d", NULL, "direct:5432/d as u", NULL},
    {NULL, "host=by_file user=u dbname=d", "by_file:5432/d as u", NULL},
    {"postgresql://u:secret@h/d?schema=x", NULL, NULL, "migrate_url has a key that libpq does not know: schema"},
    {NULL, "secret", NULL, "the text in migrate_url_file is neither a PostgreSQL URL nor key=value settings"},
};

START_TEST(revisions_may_go_another_way)
{
    struct target_config target = {.database_url = "postgresql://u@pool:6543/d",
                                   .migrate_url = migrating[_i].url,
                                   .migrate_url_file = migrating[_i].file == NULL ? NULL : path};
    struct conninfo conninfo;
    struct error error = {0};
    if (migrating[_i].file != NULL)
        write_file(migrating[_i].file, strlen(migrating[_i].file));

    bool resolved = conninfo_resolve_to_migrate(arena, &target, &conninfo, &error);
    ck_assert_str_eq(resolved ? conninfo.display : error.message,
                     migrating[_i].message == NULL ? migrating[_i].display : migrating[_i].message);
    ck_assert(conninfo_resolve(arena, &target, &conninfo, NULL));
    ck_assert_str_eq(conninfo.display, "pool:6543/d as u");
}
END_TEST

static const struct {
    const char *what, *url;
    mode_t mode;
    bool warns;
} passfiles[] = {
    {"open to the group", "postgresql://u@h/d", 0440, true},
    {"open to others", "postgresql://u@h/d", 0604, true},
    {"its owner's alone", "postgresql://u@h/d", 0400, false},
    {"not needed", "postgresql://u:p@h/d", 0440, false},
};

START_TEST(warns_of_an_open_password_file)
{
    const struct target_config target = {.database_url = passfiles[_i].url};
    struct conninfo conninfo;
    setenv("PGPASSFILE", path, 1);
    ck_assert_int_eq(chmod(path, passfiles[_i].mode), 0);

    ck_assert(conninfo_resolve(arena, &target, &conninfo, NULL));
    ck_assert_msg((conninfo.warning != NULL) == passfiles[_i].warns, "%s", passfiles[_i].what);
    if (passfiles[_i].warns) {
        ck_assert_ptr_nonnull(strstr(conninfo.warning, path));
        ck_assert_ptr_nonnull(strstr(conninfo.warning, "database_url_file"));
    }
}
END_TEST

START_TEST(warns_of_a_passfile_in_the_url)
{
    const struct target_config target = {.database_url = arena_printf(arena, "host=h passfile=%s", path)};
    struct conninfo conninfo;
    ck_assert_int_eq(chmod(path, 0640), 0);
    ck_assert(conninfo_resolve(arena, &target, &conninfo, NULL));
    ck_assert_ptr_nonnull(strstr(conninfo.warning, "mode is 0640"));
}
END_TEST

static const struct {
    const char *given, *url;
} urls[] = {
    {"postgresql+asyncpg://u:p%3A%2F@db:5433/app?sslmode=require",
     "postgresql://u:p%3A%2F@db:5433/app?sslmode=require"},
    {"host=/run/postgresql dbname='a b' user=u", "postgresql://u@/a%20b?host=%2Frun%2Fpostgresql"},
    {"postgresql://[::1]:5432/app", "postgresql:///app?host=%3A%3A1&port=5432"},
    {"postgresql://a:1,b:2/app", "postgresql:///app?host=a%2Cb&port=1%2C2"},
    {"host=db", "postgresql://db/"},
};

START_TEST(makes_a_url_that_says_the_same)
{
    const struct target_config target = {.database_url = urls[_i].given}, again = {.database_url = urls[_i].url};
    struct conninfo conninfo, other;
    ck_assert(conninfo_resolve(arena, &target, &conninfo, NULL));
    ck_assert_str_eq(conninfo_url(arena, &conninfo), urls[_i].url);
    ck_assert(conninfo_resolve(arena, &again, &other, NULL));
    ck_assert_str_eq(other.display, conninfo.display);
}
END_TEST

START_TEST(knows_its_secrets)
{
    const struct target_config target = {.database_url = "postgresql://u:p%3Aw@db/app"};
    struct conninfo conninfo;
    ck_assert(conninfo_resolve(arena, &target, &conninfo, NULL));
    struct names secrets = conninfo_secrets(arena, &conninfo);
    ck_assert_str_eq(names_join(arena, &secrets, 5), "p:w, p%3Aw");
}
END_TEST

Suite *conninfo_suite(void)
{
    Suite *suite = suite_create("conninfo");
    TCase *tcase = tcase_create("conninfo");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, understands, 0, sizeof good / sizeof *good);
    tcase_add_loop_test(tcase, refuses_without_quoting, 0, sizeof bad / sizeof *bad);
    tcase_add_test(tcase, reads_the_file_each_time);
    tcase_add_test(tcase, names_the_file_in_errors);
    tcase_add_test(tcase, displays_what_libpq_adds);
    tcase_add_loop_test(tcase, revisions_may_go_another_way, 0, sizeof migrating / sizeof *migrating);
    tcase_add_loop_test(tcase, warns_of_an_open_password_file, 0, sizeof passfiles / sizeof *passfiles);
    tcase_add_test(tcase, warns_of_a_passfile_in_the_url);
    tcase_add_loop_test(tcase, makes_a_url_that_says_the_same, 0, sizeof urls / sizeof *urls);
    tcase_add_test(tcase, knows_its_secrets);
    suite_add_tcase(suite, tcase);
    return suite;
}
