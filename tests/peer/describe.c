/* SPDX-License-Identifier: Apache-2.0 */
/* What espbak reads out of a file, one fact a line, for images.py to compare with what other tools say. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "espbak/image.h"
#include "espbak/nvs.h"
#include "espbak/partition.h"

typedef struct input {
    uint8_t *bytes;
    size_t size;
} input;

static espbak_status read_input(void *ctx, uint64_t offset, void *buffer, size_t size, espbak_error *err)
{
    const input *in = ctx;
    (void)err;
    memcpy(buffer, in->bytes + offset, size);
    return ESPBAK_OK;
}

static bool load(const char *path, input *in)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0)
        return false;
    const long size = ftell(file);
    rewind(file);
    in->size = size > 0 ? (size_t)size : 0;
    in->bytes = malloc(in->size + 1);
    const bool ok = in->bytes != NULL && fread(in->bytes, 1, in->size, file) == in->size;
    fclose(file);
    return ok;
}

static void print_findings(const espbak_findings *findings)
{
    for (size_t i = 0; i < findings->count; i++)
        printf("finding %s: %s\n", espbak_severity_name(findings->entries[i].severity), findings->entries[i].text);
}

static espbak_status describe_image(const espbak_image_reader *reader, espbak_error *err)
{
    espbak_image image;
    espbak_findings findings = {.count = 0};
    bool found = false;
    const espbak_status status =
        espbak_image_examine(reader, 0, reader->size, ESPBAK_IMAGE_CONTENTS, &image, &found, &findings, err);
    printf("found %d\nsize %llu\nentry 0x%08lx\nsegments %zu\nchecksum %d\nsha256 %d\n", found,
           (unsigned long long)image.size, (unsigned long)image.header.entry, image.segment_count, image.checksum_ok,
           image.sha256_ok);
    for (size_t i = 0; i < image.segment_count; i++)
        printf("segment 0x%08lx 0x%lx 0x%llx\n", (unsigned long)image.segments[i].address,
               (unsigned long)image.segments[i].size, (unsigned long long)image.segments[i].offset - 8);
    if (image.app_described)
        printf("project %s\nversion %s\nidf %s\ncompiled %s %s\n", image.app.project, image.app.version, image.app.idf,
               image.app.date, image.app.time);
    if (image.bootloader_described)
        printf("bootloader %lu\nidf %s\ncompiled %s\n", (unsigned long)image.bootloader.version, image.bootloader.idf,
               image.bootloader.compiled);
    print_findings(&findings);
    espbak_findings_free(&findings);
    return status;
}

static espbak_status describe_table(const input *in, espbak_error *err)
{
    espbak_partition_table table;
    espbak_findings findings = {.count = 0};
    const espbak_partition_layout layout = {.bootloader_offset = 0x1000};
    const espbak_status status =
        espbak_partition_table_from_file_text(&table, in->bytes, in->size, &layout, &findings, err);
    for (size_t i = 0; i < table.count; i++) {
        const espbak_partition *p = &table.entries[i];
        printf("partition %s %u %u 0x%lx 0x%lx %d %d\n", p->label, p->type, p->subtype, (unsigned long)p->offset,
               (unsigned long)p->size, p->encrypted, p->read_only);
    }
    printf("md5 %d\n", table.md5_ok);
    print_findings(&findings);
    espbak_findings_free(&findings);
    espbak_partition_table_free(&table);
    return status;
}

static espbak_status print_item(const espbak_nvs *nvs, const espbak_nvs_item *item, espbak_error *err)
{
    static char text[70000];
    uint8_t *value = NULL;
    const espbak_status status = espbak_nvs_read_value(nvs, item, &value, err);
    if (status != ESPBAK_OK)
        return status;
    espbak_nvs_value_text(item, value, text, sizeof(text));
    printf("item %s %s %s %lu %d %s\n", item->space, item->key, espbak_nvs_type_name(item->type),
           (unsigned long)item->size, item->intact, text);
    free(value);
    return ESPBAK_OK;
}

static espbak_status describe_nvs(const espbak_image_reader *reader, espbak_error *err)
{
    espbak_nvs *nvs = NULL;
    espbak_findings findings = {.count = 0};
    espbak_status status = espbak_nvs_open(&nvs, reader, 0, reader->size, NULL, &findings, err);
    if (status != ESPBAK_OK)
        return status;
    const espbak_nvs_summary *s = espbak_nvs_summarise(nvs);
    printf("recognised %d\nencrypted %d\npages %zu\nspaces %zu\nwritten %zu\ndamaged %zu\n", s->recognised,
           s->encrypted, s->pages, s->spaces, s->written, s->damaged);
    for (size_t i = 0; i < s->items && status == ESPBAK_OK; i++)
        status = print_item(nvs, espbak_nvs_item_at(nvs, i), err);
    print_findings(&findings);
    espbak_findings_free(&findings);
    espbak_nvs_free(nvs);
    return status;
}

static espbak_status describe_otadata(const espbak_image_reader *reader, espbak_error *err)
{
    espbak_otadata otadata;
    const espbak_status status = espbak_otadata_read(reader, 0, &otadata, NULL, err);
    for (size_t i = 0; i < 2; i++)
        printf("entry %lu %s %d\n", (unsigned long)otadata.entries[i].seq,
               espbak_ota_state_name(otadata.entries[i].state), otadata.entries[i].valid);
    printf("active %d\n", otadata.active);
    return status;
}

int main(int argc, char **argv)
{
    input in = {.bytes = NULL};
    espbak_error err = {0};
    espbak_status status = ESPBAK_E_USAGE;
    if (argc != 3 || !load(argv[2], &in))
        return 2;
    const espbak_image_reader reader = {.read = read_input, .ctx = &in, .size = in.size};
    if (strcmp(argv[1], "image") == 0)
        status = describe_image(&reader, &err);
    else if (strcmp(argv[1], "table") == 0)
        status = describe_table(&in, &err);
    else if (strcmp(argv[1], "nvs") == 0)
        status = describe_nvs(&reader, &err);
    else if (strcmp(argv[1], "otadata") == 0)
        status = describe_otadata(&reader, &err);
    if (status != ESPBAK_OK)
        printf("error %s\n", err.message);
    free(in.bytes);
    return status != ESPBAK_OK;
}
