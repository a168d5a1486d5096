/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/loader/machine.h"

#include <string.h>

/* A stub waits so long that the ROM's last answer gets out: esp-flasher-stub transport.c. */
enum { START_MS = 10 };

void machine_open(sim_machine *m, const sim_loader_options *options, sim_board *board, sim_line *line)
{
    memset(m, 0, sizeof(*m));
    m->options = *options;
    m->board = board;
    m->line = line;
    machine_stop(m);
}

void machine_stop(sim_machine *m)
{
    if (m->loader != NULL)
        m->loader->end(m);
    m->loader = m->next = NULL;
    m->next_at = m->interrupt_at = SIM_NEVER;
    m->leave = SIM_STAY;
}

void machine_run(sim_machine *m, const sim_loader *loader)
{
    machine_stop(m);
    m->loader = loader;
    memset(&m->slip, 0, sizeof(m->slip));
    loader->start(m);
}

void machine_start(sim_machine *m, const sim_loader *loader)
{
    m->next = loader;
    m->next_at = sim_later(m->line->tx_free, m->board->cpu) + (sim_time)START_MS * SIM_MS;
}

void machine_die(sim_machine *m, const char *last_words)
{
    if (last_words != NULL)
        uart_send_text(m->line, last_words);
    board_die(m->board);
}

void machine_step(sim_machine *m)
{
    sim_board *board = m->board;
    while (m->loader != NULL && m->next == NULL && m->leave == SIM_STAY && !board->dead && board->cpu <= board->now) {
        board->cpu = board->now;
        if (!m->loader->step(m))
            return;
    }
}

sim_time machine_next(const sim_machine *m)
{
    const sim_board *board = m->board;
    if (m->loader == NULL || board->dead)
        return m->next_at;
    const sim_time free = board->cpu > board->now ? board->cpu : SIM_NEVER;
    return sim_earlier(m->next_at, sim_earlier(m->interrupt_at, free));
}

static void run_next(sim_machine *m)
{
    m->board->cpu = m->board->now;
    m->line->fifo_count = 0;
    machine_run(m, m->next);
}

bool machine_wake(sim_machine *m)
{
    if (m->next_at <= m->board->now) {
        run_next(m);
        return true;
    }
    if (m->interrupt_at > m->board->now || m->loader == NULL || m->board->dead)
        return false;
    m->loader->interrupt(m);
    return true;
}

void machine_receive(sim_machine *m, const sim_byte *byte)
{
    if (m->loader != NULL)
        m->loader->receive(m, uart_hear(m->line, byte));
}
