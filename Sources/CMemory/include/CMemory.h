#pragma once

/// Has malloc(3) keep all in one arena. To be called before there is a second thread.
void cmemory_use_one_arena(void);

/// Gives free memory back to the kernel (malloc_trim(3)).
void cmemory_trim(void);
