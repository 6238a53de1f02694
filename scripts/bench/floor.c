/* The floor of the mount: what a C program on libfuse 2 needs to serve 1000 directories of 100 files, and /big of 1 GiB, from
   memory. No FUSE file system can be faster than this. Built and run by scripts/bench/compare. */
#define FUSE_USE_VERSION 26
#include <errno.h>
#include <fuse.h>
#include <stdio.h>
#include <string.h>

static char zeros[1 << 20];

static int floor_getattr(const char *path, struct stat *st) {
  memset(st, 0, sizeof *st);
  st->st_nlink = 1;
  st->st_mode = 0040755;
  if (!strcmp(path, "/")) return 0;
  if (!strcmp(path, "/big")) {
    st->st_mode = 0100444;
    st->st_size = 1L << 30;
    return 0;
  }
  const char *child = strchr(path + 1, '/');
  if (!child) return path[1] == 'd' ? 0 : -ENOENT;
  if (child[1] != 'f') return -ENOENT;
  st->st_mode = 0100444;
  st->st_size = 4096;
  return 0;
}

static int floor_readdir(const char *path, void *buf, fuse_fill_dir_t fill, off_t off, struct fuse_file_info *fi) {
  int root = !strcmp(path, "/");
  char name[32];
  (void)off;
  (void)fi;
  fill(buf, ".", 0, 0);
  fill(buf, "..", 0, 0);
  if (root) fill(buf, "big", 0, 0);
  for (int i = 0; i < (root ? 1000 : 100); i++) {
    sprintf(name, root ? "d%d" : "f%d", i);
    fill(buf, name, 0, 0);
  }
  return 0;
}

static int floor_open(const char *path, struct fuse_file_info *fi) {
  (void)path;
  (void)fi;
  return 0;
}

static int floor_read(const char *path, char *buf, size_t n, off_t off, struct fuse_file_info *fi) {
  long limit = path[1] == 'b' ? 1L << 30 : 4096;
  (void)fi;
  if (off >= limit) return 0;
  if (n > (size_t)(limit - off)) n = limit - off;
  memcpy(buf, zeros, n);
  return n;
}

int main(int argc, char **argv) {
  struct fuse_operations ops = {.getattr = floor_getattr, .readdir = floor_readdir, .open = floor_open, .read = floor_read};
  return fuse_main(argc, argv, &ops, 0);
}
