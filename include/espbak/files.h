/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESPBAK_FILES_H
#define ESPBAK_FILES_H

/*
 * The files in a partition: LittleFS, FAT behind ESP-IDF's wear levelling or without it, and SPIFFS. All are only read,
 * in bounded memory, and what is damaged costs no more than itself: it becomes a finding.
 */

#include "espbak/api.h"
#include "espbak/reader.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    ESPBAK_FILE_PATH_MAX = 1024, /**< bytes of a path with its end; what is longer is left out, and said */
    ESPBAK_FILES_MAX = 32768,    /**< that are listed of one partition */
};

/** Attributes of FAT. */
enum { ESPBAK_FILE_READ_ONLY = 1, ESPBAK_FILE_HIDDEN = 2, ESPBAK_FILE_SYSTEM = 4, ESPBAK_FILE_ARCHIVE = 8 };

typedef struct espbak_file {
    char *path; /**< from the root, "/www/index.html"; as it stands there, which need not be printable, nor UTF-8 */
    uint64_t size;
    int64_t modified; /**< seconds since 1970; FAT keeps the device's local time, which is taken as UTC */
    uint64_t place;   /**< where the library has it */
    unsigned attributes;
    bool folder;
    bool dated; /**< `modified` is known */
} espbak_file;

/** Starts as {0}; owns its entries, which are sorted by path. */
typedef struct espbak_file_list {
    espbak_file *entries;
    size_t count, capacity;
    size_t left_out; /**< how many more there were, beyond what is kept */
    size_t bytes;    /**< of all paths */
} espbak_file_list;

ESPBAK_API void espbak_file_list_free(espbak_file_list *list);

typedef struct espbak_volume espbak_volume;

typedef struct espbak_volume_info {
    const char *name; /**< "LittleFS", "FAT" or "SPIFFS" */
    char about[96];   /**< "LittleFS 2.1, 256 blocks of 4096 bytes" */
    uint64_t size;    /**< bytes that it says it takes */
    uint32_t block_size;
} espbak_volume_info;

/** All zero will do. */
typedef struct espbak_volume_options {
    unsigned code_page; /**< of short names on FAT; 0: 437, as ESP-IDF has it */
} espbak_volume_options;

/** Whether the letters of a code page are known: those of DOS with one byte a letter are. */
ESPBAK_API bool espbak_code_page_is_known(unsigned number);

/**
 * Open what is in a range of a flash; reader and findings (may be NULL) must outlive it. *out is NULL where no file
 * system is recognised, and then `findings` may say why one that seems to be there cannot be read. Errors are those of
 * the reader, memory, and ESPBAK_E_USAGE for a range that is not there.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_volume_open(espbak_volume **out, const espbak_image_reader *reader,
                                                            uint64_t offset, uint64_t size,
                                                            const espbak_volume_options *options,
                                                            espbak_findings *findings, espbak_error *err);
/** NULL is allowed. */
ESPBAK_API void espbak_volume_close(espbak_volume *volume);

ESPBAK_API const espbak_volume_info *espbak_volume_describe(const espbak_volume *volume);

/** All files and folders. What cannot be read is left out, and becomes a finding; errors are the reader's, and memory.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_volume_list(espbak_volume *volume, espbak_file_list *out,
                                                            espbak_error *err);

/** Gets the contents of a file in order. */
typedef espbak_status (*espbak_file_sink)(void *user, const uint8_t *data, size_t size, espbak_error *err);

/** The contents of a file from the list. ESPBAK_E_FILE where not all of it can be had; `sink` has got what is before.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_volume_read(espbak_volume *volume, const espbak_file *entry,
                                                            espbak_file_sink sink, void *user, espbak_error *err);

/** Whether this build knows a file system by its name: LittleFS and FAT can be left out of one (ESPBAK_FILES). */
ESPBAK_API bool espbak_volume_supports(const char *name);

#ifdef __cplusplus
}
#endif

#endif
