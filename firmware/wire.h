/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FIRMWARE_WIRE_H
#define FIRMWARE_WIRE_H

/*
 * What our own loader and its host say to each other: requests and replies of 32-bit little-endian words,
 * each closed by a CRC-32 (the one of zlib and of the mask ROMs), replies followed by a payload. There
 * is no framing: both sides slide over the bytes until magic and CRC agree, so what noise costs is the
 * message it hit. No request to read depends on an earlier one. docs/loader.md tells the whole protocol.
 *
 * This header is read by the host, by the simulated chip and by freestanding code on real chips.
 */

enum { WIRE_VERSION = 2, WIRE_WORD = 4 };

/* A request, word by word. */
enum {
    WIRE_REQUEST_MAGIC,
    WIRE_REQUEST_TAG,      /* comes back in the reply; the host never uses one twice in a session */
    WIRE_REQUEST_OP,       /* wire_op */
    WIRE_REQUEST_ADDRESS,  /* flash address */
    WIRE_REQUEST_LENGTH,   /* bytes of flash */
    WIRE_REQUEST_ARGUMENT, /* by op */
    WIRE_REQUEST_CRC,      /* of the words before it */
    WIRE_REQUEST_WORDS,
};

/* A reply, word by word. The payload follows at once. */
enum {
    WIRE_REPLY_MAGIC,
    WIRE_REPLY_TAG,
    WIRE_REPLY_KIND,    /* wire_kind in the low byte, wire_status in the next */
    WIRE_REPLY_ADDRESS, /* as asked */
    WIRE_REPLY_RAW,     /* bytes of flash that the payload stands for */
    WIRE_REPLY_PAYLOAD, /* bytes that follow */
    WIRE_REPLY_RAW_CRC, /* of these bytes of flash; of the payload where the reply is not about flash contents */
    WIRE_REPLY_CRC,     /* of the words before it */
    WIRE_REPLY_WORDS,
};

enum {
    WIRE_REQUEST_SIZE = WIRE_REQUEST_WORDS * WIRE_WORD,
    WIRE_REPLY_SIZE = WIRE_REPLY_WORDS * WIRE_WORD,
};

/* Bytes that no flash holds often and that SLIP frames, boot messages and erased flash never bring. */
#define WIRE_REQUEST_MARK 0x51B7E5A9u
#define WIRE_REPLY_MARK   0xA53D9BE6u

enum wire_op {
    WIRE_OP_HELLO, /* answered with WIRE_KIND_INFO */
    /*
     * One block. `argument` is how hard to compress, in the ROM compressor's own terms: the number of
     * places to look at for each match (1 to 4095), WIRE_GREEDY added or not; 0 sends it as it is.
     */
    WIRE_OP_READ,
    /*
     * Digests of `argument` bytes each over the range, the last one shorter and of any length: four bytes
     * of CRC-32 little-endian,
     */
    WIRE_OP_CRC32,
    WIRE_OP_MD5, /* or 16 of MD5; WIRE_OP_SHA256 is below. */
    /*
     * Change to `argument` baud. The answer comes at the old rate; unless a whole request arrives at the
     * new one within `length` milliseconds, our own loader goes back.
     */
    WIRE_OP_BAUD,
    WIRE_OP_FLASH,  /* The flash has `length` bytes; `argument` is for the chip's own use, mostly 0. */
    WIRE_OP_CANCEL, /* Forget the requests that wait and what is not sent yet. */
    WIRE_OP_LEAVE,  /* Answer, then do what wire_leave says in `argument`. */
    /*
     * Nothing can be changed until a transaction is open: OPEN names it in `argument` (not 0) and shows the nonce of
     * the last HELLO in `address`; ALLOW adds a range of whole sectors that may change; CONFIRM gives the number of
     * ranges in `address` and the CRC-32 over all of them in `length`, as pairs of address and length in the order
     * they were added, and only then writing is on. OPEN with another transaction forgets the ranges and turns
     * writing off, and so does 0. Each may be asked again without harm.
     */
    WIRE_OP_OPEN,
    WIRE_OP_ALLOW,
    WIRE_OP_CONFIRM,
    /* Erase whole sectors that the transaction in `argument` may change; what is blank is left as it is. */
    WIRE_OP_ERASE,
    /*
     * Make whole sectors hold what the payload says; it follows the request, and has `argument` bytes as wire_write
     * tells. What is there already is left as it is, so asking again does no harm. Pages of one sector may be written
     * as well, where they are blank: that is for lines on which nothing longer arrives.
     */
    WIRE_OP_WRITE,
    /*
     * A status register of the flash: `address` is the code of the command that reads it (0x05, 0x35 or 0x15). With a
     * `length` of 1 or 2 so many bytes of `argument` are written first, but only while writing is on, and only until
     * power goes. Answered with WIRE_KIND_STATUS.
     */
    WIRE_OP_STATUS,
    WIRE_OP_SHA256, /* Digests as above, the first 16 bytes of SHA-256 each; only with WIRE_FEATURE_SHA256. */
    WIRE_OPS,
};

/* Payload of a WRITE: these words, the data, zeros up to a whole word, and the CRC-32 of all that. */
enum wire_write {
    WIRE_WRITE_TRANSACTION,
    WIRE_WRITE_TAG,  /* of its request: should bytes be lost, a payload may come behind another one's */
    WIRE_WRITE_CRC,  /* of the contents, checked before the first change and again in flash after the last */
    WIRE_WRITE_FORM, /* wire_form */
    WIRE_WRITE_SIZE, /* bytes of data */
    WIRE_WRITE_WORDS,
};

enum wire_form {
    WIRE_FORM_RAW,
    WIRE_FORM_DEFLATE, /* without header, RFC 1951; only with WIRE_FEATURE_INFLATE */
    WIRE_FORM_BLANK,   /* nothing but 0xFF: no data */
};

enum { WIRE_GREEDY = 0x4000 }; /* take the first match that will do: faster, about two percent larger */

enum wire_leave {
    WIRE_LEAVE_RESET, /* restart the chip as its boot pin says */
    WIRE_LEAVE_ROM,   /* restart it into the ROM's loader, where the chip can */
};

enum wire_kind {
    WIRE_KIND_RAW,     /* the block as it is */
    WIRE_KIND_DEFLATE, /* the block deflated without header, RFC 1951 */
    WIRE_KIND_BLANK,   /* nothing but 0xFF: no payload */
    WIRE_KIND_DIGESTS,
    WIRE_KIND_INFO,
    WIRE_KIND_DONE,    /* nothing to tell */
    WIRE_KIND_REFUSED, /* the status says why */
    WIRE_KIND_STATUS,  /* a word: what the register holds now */
};

enum wire_status {
    WIRE_STATUS_OK,
    WIRE_STATUS_BAD_REQUEST, /* an op that is unknown here, or a length or argument out of bounds */
    WIRE_STATUS_FLASH,       /* the flash does not get ready, or all of it is not reached */
    WIRE_STATUS_OFF,         /* no such transaction, or it is not confirmed: nothing was changed */
    WIRE_STATUS_FORBIDDEN,   /* not all of it lies in the declared ranges: nothing was changed */
    WIRE_STATUS_CONTENTS,    /* what arrived is not what its CRC-32 says: nothing was changed */
    WIRE_STATUS_DIFFERS,     /* flash does not hold what was written */
};

/* Payload of WIRE_KIND_INFO, word by word. Later versions append. */
enum {
    WIRE_INFO_VERSION,
    WIRE_INFO_CHIP,     /* image chip id, esp_chip_id_t; 0xFFFF for the ESP8266 */
    WIRE_INFO_FEATURES, /* wire_feature bits */
    WIRE_INFO_BLOCK,    /* longest block that READ takes */
    WIRE_INFO_QUEUE,    /* requests that may wait, the running one not counted */
    WIRE_INFO_CPU_MHZ,
    WIRE_INFO_BAUD,        /* as last set; 0: as the ROM left it */
    WIRE_INFO_NONCE,       /* another one whenever the program starts */
    WIRE_INFO_WRITE_BLOCK, /* most bytes of flash in a WRITE, whole sectors; 0: it does not write */
    WIRE_INFO_WRITE_AHEAD, /* bytes of requests and payloads that may be on their way while it works */
    WIRE_INFO_WORDS,
};

enum wire_feature {
    WIRE_FEATURE_DEFLATE = 1,
    WIRE_FEATURE_MD5 = 2,
    WIRE_FEATURE_LEAVE_ROM = 4,
    WIRE_FEATURE_INFLATE = 8,
    WIRE_FEATURE_SHA256 = 16,
};

enum {
    WIRE_BLOCK_LEAST = 4 * 1024,
    WIRE_BLOCK_MOST = 64 * 1024,
    WIRE_ALIGNMENT = 4, /* of addresses and lengths, but for the end of a digest: controllers read whole words */
    WIRE_QUEUE = 16,    /* requests that wait */
    WIRE_RANGES = 64,   /* of one transaction */
    WIRE_SECTOR = 4096,
    WIRE_ERASE_BLOCK = 64 * 1024,
    WIRE_PAGE = 256,
    WIRE_DIGEST_SIZE = 16, /* bytes of one digest, of MD5 and of SHA-256 */
    WIRE_CRC32_SIZE = 4,
};

#endif
