// A VFS (https://www.sqlite.org/vfs.html) that lies over the system's and gives each page of a database a checksum of its
// number and its content, in bytes that SQLite leaves free at the end of each page. What is read is what was written, or the
// read fails: a flipped bit, a page in another's place, a write by a program that knows nothing of this.
//
// The log has checksums of SQLite's own, which are verified when it is taken in, so it is left alone; so are all other files.

#include "CSQLite.h"
#include <stdint.h>
#include <string.h>

// SQLite's default since 2016. All ledgers have it, and a fixed size can't be flipped.
#define PAGE 4096
#define ROOM (PAGE - CSQLITE_CHECKSUM_SIZE)

// Where the header of a database (https://www.sqlite.org/fileformat.html#the_database_header) says how many bytes are left
// free in each page, and where its user_version is.
#define FREE_BYTES 20
#define USER_VERSION 60
#define HEADER 100

// Operations of this VFS, for sqlite3_file_control(): numbers over 100 are free for that.
#define DAMAGED_PAGE 0x70627801
#define IS_CHECKED 0x70627802
#define IS_SOUND 0x70627803

// How many pages are verified at a time: more are no faster.
#define CHUNK 64

struct file {
  sqlite3_file base;
  // Whether its pages have checksums; one from before there were any has none.
  int checked;
  sqlite3_int64 damaged;
  // The system's file, in memory right behind this.
  sqlite3_file *real;
};

static struct file *of(sqlite3_file *file) { return (struct file *)file; }
static sqlite3_file *real(sqlite3_file *file) { return of(file)->real; }
static sqlite3_vfs *system_of(sqlite3_vfs *vfs) { return vfs->pAppData; }

// Each step is a bijection of the state for a given word and of the word for a given state, so that a change within one
// word always changes the result.
static uint64_t checksum(sqlite3_int64 number, const unsigned char *page) {
  uint64_t state = (uint64_t)number * 0x9E3779B97F4A7C15u + 0xD6E8FEB86659FD93u;
  for (int at = 0; at < ROOM; at += 8) {
    uint64_t word;
    memcpy(&word, page + at, 8);
    state = (state ^ word) * 0x9FB21C651E98DF25u;
    state ^= state >> 32;
  }
  return state;
}

// A page that was never written: SQLite may leave out those that it has no use for.
static int is_empty(const unsigned char *page) {
  for (int at = 0; at < PAGE; at++)
    if (page[at]) return 0;
  return 1;
}

static int is_sound(sqlite3_int64 number, const unsigned char *page) {
  uint64_t expected = checksum(number, page);
  return memcmp(page + ROOM, &expected, CSQLITE_CHECKSUM_SIZE) == 0 || is_empty(page);
}

static int read_page(struct file *file, unsigned char *page, sqlite3_int64 at) {
  int code = file->real->pMethods->xRead(file->real, page, PAGE, at);
  if (code != SQLITE_OK || is_sound(at / PAGE + 1, page)) return code;
  file->damaged = at / PAGE + 1;
  return SQLITE_IOERR_DATA;
}

static int page_read(sqlite3_file *base, void *buffer, int size, sqlite3_int64 at) {
  struct file *file = of(base);
  // The header is also read by itself, without a lock, and before the page that it is in.
  if (!file->checked || at + size <= HEADER) return file->real->pMethods->xRead(file->real, buffer, size, at);
  if (size == PAGE && at % PAGE == 0) return read_page(file, buffer, at);
  // Newer releases read long values past the page cache.
  unsigned char page[PAGE];
  memset(buffer, 0, size);
  for (int done = 0; done < size;) {
    sqlite3_int64 start = (at + done) / PAGE * PAGE;
    int skipped = (int)(at + done - start);
    int count = size - done < PAGE - skipped ? size - done : PAGE - skipped;
    int code = read_page(file, page, start);
    if (code != SQLITE_OK) return code;
    memcpy((unsigned char *)buffer + done, page + skipped, count);
    done += count;
  }
  return SQLITE_OK;
}

static int page_write(sqlite3_file *base, const void *buffer, int size, sqlite3_int64 at) {
  struct file *file = of(base);
  if (!file->checked) return file->real->pMethods->xWrite(file->real, buffer, size, at);
  // Pages are written whole. Room for the checksum was asked for before there was a first page.
  if (size != PAGE || at % PAGE != 0) return SQLITE_IOERR_WRITE;
  if (at == 0 && ((const unsigned char *)buffer)[FREE_BYTES] != CSQLITE_CHECKSUM_SIZE) return SQLITE_IOERR_WRITE;
  unsigned char page[PAGE];
  memcpy(page, buffer, ROOM);
  uint64_t sum = checksum(at / PAGE + 1, page);
  memcpy(page + ROOM, &sum, CSQLITE_CHECKSUM_SIZE);
  return file->real->pMethods->xWrite(file->real, page, PAGE, at);
}

// Whether every page of the file is what was written, past SQLite and its cache, which a large file would fill.
static int is_whole(struct file *file) {
  sqlite3_int64 size = 0;
  if (file->real->pMethods->xFileSize(file->real, &size) != SQLITE_OK || size % PAGE != 0) return 0;
  unsigned char *pages = sqlite3_malloc(CHUNK * PAGE);
  int sound = pages != NULL;
  for (sqlite3_int64 at = 0; sound && at < size;) {
    int length = size - at < CHUNK * PAGE ? (int)(size - at) : CHUNK * PAGE;
    sound = file->real->pMethods->xRead(file->real, pages, length, at) == SQLITE_OK;
    for (int done = 0; sound && done < length; done += PAGE) sound = is_sound((at + done) / PAGE + 1, pages + done);
    at += length;
  }
  sqlite3_free(pages);
  return sound;
}

static int page_control(sqlite3_file *base, int question, void *answer) {
  struct file *file = of(base);
  switch (question) {
    case DAMAGED_PAGE: *(long long *)answer = file->damaged; return SQLITE_OK;
    case IS_CHECKED: *(int *)answer = file->checked; return SQLITE_OK;
    case IS_SOUND: *(int *)answer = file->checked && is_whole(file); return SQLITE_OK;
    default: return file->real->pMethods->xFileControl(file->real, question, answer);
  }
}

// All else is the system's.

static int page_close(sqlite3_file *f) { return real(f)->pMethods->xClose(real(f)); }
static int page_truncate(sqlite3_file *f, sqlite3_int64 size) { return real(f)->pMethods->xTruncate(real(f), size); }
static int page_sync(sqlite3_file *f, int flags) { return real(f)->pMethods->xSync(real(f), flags); }
static int page_size(sqlite3_file *f, sqlite3_int64 *size) { return real(f)->pMethods->xFileSize(real(f), size); }
static int page_lock(sqlite3_file *f, int level) { return real(f)->pMethods->xLock(real(f), level); }
static int page_unlock(sqlite3_file *f, int level) { return real(f)->pMethods->xUnlock(real(f), level); }
static int page_is_reserved(sqlite3_file *f, int *is) { return real(f)->pMethods->xCheckReservedLock(real(f), is); }
static int page_sector(sqlite3_file *f) { return real(f)->pMethods->xSectorSize(real(f)); }
static int page_device(sqlite3_file *f) { return real(f)->pMethods->xDeviceCharacteristics(real(f)); }
static int page_shm_map(sqlite3_file *f, int region, int size, int extend, void volatile **memory) {
  return real(f)->pMethods->xShmMap(real(f), region, size, extend, memory);
}
static int page_shm_lock(sqlite3_file *f, int offset, int count, int flags) {
  return real(f)->pMethods->xShmLock(real(f), offset, count, flags);
}
static void page_shm_barrier(sqlite3_file *f) { real(f)->pMethods->xShmBarrier(real(f)); }
static int page_shm_unmap(sqlite3_file *f, int remove) { return real(f)->pMethods->xShmUnmap(real(f), remove); }

// Version 2: with shared memory for the log, and without a mapping of the database, whose reads nobody would see.
static const sqlite3_io_methods methods = {
  .iVersion = 2,
  .xClose = page_close,
  .xRead = page_read,
  .xWrite = page_write,
  .xTruncate = page_truncate,
  .xSync = page_sync,
  .xFileSize = page_size,
  .xLock = page_lock,
  .xUnlock = page_unlock,
  .xCheckReservedLock = page_is_reserved,
  .xFileControl = page_control,
  .xSectorSize = page_sector,
  .xDeviceCharacteristics = page_device,
  .xShmMap = page_shm_map,
  .xShmLock = page_shm_lock,
  .xShmBarrier = page_shm_barrier,
  .xShmUnmap = page_shm_unmap,
};

// Only a database without room for checksums and of a version from before them has none: no single flip makes one of these
// of any other.
static int is_checked(sqlite3_file *file, int *checked) {
  unsigned char header[HEADER];
  int code = file->pMethods->xRead(file, header, HEADER, 0);
  *checked = code == SQLITE_IOERR_SHORT_READ;
  if (code != SQLITE_OK) return *checked ? SQLITE_OK : code;
  uint32_t version = 0;
  for (int at = 0; at < 4; at++) version = version << 8 | header[USER_VERSION + at];
  *checked = header[FREE_BYTES] != 0 || version > CSQLITE_LAST_UNCHECKED;
  return SQLITE_OK;
}

static int page_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags, int *given) {
  if (!(flags & SQLITE_OPEN_MAIN_DB)) return system_of(vfs)->xOpen(system_of(vfs), name, base, flags, given);
  struct file *file = of(base);
  memset(file, 0, sizeof *file);
  file->real = (sqlite3_file *)(file + 1);
  int code = system_of(vfs)->xOpen(system_of(vfs), name, file->real, flags, given);
  if (code == SQLITE_OK) code = is_checked(file->real, &file->checked);
  // SQLite closes a file that has methods, also where it couldn't be opened.
  if (file->real->pMethods) base->pMethods = &methods;
  return code;
}

int csqlite_register_pages(void) {
  // Nobody asks SQLite for its use of memory, whose count takes a lock at each allocation: 3 % of the instructions of a first load.
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  // A copy, for it differs in little; SQLite keeps it.
  static sqlite3_vfs pages;
  sqlite3_vfs *system = sqlite3_vfs_find(NULL);
  if (!system) return SQLITE_ERROR;
  pages = *system;
  pages.zName = CSQLITE_PAGES;
  pages.szOsFile = (int)sizeof(struct file) + system->szOsFile;
  pages.pAppData = system;
  pages.pNext = NULL;
  pages.xOpen = page_open;
  return sqlite3_vfs_register(&pages, 0);
}

long long csqlite_damaged_page(sqlite3 *database) {
  long long number = 0;
  return sqlite3_file_control(database, "main", DAMAGED_PAGE, &number) == SQLITE_OK ? number : 0;
}

int csqlite_is_checked(sqlite3 *database) {
  int checked = 0;
  return sqlite3_file_control(database, "main", IS_CHECKED, &checked) == SQLITE_OK && checked;
}

int csqlite_is_sound(sqlite3 *database) {
  int sound = 0;
  return sqlite3_file_control(database, "main", IS_SOUND, &sound) == SQLITE_OK && sound;
}
