package dev.varve.testing;

import dev.varve.fs.VolumeInfo;
import dev.varve.model.Attributes;
import dev.varve.model.ByteString;
import dev.varve.model.Timestamp;
import dev.varve.model.Xattr;
import dev.varve.repository.ChunkSource;
import dev.varve.snapshot.ContentReader;
import dev.varve.snapshot.DirectoryEntry;
import dev.varve.snapshot.ImageReader;
import dev.varve.snapshot.Manifest;
import dev.varve.snapshot.StoredInode;
import dev.varve.snapshot.StoredVolume;
import dev.varve.snapshot.VolumeCache;
import dev.varve.snapshot.VolumeRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * All that a snapshot says, as lines of ASCII: every path with its attributes and the SHA-256 of its content, and the image's
 * SHA-256. Reads every byte, and nothing twice through a cache. Two snapshots are the same if and only if their lines are.
 */
public final class SnapshotListing {
    private static final long CACHE_BYTES = 1 << 20;
    private static final int BUFFER_BYTES = 128 << 10;

    private final ChunkSource chunks;
    private final List<String> lines = new ArrayList<>();
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);

    private SnapshotListing(ChunkSource chunks) {
        this.chunks = chunks;
    }

    /** Host, name and time first, then the volumes. */
    public static List<String> of(ChunkSource chunks, Manifest manifest) throws IOException {
        List<String> lines = new ArrayList<>();
        lines.add("snapshot " + manifest.name() + " of " + manifest.host() + " at " + time(manifest.time()) + " zone "
                + manifest.zone());
        lines.addAll(volumes(chunks, manifest));
        return lines;
    }

    /** Without what differs between two backups of one volume. */
    public static List<String> volumes(ChunkSource chunks, Manifest manifest) throws IOException {
        SnapshotListing listing = new SnapshotListing(chunks);
        for (VolumeRecord record : manifest.volumes()) {
            listing.volume(record);
        }
        return listing.lines;
    }

    private void volume(VolumeRecord record) throws IOException {
        StoredVolume volume = new StoredVolume(chunks, record, VolumeCache.ofBytes(CACHE_BYTES));
        VolumeInfo info = record.info();
        lines.add("volume " + record.name() + " on " + record.mountPoint().display() + " " + info.type() + " "
                + info.uuid() + " label " + info.label().display() + " block " + info.blockSize() + " bytes "
                + info.deviceBytes() + " features " + String.join(",", info.features()));
        if (!record.isRaw()) {
            walk(volume, volume.root(), "/");
        }
        image(volume.image());
    }

    private void walk(StoredVolume volume, StoredInode directory, String path) throws IOException {
        inode(volume, directory, path);
        List<DirectoryEntry> entries = new ArrayList<>();
        volume.list(directory, 0, (entry, index) -> entries.add(entry));
        for (DirectoryEntry entry : entries) {
            StoredInode inode = volume.inode(entry.inode());
            String below = path + entry.name().display();
            if (inode.directory() != null) {
                walk(volume, inode, below + "/");
            } else {
                inode(volume, inode, below);
            }
        }
    }

    private void inode(StoredVolume volume, StoredInode inode, String path) throws IOException {
        Attributes a = inode.attributes();
        StringBuilder line = new StringBuilder(path);
        line.append(String.format(" inode=%d mode=%o nlink=%d", inode.number(), a.mode(), a.nlink()));
        line.append(String.format(" owner=%d:%d size=%d/%d", a.uid(), a.gid(), a.size(), a.blocks()));
        unlessZero(line, "flags", a.flags());
        unlessZero(line, "generation", a.generation());
        unlessZero(line, "rdev", a.rdev());
        unlessZero(line, "project", a.projectId());
        line.append(" mtime=").append(time(a.mtime()));
        line.append(" ctime=").append(a.ctime().equals(a.mtime()) ? "=" : time(a.ctime()));
        line.append(" birth=").append(a.birthTime().equals(a.mtime()) ? "=" : time(a.birthTime()));
        for (Xattr xattr : inode.xattrs()) {
            line.append(" xattr:").append(xattr.name().display()).append('=').append(hex(xattr.value()));
        }
        if (inode.symlinkTarget() != null) {
            line.append(" target=").append(inode.symlinkTarget().display());
        }
        if (inode.directory() != null) {
            line.append(" entries=").append(inode.directory().entryCount());
        }
        if (inode.unreadable()) {
            line.append(" unreadable");
        } else if (inode.content() != null) {
            content(volume.open(inode), line);
        }
        lines.add(line.toString());
    }

    private static void unlessZero(StringBuilder line, String name, long value) {
        if (value != 0) {
            line.append(' ').append(name).append('=').append(Long.toHexString(value));
        }
    }

    private void content(ContentReader reader, StringBuilder line) throws IOException {
        MessageDigest digest = sha256();
        for (long at = 0; at < reader.size(); at += buffer.position()) {
            if (reader.read(at, buffer.clear()) <= 0) {
                throw new AssertionError("content ends at " + at + " of " + reader.size());
            }
            digest.update(buffer.array(), 0, buffer.position());
        }
        line.append(" sha256=").append(HexFormat.of().formatHex(digest.digest()));
        reader.parts(0, (offset, part) -> {
            if (part.isHole()) {
                line.append(" hole=").append(offset).append('+').append(part.length());
            }
        });
    }

    private void image(ImageReader image) throws IOException {
        MessageDigest digest = sha256();
        for (long at = 0; at < image.size(); at += buffer.position()) {
            if (image.read(at, buffer.clear()) <= 0) {
                throw new AssertionError("the image ends at " + at + " of " + image.size());
            }
            digest.update(buffer.array(), 0, buffer.position());
        }
        lines.add("image bytes=" + image.size() + " sha256=" + HexFormat.of().formatHex(digest.digest()));
    }

    private static String time(Timestamp time) {
        return time.nanos() == 0
                ? Long.toString(time.seconds())
                : String.format("%d.%09d", time.seconds(), time.nanos());
    }

    private static String hex(ByteString bytes) {
        return HexFormat.of().formatHex(bytes.toBytes());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
