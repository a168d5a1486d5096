/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/os/stdin_file.h"

#include "cli/os/terminal.h"

enum { PIECE = 16 * 1024 };
static const uint64_t SIZE_MAX_KEPT = 1024 * 1024 * 1024; /* more than any flash, in whatever it is packed */

static espbak_status read_kept(void *ctx, uint64_t offset, void *buffer, size_t size, espbak_error *err)
{
    const stdin_file *in = ctx;
    if (fseek(in->kept, (long)offset, SEEK_SET) == 0 && fread(buffer, 1, size, in->kept) == size)
        return ESPBAK_OK;
    return espbak_fail(err, ESPBAK_E_FILE, "what came from standard input could not be read back");
}

static espbak_status keep_all(stdin_file *in, const espbak_cancel *cancel, espbak_error *err)
{
    uint8_t piece[PIECE];
    for (size_t got = sizeof(piece); got == sizeof(piece);) {
        got = fread(piece, 1, sizeof(piece), stdin);
        if (cancel->requested)
            return espbak_fail(err, ESPBAK_E_CANCELLED, "interrupted while standard input was read");
        if (ferror(stdin))
            return espbak_fail(err, ESPBAK_E_FILE, "standard input cannot be read");
        if (in->reader.size + got > SIZE_MAX_KEPT)
            return espbak_fail(err, ESPBAK_E_FILE, "standard input has more than any flash");
        if (fwrite(piece, 1, got, in->kept) != got)
            return espbak_fail(err, ESPBAK_E_FILE, "there is no room to keep what comes from standard input");
        in->reader.size += got;
    }
    return fflush(in->kept) == 0
               ? ESPBAK_OK
               : espbak_fail(err, ESPBAK_E_FILE, "there is no room to keep what comes from standard input");
}

espbak_status stdin_file_open(stdin_file *in, const espbak_cancel *cancel, espbak_error *err)
{
    if (terminal_is_tty(TERMINAL_STDIN)) {
        espbak_fail(err, ESPBAK_E_USAGE, "standard input is a terminal, and - wants a file from there");
        espbak_error_hint(err, "send one there, such as with cat FILE | espbak ..., or name it");
        return ESPBAK_E_USAGE;
    }
    terminal_binary_stdin();
    in->kept = tmpfile();
    if (in->kept == NULL)
        return espbak_fail(err, ESPBAK_E_FILE, "a temporary file for standard input cannot be made");
    in->reader = (espbak_image_reader){.read = read_kept, .ctx = in};
    return keep_all(in, cancel, err);
}

void stdin_file_close(stdin_file *in)
{
    if (in->kept != NULL)
        (void)fclose(in->kept);
    in->kept = NULL;
}
