package dev.varve.backup;

import dev.varve.device.BlockSource;
import dev.varve.fs.InodeScan;
import dev.varve.fs.Volume;
import dev.varve.fs.VolumeInfo;
import dev.varve.fs.VolumeInode;
import dev.varve.model.ByteString;
import dev.varve.model.CorruptException;
import dev.varve.model.Timestamp;
import dev.varve.model.Xattr;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/** A volume that lies where a test tells it to, and is another volume for the rest. */
final class ForgedVolume implements Volume {
    private final Volume volume;
    private UnaryOperator<VolumeInfo> info = UnaryOperator.identity();
    private final Map<Long, ByteString> fingerprints = new HashMap<>();
    private final Map<Long, Map<ByteString, Long>> extraEntries = new HashMap<>();
    private final Set<Long> brokenExtents = new HashSet<>();
    private final Set<Long> lostInodes = new HashSet<>();
    private final Set<Long> brokenXattrs = new HashSet<>();
    private final Map<Long, List<Xattr>> xattrs = new HashMap<>();
    private final Map<Long, ByteString> targets = new HashMap<>();

    ForgedVolume(Volume volume) {
        this.volume = volume;
    }

    /** The superblock was last written so many seconds after the epoch. */
    ForgedVolume writtenAt(long seconds) {
        info = was -> with(was, new Timestamp(seconds, 0), was.clean());
        return this;
    }

    ForgedVolume dirty() {
        UnaryOperator<VolumeInfo> before = info;
        info = was -> with(before.apply(was), before.apply(was).lastWritten(), false);
        return this;
    }

    ForgedVolume fingerprint(long inode, ByteString fingerprint) {
        fingerprints.put(inode, fingerprint);
        return this;
    }

    /** The directory lists this name behind its own entries. */
    ForgedVolume entry(long directory, String name, long inode) {
        extraEntries.computeIfAbsent(directory, ignored -> new HashMap<>()).put(ByteString.utf8(name), inode);
        return this;
    }

    ForgedVolume breakExtents(long inode) {
        brokenExtents.add(inode);
        return this;
    }

    /** The part of the inode tables with this inode cannot be read. */
    ForgedVolume loseInode(long inode) {
        lostInodes.add(inode);
        return this;
    }

    ForgedVolume breakXattrs(long inode) {
        brokenXattrs.add(inode);
        return this;
    }

    /** The inode has these attributes and no other. */
    ForgedVolume xattrs(long inode, List<Xattr> forged) {
        xattrs.put(inode, forged);
        return this;
    }

    ForgedVolume symlinkTarget(long inode, ByteString forged) {
        targets.put(inode, forged);
        return this;
    }

    private static VolumeInfo with(VolumeInfo i, Timestamp lastWritten, boolean clean) {
        return new VolumeInfo(
                i.type(),
                i.uuid(),
                i.label(),
                i.blockSize(),
                i.blockCount(),
                i.deviceBytes(),
                i.created(),
                lastWritten,
                i.mountCount(),
                clean,
                i.lastChecked(),
                i.errors(),
                i.rootInode(),
                i.inodeCount(),
                i.freeInodes(),
                i.freeBlocks(),
                i.features());
    }

    @Override
    public VolumeInfo info() {
        return info.apply(volume.info());
    }

    @Override
    public BlockSource device() {
        return volume.device();
    }

    @Override
    public InodeScan scan() throws IOException {
        InodeScan scan = volume.scan();
        return new InodeScan() {
            @Override
            public VolumeInode next() throws IOException {
                VolumeInode inode = scan.next();
                if (inode != null && lostInodes.contains(inode.number())) {
                    throw new CorruptException("forged", -1, "inode table cannot be read");
                }
                return inode;
            }

            @Override
            public long bytesRead() {
                return scan.bytesRead();
            }
        };
    }

    @Override
    public VolumeInode inode(long number) throws IOException {
        if (lostInodes.contains(number)) {
            throw new CorruptException("forged", -1, "inode table cannot be read");
        }
        return volume.inode(number);
    }

    @Override
    public void extents(VolumeInode inode, ExtentVisitor visitor) throws IOException {
        volume.extents(inode, visitor);
        if (brokenExtents.contains(inode.number())) {
            throw new IOException("extent block of inode " + inode.number() + " cannot be read");
        }
    }

    @Override
    public ByteString inlineContent(VolumeInode inode) throws IOException {
        return volume.inlineContent(inode);
    }

    @Override
    public List<Xattr> xattrs(VolumeInode inode) throws IOException {
        if (brokenXattrs.contains(inode.number())) {
            throw new IOException("attribute block of inode " + inode.number() + " cannot be read");
        }
        List<Xattr> forged = xattrs.get(inode.number());
        return forged == null ? volume.xattrs(inode) : forged;
    }

    @Override
    public ByteString symlinkTarget(VolumeInode inode) throws IOException {
        ByteString forged = targets.get(inode.number());
        return forged == null ? volume.symlinkTarget(inode) : forged;
    }

    @Override
    public void entries(VolumeInode directory, EntryVisitor visitor) throws IOException {
        volume.entries(directory, visitor);
        for (Map.Entry<ByteString, Long> extra :
                extraEntries.getOrDefault(directory.number(), Map.of()).entrySet()) {
            visitor.entry(extra.getKey(), extra.getValue());
        }
    }

    @Override
    public ByteString fingerprint(VolumeInode inode) throws IOException {
        ByteString forged = fingerprints.get(inode.number());
        return forged == null ? volume.fingerprint(inode) : forged;
    }

    @Override
    public void allocatedRuns(long firstBlock, long endBlock, RunVisitor visitor) throws IOException {
        volume.allocatedRuns(firstBlock, endBlock, visitor);
    }

    @Override
    public void close() throws IOException {
        volume.close();
    }
}
