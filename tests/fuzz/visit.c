/* SPDX-License-Identifier: Apache-2.0 */
#include "visit.h"

#include <string.h>

#include "device/session.h"
#include "espbak/flash.h"
#include "ops/content/device_contents.h"

enum {
    SECTOR = ESPBAK_FLASH_SECTOR,
    READ_MAX = 24, /* sectors */
    HASHES = 24,   /* more than are asked for ahead */
};

/* Head of the input: bits of byte 1 and byte 3. */
enum { NO_STUB = 1, FLASH_OPTIONAL = 2, SECURE_ALLOWED = 4, SIZE_GIVEN = 8 };
enum { JOB_LOOK = 1, JOB_READ = 2, JOB_HASH = 4, JOB_SPARSE = 8, JOB_ERASE = 16, JOB_WRITE = 32 };

typedef struct visit {
    espbak_session *session;
    const uint8_t *head;
    const visit_flash *flash;
    bool proven;           /* what is read must be the flash's */
    uint64_t offset, size; /* what is asked for */
    uint64_t next;         /* what the sink expects */
    unsigned named;
    unsigned taken;
    espbak_error err;
} visit;

static void check_text(const char *text)
{
    for (; *text != '\0'; text++)
        FUZZ_CHECK((unsigned char)*text >= ' ' && *text != 0x7F);
}

static void on_log(void *user, espbak_log_level level, const char *text)
{
    (void)user;
    (void)level;
    FUZZ_CHECK(text[0] != '\0');
    check_text(text);
}

static bool check(visit *v, espbak_status status)
{
    FUZZ_CHECK(status == ESPBAK_OK || (v->err.status == status && v->err.message[0] != '\0'));
    FUZZ_CHECK(status != ESPBAK_E_INTERNAL);
    if (status != ESPBAK_OK)
        check_text(v->err.message);
    espbak_error_clear(&v->err);
    return status == ESPBAK_OK;
}

static espbak_status sink(void *user, uint64_t offset, const uint8_t *data, size_t size, espbak_error *err)
{
    visit *v = user;
    (void)err;
    FUZZ_CHECK(offset == v->next && size > 0 && size <= v->offset + v->size - offset);
    FUZZ_CHECK(!v->proven || *v->flash->doubtful || memcmp(data, v->flash->bytes + offset, size) == 0);
    v->next += size;
    return ESPBAK_OK;
}

/* New contents, or the base of a sparse read: every other sector is what the flash holds. */
static espbak_status source(void *user, uint64_t offset, uint8_t *data, size_t size, espbak_error *err)
{
    visit *v = user;
    (void)err;
    for (size_t i = 0; i < size; i++) {
        const bool alike = v->flash != NULL && (offset + i) / SECTOR % 2 == 0 && offset + i < v->flash->size;
        data[i] = alike ? v->flash->bytes[offset + i] : (uint8_t)((offset + i) / 3);
    }
    return ESPBAK_OK;
}

static espbak_status name_range(void *user, uint64_t *offset, uint64_t *size, bool *more, espbak_error *err)
{
    visit *v = user;
    (void)err;
    *more = v->named < HASHES;
    *offset = v->offset;
    *size = v->size - v->named * 16u;
    v->named++;
    return ESPBAK_OK;
}

static espbak_status take_hash(void *user, uint64_t offset, uint64_t size, const espbak_flash_digest *found,
                               espbak_error *err)
{
    visit *v = user;
    (void)found;
    (void)err;
    FUZZ_CHECK(offset == v->offset && size == v->size - v->taken * 16u);
    v->taken++;
    return ESPBAK_OK;
}

static void look(visit *v)
{
    static const espbak_table_source anywhere;
    espbak_contents *contents = calloc(1, sizeof(*contents));
    FUZZ_CHECK(contents != NULL);
    (void)check(v, device_contents_look(v->session, &anywhere, NULL, contents, &v->err));
    explain_discard(contents);
}

static void read_range(visit *v)
{
    const espbak_flash_read_options options = {.packet_size = v->head[6] * 16u, .plain = v->head[7] % 2 != 0};
    v->proven = v->flash != NULL && v->offset + v->size <= v->flash->size;
    v->next = v->offset;
    if (check(v, espbak_flash_read(v->session, v->offset, v->size, &options, sink, v, &v->err)))
        FUZZ_CHECK(v->next == v->offset + v->size);
}

static void hash(visit *v)
{
    v->named = v->taken = 0;
    if (check(v, espbak_flash_digest_many(v->session, name_range, take_hash, v, &v->err)))
        FUZZ_CHECK(v->taken == HASHES);
    FUZZ_CHECK(v->taken <= v->named);
}

/* A hash that lies leaves out what it should not: only the second look of a backup finds that. */
static void read_sparse(visit *v)
{
    espbak_sparse_plan *plan = NULL;
    const espbak_sparse_options options = {.alone = v->head[7] / 2 % 2 != 0, .base = source, .base_user = v};
    const espbak_flash_read_options how = {0};
    v->proven = false;
    v->next = v->offset;
    if (check(v, espbak_sparse_plan_make(&plan, v->session, v->offset, v->size, &options, &v->err)))
        (void)check(v, espbak_sparse_read(v->session, plan, v->offset, v->size, &how, sink, v, &v->err));
    espbak_sparse_plan_free(plan);
}

static void change(visit *v, unsigned jobs)
{
    const espbak_flash_write_options options = {.compress_off = v->head[7] / 4 % 2 != 0};
    if ((jobs & JOB_ERASE) != 0)
        (void)check(v, espbak_flash_erase(v->session, v->offset, v->size, &v->err));
    if ((jobs & JOB_WRITE) != 0)
        (void)check(v, espbak_flash_write(v->session, v->offset, v->size, &options, source, v, &v->err));
}

static void work(visit *v)
{
    static void (*const jobs[])(visit *) = {look, read_range, hash, read_sparse};
    check_text(espbak_session_device(v->session)->name);
    for (unsigned i = 0; i < sizeof(jobs) / sizeof(jobs[0]); i++) {
        if ((v->head[3] & 1u << i) != 0)
            jobs[i](v);
    }
    change(v, v->head[3]);
}

/* What is said to be attached. Inputs of the corpus name a chip by its place here, so this order stays. */
static const char *const expected[16] = {NULL,       "esp32",    "esp32s2",  "esp32s3", "esp32c2", "esp32c3",
                                         "esp32c5",  "esp32c6",  "esp32c61", "esp32h2", "esp32p4", "esp32h4",
                                         "esp32h21", "esp32s31", "esp32e22", "esp8266"};

void visit_run(espbak_transport *transport, const uint8_t head[VISIT_HEAD], const visit_flash *flash)
{
    static const uint32_t bauds[] = {0, 9600, 115200, 921600};
    static const espbak_events events = {.log = on_log};
    visit v = {.head = head, .flash = flash, .offset = head[4] * (uint64_t)SECTOR};
    v.size = (1 + head[5] % READ_MAX) * (uint64_t)SECTOR - (head[5] & 0x80u ? 52 : 0);
    const espbak_session_options options = {
        .port = "fuzz:",
        .chip = expected[head[0] / 16u] != NULL ? espbak_chip_by_name(expected[head[0] / 16u]) : NULL,
        .baud = bauds[head[2] % 4],
        .before = (espbak_before)(head[2] / 4 % 4),
        .after = (espbak_after)(head[2] / 16 % 5),
        .connect_attempts = 2,
        .flash_size = (head[1] & SIZE_GIVEN) != 0 ? 4u << 20 : 0,
        .no_stub = (head[1] & NO_STUB) != 0,
        .flash_not_needed = (head[1] & FLASH_OPTIONAL) != 0,
        .allow_secure_download = (head[1] & SECURE_ALLOWED) != 0,
        .events = &events,
    };
    if (check(&v, espbak_session_open_transport(&v.session, transport, &options, &v.err)))
        work(&v);
    espbak_session_close(v.session);
}
