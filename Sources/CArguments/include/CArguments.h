#pragma once

/// The count of the process's arguments, including its own name; 0 if unknown.
int carguments_count(void);

/// One of them; null beyond the last.
const char *carguments_word(int index);
