/* SPDX-License-Identifier: Apache-2.0 */
#include "device/chip/block_protection.h"

#include <stddef.h>

enum { ANY = 0, COUNTED_FROM = 0x20, LARGE = 16 * 1024 * 1024 };

/*
 * Parts whose status registers can be written for a while (0x50), and that have block protection in bits 2 to 5 of the
 * first. From data sheets (W25Q, GD25Q, XM25Q, BY25Q, P25Q, XT25F, ZB25VQ); coreboot's spi/winbond.c for both layouts
 * of Winbond. Macronix and ISSI have other bits there, and EON, Micron and the older ones no such command. The second
 * register is only believed of the makers whose CMP was looked up: to others its code means other things.
 */
static const struct part {
    uint8_t maker, type; /* of the JEDEC id */
    bool complements;
} parts[] = {
    {0xEF, ANY, true},   {0xC8, ANY, true},   {0x20, 0x40, false}, {0x20, 0x41, false}, {0x20, 0x70, false},
    {0x68, 0x40, false}, {0x85, 0x60, false}, {0x0B, 0x40, false}, {0x5E, 0x40, false},
};

static const struct part *find(const espbak_flash_info *flash)
{
    const unsigned maker = flash->jedec_id >> 16 & 0xFF, type = flash->jedec_id >> 8 & 0xFF;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (parts[i].maker == maker && (parts[i].type == ANY || parts[i].type == type))
            return &parts[i];
    }
    return NULL;
}

uint32_t block_protection_bits(const espbak_flash_info *flash)
{
    const struct part *const part = find(flash);
    return BLOCK_PROTECTION_SECTORS | (part != NULL && part->complements ? (uint32_t)BLOCK_PROTECTION_COMPLEMENT : 0);
}

/*
 * BP0 to BP2 are bits 2 to 4 on every NOR flash with such bits. Flash above 16 MB has BP3 in bit 5, which by itself
 * says nothing on a smaller one. Which sectors are meant differs by maker, so any of them counts for the whole flash.
 */
bool block_protection_is_on(const espbak_flash_info *flash)
{
    uint32_t bits = block_protection_bits(flash);
    if (flash->size <= LARGE)
        bits &= ~(uint32_t)COUNTED_FROM;
    return flash->status_known && (flash->status_registers & bits) != 0;
}

bool block_protection_can_be_lent(const espbak_flash_info *flash)
{
    return find(flash) != NULL && flash->status_known && !flash->octal;
}
