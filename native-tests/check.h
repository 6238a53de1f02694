/* What the programs here share: a check that fails names the line and errno, and ends the program with 1. */
#ifndef CHECK_H
#define CHECK_H
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline void fail(const char *file, int line, const char *format, ...) {
  int error = errno;
  va_list arguments;
  fprintf(stderr, "%s:%d: ", file, line);
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fprintf(stderr, " (errno %d: %s)\n", error, strerror(error));
  exit(1);
}

#define CHECK(condition, ...)                              \
  do {                                                     \
    if (!(condition)) fail(__FILE__, __LINE__, __VA_ARGS__); \
  } while (0)
#endif
