#include "support/program.h"

#include "support/folder.h"
#include "support/wait.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEADLINE_MS 10000

Suite *program_suite(void);

static const struct program_options shell = {.path = "/bin/sh"};

START_TEST(test_keeps_both_outputs_and_the_status)
{
    struct program_result result;

    program_run(&result, &shell, DEADLINE_MS, "-c", "echo out; echo err >&2; exit 65", NULL);
    ck_assert_int_eq(result.status, 65);
    ck_assert_str_eq(result.out, "out\n");
    ck_assert_str_eq(result.err, "err\n");
    program_result_finish(&result);
}
END_TEST

START_TEST(test_a_signal_counts_from_128)
{
    struct program_result result;

    program_run(&result, &shell, DEADLINE_MS, "-c", "kill -TERM $$", NULL);
    ck_assert_int_eq(result.status, 128 + SIGTERM);
    program_result_finish(&result);
}
END_TEST

START_TEST(test_takes_more_than_a_pipe_holds)
{
    struct program_result result;

    program_run(&result, &shell, DEADLINE_MS, "-c", "head -c 1000000 /dev/zero | tr '\\0' x; seq 100000 >&2", NULL);
    ck_assert_uint_eq(strlen(result.out), 1000000);
    ck_assert_uint_eq(strlen(result.err), 588895);
    program_result_finish(&result);
}
END_TEST

START_TEST(test_environment_folder_and_input)
{
    struct folder *folder = folder_create();
    const char *const environment[] = {"PGHOST=here", "HOME", NULL};
    const struct program_options options = {
        .path = "sh", .folder = folder_path(folder), .environment = environment, .input = "typed"};
    struct program_result result;

    setenv("PGDATABASE", "developer's own", 1);
    setenv("MIGRATED_APPLY", "never", 1);
    program_run(&result, &options, DEADLINE_MS, "-c",
                "echo ${PGHOST-unset} ${HOME-unset} ${PGDATABASE-unset} ${MIGRATED_APPLY-unset}; cat; pwd", NULL);
    ck_assert_ptr_nonnull(strstr(result.out, "here unset unset unset\ntyped/"));
    ck_assert_ptr_nonnull(strstr(result.out, folder_path(folder)));
    program_result_finish(&result);
    folder_destroy(folder);
}
END_TEST

START_TEST(test_a_missing_program_is_127)
{
    struct program_result result;

    program_run(&result, &(struct program_options){.path = "/no/such"}, DEADLINE_MS, NULL);
    ck_assert_int_eq(result.status, 127);
    ck_assert_str_eq(result.err, "/no/such: No such file or directory\n");
    program_result_finish(&result);
}
END_TEST

START_TEST(test_lines_are_found_in_turn)
{
    struct program *program = program_start(
        &shell, "-c", "trap 'echo reloaded again >&2' HUP; echo ready one >&2; while :; do sleep 0.01; done", NULL);

    ck_assert_str_eq(program_wait_line(program, "ready", DEADLINE_MS), "ready one");
    program_signal(program, SIGHUP);
    ck_assert_str_eq(program_wait_line(program, "reloaded", DEADLINE_MS), "reloaded again");
    program_signal(program, SIGHUP);
    ck_assert_str_eq(program_wait_line(program, "reloaded", DEADLINE_MS), "reloaded again");
    program_signal(program, SIGTERM);
    ck_assert_int_eq(program_wait(program, DEADLINE_MS), 128 + SIGTERM);
    ck_assert_str_eq(program_err(program), "ready one\nreloaded again\nreloaded again\n");
    program_stop(program);
}
END_TEST

START_TEST(test_the_last_line_needs_no_newline)
{
    struct program *program = program_start(&shell, "-c", "printf 'one\\nlast words' >&2", NULL);

    ck_assert_str_eq(program_wait_line(program, "last", DEADLINE_MS), "last words");
    program_stop(program);
}
END_TEST

/* These tests are to fail: run with tcase_add_exit_test they end with Check's own exit status, 1. */
START_TEST(test_the_deadline_fails_the_test)
{
    struct program_result result;

    program_run(&result, &shell, 50, "-c", "echo so far; exec sleep 60", NULL);
}
END_TEST

static bool is_gone(void *pid)
{
    while (waitpid(-1, NULL, WNOHANG) > 0) /* orphans come to this process */
        ;
    return kill(*(pid_t *)pid, 0) < 0;
}

START_TEST(test_a_program_dies_with_its_starter)
{
    int pids[2];
    pid_t left = 0;

    prctl(PR_SET_CHILD_SUBREAPER, 1);
    ck_assert_int_eq(pipe(pids), 0);
    if (fork() == 0) {
        struct program *program = program_start(&shell, "-c", "echo up >&2; exec sleep 60", NULL);
        pid_t pid = program_pid(program);

        program_wait_line(program, "up", DEADLINE_MS);
        if (write(pids[1], &pid, sizeof pid) > 0)
            kill(getpid(), SIGKILL);
        _exit(EXIT_FAILURE);
    }
    ck_assert_int_eq(read(pids[0], &left, sizeof left), sizeof left);
    ck_assert(wait_until(is_gone, &left, 5000));
}
END_TEST

Suite *program_suite(void)
{
    Suite *suite = suite_create("support/program");
    TCase *tcase = tcase_create("program");

    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, test_keeps_both_outputs_and_the_status);
    tcase_add_test(tcase, test_a_signal_counts_from_128);
    tcase_add_test(tcase, test_takes_more_than_a_pipe_holds);
    tcase_add_test(tcase, test_environment_folder_and_input);
    tcase_add_test(tcase, test_a_missing_program_is_127);
    tcase_add_test(tcase, test_lines_are_found_in_turn);
    tcase_add_test(tcase, test_the_last_line_needs_no_newline);
    tcase_add_exit_test(tcase, test_the_deadline_fails_the_test, EXIT_FAILURE);
    tcase_add_test(tcase, test_a_program_dies_with_its_starter);
    suite_add_tcase(suite, tcase);
    return suite;
}
