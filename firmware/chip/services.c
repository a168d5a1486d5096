/* SPDX-License-Identifier: Apache-2.0 */
/* What the core asks of the chip and the mask ROM has: digests, the compressor. */
#include "services.h"
#include "common.h"
#include "serial.h"
#include LOADER_CHIP

enum {
#ifdef CHIP_SHA256
    HAS_SHA256 = WIRE_FEATURE_SHA256,
    CONTEXT_SIZE = 256, /* 216 for SHA in the mask ROMs seen */
#else
    HAS_SHA256 = 0,
    CONTEXT_SIZE = 128, /* 88 for MD5 */
#endif
    EFFORT_MASK = 0xFFF | WIRE_GREEDY,
    EFFORT_KEEP_HASH = 0x8000, /* tdefl_init does not zero the largest part of its state */
    COMPRESSOR_POINTERS = 64,  /* words at its beginning, among which they are */
    COMPRESSOR_MOST = 192 * 1024,
    BLOCK_LEAST = 16 * 1024,
    NONCE_BYTES = 4096,
    PAYLOAD_EXTRA = 64, /* what a WRITE has besides its data, and some */
#ifdef CHIP_LITTLE_ROM
    INFLATOR = 0,
    WRITE_BLOCK = 8 * 1024,
    WRITE_RING = 8 * 1024,
#else
    INFLATOR = 11 * 1024, /* tinfl_decompressor has 10,992 bytes */
    WRITE_BLOCK = 16 * 1024,
    WRITE_RING = 32 * 1024,
#endif
    WRITE_PAYLOAD = WRITE_BLOCK + PAYLOAD_EXTRA,
};

static uint32_t digest_context[CONTEXT_SIZE / 4];
static uint32_t last_cycles, milliseconds;
extern uint32_t _arena[], _arena_end[]; /* all RAM that is left */
static bool can_deflate;
static uint32_t compressor_size;
static uint32_t nonce;

#ifdef CHIP_LITTLE_ROM
uint32_t rom_crc32(uint32_t crc, const void *bytes, uint32_t size)
{
    static const uint32_t table[16] = {
        0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4, 0x4DB26158, 0x5005713C,
        0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C, 0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C,
    };
    const uint8_t *const all = bytes;
    crc = ~crc;
    for (uint32_t i = 0; i < size; i++) {
        crc ^= all[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}

static uint32_t measure_compressor(void)
{
    return 0;
}

static uint32_t compress(const void *bytes, uint32_t size, void *out, uint32_t room, uint32_t effort)
{
    (void)bytes, (void)size, (void)out, (void)room, (void)effort;
    return 0;
}

static bool inflate(const void *bytes, uint32_t packed, void *out, uint32_t size)
{
    (void)bytes, (void)packed, (void)out, (void)size;
    return false;
}
#else
/*
 * How large the compressor's state is depends on how the ROM was built. Its last part is the output buffer, to which
 * tdefl_init leaves a pointer, and which is less than a quarter of what is before it: 10,649 after 45,683 bytes in the
 * ROMs of ESP32 and ESP32-C3.
 */
static uint32_t measure_compressor(void)
{
    uint32_t before = 0;
    rom_tdefl_init(_arena, 0, 0, EFFORT_KEEP_HASH);
    for (uint32_t i = 0; i < COMPRESSOR_POINTERS; i++) {
        const uint32_t offset = _arena[i] - (uint32_t)(uintptr_t)_arena;
        if (offset < COMPRESSOR_MOST && offset > before)
            before = offset;
    }
    return (before + before / 4 + 15) & ~15u;
}

static uint32_t compress(const void *bytes, uint32_t size, void *out, uint32_t room, uint32_t effort)
{
    rom_tdefl_init(_arena, 0, 0, effort & EFFORT_MASK);
    const int status = rom_tdefl_compress(_arena, bytes, &size, out, &room, ROM_TDEFL_FINISH);
    return status == ROM_TDEFL_DONE ? room : 0;
}

/* The inflator's memory is the beginning of the arena. Its first word is its state: 0 starts it. */
static bool inflate(const void *bytes, uint32_t packed, void *out, uint32_t size)
{
    uint32_t written = size;
    _arena[0] = 0;
    return rom_tinfl_decompress(_arena, bytes, &packed, out, out, &written, ROM_TINFL_FLAT) == ROM_TINFL_DONE &&
           written == size;
}
#endif

static uint32_t arena_size(void)
{
    /* cppcheck-suppress comparePointers; both are symbols of the linker script, with RAM between them */
    return (uint32_t)((uint8_t *)_arena_end - (uint8_t *)_arena);
}

/*
 * Compressor, what is sent of a block, and the block. They come in this order because the last of many digests may
 * be longer than what is sent of it.
 */
static void share_for_reading(loader_core *core)
{
    const uint32_t left = (arena_size() - compressor_size) / 2 & ~(WIRE_SECTOR - 1u);
    core->block_size = left < WIRE_BLOCK_MOST ? left : WIRE_BLOCK_MOST;
    core->packed = (uint8_t *)_arena + compressor_size;
    core->block = core->packed + core->block_size;
    core->incoming_size = 0;
}

/* Inflator, a payload, a sector to look at, the contents, and the ring in which the next payloads arrive. */
static void share_for_writing(loader_core *core)
{
    core->incoming = (uint8_t *)_arena + INFLATOR;
    core->incoming_size = WRITE_PAYLOAD;
    core->packed = core->incoming + WRITE_PAYLOAD;
    core->block_size = WRITE_BLOCK;
    core->block = core->packed + WRITE_BLOCK;
}

void hal_share_memory(loader_hal *hal, loader_core *core, bool writing)
{
    (void)hal;
    if (!writing) {
        serial_receive_into(0, 0);
        share_for_reading(core);
        return;
    }
    share_for_writing(core);
    serial_receive_into(core->block + WRITE_BLOCK, WRITE_RING);
}

void services_start(loader_core *core)
{
    nonce =
        rom_crc32(cycles(), _arena, NONCE_BYTES) ^ cycles(); /* what RAM holds after power came is not the same twice */
    compressor_size = measure_compressor();
    can_deflate = compressor_size != 0 && compressor_size + 2 * BLOCK_LEAST <= arena_size();
    if (!can_deflate)
        compressor_size = 0;
    share_for_reading(core);
}

bool hal_inflate(loader_hal *hal, const void *bytes, uint32_t packed, void *out, uint32_t size)
{
    (void)hal;
    return inflate(bytes, packed, out, size);
}

uint32_t hal_nonce(loader_hal *hal)
{
    (void)hal;
    return nonce;
}

uint32_t hal_write_block(loader_hal *hal)
{
    (void)hal;
    return WRITE_BLOCK;
}

uint32_t hal_write_ahead(loader_hal *hal)
{
    (void)hal;
    return WRITE_RING;
}

CALLED uint32_t hal_crc32(loader_hal *hal, uint32_t crc, const void *bytes, uint32_t size)
{
    (void)hal;
    return rom_crc32(crc, bytes, size);
}

/* By the chip's accelerator for SHA, which is on only as long as that takes. */
static bool takes_accelerator(uint32_t kind)
{
    return HAS_SHA256 != 0 && kind != HAL_MD5;
}

void hal_digest_begin(loader_hal *hal, uint32_t kind)
{
    (void)hal;
    if (!takes_accelerator(kind)) {
        rom_md5_begin(digest_context);
        return;
    }
    rom_sha_enable();
    rom_sha_begin(digest_context, ROM_SHA_256);
}

void hal_digest_update(loader_hal *hal, uint32_t kind, const void *bytes, uint32_t size)
{
    (void)hal;
    if (takes_accelerator(kind))
        rom_sha_update(digest_context, bytes, size, 0);
    else
        rom_md5_update(digest_context, bytes, size);
}

void hal_digest_end(loader_hal *hal, uint32_t kind, uint8_t *digest)
{
    (void)hal;
    if (!takes_accelerator(kind)) {
        rom_md5_end(digest, digest_context);
        return;
    }
    rom_sha_end(digest_context, digest);
    rom_sha_disable();
}

uint32_t hal_deflate(loader_hal *hal, const void *bytes, uint32_t size, void *out, uint32_t room, uint32_t effort)
{
    (void)hal;
    return can_deflate ? compress(bytes, size, out, room, effort) : 0;
}

CALLED bool hal_is_blank(loader_hal *hal, const uint32_t *words, uint32_t size)
{
    (void)hal;
    const uint32_t *const end = words + size / 4;
    while (words < end)
        if (*words++ != ~(uint32_t)0)
            return false;
    return true;
}

/* Called more often than cycles wrap around, which takes 18 s at 240 MHz, as long as someone waits. */
CALLED uint32_t hal_milliseconds(loader_hal *hal)
{
    (void)hal;
    const uint32_t each = CHIP_CPU_MHZ * 1000;
    const uint32_t passed = (cycles() - last_cycles) / each;
    last_cycles += passed * each;
    milliseconds += passed;
    return milliseconds;
}

uint32_t hal_chip(loader_hal *hal)
{
    (void)hal;
    return CHIP_ID;
}

uint32_t hal_features(loader_hal *hal)
{
    (void)hal;
    return CHIP_FEATURES | HAS_SHA256 | (can_deflate ? WIRE_FEATURE_DEFLATE : 0) |
           (INFLATOR != 0 ? WIRE_FEATURE_INFLATE : 0);
}

uint32_t hal_cpu_mhz(loader_hal *hal)
{
    (void)hal;
    return CHIP_CPU_MHZ;
}

void hal_leave(loader_hal *hal, uint32_t how)
{
    (void)hal;
    serial_drain();
    clock_down();
    if (how != WIRE_LEAVE_ROM)
        reset_chip();
    rom_software_reset();
    for (;;)
        ;
}
