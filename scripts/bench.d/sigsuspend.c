/* Valgrind 3.19 writes to the mask that sigsuspend(2) is given, and dies where that is constant, as it is in Swift's
   libdispatch. With this before it (ld.so(8), LD_PRELOAD) it gets a copy. */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

int sigsuspend(const sigset_t *mask) {
  sigset_t copy = *mask;
  return (int)syscall(SYS_rt_sigsuspend, &copy, _NSIG / 8);
}
