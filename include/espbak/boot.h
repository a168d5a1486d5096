/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESPBAK_BOOT_H
#define ESPBAK_BOOT_H

/*
 * Will it boot? What a flash holds, judged as the chip's ROM and ESP-IDF's bootloader would. "No" is
 * said only where it is proven; docs/images.md has the rules.
 */

#include "espbak/api.h"
#include "espbak/chip.h"
#include "espbak/image.h"
#include "espbak/partition.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The flash and the chip that is to start from it. */
typedef struct espbak_boot_question {
    espbak_image_reader reader; /**< the whole flash */
    uint64_t bootloader_offset; /**< where this chip's ROM looks */
    uint64_t table_offset;      /**< ESPBAK_PARTITION_TABLE_ANYWHERE to look for it */
    uint16_t chip_id;           /**< espbak_chip.image_chip_id */
    bool chip_known;            /**< false: fits are not judged, and nothing is said about other chips */
    bool esp8266_layouts;       /**< as in espbak_chip */
    bool secure_boot_digest;    /**< likewise: a bootloader without a signature may be right */
    bool revision_known;
    unsigned revision;                /**< major * 100 + minor */
    const espbak_boot_memory *memory; /**< of the chip; NULL: where segments go is not judged */
    bool encryption_known;            /**< the next one was read from the chip */
    bool encrypted;                   /**< the flash holds ciphertext */
    bool secure_boot;                 /**< signatures are needed */
    bool whole;                       /**< the reader's size is the size of the flash */
    bool outline;                     /**< only say what is there: contents are not read, the verdict is unknown */
    /**
     * Where reading takes time: whether the contents of the image at `offset` are to be read; NULL: of every image.
     * Of one that is not read its headers decide, and the verdict's condition says so.
     */
    bool (*reads)(const void *user, uint64_t offset);
    const void *reads_user;
    const espbak_partition_table *table; /**< from a file, in place of the flash's; NULL: the flash's */
} espbak_boot_question;

typedef enum espbak_boot_verdict { ESPBAK_BOOT_UNKNOWN, ESPBAK_BOOT_YES, ESPBAK_BOOT_NO } espbak_boot_verdict;

enum { ESPBAK_BOOT_REASON_MAX = 256, ESPBAK_BOOT_CONDITION_MAX = 160, ESPBAK_BOOT_APPS_MAX = 24 };

/** One partition of type app. */
typedef struct espbak_boot_app {
    const espbak_partition *partition; /**< in the report's table */
    int slot;                          /**< a number, or ESPBAK_SLOT_… */
    bool active;                       /**< the bootloader starts this one, as far as is known */
    bool stops;                        /**< the bootloader loads it and gets no further: no other one is tried */
    bool present;                      /**< it holds an image */
    bool bootable;                     /**< the bootloader would load it; false in an outline */
    espbak_image image;
    char why_not[ESPBAK_FINDING_TEXT_MAX]; /**< what is wrong with it, or empty */
    const char *cause;                     /**< the same as a word of docs/images.md; NULL: nothing is wrong */
} espbak_boot_app;

/** Owns what it points to. All zero is valid to free. */
typedef struct espbak_boot_report {
    espbak_boot_verdict verdict;
    char reason[ESPBAK_BOOT_REASON_MAX];       /**< one sentence, never empty */
    const char *cause;                         /**< the same as a word of docs/images.md */
    char condition[ESPBAK_BOOT_CONDITION_MAX]; /**< of a "yes": "on a chip of at least v3.0"; or empty */
    uint64_t header_flash_size; /**< bytes that the bootloader takes the flash for; 0 when there is none */
    bool bootloader_found;
    espbak_image bootloader;
    uint64_t table_place; /**< where its code looks for the table; 0: not known */
    bool table_found;
    espbak_partition_table table;
    bool otadata_found;
    espbak_otadata otadata;
    int selected_slot;     /**< what otadata asks for; ESPBAK_SLOT_NONE when there is no table */
    espbak_boot_app *apps; /**< at most ESPBAK_BOOT_APPS_MAX */
    size_t app_count;
    espbak_findings findings;
} espbak_boot_report;

/**
 * Examine the flash and answer. What was in the report before is not looked at; free it afterwards. Errors are the
 * reader's; the report is then as far as it came.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_boot_examine(const espbak_boot_question *question,
                                                             espbak_boot_report *report, espbak_error *err);

/**
 * A file that is one part of a flash, and nothing else: an application, a bootloader (the report has either in place of
 * the bootloader, which is not found), a partition table, otadata, NVS or a file system. `chip` is the one that the
 * image at its beginning names, NULL when that is not known. *alone says whether it is one, and the report's reason
 * which. Free the report afterwards where it is. Errors are the reader's.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_boot_examine_alone(const espbak_image_reader *reader,
                                                                   const espbak_chip *chip, espbak_boot_report *report,
                                                                   bool *alone, espbak_error *err);

/** Frees what the report owns; all zero then. */
ESPBAK_API void espbak_boot_report_free(espbak_boot_report *report);

/** The app that is active, NULL when none is. */
ESPBAK_API const espbak_boot_app *espbak_boot_active(const espbak_boot_report *report);

/** "yes", "no", "unknown". Never NULL. */
ESPBAK_API const char *espbak_boot_verdict_name(espbak_boot_verdict verdict);

/* ESP8266: layouts that are not ESP-IDF's. */

typedef enum espbak_esp8266_layout {
    ESPBAK_ESP8266_UNKNOWN,
    ESPBAK_ESP8266_NON_OTA,  /**< one image at 0x0, its code in flash behind it */
    ESPBAK_ESP8266_TWO_SLOT, /**< non-OS SDK: boot.bin at 0x0, user1 and user2 */
    ESPBAK_ESP8266_RTOS,     /**< RTOS SDK: a bootloader at 0x0 and a table at 0x8000 */
    ESPBAK_ESP8266_ARDUINO,  /**< Arduino core: its small loader at 0x0 and an image at 0x1000 */
    ESPBAK_ESP8266_RBOOT,    /**< rBoot at 0x0, its configuration at 0x1000, images where that says */
} espbak_esp8266_layout;

typedef struct espbak_esp8266_report {
    espbak_esp8266_layout layout;
    espbak_image first; /**< at 0x0 */
    bool first_found;
    espbak_image slots[2]; /**< user1, user2; of rBoot the first two that are there */
    bool slot_found[2];
} espbak_esp8266_report;

/** What kind of ESP8266 flash it is. Every image found is examined to `depth`. Errors are the reader's. */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_esp8266_examine(const espbak_image_reader *reader,
                                                                espbak_image_depth depth, espbak_esp8266_report *report,
                                                                espbak_findings *findings, espbak_error *err);

/** "not known", "one image", "two slots (non-OS SDK)", "RTOS SDK". Never NULL. */
ESPBAK_API const char *espbak_esp8266_layout_name(espbak_esp8266_layout layout);

#ifdef __cplusplus
}
#endif

#endif
