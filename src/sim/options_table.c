/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/options_table.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

/* Typical figures of W25Q-class parts and of a CPU at ROM speed; documented in espsim --help. */
static const sim_timing default_timing = {
    .read_byte = 100,              /* 10 MB/s: SPI at 80 MHz, two lines */
    .hash_byte = 667,              /* 1.5 MB/s: what own_work.c reckons for a processor at 40 MHz, within 7 % */
    .erase_sector = 45 * SIM_MS,   /* typical of data sheets */
    .erase_block = 150 * SIM_MS,   /* likewise */
    .erase_chip = 2500LL * SIM_MS, /* a MiB: 40 s for 16 MiB */
    .program_page = 700 * SIM_US,  /* 256 bytes */
};

static espbak_status set_path(char path[SIM_PATH_MAX], const char *name, const char *value, espbak_error *err)
{
    if (strlen(value) >= SIM_PATH_MAX)
        return sim_option_bad(name, value, "a path of a length that can be used", err);
    strcpy(path, value);
    return ESPBAK_OK;
}

static espbak_status set_flash(sim_options *o, const char *value, espbak_error *err)
{
    return set_path(o->chip.flash, "flash", value, err);
}

static espbak_status set_size(sim_options *o, const char *value, espbak_error *err)
{
    uint64_t size;
    if (!sim_option_number(value, &size) || size < 65536 || size > (256u << 20) || (size & (size - 1)) != 0)
        return sim_option_bad("size", value, "a power of two from 64K to 256M", err);
    o->chip.size = size;
    return ESPBAK_OK;
}

static espbak_status set_baud(sim_options *o, const char *value, espbak_error *err)
{
    o->line.baud_real = strcmp(value, "real") == 0;
    if (!o->line.baud_real && strcmp(value, "none") != 0)
        return sim_option_bad("baud", value, "real or none", err);
    return ESPBAK_OK;
}

static espbak_status set_milliseconds(sim_time *to, const char *name, const char *value, espbak_error *err)
{
    char *end;
    const double ms = strtod(value, &end);
    if (end == value || *end != '\0' || !(ms >= 0.0) || ms > 10000.0)
        return sim_option_bad(name, value, "a time in milliseconds", err);
    *to = (sim_time)(ms * SIM_MS);
    return ESPBAK_OK;
}

static espbak_status set_latency(sim_options *o, const char *value, espbak_error *err)
{
    return set_milliseconds(&o->line.latency, "latency-ms", value, err);
}

static espbak_status set_gather(sim_options *o, const char *value, espbak_error *err)
{
    return set_milliseconds(&o->line.gather, "gather-ms", value, err);
}

static const struct timing_name {
    const char *name;
    size_t offset;
    double unit; /* nanoseconds in one */
} timing_names[] = {
    {"read-ns", offsetof(sim_timing, read_byte), 1},           {"hash-ns", offsetof(sim_timing, hash_byte), 1},
    {"sector-ms", offsetof(sim_timing, erase_sector), SIM_MS}, {"block-ms", offsetof(sim_timing, erase_block), SIM_MS},
    {"chip-ms", offsetof(sim_timing, erase_chip), SIM_MS},     {"page-us", offsetof(sim_timing, program_page), SIM_US},
};

static espbak_status set_one_time(sim_options *o, const char *value, espbak_error *err)
{
    for (size_t i = 0; i < sizeof(timing_names) / sizeof(timing_names[0]); i++) {
        const struct timing_name *n = &timing_names[i];
        const size_t size = strlen(n->name);
        if (strncmp(value, n->name, size) != 0 || value[size] != ':')
            continue;
        char *end;
        const double number = strtod(value + size + 1, &end);
        if (end == value + size + 1 || (*end != '\0' && *end != '+') || !(number >= 0.0) || number > 1e6)
            break;
        const sim_time time = (sim_time)(number * n->unit);
        memcpy((char *)&o->chip.timing + n->offset, &time, sizeof(time));
        return *end == '+' ? set_one_time(o, end + 1, err) : ESPBAK_OK;
    }
    return sim_option_bad("flash-time", value, "none, default or KEY:NUMBER", err);
}

static espbak_status set_flash_time(sim_options *o, const char *value, espbak_error *err)
{
    static const sim_timing none = {0};
    if (strcmp(value, "none") == 0)
        o->chip.timing = none;
    else if (strcmp(value, "default") == 0)
        o->chip.timing = default_timing;
    else
        return set_one_time(o, value, err);
    return ESPBAK_OK;
}

static espbak_status set_secure_download(sim_options *o, const char *value, espbak_error *err)
{
    (void)value;
    (void)err;
    o->chip.secure_download = true;
    return ESPBAK_OK;
}

static espbak_status set_encrypted(sim_options *o, const char *value, espbak_error *err)
{
    (void)value;
    (void)err;
    o->chip.encrypted = true;
    return ESPBAK_OK;
}

static espbak_status set_key_manager(sim_options *o, const char *value, espbak_error *err)
{
    o->chip.key_manager = true;
    return set_encrypted(o, value, err);
}

static espbak_status set_secure_boot(sim_options *o, const char *value, espbak_error *err)
{
    uint64_t version;
    if (!sim_option_number(value, &version) || version > 2)
        return sim_option_bad("secure-boot", value, "0, 1 or 2", err);
    o->chip.secure_boot = (unsigned)version;
    return ESPBAK_OK;
}

static espbak_status set_boot_key(sim_options *o, const char *value, espbak_error *err)
{
    uint64_t key;
    if (!sim_option_number(value, &key) || key == 0 || key > UINT32_MAX)
        return sim_option_bad("boot-key", value, "a number from 1 to 4294967295", err);
    o->chip.boot_key = (uint32_t)key;
    return ESPBAK_OK;
}

static espbak_status set_secure_version(sim_options *o, const char *value, espbak_error *err)
{
    uint64_t version;
    if (!sim_option_number(value, &version) || version > 32)
        return sim_option_bad("secure-version", value, "0 to 32", err);
    o->chip.secure_version = (unsigned)version;
    return ESPBAK_OK;
}

static espbak_status set_efuse_seed(sim_options *o, const char *value, espbak_error *err)
{
    return sim_option_number(value, &o->chip.efuse_seed) ? ESPBAK_OK
                                                         : sim_option_bad("efuse-seed", value, "a number", err);
}

static espbak_status set_revision(sim_options *o, const char *value, espbak_error *err)
{
    char *end;
    const long major = strtol(value, &end, 10);
    long minor = 0;
    if (end != value && *end == '.')
        minor = strtol(end + 1, &end, 10);
    if (end == value || *end != '\0' || major < 0 || major > 7 || minor < 0 || minor > 15)
        return sim_option_bad("revision", value, "MAJOR.MINOR", err);
    o->chip.revision = (int)(major * 100 + minor);
    return ESPBAK_OK;
}

static espbak_status set_crystal(sim_options *o, const char *value, espbak_error *err)
{
    uint64_t mhz;
    if (!sim_option_number(value, &mhz) || (mhz != 26 && mhz != 32 && mhz != 40 && mhz != 48))
        return sim_option_bad("crystal", value, "26, 32, 40 or 48", err);
    o->chip.crystal_mhz = (unsigned)mhz;
    return ESPBAK_OK;
}

static espbak_status set_flash_id(sim_options *o, const char *value, espbak_error *err)
{
    uint64_t id;
    if (!sim_option_number(value, &id) || id > 0xFFFFFF)
        return sim_option_bad("flash-id", value, "a JEDEC id such as 0xEF4018", err);
    o->chip.flash_id = (uint32_t)id;
    return ESPBAK_OK;
}

static espbak_status set_sfdp_size(sim_options *o, const char *value, espbak_error *err)
{
    uint64_t size;
    if (!sim_option_number(value, &size) || size == 0 || size > (1u << 30))
        return sim_option_bad("sfdp-size", value, "a size up to 1G", err);
    o->chip.sfdp_size = size;
    return ESPBAK_OK;
}

static espbak_status set_no_sfdp(sim_options *o, const char *value, espbak_error *err)
{
    (void)value;
    (void)err;
    o->chip.no_sfdp = true;
    return ESPBAK_OK;
}

static espbak_status set_octal(sim_options *o, const char *value, espbak_error *err)
{
    (void)value;
    (void)err;
    o->chip.octal = true;
    return ESPBAK_OK;
}

static espbak_status set_xpd(sim_options *o, const char *value, espbak_error *err)
{
    (void)value;
    (void)err;
    o->chip.xpd = true;
    return ESPBAK_OK;
}

static espbak_status set_status(sim_options *o, const char *value, espbak_error *err)
{
    uint64_t bits;
    if (!sim_option_number(value, &bits) || bits > 0xFF)
        return sim_option_bad("flash-status", value, "a byte", err);
    o->chip.status = (uint8_t)bits;
    return ESPBAK_OK;
}

static espbak_status set_lasting_status(sim_options *o, const char *value, espbak_error *err)
{
    (void)value;
    (void)err;
    o->chip.lasting_status = true;
    return ESPBAK_OK;
}

static espbak_status set_no_flash_reset(sim_options *o, const char *value, espbak_error *err)
{
    (void)value;
    (void)err;
    o->chip.no_flash_reset = true;
    return ESPBAK_OK;
}

static espbak_status set_mac(sim_options *o, const char *value, espbak_error *err)
{
    char digits[13];
    size_t count = 0;
    for (const char *at = value; *at != '\0' && count < sizeof(digits); at++) {
        if (*at != ':')
            digits[count++] = (char)tolower((unsigned char)*at);
    }
    digits[count < sizeof(digits) ? count : sizeof(digits) - 1] = '\0';
    if (count != 12 || !bytes_from_hex(o->chip.mac, sizeof(o->chip.mac), digits))
        return sim_option_bad("mac", value, "six bytes such as 34:85:18:00:00:01", err);
    o->mac_given = true;
    return ESPBAK_OK;
}

static espbak_status set_boot(sim_options *o, const char *value, espbak_error *err)
{
    if (strcmp(value, "download") == 0)
        o->boot = SIM_BOOT_DOWNLOAD;
    else if (strcmp(value, "app") == 0)
        o->boot = SIM_BOOT_APP;
    else
        return sim_option_bad("boot", value, "download or app", err);
    return ESPBAK_OK;
}

static espbak_status set_usb(sim_options *o, const char *value, espbak_error *err)
{
    if (strcmp(value, "jtag") == 0)
        o->line.usb = SIM_USB_JTAG;
    else if (strcmp(value, "otg") == 0)
        o->line.usb = SIM_USB_OTG;
    else if (strcmp(value, "none") == 0)
        o->line.usb = SIM_USB_NONE;
    else
        return sim_option_bad("usb", value, "jtag, otg or none", err);
    return ESPBAK_OK;
}

static espbak_status set_bridge(sim_options *o, const char *value, espbak_error *err)
{
    o->line.bridge = sim_bridge_by_name(value);
    if (o->line.bridge == NULL)
        return sim_option_bad("bridge", value, "an adapter such as cp2102n", err);
    return ESPBAK_OK;
}

static espbak_status parse_stub_kind(sim_stub_kind *kind, const char *name, const char *value, espbak_error *err)
{
    if (strcmp(value, "auto") == 0)
        *kind = SIM_STUB_AUTO;
    else if (strcmp(value, "current") == 0)
        *kind = SIM_STUB_CURRENT;
    else if (strcmp(value, "legacy") == 0)
        *kind = SIM_STUB_LEGACY;
    else
        return sim_option_bad(name, value, "auto, current or legacy", err);
    return ESPBAK_OK;
}

static espbak_status set_stub_kind(sim_options *o, const char *value, espbak_error *err)
{
    return parse_stub_kind(&o->loader.stub_kind, "stub-kind", value, err);
}

static espbak_status set_fault_stub(sim_options *o, const char *value, espbak_error *err)
{
    if (strcmp(value, "own") == 0 || strcmp(value, "reader") == 0) {
        o->loader.fault_stub = SIM_STUB_OWN;
        return ESPBAK_OK;
    }
    return parse_stub_kind(&o->loader.fault_stub, "fault-stub", value, err);
}

static espbak_status set_fault_baud(sim_options *o, const char *value, espbak_error *err)
{
    uint64_t baud;
    if (!sim_option_number(value, &baud) || baud == 0 || baud > 100000000)
        return sim_option_bad("fault-baud", value, "a rate such as 921600", err);
    o->line.fault_baud = (uint32_t)baud;
    return ESPBAK_OK;
}

static espbak_status set_blank(sim_options *o, const char *value, espbak_error *err)
{
    (void)value;
    (void)err;
    o->chip.blank = true;
    return ESPBAK_OK;
}

static espbak_status set_time(sim_options *o, const char *value, espbak_error *err)
{
    o->real_time = strcmp(value, "real") == 0;
    if (!o->real_time && strcmp(value, "virtual") != 0)
        return sim_option_bad("time", value, "real or virtual", err);
    return ESPBAK_OK;
}

static espbak_status set_report(sim_options *o, const char *value, espbak_error *err)
{
    if (strlen(value) >= sizeof(o->report))
        return sim_option_bad("report", value, "a shorter path", err);
    strcpy(o->report, value);
    return ESPBAK_OK;
}

static espbak_status set_seed(sim_options *o, const char *value, espbak_error *err)
{
    return sim_option_number(value, &o->chip.seed) ? ESPBAK_OK : sim_option_bad("seed", value, "a number", err);
}

static espbak_status set_fault(sim_options *o, const char *value, espbak_error *err)
{
    return sim_fault_parse(&o->line.faults, value, err);
}

static espbak_status set_fault_count(sim_options *o, const char *value, espbak_error *err)
{
    return set_path(o->fault_count, "fault-count", value, err);
}

const sim_option sim_option_table[] = {
    {"flash", "FILE", set_flash, "flash image; made if missing, all erased; without it a built-in one", 0},
    {"size", "N", set_size, "flash size, default: the image's, else the chip's usual one", 0},
    {"flash-id", "ID", set_flash_id, "JEDEC id, default 0xEF40xx by size; with another size it is a part that lies", 0},
    {"flash-status", "BYTE", set_status, "status register 1 at start: block protection in bits 2 to 6", 0},
    {"lasting-status", NULL, set_lasting_status, "its status registers have no volatile bits", 0},
    {"no-flash-reset", NULL, set_no_flash_reset, "the flash is not reset by commands 66 99", 0},
    {"flash-time", "T", set_flash_time,
     "none, default, or any of read-ns:100 hash-ns:667 (a byte) sector-ms:45 block-ms:150 chip-ms:2500 (a MiB) "
     "page-us:700, joined by +",
     0},
    {"sfdp-size", "N", set_sfdp_size, "what its SFDP table says of its size; default: the truth", 0},
    {"no-sfdp", NULL, set_no_sfdp, "the flash has no SFDP table", 0},
    {"octal", NULL, set_octal, "eFuse says an eight-line flash", 0},
    {"blank", NULL, set_blank, "the built-in image is erased", 0},
    {"baud", "real|none", set_baud, "real: a byte takes 10/baud; none: no time", 0},
    {"latency-ms", "MS", set_latency, "one way, between this end of the line and the chip", 0},
    {"gather-ms", "MS", set_gather,
     "espsim only: bytes are handed on together once in so long, as an adapter's latency timer does; less work for "
     "this "
     "computer",
     0},
    {"boot", "download|app", set_boot, "how it starts; by default the app where the line can reset it", 0},
    {"usb", "jtag|otg", set_usb, "the chip's own USB instead of a bridge: its way of being reset", 0},
    {"bridge", "NAME", set_bridge,
     "the adapter, with the rates that it can make and the errors above those that it carries: cp2102, cp2104, "
     "cp2102n, "
     "ch340, ch343, ch9102, ft232r, ft232h, pl2303; default: one that carries any rate",
     0},
    {"revision", "M.N", set_revision, "chip revision", 0},
    {"crystal", "MHZ", set_crystal, "26, 32, 40 or 48", 0},
    {"mac", "MAC", set_mac, "base MAC address", 0},
    {"secure-download", NULL, set_secure_download, "Secure Download Mode", 0},
    {"encrypted", NULL, set_encrypted, "flash encryption is on by eFuse", 0},
    {"key-manager", NULL, set_key_manager, "encrypted, with a key from the Key Manager", SIM_FUSE_KEY_MANAGER},
    {"secure-boot", "1|2", set_secure_boot, "secure boot is on by eFuse", 0},
    {"boot-key", "N", set_boot_key, "what the digest of its key begins with, default 1", 0},
    {"efuse-seed", "N", set_efuse_seed, "all eFuses without a meaning here hold something, by this number", 0},
    {"secure-version", "N", set_secure_version, "version of anti-rollback, by eFuse, 0 to 32 as far as the field goes",
     0},
    {"xpd", NULL, set_xpd, "flash stays powered in download mode", SIM_FUSE_XPD},
    {"stub-kind", "KIND", set_stub_kind, "auto, current or legacy: how a stub that was loaded behaves", 0},
    {"own", "FATE", sim_option_set_own,
     "espbak's own loader, once loaded: works, silent (never says a word), crashes, misreads (wrong bytes with the "
     "right "
     "checksum) or lies (so do its digests, and what it writes)",
     0},
    {"own-mhz", "MHZ", sim_option_set_own_mhz,
     "its processor's clock; default: what it raises it to, else what the ROM leaves", 0},
    {"own-cycles", "X", sim_option_set_own_cycles,
     "cycles an instruction, default 1.7; with the clock: its time for compressing and hashing", 0},
    {"own-block", "SIZE", sim_option_set_own_block, "the longest block that it takes, default by chip, 64K mostly", 0},
    {"own-dies", "N", sim_option_set_own_dies, "it stops for good after N answers", 0},
    {"report", "FILE", set_report,
     "gets a line at the end: milliseconds, bytes that came over the line, bytes that went out", 0},
    {"seed", "N", set_seed, "of all chance", 0},
    {"fault", "PLAN", set_fault,
     "KIND[.to|.from]:AMOUNT joined by +. AMOUNT is a probability for each byte: flip, drop, insert, stall, burst; a "
     "probability each time: lie (an MD5), lie-data, lie-write, lose (a request that waits), deaf-baud; a byte's "
     "number: flip-at, drop-at, insert-at, stall-at, burst-at, cut, reset, die; eight times that, and a bit's: bit-at; "
     "a place in flash: mute, flicker, waver, garble, crash",
     0},
    {"fault-baud", "N", set_fault_baud, "faults of the line strike at N baud and above only", 0},
    {"fault-stub", "KIND", set_fault_stub, "mute, garble and crash while that one runs only: current, legacy or own",
     0},
    {"fault-count", "FILE", set_fault_count, "append how often each kind of fault has happened, at the end", 0},
    {"time", "real|virtual", set_time, "sim: only; virtual time by default", 0},
};

const size_t sim_option_count = sizeof(sim_option_table) / sizeof(sim_option_table[0]);
