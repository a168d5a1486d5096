/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_WORDS_H
#define IMAGE_WORDS_H

/* Whose bootloader it is, and of which version: by its words, where it has no description. */

#include "espbak/image.h"

enum { IMAGE_WORDS_SIZE = 20, IMAGE_WORDS_PIECE = 4096 };

/* All zero to begin with. */
typedef struct image_words {
    bool esp_idf, asserts;
    uint8_t carry[IMAGE_WORDS_SIZE + IMAGE_WORDS_PIECE];
    size_t carried;
    char text[33]; /* what may be a version, as far as it was seen */
    size_t length;
    uint8_t before; /* the byte before it */
    char version[33];
} image_words;

/* The next bytes of an image, at most a piece. */
void image_words_look(image_words *words, const uint8_t *bytes, size_t size);

/* Write what was found into the image; what a description says stays. */
void image_words_tell(const image_words *words, espbak_image *image);

#endif
