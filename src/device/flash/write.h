/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_FLASH_WRITE_H
#define DEVICE_FLASH_WRITE_H

/*
 * The engine that writes and erases by ROM and stubs. A range is written in downloads of
 * some size; each is made once here, and so is an erase.
 */

#include "device/session.h"

typedef struct flash_block flash_block;

/* One download, as the loaders call it: BEGIN, blocks, END. */
typedef struct flash_download {
    espbak_session *session;
    /* Sends a block, by flash_send_once as often as it takes. */
    espbak_status (*send)(flash_block *block, espbak_error *err);
    uint32_t offset;         /* on a sector */
    uint32_t size;           /* bytes to program, a multiple of four */
    const uint8_t *data;     /* `size` bytes */
    const uint8_t *deflated; /* the same as a zlib stream */
    size_t deflated_size;    /* 0: write plain blocks */
    uint32_t block;          /* bytes of a block, at the most */
    bool asks;               /* after silence ask for the chip's MD5, to see whether a plain block was written */
    unsigned resent;         /* out: blocks that had to be sent again */
    void (*progress)(void *user, uint32_t done);
    void *user;
} flash_download;

/* Seconds for a megabyte, which is also microseconds for a byte: what esptool allows for erasing. */
enum { FLASH_ERASE_PER_MB = 40 };

/* A block on its way. */
struct flash_block {
    flash_download *download;
    uint8_t op;
    uint32_t *sequence;
    const uint8_t *bytes;
    uint32_t size;
    uint32_t offset; /* where a plain one goes */
    espbak_time patience;
    bool unsure; /* a try got no answer: the loader may have counted its sequence number */
};

/* What became of a block that was sent. */
typedef enum flash_fate {
    FLASH_TAKEN,   /* the loader has it and expects the next number */
    FLASH_DAMAGED, /* it arrived damaged, and the loader dropped it: it may be sent again */
    FLASH_SILENT,  /* no answer: it may have arrived or not */
    FLASH_FAILED,
} flash_fate;

/* Send one block once; but for FLASH_TAKEN there is mostly an error. */
ESPBAK_MUST_USE espbak_status flash_send_once(flash_block *block, flash_fate *fate, espbak_error *err);

/* The longest block that the loader takes. Shorter ones survive a noisy line more often. */
uint32_t flash_block_most(const espbak_session *session);

/* Make one download, once. On error the loader may be in the middle of it: loader_resync before anything else. */
ESPBAK_MUST_USE espbak_status flash_download_once(flash_download *download, espbak_error *err);

/* Deflate `download->data` into `room` where that makes it smaller and the loader inflates; else leave it plain. */
void flash_download_deflate(flash_download *download, uint8_t *room, bool compress_off);

/* Erase whole sectors, once. */
ESPBAK_MUST_USE espbak_status flash_erase_once(espbak_session *session, uint32_t offset, uint32_t size,
                                               espbak_error *err);

/* The ESP8266 ROM counts the sectors before the first 64 KiB boundary twice when it erases. */
bool flash_rom_erases_twice(const espbak_session *session);

/* Sectors to name in FLASH_BEGIN so that this ROM erases `count` of them from sector `first`; 0 when it cannot. */
uint32_t flash_rom_erase_sectors(uint32_t first, uint32_t count);

#endif
