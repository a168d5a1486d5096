/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that people name by mistake: what belongs into a flash is in them, or made of them. Known by what their formats
 * begin with; none of that begins a flash, an image or a file system of a device.
 */
#include <string.h>

#include "image/container/container_parts.h"

#define BYTES(text) text, sizeof(text) - 1

typedef struct format {
    const char *bytes;
    size_t size, at;
    container_foreign is;
} format;

static const format formats[] = {
    {BYTES("PK\3\4"), 0, {"a ZIP archive", "unpack it, and name the file in it"}},
    {BYTES("\3757zXZ\0"), 0, {"packed with xz", "unpack it first"}},
    {BYTES("1AY&SY"), 4, {"packed with bzip2", "unpack it first"}},
    {BYTES("7z\xBC\xAF\x27\x1C"), 0, {"a 7-Zip archive", "unpack it, and name the file in it"}},
    {BYTES("Rar!\x1A\7"), 0, {"a RAR archive", "unpack it, and name the file in it"}},
    {BYTES("ustar"), 257, {"a tar archive", "unpack it, and name the file in it"}},
    /* What is packed once was unpacked. */
    {BYTES("\x1F\x8B\x08"), 0, {"packed twice", "unpack it once"}},
    {BYTES("\x28\xB5\x2F\xFD"), 0, {"packed twice", "unpack it once"}},
    {BYTES("\177ELF"), 0, {"an ELF program", "name the .bin beside it, or have one made by esptool elf2image"}},
    {BYTES("version https://git-lfs"), 0, {"a pointer of Git LFS", "fetch the file itself with git lfs pull"}},
};

const container_foreign *container_know_foreign(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        const format *f = &formats[i];
        if (size >= f->at + f->size && memcmp(bytes + f->at, f->bytes, f->size) == 0)
            return &f->is;
    }
    return NULL;
}
