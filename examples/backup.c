/* SPDX-License-Identifier: Apache-2.0 */
/* The whole flash of a chip into a new folder. To try it without one: backup sim:esp32s3 */
#include <inttypes.h>
#include <stdio.h>

#include <espbak/ops.h>

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: %s PORT [FOLDER]\n", argv[0]);
        return 2;
    }
    /* All zero means: recognise the chip, use the fastest rate, prove the copy, start the application again. */
    const espbak_backup_options options = {
        .session = {.port = argv[1]},
        .folder = argc > 2 ? argv[2] : "backups",
    };
    espbak_backup_result result;
    espbak_error err = {0};
    const espbak_status status = espbak_backup_run(&options, &result, &err);
    if (status == ESPBAK_OK) {
        printf("%s: %" PRIu64 " bytes, %s\n", result.path, result.size, espbak_backup_state_name(result.state));
    } else {
        /* The message says what failed and where, the hint what can be done about it. */
        fprintf(stderr, "%s: %s\n", argv[0], err.message);
        if (err.hint[0] != '\0')
            fprintf(stderr, "%s\n", err.hint);
    }
    /* Also after an error: the result then tells how far it came. */
    espbak_backup_result_free(&result);
    return status == ESPBAK_OK ? 0 : 1;
}
