/* SPDX-License-Identifier: Apache-2.0 */
#include "support/backup_fixture.h"

espbak_manifest small_manifest(void)
{
    espbak_manifest manifest = {
        .created = "2026-11-22T10:15:00Z",
        .tool_name = "espbak",
        .tool_version = "0.1.0",
        .note = "before the update",
        .state = ESPBAK_STATE_VERIFIED,
        .verify_method = "device-md5",
        .chip = "esp32s3",
        .mac = {0xa0, 0xb1, 0xc2, 0xd3, 0xe4, 0xf5},
        .mac_known = true,
        .flash = {.size = 65536},
    };
    return manifest;
}

void fill_sector(uint8_t sector[4096], unsigned index)
{
    for (unsigned i = 0; i < 4096; i++)
        sector[i] = (uint8_t)(i * 7 + i / 256 + index * 31);
}

espbak_region sectors(const char *name, unsigned first, unsigned count)
{
    espbak_region region = {.offset = first * 4096ull, .size = count * 4096ull};
    snprintf(region.name, sizeof(region.name), "%s", name);
    snprintf(region.file, sizeof(region.file), "%s.bin", name);
    return region;
}

void append_region(espbak_backup_writer *writer, const espbak_region *region)
{
    espbak_error err = {0};
    uint8_t sector[4096];
    assert_ok(espbak_backup_begin_region(writer, region, &err), &err);
    for (uint64_t at = 0; at < region->size; at += sizeof(sector)) {
        fill_sector(sector, (unsigned)((region->offset + at) / 4096));
        assert_ok(espbak_backup_append(writer, sector, sizeof(sector), &err), &err);
    }
    assert_ok(espbak_backup_end_region(writer, &err), &err);
}

char *make_backup(const char *folder, const char *name)
{
    espbak_error err = {0};
    espbak_backup_writer *writer = NULL;
    espbak_manifest manifest = small_manifest();
    const espbak_region regions[] = {sectors("nvs", 1, 2), sectors("phy", 3, 2), sectors("app", 8, 4)};
    assert_ok(espbak_backup_create(&writer, folder, name, &manifest, &err), &err);
    for (size_t i = 0; i < 3; i++)
        append_region(writer, &regions[i]);
    assert_ok(espbak_backup_seal(writer, &err), &err);
    char *path = path_of(espbak_backup_writer_path(writer), "");
    path[strlen(path) - 1] = '\0';
    espbak_backup_writer_close(writer, false);
    espbak_manifest_free(&manifest);
    return path;
}

char *load(const char *folder, const char *name, size_t *size)
{
    espbak_error err = {0};
    char *text = NULL;
    char *path = path_of(folder, name);
    assert_ok(file_load(path, 1 << 20, &text, size, &err), &err);
    free(path);
    return text;
}

void store(const char *folder, const char *name, const char *bytes, size_t size)
{
    char *path = path_of(folder, name);
    FILE *stream = fopen(path, "wb");
    assert_non_null(stream);
    assert_int_equal(fwrite(bytes, 1, size, stream), size);
    assert_int_equal(fclose(stream), 0);
    free(path);
}

void store_noise(const char *folder, const char *name, size_t size, unsigned seed)
{
    char *bytes = malloc(size);
    assert_non_null(bytes);
    uint32_t x = seed * 2654435761u + 1;
    for (size_t i = 0; i < size; i++) {
        x = x * 1664525u + 1013904223u;
        bytes[i] = (char)(x >> 24);
    }
    store(folder, name, bytes, size);
    free(bytes);
}

bool same_files(const fixture *fix, const char *a, const char *b)
{
    size_t size_a, size_b;
    char *bytes_a = load(fix->folder, a, &size_a), *bytes_b = load(fix->folder, b, &size_b);
    const bool same = size_a == size_b && memcmp(bytes_a, bytes_b, size_a) == 0;
    free(bytes_a);
    free(bytes_b);
    return same;
}

bool there(const char *folder, const char *name)
{
    char *path = path_of(folder, name);
    const bool found = file_kind_of(path) != FILE_KIND_MISSING;
    free(path);
    return found;
}

void delete_file(const char *folder, const char *name)
{
    char *path = path_of(folder, name);
    assert_int_equal(unlink(path), 0);
    free(path);
}

void rename_file(const char *folder, const char *from, const char *to)
{
    char *old_path = path_of(folder, from);
    char *new_path = path_of(folder, to);
    assert_int_equal(rename(old_path, new_path), 0);
    free(old_path);
    free(new_path);
}

espbak_status open_and_check(const char *path, espbak_backup_note_fn note, void *user, espbak_error *err)
{
    espbak_backup *backup = NULL;
    espbak_status status = espbak_backup_open(&backup, path, err);
    if (status == ESPBAK_OK)
        status = espbak_backup_check(backup, note, user, NULL, err);
    espbak_backup_close(backup);
    return status;
}

void make_partial(const fixture *fix)
{
    espbak_error err = {0};
    espbak_backup_writer *writer = NULL;
    espbak_manifest manifest = small_manifest();
    const espbak_region region = sectors("flash", 0, 16);
    const uint8_t sector[4096] = {0};
    assert_ok(espbak_backup_create(&writer, fix->folder, "open", &manifest, &err), &err);
    assert_ok(espbak_backup_begin_region(writer, &region, &err), &err);
    assert_ok(espbak_backup_append(writer, sector, sizeof(sector), &err), &err);
    espbak_backup_writer_close(writer, false);
}

void replace_text(const char *path, const char *name, const char *from, const char *to)
{
    size_t size = 0;
    char *text = load(path, name, &size);
    char *at = strstr(text, from);
    assert_non_null(at);
    for (size_t i = 0; to[i] != '\0'; i++)
        at[i] = to[i];
    store(path, name, text, size);
    free(text);
}
