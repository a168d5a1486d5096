/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SIM_SESSION_H
#define TESTS_SIM_SESSION_H

/* Sessions with simulated chips: what was logged, stubs made up for a chip, flash images. */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device/chip/registers.h"
#include "device/session.h"
#include "espbak/session.h"
#include "support/group.h"

typedef struct sim_log {
    char text[16384];
    espbak_events events;
} sim_log;

static inline void sim_log_line(void *user, espbak_log_level level, const char *text)
{
    sim_log *const log = user;
    const size_t used = strlen(log->text);
    snprintf(log->text + used, sizeof(log->text) - used, "%d %s\n", level, text);
}

static inline void sim_log_init(sim_log *log)
{
    memset(log, 0, sizeof(*log));
    log->events = (espbak_events){.log = sim_log_line, .user = log};
}

/*
 * A stub that fits the chip, in a file; the simulator runs whatever has arrived whole. `legacy`:
 * with its data where the simulator expects them of a legacy stub (0 for a current one).
 */
static inline void sim_write_stub(const char *path, const espbak_chip *chip, uint32_t legacy_data)
{
    const chip_range *const ram = chip->registers->ram;
    const chip_range code = ram[1].end != 0 ? ram[1] : ram[0];
    const uint32_t text = code.start + 0x1000, data = legacy_data != 0 ? legacy_data : ram[0].start + 0x8000;
    FILE *const f = fopen(path, "wb");
    assert_non_null(f);
    assert_true(fprintf(f,
                        "{\"entry\":%u,\"text\":\"AAECAwQFBgcICQoLDA0ODw==\",\"text_start\":%u,"
                        "\"data\":\"EBESEw==\",\"data_start\":%u}",
                        (unsigned)text + 4, (unsigned)text, (unsigned)data) > 0);
    assert_int_equal(fclose(f), 0);
}

/* A flash that holds different things in the places that are looked at; `size` bytes. */
static inline void sim_write_flash(const char *path, size_t size)
{
    static const uint32_t places[] = {0x0, 0x1000, 0x8000, 0x9000, 0x10000, 0x20000};
    FILE *const f = fopen(path, "wb");
    uint8_t *const sector = malloc(4096);
    assert_non_null(f);
    assert_non_null(sector);
    for (size_t at = 0; at < size; at += 4096) {
        memset(sector, 0xFF, 4096);
        for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
            if (places[i] == at)
                memset(sector, (int)i + 1, 2000);
        }
        assert_int_equal(fwrite(sector, 1, 4096, f), 4096);
    }
    free(sector);
    assert_int_equal(fclose(f), 0);
}

#endif
