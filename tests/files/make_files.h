/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MAKE_FILES_H
#define MAKE_FILES_H

/* What a file system that make_files writes can do; all of it ends the program where it fails. */

#include <stdbool.h>
#include <stddef.h>

typedef struct maker {
    void (*format)(size_t block, size_t blocks, unsigned kind);
    void (*folder)(const char *path);
    void (*put)(const char *path, const unsigned char *data, size_t size, bool append, unsigned long when);
    void (*attributes)(const char *path, unsigned bits);
    void (*remove)(const char *path);
    void (*finish)(void);
} maker;

extern const maker maker_littlefs, maker_fat;

/* The image, all 0xFF in the beginning. */
extern unsigned char *image;
extern size_t image_size;
void make_image(size_t size);

void check(bool right, int result, const char *what);

#endif
