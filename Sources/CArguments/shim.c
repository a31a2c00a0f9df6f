#include "CArguments.h"

#include <stddef.h>

static int count;
static char **words;

// glibc calls an executable's constructors with what it calls main with (call_init in its csu/libc-start.c).
__attribute__((constructor)) static void remember(int argc, char **argv) {
  count = argc;
  words = argv;
}

int carguments_count(void) { return count; }

const char *carguments_word(int index) { return index < count ? words[index] : NULL; }
