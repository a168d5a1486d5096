/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_CONTAINER_H
#define IMAGE_CONTAINER_H

/*
 * Files whose bytes are not those of a flash but stand for them: gzip, zstd, UF2, Intel HEX, and one of these two
 * within gzip or zstd. Sources: RFC 1952, RFC 8878; the specification of UF2, and what esptool's merge-bin writes;
 * Intel's "Hexadecimal Object File Format". Nothing is unpacked to a disk, and no more of it is in memory than a part.
 */

#include "espbak/reader.h"
#include "image/container/unpack.h"

typedef enum container_kind {
    CONTAINER_NONE, /* bytes that say nothing of where they belong */
    CONTAINER_UF2,
    CONTAINER_HEX,
} container_kind;

/* Units of one size that follow one another in the file and in the flash. */
typedef struct container_run {
    uint64_t offset, size;    /* in the flash */
    uint64_t at;              /* where the first unit begins in the file */
    uint32_t stride, payload; /* bytes that a unit has, and bytes of flash that it holds; the last may hold fewer */
} container_run;

/* Runs that lie in one row of sectors: between them is what the file leaves out of a sector. */
typedef struct container_part {
    uint64_t offset, size;
} container_part;

/* Formats of which nothing stands in a flash as it is. */
typedef struct container_foreign {
    const char *what;   /* "a ZIP archive" */
    const char *remedy; /* "unpack it, and name the file in it" */
} container_foreign;

typedef struct container {
    espbak_image_reader file; /* what is packed in it, where something is */
    unpacked packed;
    container_kind kind;
    const container_foreign *foreign; /* of CONTAINER_NONE; NULL: its bytes may be those of a flash */
    bool family_known;
    uint32_t family;       /* of a UF2: the id of a kind of chip */
    bool unordered;        /* its units are not in the order of the flash */
    container_run *runs;   /* in the order of the flash, without overlap */
    container_part *parts; /* likewise; a file that is no container has one, from 0 on */
    size_t run_count, run_capacity, part_count;
    uint8_t *unit; /* room to read one into */
} container;

/*
 * Find out what a file is and check all of it: lengths, checksums, the number of blocks. ESPBAK_E_FILE for one that is
 * damaged or incomplete, and for one that is packed and holds more than `limit` bytes. The places are not judged. The
 * reader's ctx must outlive `c`. Close it afterwards, also after an error.
 */
ESPBAK_MUST_USE espbak_status container_open(container *c, const espbak_image_reader *file, uint64_t limit,
                                             espbak_error *err);
/* The same for bytes that stand for themselves, whatever they are. */
ESPBAK_MUST_USE espbak_status container_open_bytes(container *c, const espbak_image_reader *file, espbak_error *err);
void container_close(container *c);

/* "UF2", "Intel HEX packed with gzip"…; NULL for a file that is no container. */
const char *container_name(const container *c);

/* Bytes by their place in the flash. What is left out within a part reads as erased; others are ESPBAK_E_INTERNAL. */
ESPBAK_MUST_USE espbak_status container_read(container *c, uint64_t offset, void *buffer, size_t size,
                                             espbak_error *err);

#endif
