/* SPDX-License-Identifier: Apache-2.0 */
#if !defined(_WIN32) && !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif
#include "espbak/clock.h"

#include <stddef.h>

#ifdef _WIN32
#include <windows.h>

static espbak_time system_now(void *ctx)
{
    (void)ctx;
    LARGE_INTEGER frequency, counter;
    QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&counter);
    return (espbak_time)((double)counter.QuadPart * ESPBAK_S / (double)frequency.QuadPart);
}

static void system_sleep(void *ctx, espbak_time microseconds)
{
    (void)ctx;
    Sleep((DWORD)((microseconds + 999) / 1000));
}
#else
#include <errno.h>
#include <time.h>

static espbak_time system_now(void *ctx)
{
    (void)ctx;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (espbak_time)now.tv_sec * ESPBAK_S + now.tv_nsec / 1000;
}

static void system_sleep(void *ctx, espbak_time microseconds)
{
    (void)ctx;
    struct timespec left = {.tv_sec = (time_t)(microseconds / ESPBAK_S),
                            .tv_nsec = (long)(microseconds % ESPBAK_S) * 1000};
    while (nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
}
#endif

const espbak_clock *espbak_clock_system(void)
{
    static const espbak_clock clock = {.now = system_now, .sleep = system_sleep, .ctx = NULL};
    return &clock;
}

espbak_time espbak_clock_now(const espbak_clock *clock)
{
    return clock->now(clock->ctx);
}

void espbak_clock_sleep(const espbak_clock *clock, espbak_time microseconds)
{
    if (microseconds > 0)
        clock->sleep(clock->ctx, microseconds);
}
