/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "cli/os/arguments.h"

int main(int argc, char **argv)
{
    arguments_use_utf8(&argc, &argv);
    return cli_main(argc, argv);
}
