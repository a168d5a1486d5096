/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/chip/fuses.h"

/* Addresses and bits: esptool/targets/<chip>.py. */
#define END                                                                                                            \
    {                                                                                                                  \
        SIM_FUSE_FIXED, 0, 0, 0, 0                                                                                     \
    }

const sim_fuse_field sim_fuses_esp8266[] = {
    {SIM_FUSE_MAC_5, 0, 0x3FF00050, 24, 8},
    {SIM_FUSE_MAC_34, 0, 0x3FF00054, 0, 16},
    {SIM_FUSE_MAC_OUI, 0, 0x3FF0005C, 0, 24},
    END,
};

const sim_fuse_field sim_fuses_esp32[] = {
    {SIM_FUSE_MAC_LOW, 0, 0x3FF5A004, 0, 32},
    {SIM_FUSE_MAC_HIGH, 0, 0x3FF5A008, 0, 16},
    {SIM_FUSE_MAC_CRC, 0, 0x3FF5A008, 16, 8},
    {SIM_FUSE_MAJOR_BAR, 0, 0x3FF5A00C, 15, 1},
    {SIM_FUSE_MAJOR_BAR, 1, 0x3FF5A014, 20, 1},
    {SIM_FUSE_MAJOR_BAR, 2, 0x3FF6607C, 31, 1},
    {SIM_FUSE_MINOR, 0, 0x3FF5A014, 24, 2},
    {SIM_FUSE_FIXED, 1, 0x3FF5A00C, 9, 3},
    {SIM_FUSE_FIXED, 1, 0x3FF5A00C, 13, 1},
    {SIM_FUSE_CK8M, 0, 0x3FF5A010, 0, 8},
    {SIM_FUSE_CRYPT, 0, 0x3FF5A000, 20, 7},
    {SIM_FUSE_SECURE_BOOT_1, 0, 0x3FF5A018, 4, 1},
    {SIM_FUSE_SECURE_BOOT, 0, 0x3FF5A018, 5, 1},
    {SIM_FUSE_KEY, 0, 0x3FF5A038, 0, 32},
    END,
};

const sim_fuse_field sim_fuses_esp32s2[] = {
    {SIM_FUSE_MAC_LOW, 0, 0x3F41A044, 0, 32},     {SIM_FUSE_MAC_HIGH, 0, 0x3F41A048, 0, 16},
    {SIM_FUSE_MAJOR, 0, 0x3F41A050, 18, 2},       {SIM_FUSE_MINOR, 3, 0x3F41A050, 20, 1},
    {SIM_FUSE_MINOR, 0, 0x3F41A054, 4, 3},        {SIM_FUSE_CRYPT, 0, 0x3F41A034, 18, 3},
    {SIM_FUSE_SECURE_BOOT, 0, 0x3F41A038, 20, 1}, {SIM_FUSE_PURPOSE, 0, 0x3F41A034, 24, 4},
    {SIM_FUSE_OCTAL, 0, 0x3F41A03C, 9, 1},        END,
};

const sim_fuse_field sim_fuses_esp32s3[] = {
    {SIM_FUSE_MAC_LOW, 0, 0x60007044, 0, 32},     {SIM_FUSE_MAC_HIGH, 0, 0x60007048, 0, 16},
    {SIM_FUSE_MAJOR, 0, 0x60007058, 24, 2},       {SIM_FUSE_MINOR, 0, 0x60007050, 18, 3},
    {SIM_FUSE_MINOR, 3, 0x60007058, 23, 1},       {SIM_FUSE_CRYPT, 0, 0x60007034, 18, 3},
    {SIM_FUSE_SECURE_BOOT, 0, 0x60007038, 20, 1}, {SIM_FUSE_PURPOSE, 0, 0x60007034, 24, 4},
    {SIM_FUSE_OCTAL, 0, 0x6000703C, 9, 1},        END,
};

const sim_fuse_field sim_fuses_esp32c2[] = {
    {SIM_FUSE_MAC_LOW, 0, 0x60008840, 0, 32}, {SIM_FUSE_MAC_HIGH, 0, 0x60008844, 0, 16},
    {SIM_FUSE_MAJOR, 0, 0x60008844, 20, 2},   {SIM_FUSE_MINOR, 0, 0x60008844, 16, 4},
    {SIM_FUSE_CRYPT, 0, 0x60008830, 7, 3},    {SIM_FUSE_SECURE_BOOT, 0, 0x60008830, 21, 1},
    {SIM_FUSE_KEY, 0, 0x60008860, 0, 32},     END,
};

const sim_fuse_field sim_fuses_esp32c3[] = {
    {SIM_FUSE_MAC_LOW, 0, 0x60008844, 0, 32},
    {SIM_FUSE_MAC_HIGH, 0, 0x60008848, 0, 16},
    {SIM_FUSE_MAJOR, 0, 0x60008858, 24, 2},
    {SIM_FUSE_MINOR, 0, 0x60008850, 18, 3},
    {SIM_FUSE_MINOR, 3, 0x60008858, 23, 1},
    {SIM_FUSE_CRYPT, 0, 0x60008834, 18, 3},
    {SIM_FUSE_SECURE_BOOT, 0, 0x60008838, 20, 1},
    {SIM_FUSE_PURPOSE, 0, 0x60008834, 24, 4},
    END,
};

const sim_fuse_field sim_fuses_esp32c5[] = {
    {SIM_FUSE_MAC_LOW, 0, 0x600B4844, 0, 32},     {SIM_FUSE_MAC_HIGH, 0, 0x600B4848, 0, 16},
    {SIM_FUSE_MAC_EXT, 0, 0x600B4848, 16, 16},    {SIM_FUSE_MAJOR, 0, 0x600B484C, 4, 2},
    {SIM_FUSE_MINOR, 0, 0x600B484C, 0, 4},        {SIM_FUSE_CRYPT, 0, 0x600B4834, 16, 3},
    {SIM_FUSE_SECURE_BOOT, 0, 0x600B4838, 25, 1}, {SIM_FUSE_PURPOSE, 0, 0x600B4834, 22, 5},
    {SIM_FUSE_KEY_MANAGER, 0, 0x600B4834, 11, 1}, END,
};

const sim_fuse_field sim_fuses_esp32c6[] = {
    {SIM_FUSE_MAC_LOW, 0, 0x600B0844, 0, 32},
    {SIM_FUSE_MAC_HIGH, 0, 0x600B0848, 0, 16},
    {SIM_FUSE_MAC_EXT, 0, 0x600B0848, 16, 16},
    {SIM_FUSE_MAJOR, 0, 0x600B0850, 22, 2},
    {SIM_FUSE_MINOR, 0, 0x600B0850, 18, 4},
    {SIM_FUSE_CRYPT, 0, 0x600B0834, 18, 3},
    {SIM_FUSE_SECURE_BOOT, 0, 0x600B0838, 20, 1},
    {SIM_FUSE_PURPOSE, 0, 0x600B0834, 24, 4},
    {SIM_FUSE_FIXED, 1, 0x600B0850, 24, 3},
    {SIM_FUSE_FIXED, 1, 0x600B0854, 0, 3},
    END,
};

const sim_fuse_field sim_fuses_esp32c61[] = {
    {SIM_FUSE_MAC_LOW, 0, 0x600B4844, 0, 32},
    {SIM_FUSE_MAC_HIGH, 0, 0x600B4848, 0, 16},
    {SIM_FUSE_MAC_EXT, 0, 0x600B4848, 16, 16},
    {SIM_FUSE_MAJOR, 0, 0x600B484C, 4, 2},
    {SIM_FUSE_MINOR, 0, 0x600B484C, 0, 4},
    {SIM_FUSE_CRYPT, 0, 0x600B4830, 23, 3},
    {SIM_FUSE_SECURE_BOOT, 0, 0x600B4834, 26, 1},
    {SIM_FUSE_PURPOSE, 0, 0x600B4834, 0, 4},
    END,
};

const sim_fuse_field sim_fuses_esp32h2[] = {
    {SIM_FUSE_MAC_LOW, 0, 0x600B0844, 0, 32},
    {SIM_FUSE_MAC_HIGH, 0, 0x600B0848, 0, 16},
    {SIM_FUSE_MAC_EXT, 0, 0x600B0848, 16, 16},
    {SIM_FUSE_MAJOR, 0, 0x600B0850, 21, 2},
    {SIM_FUSE_MINOR, 0, 0x600B0850, 18, 3},
    {SIM_FUSE_CRYPT, 0, 0x600B0834, 18, 3},
    {SIM_FUSE_SECURE_BOOT, 0, 0x600B0838, 20, 1},
    {SIM_FUSE_PURPOSE, 0, 0x600B0834, 24, 4},
    END,
};

const sim_fuse_field sim_fuses_esp32h21[] = {
    {SIM_FUSE_MAC_LOW, 0, 0x600B4044, 0, 32},
    {SIM_FUSE_MAC_HIGH, 0, 0x600B4048, 0, 16},
    {SIM_FUSE_MAC_EXT, 0, 0x600B4048, 16, 16},
    {SIM_FUSE_MAJOR, 0, 0x600B4058, 8, 2},
    {SIM_FUSE_MINOR, 0, 0x600B4058, 4, 4},
    {SIM_FUSE_CRYPT, 0, 0x600B4034, 18, 3},
    {SIM_FUSE_SECURE_BOOT, 0, 0x600B4038, 20, 1},
    {SIM_FUSE_PURPOSE, 0, 0x600B4034, 24, 4},
    END,
};

const sim_fuse_field sim_fuses_esp32h4[] = {
    {SIM_FUSE_MAC_LOW, 0, 0x600B1844, 0, 32},     {SIM_FUSE_MAC_HIGH, 0, 0x600B1848, 0, 16},
    {SIM_FUSE_MAC_EXT, 0, 0x600B1848, 16, 16},    {SIM_FUSE_MAJOR, 0, 0x600B1850, 22, 2},
    {SIM_FUSE_MINOR, 0, 0x600B1850, 18, 4},       {SIM_FUSE_CRYPT, 0, 0x600B1830, 23, 3},
    {SIM_FUSE_SECURE_BOOT, 0, 0x600B1838, 5, 1},  {SIM_FUSE_PURPOSE, 0, 0x600B1834, 0, 5},
    {SIM_FUSE_KEY_MANAGER, 0, 0x600B1838, 20, 1}, END,
};

const sim_fuse_field sim_fuses_esp32p4[] = {
    {SIM_FUSE_MAC_LOW, 0, 0x5012D044, 0, 32},
    {SIM_FUSE_MAC_HIGH, 0, 0x5012D048, 0, 16},
    {SIM_FUSE_MAJOR, 0, 0x5012D04C, 4, 2},
    {SIM_FUSE_MAJOR, 2, 0x5012D04C, 23, 1},
    {SIM_FUSE_MINOR, 0, 0x5012D04C, 0, 4},
    {SIM_FUSE_CRYPT, 0, 0x5012D034, 18, 3},
    {SIM_FUSE_SECURE_BOOT, 0, 0x5012D038, 20, 1},
    {SIM_FUSE_PURPOSE, 0, 0x5012D034, 24, 4},
    {SIM_FUSE_KEY_MANAGER, 0, 0x5012D034, 10, 1},
    {SIM_FUSE_XPD, 0, 0x5012D034, 16, 1},
    END,
};

const sim_fuse_field sim_fuses_esp32s31[] = {
    {SIM_FUSE_MAC_LOW, 0, 0x20715050, 0, 32},
    {SIM_FUSE_MAC_HIGH, 0, 0x20715054, 0, 16},
    {SIM_FUSE_MAJOR, 0, 0x2071505C, 22, 2},
    {SIM_FUSE_MINOR, 0, 0x2071505C, 18, 4},
    {SIM_FUSE_CRYPT, 0, 0x20715034, 21, 3},
    {SIM_FUSE_SECURE_BOOT, 0, 0x2071503C, 2, 1},
    {SIM_FUSE_PURPOSE, 0, 0x20715038, 0, 5},
    {SIM_FUSE_KEY_MANAGER, 0, 0x20715034, 13, 1},
    END,
};

const sim_fuse_field sim_fuses_esp32e22[] = {
    {SIM_FUSE_MAC_LOW, 0, 0xC4008044, 0, 32},
    {SIM_FUSE_MAC_HIGH, 0, 0xC4008048, 0, 16},
    {SIM_FUSE_SECURE_BOOT, 0, 0xC4008038, 20, 1},
    {SIM_FUSE_PURPOSE, 0, 0xC4008034, 24, 4},
    END,
};
