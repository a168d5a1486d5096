/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESPBAK_DEVICE_H
#define ESPBAK_DEVICE_H

/* What is known about the attached device: filled once while connecting, then only read. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "espbak/api.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct espbak_chip espbak_chip; /**< a row of the chip table, see espbak/chip.h */

enum { ESPBAK_FLASH_SECTOR = 4096 };

/** Where a flash size comes from. */
typedef enum espbak_size_source {
    ESPBAK_SIZE_UNKNOWN,
    ESPBAK_SIZE_JEDEC,
    ESPBAK_SIZE_SFDP,
    ESPBAK_SIZE_PROBE, /**< found by where addresses wrap around */
    ESPBAK_SIZE_USER,  /**< --flash-size */
} espbak_size_source;

/** "jedec", "sfdp", "probe", "user" or "unknown", as in manifests and JSON. Never NULL. */
ESPBAK_API const char *espbak_size_source_name(espbak_size_source source);

/** The same for people: "JEDEC ID". */
ESPBAK_API const char *espbak_size_source_phrase(espbak_size_source source);

/** What stands behind a flash size: ids can be wrong, and there are parts that were sold as larger ones. */
typedef enum espbak_size_proof {
    ESPBAK_PROOF_UNKNOWN,
    ESPBAK_PROOF_TOLD,    /**< one source tells it, and nothing speaks against it */
    ESPBAK_PROOF_AGREED,  /**< two agree: the JEDEC id, SFDP, what addresses show */
    ESPBAK_PROOF_SHOWN,   /**< addresses: different things up to there, and behind it the beginning again */
    ESPBAK_PROOF_DOUBTED, /**< something speaks against it */
} espbak_size_proof;

/** "told", "agreed", "shown", "doubted" or "unknown", as in manifests and JSON. Never NULL. */
ESPBAK_API const char *espbak_size_proof_name(espbak_size_proof proof);

typedef struct espbak_flash_info {
    uint64_t size; /**< bytes that are worked with */
    espbak_size_source size_source;
    espbak_size_proof size_proof;
    uint64_t whole_size; /**< of all of the flash, where --flash-size says less; else 0 */
    espbak_size_source whole_source;
    uint64_t sfdp_size;    /**< by SFDP; 0: it does not tell, or was not asked, because the size is proven */
    uint64_t repeats_at;   /**< all before this stands behind it once more: two copies, or the end; 0: it does not */
    uint32_t jedec_id;     /**< manufacturer << 16 | type << 8 | capacity; 0 when unreadable */
    char manufacturer[32]; /**< name, or empty when the id is not listed */
    bool unique_id_known;
    uint8_t unique_id[8]; /**< command 0x4B */
    uint8_t unique_id_size;
    bool status_known;
    uint32_t status_registers; /**< SR1 | SR2 << 8 | SR3 << 16 */
    bool octal;                /**< eFuse says an eight-line part */
    char voltage[16];          /**< as esptool reports it, or empty */
} espbak_flash_info;

/** Bytes of the largest flash there can be: NOR parts end at 2 Gbit. */
#define ESPBAK_FLASH_SIZE_MAX (UINT64_C(256) * 1024 * 1024)

typedef enum espbak_tristate { ESPBAK_UNKNOWN, ESPBAK_NO, ESPBAK_YES } espbak_tristate;

enum { ESPBAK_BOOT_KEYS = 3 };

/** A key that secure boot version 2 takes signatures of. */
typedef struct espbak_boot_key {
    bool known;
    uint8_t digest[32]; /**< of the public key, as it stands in eFuses; 16 bytes on the ESP32-C2, zeros behind them */
} espbak_boot_key;

typedef struct espbak_security {
    espbak_tristate flash_encryption;
    espbak_tristate secure_boot;       /**< any version */
    unsigned secure_boot_version;      /**< 1, 2, or 0 when off or unknown */
    espbak_tristate secure_download;   /**< Secure Download Mode */
    espbak_tristate key_manager_flash; /**< Key Manager deploys the flash encryption key (C5, H4, P4, S31) */
    bool raw_known;
    uint32_t raw_flags;        /**< the flags of GET_SECURITY_INFO */
    uint8_t flash_crypt_count; /**< as read; an odd number of bits set means encrypted */
    uint8_t key_purposes[7];
    bool secure_version_known;
    unsigned secure_version;                     /**< of anti-rollback: bootloaders start no application below it */
    espbak_boot_key boot_keys[ESPBAK_BOOT_KEYS]; /**< read where secure boot is on; those that were revoked left out */
} espbak_security;

enum { ESPBAK_EFUSE_BLOCKS = 5, ESPBAK_EFUSE_WORDS = 9 };

typedef struct espbak_efuse_block {
    uint8_t number; /**< as the chip counts them */
    uint8_t count;  /**< of words */
    uint32_t words[ESPBAK_EFUSE_WORDS];
} espbak_efuse_block;

enum { ESPBAK_EFUSE_BLOCK_TEXT = 9 * ESPBAK_EFUSE_WORDS };

/** Its words as eight hex digits each, with spaces in between. */
ESPBAK_API void espbak_efuse_block_text(char text[ESPBAK_EFUSE_BLOCK_TEXT], const espbak_efuse_block *block);

/** Those that anybody may see: none holds a key. What they mean says espbak/efuse.h. */
typedef struct espbak_efuses {
    size_t count; /**< 0: they were not read */
    espbak_efuse_block blocks[ESPBAK_EFUSE_BLOCKS];
} espbak_efuses;

typedef enum espbak_loader {
    ESPBAK_LOADER_ROM,
    ESPBAK_LOADER_STUB_CURRENT, /**< one packet in flight whatever is asked */
    ESPBAK_LOADER_STUB_LEGACY,  /**< counts its window in bytes */
    ESPBAK_LOADER_OWN,          /**< espbak's own, which sends flash compressed */
} espbak_loader;

/** "rom", "stub", "legacy-stub" or "own", as in manifests and JSON. Never NULL. */
ESPBAK_API const char *espbak_loader_name(espbak_loader loader);

/** The same in a sentence: "the ROM loader". */
ESPBAK_API const char *espbak_loader_phrase(espbak_loader loader);

typedef struct espbak_link_info {
    char port[256];
    uint32_t baud;   /**< the rate data moves at now; 0 when the link has none */
    bool native_usb; /**< USB-Serial-JTAG or USB-OTG: no UART between */
    espbak_loader loader;
    char stub_source[256]; /**< "built in", a path, or "already running"; empty for the ROM */
    char rom[48];          /**< what the ROM called itself when the chip was reset, its date in it; empty: not heard */
} espbak_link_info;

/** What a bad line or a bad place has made necessary. */
typedef struct espbak_repairs {
    unsigned resyncs;        /**< times the loader was brought back to where it takes commands */
    unsigned mended_sectors; /**< sectors of damaged chunks that were read again by themselves */
    unsigned baud_steps;     /**< changes of the rate in mid-run, down and up */
    unsigned restarts;       /**< times the chip was started anew in mid-run */
    unsigned loader_changes; /**< restarts after which another loader ran */
} espbak_repairs;

typedef struct espbak_device_info {
    const espbak_chip *chip;
    unsigned revision; /**< major * 100 + minor */
    bool revision_known;
    char name[64];        /**< marketing name with package, such as "ESP32-D0WD-V3" */
    char features[256];   /**< comma separated, as printed */
    unsigned crystal_mhz; /**< 0 when unknown */
    uint8_t mac[6];
    bool mac_known;
    espbak_flash_info flash;
    espbak_security security;
    espbak_efuses efuses; /**< only where the session was asked for them */
    espbak_link_info link;
} espbak_device_info;

/** How a chip makes a digest of what its flash holds. */
typedef enum espbak_digest_kind {
    ESPBAK_DIGEST_MD5,
    ESPBAK_DIGEST_SHA256, /**< its first 16 bytes */
} espbak_digest_kind;

typedef struct espbak_flash_digest {
    espbak_digest_kind kind;
    uint8_t bytes[16];
} espbak_flash_digest;

#ifdef __cplusplus
}
#endif

#endif
