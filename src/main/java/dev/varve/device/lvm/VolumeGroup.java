package dev.varve.device.lvm;

import java.util.List;
import java.util.Map;

/**
 * A volume group as its description has it; made by {@link VolumeGroupParser}. Immutable. Memory: about 3 KiB a logical volume
 * with one segment.
 *
 * @param id 32 characters, without dashes
 * @param sequence grows with every change; the newest copy counts
 * @param members by the names that segments give them ({@code pv0})
 * @param volumes by name, in the order of the description
 */
record VolumeGroup(
        String name,
        String id,
        long sequence,
        long extentBytes,
        Map<String, Member> members,
        Map<String, LogicalVolume> volumes) {

    /**
     * A physical volume of the group.
     *
     * @param hint the device it was when the description was written, or an empty text
     * @param dataStart where its first extent lies, in bytes
     * @param missing whether it was missing when the description was written last, so that what it has may be old
     */
    record Member(String uuid, String hint, long dataStart, long extents, boolean missing) {
        String display() {
            return LvmNames.dashed(uuid) + (hint.isEmpty() ? "" : " (was " + hint + ")");
        }
    }

    /** @param segments in order, without gaps */
    record LogicalVolume(String name, String id, boolean visible, List<Segment> segments) {
        long extents() {
            Segment last = segments.get(segments.size() - 1);
            return last.start() + last.extents();
        }

        boolean is(String type) {
            return segments.get(0).type().equals(type);
        }
    }

    /**
     * A stretch of a logical volume.
     *
     * @param type as the description has it, such as {@code striped}, with flags behind a plus sign
     * @param start in extents
     */
    record Segment(String type, long start, long extents, ConfigSection body) {}

    String display(LogicalVolume volume) {
        return name + "/" + volume.name();
    }

    /** The names of what a user would call a volume of this group. */
    List<String> offered() {
        return volumes.values().stream()
                .filter(volume -> volume.visible() && !volume.is("snapshot") && !volume.is("thin-pool"))
                .map(this::display)
                .toList();
    }
}
