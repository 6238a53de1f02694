package dev.varve.view;

import dev.varve.model.Attributes;
import dev.varve.model.ByteString;
import dev.varve.model.Xattr;
import dev.varve.snapshot.ContentReader;
import dev.varve.snapshot.StoredInode;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** Anything of a volume that is not a directory: file, symbolic link, device, fifo, socket. */
public record VolumeFile(OpenVolume volume, StoredInode inode) implements ViewNode, ReadableNode {
    @Override
    public long inodeNumber() {
        return volume.show(inode.number());
    }

    @Override
    public Attributes attributes() {
        return inode.attributes();
    }

    @Override
    public List<Xattr> xattrs() {
        return inode.xattrs();
    }

    public boolean isRegular() {
        return inode.content() != null;
    }

    /** Null unless a symbolic link. */
    public ByteString linkTarget() {
        return inode.symlinkTarget();
    }

    /**
     * Bytes of a regular file by the name of the tier from which they would be read; holes count nowhere.
     *
     * @throws dev.varve.model.NotFoundException unless a regular file
     */
    public Map<String, Long> tiers() throws IOException {
        return volume.stored().tiers(inode);
    }

    /** @throws dev.varve.model.NotFoundException unless a regular file */
    @Override
    public OpenFile open() throws IOException {
        ContentReader reader = volume.stored().open(inode);
        return new OpenFile(reader.size(), reader::read, reader::prefetch);
    }
}
