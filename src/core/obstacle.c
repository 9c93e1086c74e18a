#include "core/obstacle.h"

#include <string.h>

enum obstacle obstacle_read(int pid, const char *application, const char *query)
{
    if (pid == 0)
        return OBSTACLE_PREPARED;
    if (query != NULL && strncmp(query, "autovacuum: ", 12) == 0)
        return strstr(query, "(to prevent wraparound)") != NULL ? OBSTACLE_WRAPAROUND : OBSTACLE_VACUUM;
    return application != NULL && strcmp(application, "pg_dump") == 0 ? OBSTACLE_DUMP : OBSTACLE_TRANSACTION;
}

const char *obstacle_remark(enum obstacle obstacle)
{
    switch (obstacle) {
    case OBSTACLE_DUMP:
        return "a dump, it keeps its locks to its end";
    case OBSTACLE_VACUUM:
        return "an autovacuum, it gives way to who waits longer than deadlock_timeout";
    case OBSTACLE_WRAPAROUND:
        return "it prevents wraparound and gives way to nobody";
    case OBSTACLE_PREPARED:
        return "COMMIT PREPARED or ROLLBACK PREPARED ends it";
    case OBSTACLE_TRANSACTION:
        break;
    }
    return "";
}
