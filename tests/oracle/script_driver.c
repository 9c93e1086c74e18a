/*
 * Our side of the comparison with psql (psql_scripts.py): reads scripts from stdin, each a line with its length and then
 * its bytes, and answers each with the pieces that the scanner finds, a line each, and "end":
 *
 *     statement OFFSET LENGTH     data OFFSET LENGTH     command OFFSET LENGTH     error WORDS
 */
#include "core/sql_scan.h"

#include <stdio.h>
#include <stdlib.h>

static void answer(const char *text, size_t length)
{
    static const char *const names[] = {"statement", "data", "command", "marker"};
    struct sql_scan scan;
    struct sql_piece piece;
    sql_scan_init(&scan, text, length, (struct place){1, 1, 0});
    while (sql_scan_next(&scan, &piece))
        printf("%s %zu %zu\n", names[piece.kind], piece.offset, piece.length);
    if (scan.error != SQL_SCAN_OK)
        printf("error %s\n", sql_scan_error_text(scan.error));
    puts("end");
}

int main(void)
{
    size_t length;
    while (scanf("%zu", &length) == 1 && getchar() == '\n') {
        char *text = malloc(length + 1);
        if (text == NULL || fread(text, 1, length, stdin) != length)
            return 1;
        answer(text, length);
        free(text);
    }
    return 0;
}
