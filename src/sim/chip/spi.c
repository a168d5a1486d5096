/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/chip/spi.h"

#include <string.h>

#include "base/bytes.h"

enum { FIFO_WORDS = 16, COMMAND_USER = 1u << 18 };

/* Bits of SPI_USER_REG, the same on all chips (ESP32 TRM, SPI_USER_REG). */
#define USER_ADDRESS (1u << 30)
#define USER_MISO    (1u << 28)
#define USER_MOSI    (1u << 27)

typedef struct lengths {
    unsigned address, out, in; /* bits */
} lengths;

static uint32_t get(const sim_registers *r, uint16_t offset)
{
    return registers_read(r, r->chip->spi.base + offset);
}

static lengths read_lengths(const sim_registers *r)
{
    const sim_spi_registers *spi = &r->chip->spi;
    const uint32_t user = get(r, spi->usr);
    const uint32_t user1 = get(r, spi->usr1);
    lengths n = {0, 0, 0};
    if ((user & USER_ADDRESS) != 0)
        n.address = (user1 >> 26) + 1;
    if (spi->mosi_dlen == SIM_NO_REGISTER) { /* both lengths stand in SPI_USER1 */
        n.out = (user1 >> 17 & 0x1FF) + 1;
        n.in = (user1 >> 8 & 0x1FF) + 1;
    } else {
        n.out = (get(r, spi->mosi_dlen) & 0x3FF) + 1;
        n.in = (get(r, spi->miso_dlen) & 0x3FF) + 1;
    }
    if ((user & USER_MOSI) == 0)
        n.out = 0;
    if ((user & USER_MISO) == 0)
        n.in = 0;
    return n;
}

static uint32_t read_address(const sim_registers *r, unsigned bits)
{
    const uint32_t address = get(r, 4);
    if (bits == 0)
        return 0;
    return r->chip->spi.address_msb ? address >> (32 - bits) : address;
}

static void store_input(sim_registers *r, const uint8_t *bytes, unsigned bits)
{
    const sim_spi_registers *spi = &r->chip->spi;
    for (unsigned word = 0; word * 32 < bits; word++) {
        uint32_t value = bytes_get_le32(bytes + 4 * word);
        const unsigned left = bits - word * 32;
        if (left < 32)
            value &= (1u << left) - 1;
        registers_write(r, spi->base + spi->w0 + 4 * word, value);
    }
}

void spi_execute(sim_registers *r, sim_flash *flash, uint32_t command)
{
    if ((command & COMMAND_USER) == 0)
        return;
    const sim_spi_registers *spi = &r->chip->spi;
    const lengths n = read_lengths(r);
    uint8_t out[4 * FIFO_WORDS], in[4 * FIFO_WORDS];
    for (unsigned i = 0; i < FIFO_WORDS; i++)
        bytes_put_le32(out + 4 * i, get(r, (uint16_t)(spi->w0 + 4 * i)));
    memset(in, 0, sizeof(in)); /* pins that lead nowhere read as 0 */
    const sim_flash_command run = {
        .opcode = (uint8_t)get(r, spi->usr2),
        .address = read_address(r, n.address),
        .out = out,
        .out_size = n.out / 8 < sizeof(out) ? n.out / 8 : sizeof(out),
        .in = in,
        .in_size = (n.in + 7) / 8 < sizeof(in) ? (n.in + 7) / 8 : sizeof(in),
    };
    if (flash != NULL)
        sim_flash_run(flash, &run);
    store_input(r, in, (unsigned)(8 * run.in_size));
}
