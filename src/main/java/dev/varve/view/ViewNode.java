package dev.varve.view;

import dev.varve.model.Attributes;
import dev.varve.model.Xattr;
import java.util.List;

/**
 * Something that has a path in the view. Nodes are immutable and safe to share between threads. Those of a volume cost the
 * stored inode they hold (which the cache shares) and 32 bytes.
 */
public sealed interface ViewNode permits DirectoryNode, VolumeFile, ImageFile, LinkNode {
    /** What stat shows as st_ino; see {@link InodeNumbers}. */
    long inodeNumber();

    Attributes attributes();

    /** st_nlink; differs from the attributes' where the view adds directories. */
    default int linkCount() {
        return attributes().nlink();
    }

    default List<Xattr> xattrs() {
        return List.of();
    }
}
