/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a fuzz target over the files given: each as it is, cut short at many places, and with single
 * bytes changed. Deterministic, and needs no fuzzer.
 */
#include <string.h>

#include "fuzz.h"

/* Places in a file that are changed; fewer where there are many files. */
#ifndef FUZZ_VARIANTS
#define FUZZ_VARIANTS 2000
#endif

enum { SEED_MAX = 64 * 1024, FEW_FILES = 10 };

/* In memory of exactly its size, so that a sanitizer sees one byte too far. */
static void run(const uint8_t *data, size_t size)
{
    uint8_t *copy = calloc(1, size > 0 ? size : 1);
    FUZZ_CHECK(copy != NULL);
    memcpy(copy, data, size);
    (void)LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static void run_variants(uint8_t *data, size_t size, size_t places)
{
    static const uint8_t changes[] = {0x00, 0x01, '"', '-', '9', 0x7F, 0x80, 0xC0, 0xDB, 0xFF};
    const size_t step = places > 0 ? size / places + 1 : 0;
    for (size_t at = 0; step > 0 && at < size; at += step) {
        const uint8_t was = data[at];
        run(data, at);
        data[at] = changes[at % sizeof(changes)];
        run(data, size);
        data[at] = (uint8_t)(was ^ 1u << at % 8);
        run(data, size);
        data[at] = was;
    }
}

int main(int argc, char **argv)
{
    static uint8_t data[SEED_MAX];
    const size_t files = (size_t)argc - 1;
    const size_t places = files <= FEW_FILES ? FUZZ_VARIANTS : FUZZ_VARIANTS * FEW_FILES / files;
    run(data, 0);
    for (int i = 1; i < argc; i++) {
        FILE *file = fopen(argv[i], "rb");
        if (file == NULL) {
            perror(argv[i]);
            return 1;
        }
        const size_t size = fread(data, 1, sizeof(data), file);
        fclose(file);
        run(data, size);
        run_variants(data, size, places);
    }
    if (argc < 2)
        fprintf(stderr, "no corpus\n");
    return argc < 2;
}
