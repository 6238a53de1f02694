package dev.varve.snapshot;

import dev.varve.bytes.ByteReader;
import dev.varve.bytes.ByteWriter;
import dev.varve.fs.VolumeInfo;
import dev.varve.model.ByteString;
import dev.varve.model.CorruptException;
import dev.varve.model.Timestamp;
import dev.varve.model.UnsupportedFormatException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Manifests to bytes and back (docs/format.md, "Manifest"). What is decoded is untrusted. */
public final class ManifestFormat {
    /** Bytes of a text, in UTF-8. */
    public static final int MAX_TEXT = 4096;

    /** Volumes of one snapshot; a manifest of so many with texts of ordinary length still fits its envelope. */
    public static final int MAX_VOLUMES = 4096;

    private static final int MAX_FEATURES = 256;
    private static final int KIND_RAW = 0;
    private static final int KIND_FILES = 1;

    /** Bytes of a manifest: what its envelope takes, less the name at its end. */
    static final int MAX_BYTES = SnapshotFormat.MAX_CHUNK_BYTES - 64;

    private ManifestFormat() {}

    /** @throws CorruptException if a reader would refuse it: then it must not be published */
    public static byte[] encode(Manifest manifest) throws IOException {
        byte[] encoded = bytes(manifest);
        if (encoded.length > MAX_BYTES) {
            throw new CorruptException(
                    "manifest of " + manifest.name(), -1, "no manifest has " + encoded.length + " bytes");
        }
        decode("manifest of " + manifest.name(), encoded);
        return encoded;
    }

    private static byte[] bytes(Manifest manifest) {
        ByteWriter out = new ByteWriter();
        out.u64(SnapshotFormat.MANIFEST_MAGIC);
        out.u16(SnapshotFormat.MANIFEST_VERSION);
        text(out, manifest.host());
        text(out, manifest.name());
        InodeCodec.timestamp(out, manifest.time());
        text(out, manifest.zone());
        text(out, manifest.tool());
        out.varint(manifest.volumes().size());
        for (VolumeRecord volume : manifest.volumes()) {
            volume(out, volume);
        }
        return out.toByteArray();
    }

    public static Manifest decode(String objectName, byte[] plaintext) throws IOException {
        ByteReader in = ByteReader.of(objectName, plaintext);
        if (in.u64() != SnapshotFormat.MANIFEST_MAGIC) {
            throw new CorruptException(objectName, 0, "not a manifest");
        }
        int version = in.u16();
        if (version != SnapshotFormat.MANIFEST_VERSION) {
            throw new UnsupportedFormatException(
                    objectName, "manifest version " + version, "version " + SnapshotFormat.MANIFEST_VERSION);
        }
        String host = text(in);
        String name = text(in);
        Timestamp time = InodeCodec.timestamp(in);
        String zone = text(in);
        String tool = text(in);
        if (!isValidHost(host) || !SnapshotName.isValid(name)) {
            throw in.corrupt("impossible host or snapshot name");
        }
        int count = in.varint("number of volumes", MAX_VOLUMES);
        List<VolumeRecord> volumes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            volumes.add(volume(in));
        }
        in.expectEnd();
        return new Manifest(objectName, host, name, time, zone, tool, volumes);
    }

    /** A host's name becomes a directory of the mount: 1 to 255 bytes of visible characters, no {@code /}, not starting with a dot. */
    public static boolean isValidHost(String host) {
        int length = host.getBytes(StandardCharsets.UTF_8).length;
        return length >= 1
                && length <= 255
                && host.charAt(0) != '.'
                && host.chars().noneMatch(c -> c == '/' || c <= ' ' || c == 0x7f);
    }

    private static void volume(ByteWriter out, VolumeRecord volume) {
        out.u8(volume.isRaw() ? KIND_RAW : KIND_FILES);
        text(out, volume.name());
        text(out, volume.source());
        InodeCodec.sized(out, volume.mountPoint());
        info(out, volume.info());
        if (!volume.isRaw()) {
            InodeCodec.content(out, volume.inodes());
        }
        InodeCodec.content(out, volume.image());
        VolumeStatistics s = volume.statistics();
        out.varint(s.inodes()).varint(s.regularFiles()).varint(s.contentBytes());
        out.varint(s.readBytes()).varint(s.skippedBytes()).varint(s.newBytes()).varint(s.storedBytes());
        out.varint(s.unreadable()).varint(s.proofCursor());
    }

    private static VolumeRecord volume(ByteReader in) throws IOException {
        int kind = in.u8();
        if (kind != KIND_RAW && kind != KIND_FILES) {
            throw in.corrupt("unknown kind of volume: " + kind);
        }
        String name = text(in);
        String source = text(in);
        ByteString mountPoint = InodeCodec.sized(in, MAX_TEXT);
        VolumeInfo info = info(in);
        Content inodes = kind == KIND_RAW ? null : InodeCodec.content(in);
        Content image = InodeCodec.content(in);
        VolumeStatistics statistics = new VolumeStatistics(
                in.varint(),
                in.varint(),
                in.varint(),
                in.varint(),
                in.varint(),
                in.varint(),
                in.varint(),
                in.varint(),
                in.varint());
        if (!DirectoryWriter.isValidName(ByteString.utf8(name))) {
            throw in.corrupt("impossible volume name");
        }
        return new VolumeRecord(name, source, mountPoint, info, inodes, image, statistics);
    }

    private static void info(ByteWriter out, VolumeInfo info) {
        text(out, info.type());
        text(out, info.uuid());
        InodeCodec.sized(out, info.label());
        out.varint(info.blockSize()).varint(info.blockCount()).varint(info.deviceBytes());
        InodeCodec.timestamp(out, info.created());
        InodeCodec.timestamp(out, info.lastWritten());
        out.varint(Integer.toUnsignedLong(info.mountCount()));
        out.u8(info.clean() ? 1 : 0);
        InodeCodec.timestamp(out, info.lastChecked());
        out.u8(info.errors() ? 1 : 0);
        out.varint(info.rootInode())
                .varint(info.inodeCount())
                .varint(info.freeInodes())
                .varint(info.freeBlocks());
        out.varint(info.features().size());
        for (String feature : info.features()) {
            text(out, feature);
        }
    }

    private static VolumeInfo info(ByteReader in) throws IOException {
        String type = text(in);
        String uuid = text(in);
        ByteString label = InodeCodec.sized(in, MAX_TEXT);
        int blockSize = in.varint("block size", 1 << 16);
        long blockCount = in.varint();
        long deviceBytes = in.varint();
        if (Integer.bitCount(blockSize) != 1 || blockSize < 512 || blockCount < 0 || deviceBytes < 0) {
            throw in.corrupt("impossible geometry: " + blockCount + " blocks of " + blockSize + " bytes");
        }
        Timestamp created = InodeCodec.timestamp(in);
        Timestamp lastWritten = InodeCodec.timestamp(in);
        int mountCount = in.varint("mount count", Integer.MAX_VALUE);
        boolean clean = in.u8() != 0;
        Timestamp lastChecked = InodeCodec.timestamp(in);
        boolean errors = in.u8() != 0;
        long rootInode = in.varint();
        long inodeCount = in.varint();
        long freeInodes = in.varint();
        long freeBlocks = in.varint();
        int count = in.varint("number of features", MAX_FEATURES);
        List<String> features = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            features.add(text(in));
        }
        return new VolumeInfo(
                type,
                uuid,
                label,
                blockSize,
                blockCount,
                deviceBytes,
                created,
                lastWritten,
                mountCount,
                clean,
                lastChecked,
                errors,
                rootInode,
                inodeCount,
                freeInodes,
                freeBlocks,
                features);
    }

    private static void text(ByteWriter out, String text) {
        InodeCodec.sized(out, ByteString.utf8(text));
    }

    private static String text(ByteReader in) throws IOException {
        return new String(InodeCodec.sized(in, MAX_TEXT).toBytes(), StandardCharsets.UTF_8);
    }
}
