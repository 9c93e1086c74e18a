#include "core/sql_class.h"
#include "core/sql_scan.h"
#include "layout_parts.h"
#include "psql_command.h"

#include <string.h>

/* One side of the file while its statements go by. */
struct side {
    struct section section;
    struct place first;       /* of the first statement or command; 0:0 if there is none */
    struct place begin;       /* of a BEGIN that is the first statement; 0:0 if it is not */
    struct place commit;      /* of a COMMIT or END that is the last statement so far */
    const char *commit_words; /* its words */
    struct place faulty;      /* of the first statement that no transaction can hold, 0:0 if there is none */
    const char *faulty_words; /* its words */
    bool unfinished;          /* the piece before was a statement without semicolon */
};

static bool is_set(struct place place)
{
    return place.line != 0;
}

static void own_transaction(struct revision_source *source, struct place place, const char *words)
{
    REVISION_FAULT(
        source, place,
        "%s: transaction control of its own (only one BEGIN ... COMMIT around a whole section is taken off)", words);
}

static void judge_statement(struct revision_source *source, struct side *side, const struct sql_piece *piece)
{
    struct sql_facts facts = sql_classify(source->text + piece->offset, piece->length);
    if (facts.class == SQL_EMPTY)
        return;
    if (is_set(side->commit)) /* not the last one after all */
        own_transaction(source, side->commit, side->commit_words);
    side->commit = (struct place){0, 0};

    bool first = side->section.statements++ == 0;
    side->section.leaves_session_state |= facts.leaves_session_state;
    if (facts.class == SQL_PLAIN) {
        enum sql_lock lock = sql_lock_read(source->text + piece->offset, piece->length);
        side->section.lock = lock > side->section.lock ? lock : side->section.lock;
    }
    switch (facts.class) {
    case SQL_BEGIN:
        if (first)
            side->begin = piece->place;
        else
            own_transaction(source, piece->place, facts.words);
        break;
    case SQL_COMMIT:
        side->commit = piece->place;
        side->commit_words = facts.words;
        break;
    case SQL_TRANSACTION:
        own_transaction(source, piece->place, facts.words);
        break;
    case SQL_NON_TRANSACTIONAL:
    case SQL_CONCURRENT:
        if (!is_set(side->faulty)) {
            side->faulty = piece->place;
            side->faulty_words = facts.words;
        }
        if (source->transaction == TRANSACTION_ON)
            REVISION_FAULT(source, piece->place, "%s can't run in a transaction, but line %u says 'transaction: on'",
                           facts.words, source->transaction_place.line);
        break;
    case SQL_COPY_TO_STDOUT:
        REVISION_FAULT(source, piece->place, "COPY TO STDOUT: its data would go nowhere");
        break;
    case SQL_SET_STRINGS_OFF:
        REVISION_FAULT(source, piece->place,
                       "%s: where a statement ends is told with it on; take it out, and write E'...' where a "
                       "backslash escapes",
                       facts.words);
        break;
    default:
        break;
    }
}

/* What to write instead of a psql command. */
static const char *advice(const char *command, size_t length)
{
    static const struct {
        const char *name, *advice;
    } known[] = {
        {"\\copy", "use COPY ... FROM stdin; with the data lines and \\. behind it"},
        {"\\i", "put the statements of that file here"},
        {"\\ir", "put the statements of that file here"},
        {"\\include", "put the statements of that file here"},
        {"\\set", "write the value where it is used"},
        {"\\encoding", "save the file as UTF-8"},
        {"\\c", "a revision runs in one database"},
        {"\\connect", "a revision runs in one database"},
        {"\\g", "end the statement with a semicolon"},
        {"\\gexec", "use a DO block with EXECUTE"},
        {"\\.", "it ends data only behind COPY ... FROM stdin;"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strlen(known[i].name) == length && memcmp(known[i].name, command, length) == 0)
            return known[i].advice;
    return "take it out, revisions are not run by psql";
}

/* pg_dump frames its output in \restrict and \unrestrict: guards for psql alone. */
static bool is_passed_over(const char *command, size_t length)
{
    return psql_command_is(command, length, "\\restrict") || psql_command_is(command, length, "\\unrestrict") ||
           psql_command_passes(command, length);
}

static void judge_command(struct revision_source *source, struct side *side, const struct sql_piece *piece)
{
    const char *command = source->text + piece->offset;
    size_t length = psql_command_word(command, piece->length);
    if (!is_passed_over(command, piece->length))
        REVISION_FAULT(source, piece->place, "psql command %.*s is not supported: %s", (int)length, command,
                       advice(command, length));
    else if (side->unfinished)
        REVISION_FAULT(source, piece->place, "psql command %.*s in the middle of a statement", (int)length, command);
}

static void judge(struct revision_source *source, struct side *side, const struct sql_piece *piece)
{
    if (!is_set(side->first))
        side->first = piece->place;
    if (piece->kind == SQL_STATEMENT)
        judge_statement(source, side, piece);
    else if (piece->kind == SQL_META)
        judge_command(source, side, piece);
    side->unfinished = piece->kind == SQL_STATEMENT && !piece->terminated;
}

static bool is_native(const struct revision_source *source)
{
    return source->marks == &revision_marks;
}

/* BEGIN first and COMMIT last wrap the section; one without the other is a fault. */
static void judge_wrapping(struct revision_source *source, struct side *side)
{
    if (is_set(side->begin) && !is_set(side->commit))
        REVISION_FAULT(source, side->begin, "BEGIN without a COMMIT as the section's last statement");
    if (!is_set(side->begin) && is_set(side->commit))
        own_transaction(source, side->commit, side->commit_words);
    side->section.wrapped = is_set(side->begin) && is_set(side->commit);
    if (!side->section.wrapped)
        return;

    const char *faulty_path = inclusion_path(source->inclusions, side->faulty, source->path);
    bool elsewhere = side->faulty.file != side->begin.file;
    if (is_set(side->faulty))
        REVISION_FAULT(source, side->begin,
                       "BEGIN ... COMMIT around %s in line %u%s%s, which can't run in a transaction",
                       side->faulty_words, side->faulty.line, elsewhere ? " of " : "", elsewhere ? faulty_path : "");
    else if (source->transaction == TRANSACTION_OFF && is_native(source))
        REVISION_FAULT(source, side->begin, "BEGIN ... COMMIT, but line %u says 'transaction: off'",
                       source->transaction_place.line);
}

static void judge_transaction(struct revision_source *source, struct side *side)
{
    struct section *section = &side->section;
    section->transactional = true;
    section->pinned = source->transaction == TRANSACTION_ON;
    section->why_path = section->path;
    if (source->transaction == TRANSACTION_OFF && !section->wrapped) { /* who wraps it wants one */
        section->transactional = false;
        section->why_not = source->marks->outside;
        section->why_path = source->transaction_path != NULL ? source->transaction_path : source->path;
        section->why_place = source->transaction_place;
    } else if (is_set(side->faulty)) {
        section->transactional = false;
        section->why_not = side->faulty_words;
        section->why_path = inclusion_path(source->inclusions, side->faulty, source->path);
        section->why_place = side->faulty;
    }
}

/* The span and the faults that show only at its end. */
static struct section finish(struct revision_source *source, struct side *side, size_t end)
{
    side->section.present = true;
    side->section.path = source->path;
    side->section.alone = source->part != REVISION_WHOLE;
    side->section.inclusions = source->inclusions;
    side->section.file_size = source->length;
    memcpy(side->section.checksum, source->checksum, sizeof side->section.checksum);
    side->section.length = end - side->section.offset;
    judge_wrapping(source, side);
    judge_transaction(source, side);
    return side->section;
}

static size_t line_begin(const struct revision_source *source, size_t offset)
{
    while (offset > revision_text_begin(source) && source->text[offset - 1] != '\n' &&
           source->text[offset - 1] != '\r')
        offset--;
    return offset;
}

bool revision_alone_on_line(const struct revision_source *source, size_t offset)
{
    size_t begin = line_begin(source, offset);
    return strspn(source->text + begin, " \t\f\v") >= offset - begin;
}

static size_t behind_line(const struct revision_source *source, size_t offset)
{
    if (offset < source->length && source->text[offset] == '\r')
        offset++;
    if (offset < source->length && source->text[offset] == '\n')
        offset++;
    return offset;
}

/* The sections of a file so far. */
struct reading {
    struct side side;          /* the one that is being read */
    enum marker marker;        /* the marker that began it; NONE: text before any marker */
    struct place marker_place; /* of it */
    struct place seen[2];      /* of the markers up and down */
    bool any_marker, faulty;   /* faulty: a marker was; what is missing is then not reported too */
};

static void end_side(struct revision_source *source, struct reading *reading, size_t end)
{
    struct section section = finish(source, &reading->side, end);
    if (reading->marker == MARKER_UP && !source->revision->up.present)
        source->revision->up = section;
    else if (reading->marker == MARKER_DOWN && !source->revision->down.present)
        source->revision->down = section;
    else if (reading->marker == MARKER_NONE && !reading->any_marker)
        source->revision->up = section;
    else if (reading->marker == MARKER_NONE && is_set(reading->side.first)) {
        reading->faulty = true;
        REVISION_FAULT(source, reading->side.first, "SQL before the first section marker: it belongs behind '%s'",
                       source->marks->up);
    }
}

static const char *marker_words(const struct revision_source *source, enum marker marker)
{
    return marker == MARKER_DOWN ? source->marks->down : source->marks->up;
}

static void note_marker(struct revision_source *source, struct reading *reading, enum marker marker,
                        const struct sql_piece *piece)
{
    struct place *seen = &reading->seen[marker == MARKER_DOWN];
    if (is_set(*seen))
        REVISION_FAULT(source, piece->place, "a second '%s', the first is in line %u", marker_words(source, marker),
                       seen->line);
    else
        *seen = piece->place;
    if (marker == MARKER_UP && source->marks->ordered && is_set(reading->seen[1]))
        REVISION_FAULT(source, piece->place, "'%s' behind '%s' in line %u: the way up comes first", source->marks->up,
                       source->marks->down, reading->seen[1].line);
}

static void begin_side(struct revision_source *source, struct reading *reading, const struct sql_piece *piece)
{
    size_t end = piece->offset + piece->length, begin = behind_line(source, end);
    reading->any_marker = true;
    end_side(source, reading, line_begin(source, piece->offset));
    enum marker marker = source->marks->read(source, piece);

    reading->marker = marker;
    reading->faulty |= marker == MARKER_FAULTY;
    reading->side = (struct side){0};
    reading->side.section.offset = begin;
    reading->side.section.place = place_after(piece->place, source->text + piece->offset, begin - piece->offset);
    if (marker != MARKER_FAULTY)
        note_marker(source, reading, marker, piece);
}

static void judge_file(struct revision_source *source, const struct reading *reading)
{
    const struct revision *revision = source->revision;
    if (reading->any_marker && !reading->faulty && !revision->up.present)
        REVISION_FAULT(source, reading->seen[1], "a '%s' section, but no '%s'", source->marks->down,
                       source->marks->up);
    if (source->marks->needed && !reading->any_marker)
        REVISION_FAULT(source, ((struct place){1, 1}), "no '%s' stands in it: write it above the statements",
                       source->marks->up);
    if (revision->irreversible != NULL && revision->down.statements > 0)
        REVISION_FAULT(source, source->irreversible_place,
                       "'irreversible', but the down section in line %u holds statements: take one of them out",
                       reading->seen[1].line);
}

/* A file of one side has no markers: it is as if one stood above it. */
static struct reading begin_reading(const struct revision_source *source)
{
    struct reading reading = {.marker = MARKER_NONE};
    if (source->part != REVISION_WHOLE) {
        reading.marker = source->part == REVISION_UP ? MARKER_UP : MARKER_DOWN;
        reading.any_marker = true;
    }
    bool side = source->part != REVISION_WHOLE;
    reading.side.section.offset = side ? source->body : revision_text_begin(source);
    reading.side.section.place = side ? source->body_place : (struct place){1, 1};
    return reading;
}

void revision_sections_read(struct revision_source *source)
{
    struct sql_scan scan;
    struct sql_piece piece;
    struct reading reading = begin_reading(source);

    sql_scan_init(&scan, source->text, source->length, (struct place){1, 1});
    scan.inclusions = source->inclusions;
    scan.is_marker = source->part == REVISION_WHOLE ? source->marks->is_marker : NULL;
    if (scan.error == SQL_SCAN_OK) {
        scan.position = source->body;
        scan.place = source->body_place;
    }
    while (sql_scan_next(&scan, &piece)) {
        if (piece.kind == SQL_MARKER)
            begin_side(source, &reading, &piece);
        else
            judge(source, &reading.side, &piece);
    }
    if (scan.error != SQL_SCAN_OK)
        REVISION_FAULT(source, scan.error_place, "%s", sql_scan_error_text(scan.error));
    end_side(source, &reading, source->length);
    if (source->part == REVISION_WHOLE)
        judge_file(source, &reading);
}
