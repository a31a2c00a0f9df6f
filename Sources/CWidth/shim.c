#define _GNU_SOURCE
#include "CWidth.h"

#include <locale.h>
#include <pthread.h>
#include <wchar.h>

static locale_t unicode;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void make_locale(void) { unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0); }

size_t cwidth_of(const uint32_t *scalars, size_t count) {
  // wcwidth(3) knows the characters of the thread's locale only. Other code compares in the process's, "C".
  pthread_once(&once, make_locale);
  if (!unicode) return count;
  locale_t before = uselocale(unicode);
  size_t cells = 0;
  for (size_t index = 0; index < count; index++) {
    int width = wcwidth((wchar_t)scalars[index]);
    if (width > 0) cells += (size_t)width;
  }
  uselocale(before);
  return cells;
}
