// A copy of a database takes long, and a signal ends it without leaving half of a file.

#include "CSQLite.h"
#include <stdatomic.h>

// Enough operations of SQLite's virtual machine for some milliseconds.
#define OPERATIONS 100000

static atomic_int stopped;

void csqlite_stop_copies(void) { atomic_store(&stopped, 1); }

int csqlite_are_copies_stopped(void) { return atomic_load(&stopped); }

static int is_stopped(void *unused) {
  (void)unused;
  return csqlite_are_copies_stopped();
}

void csqlite_watch_stop(sqlite3 *database) { sqlite3_progress_handler(database, OPERATIONS, is_stopped, 0); }
