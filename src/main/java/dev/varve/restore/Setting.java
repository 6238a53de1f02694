package dev.varve.restore;

/** Kinds of metadata that may turn out impossible to set: without root, or on a file system that lacks them. */
public enum Setting {
    OWNER("owners"),
    MODE("modes"),
    DEVICE("device nodes"),
    ACL("ACLs"),
    CAPABILITY("file capabilities"),
    SECURITY_XATTR("security.* attributes"),
    TRUSTED_XATTR("trusted.* attributes"),
    USER_XATTR("user.* attributes"),
    OTHER_XATTR("other extended attributes"),
    PROJECT("project ids"),
    TIME("times"),
    FLAG("inode flags");

    private final String plural;

    Setting(String plural) {
        this.plural = plural;
    }

    /** For messages. */
    public String plural() {
        return plural;
    }

    static Setting ofXattr(String name) {
        if (name.startsWith("user.")) {
            return USER_XATTR;
        } else if (name.startsWith("system.posix_acl_")) {
            return ACL;
        } else if (name.equals("security.capability")) {
            return CAPABILITY;
        } else if (name.startsWith("security.")) {
            return SECURITY_XATTR;
        }
        return name.startsWith("trusted.") ? TRUSTED_XATTR : OTHER_XATTR;
    }
}
