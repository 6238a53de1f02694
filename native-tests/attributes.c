/* attributes FILE BARE: FILE has user.colour=blue, a POSIX ACL and a capability; BARE has no extended attribute. */
#include "check.h"
#include <sys/xattr.h>

static int listed(const char *list, ssize_t length, const char *name) {
  for (const char *at = list; at < list + length; at += strlen(at) + 1)
    if (!strcmp(at, name)) return 1;
  return 0;
}

int main(int count, char **words) {
  if (count != 3) return 2;
  const char *file = words[1], *bare = words[2];
  char list[1000], value[1000];
  ssize_t length = listxattr(file, NULL, 0);
  CHECK(length > 0, "listxattr with size 0");
  CHECK(listxattr(file, list, sizeof list) == length, "listxattr");
  CHECK(listed(list, length, "user.colour"), "user.colour is not listed");
  CHECK(listed(list, length, "security.capability"), "security.capability is not listed");
  errno = 0;
  CHECK(listxattr(file, list, length - 1) < 0 && errno == ERANGE, "listxattr into too little");

  CHECK(getxattr(file, "user.colour", NULL, 0) == 4, "getxattr with size 0");
  CHECK(getxattr(file, "user.colour", value, 4) == 4 && !memcmp(value, "blue", 4), "user.colour");
  errno = 0;
  CHECK(getxattr(file, "user.colour", value, 3) < 0 && errno == ERANGE, "getxattr into too little");
  errno = 0;
  CHECK(getxattr(file, "user.none", value, sizeof value) < 0 && errno == ENODATA, "an attribute that is not there");

  length = getxattr(file, "system.posix_acl_access", value, sizeof value);
  CHECK(length >= 28 && value[0] == 2 && value[1] == 0, "ACL of %zd bytes", length);
  length = getxattr(file, "security.capability", value, sizeof value);
  CHECK(length == 20 || length == 24, "capability of %zd bytes", length);

  CHECK(listxattr(bare, list, sizeof list) == 0, "a file without attributes lists some");
  errno = 0;
  CHECK(getxattr(bare, "user.colour", value, sizeof value) < 0 && errno == ENODATA, "a file without attributes has one");
  return 0;
}
