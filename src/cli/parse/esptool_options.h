/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_ESPTOOL_OPTIONS_H
#define CLI_ESPTOOL_OPTIONS_H

/*
 * Options of esptool's write-flash, as pasted commands have them: taken where they change nothing here, and explained
 * where they would. Source: esptool 5.6, cmds.py and targets/.
 */

#include "cli/parse/opt.h"
#include "espbak/chip.h"
#include "espbak/image.h"

typedef struct esptool_options {
    bool compress, no_compress, no_progress, verify, skip_flashed; /* nothing else comes of them */
    bool erase_all, encrypt;
    const char *mode, *frequency, *connection;
} esptool_options;

/* Rows of a table of options; `member` is an esptool_options. */
#define ESPTOOL_OPTION_ROWS(type, member)                                                                                \
    {"compress",                                                                                                         \
     'z',                                                                                                                \
     OPT_FLAG,                                                                                                           \
     NULL,                                                                                                               \
     "of esptool: nothing changes, what helps is compressed anyway",                                                     \
     offsetof(type, member.compress),                                                                                    \
     0,                                                                                                                  \
     NULL},                                                                                                              \
        {"no-compress", 'u', OPT_FLAG, NULL, "of esptool: nothing changes", offsetof(type, member.no_compress), 0,       \
         NULL},                                                                                                          \
        {"no-progress",                                                                                                  \
         'n',                                                                                                            \
         OPT_FLAG,                                                                                                       \
         NULL,                                                                                                           \
         "of esptool: nothing changes; --progress off",                                                                  \
         offsetof(type, member.no_progress),                                                                             \
         0,                                                                                                              \
         NULL},                                                                                                          \
        {"verify",                                                                                                       \
         0,                                                                                                              \
         OPT_FLAG,                                                                                                       \
         NULL,                                                                                                           \
         "of esptool: nothing changes, it is verified anyway",                                                           \
         offsetof(type, member.verify),                                                                                  \
         0,                                                                                                              \
         NULL},                                                                                                          \
        {"skip-flashed",                                                                                                 \
         's',                                                                                                            \
         OPT_FLAG,                                                                                                       \
         NULL,                                                                                                           \
         "of esptool: nothing changes",                                                                                  \
         offsetof(type, member.skip_flashed),                                                                            \
         0,                                                                                                              \
         NULL},                                                                                                          \
        {"erase-all", 'e', OPT_FLAG, NULL, "of esptool: refused, see erase", offsetof(type, member.erase_all), 0, NULL}, \
        {"encrypt",                                                                                                      \
         0,                                                                                                              \
         OPT_FLAG,                                                                                                       \
         NULL,                                                                                                           \
         "of esptool: refused, files are written as they are",                                                           \
         offsetof(type, member.encrypt),                                                                                 \
         0,                                                                                                              \
         NULL},                                                                                                          \
        {"flash-mode",                                                                                                   \
         0,                                                                                                              \
         OPT_TEXT,                                                                                                       \
         "MODE",                                                                                                         \
         "of esptool (-fm): refused where the file's header says something else",                                        \
         offsetof(type, member.mode),                                                                                    \
         0,                                                                                                              \
         NULL},                                                                                                          \
        {"flash-freq",                                                                                                   \
         0,                                                                                                              \
         OPT_TEXT,                                                                                                       \
         "FREQ",                                                                                                         \
         "of esptool (-ff): likewise; so is --flash-size (-fs)",                                                         \
         offsetof(type, member.frequency),                                                                               \
         0,                                                                                                              \
         NULL},                                                                                                          \
    {                                                                                                                    \
        "spi-connection", 0, OPT_TEXT, "WHICH", "of esptool (-sc): refused unless it is SPI",                            \
            offsetof(type, member.connection), 0, NULL                                                                   \
    }

/* Those that are never taken, and words that esptool does not know. ESPBAK_E_USAGE says what to do instead. */
ESPBAK_MUST_USE espbak_status esptool_options_check(const esptool_options *options, espbak_error *err);

/* What esptool would put into the header of an image that is written in the bootloader's place. */
typedef struct esptool_header {
    const espbak_chip *chip;
    const espbak_image_header *found; /* the file's */
    uint64_t flash_size;              /* that the header should name; 0: whatever it says */
} esptool_header;

/* ESPBAK_E_USAGE where the file's header would be changed. */
ESPBAK_MUST_USE espbak_status esptool_options_check_header(const esptool_options *options, const esptool_header *header,
                                                           espbak_error *err);

#endif
