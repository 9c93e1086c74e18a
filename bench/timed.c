/*
 * Runs one command and prints what it took: `timed OUTPUT COMMAND [ARGUMENT...]` prints
 *
 *     wall_ms cpu_ms peak_rss_kib exit_status
 *
 * from the kernel's own accounting (children that the command waited for included); the command's output goes to the
 * file OUTPUT. A C program, because a child's peak memory never reads below its parent's at the fork: behind an
 * interpreter everything small would look alike.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static double milliseconds(struct timeval time)
{
    return (double)time.tv_sec * 1e3 + (double)time.tv_usec / 1e3;
}

static _Noreturn void become(const char *output, char **command)
{
    int nothing = open("/dev/null", O_RDONLY);
    int file = open(output, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (nothing < 0 || file < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(file, STDERR_FILENO) < 0 ||
        dup2(file, STDOUT_FILENO) < 0) {
        perror(output);
        _exit(EXIT_FAILURE);
    }
    execvp(command[0], command);
    perror(command[0]);
    _exit(127);
}

int main(int argc, char **argv)
{
    int status;
    struct rusage used;
    if (argc < 3) {
        fprintf(stderr, "usage: timed OUTPUT COMMAND [ARGUMENT...]\n");
        return 64;
    }

    double started_ms = now_ms();
    pid_t pid = fork();
    if (pid == 0)
        become(argv[1], argv + 2);
    if (pid < 0 || wait4(pid, &status, 0, &used) < 0) {
        perror("timed");
        return EXIT_FAILURE;
    }
    printf("%.3f %.3f %ld %d\n", now_ms() - started_ms, milliseconds(used.ru_utime) + milliseconds(used.ru_stime),
           used.ru_maxrss, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    return EXIT_SUCCESS;
}
