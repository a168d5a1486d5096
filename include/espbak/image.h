/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESPBAK_IMAGE_H
#define ESPBAK_IMAGE_H

/*
 * What the bytes of a flash mean: image headers and the partition table. Pure: bytes come from the
 * caller or through a reader, and whatever they say is checked before it is believed.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "espbak/error.h"

/** Where bytes come from: a file, a region of a backup, a device. */
typedef struct espbak_image_reader {
    /** Exactly `size` bytes from `offset`; never asked for more than `size` of this struct allows. */
    espbak_status (*read)(void *ctx, uint64_t offset, void *buffer, size_t size, espbak_error *err);
    void *ctx;
    uint64_t size; /**< bytes there are */
} espbak_image_reader;

/* Image headers: bootloaders and applications begin with the same one. */

enum {
    ESPBAK_IMAGE_HEADER_SIZE = 24,
    ESPBAK_IMAGE_NO_CHIP_ID = 0xFFFF,  /**< an ESP8266 image, whose header names no chip */
    ESPBAK_IMAGE_ANY_REVISION = 65535, /**< as a maximum: no limit */
};

typedef struct espbak_image_header {
    uint16_t chip_id;      /**< espbak_chip.image_chip_id */
    unsigned min_revision; /**< major * 100 + minor; 0 when any will do */
    unsigned max_revision; /**< the same, or ESPBAK_IMAGE_ANY_REVISION */
    uint8_t segment_count;
    uint8_t flash_mode;  /**< 0 QIO, 1 QOUT, 2 DIO, 3 DOUT */
    uint8_t flash_speed; /**< code, its meaning differs between chips */
    uint8_t flash_size;  /**< code, its meaning differs between chips */
    uint32_t entry;      /**< address */
    bool hash_appended;  /**< a SHA-256 follows the segments */
} espbak_image_header;

/** False when the bytes cannot be the header of an image. */
bool espbak_image_header_parse(espbak_image_header *header, const uint8_t bytes[ESPBAK_IMAGE_HEADER_SIZE]);

/** The same through a reader; *found says whether an image begins at `offset`. Errors are the reader's. */
ESPBAK_MUST_USE espbak_status espbak_image_header_read(const espbak_image_reader *reader, uint64_t offset,
                                                       espbak_image_header *header, bool *found, espbak_error *err);

typedef enum espbak_image_fit {
    ESPBAK_IMAGE_FITS,
    ESPBAK_IMAGE_OTHER_CHIP,
    ESPBAK_IMAGE_NEEDS_NEWER, /**< the chip's revision is below the image's minimum */
    ESPBAK_IMAGE_NEEDS_OLDER, /**< the chip's revision is above the image's maximum */
} espbak_image_fit;

/** Whether a chip would start the image. A revision that is not known fits. */
espbak_image_fit espbak_image_fits(const espbak_image_header *header, uint16_t chip_id, bool revision_known,
                                   unsigned revision);

/* The partition table. */

enum {
    ESPBAK_PARTITION_TABLE_OFFSET = 0x8000, /**< where it stands unless a project was told otherwise */
    ESPBAK_PARTITION_TABLE_SIZE = 0xC00,    /**< the rest of its sector is free, or holds a signature */
    ESPBAK_PARTITION_ROW_SIZE = 32,
    ESPBAK_PARTITIONS_MAX = ESPBAK_PARTITION_TABLE_SIZE / ESPBAK_PARTITION_ROW_SIZE - 1,
    ESPBAK_PARTITION_LABEL_MAX = 17, /**< 16 bytes and the end */
};

enum {
    ESPBAK_PARTITION_APP = 0,
    ESPBAK_PARTITION_DATA = 1,
    ESPBAK_PARTITION_BOOTLOADER = 2,
    ESPBAK_PARTITION_TABLE = 3
};

typedef struct espbak_partition {
    char label[ESPBAK_PARTITION_LABEL_MAX]; /**< printable: what is not, became '?' */
    uint8_t type, subtype;
    uint32_t offset, size; /**< bytes in the flash */
    bool encrypted;        /**< flag: encrypted when flash encryption is on, whatever the type */
    bool read_only;        /**< flag */
} espbak_partition;

typedef struct espbak_partition_table {
    espbak_partition entries[ESPBAK_PARTITIONS_MAX];
    size_t count;
    bool md5_present; /**< old tables have none */
    bool md5_ok;      /**< present and right */
} espbak_partition_table;

/** Whether the bytes begin as a table does. */
bool espbak_partition_table_begins(const uint8_t *bytes, size_t size);

/**
 * Parse up to ESPBAK_PARTITION_TABLE_SIZE bytes. Partitions that leave a flash of `flash_size` bytes
 * (0: not known) are ESPBAK_E_FILE, as are rows that are none and a table without rows; a wrong MD5
 * is not an error but md5_ok.
 */
ESPBAK_MUST_USE espbak_status espbak_partition_table_parse(espbak_partition_table *table, const uint8_t *bytes,
                                                           size_t size, uint64_t flash_size, espbak_error *err);

/** The same through a reader, from `offset`; its size is taken for the flash's. */
ESPBAK_MUST_USE espbak_status espbak_partition_table_read(const espbak_image_reader *reader, uint64_t offset,
                                                          espbak_partition_table *table, espbak_error *err);

/** The entry with this label, NULL when there is none. */
const espbak_partition *espbak_partition_find(const espbak_partition_table *table, const char *label);

enum { ESPBAK_PARTITION_TEXT_MAX = 16 };

/** "app", "data"…, or the number ("0x40") of one that has no name. */
void espbak_partition_type_text(uint8_t type, char out[ESPBAK_PARTITION_TEXT_MAX]);
/** "factory", "ota_0", "nvs"…, or the number. */
void espbak_partition_subtype_text(uint8_t type, uint8_t subtype, char out[ESPBAK_PARTITION_TEXT_MAX]);

#endif
