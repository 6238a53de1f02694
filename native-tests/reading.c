/* reading FILE REFERENCE: reads a file of the mount in every way programs do, and holds the bytes against a copy elsewhere. */
#include "check.h"
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { THREADS = 16, READS = 400, LONGEST = 300000 };
static const char *path;
static char *reference;
static off_t size;

static void same(const char *bytes, off_t at, size_t length, const char *how) {
  CHECK(!memcmp(bytes, reference + at, length), "%s: other bytes in [%lld, +%zu)", how, (long long)at, length);
}

static void *random_reads(void *seed) {
  unsigned state = (unsigned)(size_t)seed;
  char *bytes = malloc(LONGEST);
  int file = open(path, O_RDONLY);
  CHECK(file >= 0, "open %s", path);
  for (int i = 0; i < READS; i++) {
    off_t at = (((off_t)rand_r(&state) << 20) ^ rand_r(&state)) % (size + 1);
    size_t wanted = rand_r(&state) % LONGEST, expected = (off_t)wanted < size - at ? wanted : (size_t)(size - at);
    ssize_t length = pread(file, bytes, wanted, at);
    CHECK(length == (ssize_t)expected, "pread at %lld gave %zd of %zu", (long long)at, length, expected);
    same(bytes, at, expected, "pread");
  }
  close(file);
  free(bytes);
  return NULL;
}

int main(int count, char **words) {
  if (count != 3) return 2;
  path = words[1];
  int original = open(words[2], O_RDONLY), file = open(path, O_RDONLY);
  struct stat stat_original, stat_file;
  CHECK(original >= 0 && file >= 0, "open");
  CHECK(!fstat(original, &stat_original) && !fstat(file, &stat_file), "fstat");
  size = stat_original.st_size;
  CHECK(stat_file.st_size == size, "size %lld, not %lld", (long long)stat_file.st_size, (long long)size);
  reference = mmap(NULL, size, PROT_READ, MAP_PRIVATE, original, 0);
  CHECK(reference != MAP_FAILED, "mmap of the reference");

  char *mapped = mmap(NULL, size, PROT_READ, MAP_SHARED, file, 0);
  CHECK(mapped != MAP_FAILED, "mmap, shared and read-only");
  for (off_t at = size - size % 4096; at >= 0; at -= 4096 * 7) same(mapped + at, at, size - at < 4096 ? size - at : 4096, "mmap backwards");
  same(mapped, 0, size, "mmap");
  CHECK(mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) == MAP_FAILED, "a writable mapping was given");
  munmap(mapped, size);

  char temporary[] = "/tmp/varve-native-XXXXXX";
  int target = mkstemp(temporary);
  CHECK(target >= 0, "mkstemp");
  unlink(temporary);
  for (off_t left = size; left > 0;) {
    ssize_t sent = sendfile(target, file, NULL, left);
    CHECK(sent > 0, "sendfile with %lld to go", (long long)left);
    left -= sent;
  }
  char *sent = mmap(NULL, size, PROT_READ, MAP_PRIVATE, target, 0);
  CHECK(sent != MAP_FAILED, "mmap of what sendfile sent");
  same(sent, 0, size, "sendfile");

  char first[1000], second[5000];
  struct iovec parts[] = {{first, sizeof first}, {second, sizeof second}};
  CHECK(preadv(file, parts, 2, 4000) == 6000, "preadv");
  same(first, 4000, sizeof first, "preadv");
  same(second, 5000, sizeof second, "preadv");
  CHECK(lseek(file, size, SEEK_SET) == size && read(file, first, sizeof first) == 0, "read at the end");
  CHECK(pread(file, first, sizeof first, size + 1000000) == 0, "pread behind the end");

  int direct = open(path, O_RDONLY | O_DIRECT);
  if (direct >= 0) {
    void *aligned;
    CHECK(!posix_memalign(&aligned, 4096, 1 << 20), "memory");
    ssize_t length = pread(direct, aligned, 1 << 20, 4096);
    CHECK(length > 0, "pread with O_DIRECT");
    same(aligned, 4096, length, "O_DIRECT");
    close(direct);
  }

  pthread_t threads[THREADS];
  for (size_t i = 0; i < THREADS; i++) CHECK(!pthread_create(&threads[i], NULL, random_reads, (void *)(i + 1)), "thread");
  for (size_t i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  return 0;
}
