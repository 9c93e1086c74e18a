#include "support/server_program.h"

#include "base/arena.h"
#include "support/fail.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *folder_of_pg_config(struct arena *arena)
{
    char line[4096] = "";
    FILE *output = popen("pg_config --bindir 2>/dev/null", "re");

    if (!output)
        return NULL;
    if (!fgets(line, sizeof line, output))
        line[0] = '\0';
    pclose(output);
    line[strcspn(line, "\n")] = '\0';
    return arena_string(arena, line);
}

/* Debian's place; the highest version of those with two digits sorts last. */
static const char *folder_of_debian(struct arena *arena)
{
    glob_t found;
    const char *folder = NULL;

    if (glob("/usr/lib/postgresql/*/bin", 0, NULL, &found) != 0)
        return NULL;
    folder = arena_string(arena, found.gl_pathv[found.gl_pathc - 1]);
    globfree(&found);
    return folder;
}

const char *server_program_path(struct arena *arena, const char *name)
{
    const char *chosen = getenv("MIGRATED_TEST_PGBIN");
    const char *const folders[] = {chosen, chosen ? NULL : folder_of_pg_config(arena),
                                   chosen ? NULL : folder_of_debian(arena)};

    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        const char *path = folders[i] ? arena_printf(arena, "%s/%s", folders[i], name) : NULL;

        if (path && access(path, X_OK) == 0)
            return path;
    }
    support_fail("PostgreSQL's %s not found%s%s: install the package postgresql, or name the folder in "
                 "MIGRATED_TEST_PGBIN",
                 name, chosen ? " in " : "", chosen ? chosen : "");
}

/* NULL: the present user will do. */
static const struct passwd *server_user(void)
{
    if (geteuid() != 0)
        return NULL;

    const struct passwd *user = getpwnam("postgres");

    if (!user)
        user = getpwnam("nobody");
    if (!user)
        support_fail("neither of the users postgres and nobody exists, and PostgreSQL does not run as root");
    return user;
}

void server_program_adopt(const char *folder)
{
    const struct passwd *user = server_user();

    if (user && chown(folder, user->pw_uid, user->pw_gid) < 0)
        support_fail("%s: %s", folder, strerror(errno));
}

static _Noreturn void become(char *const arguments[], const char *log, const struct passwd *user, pid_t parent)
{
    static char path[] = "PATH=/usr/bin:/bin", locale[] = "LC_ALL=C", zone[] = "TZ=UTC";
    char *const environment[] = {path, locale, zone, NULL};
    int output;

    setpgid(0, 0);
    if (user && (setgroups(0, NULL) < 0 || setgid(user->pw_gid) < 0 || setuid(user->pw_uid) < 0))
        _exit(126);
    prctl(PR_SET_PDEATHSIG, SIGQUIT); /* after setuid, which takes it back */
    if (getppid() != parent)
        _exit(126);
    umask(077);
    output = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (output < 0 || dup2(output, STDOUT_FILENO) < 0 || dup2(output, STDERR_FILENO) < 0)
        _exit(126);
    close(STDIN_FILENO);
    open("/dev/null", O_RDONLY);
    closefrom(STDERR_FILENO + 1);
    if (chdir("/") == 0)
        execve(arguments[0], arguments, environment);
    _exit(127);
}

pid_t server_program_start(char *const arguments[], const char *log)
{
    const struct passwd *user = server_user(); /* not between fork and exec: it allocates */
    pid_t parent = getpid();
    pid_t pid = fork();

    if (pid < 0)
        support_fail("fork: %s", strerror(errno));
    if (pid == 0)
        become(arguments, log, user, parent);
    /* Check kills the process group of a test that ended, and SIGKILL would leave shared memory behind. Done by both: one
     * is first, and after exec the parent may not. */
    setpgid(pid, pid);
    return pid;
}

static void show(const char *log)
{
    char text[8192] = "";
    FILE *file = fopen(log, "re");

    if (!file)
        return;
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    fprintf(stderr, "%s", text);
}

void server_program_run(char *const arguments[], const char *log)
{
    int status = -1;
    pid_t pid = server_program_start(arguments, log);

    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (status != 0) {
        show(log);
        support_fail("%s failed (wait status %d)", arguments[0], status);
    }
}
