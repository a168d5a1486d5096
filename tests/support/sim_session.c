/* SPDX-License-Identifier: Apache-2.0 */
#include "support/sim_session.h"

#include "base/file.h"
#include "sim/chip/chip.h"

static void sim_log_line(void *user, espbak_log_level level, const char *text)
{
    sim_log *const log = user;
    const size_t used = strlen(log->text);
    snprintf(log->text + used, sizeof(log->text) - used, "%d %s\n", level, text);
}

void sim_log_init(sim_log *log)
{
    memset(log, 0, sizeof(*log));
    log->events = (espbak_events){.log = sim_log_line, .user = log};
}

void sim_write_stub(const char *path, const espbak_chip *chip, uint32_t legacy_data)
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

void sim_write_both_stubs(const char *folder, const char *chip)
{
    char path[256];
    bool existed = false;
    espbak_error err = {0};
    assert_int_equal(file_make_folder(folder, &existed, &err), ESPBAK_OK);
    for (int kind = 1; kind <= 2; kind++) {
        snprintf(path, sizeof(path), "%s/%d", folder, kind);
        assert_int_equal(file_make_folder(path, &existed, &err), ESPBAK_OK);
        snprintf(path, sizeof(path), "%s/%d/%s.json", folder, kind, chip);
        sim_write_stub(path, espbak_chip_by_name(chip), kind == 1 ? sim_chip_by_name(chip)->legacy_data : 0);
    }
}

void sim_write_flash(const char *path, size_t size)
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
