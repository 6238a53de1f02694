package dev.varve.fs.ext;

import dev.varve.fs.Volume;
import dev.varve.fs.VolumeInode;
import dev.varve.model.Attributes;
import dev.varve.model.ByteString;
import dev.varve.model.FileType;
import dev.varve.model.Timestamp;
import dev.varve.model.Xattr;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What our reader says of every name of a volume, one line each, in the form that {@code manifest.py} has from the kernel. */
final class Manifest {
    /** What the FS_IOC_GETFLAGS ioctl of ext4 lets through (EXT4_FL_USER_VISIBLE). */
    private static final int USER_VISIBLE = 0x725BDFFF;

    private static final ByteString DOT = ByteString.utf8(".");
    private static final ByteString DOT_DOT = ByteString.utf8("..");

    private final Volume volume;
    private final boolean birthTimes;
    private final List<String> lines = new ArrayList<>();

    private Manifest(Volume volume) {
        this.volume = volume;
        birthTimes = birthTimes(volume);
    }

    /** 128-byte inodes have none. */
    static boolean birthTimes(Volume volume) {
        return volume.info().features().contains("extra_isize");
    }

    static List<String> of(Volume volume) throws IOException {
        Manifest manifest = new Manifest(volume);
        manifest.walk(new byte[0], volume.info().rootInode(), 0);
        return manifest.lines;
    }

    private void walk(byte[] path, long number, int depth) throws IOException {
        if (depth > 100) {
            throw new IOException("directories nest too deeply");
        }
        VolumeInode inode = volume.inode(number);
        lines.add(line(path, inode));
        if (!inode.attributes().isDirectory()) {
            return;
        }
        Map<ByteString, Long> children = new TreeMap<>();
        volume.entries(inode, (name, child) -> {
            if (!name.equals(DOT) && !name.equals(DOT_DOT) && children.put(name, child) != null) {
                throw new IOException("name twice: " + name);
            }
        });
        for (Map.Entry<ByteString, Long> child : children.entrySet()) {
            byte[] name = child.getKey().toBytes();
            ByteBuffer whole = ByteBuffer.allocate(path.length + 1 + name.length);
            whole.put(path).put((byte) '/').put(name);
            walk(whole.array(), child.getValue(), depth + 1);
        }
    }

    private String line(byte[] path, VolumeInode inode) throws IOException {
        Attributes a = inode.attributes();
        HexFormat hex = HexFormat.of();
        String more = a.isRegular() || a.isDirectory()
                ? Integer.toHexString(a.flags() & USER_VISIBLE) + "," + Integer.toHexString(a.generation()) + ","
                        + Integer.toUnsignedString(a.projectId())
                : "-";
        String xattrs = volume.xattrs(inode).stream()
                .map((Xattr x) -> hex.formatHex(x.name().toBytes()) + "="
                        + hex.formatHex(x.value().toBytes()))
                .collect(Collectors.joining(";"));
        return String.join(
                " ",
                hex.formatHex(path),
                Long.toString(inode.number()),
                Integer.toOctalString(a.mode()),
                Integer.toUnsignedString(a.uid()),
                Integer.toUnsignedString(a.gid()),
                Long.toString(a.size()),
                Long.toString(a.blocks()),
                Integer.toString(a.nlink()),
                stamp(a.mtime()),
                stamp(a.ctime()),
                birthTimes ? stamp(a.birthTime()) : "-",
                Long.toString(a.rdev()),
                more,
                content(inode),
                xattrs);
    }

    private static String stamp(Timestamp time) {
        return String.format("%d.%09d", time.seconds(), time.nanos());
    }

    private String content(VolumeInode inode) throws IOException {
        FileType type = inode.attributes().type();
        if (type == FileType.SYMLINK) {
            MessageDigest digest = sha256();
            digest.update(volume.symlinkTarget(inode).toBytes());
            return HexFormat.of().formatHex(digest.digest());
        }
        if (type != FileType.REGULAR || inode.attributes().size() > 1L << 30) {
            return "-";
        }
        MessageDigest digest = sha256();
        read(volume, inode, digest);
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Feeds a file's content, holes and unwritten extents as zeros. */
    static void read(Volume volume, VolumeInode inode, MessageDigest digest) throws IOException {
        ByteString inline = volume.inlineContent(inode);
        if (inline != null) {
            digest.update(inline.toBytes());
            return;
        }
        long size = inode.attributes().size();
        int blockSize = volume.info().blockSize();
        long[] position = {0};
        volume.extents(inode, (logical, physical, count, unwritten) -> {
            long start = Math.min(size, logical * blockSize);
            long end = Math.min(size, (logical + count) * blockSize);
            zeros(digest, start - position[0]);
            if (unwritten) {
                zeros(digest, end - start);
            } else {
                for (long at = start; at < end; at += 1 << 20) {
                    ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(1 << 20, end - at));
                    volume.device().read(physical * blockSize + (at - start), buffer);
                    digest.update(buffer.flip());
                }
            }
            position[0] = Math.max(position[0], end);
        });
        zeros(digest, size - position[0]);
    }

    private static void zeros(MessageDigest digest, long count) {
        byte[] zeros = new byte[1 << 16];
        for (long left = count; left > 0; left -= zeros.length) {
            digest.update(zeros, 0, (int) Math.min(left, zeros.length));
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
