/* SPDX-License-Identifier: Apache-2.0 */
#ifndef READER_WIRE_H
#define READER_WIRE_H

/*
 * What the reader and its host say to each other: requests and replies of 32-bit little-endian words,
 * each closed by a CRC-32 (the one of zlib and of the mask ROMs), replies followed by a payload. There
 * is no framing: both sides slide over the bytes until magic and CRC agree, so what noise costs is the
 * message it hit. No request depends on an earlier one. docs/reader.md tells the whole protocol.
 *
 * This header is read by the host, by the simulated chip and by freestanding code on real chips.
 */

enum { READER_VERSION = 1, READER_WORD = 4 };

/* A request, word by word. */
enum {
    READER_REQUEST_MAGIC,
    READER_REQUEST_TAG,      /* comes back in the reply; the host never uses one twice in a session */
    READER_REQUEST_OP,       /* reader_op */
    READER_REQUEST_ADDRESS,  /* flash address */
    READER_REQUEST_LENGTH,   /* bytes of flash */
    READER_REQUEST_ARGUMENT, /* by op */
    READER_REQUEST_CRC,      /* of the words before it */
    READER_REQUEST_WORDS,
};

/* A reply, word by word. The payload follows at once. */
enum {
    READER_REPLY_MAGIC,
    READER_REPLY_TAG,
    READER_REPLY_KIND,    /* reader_kind in the low byte, reader_status in the next */
    READER_REPLY_ADDRESS, /* as asked */
    READER_REPLY_RAW,     /* bytes of flash that the payload stands for */
    READER_REPLY_PAYLOAD, /* bytes that follow */
    READER_REPLY_RAW_CRC, /* of these bytes of flash; of the payload where the reply is not about flash contents */
    READER_REPLY_CRC,     /* of the words before it */
    READER_REPLY_WORDS,
};

enum {
    READER_REQUEST_SIZE = READER_REQUEST_WORDS * READER_WORD,
    READER_REPLY_SIZE = READER_REPLY_WORDS * READER_WORD,
};

/* Bytes that no flash holds often and that SLIP frames, boot messages and erased flash never bring. */
#define READER_REQUEST_MARK 0x51B7E5A9u
#define READER_REPLY_MARK   0xA53D9BE6u

enum reader_op {
    READER_OP_HELLO, /* answered with READER_KIND_INFO */
    /*
     * One block. `argument` is how hard to compress, in the ROM compressor's own terms: the number of
     * places to look at for each match (1 to 4095), READER_GREEDY added or not; 0 sends it as it is.
     */
    READER_OP_READ,
    /*
     * Digests of `argument` bytes each over the range, the last one shorter and of any length: four bytes
     * of CRC-32 little-endian,
     */
    READER_OP_CRC32,
    READER_OP_MD5, /* or 16 of MD5. */
    /*
     * Change to `argument` baud. The answer comes at the old rate; unless a whole request arrives at the
     * new one within `length` milliseconds, the reader goes back.
     */
    READER_OP_BAUD,
    READER_OP_FLASH,  /* The flash has `length` bytes; `argument` is for the chip's own use, mostly 0. */
    READER_OP_CANCEL, /* Forget the requests that wait and what is not sent yet. */
    READER_OP_LEAVE,  /* Answer, then do what reader_leave says in `argument`. */
    READER_OPS,
};

enum { READER_GREEDY = 0x4000 }; /* take the first match that will do: faster, about two percent larger */

enum reader_leave {
    READER_LEAVE_RESET, /* restart the chip as its boot pin says */
    READER_LEAVE_ROM,   /* restart it into the ROM's loader, where the chip can */
};

enum reader_kind {
    READER_KIND_RAW,     /* the block as it is */
    READER_KIND_DEFLATE, /* the block deflated without header, RFC 1951 */
    READER_KIND_BLANK,   /* nothing but 0xFF: no payload */
    READER_KIND_DIGESTS,
    READER_KIND_INFO,
    READER_KIND_DONE,    /* nothing to tell */
    READER_KIND_REFUSED, /* the status says why */
};

enum reader_status {
    READER_STATUS_OK,
    READER_STATUS_BAD_REQUEST, /* an unknown op, or a length or argument out of bounds */
    READER_STATUS_FLASH,       /* the ROM's flash driver reports a failure */
};

/* Payload of READER_KIND_INFO, word by word. Later versions append. */
enum {
    READER_INFO_VERSION,
    READER_INFO_CHIP,     /* image chip id, esp_chip_id_t; 0xFFFF for the ESP8266 */
    READER_INFO_FEATURES, /* reader_feature bits */
    READER_INFO_BLOCK,    /* longest block that READ takes */
    READER_INFO_QUEUE,    /* requests that may wait, the running one not counted */
    READER_INFO_CPU_MHZ,
    READER_INFO_BAUD, /* as last set; 0: as the ROM left it */
    READER_INFO_WORDS,
};

enum reader_feature {
    READER_FEATURE_DEFLATE = 1,
    READER_FEATURE_MD5 = 2,
    READER_FEATURE_LEAVE_ROM = 4,
};

enum {
    READER_BLOCK_LEAST = 4 * 1024,
    READER_BLOCK_MOST = 64 * 1024,
    READER_ALIGNMENT = 4, /* of addresses and lengths, but for the end of a digest: controllers read whole words */
    READER_QUEUE = 16,    /* requests that wait */
    READER_MD5_SIZE = 16, /* bytes of one digest */
    READER_CRC32_SIZE = 4,
};

#endif
