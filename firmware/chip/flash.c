/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The flash, by commands that the SPI controller sends as they are. The mask ROMs' own driver waits for a busy flash as
 * long as it takes, which with one that is broken is for ever, and takes block protection away for good.
 */
#include "flash.h"

#ifndef CHIP_SPI_USER
#define CHIP_SPI_USER 0x18
#define CHIP_SPI_DATA 0x58
#endif
/* Where the controller sends the upper bits of its register first. */
#ifndef CHIP_SPI_ADDRESS_SHIFT
#define CHIP_SPI_ADDRESS_SHIFT 0
#endif

/* Words of the controller, and those from CHIP_SPI_USER on. */
enum {
    SPI_COMMAND = 0,
    SPI_ADDRESS = 1,

    SPI_PARTS = 0,
    SPI_LENGTHS = 1,
    SPI_CODE = 2,
    SPI_OUT_BITS = 3,
    SPI_IN_BITS = 4,

    SPI_START = 1 << 18,
    SPI_TURNS = 100000,    /* looks at a command that takes some microseconds */
    SPI_SIZE = 64,         /* bytes that the controller holds */
    SPI_DUMMY = 8 - 1,     /* in SPI_LENGTHS */
    FLASH_PATIENCE = 8000, /* milliseconds; data sheets give a block 4 s at the most */
};

/* Parts of a command, where SPI_PARTS has them. */
#define WITH_CODE    (1u << 31)
#define WITH_ADDRESS (1u << 30)
#define WITH_DUMMY   (1u << 29)
#define WITH_IN      (1u << 28)
#define WITH_OUT     (1u << 27)
#define WITH_ALL     (31u << 27)

/* A command: its parts, its code with four bytes of address, and the one with three. */
#define COMMAND(parts, wide_code, code) (WITH_CODE | (parts) | (uint32_t)(wide_code) << 8 | (uint32_t)(code))
#define WRITE_ENABLE                    COMMAND(0, 0x06, 0x06)
#define VOLATILE_ENABLE                 COMMAND(0, 0x50, 0x50) /* what is then written to a status register is not kept */
#define READ_STATUS(code)               COMMAND(WITH_IN, code, code)
#define WRITE_STATUS(code)              COMMAND(WITH_OUT, code, code)
#define READ                            COMMAND(WITH_ADDRESS | WITH_DUMMY | WITH_IN, 0x0C, 0x0B)
#define PROGRAM                         COMMAND(WITH_ADDRESS | WITH_OUT, 0x12, 0x02)
#define ERASE_SECTOR                    COMMAND(WITH_ADDRESS, 0x21, 0x20)
#define ERASE_BLOCK                     COMMAND(WITH_ADDRESS, 0xDC, 0xD8)

enum {
    CODE_READ_STATUS = 0x05,
    CODE_READS = 0x04 /* this bit tells the reading of a status register from its writing */
};

static uint32_t flash_size;

/* Bits that an address has beyond 24. */
static uint32_t more_bits(void)
{
#ifdef CHIP_FLASH_IS_WIDE
    return flash_size > FLASH_NARROW ? 8 : 0;
#else
    return 0;
#endif
}

static volatile uint32_t *spi_data(void)
{
    return &REGISTER(CHIP_SPI + CHIP_SPI_DATA);
}

/* `size` bytes go out or come in. False: outside the flash, or the controller does not come to an end with it. */
CALLED static bool spi_run(uint32_t command, uint32_t address, uint32_t size)
{
    volatile uint32_t *const spi = &REGISTER(CHIP_SPI), *const user = &REGISTER(CHIP_SPI + CHIP_SPI_USER);
    const uint32_t bits = (size * 8 - 1) % (SPI_SIZE * 8);
    uint32_t lengths = (23 + more_bits()) << 26 | SPI_DUMMY;
    if (address >= flash_size || size > flash_size - address)
        return false;
#ifdef CHIP_SPI_SHORT
    lengths |= bits << 17 | bits << 8;
#else
    user[SPI_OUT_BITS] = bits;
    user[SPI_IN_BITS] = bits;
#endif
    user[SPI_PARTS] = (user[SPI_PARTS] & ~WITH_ALL) | (command & WITH_ALL);
    user[SPI_LENGTHS] = lengths;
    user[SPI_CODE] = 7u << 28 | (command >> more_bits() & 0xFF);
    spi[SPI_ADDRESS] = address << CHIP_SPI_ADDRESS_SHIFT;
    spi[SPI_COMMAND] = SPI_START;
    for (uint32_t i = 0; i < SPI_TURNS; i++)
        if ((spi[SPI_COMMAND] & SPI_START) == 0)
            return true;
    return false;
}

CALLED static bool is_idle(void)
{
    const uint32_t since = hal_milliseconds(0);
    do {
        if (!spi_run(READ_STATUS(CODE_READ_STATUS), 0, 1))
            return false;
        if ((*spi_data() & 1) == 0)
            return true;
    } while (hal_milliseconds(0) - since < FLASH_PATIENCE);
    return false;
}

/* A command that the flash works on for a while. */
CALLED static bool spi_change(uint32_t command, uint32_t address, uint32_t size)
{
    return spi_run((command & WITH_ADDRESS) != 0 ? WRITE_ENABLE : VOLATILE_ENABLE, 0, 0) &&
           spi_run(command, address, size) && is_idle();
}

bool hal_flash_setup(loader_hal *hal, uint32_t size, uint32_t argument)
{
    (void)hal;
    if (size > FLASH_MOST)
        return false;
    flash_size = size;
#ifdef CHIP_FLASH_IS_ATTACHED
    if (CHIP_FLASH_IS_ATTACHED)
        return true;
#endif
    rom_spi_attach(argument != 0 ? argument : CHIP_FLASH_PINS, 0);
    return true;
}

CALLED bool hal_flash_read(loader_hal *hal, uint32_t address, void *bytes, uint32_t size)
{
    (void)hal;
    uint32_t *words = bytes;
    bool good = is_idle();
    while (good && size > 0) {
        const uint32_t part = size < SPI_SIZE ? size : SPI_SIZE;
        good = spi_run(READ, address, part);
        for (uint32_t i = 0; i < part / 4; i++)
            *words++ = spi_data()[i];
        address += part;
        size -= part;
    }
    return good;
}

bool hal_flash_erase(loader_hal *hal, uint32_t address, uint32_t size)
{
    (void)hal;
    return spi_change(size == WIRE_SECTOR ? ERASE_SECTOR : ERASE_BLOCK, address, 0);
}

bool hal_flash_program(loader_hal *hal, uint32_t address, const void *bytes, uint32_t size)
{
    (void)hal;
    const uint32_t *words = bytes, *const end = words + size / 4;
    bool good = true;
    for (; good && words < end; address += SPI_SIZE) {
        for (uint32_t i = 0; i < SPI_SIZE / 4; i++)
            spi_data()[i] = *words++;
        good = spi_change(PROGRAM, address, SPI_SIZE);
    }
    return good;
}

uint32_t hal_flash_status(loader_hal *hal, uint32_t code, uint32_t size, uint32_t value)
{
    (void)hal;
    *spi_data() = value;
    if (size != 0)
        (void)spi_change(WRITE_STATUS(code & ~(uint32_t)CODE_READS), 0, size);
    (void)spi_run(READ_STATUS(code), 0, 1);
    return *spi_data() & 0xFF;
}
