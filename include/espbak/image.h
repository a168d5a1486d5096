/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESPBAK_IMAGE_H
#define ESPBAK_IMAGE_H

/*
 * Images, which is what bootloaders and applications are: their headers, what they say about
 * themselves, and whether they are whole. Pure: bytes come from the caller or through a reader, and
 * whatever they say is checked before it is believed.
 */

#include "espbak/api.h"
#include "espbak/partition.h"
#include "espbak/reader.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    ESPBAK_IMAGE_HEADER_SIZE = 24,
    ESPBAK_IMAGE_SEGMENTS_MAX = 16,
    ESPBAK_IMAGE_NO_CHIP_ID = 0xFFFF,  /**< an ESP8266 image, whose header names no chip */
    ESPBAK_IMAGE_ANY_REVISION = 65535, /**< as a maximum: no limit */
};

typedef struct espbak_image_header {
    uint16_t chip_id;           /**< espbak_chip.image_chip_id */
    unsigned min_revision;      /**< major * 100 + minor; 0 when any will do */
    unsigned max_revision;      /**< the same, or ESPBAK_IMAGE_ANY_REVISION */
    unsigned old_min_revision;  /**< what bootloaders read that know no full revisions, in the same unit */
    unsigned full_min_revision; /**< what all others read, and nothing else */
    uint8_t segment_count;
    uint8_t flash_mode;  /**< 0 QIO, 1 QOUT, 2 DIO, 3 DOUT */
    uint8_t flash_speed; /**< code, its meaning differs between chips */
    uint8_t flash_size;  /**< code, its meaning differs between chips */
    uint32_t entry;      /**< address */
    bool hash_appended;  /**< a SHA-256 follows the segments: any value but 0 says so */
} espbak_image_header;

/** False when the bytes cannot be the header of an image. */
ESPBAK_API bool espbak_image_header_parse(espbak_image_header *header, const uint8_t bytes[ESPBAK_IMAGE_HEADER_SIZE]);

/** The same through a reader; *found says whether an image begins at `offset`. Errors are the reader's. */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_image_header_read(const espbak_image_reader *reader, uint64_t offset,
                                                                  espbak_image_header *header, bool *found,
                                                                  espbak_error *err);

typedef enum espbak_image_fit {
    ESPBAK_IMAGE_FITS,
    ESPBAK_IMAGE_OTHER_CHIP,
    ESPBAK_IMAGE_NEEDS_NEWER, /**< the chip's revision is below the image's minimum */
    ESPBAK_IMAGE_NEEDS_OLDER, /**< the chip's revision is above the image's maximum */
} espbak_image_fit;

/** Whether a chip would start the image. A revision that is not known fits. */
ESPBAK_API espbak_image_fit espbak_image_fits(const espbak_image_header *header, uint16_t chip_id, bool revision_known,
                                              unsigned revision);

/* Whole images. Texts are printable and terminated; empty where the image says nothing. */

typedef struct espbak_image_segment {
    uint32_t address; /**< where it is loaded or mapped */
    uint32_t size;    /**< bytes */
    uint64_t offset;  /**< of its data, in the reader */
} espbak_image_segment;

typedef struct espbak_app_description {
    char project[33], version[33], idf[33], date[17], time[17];
    uint32_t secure_version;
    uint8_t elf_sha256[32];
} espbak_app_description;

typedef struct espbak_bootloader_description {
    uint32_t version;
    uint8_t secure_version;
    char idf[33], compiled[25];
} espbak_bootloader_description;

/**
 * Fields of an application's description that bootloaders read at their place in the first segment, whether there is
 * a description or not.
 */
typedef struct espbak_image_demands {
    bool read;                                       /**< there were bytes to read them from */
    uint16_t min_block_revision, max_block_revision; /**< of the eFuse block; 0 and 65535: any */
    uint8_t page_bits;                               /**< size of a cache page as a power of two; 0: not said */
} espbak_image_demands;

typedef enum espbak_image_signature {
    ESPBAK_SIGNATURE_NONE,
    ESPBAK_SIGNATURE_V1, /**< ECDSA block behind the image */
    ESPBAK_SIGNATURE_V2, /**< signature sector with its magic and a right CRC */
} espbak_image_signature;

typedef enum espbak_image_depth {
    ESPBAK_IMAGE_OUTLINE,  /**< headers, description and signature: a few small reads */
    ESPBAK_IMAGE_CONTENTS, /**< every byte: checksum and SHA-256 too */
} espbak_image_depth;

typedef struct espbak_image {
    uint64_t offset; /**< in the reader */
    uint64_t size;   /**< bytes, checksum and SHA-256 included, signature not; 0 unless whole */
    unsigned format; /**< 1, or 2 for the ESP8266 images that begin with 0xEA */
    espbak_image_header header;
    espbak_image_segment segments[ESPBAK_IMAGE_SEGMENTS_MAX + 1]; /**< format 2 has one more */
    size_t segment_count;
    bool whole;   /**< all its parts lie where they can be */
    bool checked; /**< its contents were read; the next three are false otherwise */
    bool checksum_ok;
    bool sha256_ok; /**< there is one, and it is right */
    bool esp_idf;   /**< a bootloader that is ESP-IDF's, by its description or its words */
    bool asserts;   /**< one that was built with assertions, by its words */
    espbak_image_demands demands;
    bool app_described;
    bool bootloader_described;
    espbak_app_description app;
    espbak_bootloader_description bootloader;
    espbak_image_signature signature;
} espbak_image;

/**
 * Examine what begins at `offset` and may take `limit` bytes (a partition's size). *found is false when
 * that is no image; what is wrong with one becomes a finding. Errors are the reader's.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_image_examine(const espbak_image_reader *reader, uint64_t offset,
                                                              uint64_t limit, espbak_image_depth depth,
                                                              espbak_image *image, bool *found,
                                                              espbak_findings *findings, espbak_error *err);

/** Whole, with a right checksum and, where there is a SHA-256, a right one. False for an outline. */
ESPBAK_API bool espbak_image_sound(const espbak_image *image);

#ifdef __cplusplus
}
#endif

#endif
