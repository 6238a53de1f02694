package dev.varve.view;

import dev.varve.model.Attributes;
import dev.varve.model.ByteString;
import dev.varve.model.FileType;
import dev.varve.model.Xattr;
import dev.varve.snapshot.DirectoryEntry;
import dev.varve.snapshot.StoredInode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A directory of a volume, with other volumes laid over names in it. Mount points that the directory itself lacks are listed
 * behind its own entries.
 */
public final class VolumeDirectory implements DirectoryNode {
    private final OpenVolume volume;
    private final StoredInode inode;
    private final JoinPoint joins;
    /** Of {@link #joins}, those whose name the directory lacks. */
    private final List<JoinPoint> added;

    private VolumeDirectory(OpenVolume volume, StoredInode inode, JoinPoint joins, List<JoinPoint> added) {
        this.volume = volume;
        this.inode = inode;
        this.joins = joins;
        this.added = added;
    }

    /** @param joins what is mounted below the directory's path, or null */
    static VolumeDirectory of(OpenVolume volume, StoredInode inode, JoinPoint joins) throws IOException {
        if (joins == null || joins.children().isEmpty()) {
            return new VolumeDirectory(volume, inode, null, List.of());
        }
        List<JoinPoint> added = new ArrayList<>();
        for (JoinPoint join : joins.children().values()) {
            if (volume.stored().lookup(inode, join.name()) == null) {
                added.add(join);
            }
        }
        return new VolumeDirectory(volume, inode, joins, List.copyOf(added));
    }

    @Override
    public long inodeNumber() {
        return volume.show(inode.number());
    }

    @Override
    public Attributes attributes() {
        return inode.attributes();
    }

    /** One link more for each mount point that the directory lacks; file systems that do not count links of directories say 1. */
    @Override
    public int linkCount() {
        int own = inode.attributes().nlink();
        return own > 1 ? own + added.size() : own;
    }

    @Override
    public List<Xattr> xattrs() {
        return inode.xattrs();
    }

    @Override
    public ViewNode child(ByteString name) throws IOException {
        JoinPoint join = joins == null ? null : joins.child(name);
        if (join != null && join.volume() != null) {
            return join.mounted();
        }
        DirectoryEntry entry = volume.stored().lookup(inode, name);
        ViewNode own = entry == null ? null : volume.node(volume.stored().inode(entry.inode()), join);
        return join == null || own instanceof DirectoryNode ? own : join.synthetic();
    }

    @Override
    public long entryCount() {
        return inode.directory().entryCount() + added.size();
    }

    @Override
    public boolean isFixed() {
        return true;
    }

    @Override
    public void list(long from, EntryVisitor visitor) throws IOException {
        long own = inode.directory().entryCount();
        if (from < own) {
            OwnEntries entries = new OwnEntries(visitor);
            volume.stored().list(inode, from, entries);
            if (entries.stopped) {
                return;
            }
        }
        for (long i = Math.max(0, from - own); i < added.size(); i++) {
            JoinPoint join = added.get((int) i);
            if (!visitor.entry(join.name(), join.inodeNumber(), FileType.DIRECTORY.bits(), own + i)) {
                return;
            }
        }
    }

    /** Passes the directory's own entries on, with what is mounted over them. */
    private final class OwnEntries implements dev.varve.snapshot.StoredVolume.EntryVisitor {
        private final EntryVisitor visitor;
        private boolean stopped;

        OwnEntries(EntryVisitor visitor) {
            this.visitor = visitor;
        }

        @Override
        public boolean entry(DirectoryEntry entry, long index) throws IOException {
            JoinPoint join = joins == null ? null : joins.child(entry.name());
            boolean covered = join != null && (join.volume() != null || entry.type() != FileType.DIRECTORY);
            boolean goOn = covered
                    ? visitor.entry(entry.name(), join.inodeNumber(), FileType.DIRECTORY.bits(), index)
                    : visitor.entry(
                            entry.name(),
                            volume.show(entry.inode()),
                            entry.type() == null ? 0 : entry.type().bits(),
                            index);
            stopped = !goOn;
            return goOn;
        }
    }
}
