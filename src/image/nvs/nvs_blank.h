/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NVS_BLANK_H
#define NVS_BLANK_H

/* Values of NVS blanked in place: keys, types and sizes stay, and every CRC is right again. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NVS_BLANK_HEAD = 32 }; /* bytes of a page that say whether it was blanked */

/*
 * Blank one page. Entries that were given up, and what cannot be told to be an entry, such as ciphertext, become 0xFF,
 * as does a whole page whose header is wrong: erased entries keep their old values. The header says what was done,
 * where programs find nothing. Returns how many values were blanked.
 */
size_t nvs_blank_page(uint8_t *page);

/* Whether a page begins as nvs_blank_page leaves it. */
bool nvs_blank_is_done(const uint8_t head[NVS_BLANK_HEAD]);

#endif
