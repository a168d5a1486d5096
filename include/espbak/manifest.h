/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESPBAK_MANIFEST_H
#define ESPBAK_MANIFEST_H

/*
 * manifest.json of a backup: what it is, of which device, and its hashes. Format and fields are
 * described in docs/manifest-format.md. A manifest from a file is hostile until checked: after
 * espbak_manifest_parse every size, offset, hash and file name in it is within bounds.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "espbak/api.h"
#include "espbak/device.h"
#include "espbak/error.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    ESPBAK_MANIFEST_VERSION = 1,
    ESPBAK_MANIFEST_SIZE_MAX = 4 * 1024 * 1024, /**< a larger file is not read */
    ESPBAK_REGIONS_MAX = 256,
    ESPBAK_HOLES_MAX = 4096,
    ESPBAK_REGION_NAME_MAX = 32,
    ESPBAK_MANIFEST_PARTITIONS_MAX = 96,
    ESPBAK_MANIFEST_APPS_MAX = 24,
    ESPBAK_KNOWN_MAX = 8, /**< other backups that contents of one are taken from */
    ESPBAK_MANIFEST_EDITS_MAX = 256,
    ESPBAK_MANIFEST_EFUSES_MAX = 256,
};

typedef enum espbak_backup_state {
    ESPBAK_STATE_VERIFIED,
    ESPBAK_STATE_UNVERIFIED,
    ESPBAK_STATE_HOLES,
    ESPBAK_STATE_EDITED, /**< it was changed on purpose: no device ever held it. With holes it is ESPBAK_STATE_HOLES */
} espbak_backup_state;

/** "verified", "unverified", "holes", "edited". Never NULL. */
ESPBAK_API const char *espbak_backup_state_name(espbak_backup_state state);

typedef struct espbak_hole {
    uint64_t offset, size; /**< flash bytes that could not be read; 0xFF in the file */
} espbak_hole;

typedef struct espbak_region {
    char name[ESPBAK_REGION_NAME_MAX]; /**< "flash" for the whole, else the partition's label */
    char type[32], subtype[32];        /**< as partition tables name them, may be empty */
    uint64_t offset, size;             /**< bytes in the flash */
    char file[64];                     /**< a plain name inside the backup folder */
    uint8_t sha256[32], md5[16];
    espbak_hole *unreadable;
    size_t unreadable_count;
} espbak_region;

/** One row of the partition table, as it was found on the flash. */
typedef struct espbak_manifest_partition {
    char name[ESPBAK_REGION_NAME_MAX];
    char type[16], subtype[16];
    uint64_t offset, size; /**< bytes in the flash */
    bool encrypted, read_only;
} espbak_manifest_partition;

typedef struct espbak_manifest_table {
    bool known;
    uint64_t offset;                    /**< where it stands in the flash */
    espbak_tristate md5_ok;             /**< unknown: it has none */
    espbak_manifest_partition *entries; /**< at most ESPBAK_MANIFEST_PARTITIONS_MAX */
    size_t count;
} espbak_manifest_table;

/** An application image, or the bootloader, by what it says about itself. */
typedef struct espbak_manifest_app {
    char slot[ESPBAK_REGION_NAME_MAX]; /**< label of its partition; empty for the bootloader */
    bool active;                       /**< it was the one that boots */
    char project[33], version[33], idf[33], compiled[40];
    espbak_tristate sha256_ok; /**< unknown: it has none, or its bytes are not in the backup */
} espbak_manifest_app;

/** Another backup that contents were taken from. */
typedef struct espbak_manifest_source {
    char backup[256]; /**< name of its folder */
    uint64_t bytes;
} espbak_manifest_source;

/** An eFuse by its name, for those who do not know what the words of a block mean. */
typedef struct espbak_manifest_efuse {
    char name[48], value[72];
} espbak_manifest_efuse;

typedef struct espbak_manifest_ota {
    char active_slot[ESPBAK_REGION_NAME_MAX];
    bool seq_known;
    uint64_t seq;
    char state[16];
} espbak_manifest_ota;

/** A setting that was changed, without its values. */
typedef struct espbak_manifest_edit {
    char partition[ESPBAK_REGION_NAME_MAX];
    char space[16], key[16]; /**< of NVS */
    char type[16];           /**< "string", "u8"… */
    char change[16];         /**< "added", "removed", "changed" */
} espbak_manifest_edit;

/** What an edited backup was made of, and how it differs. */
typedef struct espbak_manifest_edited {
    char from[256];        /**< name of that backup's folder; empty: it is not edited */
    char from_created[32]; /**< when that was made, RFC 3339 */
    espbak_manifest_edit
        *edits; /**< at most ESPBAK_MANIFEST_EDITS_MAX; those of `from` first, where it was edited too */
    size_t count;
} espbak_manifest_edited;

/** Owns its regions, partitions, apps and edits: those are added by the functions below. */
/** How the state was proven. */
#define ESPBAK_METHOD_DEVICE_MD5 "device-md5" /**< by the chip's own digest of what it sent */
#define ESPBAK_METHOD_IMPORTED   "imported"   /**< not at all: a dump made with another tool */
#define ESPBAK_METHOD_EDITED     "edited"     /**< not at all: a backup that was changed afterwards */
#define ESPBAK_METHOD_NONE       "none"

typedef struct espbak_manifest {
    char created[32]; /**< RFC 3339, UTC: "2026-11-22T10:15:00Z" */
    char tool_name[32], tool_version[32];
    char note[512];
    espbak_backup_state state;
    char verify_method[96]; /**< ESPBAK_METHOD_*, or what another program wrote */
    /* Loaders, as espbak_loader_name has them; empty: nobody looked twice, or it is not told. */
    char read_by[16], confirmed_by[16];
    bool confirmed_alone; /**< both are one program, which was not proven on this chip */
    char chip[32];        /**< chip table name; empty when imported without --chip */
    char chip_description[64];
    unsigned revision;
    bool revision_known;
    char features[256];
    unsigned crystal_mhz;
    uint8_t mac[6];
    bool mac_known;
    espbak_flash_info flash;
    espbak_security security;
    espbak_efuses efuses;              /**< none: they were not read */
    espbak_manifest_efuse *efuse_list; /**< what they say, at most ESPBAK_MANIFEST_EFUSES_MAX */
    size_t efuse_count;
    espbak_link_info link;
    unsigned retries;
    espbak_repairs repairs; /**< what a bad line or a bad place has made necessary */
    uint64_t bytes_on_wire;
    unsigned reconnects;   /**< times the device went away and came back */
    uint64_t reread_bytes; /**< were read again because the device had something else */
    double seconds;
    uint64_t line_bytes;   /**< contents that came over the line */
    uint64_t erased_bytes; /**< contents that the chip's digest proved erased */
    uint64_t base_bytes;   /**< contents that it proved to be in other backups, and that were copied from there */
    char base[256];        /**< name of an earlier backup of the device that some are from */
    espbak_manifest_source *sources; /**< other backups, of whichever device; at most ESPBAK_KNOWN_MAX */
    size_t source_count;
    char parts[64]; /**< of a backup of parts: what stands for them in a generated name; not kept in the file */
    espbak_region *regions;
    size_t region_count;
    espbak_manifest_table table;
    espbak_manifest_app bootloader;
    espbak_manifest_app *apps; /**< at most ESPBAK_MANIFEST_APPS_MAX */
    size_t app_count;
    espbak_manifest_ota ota;
    espbak_manifest_edited edited;
} espbak_manifest;

/** Zero-initialised manifests are empty and valid to free. */
ESPBAK_API void espbak_manifest_free(espbak_manifest *manifest);

/** Append a copy of `region` (its holes are copied too). ESPBAK_E_FILE when there are too many. */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_manifest_add_region(espbak_manifest *manifest,
                                                                    const espbak_region *region, espbak_error *err);

/** Append a row of the partition table, an application or an eFuse. ESPBAK_E_FILE when there are too many. */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_manifest_add_partition(espbak_manifest *manifest,
                                                                       const espbak_manifest_partition *partition,
                                                                       espbak_error *err);
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_manifest_add_app(espbak_manifest *manifest,
                                                                 const espbak_manifest_app *app, espbak_error *err);

/** Append a backup that contents were taken from. ESPBAK_E_FILE when there are too many. */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_manifest_add_source(espbak_manifest *manifest,
                                                                    const espbak_manifest_source *source,
                                                                    espbak_error *err);

/** Append a setting that was changed. ESPBAK_E_FILE when there are too many. */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_manifest_add_edit(espbak_manifest *manifest,
                                                                  const espbak_manifest_edit *edit, espbak_error *err);

ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_manifest_add_efuse(espbak_manifest *manifest,
                                                                   const espbak_manifest_efuse *efuse,
                                                                   espbak_error *err);

/**
 * List bytes of a region as unreadable; holes that touch become one. ESPBAK_E_FILE when there are too many.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_manifest_add_hole(espbak_manifest *manifest, size_t region,
                                                                  const espbak_hole *hole, espbak_error *err);

/** Allocates JSON text, terminated; free it with espbak_free. */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_manifest_format(const espbak_manifest *manifest, char **json,
                                                                espbak_error *err);

/**
 * What the manifest was before is not looked at; free it afterwards, after an error it is empty. ESPBAK_E_FILE with the
 * field's name for anything missing, out of range, overlapping or of a newer version.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_manifest_parse(espbak_manifest *manifest, const char *json, size_t size,
                                                               espbak_error *err);

/**
 * Whether the backup has no more of the flash than its beginning: one that was made with less than the flash has
 * (--flash-size), or a dump that ends early.
 */
ESPBAK_API bool espbak_manifest_is_beginning(const espbak_manifest *manifest);

/** Whether it holds the flash from its first byte on as one file, and not a partition that is called "flash". */
ESPBAK_API bool espbak_manifest_is_flash(const espbak_manifest *manifest);

/** Copy what is known of a device into the manifest. */
ESPBAK_API void espbak_manifest_set_device(espbak_manifest *manifest, const espbak_device_info *device);

#ifdef __cplusplus
}
#endif

#endif
