#include "cli/json_print.h"

#include <stdio.h>
#include <stdlib.h>

void json_print(json_t *body)
{
    char *text = json_dumps(body, JSON_COMPACT | JSON_REAL_PRECISION(12));
    puts(text == NULL ? "{}" : text);
    free(text);
    json_decref(body);
}

json_t *json_text(const char *text)
{
    json_t *string = text == NULL ? NULL : json_string(text);
    return string == NULL ? json_null() : string;
}
