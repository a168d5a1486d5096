/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes images of file systems with the code that devices have, built to write:
 *
 *     make_files littlefs|fat BLOCK BLOCKS KIND IMAGE < rows
 *
 * KIND is the version of LittleFS, or 1 for FAT12 and FAT16, 2 for FAT32. Rows are "folder PATH", "file SIZE SEED TIME
 * PATH" (a TIME of 0 is none), "append SIZE SEED PATH", "attributes BITS PATH" and "remove PATH". Contents are numbers
 * from a seed, as images.py has them too.
 */
#include "make_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONTENTS_MAX = 1 << 20, LINE_MAX_SIZE = 1024 };

unsigned char *image;
size_t image_size;

void make_image(size_t size)
{
    image_size = size;
    image = malloc(size);
    check(image != NULL, 0, "memory");
    memset(image, 0xFF, size);
}

void check(bool right, int result, const char *what)
{
    if (!right) {
        fprintf(stderr, "make_files: %s: error %d\n", what, result);
        exit(1);
    }
}

static const unsigned char *contents(size_t size, unsigned long seed)
{
    static unsigned char out[CONTENTS_MAX];
    unsigned state = (unsigned)seed;
    check(size <= sizeof(out), 0, "a file that is too large");
    for (size_t i = 0; i < size; i++) {
        state = state * 1664525u + 1013904223u;
        out[i] = (unsigned char)(state >> 24);
    }
    return out;
}

static void take_row(const maker *to, const char *line)
{
    char path[LINE_MAX_SIZE];
    unsigned long size, seed, when;
    unsigned bits;
    if (sscanf(line, "folder %1023[^\n]", path) == 1)
        to->folder(path);
    else if (sscanf(line, "remove %1023[^\n]", path) == 1)
        to->remove(path);
    else if (sscanf(line, "attributes %u %1023[^\n]", &bits, path) == 2)
        to->attributes(path, bits);
    else if (sscanf(line, "append %lu %lu %1023[^\n]", &size, &seed, path) == 3)
        to->put(path, contents(size, seed), size, true, 0);
    else if (sscanf(line, "file %lu %lu %lu %1023[^\n]", &size, &seed, &when, path) == 4)
        to->put(path, contents(size, seed), size, false, when);
    else
        check(false, 0, line);
}

int main(int argc, char **argv)
{
    char line[LINE_MAX_SIZE];
    if (argc != 6)
        return 2;
    const maker *to = strcmp(argv[1], "fat") == 0 ? &maker_fat : &maker_littlefs;
    to->format(strtoul(argv[2], NULL, 0), strtoul(argv[3], NULL, 0), (unsigned)strtoul(argv[4], NULL, 0));
    while (fgets(line, sizeof(line), stdin) != NULL)
        take_row(to, line);
    to->finish();
    FILE *out = fopen(argv[5], "wb");
    const bool made = out != NULL && fwrite(image, 1, image_size, out) == image_size && fclose(out) == 0;
    free(image);
    return made ? 0 : 1;
}
