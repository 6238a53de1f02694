/* refusing DIR FILE: tries every call that would change something; each must say EROFS. */
#include "check.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <utime.h>

#define REFUSED(call)                                              \
  do {                                                             \
    errno = 0;                                                     \
    CHECK((call) < 0 && errno == EROFS, "%s is not refused", #call); \
  } while (0)

int main(int count, char **words) {
  if (count != 3) return 2;
  const char *file = words[2];
  CHECK(!chdir(words[1]), "chdir %s", words[1]);
  const struct timespec times[2] = {{1, 2}, {3, 4}};
  REFUSED(open(file, O_WRONLY));
  REFUSED(open(file, O_RDWR));
  REFUSED(open(file, O_RDWR | O_APPEND));
  REFUSED(open(file, O_WRONLY | O_TRUNC));
  REFUSED(open("new", O_WRONLY | O_CREAT | O_EXCL, 0600));
  REFUSED(open(".", O_TMPFILE | O_WRONLY, 0600));
  REFUSED(mkdir("new", 0700));
  REFUSED(mknod("new", S_IFIFO | 0600, 0));
  REFUSED(symlink("target", "new"));
  REFUSED(link(file, "new"));
  REFUSED(rename(file, "new"));
  REFUSED(unlink(file));
  REFUSED(chmod(file, 0777));
  REFUSED(lchown(file, 1, 1));
  REFUSED(truncate(file, 0));
  REFUSED(utimensat(AT_FDCWD, file, times, 0));
  REFUSED(utime(file, NULL));
  REFUSED(setxattr(file, "user.new", "x", 1, 0));
  REFUSED(removexattr(file, "user.new"));
  REFUSED(access(file, W_OK));
  CHECK(!access(file, R_OK) && !access(file, F_OK), "cannot be read");
  errno = 0;
  CHECK(open("nothing-here", O_RDONLY) < 0 && errno == ENOENT, "a name that is not there is not ENOENT");

  struct statvfs info;
  CHECK(!statvfs(".", &info), "statvfs");
  CHECK(info.f_blocks > 0 && info.f_bfree == 0 && info.f_bavail == 0, "statvfs has %lu free of %lu", (unsigned long)info.f_bfree, (unsigned long)info.f_blocks);
  CHECK(info.f_files > 0 && info.f_ffree == 0 && info.f_namemax == 255, "statvfs: files or names");
  CHECK(info.f_flag & ST_RDONLY, "statvfs does not say read-only");
  return 0;
}
