package dev.varve.backup;

import dev.varve.fs.Volume;
import dev.varve.fs.VolumeInode;
import dev.varve.model.ByteString;
import dev.varve.model.FileType;
import dev.varve.model.VarveException;
import dev.varve.snapshot.DirectoryEntry;
import dev.varve.snapshot.DirectoryRoot;
import dev.varve.snapshot.DirectoryWriter;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Comparator;

/**
 * Reads the entries of a directory and stores them sorted, with the type of the inode that each names. Entries that lead
 * nowhere (an inode that is not in use or not of the tree), names that no directory can hold and second entries of one name
 * are left out and reported; the directory then counts as incomplete, so that the next backup looks for them again. Not
 * thread safe. Memory: 128 Ki entries (about 100 bytes each), the rest in a scratch file.
 */
final class DirectoryReading {
    private static final int MAX_IN_MEMORY = 128 * 1024;
    private static final ByteString DOT = ByteString.utf8(".");
    private static final ByteString DOT_DOT = ByteString.utf8("..");

    private final Volume volume;
    private final Ingest ingest;
    private final InodeTypes types;
    private long scannedUpTo;

    DirectoryReading(Volume volume, Ingest ingest, InodeTypes types) {
        this.volume = volume;
        this.ingest = ingest;
        this.types = types;
    }

    /** Fills in {@code directory} and {@code parent}; what of it cannot be read is reported. */
    void read(PendingInode pending, long scannedInodes) throws IOException {
        scannedUpTo = scannedInodes;
        pending.parent = 0;
        try (ScratchSort<Entry> entries =
                new ScratchSort<>(ingest.scratchDirectory(), MAX_IN_MEMORY, Comparator.comparing(Entry::name), CODEC)) {
            try {
                volume.entries(pending.inode, (name, inode) -> collect(pending, entries, name, inode));
            } catch (IOException e) {
                ingest.pipeline().rethrow();
                ingest.problem(pending.number(), "directory cannot be read to its end: " + e.getMessage());
                pending.unreadable = true;
            }
            if (pending.parent == 0) {
                leftOut(pending, "directory without an entry ..");
                pending.parent = pending.number();
            }
            ingest.pipeline().own(() -> pending.directory = write(pending, entries.sorted()));
        }
    }

    private void collect(PendingInode pending, ScratchSort<Entry> entries, ByteString name, long inode)
            throws IOException {
        if (name.equals(DOT)) {
            return;
        }
        if (name.equals(DOT_DOT) && pending.parent == 0) {
            pending.parent = inode;
        } else if (DirectoryWriter.isValidName(name)) {
            ingest.pipeline().own(() -> entries.add(new Entry(name, inode)));
        } else {
            leftOut(pending, "left out an entry with the impossible name \"" + name.display() + "\"");
        }
    }

    private DirectoryRoot write(PendingInode directory, ScratchSort.Cursor<Entry> entries) throws IOException {
        DirectoryWriter writer = new DirectoryWriter(ingest.metadata());
        ByteString last = null;
        for (Entry entry = entries.next(); entry != null; entry = entries.next()) {
            if (entry.name().equals(last)) {
                leftOut(directory, "left out a second entry \"" + entry.name().display() + "\"");
                continue;
            }
            FileType type = type(entry.inode());
            if (type == null) {
                leftOut(
                        directory,
                        "left out the entry \"" + entry.name().display() + "\": inode " + entry.inode()
                                + " is not in use or not readable");
                continue;
            }
            writer.add(new DirectoryEntry(entry.name(), entry.inode(), type));
            last = entry.name();
        }
        return writer.finish();
    }

    private void leftOut(PendingInode directory, String what) {
        ingest.problem(directory.number(), what);
        directory.incomplete = true;
    }

    /** The type of an inode of the tree, or null. Those the scan has not reached are looked up one by one. */
    private FileType type(long inode) throws IOException {
        if (inode <= 0) {
            return null;
        }
        if (inode <= scannedUpTo) {
            return types.get(inode);
        }
        try {
            VolumeInode found = volume.inode(inode);
            return found.role() == VolumeInode.Role.TREE ? found.attributes().type() : null;
        } catch (VarveException e) {
            return null; // the caller reports the entry
        }
    }

    private record Entry(ByteString name, long inode) {}

    private static final ScratchSort.Codec<Entry> CODEC = new ScratchSort.Codec<>() {
        @Override
        public void write(DataOutputStream out, Entry entry) throws IOException {
            out.writeLong(entry.inode);
            out.writeShort(entry.name.length());
            out.write(entry.name.toBytes());
        }

        @Override
        public Entry read(DataInputStream in) throws IOException {
            long inode = in.readLong();
            byte[] name = new byte[in.readUnsignedShort()];
            in.readFully(name);
            return new Entry(ByteString.of(name), inode);
        }
    };
}
