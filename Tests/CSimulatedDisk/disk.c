#include "CSimulatedDisk.h"

#include <sqlite3.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define FILES 16
#define SECTOR 512
#define REGIONS 8
#define REGION 32768
#define LOCKS 8

struct content {
  unsigned char *bytes;
  sqlite3_int64 size, capacity;
};

// A write or a truncation since the last flush.
struct change {
  sqlite3_int64 at;
  // -1: a truncation to `at`.
  sqlite3_int64 length;
  unsigned char *bytes;
  struct change *next;
};

struct disk_file {
  char *name;
  struct content now, flushed;
  struct change *first, **last;
  // The shared memory of the log.
  unsigned char *regions[REGIONS];
  int shared[LOCKS], exclusive[LOCKS];
  int is_deleted_on_close;
};

struct handle {
  sqlite3_file base;
  struct disk_file *file;
  // Which locks of the shared memory this connection has.
  int shared, exclusive;
};

static struct disk_file files[FILES];
static uint64_t state;
static long long operations_left = -1, writes_left = -1;
static int failed;

// SplitMix64.
static uint64_t next_random(void) {
  uint64_t value = (state += 0x9E3779B97F4A7C15u);
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9u;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBu;
  return value ^ (value >> 31);
}

// Whether an operation that changes the disk fails.
static int fails(void) {
  if (failed) return 1;
  if (operations_left == 0) return failed = 1;
  if (operations_left > 0) operations_left--;
  return 0;
}

static void grow(struct content *content, sqlite3_int64 size) {
  if (size > content->capacity) {
    content->capacity = size * 2 > 65536 ? size * 2 : 65536;
    content->bytes = realloc(content->bytes, content->capacity);
    if (!content->bytes) abort();
  }
  if (size > content->size) memset(content->bytes + content->size, 0, size - content->size);
  content->size = size;
}

static void write_bytes(struct content *content, const void *bytes, sqlite3_int64 length, sqlite3_int64 at) {
  if (at + length > content->size) grow(content, at + length);
  memcpy(content->bytes + at, bytes, length);
}

static void copy(struct content *target, const struct content *source) {
  target->size = 0;
  grow(target, source->size);
  if (source->size) memcpy(target->bytes, source->bytes, source->size);
}

static void forget_changes(struct disk_file *file) {
  for (struct change *change = file->first, *next; change; change = next) {
    next = change->next;
    free(change->bytes);
    free(change);
  }
  file->first = NULL;
  file->last = &file->first;
}

static void add_change(struct disk_file *file, const void *bytes, sqlite3_int64 length, sqlite3_int64 at) {
  struct change *change = calloc(1, sizeof *change);
  if (!change) abort();
  change->at = at;
  change->length = length;
  if (length > 0) {
    change->bytes = malloc(length);
    if (!change->bytes) abort();
    memcpy(change->bytes, bytes, length);
  }
  *file->last = change;
  file->last = &change->next;
}

static void apply(struct content *content, const struct change *change) {
  if (change->length < 0) {
    if (change->at < content->size) content->size = change->at;
  } else {
    write_bytes(content, change->bytes, change->length, change->at);
  }
}

// Any of the sectors of a write.
static void apply_some(struct content *content, const struct change *change) {
  if (change->length < 0) return apply(content, change);
  for (sqlite3_int64 at = 0; at < change->length; at += SECTOR) {
    sqlite3_int64 length = change->length - at < SECTOR ? change->length - at : SECTOR;
    if (next_random() & 1) write_bytes(content, change->bytes + at, length, change->at + at);
  }
}

// Each change since the flush is kept, lost or torn.
static void lose_power(struct disk_file *file) {
  for (struct change *change = file->first; change; change = change->next) {
    uint64_t lot = next_random() % 4;
    if (lot < 2) apply(&file->flushed, change);
    if (lot == 2) apply_some(&file->flushed, change);
  }
  copy(&file->now, &file->flushed);
}

static void flush(struct disk_file *file) {
  for (struct change *change = file->first; change; change = change->next) apply(&file->flushed, change);
  forget_changes(file);
}

static void remove_file(struct disk_file *file) {
  forget_changes(file);
  free(file->name);
  free(file->now.bytes);
  free(file->flushed.bytes);
  for (int region = 0; region < REGIONS; region++) free(file->regions[region]);
  memset(file, 0, sizeof *file);
}

static struct disk_file *find(const char *name) {
  for (int index = 0; index < FILES; index++)
    if (files[index].name && strcmp(files[index].name, name) == 0) return &files[index];
  return NULL;
}

static struct disk_file *make(const char *name) {
  for (int index = 0; index < FILES; index++) {
    if (files[index].name) continue;
    files[index].name = strdup(name);
    files[index].last = &files[index].first;
    return &files[index];
  }
  abort();
}

// MARK: - The file's operations

static struct handle *of(sqlite3_file *file) { return (struct handle *)file; }

static int disk_close(sqlite3_file *base) {
  struct disk_file *file = of(base)->file;
  if (file->is_deleted_on_close) remove_file(file);
  return SQLITE_OK;
}

static int disk_read(sqlite3_file *base, void *bytes, int length, sqlite3_int64 at) {
  struct content *content = &of(base)->file->now;
  if (failed) return SQLITE_IOERR_READ;
  sqlite3_int64 there = content->size - at;
  if (there > length) there = length;
  if (there > 0) memcpy(bytes, content->bytes + at, there);
  if (there >= length) return SQLITE_OK;
  if (there < 0) there = 0;
  memset((char *)bytes + there, 0, length - there);
  return SQLITE_IOERR_SHORT_READ;
}

static int disk_write(sqlite3_file *base, const void *bytes, int length, sqlite3_int64 at) {
  struct disk_file *file = of(base)->file;
  if (fails()) return SQLITE_IOERR_WRITE;
  if (writes_left > 0) writes_left--;
  if (writes_left == 0 && at + length > file->now.size) return SQLITE_FULL;
  write_bytes(&file->now, bytes, length, at);
  if (!file->is_deleted_on_close) add_change(file, bytes, length, at);
  return SQLITE_OK;
}

static int disk_truncate(sqlite3_file *base, sqlite3_int64 size) {
  struct disk_file *file = of(base)->file;
  if (fails()) return SQLITE_IOERR_TRUNCATE;
  if (size < file->now.size) file->now.size = size;
  if (!file->is_deleted_on_close) add_change(file, NULL, -1, size);
  return SQLITE_OK;
}

static int disk_sync(sqlite3_file *base, int flags) {
  (void)flags;
  if (fails()) return SQLITE_IOERR_FSYNC;
  flush(of(base)->file);
  return SQLITE_OK;
}

static int disk_size(sqlite3_file *base, sqlite3_int64 *size) {
  *size = of(base)->file->now.size;
  return failed ? SQLITE_IOERR_FSTAT : SQLITE_OK;
}

// One process with one writer: SQLite's own locks between connections are those of the shared memory.
static int disk_lock(sqlite3_file *base, int level) { (void)base; (void)level; return SQLITE_OK; }
static int disk_unlock(sqlite3_file *base, int level) { (void)base; (void)level; return SQLITE_OK; }
static int disk_is_reserved(sqlite3_file *base, int *is) { (void)base; *is = 0; return SQLITE_OK; }
static int disk_control(sqlite3_file *base, int question, void *answer) {
  (void)base; (void)question; (void)answer;
  return SQLITE_NOTFOUND;
}
static int disk_sector(sqlite3_file *base) { (void)base; return SECTOR; }
static int disk_device(sqlite3_file *base) { (void)base; return 0; }

static int disk_shm_map(sqlite3_file *base, int region, int size, int extend, void volatile **memory) {
  struct disk_file *file = of(base)->file;
  if (region >= REGIONS || size > REGION) return SQLITE_IOERR_SHMMAP;
  if (!file->regions[region] && extend && !(file->regions[region] = calloc(1, REGION))) return SQLITE_NOMEM;
  *memory = file->regions[region];
  return SQLITE_OK;
}

static int disk_shm_lock(sqlite3_file *base, int offset, int count, int flags) {
  struct handle *handle = of(base);
  struct disk_file *file = handle->file;
  int exclusive = flags & SQLITE_SHM_EXCLUSIVE;
  for (int lock = offset; lock < offset + count; lock++) {
    int mine_shared = handle->shared >> lock & 1, mine_exclusive = handle->exclusive >> lock & 1;
    if (flags & SQLITE_SHM_UNLOCK) continue;
    if (file->exclusive[lock] - mine_exclusive > 0) return SQLITE_BUSY;
    if (exclusive && file->shared[lock] - mine_shared > 0) return SQLITE_BUSY;
  }
  for (int lock = offset; lock < offset + count; lock++) {
    int *held = exclusive ? &handle->exclusive : &handle->shared;
    int *all = exclusive ? &file->exclusive[lock] : &file->shared[lock];
    int is_held = *held >> lock & 1;
    if (flags & SQLITE_SHM_UNLOCK) {
      if (is_held) --*all;
      *held &= ~(1 << lock);
    } else {
      if (!is_held) ++*all;
      *held |= 1 << lock;
    }
  }
  return SQLITE_OK;
}

static void disk_shm_barrier(sqlite3_file *base) { (void)base; __sync_synchronize(); }

static int disk_shm_unmap(sqlite3_file *base, int remove) {
  struct disk_file *file = of(base)->file;
  if (!remove) return SQLITE_OK;
  for (int region = 0; region < REGIONS; region++) {
    free(file->regions[region]);
    file->regions[region] = NULL;
  }
  return SQLITE_OK;
}

static const sqlite3_io_methods methods = {
  .iVersion = 2,
  .xClose = disk_close,
  .xRead = disk_read,
  .xWrite = disk_write,
  .xTruncate = disk_truncate,
  .xSync = disk_sync,
  .xFileSize = disk_size,
  .xLock = disk_lock,
  .xUnlock = disk_unlock,
  .xCheckReservedLock = disk_is_reserved,
  .xFileControl = disk_control,
  .xSectorSize = disk_sector,
  .xDeviceCharacteristics = disk_device,
  .xShmMap = disk_shm_map,
  .xShmLock = disk_shm_lock,
  .xShmBarrier = disk_shm_barrier,
  .xShmUnmap = disk_shm_unmap,
};

// MARK: - The disk's operations

static int disk_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags, int *given) {
  (void)vfs;
  static int unnamed;
  struct handle *handle = (struct handle *)base;
  memset(handle, 0, sizeof *handle);
  if (failed) return SQLITE_CANTOPEN;
  char own[32];
  int is_temporary = !name;
  if (is_temporary) {
    sqlite3_snprintf(sizeof own, own, "temporary %d", ++unnamed);
    name = own;
  }
  struct disk_file *file = find(name);
  if (!file) {
    // The ledger's file is made empty, past SQLite, so one that isn't here is empty.
    file = make(name);
    file->is_deleted_on_close = is_temporary || flags & SQLITE_OPEN_DELETEONCLOSE;
  }
  handle->file = file;
  base->pMethods = &methods;
  if (given) *given = flags;
  return SQLITE_OK;
}

static int disk_delete(sqlite3_vfs *vfs, const char *name, int flushes) {
  (void)vfs; (void)flushes;
  if (fails()) return SQLITE_IOERR_DELETE;
  struct disk_file *file = find(name);
  if (!file) return SQLITE_IOERR_DELETE_NOENT;
  remove_file(file);
  return SQLITE_OK;
}

static int disk_access(sqlite3_vfs *vfs, const char *name, int flags, int *result) {
  (void)vfs;
  struct disk_file *file = find(name);
  *result = file && (flags != SQLITE_ACCESS_EXISTS || file->now.size > 0);
  return failed ? SQLITE_IOERR_ACCESS : SQLITE_OK;
}

static int disk_path(sqlite3_vfs *vfs, const char *name, int length, char *path) {
  (void)vfs;
  sqlite3_snprintf(length, path, "%s", name);
  return SQLITE_OK;
}

static int disk_random(sqlite3_vfs *vfs, int length, char *bytes) {
  (void)vfs;
  for (int index = 0; index < length; index++) bytes[index] = (char)next_random();
  return length;
}

static int disk_sleep(sqlite3_vfs *vfs, int microseconds) { (void)vfs; return microseconds; }

static int disk_time(sqlite3_vfs *vfs, double *days) {
  (void)vfs;
  *days = 2461041.5;
  return SQLITE_OK;
}

static int disk_error(sqlite3_vfs *vfs, int length, char *text) { (void)vfs; (void)length; (void)text; return 0; }

int simulated_disk_register(void) {
  static sqlite3_vfs disk = {
    .iVersion = 1,
    .szOsFile = sizeof(struct handle),
    .mxPathname = 512,
    .zName = "simulated",
    .xOpen = disk_open,
    .xDelete = disk_delete,
    .xAccess = disk_access,
    .xFullPathname = disk_path,
    .xRandomness = disk_random,
    .xSleep = disk_sleep,
    .xCurrentTime = disk_time,
    .xGetLastError = disk_error,
  };
  // One thread at a time has a ledger, and each run opens it again: most of the time is for that.
  sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 256, 1000);
  return sqlite3_vfs_register(&disk, 1);
}

void simulated_disk_format(unsigned long long seed) {
  for (int index = 0; index < FILES; index++)
    if (files[index].name) remove_file(&files[index]);
  state = seed;
  // SQLite seeds its generator of random numbers once; without a buffer it begins again.
  sqlite3_randomness(0, NULL);
  operations_left = writes_left = -1;
  failed = 0;
}

void simulated_disk_fail_after(long long count) { operations_left = count; }
int simulated_disk_has_failed(void) { return failed; }
void simulated_disk_fill_after(long long count) { writes_left = count; }

void simulated_disk_restart(int loses_power) {
  for (int index = 0; index < FILES; index++) {
    struct disk_file *file = &files[index];
    if (!file->name) continue;
    // The program deletes a draft of a copy past SQLite.
    if (file->is_deleted_on_close || strstr(file->name, "/backups/")) {
      remove_file(file);
      continue;
    }
    if (loses_power) {
      lose_power(file);
      forget_changes(file);
    }
    // The shared memory is the kernel's: it ends with the process that has it.
    for (int region = 0; region < REGIONS; region++) {
      free(file->regions[region]);
      file->regions[region] = NULL;
    }
    memset(file->shared, 0, sizeof file->shared);
    memset(file->exclusive, 0, sizeof file->exclusive);
  }
  operations_left = writes_left = -1;
  failed = 0;
}
