/* SPDX-License-Identifier: Apache-2.0 */
#include "store/manifest/manifest_fields.h"

const char manifest_format_name[] = "espbak-backup";

static const word_row states[] = {
    [ESPBAK_STATE_VERIFIED] = {.name = "verified"},
    [ESPBAK_STATE_UNVERIFIED] = {.name = "unverified"},
    [ESPBAK_STATE_HOLES] = {.name = "holes"},
    [ESPBAK_STATE_EDITED] = {.name = "edited"},
};
static const word_table state_words = WORD_TABLE(states);

static const word_row modes[] = {{.name = "quad"}, {.name = "octal"}};
static const word_table mode_words = WORD_TABLE(modes);

static const word_row download_modes[] = {
    [ESPBAK_UNKNOWN] = {.name = "unknown"},
    [ESPBAK_NO] = {.name = "normal"},
    [ESPBAK_YES] = {.name = "secure"},
};
static const word_table download_words = WORD_TABLE(download_modes);

const char *espbak_backup_state_name(espbak_backup_state state)
{
    return words_name(&state_words, state);
}

_Static_assert(sizeof(espbak_backup_state) == 4 && sizeof(espbak_tristate) == 4 && sizeof(espbak_loader) == 4,
               "words are stored by the size of their member");

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define AT(member)   .at = offsetof(espbak_manifest, member), .size = sizeof(((espbak_manifest *)0)->member)
#define PLAIN        .known = FIELD_NO_FLAG
#define KNOWN(flag)  .known = offsetof(espbak_manifest, flag)

/* clang-format off */
const manifest_field manifest_fields[] = {
    {"", "created", FIELD_TEXT, FIELD_REQUIRED, AT(created), PLAIN},
    {"tool", "name", FIELD_TEXT, FIELD_OPTIONAL, AT(tool_name), PLAIN},
    {"tool", "version", FIELD_TEXT, FIELD_OPTIONAL, AT(tool_version), PLAIN},
    {"", "note", FIELD_TEXT, FIELD_WRITTEN, AT(note), PLAIN},
    {"", "state", FIELD_WORD, FIELD_REQUIRED, AT(state), PLAIN, .words = &state_words},
    {"verification", "method", FIELD_TEXT, FIELD_WRITTEN, AT(verify_method), PLAIN},
    {"verification", "read_by", FIELD_TEXT, FIELD_OPTIONAL, AT(read_by), PLAIN},
    {"verification", "confirmed_by", FIELD_TEXT, FIELD_OPTIONAL, AT(confirmed_by), PLAIN},
    {"verification", "confirmed_alone", FIELD_FLAG, FIELD_OPTIONAL, AT(confirmed_alone), PLAIN},

    {"chip", "name", FIELD_TEXT, FIELD_OPTIONAL, AT(chip), PLAIN},
    {"chip", "description", FIELD_TEXT, FIELD_OPTIONAL, AT(chip_description), PLAIN},
    {"chip", "revision", FIELD_NUMBER, FIELD_OPTIONAL, AT(revision), KNOWN(revision_known), .max = 65535},
    {"chip", "features", FIELD_TEXT, FIELD_OPTIONAL, AT(features), PLAIN},
    {"chip", "crystal_mhz", FIELD_NUMBER, FIELD_OPTIONAL, AT(crystal_mhz), PLAIN, .max = 1000},
    {"chip", "mac", FIELD_MAC, FIELD_OPTIONAL, AT(mac), KNOWN(mac_known)},

    {"flash", "size", FIELD_NUMBER, FIELD_REQUIRED, AT(flash.size), PLAIN, .max = ESPBAK_FLASH_SIZE_MAX},
    {"flash", "size_source", FIELD_WORD, FIELD_OPTIONAL, AT(flash.size_source), PLAIN, .words = &size_source_words},
    {"flash", "size_proof", FIELD_WORD, FIELD_OPTIONAL, AT(flash.size_proof), PLAIN, .words = &size_proof_words},
    {"flash", "sfdp_size", FIELD_NUMBER, FIELD_OPTIONAL, AT(flash.sfdp_size), PLAIN, .max = MANIFEST_NUMBER_MAX},
    {"flash", "repeats_at", FIELD_NUMBER, FIELD_OPTIONAL, AT(flash.repeats_at), PLAIN, .max = MANIFEST_NUMBER_MAX},
    {"flash", "jedec_id", FIELD_JEDEC_ID, FIELD_OPTIONAL, AT(flash.jedec_id), PLAIN},
    {"flash", "manufacturer", FIELD_TEXT, FIELD_OPTIONAL, AT(flash.manufacturer), PLAIN},
    {"flash", "unique_id", FIELD_UNIQUE_ID, FIELD_OPTIONAL, AT(flash.unique_id), KNOWN(flash.unique_id_known)},
    {"flash", "status_registers", FIELD_REGISTERS, FIELD_OPTIONAL, AT(flash.status_registers),
     KNOWN(flash.status_known)},
    {"flash", "mode", FIELD_WORD, FIELD_OPTIONAL, AT(flash.octal), PLAIN, .words = &mode_words},
    {"flash", "voltage", FIELD_TEXT, FIELD_OPTIONAL, AT(flash.voltage), PLAIN},

    {"security", "flash_encryption", FIELD_TRISTATE, FIELD_OPTIONAL, AT(security.flash_encryption), PLAIN},
    {"security", "secure_boot", FIELD_TRISTATE, FIELD_OPTIONAL, AT(security.secure_boot), PLAIN},
    {"security", "secure_boot_version", FIELD_NUMBER, FIELD_OPTIONAL, AT(security.secure_boot_version), PLAIN,
     .max = 255},
    {"security", "download_mode", FIELD_WORD, FIELD_OPTIONAL, AT(security.secure_download), PLAIN,
     .words = &download_words},
    {"security", "key_manager_flash", FIELD_TRISTATE, FIELD_OPTIONAL, AT(security.key_manager_flash), PLAIN},
    {"security", "secure_version", FIELD_NUMBER, FIELD_OPTIONAL, AT(security.secure_version),
     KNOWN(security.secure_version_known), .max = 32},
    {"security", "boot_key_0", FIELD_HEX, FIELD_OPTIONAL, AT(security.boot_keys[0].digest),
     KNOWN(security.boot_keys[0].known)},
    {"security", "boot_key_1", FIELD_HEX, FIELD_OPTIONAL, AT(security.boot_keys[1].digest),
     KNOWN(security.boot_keys[1].known)},
    {"security", "boot_key_2", FIELD_HEX, FIELD_OPTIONAL, AT(security.boot_keys[2].digest),
     KNOWN(security.boot_keys[2].known)},
    {"security.raw", "flags", FIELD_NUMBER, FIELD_OPTIONAL, AT(security.raw_flags), KNOWN(security.raw_known),
     .max = UINT32_MAX},
    {"security.raw", "flash_crypt_count", FIELD_NUMBER, FIELD_OPTIONAL, AT(security.flash_crypt_count), PLAIN,
     .max = 255},
    {"security.raw", "key_purposes", FIELD_BYTES, FIELD_OPTIONAL, AT(security.key_purposes),
     KNOWN(security.raw_known)},

    {"partition_table", "offset", FIELD_NUMBER, FIELD_OPTIONAL, AT(table.offset), KNOWN(table.known),
     .max = MANIFEST_NUMBER_MAX},
    {"partition_table", "md5_ok", FIELD_TRISTATE, FIELD_OPTIONAL, AT(table.md5_ok), PLAIN},
    {"bootloader", "idf", FIELD_TEXT, FIELD_OPTIONAL, AT(bootloader.idf), PLAIN},
    {"bootloader", "compiled", FIELD_TEXT, FIELD_OPTIONAL, AT(bootloader.compiled), PLAIN},
    {"bootloader", "sha256_ok", FIELD_TRISTATE, FIELD_OPTIONAL, AT(bootloader.sha256_ok), PLAIN},
    {"ota", "active_slot", FIELD_TEXT, FIELD_OPTIONAL, AT(ota.active_slot), PLAIN},
    {"ota", "seq", FIELD_NUMBER, FIELD_OPTIONAL, AT(ota.seq), KNOWN(ota.seq_known), .max = UINT32_MAX},
    {"ota", "state", FIELD_TEXT, FIELD_OPTIONAL, AT(ota.state), PLAIN},

    {"origin", "line_bytes", FIELD_NUMBER, FIELD_OPTIONAL, AT(line_bytes), PLAIN, .max = MANIFEST_NUMBER_MAX},
    {"origin", "erased_bytes", FIELD_NUMBER, FIELD_OPTIONAL, AT(erased_bytes), PLAIN, .max = MANIFEST_NUMBER_MAX},
    {"origin", "base_bytes", FIELD_NUMBER, FIELD_OPTIONAL, AT(base_bytes), PLAIN, .max = MANIFEST_NUMBER_MAX},
    {"origin", "base", FIELD_TEXT, FIELD_OPTIONAL, AT(base), PLAIN},
    {"edited", "from", FIELD_TEXT, FIELD_OPTIONAL, AT(edited.from), PLAIN},
    {"edited", "from_created", FIELD_TEXT, FIELD_OPTIONAL, AT(edited.from_created), PLAIN},

    {"link", "port", FIELD_TEXT, FIELD_OPTIONAL, AT(link.port), PLAIN},
    {"link", "baud", FIELD_NUMBER, FIELD_OPTIONAL, AT(link.baud), PLAIN, .max = UINT32_MAX},
    {"link", "native_usb", FIELD_FLAG, FIELD_WRITTEN, AT(link.native_usb), PLAIN},
    {"link", "loader", FIELD_WORD, FIELD_WRITTEN, AT(link.loader), PLAIN, .words = &loader_words},
    {"link", "stub", FIELD_TEXT, FIELD_OPTIONAL, AT(link.stub_source), PLAIN},
    {"link", "retries", FIELD_NUMBER, FIELD_WRITTEN, AT(retries), PLAIN, .max = UINT32_MAX},
    {"link", "reconnects", FIELD_NUMBER, FIELD_OPTIONAL, AT(reconnects), PLAIN, .max = UINT32_MAX},
    {"link", "reread_bytes", FIELD_NUMBER, FIELD_OPTIONAL, AT(reread_bytes), PLAIN, .max = MANIFEST_NUMBER_MAX},
    {"link", "resyncs", FIELD_NUMBER, FIELD_OPTIONAL, AT(repairs.resyncs), PLAIN, .max = UINT32_MAX},
    {"link", "mended_sectors", FIELD_NUMBER, FIELD_OPTIONAL, AT(repairs.mended_sectors), PLAIN, .max = UINT32_MAX},
    {"link", "baud_steps", FIELD_NUMBER, FIELD_OPTIONAL, AT(repairs.baud_steps), PLAIN, .max = UINT32_MAX},
    {"link", "restarts", FIELD_NUMBER, FIELD_OPTIONAL, AT(repairs.restarts), PLAIN, .max = UINT32_MAX},
    {"link", "loader_changes", FIELD_NUMBER, FIELD_OPTIONAL, AT(repairs.loader_changes), PLAIN, .max = UINT32_MAX},
    {"link", "bytes_on_wire", FIELD_NUMBER, FIELD_WRITTEN, AT(bytes_on_wire), PLAIN, .max = MANIFEST_NUMBER_MAX},
    {"link", "seconds", FIELD_SECONDS, FIELD_WRITTEN, AT(seconds), PLAIN},
};
const size_t manifest_field_count = COUNT(manifest_fields);

#undef AT
#define AT(member) .at = offsetof(espbak_region, member), .size = sizeof(((espbak_region *)0)->member)

const manifest_field manifest_region_fields[] = {
    {"", "name", FIELD_TEXT, FIELD_REQUIRED, AT(name), PLAIN},
    {"", "type", FIELD_TEXT, FIELD_OPTIONAL, AT(type), PLAIN},
    {"", "subtype", FIELD_TEXT, FIELD_OPTIONAL, AT(subtype), PLAIN},
    {"", "offset", FIELD_NUMBER, FIELD_REQUIRED, AT(offset), PLAIN, .max = MANIFEST_NUMBER_MAX},
    {"", "size", FIELD_NUMBER, FIELD_REQUIRED, AT(size), PLAIN, .max = MANIFEST_NUMBER_MAX},
    {"", "file", FIELD_TEXT, FIELD_REQUIRED, AT(file), PLAIN},
    {"", "sha256", FIELD_HEX, FIELD_REQUIRED, AT(sha256), PLAIN},
    {"", "md5", FIELD_HEX, FIELD_REQUIRED, AT(md5), PLAIN},
};
const size_t manifest_region_field_count = COUNT(manifest_region_fields);

#undef AT
#define AT(member)                                                                                                     \
    .at = offsetof(espbak_manifest_partition, member), .size = sizeof(((espbak_manifest_partition *)0)->member)

static const manifest_field partition_fields[] = {
    {"", "name", FIELD_TEXT, FIELD_WRITTEN, AT(name), PLAIN},
    {"", "type", FIELD_TEXT, FIELD_REQUIRED, AT(type), PLAIN},
    {"", "subtype", FIELD_TEXT, FIELD_REQUIRED, AT(subtype), PLAIN},
    {"", "offset", FIELD_NUMBER, FIELD_REQUIRED, AT(offset), PLAIN, .max = MANIFEST_NUMBER_MAX},
    {"", "size", FIELD_NUMBER, FIELD_REQUIRED, AT(size), PLAIN, .max = MANIFEST_NUMBER_MAX},
    {"", "encrypted", FIELD_FLAG, FIELD_WRITTEN, AT(encrypted), PLAIN},
    {"", "read_only", FIELD_FLAG, FIELD_WRITTEN, AT(read_only), PLAIN},
};

#undef AT
#define AT(member) .at = offsetof(espbak_manifest_app, member), .size = sizeof(((espbak_manifest_app *)0)->member)

static const manifest_field app_fields[] = {
    {"", "slot", FIELD_TEXT, FIELD_REQUIRED, AT(slot), PLAIN},
    {"", "active", FIELD_FLAG, FIELD_WRITTEN, AT(active), PLAIN},
    {"", "project", FIELD_TEXT, FIELD_OPTIONAL, AT(project), PLAIN},
    {"", "version", FIELD_TEXT, FIELD_OPTIONAL, AT(version), PLAIN},
    {"", "idf", FIELD_TEXT, FIELD_OPTIONAL, AT(idf), PLAIN},
    {"", "compiled", FIELD_TEXT, FIELD_OPTIONAL, AT(compiled), PLAIN},
    {"", "sha256_ok", FIELD_TRISTATE, FIELD_OPTIONAL, AT(sha256_ok), PLAIN},
};

#undef AT
#define AT(member)                                                                                                     \
    .at = offsetof(espbak_manifest_source, member), .size = sizeof(((espbak_manifest_source *)0)->member)

static const manifest_field source_fields[] = {
    {"", "backup", FIELD_TEXT, FIELD_REQUIRED, AT(backup), PLAIN},
    {"", "bytes", FIELD_NUMBER, FIELD_REQUIRED, AT(bytes), PLAIN, .max = MANIFEST_NUMBER_MAX},
};

#undef AT
#define AT(member) .at = offsetof(espbak_manifest_edit, member), .size = sizeof(((espbak_manifest_edit *)0)->member)

static const manifest_field edit_fields[] = {
    {"", "partition", FIELD_TEXT, FIELD_REQUIRED, AT(partition), PLAIN},
    {"", "namespace", FIELD_TEXT, FIELD_REQUIRED, AT(space), PLAIN},
    {"", "key", FIELD_TEXT, FIELD_REQUIRED, AT(key), PLAIN},
    {"", "type", FIELD_TEXT, FIELD_REQUIRED, AT(type), PLAIN},
    {"", "change", FIELD_TEXT, FIELD_REQUIRED, AT(change), PLAIN},
};

#undef AT
#define AT(member) .at = offsetof(espbak_efuse_block, member), .size = sizeof(((espbak_efuse_block *)0)->member)

static const manifest_field efuse_block_fields[] = {
    {"", "block", FIELD_NUMBER, FIELD_REQUIRED, AT(number), PLAIN, .max = 31},
    {"", "words", FIELD_WORDS, FIELD_REQUIRED, AT(words), PLAIN},
};

#undef AT
#define AT(member) .at = offsetof(espbak_manifest_efuse, member), .size = sizeof(((espbak_manifest_efuse *)0)->member)

static const manifest_field efuse_fields[] = {
    {"", "name", FIELD_TEXT, FIELD_REQUIRED, AT(name), PLAIN},
    {"", "value", FIELD_TEXT, FIELD_REQUIRED, AT(value), PLAIN},
};

const manifest_array manifest_arrays[] = {
    {"efuses", "blocks", efuse_block_fields, COUNT(efuse_block_fields), offsetof(espbak_manifest, efuses.blocks),
     sizeof(espbak_efuse_block), offsetof(espbak_manifest, efuses.count), ESPBAK_EFUSE_BLOCKS, true},
    {"efuses", "fields", efuse_fields, COUNT(efuse_fields), offsetof(espbak_manifest, efuse_list),
     sizeof(espbak_manifest_efuse), offsetof(espbak_manifest, efuse_count), ESPBAK_MANIFEST_EFUSES_MAX, false},
    {"partition_table", "entries", partition_fields, COUNT(partition_fields), offsetof(espbak_manifest, table.entries),
     sizeof(espbak_manifest_partition), offsetof(espbak_manifest, table.count), ESPBAK_MANIFEST_PARTITIONS_MAX,
     false},
    {"", "apps", app_fields, COUNT(app_fields), offsetof(espbak_manifest, apps), sizeof(espbak_manifest_app),
     offsetof(espbak_manifest, app_count), ESPBAK_MANIFEST_APPS_MAX, false},
    {"origin", "sources", source_fields, COUNT(source_fields), offsetof(espbak_manifest, sources),
     sizeof(espbak_manifest_source), offsetof(espbak_manifest, source_count), ESPBAK_KNOWN_MAX, false},
    {"edited", "changes", edit_fields, COUNT(edit_fields), offsetof(espbak_manifest, edited.edits),
     sizeof(espbak_manifest_edit), offsetof(espbak_manifest, edited.count), ESPBAK_MANIFEST_EDITS_MAX,
     false},
};
const size_t manifest_array_count = COUNT(manifest_arrays);
/* clang-format on */
