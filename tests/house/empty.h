/* SPDX-License-Identifier: Apache-2.0 */
/* headers.cmake compiles this with one header in front of it. */
typedef int empty;
