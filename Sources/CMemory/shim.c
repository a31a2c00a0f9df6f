#include "CMemory.h"

#include <malloc.h>

void cmemory_use_one_arena(void) { mallopt(M_ARENA_MAX, 1); }

void cmemory_trim(void) { malloc_trim(0); }
