/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_REFUSE_ROWS_H
#define OPS_REFUSE_ROWS_H

/* The functions of the table of dangers, by what they look at. */

#include "espbak/image.h"
#include "ops/safety/refuse.h"

/* Protections of the chip. */
bool refuse_secure_boot_v1(const refuse_target *t, char why[REFUSE_WHY_MAX]);
bool refuse_other_secure_boot(const refuse_target *t, char why[REFUSE_WHY_MAX]);
bool refuse_other_keys(const refuse_target *t, char why[REFUSE_WHY_MAX]);
bool refuse_key_manager(const refuse_target *t, char why[REFUSE_WHY_MAX]);
bool refuse_encryption(const refuse_target *t, char why[REFUSE_WHY_MAX]);
bool refuse_other_encryption_mode(const refuse_target *t, char why[REFUSE_WHY_MAX]);
bool refuse_ciphertext_of_another(const refuse_target *t, char why[REFUSE_WHY_MAX]);
bool refuse_other_download_mode(const refuse_target *t, char why[REFUSE_WHY_MAX]);

/* Anti-rollback. */
bool refuse_rolled_back(const refuse_target *t, char why[REFUSE_WHY_MAX]);
bool refuse_ahead(const refuse_target *t, char why[REFUSE_WHY_MAX]);

/* Bootloader and applications are what secure boot and anti-rollback look at. */
bool refuse_touches_code(const refuse_target *t);

/* Contents that were blanked on purpose. */
bool refuse_redacted(const refuse_target *t, char why[REFUSE_WHY_MAX]);

/* Images. */
bool refuse_image_at(const refuse_target *t, uint64_t offset, espbak_image_header *header);
bool refuse_other_chip(const refuse_target *t, char why[REFUSE_WHY_MAX]);
bool refuse_foreign_file(const refuse_target *t, char why[REFUSE_WHY_MAX]);
bool refuse_foreign_image(const refuse_target *t, char why[REFUSE_WHY_MAX]);
bool refuse_overlong_app(const refuse_target *t, char why[REFUSE_WHY_MAX]);
bool refuse_no_start(const refuse_target *t, char why[REFUSE_WHY_MAX]);
bool refuse_no_bootloader(const refuse_target *t, char why[REFUSE_WHY_MAX]);

#endif
