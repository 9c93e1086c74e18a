/*
 * What a person is told to do about a target, and why it is worth a look though it may be ready. One place decides, so
 * that words and command never contradict each other.
 */
#ifndef MIGRATED_DAEMON_ADVICE_H
#define MIGRATED_DAEMON_ADVICE_H

struct arena;
struct target_view;

/* Owned by the arena, static, or borrowed from the view. */
struct advice {
    const char *warning;       /* edited or faulty files, where the message does not speak of them; NULL: none */
    const char *brief_warning; /* the same without server texts; NULL: none */
    const char *next;          /* in words, may name addresses and users; NULL: the command says it all */
    const char *command;       /* as it is pasted into a shell; NULL: none */
};

/* From all that the view holds but the advice itself. */
void advice_give(struct arena *arena, const struct target_view *view, struct advice *advice);

#endif
