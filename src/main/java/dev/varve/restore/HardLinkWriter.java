package dev.varve.restore;

import dev.varve.model.ByteString;
import dev.varve.model.FileType;
import dev.varve.posix.Descriptor;
import dev.varve.posix.Errno;
import dev.varve.posix.FileStatus;
import dev.varve.posix.Posix;
import dev.varve.posix.PosixException;
import java.io.IOException;

/** Gives a restored file a further name; what bears that name already is replaced, unless it is that file. */
final class HardLinkWriter {
    private HardLinkWriter() {}

    static void write(
            Descriptor firstDirectory,
            ByteString first,
            TargetDirectory directory,
            ByteString name,
            RestoreProgress progress)
            throws IOException {
        Descriptor parent = directory.descriptor();
        FileStatus found = directory.isFresh() ? null : Posix.statusOrNull(parent, name);
        if (found == null) {
            Posix.link(firstDirectory, first, parent, name);
            progress.addRestored();
            return;
        }
        FileStatus original = Posix.status(firstDirectory, first);
        if (found.inode() == original.inode() && found.device() == original.device()) {
            progress.addSkipped();
            return;
        }
        if (found.type() == FileType.DIRECTORY) {
            throw new PosixException("a directory is in the way", Errno.EISDIR);
        }
        ByteString temporary = ByteString.utf8(EntryRestore.PREFIX + "link-" + Long.toHexString(original.inode()));
        EntryRestore.removeIfThere(parent, temporary);
        Posix.link(firstDirectory, first, parent, temporary);
        Posix.rename(parent, temporary, name);
        progress.addRestored();
    }
}
