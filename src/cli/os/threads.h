/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_THREADS_H
#define CLI_THREADS_H

/* Threads and a lock, as the system has them. C11's own are missing where espbak has to run. */

#include <stdbool.h>

typedef struct thread thread;
typedef struct thread_lock thread_lock;

/* NULL when there is no room for another one. */
thread *thread_start(void (*work)(void *user), void *user);

/* Wait for its end, and free. */
void thread_join(thread *t);

/* NULL when there is no memory. */
thread_lock *thread_lock_new(void);
void thread_lock_take(thread_lock *lock);
void thread_lock_give(thread_lock *lock);
void thread_lock_free(thread_lock *lock);

#endif
