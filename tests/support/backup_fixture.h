/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_BACKUP_FIXTURE_H
#define TESTS_BACKUP_FIXTURE_H

/* Small backups in the folder of a test. */

#include <stdint.h>
#include <sys/stat.h>

#include "espbak/backup.h"
#include "support/folder_fixture.h"

espbak_manifest small_manifest(void);

/* Sector `index` of the flash, different for each. */
void fill_sector(uint8_t sector[4096], unsigned index);

espbak_region sectors(const char *name, unsigned first, unsigned count);

void append_region(espbak_backup_writer *writer, const espbak_region *region);

/* Three regions; returns the path of the sealed backup, to be freed. */
char *make_backup(const char *folder, const char *name);

char *load(const char *folder, const char *name, size_t *size);

void store(const char *folder, const char *name, const char *bytes, size_t size);

/* A file in which no sector is like another one, by `seed` too. */
void store_noise(const char *folder, const char *name, size_t size, unsigned seed);

bool same_files(const fixture *fix, const char *a, const char *b);

bool there(const char *folder, const char *name);

void delete_file(const char *folder, const char *name);

void rename_file(const char *folder, const char *from, const char *to);

/* Open and check, as verify does before it trusts a backup. */
espbak_status open_and_check(const char *path, espbak_backup_note_fn note, void *user, espbak_error *err);

/* "open.partial", with one of sixteen sectors. */
void make_partial(const fixture *fix);

/* Replaces the first `from` in a file by `to`, of the same length. */
void replace_text(const char *path, const char *name, const char *from, const char *to);

#endif
