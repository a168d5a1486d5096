/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/export/job.h"

static const export_format formats[ESPBAK_EXPORT_FORMATS] = {
    [ESPBAK_EXPORT_BIN] = {.name = "bin", .ending = ".bin", .whole = true, .write = export_bin},
    [ESPBAK_EXPORT_GZ] = {.name = "gz", .ending = ".bin.gz", .whole = true, .write = export_gz},
    [ESPBAK_EXPORT_HEX] = {.name = "hex", .ending = ".hex", .write = export_hex},
    [ESPBAK_EXPORT_UF2] = {.name = "uf2", .ending = ".uf2", .write = export_uf2, .knows = export_uf2_knows},
    [ESPBAK_EXPORT_ESPTOOL_ARGS] = {.name = "esptool-args",
                                    .ending = "-esptool",
                                    .write = export_folder,
                                    .index = "flash_args",
                                    .tell = export_flash_args},
    [ESPBAK_EXPORT_WEB_TOOLS] = {.name = "web-tools",
                                 .ending = "-web",
                                 .write = export_folder,
                                 .index = "manifest.json",
                                 .tell = export_web_manifest,
                                 .knows = export_web_tools_know},
    [ESPBAK_EXPORT_PARTITIONS] = {.name = "partitions",
                                  .ending = "-partitions",
                                  .write = export_folder,
                                  .index = "partitions.csv",
                                  .tell = export_csv,
                                  .table = true},
};

const export_format *export_format_of(espbak_export_format format)
{
    return &formats[(unsigned)format < ESPBAK_EXPORT_FORMATS ? format : ESPBAK_EXPORT_BIN];
}

const char *espbak_export_format_name(espbak_export_format format)
{
    return export_format_of(format)->name;
}

const char *espbak_export_format_ending(espbak_export_format format)
{
    return export_format_of(format)->ending;
}

bool espbak_export_format_is_folder(espbak_export_format format)
{
    return export_format_of(format)->index != NULL;
}
