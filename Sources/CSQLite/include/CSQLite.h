#pragma once
#include <sqlite3.h>

// SQLITE_TRANSIENT is a cast that Swift can't import: SQLite copies the text before this returns. No text is NULL.
static inline int csqlite_bind_text(sqlite3_stmt *statement, int index, const void *text, int length) {
  return sqlite3_bind_text(statement, index, text ? text : "", length, SQLITE_TRANSIENT);
}

// The errno of the last write to the log that failed; 0 for none. A commit writes the log, and its failure
// leaves no sqlite3_system_errno() behind (seen with 3.40.1).
static inline int csqlite_log_errno(sqlite3 *database) {
  sqlite3_file *log = 0;
  int number = 0;
  if (sqlite3_file_control(database, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) == SQLITE_OK && log && log->pMethods)
    log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &number);
  return number;
}

// Ends the copies of this process that are under way, and all later ones. For any thread.
void csqlite_stop_copies(void);

// Whether copies are to end.
int csqlite_are_copies_stopped(void);

// Has the statements of this connection end with SQLITE_INTERRUPT once copies are to end.
void csqlite_watch_stop(sqlite3 *database);

// The checksums of pages (pages.c).

// How many bytes at the end of each page hold its checksum.
#define CSQLITE_CHECKSUM_SIZE 8
// The last version of a ledger whose pages had none.
#define CSQLITE_LAST_UNCHECKED 5
// The name of the VFS that computes and verifies them, once csqlite_register_pages() was called.
#define CSQLITE_PAGES "pbxsyncd"

// To be called before the first open, by one thread. Returns a result code.
int csqlite_register_pages(void);

// Has a new database, or a copy by VACUUM, leave room for the checksums.
static inline int csqlite_reserve(sqlite3 *database) {
  int size = CSQLITE_CHECKSUM_SIZE;
  return sqlite3_file_control(database, "main", SQLITE_FCNTL_RESERVE_BYTES, &size);
}

// The number of the last page that wasn't what had been written; 0 for none.
long long csqlite_damaged_page(sqlite3 *database);

// Whether the file has checksums, or will have them once something is written to it.
int csqlite_is_checked(sqlite3 *database);

// Whether all pages of the file have checksums and are what was written. 0 may also mean that the log has newer pages which aren't in
// the file yet, or that another process just moves them there. Blocks for some 0.3 s a GiB.
int csqlite_is_sound(sqlite3 *database);
