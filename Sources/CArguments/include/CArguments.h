#pragma once

/// How many words the process was started with, its own name among them; 0 where nobody knows.
int carguments_count(void);

/// One of them; null beyond the last.
const char *carguments_word(int index);
