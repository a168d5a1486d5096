/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "firmware/wire.h"
#include "sim/options_table.h"

enum { CLOCK_MOST = 1000 };

void sim_options_own_init(sim_options *o)
{
    o->loader.own_cycles = 1.7; /* an assumption: counted were instructions, and on emulators */
}

espbak_status sim_option_set_own(sim_options *o, const char *value, espbak_error *err)
{
    static const char *const names[] = {[SIM_OWN_WORKS] = "works",
                                        [SIM_OWN_SILENT] = "silent",
                                        [SIM_OWN_CRASHES] = "crashes",
                                        [SIM_OWN_MISREADS] = "misreads",
                                        [SIM_OWN_LIES] = "lies"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(value, names[i]) == 0) {
            o->loader.own_fate = (sim_own_fate)i;
            return ESPBAK_OK;
        }
    }
    return sim_option_bad("own", value, "works, silent, crashes, misreads or lies", err);
}

espbak_status sim_option_set_own_mhz(sim_options *o, const char *value, espbak_error *err)
{
    uint64_t mhz;
    if (!sim_option_number(value, &mhz) || mhz == 0 || mhz > CLOCK_MOST)
        return sim_option_bad("own-mhz", value, "a clock from 1 to 1000 MHz", err);
    o->loader.own_mhz = (unsigned)mhz;
    return ESPBAK_OK;
}

espbak_status sim_option_set_own_cycles(sim_options *o, const char *value, espbak_error *err)
{
    char *end;
    const double cycles = strtod(value, &end);
    if (end == value || *end != '\0' || !(cycles >= 0.0) || cycles > 100.0)
        return sim_option_bad("own-cycles", value, "a number from 0 to 100", err);
    o->loader.own_cycles = cycles;
    return ESPBAK_OK;
}

espbak_status sim_option_set_own_block(sim_options *o, const char *value, espbak_error *err)
{
    uint64_t size;
    if (!sim_option_number(value, &size) || size < WIRE_BLOCK_LEAST || size > WIRE_BLOCK_MOST ||
        size % WIRE_ALIGNMENT != 0)
        return sim_option_bad("own-block", value, "a size from 4K to 64K", err);
    o->loader.own_block = (uint32_t)size;
    return ESPBAK_OK;
}

espbak_status sim_option_set_own_dies(sim_options *o, const char *value, espbak_error *err)
{
    uint64_t count;
    if (!sim_option_number(value, &count) || count == 0 || count > UINT32_MAX)
        return sim_option_bad("own-dies", value, "a number of answers", err);
    o->loader.own_dies = (uint32_t)count;
    return ESPBAK_OK;
}
