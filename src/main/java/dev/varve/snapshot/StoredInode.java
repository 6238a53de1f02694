package dev.varve.snapshot;

import dev.varve.model.Attributes;
import dev.varve.model.ByteString;
import dev.varve.model.Xattr;
import java.util.List;

/**
 * An inode as a snapshot keeps it (docs/format.md, "Inode pages").
 *
 * @param fingerprint 16 bytes of the volume reader that change when the content may have changed
 * @param parent the inode of {@code ..}; 0 unless a directory
 * @param symlinkTarget null unless a symbolic link
 * @param directory null unless a directory
 * @param content null unless a regular file
 * @param unreadable the content could not be read when the backup was made: reading it gives EIO, the attributes hold
 * @param tailKept bytes behind the end of the file in its last block are not zero and stand in the image map
 */
public record StoredInode(
        long number,
        Attributes attributes,
        ByteString fingerprint,
        List<Xattr> xattrs,
        long parent,
        ByteString symlinkTarget,
        DirectoryRoot directory,
        Content content,
        boolean unreadable,
        boolean tailKept) {
    /** Bytes of a fingerprint. */
    public static final int FINGERPRINT_BYTES = 16;

    public StoredInode {
        xattrs = List.copyOf(xattrs);
        if (fingerprint.length() != FINGERPRINT_BYTES) {
            throw new IllegalArgumentException("fingerprint of " + fingerprint.length() + " bytes");
        }
    }
}
