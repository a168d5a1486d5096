/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_SERVER_H
#define SIM_SERVER_H

/*
 * A simulated chip behind a socket, an RFC 2217 server or a pseudo-terminal, on the computer's clock.
 * One client at a time; when it goes, the next may come, and the chip is as the last one left it. On
 * a plain socket, where nobody can press the buttons, an application that runs is sent back to
 * download mode when a client comes.
 *
 * A pseudo-terminal carries data and, through its terminal settings, the baud rate; modem lines it
 * cannot carry. These come by a control socket, a Unix stream socket with a line of text for each
 * request and one line of answer, "ok …" or "error …":
 *
 *     dtr 0|1        assert or release DTR
 *     rts 0|1        assert or release RTS
 *     lines D R      both in one step (DTR first), as one ioctl does
 *     baud N         the host's rate; from then on the terminal's settings do not count
 *     state          "ok reset", "ok download", "ok stub" or "ok app"
 *     overflows      "ok N": bytes lost in the chip's receive FIFO
 *     power          off and on again
 *
 * Requests act when they are read; the answer comes afterwards. Several controllers may be connected.
 */

#include <signal.h>

#include "sim/options.h"

typedef struct sim_server_setup {
    const char *listen;                /**< tcp:PORT, tcp:HOST:PORT, rfc2217:… or pty:LINK; PORT 0 picks one */
    const char *control;               /**< unix:PATH, or NULL */
    const volatile sig_atomic_t *stop; /**< set it to end the server; may be NULL */
    void (*ready)(void *user, const char *where); /**< called once, when clients can come */
    void *user;
} sim_server_setup;

/** Serve until stopped. ESPBAK_E_USAGE, ESPBAK_E_PORT, or the errors of sim_device_open. */
ESPBAK_MUST_USE espbak_status sim_server_run(const sim_options *options, const sim_server_setup *setup,
                                             espbak_error *err);

#endif
