/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a fuzz target over the inputs in a corpus (see corpus.py), or over the one that is named: each as it is, cut
 * short at many places, and with single bytes changed. Deterministic, and needs no fuzzer.
 */
#include <stdbool.h>
#include <string.h>

#include "fuzz.h"

/* Places in an input that are changed; fewer where there are many inputs. */
#ifndef FUZZ_VARIANTS
#define FUZZ_VARIANTS 2000
#endif

enum { LINE_MAX_SIZE = 256, SEED_MAX = 64 * 1024, FEW_INPUTS = 10, BASE64_BITS = 6 };

typedef struct input {
    char name[LINE_MAX_SIZE];
    uint8_t data[SEED_MAX];
    size_t size;
} input;

/* In memory of exactly its size, so that a sanitizer sees one byte too far. */
static void try_bytes(const uint8_t *data, size_t size)
{
    uint8_t *copy = calloc(1, size > 0 ? size : 1);
    FUZZ_CHECK(copy != NULL);
    memcpy(copy, data, size);
    (void)LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static void try_variants(uint8_t *data, size_t size, size_t places)
{
    static const uint8_t changes[] = {0x00, 0x01, '"', '-', '9', 0x7F, 0x80, 0xC0, 0xDB, 0xFF};
    const size_t step = places > 0 ? size / places + 1 : 0;
    for (size_t at = 0; step > 0 && at < size; at += step) {
        const uint8_t was = data[at];
        try_bytes(data, at);
        data[at] = changes[at % sizeof(changes)];
        try_bytes(data, size);
        data[at] = (uint8_t)(was ^ 1u << at % 8);
        try_bytes(data, size);
        data[at] = was;
    }
}

static void append_base64(input *in, const char *text)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t bits = 0;
    unsigned count = 0; /* of bits */
    for (; *text != '\0' && *text != '='; text++) {
        const char *const digit = strchr(alphabet, *text);
        FUZZ_CHECK(digit != NULL);
        bits = bits << BASE64_BITS | (uint32_t)(digit - alphabet);
        count += BASE64_BITS;
        if (count < 8)
            continue;
        count -= 8;
        FUZZ_CHECK(in->size < SEED_MAX);
        in->data[in->size++] = (uint8_t)(bits >> count);
    }
}

/* The next line that is not a comment, without its end; false at the end of the file. */
static bool next_line(FILE *corpus, char line[LINE_MAX_SIZE])
{
    do {
        if (fgets(line, LINE_MAX_SIZE, corpus) == NULL)
            return false;
        FUZZ_CHECK(strchr(line, '\n') != NULL);
        line[strcspn(line, "\n")] = '\0';
    } while (line[0] == '#');
    return true;
}

/* `line` is the one after the last that was taken, and empty when there is none. */
static bool next_input(FILE *corpus, input *in, char line[LINE_MAX_SIZE])
{
    if (line[0] == '\0')
        return false;
    FUZZ_CHECK(line[0] != ' ');
    memcpy(in->name, line, LINE_MAX_SIZE);
    in->size = 0;
    bool more;
    while ((more = next_line(corpus, line)) && line[0] == ' ')
        append_base64(in, line + strspn(line, " "));
    if (!more)
        line[0] = '\0';
    return true;
}

/* Runs those called `name`, or all; without `places` it only counts them. */
static size_t replay(FILE *corpus, const char *name, const size_t *places)
{
    static input in;
    static char line[LINE_MAX_SIZE];
    size_t count = 0;
    rewind(corpus);
    if (!next_line(corpus, line))
        line[0] = '\0';
    while (next_input(corpus, &in, line)) {
        if (name != NULL && strcmp(name, in.name) != 0)
            continue;
        count++;
        if (places == NULL)
            continue;
        printf("%s\n", in.name); /* the last one printed is the one that failed */
        fflush(stdout);
        try_bytes(in.data, in.size);
        try_variants(in.data, in.size, *places);
    }
    return count;
}

int main(int argc, char **argv)
{
    FILE *const corpus = argc > 1 ? fopen(argv[1], "r") : NULL;
    if (corpus == NULL) {
        fprintf(stderr, "usage: %s CORPUS [INPUT]\n", argv[0]);
        return 2;
    }
    const char *const name = argc > 2 ? argv[2] : NULL;
    const size_t inputs = replay(corpus, NULL, NULL);
    const size_t places = inputs <= FEW_INPUTS ? FUZZ_VARIANTS : FUZZ_VARIANTS * FEW_INPUTS / inputs;
    try_bytes((const uint8_t *)"", 0);
    const size_t replayed = replay(corpus, name, &places);
    printf("%zu of %zu inputs\n", replayed, inputs);
    fclose(corpus);
    return replayed > 0 ? 0 : 1;
}
