/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NVS_PARTS_H
#define NVS_PARTS_H

#include "espbak/nvs.h"

enum {
    NVS_ENTRY_SIZE = 32,
    NVS_ENTRIES_AT = 64,
    NVS_HEADER_CRC_AT = 28,
    NVS_KEY_AT = 8, /* in an entry */
    NVS_DATA_AT = 24,
    NVS_SPACES = 256,
    NVS_VERSION_1 = 0xFF, /* of a page: blobs are entries as strings are */
    NVS_VERSION_2 = 0xFE, /* blobs are in pieces */
};

/* States of entries, and words for those of pages. */
enum { NVS_ENTRY_ERASED = 0, NVS_ENTRY_WRITTEN = 2, NVS_ENTRY_EMPTY = 3 };
#define NVS_PAGE_WORD_ACTIVE 0xFFFFFFFEU
#define NVS_PAGE_WORD_FULL   0xFFFFFFFCU

/* One written entry and where its data lies. */
typedef struct nvs_entry {
    char space[ESPBAK_NVS_NAME_MAX]; /* filled in when all pages are read */
    char key[ESPBAK_NVS_NAME_MAX];
    uint8_t space_index, type, chunk;
    uint8_t first_chunk, chunk_count; /* of an index */
    bool intact;
    uint32_t size;   /* bytes of data */
    uint32_t order;  /* sequence number of its page: later pages win */
    uint64_t offset; /* of its data in the reader: inside the entry, or behind it */
} nvs_entry;

struct espbak_nvs {
    espbak_image_reader reader; /* gives entries as they were before they were encrypted */
    espbak_image_reader under;  /* where these come from; unset while there is no key */
    struct xts *cipher;         /* NULL while there is no key */
    uint64_t start;             /* of the partition in the reader */
    espbak_nvs_summary summary;
    nvs_entry *entries; /* sorted by name, key, type and age once all are there */
    size_t entry_count, entry_capacity;
    espbak_nvs_item *items;
    size_t headers_right; /* entries whose own CRC is right */
};

typedef struct nvs_page_report {
    espbak_nvs_page_state state;
    size_t damaged; /* entries that cannot be right */
} nvs_page_report;

/* From here on nvs->reader decrypts the partition at `offset`. Layout: ESP-IDF, "NVS Encryption". */
ESPBAK_MUST_USE espbak_status nvs_cipher_begin(espbak_nvs *nvs, uint64_t offset, const espbak_nvs_key *key,
                                               espbak_error *err);
void nvs_cipher_end(espbak_nvs *nvs);

espbak_nvs_page_state nvs_page_state_of(const uint8_t *page);
unsigned nvs_entry_state(const uint8_t *page, unsigned index);
void nvs_set_entry_state(uint8_t *page, unsigned index, unsigned state);

/* Over all of an entry but the CRC itself. */
uint32_t nvs_entry_crc(const uint8_t *entry);
/* Whether data of a type stands in the entries behind it, with a CRC of its own. */
bool nvs_has_data_behind(uint8_t type);
/* Whether an entry is the first one of an item that can be: its CRC is right, and the page has as many as it says. */
bool nvs_entry_holds(const uint8_t *entry, unsigned index);

/* One page into nvs->entries and the summary. */
ESPBAK_MUST_USE espbak_status nvs_take_page(espbak_nvs *nvs, uint64_t offset, const uint8_t *page,
                                            nvs_page_report *report, espbak_error *err);

/* Items out of sorted entries. */
ESPBAK_MUST_USE espbak_status nvs_make_items(espbak_nvs *nvs, espbak_findings *findings, espbak_error *err);

/* The entry that holds a piece of a blob, NULL when there is none. */
const nvs_entry *nvs_find_piece(const espbak_nvs *nvs, const nvs_entry *index, unsigned chunk);

#endif
