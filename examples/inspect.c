/* SPDX-License-Identifier: Apache-2.0 */
/* What is in a dump of a flash, or in a backup; no device is needed. */
#include <inttypes.h>
#include <stdio.h>

#include <espbak/chip.h>
#include <espbak/ops.h>

static void print_partition(const espbak_contents *contents, const espbak_partition *partition)
{
    char type[ESPBAK_PARTITION_TEXT_MAX], subtype[ESPBAK_PARTITION_TEXT_MAX];
    espbak_partition_type_text(partition->type, type);
    espbak_partition_subtype_text(partition->type, partition->subtype, subtype);
    printf("%-16s %-5s %-9s 0x%08" PRIX32 " 0x%08" PRIX32, partition->label, type, subtype, partition->offset,
           partition->size);
    /* NULL for what is no partition for applications; one that is may still be empty. */
    const espbak_boot_app *app = espbak_contents_app(contents, partition);
    if (app != NULL && app->present)
        printf("  %s %s%s", app->image.app.project, app->image.app.version, app->active ? ", boots" : "");
    printf("\n");
}

static void print_contents(const espbak_contents *contents)
{
    const espbak_boot_report *boot = &contents->boot;
    printf("chip %s, flash %" PRIu64 " bytes\n", contents->chip != NULL ? contents->chip->title : "unknown",
           contents->flash_size);
    for (size_t i = 0; i < boot->table.count; i++)
        print_partition(contents, &boot->table.entries[i]);
    /* "No" is said only where it is proven; the reason is one sentence. */
    printf("would it boot: %s, %s\n", espbak_boot_verdict_name(boot->verdict), boot->reason);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s FILE|BACKUP\n", argv[0]);
        return 2;
    }
    const espbak_inspect_options options = {.path = argv[1]};
    espbak_inspection inspection;
    espbak_error err = {0};
    if (espbak_inspect_open(&inspection, &options, &err) != ESPBAK_OK) {
        fprintf(stderr, "%s: %s\n", argv[0], err.message);
        return 1;
    }
    print_contents(inspection.contents);
    /* The contents belong to the inspection: nothing of them may be used after this. */
    espbak_inspect_close(&inspection);
    return 0;
}
