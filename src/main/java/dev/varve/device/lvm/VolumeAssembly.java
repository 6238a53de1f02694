package dev.varve.device.lvm;

import dev.varve.device.BlockSource;
import dev.varve.device.lvm.VolumeGroup.LogicalVolume;
import dev.varve.device.lvm.VolumeGroup.Member;
import dev.varve.device.lvm.VolumeGroup.Segment;
import dev.varve.model.CorruptException;
import dev.varve.model.RefusedException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Puts a logical volume together from its segments, and what these need. Each volume is made once, so that what is shared costs once
 * and a loop is seen. Used once, by one thread; what it makes is thread safe and closes nothing.
 */
final class VolumeAssembly {
    private static final int MAX_DEPTH = 32;

    private final VolumeGroup group;
    private final PhysicalVolumes disks;
    private final Map<String, Segment> snapshots = new HashMap<>();
    private final Map<String, BlockSource> made = new LinkedHashMap<>();
    private final Map<String, ThinMetadata> pools = new HashMap<>();
    private int depth;

    VolumeAssembly(VolumeGroup group, PhysicalVolumes disks) throws CorruptException {
        this.group = group;
        this.disks = disks;
        for (LogicalVolume volume : group.volumes().values()) {
            for (Segment segment : volume.segments()) {
                String store =
                        segment.type().equals("snapshot") ? segment.body().stringOrNull("cow_store") : null;
                if (store != null && snapshots.put(store, segment) != null) {
                    throw segment.body().corrupt(store + " is the store of two snapshots");
                }
            }
        }
    }

    /**
     * The content of a volume as device-mapper would show it.
     *
     * @throws RefusedException if it needs what is not there, or a kind of segment that is not read here
     * @throws CorruptException if the description or what it points to makes no sense
     */
    BlockSource volume(LogicalVolume volume) throws IOException {
        Segment snapshot = snapshots.get(volume.name());
        return snapshot == null ? plain(volume) : snapshot(volume, snapshot);
    }

    /** The ids of all volumes that took part. */
    Set<String> partIds() {
        return Set.copyOf(made.keySet().stream()
                .map(name -> group.volumes().get(name).id())
                .toList());
    }

    private BlockSource snapshot(LogicalVolume volume, Segment segment) throws IOException {
        BlockSource origin = plain(named(segment.body(), "origin"));
        BlockSource store = plain(volume);
        long size = segment.extents() * group.extentBytes();
        if (size > origin.sizeBytes()) {
            throw segment.body().corrupt("the snapshot is larger than its origin");
        }
        String name = group.display(volume);
        return new SnapshotSource(name, size, origin, store, ExceptionStore.read(name, store, size));
    }

    /** A volume for itself: of a snapshot its store, of an origin what it holds now. */
    private BlockSource plain(LogicalVolume volume) throws IOException {
        if (made.containsKey(volume.name())) {
            BlockSource source = made.get(volume.name());
            if (source == null) {
                throw new CorruptException(group.name(), -1, volume.name() + " is a part of itself");
            }
            return source;
        }
        if (++depth > MAX_DEPTH) {
            throw new CorruptException(group.name(), -1, volume.name() + " lies deeper than " + MAX_DEPTH + " volumes");
        }
        requireNotMerging(volume);
        made.put(volume.name(), null);
        BlockSource source = volume.is("thin") ? thin(volume) : segmented(volume);
        made.put(volume.name(), source);
        depth--;
        return source;
    }

    /** While a snapshot is merged into its origin, neither is what the kernel would show. */
    private void requireNotMerging(LogicalVolume volume) throws IOException {
        for (LogicalVolume other : group.volumes().values()) {
            ConfigSection body = other.segments().get(0).body();
            boolean merging;
            if (other.is("snapshot")) {
                merging = body.has("merging_store")
                        && (body.hasWord("origin", volume.name()) || body.hasWord("merging_store", volume.name()));
            } else {
                merging = other.is("thin") && body.hasWord("merge", volume.name());
            }
            if (merging) {
                throw new RefusedException(group.display(volume)
                        + ": a snapshot is being merged; activate the volume with" + " lvm2 until the merge is over");
            }
        }
    }

    private BlockSource segmented(LogicalVolume volume) throws IOException {
        List<SegmentedSource.Stretch> stretches = new ArrayList<>();
        for (Segment segment : volume.segments()) {
            long size = segment.extents() * group.extentBytes();
            if (segment.type().equals("zero")) {
                stretches.add(new SegmentedSource.Stretch(size, size, List.of()));
            } else if (Stripes.describes(segment)) {
                stretches.add(striped(volume, segment, size));
            } else {
                throw refused(volume, segment);
            }
        }
        return new SegmentedSource(group.display(volume), stretches);
    }

    private SegmentedSource.Stretch striped(LogicalVolume volume, Segment segment, long size) throws IOException {
        Stripes stripes = Stripes.parse(segment);
        long areaBytes = stripes.extents() * group.extentBytes();
        if (stripes.areas().size() > 1 && areaBytes % stripes.stripeBytes() != 0) {
            throw segment.body().corrupt("its size is no multiple of stripe_size");
        }
        List<SegmentedSource.Part> parts = new ArrayList<>();
        for (Stripes.Area area : stripes.areas()) {
            SegmentedSource.Part part = part(volume, segment, area);
            if (areaBytes > part.source().sizeBytes() - part.offset()) {
                throw new CorruptException(
                        part.source().name(),
                        part.source().sizeBytes(),
                        "ends here, but " + group.display(volume) + " goes on to byte " + (part.offset() + areaBytes)
                                + "; give the whole disk or a complete image of it");
            }
            parts.add(part);
        }
        return new SegmentedSource.Stretch(size, stripes.areas().size() == 1 ? size : stripes.stripeBytes(), parts);
    }

    private SegmentedSource.Part part(LogicalVolume volume, Segment segment, Stripes.Area area) throws IOException {
        Member member = group.members().get(area.on());
        if (member == null) {
            BlockSource below = plain(find(segment.body(), area.on()));
            if (area.firstExtent() > below.sizeBytes() / group.extentBytes()) {
                throw segment.body().corrupt("reaches past the end of " + area.on());
            }
            return new SegmentedSource.Part(below, area.firstExtent() * group.extentBytes());
        }
        BlockSource disk = disks.byUuid(member.uuid());
        if (disk == null) {
            throw new RefusedException(group.display(volume) + " needs the physical volume " + member.display()
                    + ", which is not on " + String.join(", ", disks.names())
                    + "; name its device too: pv:DEVICE,DEVICE:" + group.display(volume));
        }
        if (member.missing()) {
            throw new RefusedException(group.display(volume) + " needs the physical volume " + member.display() + " on "
                    + disk.name() + ", which was missing when the volume group was changed last: what it holds may be"
                    + " old; run vgextend --restoremissing first if you are sure that it is not");
        }
        // No overflow: the parser has held the extents against the physical volume's.
        return new SegmentedSource.Part(disk, member.dataStart() + area.firstExtent() * group.extentBytes());
    }

    private BlockSource thin(LogicalVolume volume) throws IOException {
        if (volume.segments().size() != 1) {
            throw volume.segments().get(1).body().corrupt("a thin volume has more than one segment");
        }
        ConfigSection body = volume.segments().get(0).body();
        LogicalVolume pool = named(body, "thin_pool");
        ConfigSection poolBody = poolBody(pool);
        BlockSource data = plain(named(poolBody, "pool"));
        ThinMetadata metadata = pool(pool, poolBody);
        long device = body.number("device_id", 0, (1 << 24) - 1);
        long root = metadata.deviceRoot(device);
        if (root == ThinMetadata.UNMAPPED) {
            throw new RefusedException(group.display(volume) + ": the pool " + group.display(pool) + " has no device "
                    + device + ", so the volume was never active and holds nothing");
        }
        String external = body.stringOrNull("external_origin");
        return new ThinSource(
                group.display(volume),
                volume.extents() * group.extentBytes(),
                metadata,
                root,
                data,
                external == null ? null : plain(find(body, external)));
    }

    private ConfigSection poolBody(LogicalVolume pool) throws IOException {
        Segment segment = pool.segments().get(0);
        boolean known = segment.type().equals("thin-pool") || segment.type().equals("thin-pool+CROP_METADATA");
        if (!known || pool.segments().size() != 1) {
            throw refused(pool, segment);
        }
        return segment.body();
    }

    private ThinMetadata pool(LogicalVolume pool, ConfigSection body) throws IOException {
        ThinMetadata known = pools.get(pool.name());
        if (known != null) {
            return known;
        }
        ThinMetadata metadata = ThinMetadata.open(plain(named(body, "metadata")));
        long chunkBytes = body.number("chunk_size", 1, Integer.MAX_VALUE) * Sources.SECTOR_BYTES;
        if (metadata.superblock().blockBytes() != chunkBytes) {
            throw body.corrupt("chunk_size is " + chunkBytes + " bytes, but the pool's metadata says "
                    + metadata.superblock().blockBytes());
        }
        requireSameTransaction(pool, body, metadata.superblock().transaction());
        pools.put(pool.name(), metadata);
        return metadata;
    }

    /** The description is written first and its messages are sent after: with some left, the pool is one behind. */
    private void requireSameTransaction(LogicalVolume pool, ConfigSection body, long actual) throws IOException {
        long expected = body.number("transaction_id", 0, Long.MAX_VALUE);
        boolean behind = body.sections().keySet().stream().anyMatch(name -> name.startsWith("message"))
                && actual == expected - 1;
        if (actual != expected && !behind) {
            throw new RefusedException(group.display(pool) + ": the thin pool's metadata is of transaction " + actual
                    + ", the volume group's of " + expected
                    + ": one of them is old; repair it with lvconvert --repair");
        }
    }

    private LogicalVolume named(ConfigSection body, String key) throws CorruptException {
        return find(body, body.string(key));
    }

    private LogicalVolume find(ConfigSection body, String name) throws CorruptException {
        LogicalVolume volume = group.volumes().get(name);
        if (volume == null) {
            throw body.corrupt("needs a volume that the group has not");
        }
        return volume;
    }

    private RefusedException refused(LogicalVolume volume, Segment segment) {
        boolean plain = segment.type().chars().allMatch(c -> c > ' ' && c < 0x7f);
        String type = plain ? segment.type() : "of no known name";
        if (type.startsWith("thin-pool")) {
            return new RefusedException(group.display(volume) + " is a thin pool; name one of its volumes: "
                    + VolumeChoice.listed(thinVolumes(volume.name())));
        }
        return new RefusedException(group.display(volume) + ": a segment of type " + type
                + ", which varve does not read without device-mapper; activate it with lvm2 (vgchange -ay "
                + group.name() + ") and back up /dev/" + group.display(volume));
    }

    private List<String> thinVolumes(String pool) {
        return group.volumes().values().stream()
                .filter(volume ->
                        volume.is("thin") && volume.segments().get(0).body().hasWord("thin_pool", pool))
                .map(group::display)
                .toList();
    }
}
