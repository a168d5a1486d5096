/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_ARGUMENTS_H
#define CLI_ARGUMENTS_H

/*
 * Have the arguments, the environment and what is printed in UTF-8, as the rest of espbak takes them. On Windows main()
 * gets them in a code page that lacks most letters of the world; elsewhere nothing changes. What is put into `argv`
 * stays until the program ends.
 */
void arguments_use_utf8(int *argc, char ***argv);

#endif
