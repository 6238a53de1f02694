package dev.varve.device.lvm;

import dev.varve.device.BlockSource;
import dev.varve.model.CorruptException;
import dev.varve.model.RefusedException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The physical volumes on some devices, and the volume groups they describe. A device is a physical volume itself, or a whole disk whose
 * partitions are. Every copy of a description is verified; of a group's copies the one with the highest sequence number counts. Memory: the
 * descriptions, see {@link VolumeGroup}. Closes nothing.
 */
final class PhysicalVolumes {
    private final Map<String, BlockSource> byUuid = new LinkedHashMap<>();
    private final Map<String, VolumeGroup> groups = new LinkedHashMap<>();
    private final Set<List<Integer>> parsed = new HashSet<>();
    private final List<CorruptException> damage = new ArrayList<>();

    private PhysicalVolumes() {}

    /**
     * Looks at devices.
     *
     * @throws RefusedException if one is no physical volume and has none, or two are the same one
     * @throws CorruptException if a label is damaged, or no copy of a description is sound
     */
    static PhysicalVolumes find(List<? extends BlockSource> devices) throws IOException {
        PhysicalVolumes volumes = new PhysicalVolumes();
        for (BlockSource device : devices) {
            volumes.look(device);
        }
        if (volumes.groups.isEmpty() && !volumes.damage.isEmpty()) {
            throw volumes.damage.get(0);
        }
        return volumes;
    }

    private void look(BlockSource device) throws IOException {
        if (add(device)) {
            return;
        }
        boolean found = false;
        for (PartitionTable.Partition partition : PartitionTable.read(device)) {
            found |= add(new WindowSource(
                    device, device.name() + " partition " + partition.number(), partition.start(), partition.size()));
        }
        if (!found) {
            throw new RefusedException(device.name() + ": neither an LVM physical volume nor a disk with one in a"
                    + " partition; name the device or image that holds it");
        }
    }

    private boolean add(BlockSource source) throws IOException {
        PvLabel label = PvLabel.read(source);
        if (label == null) {
            return false;
        }
        BlockSource twin = byUuid.putIfAbsent(label.uuid(), source);
        if (twin != null) {
            throw new RefusedException(source.name() + " and " + twin.name() + " are the same physical volume "
                    + LvmNames.dashed(label.uuid()) + "; name only one of them");
        }
        for (PvLabel.Area area : label.metadataAreas()) {
            try {
                MetadataArea.Text text = MetadataArea.read(source, area);
                // Copies that are equal are one; there are as many as there are disks.
                if (text != null && parsed.add(List.of(text.checksum(), text.bytes().length))) {
                    keepNewest(VolumeGroupParser.parse(source.name(), text.bytes()));
                }
            } catch (CorruptException e) {
                damage.add(e);
            }
        }
        return true;
    }

    private void keepNewest(VolumeGroup group) {
        groups.merge(group.id(), group, (a, b) -> b.sequence() > a.sequence() ? b : a);
    }

    /** The newest description of each group that was found. */
    List<VolumeGroup> groups() {
        return List.copyOf(groups.values());
    }

    /** Where they were found, for messages. */
    List<String> names() {
        return byUuid.values().stream().map(BlockSource::name).toList();
    }

    /** A physical volume, or null if no device was it. */
    BlockSource byUuid(String uuid) {
        return byUuid.get(uuid);
    }

    /** What was damaged and could be done without. */
    List<String> warnings() {
        return damage.stream()
                .map(e -> e.getMessage()
                        + "; another copy was read, run vgck --updatemetadata on the machine that has it")
                .toList();
    }
}
