#pragma once

#include <stddef.h>
#include <stdint.h>

/// How many cells of a terminal these Unicode scalars take.
size_t cwidth_of(const uint32_t *scalars, size_t count);
