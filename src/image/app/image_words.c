/* SPDX-License-Identifier: Apache-2.0 */
#include "image/app/image_words.h"

#include <stdio.h>
#include <string.h>

/* What ESP-IDF's bootloader says of itself, and the folder of its sources, which assertions name. Of one length. */
static const char *const idf_words[] = {"2nd stage bootloader", "/bootloader_support/"};
/* What it says where an assertion fails, unless it was built without them; as long. */
static const char assert_words[] = "Assert failed in %s,";

/* Words may stand across two pieces, so the end of one is kept before the next. */
static void look_for_words(image_words *w, const uint8_t *bytes, size_t size)
{
    memcpy(w->carry + w->carried, bytes, size);
    const size_t have = w->carried + size;
    for (size_t i = 0; i + IMAGE_WORDS_SIZE <= have && !(w->esp_idf && w->asserts); i++) {
        const uint8_t *at = w->carry + i;
        w->esp_idf = w->esp_idf || memcmp(at, idf_words[0], IMAGE_WORDS_SIZE) == 0 ||
                     memcmp(at, idf_words[1], IMAGE_WORDS_SIZE) == 0;
        w->asserts = w->asserts || memcmp(at, assert_words, IMAGE_WORDS_SIZE) == 0;
    }
    w->carried = have < IMAGE_WORDS_SIZE ? have : IMAGE_WORDS_SIZE;
    memmove(w->carry, w->carry + have - w->carried, w->carried);
}

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

/* Whether the byte can go on with a text like "v4.4.1" or "v5.1-dev-4528-g420ebd208d". */
static bool goes_on(const image_words *w, uint8_t byte)
{
    if (w->length == 0)
        return byte == 'v' && (w->before < 0x20 || w->before == ' ');
    if (w->length == 1 || w->length == 3)
        return is_digit(byte);
    if (w->length == 2)
        return byte == '.';
    return byte > ' ' && byte < 0x7F && w->length + 1 < sizeof(w->text);
}

/* ESP-IDF's version is a string of its own, or stands within "ESP-IDF v3.3 2nd stage bootloader". */
static void look_for_version(image_words *w, uint8_t byte)
{
    if (w->version[0] != '\0')
        return;
    if (goes_on(w, byte)) {
        w->text[w->length++] = (char)byte;
        return;
    }
    if (w->length > 3 && (byte == '\0' || byte == ' ')) {
        memcpy(w->version, w->text, w->length);
        w->version[w->length] = '\0';
    }
    w->length = 0;
    w->before = byte;
}

void image_words_look(image_words *words, const uint8_t *bytes, size_t size)
{
    look_for_words(words, bytes, size);
    for (size_t i = 0; i < size; i++)
        look_for_version(words, bytes[i]);
}

void image_words_tell(const image_words *words, espbak_image *image)
{
    image->esp_idf = image->esp_idf || words->esp_idf;
    image->asserts = words->asserts;
    if (image->esp_idf && image->bootloader.idf[0] == '\0')
        snprintf(image->bootloader.idf, sizeof(image->bootloader.idf), "%s", words->version);
}
