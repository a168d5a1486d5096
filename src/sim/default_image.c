/* SPDX-License-Identifier: Apache-2.0 */
#include "default_image.h"
void default_image_write(sim_flash *flash, const sim_options *options)
{
    (void)flash;
    (void)options;
}
