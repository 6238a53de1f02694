package dev.varve.restore;

import dev.varve.posix.Descriptor;
import dev.varve.posix.FileStatus;
import dev.varve.posix.InodeFlags;
import dev.varve.posix.Posix;
import dev.varve.posix.PosixException;
import dev.varve.snapshot.StoredInode;
import java.io.IOException;

/** Lets a second run work in a directory that the first has finished already: made it immutable, or read-only for its owner. */
final class ExistingDirectory {
    private static final int LAST = InodeFlags.IMMUTABLE | InodeFlags.APPEND;
    private static final int OWNER_ALL = 0700;

    private ExistingDirectory() {}

    /**
     * @param directory closed if this throws
     * @param inode what it was or will be made, or null; flags that it does not ask for are somebody's wish and stay
     */
    static Descriptor openUp(Descriptor directory, StoredInode inode) throws IOException {
        try {
            FileStatus found = directory.status();
            boolean ours = inode != null && (inode.attributes().flags() & LAST) != 0;
            if (ours && (found.attributes() & (FileStatus.IMMUTABLE | FileStatus.APPEND)) != 0) {
                InodeFlags.set(directory, InodeFlags.get(directory) & ~LAST);
            }
            if (found.uid() == Posix.effectiveUser() && (found.mode() & OWNER_ALL) != OWNER_ALL) {
                directory.chmod(found.mode() & 07777 | OWNER_ALL);
            }
            return directory;
        } catch (PosixException e) {
            directory.close();
            throw e;
        }
    }
}
