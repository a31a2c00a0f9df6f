#pragma once

// A disk in memory, as a VFS of SQLite (https://www.sqlite.org/vfs.html), that loses power when it is told to. One process has one disk.
//
// What is written is seen at once, and survives a killed process, as in a kernel's cache. A loss of power keeps what was flushed; of what
// was written since the last flush it keeps any part, in sectors of 512 bytes.

// Makes the disk the default of SQLite, before anything is opened. Returns a result code.
int simulated_disk_register(void);

// Removes all files, and begins the random numbers of SQLite and of losses at `seed`.
void simulated_disk_format(unsigned long long seed);

// Lets this many writes, flushes and truncations succeed; then every operation fails, until the power is back. -1: no limit.
void simulated_disk_fail_after(long long operations);

// Whether the limit is reached.
int simulated_disk_has_failed(void);

// Lets this many writes succeed; then each that makes a file longer fails as on a full disk. -1: no limit.
void simulated_disk_fill_after(long long writes);

// Ends the limits. All connections must be closed.
//
// Parameter loses_power: whether writes after the last flush may be lost.
void simulated_disk_restart(int loses_power);
