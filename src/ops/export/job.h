/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_EXPORT_JOB_H
#define OPS_EXPORT_JOB_H

/* What the files of this room share: what is written, and where it goes to. */

#include "base/digest.h"
#include "base/file.h"
#include "espbak/export.h"
#include "ops/content/source.h"

/* Bytes of the flash that are held, next to each other. */
typedef struct export_run {
    uint64_t offset, size;
} export_run;

typedef struct export_format export_format;

typedef struct export_job {
    const espbak_export_options *options;
    const export_format *format;
    espbak_export_result *result;
    flash_source source;
    espbak_image_reader reader; /* what is written, by its place in the flash */
    export_run *runs;           /* in the order of the flash, apart from each other */
    size_t run_count;
    uint8_t *buffer; /* EXPORT_CHUNK bytes */
    file *out;       /* NULL: the sink; of a folder, the file that is being written */
    digest_pair hashes;
    struct redaction *redacted;         /* NULL: nothing is */
    struct export_packer *packer;       /* of gzip */
    uint32_t block_number, block_count; /* of UF2 */
    char *folder;                       /* that is being made */
    uint64_t total;                     /* bytes of flash that are to be written, for the progress */
} export_job;

enum { EXPORT_CHUNK = 64 * 1024 };

/* ---- walk.c ---- */

/* Bytes of the one file that is written. */
ESPBAK_MUST_USE espbak_status export_put(export_job *job, const void *bytes, size_t size, espbak_error *err);

/* Gets flash contents in order. */
typedef espbak_status (*export_take)(export_job *job, uint64_t offset, const uint8_t *data, size_t size,
                                     espbak_error *err);

/* Hand all of a range on, in parts of at most EXPORT_CHUNK bytes; what is not held is 0xFF. */
ESPBAK_MUST_USE espbak_status export_walk(export_job *job, uint64_t offset, uint64_t size, export_take take,
                                          espbak_error *err);

/* Whether all of a range is 0xFF in `reader`. */
ESPBAK_MUST_USE espbak_status export_is_erased(export_job *job, const espbak_image_reader *reader, uint64_t offset,
                                               uint64_t size, bool *erased, espbak_error *err);

/* ---- notice.c ---- */

/* The list of what was blanked, into the file that is open; and into one of its own, beside what was written. */
espbak_status export_notice(export_job *job, espbak_error *err);
ESPBAK_MUST_USE espbak_status export_notice_beside(export_job *job, espbak_error *err);

/* ---- runs.c ---- */

/* Find out what is held. */
ESPBAK_MUST_USE espbak_status export_find_runs(export_job *job, espbak_error *err);
/* Say what is not there, and what is not proven; ESPBAK_E_REFUSED where that is too much. */
ESPBAK_MUST_USE espbak_status export_judge(export_job *job, espbak_error *err);

/* ---- one file a format ---- */

espbak_status export_bin(export_job *job, espbak_error *err);
espbak_status export_gz(export_job *job, espbak_error *err);
espbak_status export_hex(export_job *job, espbak_error *err);
espbak_status export_uf2(export_job *job, espbak_error *err);
bool export_uf2_knows(const espbak_chip *chip);
/* A folder of files, and the one that says what they are. */
espbak_status export_folder(export_job *job, espbak_error *err);

/* ---- index.c: that one ---- */

espbak_status export_flash_args(export_job *job, espbak_error *err);
espbak_status export_web_manifest(export_job *job, espbak_error *err);
bool export_web_tools_know(const espbak_chip *chip);
espbak_status export_csv(export_job *job, espbak_error *err);

/* ---- parts.c ---- */

/* Cut what is held into files, one a partition; result->parts. */
ESPBAK_MUST_USE espbak_status export_cut(export_job *job, espbak_error *err);

/* ---- formats.c ---- */

struct export_format {
    const char *name, *ending;
    bool whole; /* the whole flash, whatever is held of it */
    espbak_status (*write)(export_job *job, espbak_error *err);
    const char *index; /* of a folder: what the file is called that tells of it */
    espbak_status (*tell)(export_job *job, espbak_error *err); /* and what writes it */
    bool (*knows)(const espbak_chip *chip); /* it tells of the chip, and whether it can; NULL: it does not */
    bool table;                             /* there has to be one */
};

const export_format *export_format_of(espbak_export_format format);

#endif
