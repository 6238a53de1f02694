/* compare ORIGINAL COPY [same-inodes]: walks both trees with openat chains and holds every attribute, link target, extended
   attribute and byte of the copy against the original. Names are bytes. Directories' sizes count; access times do not. */
#include "check.h"
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { BUFFER = 1 << 20, NAMES = 1 << 16 };
static int same_inodes;
static long entries;

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

/* All names of a directory but . and .., sorted. */
static char **names(int directory, size_t *count, const char *path) {
  int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY);
  CHECK(copy >= 0, "open %s", path);
  DIR *stream = fdopendir(copy);
  char **list = NULL;
  size_t room = 0;
  *count = 0;
  errno = 0;
  for (struct dirent *entry; (entry = readdir(stream)) != NULL; errno = 0) {
    if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
    if (*count == room) list = realloc(list, (room = room * 2 + 64) * sizeof *list);
    list[(*count)++] = strdup(entry->d_name);
  }
  CHECK(errno == 0, "readdir %s", path);
  closedir(stream);
  if (*count) qsort(list, *count, sizeof *list, by_name);
  return list;
}

static void same_stat(const struct statx *a, const struct statx *b, const char *path) {
#define SAME(field) CHECK(a->field == b->field, "%s: " #field " %llu, original %llu", path, (unsigned long long)b->field, (unsigned long long)a->field)
  SAME(stx_mode);
  SAME(stx_uid);
  SAME(stx_gid);
  SAME(stx_nlink);
  SAME(stx_size);
  SAME(stx_blocks);
  SAME(stx_rdev_major);
  SAME(stx_rdev_minor);
  SAME(stx_mtime.tv_sec);
  SAME(stx_mtime.tv_nsec);
  SAME(stx_ctime.tv_sec);
  SAME(stx_ctime.tv_nsec);
  if (same_inodes) SAME(stx_ino);
}

static void same_xattrs(const char *a, const char *b, const char *path) {
  static char list_a[NAMES], list_b[NAMES], value_a[NAMES], value_b[NAMES];
  ssize_t length_a = llistxattr(a, list_a, NAMES), length_b = llistxattr(b, list_b, NAMES);
  CHECK(length_a >= 0, "listxattr of the original of %s", path);
  CHECK(length_a == length_b, "%s: names of attributes take %zd bytes, original %zd", path, length_b, length_a);
  for (char *name = list_a; name < list_a + length_a; name += strlen(name) + 1) {
    ssize_t size_a = lgetxattr(a, name, value_a, NAMES), size_b = lgetxattr(b, name, value_b, NAMES);
    CHECK(size_a >= 0, "getxattr %s of the original of %s", name, path);
    CHECK(size_a == size_b && !memcmp(value_a, value_b, size_a), "%s: attribute %s differs", path, name);
  }
}

static void same_bytes(int a, int b, const char *path) {
  static char bytes_a[BUFFER], bytes_b[BUFFER];
  for (off_t at = 0;;) {
    ssize_t length_a = pread(a, bytes_a, BUFFER, at), length_b = pread(b, bytes_b, BUFFER, at);
    CHECK(length_a >= 0 && length_b >= 0, "pread %s at %lld", path, (long long)at);
    CHECK(length_a == length_b && !memcmp(bytes_a, bytes_b, length_a), "%s: bytes differ behind %lld", path, (long long)at);
    if (length_a == 0) return;
    at += length_a;
  }
}

static void same_tree(int a, int b, const char *path) {
  size_t count_a, count_b;
  char **names_a = names(a, &count_a, path), **names_b = names(b, &count_b, path);
  for (size_t i = 0; i < count_a && i < count_b; i++)
    CHECK(!strcmp(names_a[i], names_b[i]), "%s: has %s where the original has %s", path, names_b[i], names_a[i]);
  CHECK(count_a == count_b, "%s: %zu entries, original %zu", path, count_b, count_a);
  for (size_t i = 0; i < count_a; i++) {
    const char *name = names_a[i];
    char *below;
    CHECK(asprintf(&below, "%s/%s", path, name) > 0, "memory");
    struct statx stat_a, stat_b;
    CHECK(!statx(a, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &stat_a), "statx of the original of %s", below);
    CHECK(!statx(b, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &stat_b), "statx %s", below);
    same_stat(&stat_a, &stat_b, below);
    char link_a[64], link_b[64];
    snprintf(link_a, sizeof link_a, "/proc/self/fd/%d", a);
    snprintf(link_b, sizeof link_b, "/proc/self/fd/%d", b);
    char *path_a, *path_b;
    CHECK(asprintf(&path_a, "%s/%s", link_a, name) > 0 && asprintf(&path_b, "%s/%s", link_b, name) > 0, "memory");
    same_xattrs(path_a, path_b, below);
    free(path_a);
    free(path_b);
    if (S_ISLNK(stat_a.stx_mode)) {
      char target_a[4097], target_b[4097];
      ssize_t length_a = readlinkat(a, name, target_a, sizeof target_a), length_b = readlinkat(b, name, target_b, sizeof target_b);
      CHECK(length_a > 0 && length_a == length_b && !memcmp(target_a, target_b, length_a), "%s: another target", below);
    } else if (S_ISREG(stat_a.stx_mode) || S_ISDIR(stat_a.stx_mode)) {
      int file_a = openat(a, name, O_RDONLY | O_NOFOLLOW), file_b = openat(b, name, O_RDONLY | O_NOFOLLOW);
      CHECK(file_a >= 0 && file_b >= 0, "openat %s", below);
      if (S_ISREG(stat_a.stx_mode)) same_bytes(file_a, file_b, below);
      else same_tree(file_a, file_b, below);
      close(file_a);
      close(file_b);
    }
    entries++;
    free(below);
    free(names_a[i]);
    free(names_b[i]);
  }
  free(names_a);
  free(names_b);
}

int main(int count, char **words) {
  if (count < 3) return 2;
  same_inodes = count > 3;
  int a = open(words[1], O_RDONLY | O_DIRECTORY), b = open(words[2], O_RDONLY | O_DIRECTORY);
  CHECK(a >= 0 && b >= 0, "open %s and %s", words[1], words[2]);
  same_tree(a, b, "");
  CHECK(entries > 0, "nothing to compare in %s", words[1]);
  return 0;
}
