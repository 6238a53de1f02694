package dev.varve.testing;

import dev.varve.model.ByteString;
import dev.varve.model.FileType;
import dev.varve.model.Timestamp;
import dev.varve.model.Xattr;
import dev.varve.posix.Descriptor;
import dev.varve.posix.ExtendedAttributes;
import dev.varve.posix.FileStatus;
import dev.varve.posix.InodeFlags;
import dev.varve.posix.OpenFlags;
import dev.varve.posix.Posix;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/** Describes every attribute of every file below a directory, to hold two trees against each other. */
public final class FileTrees {
    /** Larger files are compared by size and data extents' worth of blocks only. */
    private static final long MAX_HASHED = 1L << 30;

    private FileTrees() {}

    /**
     * One file.
     *
     * @param firstName of the same inode in the order of paths: equal names mean equal hard links
     */
    public record Entry(
            int mode,
            int uid,
            int gid,
            long size,
            int nlink,
            long rdev,
            Timestamp mtime,
            int flags,
            List<Xattr> xattrs,
            ByteString target,
            long checksum,
            boolean sparse,
            String firstName) {}

    public static Map<String, Entry> describe(Path root) throws IOException {
        TreeMap<String, Path> paths = new TreeMap<>();
        try (var all = Files.walk(root)) {
            all.forEach(path -> paths.put(root.relativize(path).toString(), path));
        }
        Map<Long, String> firstNames = new HashMap<>();
        Map<String, Entry> entries = new TreeMap<>();
        for (Map.Entry<String, Path> path : paths.entrySet()) {
            entries.put(path.getKey(), entry(path.getKey(), path.getValue(), firstNames));
        }
        return entries;
    }

    private static Entry entry(String name, Path path, Map<Long, String> firstNames) throws IOException {
        FileStatus status;
        try (Descriptor open = Posix.open(path, OpenFlags.PATH | OpenFlags.NOFOLLOW, 0)) {
            status = open.status();
        }
        boolean directory = status.type() == FileType.DIRECTORY;
        boolean regular = status.type() == FileType.REGULAR;
        int flags = 0;
        if (directory || regular) {
            try (Descriptor open = Posix.open(path, OpenFlags.RDONLY | OpenFlags.NOFOLLOW, 0)) {
                flags = InodeFlags.get(open) & InodeFlags.SETTABLE;
            }
        }
        ByteString target = null;
        if (status.type() == FileType.SYMLINK) {
            try (Descriptor parent = Posix.open(path.getParent(), OpenFlags.RDONLY, 0)) {
                target = Posix.readlink(parent, Posix.bytes(path.getFileName()));
            }
        }
        return new Entry(
                status.mode(),
                status.uid(),
                status.gid(),
                directory ? 0 : status.size(),
                directory ? 0 : status.nlink(),
                status.rdev(),
                status.mtime(),
                flags,
                ExtendedAttributes.list(path),
                target,
                regular && status.size() < MAX_HASHED ? checksum(path) : 0,
                regular && status.blocks() * 512 < status.size() / 2,
                directory ? name : firstNames.computeIfAbsent(status.inode(), inode -> name));
    }

    private static long checksum(Path path) throws IOException {
        CRC32C crc = new CRC32C();
        byte[] buffer = new byte[1 << 16];
        try (InputStream in = Files.newInputStream(path, LinkOption.NOFOLLOW_LINKS)) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                crc.update(buffer, 0, read);
            }
        }
        return crc.getValue();
    }
}
