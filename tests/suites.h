/* Every suite, a line each: its name is the file's (tests/unit/core/test_graph.c has graph_suite). */
#ifndef MIGRATED_TESTS_SUITES_H
#define MIGRATED_TESTS_SUITES_H

/* A line each: */
/* clang-format off */

/* Linked against libcore and libbase alone: a core that grows a dependency does not link. */
#define CORE_SUITES(X) \
    X(graph) \
    X(resolve) \
    X(plan) \
    X(version_rows) \
    X(listing) \
    X(natural) \
    X(sql_scan) \
    X(sql_class) \
    X(sql_object) \
    X(sql_lock) \
    X(sql_table_lock) \
    X(obstacle) \
    X(stepwise_core) \
    X(half_done_core) \
    X(lineage) \
    X(identity) \
    X(revision_file) \
    X(inclusion) \
    X(parameters) \
    X(alembic_file) \
    X(liquibase_file) \
    X(alembic_ini) \
    X(django_migration) \
    X(django_graph) \
    X(layout) \
    X(layout_sqitch) \
    X(apply) \
    X(message) \
    X(script) \
    X(script_graph) \
    X(verdict) \
    X(tenants) \
    X(readiness) \
    X(check_judge) \
    X(timestamp) \
    X(audit) \
    X(adoption) \
    X(diagnosis) \
    X(diagnosis_session) \
    X(diagnosis_activity) \
    X(diagnosis_replication) \
    X(retry) \
    X(output) \
    X(stickiness) \
    X(ledger) \
    X(sql_quote) \
    X(arena) \
    X(digest) \
    X(text) \
    X(error) \
    X(duration) \
    X(suggest) \
    X(names) \
    X(fault)

/* The rim, without a database. */
#define UNIT_SUITES(X) \
    X(ini) \
    X(option_table) \
    X(config) \
    X(check_config) \
    X(conninfo) \
    X(revision_dir) \
    X(alembic_dir) \
    X(route) \
    X(listener) \
    X(server) \
    X(server_life) \
    X(systemd) \
    X(cluster) \
    X(folder) \
    X(http_client) \
    X(notify_sink) \
    X(pooler) \
    X(program) \
    X(relay) \
    X(timeouts) \
    X(wait) \
    X(daemon_url) \
    X(revision_name) \
    X(conn) \
    X(parcel) \
    X(stepwise_run) \
    X(session)

/* The built program against real servers. */
#define INTEGRATION_SUITES(X) \
    X(upgrade) \
    X(alembic) \
    X(django) \
    X(django_command) \
    X(django_tenants) \
    X(downgrade) \
    X(stamp) \
    X(adopt) \
    X(message) \
    X(poolers) \
    X(migrate_url) \
    X(upgrade_command) \
    X(empty) \
    X(refusals) \
    X(script) \
    X(included) \
    X(exit_codes) \
    X(doctor) \
    X(doctor_session) \
    X(help) \
    X(json) \
    X(check) \
    X(changed) \
    X(new) \
    X(layouts) \
    X(text_parameters) \
    X(liquibase) \
    X(replicas) \
    X(rollout) \
    X(together) \
    X(books) \
    X(stepwise) \
    X(stepwise_build) \
    X(stepwise_stop) \
    X(resume) \
    X(stepwise_journal) \
    X(half_done) \
    X(online) \
    X(blocked) \
    X(preflight) \
    X(large) \
    X(odd_names) \
    X(serve) \
    X(serve_advice) \
    X(serve_running) \
    X(progress) \
    X(serve_database) \
    X(standby) \
    X(lost_commits) \
    X(serve_verdict) \
    X(serve_reload) \
    X(serve_systemd) \
    X(targets) \
    X(targets_cli) \
    X(engine_script) \
    X(checks)

/* clang-format on */

#endif
