/* listing DIR COUNT: reads a directory of COUNT entries with readdir, and goes back to remembered places with seekdir. */
#include "check.h"
#include <dirent.h>
#include <sys/stat.h>

static char **name;
static long *place;
static unsigned char *type;

static long list(DIR *stream, long room) {
  long count = 0;
  errno = 0;
  for (long at = telldir(stream);; at = telldir(stream)) {
    struct dirent *entry = readdir(stream);
    if (!entry) break;
    CHECK(count < room, "more than %ld entries", room);
    place[count] = at;
    type[count] = entry->d_type;
    free(name[count]);
    name[count++] = strdup(entry->d_name);
  }
  CHECK(errno == 0, "readdir");
  return count;
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

int main(int count, char **words) {
  if (count != 3) return 2;
  long expected = atol(words[2]) + 2;
  name = calloc(expected + 1, sizeof *name);
  place = calloc(expected + 1, sizeof *place);
  type = calloc(expected + 1, sizeof *type);
  DIR *stream = opendir(words[1]);
  CHECK(stream, "opendir %s", words[1]);
  long seen = list(stream, expected);
  CHECK(seen == expected, "%ld entries, not %ld", seen, expected);
  CHECK(!strcmp(name[0], ".") && !strcmp(name[1], ".."), "does not begin with . and ..");
  for (long i = 0; i < seen; i++) CHECK(type[i] != DT_UNKNOWN, "%s has no type", name[i]);

  unsigned state = 7;
  for (int i = 0; i < 500; i++) {
    long at = rand_r(&state) % seen;
    seekdir(stream, place[at]);
    for (long next = at; next < seen && next < at + 3; next++) {
      struct dirent *entry = readdir(stream);
      CHECK(entry && !strcmp(entry->d_name, name[next]), "seekdir to entry %ld gave %s, not %s", next, entry ? entry->d_name : "the end", name[next]);
    }
  }

  char *first = strdup(name[2]);
  rewinddir(stream);
  CHECK(list(stream, expected) == expected && !strcmp(first, name[2]), "another listing after rewinddir");
  closedir(stream);

  qsort(name, seen, sizeof *name, by_name);
  for (long i = 1; i < seen; i++) CHECK(strcmp(name[i - 1], name[i]), "%s is there twice", name[i]);
  return 0;
}
