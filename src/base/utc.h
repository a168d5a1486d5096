/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_UTC_H
#define BASE_UTC_H

/** UTC now, as "2026-11-22T10:15:00Z" and as "20261122-101500". */
void utc_now(char rfc3339[32], char compact[32]);

#endif
