#include "base/arena.h"

#include "base/memory.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_BLOCK   4096
#define LARGEST_BLOCK ((size_t)1 << 20)

struct block {
    struct block *previous;
    size_t size, used;
    alignas(max_align_t) char bytes[];
};

struct arena {
    struct block *current;
    size_t next_size, footprint;
};

struct arena *arena_create(void)
{
    struct arena *arena = memory_alloc(sizeof *arena);
    arena->next_size = FIRST_BLOCK;
    return arena;
}

void arena_destroy(struct arena *arena)
{
    if (arena == NULL)
        return;
    for (struct block *block = arena->current; block != NULL;) {
        struct block *previous = block->previous;
        free(block);
        block = previous;
    }
    free(arena);
}

void arena_adopt(struct arena *arena, struct arena *other)
{
    struct block *oldest = other->current;
    while (oldest != NULL && oldest->previous != NULL)
        oldest = oldest->previous;
    if (arena->current == NULL) {
        arena->current = other->current;
    } else if (oldest != NULL) { /* behind the current one, which has room still */
        oldest->previous = arena->current->previous;
        arena->current->previous = other->current;
    }
    arena->footprint += other->footprint;
    free(other);
}

static struct block *add_block(struct arena *arena, size_t size)
{
    struct block *block = memory_alloc(sizeof *block + size);
    block->size = size;
    arena->footprint += sizeof *block + size;
    return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    const size_t alignment = alignof(max_align_t);
    size = size == 0 ? alignment : (size + alignment - 1) / alignment * alignment;

    struct block *block = arena->current;
    if (block != NULL && block->size - block->used >= size) {
        void *memory = block->bytes + block->used;
        block->used += size;
        return memory;
    }

    if (size > arena->next_size / 4 && block != NULL) { /* a large one gets a block of its own, behind the current */
        struct block *own = add_block(arena, size);
        own->used = size;
        own->previous = block->previous;
        block->previous = own;
        return own->bytes;
    }

    block = add_block(arena, size > arena->next_size ? size : arena->next_size);
    block->used = size;
    block->previous = arena->current;
    arena->current = block;
    if (arena->next_size < LARGEST_BLOCK)
        arena->next_size *= 2;
    return block->bytes;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        memory_exhausted();
    return arena_alloc(arena, count * size);
}

char *arena_copy(struct arena *arena, const char *text, size_t length)
{
    char *copy = arena_alloc(arena, length + 1);
    if (length > 0)
        memcpy(copy, text, length);
    return copy;
}

char *arena_string(struct arena *arena, const char *text)
{
    return arena_copy(arena, text, strlen(text));
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);

    char *text = arena_alloc(arena, (size_t)(length < 0 ? 0 : length) + 1);
    if (length > 0)
        vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

void *arena_grow(struct arena *arena, void *array, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return array;

    size_t larger = *capacity == 0 ? 8 : *capacity * 2;
    void *copy = arena_array(arena, larger, size);
    if (count > 0)
        memcpy(copy, array, count * size);
    *capacity = larger;
    return copy;
}

size_t arena_footprint(const struct arena *arena)
{
    return arena->footprint;
}
