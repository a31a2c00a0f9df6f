// getopt_long(3) is in no Swift overlay of glibc, and its globals can't be read from Swift 6.
#include <getopt.h>

/// Makes the next call start from the beginning (zero means that in glibc) and leaves messages to the caller.
static inline void getopt_begin(void) {
  optind = 0;
  opterr = 0;
}

/// getopt_long; also returns the option's value and the index of the next word.
static inline int getopt_next(int count, char *const words[], const char *letters,
                              const struct option table[], const char **value, int *next) {
  int code = getopt_long(count, words, letters, table, 0);
  *value = optarg;
  *next = optind;
  return code;
}

/// After an error: the letter of a short option; for a long one not a letter.
static inline int getopt_letter(void) { return optopt; }
