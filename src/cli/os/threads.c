/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/os/threads.h"

#include <stdlib.h>

/* Some C libraries give threads 128 KiB, which a session may outgrow. Only what is used of it takes memory. */
enum { STACK_SIZE = 1024 * 1024 };

#ifdef _WIN32
#include <windows.h>

struct thread {
    HANDLE handle;
    void (*work)(void *user);
    void *user;
};

struct thread_lock {
    CRITICAL_SECTION section;
};

static DWORD WINAPI begin(LPVOID argument)
{
    thread *t = argument;
    t->work(t->user);
    return 0;
}

static bool start(thread *t)
{
    t->handle = CreateThread(NULL, STACK_SIZE, begin, t, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
    return t->handle != NULL;
}

void thread_join(thread *t)
{
    WaitForSingleObject(t->handle, INFINITE);
    CloseHandle(t->handle);
    free(t);
}

static bool set_up(thread_lock *lock)
{
    InitializeCriticalSection(&lock->section);
    return true;
}

void thread_lock_take(thread_lock *lock)
{
    EnterCriticalSection(&lock->section);
}

void thread_lock_give(thread_lock *lock)
{
    LeaveCriticalSection(&lock->section);
}

static void tear_down(thread_lock *lock)
{
    DeleteCriticalSection(&lock->section);
}
#else
#include <pthread.h>

struct thread {
    pthread_t handle;
    void (*work)(void *user);
    void *user;
};

struct thread_lock {
    pthread_mutex_t mutex;
};

static void *begin(void *argument)
{
    thread *t = argument;
    t->work(t->user);
    return NULL;
}

static bool start(thread *t)
{
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0)
        return false;
    const bool started = pthread_attr_setstacksize(&attributes, STACK_SIZE) == 0 &&
                         pthread_create(&t->handle, &attributes, begin, t) == 0;
    pthread_attr_destroy(&attributes);
    return started;
}

void thread_join(thread *t)
{
    pthread_join(t->handle, NULL);
    free(t);
}

static bool set_up(thread_lock *lock)
{
    return pthread_mutex_init(&lock->mutex, NULL) == 0;
}

void thread_lock_take(thread_lock *lock)
{
    pthread_mutex_lock(&lock->mutex);
}

void thread_lock_give(thread_lock *lock)
{
    pthread_mutex_unlock(&lock->mutex);
}

static void tear_down(thread_lock *lock)
{
    pthread_mutex_destroy(&lock->mutex);
}
#endif

thread *thread_start(void (*work)(void *user), void *user)
{
    thread *t = malloc(sizeof(*t));
    if (t == NULL)
        return NULL;
    t->work = work;
    t->user = user;
    if (start(t))
        return t;
    free(t);
    return NULL;
}

thread_lock *thread_lock_new(void)
{
    thread_lock *lock = malloc(sizeof(*lock));
    if (lock != NULL && set_up(lock))
        return lock;
    free(lock);
    return NULL;
}

void thread_lock_free(thread_lock *lock)
{
    if (lock == NULL)
        return;
    tear_down(lock);
    free(lock);
}
