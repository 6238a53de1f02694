package dev.varve.mount;

import java.util.ArrayList;
import java.util.List;

/**
 * The options of a mount, as mount.fuse spells them.
 *
 * <p>Timeouts are for the whole mount. They can be long because what a dated directory shows never changes; the top level, which
 * does, is taken back from the kernel by {@link FuseSession#topChanged} when a snapshot comes or goes. A name that is not there is
 * not remembered, so a new date is seen by its first lookup.
 *
 * <p>With {@code allow_other} the kernel checks modes and owners as on a local disk, and {@link AccessAcl} what it does not know. Without it only the user who mounted gets
 * in; he has the password and so everything in the repository, and modes that would keep him out are not enforced.
 */
record MountOptions(boolean allowOther) {
    /** In /proc/mounts the type is {@code fuse.varve}, and the source {@code varve:PID}, so that umount knows whom to wait for. */
    static final String SUBTYPE = "varve";

    /** What libfuse 2 can take at once. */
    private static final int MAX_READ_BYTES = 131072;

    private static final int REMEMBER_SECONDS = 86400;

    /** For {@code -o}. */
    String text() {
        List<String> options = new ArrayList<>(List.of(
                "ro",
                "fsname=" + SUBTYPE + ":" + ProcessHandle.current().pid(),
                "subtype=" + SUBTYPE,
                "use_ino",
                "kernel_cache",
                "max_read=" + MAX_READ_BYTES,
                "entry_timeout=" + REMEMBER_SECONDS,
                "attr_timeout=" + REMEMBER_SECONDS,
                "negative_timeout=0"));
        if (allowOther) {
            options.add("allow_other");
            options.add("default_permissions");
        }
        return String.join(",", options);
    }
}
