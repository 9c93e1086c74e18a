#include "support/fail.h"

#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static bool outside_tests;

void support_fail(const char *format, ...)
{
    char message[16384]; /* room for a program's output so far */
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    if (!outside_tests)
        ck_abort_msg("%s", message);
    fprintf(stderr, "%s\n", message);
    exit(EXIT_FAILURE);
}

void support_outside_tests(bool outside)
{
    outside_tests = outside;
}
