/* SPDX-License-Identifier: Apache-2.0 */
#include "espbak/device.h"

#include <stdio.h>

#include "base/words.h"

static const word_row loaders[] = {
    [ESPBAK_LOADER_ROM] = {"rom", "the ROM loader", NULL},
    [ESPBAK_LOADER_STUB_CURRENT] = {"stub", "the current stub", NULL},
    [ESPBAK_LOADER_STUB_LEGACY] = {"legacy-stub", "the legacy stub", NULL},
    [ESPBAK_LOADER_OWN] = {"own", "espbak's own loader", "reader"},
};
const word_table loader_words = WORD_TABLE(loaders);

static const word_row size_sources[] = {
    [ESPBAK_SIZE_UNKNOWN] = {"unknown", NULL, NULL},     [ESPBAK_SIZE_JEDEC] = {"jedec", "JEDEC ID", NULL},
    [ESPBAK_SIZE_SFDP] = {"sfdp", "SFDP", NULL},         [ESPBAK_SIZE_PROBE] = {"probe", NULL, NULL},
    [ESPBAK_SIZE_USER] = {"user", "--flash-size", NULL},
};
const word_table size_source_words = WORD_TABLE(size_sources);

static const word_row size_proofs[] = {
    [ESPBAK_PROOF_UNKNOWN] = {"unknown", NULL, NULL}, [ESPBAK_PROOF_TOLD] = {"told", NULL, NULL},
    [ESPBAK_PROOF_AGREED] = {"agreed", NULL, NULL},   [ESPBAK_PROOF_SHOWN] = {"shown", NULL, NULL},
    [ESPBAK_PROOF_DOUBTED] = {"doubted", NULL, NULL},
};
const word_table size_proof_words = WORD_TABLE(size_proofs);

const char *espbak_loader_name(espbak_loader loader)
{
    return words_name(&loader_words, loader);
}

const char *espbak_loader_phrase(espbak_loader loader)
{
    return words_phrase(&loader_words, loader);
}

const char *espbak_size_source_name(espbak_size_source source)
{
    return words_name(&size_source_words, source);
}

const char *espbak_size_source_phrase(espbak_size_source source)
{
    return words_phrase(&size_source_words, source);
}

const char *espbak_size_proof_name(espbak_size_proof proof)
{
    return words_name(&size_proof_words, proof);
}

void espbak_efuse_block_text(char text[ESPBAK_EFUSE_BLOCK_TEXT], const espbak_efuse_block *block)
{
    enum { EACH = 9 };
    text[0] = '\0';
    for (size_t i = 0; i < block->count && i < ESPBAK_EFUSE_WORDS; i++)
        snprintf(text + EACH * i - (i > 0), EACH + (i > 0), "%s%08x", i > 0 ? " " : "", (unsigned)block->words[i]);
}
