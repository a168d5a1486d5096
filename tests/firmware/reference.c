/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reference CHIP FEATURES MHZ BLOCK NONCE: takes requests, answers them by the core of our own loader as compiled for
 * this computer, over the fake chip of the unit tests. run_images.py compares.
 */
#include <stdio.h>
#include <stdlib.h>

#include "support/own_fake.h"

static loader_hal hal;

static uint32_t number(const char *text)
{
    return (uint32_t)strtoul(text, NULL, 0);
}

int main(int argc, char **argv)
{
    loader_core core;
    if (argc != 6)
        return 2;
    fake_start(&hal, &core);
    hal.chip = number(argv[1]);
    hal.features = number(argv[2]);
    hal.cpu_mhz = number(argv[3]);
    hal.deflated_size = 100;
    core.block_size = number(argv[4]);
    hal.nonce = number(argv[5]);
    core.waiting = 1; /* HELLO by itself */
    hal.in_size = (uint32_t)fread(hal.in, 1, sizeof(hal.in), stdin);
    for (bool busy = true; busy && !hal.left;) {
        hal.in_at_once = core.waiting == 0 && !core.sending ? 1 : 0; /* each when all before it is answered */
        busy = loader_core_step(&core);
    }
    return fwrite(hal.out, 1, hal.out_size, stdout) == hal.out_size ? 0 : 1;
}
