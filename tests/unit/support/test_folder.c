#include "support/folder.h"

#include "base/memory.h"
#include "support/wait.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

Suite *folder_suite(void);

static bool is_gone(void *path)
{
    return access(path, F_OK) < 0;
}

START_TEST(test_files_come_back)
{
    struct folder *folder = folder_create();

    folder_write(folder, "0001_x.sql", "SELECT 1;\n");
    folder_write(folder, "deep/er/0002_y.sql", "");

    char *first = folder_read(folder, "0001_x.sql");
    char *second = folder_read(folder, "deep/er/0002_y.sql");

    ck_assert_str_eq(first, "SELECT 1;\n");
    ck_assert_str_eq(second, "");
    ck_assert_int_eq(access(folder_file(folder, "deep/er/0002_y.sql"), R_OK), 0);
    folder_remove(folder, "0001_x.sql");
    ck_assert(is_gone((void *)(uintptr_t)folder_file(folder, "0001_x.sql")));
    free(first);
    free(second);
    folder_destroy(folder);
}
END_TEST

START_TEST(test_destroy_takes_everything)
{
    struct folder *folder = folder_create();
    char *path = memory_string(folder_path(folder));

    folder_write(folder, "a/b/c", "x");
    folder_destroy(folder);
    ck_assert(is_gone(path));
    free(path);
}
END_TEST

START_TEST(test_nothing_stays_after_kill)
{
    int paths[2];
    char path[256] = "";

    ck_assert_int_eq(pipe(paths), 0);

    pid_t pid = fork();

    if (pid == 0) {
        setpgid(0, 0);

        struct folder *one = folder_create();
        struct folder *other = folder_create();

        folder_write(one, "a/b", "x");
        folder_write(other, "c", "x");
        if (write(paths[1], folder_path(one), strlen(folder_path(one))) > 0)
            kill(0, SIGKILL); /* the group, as Check does */
        _exit(EXIT_FAILURE);
    }
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    ck_assert_int_gt(read(paths[0], path, sizeof path - 1), 0);
    ck_assert_msg(wait_until(is_gone, path, 5000), "%s stayed", path);
}
END_TEST

START_TEST(test_a_forked_child_leaves_it_alone)
{
    struct folder *folder = folder_create();
    pid_t pid = fork();

    if (pid == 0) {
        folder_destroy(folder);
        _exit(EXIT_SUCCESS);
    }
    waitpid(pid, NULL, 0);
    ck_assert_int_eq(access(folder_path(folder), F_OK), 0);
    folder_destroy(folder);
}
END_TEST

Suite *folder_suite(void)
{
    Suite *suite = suite_create("support/folder");
    TCase *tcase = tcase_create("folder");

    tcase_set_timeout(tcase, 20);
    tcase_add_test(tcase, test_files_come_back);
    tcase_add_test(tcase, test_destroy_takes_everything);
    tcase_add_test(tcase, test_nothing_stays_after_kill);
    tcase_add_test(tcase, test_a_forked_child_leaves_it_alone);
    suite_add_tcase(suite, tcase);
    return suite;
}
