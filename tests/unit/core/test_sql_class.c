#include "core/sql_class.h"

#include <check.h>
#include <string.h>

Suite *sql_class_suite(void);

static const struct {
    const char *sql;
    enum sql_class class;
    const char *words;
} cases[] = {
    {"", SQL_EMPTY, "empty statement"},
    {";", SQL_EMPTY, "empty statement"},
    {" -- a\n/* b */ ;", SQL_EMPTY, "empty statement"},
    {"SELECT 1;", SQL_PLAIN, NULL},
    {"'BEGIN';", SQL_PLAIN, NULL},
    {"(VALUES (1));", SQL_PLAIN, NULL},
    {"\"BEGIN\";", SQL_PLAIN, NULL},

    {"BEGIN;", SQL_BEGIN, "BEGIN"},
    {"/* x */ begin -- y\n work;", SQL_BEGIN, "BEGIN"},
    {"BEGIN TRANSACTION", SQL_BEGIN, "BEGIN"},
    {"START TRANSACTION;", SQL_BEGIN, "START TRANSACTION"},
    {"BEGIN ISOLATION LEVEL SERIALIZABLE;", SQL_TRANSACTION, "BEGIN with transaction modes"},
    {"START TRANSACTION READ ONLY;", SQL_TRANSACTION, "START TRANSACTION with transaction modes"},
    {"COMMIT;", SQL_COMMIT, "COMMIT"},
    {"COMMIT AND NO CHAIN;", SQL_COMMIT, "COMMIT"},
    {"COMMIT WORK AND CHAIN;", SQL_TRANSACTION, "COMMIT AND CHAIN"},
    {"END TRANSACTION;", SQL_COMMIT, "END"},
    {"END AND CHAIN;", SQL_TRANSACTION, "END AND CHAIN"},
    {"COMMIT PREPARED 'x';", SQL_TRANSACTION, "COMMIT PREPARED"},
    {"ROLLBACK;", SQL_TRANSACTION, "ROLLBACK"},
    {"ROLLBACK TO s;", SQL_PLAIN, NULL},
    {"ROLLBACK WORK TO SAVEPOINT s;", SQL_PLAIN, NULL},
    {"rollback transaction to savepoint s;", SQL_PLAIN, NULL},
    {"ROLLBACK PREPARED 'x';", SQL_TRANSACTION, "ROLLBACK PREPARED"},
    {"ABORT;", SQL_TRANSACTION, "ABORT"},
    {"PREPARE TRANSACTION 'x';", SQL_TRANSACTION, "PREPARE TRANSACTION"},
    {"SAVEPOINT s;", SQL_PLAIN, NULL},
    {"RELEASE s;", SQL_PLAIN, NULL},
    {"SET TRANSACTION READ ONLY;", SQL_PLAIN, NULL},

    {"COPY t FROM stdin;", SQL_COPY_FROM_STDIN, "COPY FROM STDIN"},
    {"COPY t (a, b) FROM STDIN WITH (FORMAT csv)", SQL_COPY_FROM_STDIN, "COPY FROM STDIN"},
    {"COPY \"from\" FROM stdout;", SQL_COPY_FROM_STDIN, "COPY FROM STDIN"},
    {"COPY t FROM 'stdin';", SQL_PLAIN, NULL},
    {"COPY t FROM PROGRAM 'stdin';", SQL_PLAIN, NULL},
    {"COPY t TO STDOUT;", SQL_COPY_TO_STDOUT, "COPY TO STDOUT"},
    {"COPY (SELECT a FROM stdin) TO stdin;", SQL_COPY_TO_STDOUT, "COPY TO STDOUT"},
    {"COPY (SELECT a FROM stdin) TO '/x';", SQL_PLAIN, NULL},
    {"COPY t FROM '/x' WHERE a = (SELECT 1 FROM stdin);", SQL_PLAIN, NULL},

    {"SET standard_conforming_strings = off;", SQL_SET_STRINGS_OFF, "SET standard_conforming_strings = off"},
    {"SET LOCAL Standard_Conforming_Strings TO 'off'", SQL_SET_STRINGS_OFF, "SET standard_conforming_strings = off"},
    {"set session \"standard_conforming_strings\" to false;", SQL_SET_STRINGS_OFF,
     "SET standard_conforming_strings = off"},
    {"SET standard_conforming_strings = on;", SQL_PLAIN, NULL},
    {"SET standard_conforming_strings TO DEFAULT;", SQL_PLAIN, NULL},
    {"SET lock_timeout = 0;", SQL_SET_TIMEOUT, "SET of a timeout"},
    {"SET LOCAL statement_timeout TO '5s'", SQL_SET_TIMEOUT, "SET of a timeout"},
    {"set session Idle_In_Transaction_Session_Timeout = 0;", SQL_SET_TIMEOUT, "SET of a timeout"},
    {"SET idle_session_timeout = 0;", SQL_SET_TIMEOUT, "SET of a timeout"},
    {"SET transaction_timeout = 0;", SQL_SET_TIMEOUT, "SET of a timeout"},
    {"SET \"lock_timeout\" = 0;", SQL_SET_TIMEOUT, "SET of a timeout"},
    {"RESET lock_timeout;", SQL_SET_TIMEOUT, "RESET of a timeout"},
    {"SET deadlock_timeout = 0;", SQL_PLAIN, NULL},
    {"SET 'lock_timeout' = 0;", SQL_PLAIN, NULL},
    {"SET client_encoding = 'UTF8';", SQL_PLAIN, NULL},

    {"CREATE INDEX CONCURRENTLY i ON t (a);", SQL_CONCURRENT, "CREATE INDEX CONCURRENTLY"},
    {"create /* x */ unique\nindex -- y\nconcurrently on t (a)", SQL_CONCURRENT, "CREATE UNIQUE INDEX CONCURRENTLY"},
    {"CREATE INDEX \"concurrently\" ON t (a);", SQL_PLAIN, NULL},
    {"CREATE INDEX i ON t (a);", SQL_PLAIN, NULL},
    {"DROP INDEX CONCURRENTLY IF EXISTS i;", SQL_CONCURRENT, "DROP INDEX CONCURRENTLY"},
    {"DROP INDEX i;", SQL_PLAIN, NULL},
    {"REFRESH MATERIALIZED VIEW CONCURRENTLY v;", SQL_PLAIN, NULL},
    {"REINDEX TABLE CONCURRENTLY t;", SQL_CONCURRENT, "REINDEX CONCURRENTLY"},
    {"REINDEX (VERBOSE, CONCURRENTLY) INDEX i;", SQL_CONCURRENT, "REINDEX CONCURRENTLY"},
    {"REINDEX (CONCURRENTLY true) INDEX i;", SQL_CONCURRENT, "REINDEX CONCURRENTLY"},
    {"REINDEX (CONCURRENTLY off, VERBOSE) INDEX i;", SQL_PLAIN, NULL},
    {"REINDEX (VERBOSE) TABLE CONCURRENTLY t;", SQL_CONCURRENT, "REINDEX CONCURRENTLY"},
    {"REINDEX TABLE t;", SQL_PLAIN, NULL},
    {"REINDEX SCHEMA s;", SQL_NON_TRANSACTIONAL, "REINDEX of more than one table"},
    {"REINDEX (VERBOSE) DATABASE d;", SQL_NON_TRANSACTIONAL, "REINDEX of more than one table"},
    {"REINDEX SYSTEM;", SQL_NON_TRANSACTIONAL, "REINDEX of more than one table"},
    {"VACUUM (ANALYZE) t;", SQL_NON_TRANSACTIONAL, "VACUUM"},
    {"ANALYZE t;", SQL_PLAIN, NULL},
    {"CLUSTER;", SQL_NON_TRANSACTIONAL, "CLUSTER of all tables"},
    {"CLUSTER VERBOSE;", SQL_NON_TRANSACTIONAL, "CLUSTER of all tables"},
    {"CLUSTER (VERBOSE);", SQL_NON_TRANSACTIONAL, "CLUSTER of all tables"},
    {"CLUSTER VERBOSE t USING i;", SQL_PLAIN, NULL},
    {"CLUSTER t;", SQL_PLAIN, NULL},
    {"ALTER SYSTEM SET work_mem = '4MB';", SQL_NON_TRANSACTIONAL, "ALTER SYSTEM"},
    {"CREATE DATABASE d;", SQL_NON_TRANSACTIONAL, "CREATE DATABASE"},
    {"DROP DATABASE IF EXISTS d;", SQL_NON_TRANSACTIONAL, "DROP DATABASE"},
    {"ALTER DATABASE d SET TABLESPACE s;", SQL_NON_TRANSACTIONAL, "ALTER DATABASE SET TABLESPACE"},
    {"ALTER DATABASE d SET work_mem = '4MB';", SQL_PLAIN, NULL},
    {"CREATE TABLESPACE s LOCATION '/x';", SQL_NON_TRANSACTIONAL, "CREATE TABLESPACE"},
    {"DROP TABLESPACE s;", SQL_NON_TRANSACTIONAL, "DROP TABLESPACE"},
    {"ALTER TABLE t DETACH PARTITION p CONCURRENTLY;", SQL_CONCURRENT, "ALTER TABLE DETACH PARTITION CONCURRENTLY"},
    {"ALTER TABLE t DETACH PARTITION \"concurrently\";", SQL_PLAIN, NULL},
    {"ALTER TABLE t DETACH PARTITION p FINALIZE;", SQL_PLAIN, NULL},
    {"ALTER TABLE t ADD CHECK (detach.partition = concurrently);", SQL_PLAIN, NULL},
    {"CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p;", SQL_NON_TRANSACTIONAL,
     "CREATE SUBSCRIPTION with create_slot"},
    {"CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p, q WITH (enabled = false, create_slot = off);", SQL_PLAIN,
     NULL},
    {"CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p WITH (connect = 'false');", SQL_PLAIN, NULL},
    {"CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p WITH (slot_name = create_slot, connect = 0);", SQL_PLAIN,
     NULL},
    {"CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p WITH (create_slot);", SQL_NON_TRANSACTIONAL,
     "CREATE SUBSCRIPTION with create_slot"},
    {"ALTER SUBSCRIPTION s REFRESH PUBLICATION;", SQL_NON_TRANSACTIONAL, "ALTER SUBSCRIPTION with refresh"},
    {"ALTER SUBSCRIPTION s ADD PUBLICATION p;", SQL_NON_TRANSACTIONAL, "ALTER SUBSCRIPTION with refresh"},
    {"ALTER SUBSCRIPTION s SET PUBLICATION p WITH (refresh = false);", SQL_PLAIN, NULL},
    {"ALTER SUBSCRIPTION s SET (failover = true);", SQL_NON_TRANSACTIONAL, "ALTER SUBSCRIPTION with refresh"},
    {"ALTER SUBSCRIPTION s SET (two_phase = true);", SQL_NON_TRANSACTIONAL, "ALTER SUBSCRIPTION with refresh"},
    {"ALTER SUBSCRIPTION s SET (synchronous_commit = off);", SQL_PLAIN, NULL},
    {"ALTER SUBSCRIPTION s DISABLE;", SQL_PLAIN, NULL},
    {"DROP SUBSCRIPTION s;", SQL_NON_TRANSACTIONAL, "DROP SUBSCRIPTION"},
    {"DISCARD ALL;", SQL_NON_TRANSACTIONAL, "DISCARD ALL"},
    {"DISCARD TEMP;", SQL_PLAIN, NULL},
    {"CHECKPOINT;", SQL_PLAIN, NULL},
    {"ALTER TYPE e ADD VALUE 'x';", SQL_PLAIN, NULL},
};

START_TEST(class_and_words_of_a_statement)
{
    struct sql_facts facts = sql_classify(cases[_i].sql, strlen(cases[_i].sql));
    ck_assert_msg(facts.class == cases[_i].class, "%s: class %d", cases[_i].sql, (int)facts.class);
    ck_assert_msg((facts.words == NULL) == (cases[_i].words == NULL), "%s", cases[_i].sql);
    if (facts.words != NULL)
        ck_assert_str_eq(facts.words, cases[_i].words);
}
END_TEST

static const struct {
    const char *sql;
    bool leaves;
} leaving[] = {
    {"CREATE TEMP TABLE t (a int);", true},
    {"create global temporary table t (a int);", true},
    {"CREATE OR REPLACE TEMP VIEW v AS SELECT 1;", true},
    {"CREATE TEMPORARY SEQUENCE s;", true},
    {"CREATE TABLE IF NOT EXISTS pg_temp.t (a int);", true},
    {"CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS 'SELECT 1';", true},
    {"CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ CREATE TEMP TABLE t (a int) $$;", false},
    {"CREATE TABLE temperatures (temp int);", false},
    {"SELECT a INTO TEMP t FROM u;", true},
    {"WITH x AS (SELECT 1) SELECT * INTO temporary t FROM x;", true},
    {"DO $$ BEGIN CREATE TEMP TABLE t (a int); END $$;", true},
    {"DO $$ BEGIN NULL; END $$;", false},
    {"PREPARE p AS SELECT 1;", true},
    {"DECLARE c CURSOR WITH HOLD FOR SELECT 1;", true},
    {"LISTEN c;", true},
    {"LOAD 'auto_explain';", true},
    {"SELECT 1;", false},
    {"INSERT INTO temp VALUES (1);", false},
};

START_TEST(what_leaves_session_state)
{
    struct sql_facts facts = sql_classify(leaving[_i].sql, strlen(leaving[_i].sql));
    ck_assert_msg(facts.leaves_session_state == leaving[_i].leaves, "%s", leaving[_i].sql);
}
END_TEST

Suite *sql_class_suite(void)
{
    Suite *suite = suite_create("sql_class");
    TCase *tcase = tcase_create("sql_class");
    tcase_add_loop_test(tcase, class_and_words_of_a_statement, 0, sizeof cases / sizeof *cases);
    tcase_add_loop_test(tcase, what_leaves_session_state, 0, sizeof leaving / sizeof *leaving);
    suite_add_tcase(suite, tcase);
    return suite;
}
