/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A library to preload that gives any file system the look of one that keeps equal blocks once (FIDEDUPERANGE, as
 * Btrfs and XFS have it): it compares, and shares nothing. Linux only, for tests only.
 *
 *   ESPBAK_SHARED_LOG=FILE   gets a line for each request: bytes, and "same", "differs" or "bad"
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <linux/fs.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { BLOCK = 4096, MOST = 1024 * 1024 }; /* Btrfs takes 16 MiB at once */

static bool same(int a, uint64_t a_at, int b, uint64_t b_at, uint64_t size)
{
    uint8_t first[BLOCK], second[BLOCK];
    for (uint64_t done = 0; done < size; done += BLOCK) {
        if (pread(a, first, BLOCK, (off_t)(a_at + done)) != BLOCK ||
            pread(b, second, BLOCK, (off_t)(b_at + done)) != BLOCK || memcmp(first, second, BLOCK) != 0)
            return false;
    }
    return true;
}

static void note(uint64_t size, const char *what)
{
    const char *path = getenv("ESPBAK_SHARED_LOG");
    FILE *log = path != NULL ? fopen(path, "a") : NULL;
    if (log == NULL)
        return;
    fprintf(log, "%llu %s\n", (unsigned long long)size, what);
    fclose(log);
}

static int share(int from, struct file_dedupe_range *range)
{
    struct file_dedupe_range_info *to = &range->info[0];
    const uint64_t size = range->src_length < MOST ? range->src_length : MOST;
    if (range->dest_count != 1 || size % BLOCK != 0 || range->src_offset % BLOCK != 0 || to->dest_offset % BLOCK != 0) {
        note(size, "bad");
        errno = EINVAL;
        return -1;
    }
    const bool equal = same(from, range->src_offset, (int)to->dest_fd, to->dest_offset, size);
    to->status = equal ? FILE_DEDUPE_RANGE_SAME : FILE_DEDUPE_RANGE_DIFFERS;
    to->bytes_deduped = equal ? size : 0;
    note(size, equal ? "same" : "differs");
    return 0;
}

int ioctl(int fd, unsigned long request, ...)
{
    static int (*real)(int, unsigned long, ...);
    va_list rest;
    va_start(rest, request);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    if (request == FIDEDUPERANGE)
        return share(fd, argument);
    if (real == NULL)
        real = (int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT, "ioctl");
    return real(fd, request, argument);
}
