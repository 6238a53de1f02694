package dev.varve.device.lvm;

import dev.varve.device.lvm.VolumeGroup.LogicalVolume;
import dev.varve.device.lvm.VolumeGroup.Member;
import dev.varve.device.lvm.VolumeGroup.Segment;
import dev.varve.model.CorruptException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Makes a volume group of its description, and checks what holds for every kind of segment: volumes without gaps, and no
 * extent of a physical volume in two places. The input is hostile.
 */
final class VolumeGroupParser {
    private static final String CONTENTS = "Text Format Volume Group";
    private static final long MAX_EXTENT_SECTORS = 1L << 33;
    /** So that no sum or product of sizes in bytes overflows. */
    private static final long MAX_BYTES = 1L << 60;

    private final ConfigSection body;
    private final long extentBytes;
    private final Map<String, Member> members;

    private VolumeGroupParser(ConfigSection body) throws CorruptException {
        this.body = body;
        extentBytes = body.number("extent_size", 1, MAX_EXTENT_SECTORS) * Sources.SECTOR_BYTES;
        members = members();
    }

    /**
     * @param resource for messages: the device the text comes from
     * @throws CorruptException if the text is not the description of a volume group
     */
    static VolumeGroup parse(String resource, byte[] text) throws CorruptException {
        ConfigSection top = ConfigParser.parse(resource, text);
        if (!top.string("contents").equals(CONTENTS) || top.number("version", 0, Integer.MAX_VALUE) != 1) {
            throw top.corrupt("is not \"" + CONTENTS + "\" of version 1");
        }
        Map<String, ConfigSection> groups = top.sections();
        if (groups.size() != 1) {
            throw top.corrupt("describes " + groups.size() + " volume groups");
        }
        Map.Entry<String, ConfigSection> group = groups.entrySet().iterator().next();
        return new VolumeGroupParser(group.getValue()).group(group.getKey());
    }

    private VolumeGroup group(String name) throws CorruptException {
        requireName(body, name);
        Map<String, LogicalVolume> volumes = new LinkedHashMap<>();
        for (Map.Entry<String, ConfigSection> entry :
                body.sectionOrEmpty("logical_volumes").sections().entrySet()) {
            volumes.put(entry.getKey(), volume(entry.getKey(), entry.getValue()));
        }
        requireDisjoint(volumes);
        return new VolumeGroup(
                name,
                uuid(body),
                body.number("seqno", 0, Long.MAX_VALUE),
                extentBytes,
                Collections.unmodifiableMap(members),
                Collections.unmodifiableMap(volumes));
    }

    private Map<String, Member> members() throws CorruptException {
        Map<String, Member> found = new LinkedHashMap<>();
        for (Map.Entry<String, ConfigSection> entry :
                body.sectionOrEmpty("physical_volumes").sections().entrySet()) {
            ConfigSection section = entry.getValue();
            String hint = section.has("device") ? section.string("device") : "";
            boolean plain = hint.chars().allMatch(c -> c > ' ' && c < 0x7f);
            found.put(
                    entry.getKey(),
                    new Member(
                            uuid(section),
                            plain ? hint : "",
                            section.number("pe_start", 0, MAX_BYTES / Sources.SECTOR_BYTES) * Sources.SECTOR_BYTES,
                            section.number("pe_count", 0, MAX_BYTES / extentBytes),
                            section.hasWord("status", "MISSING") || section.hasWord("flags", "MISSING")));
        }
        return found;
    }

    private LogicalVolume volume(String name, ConfigSection section) throws CorruptException {
        requireName(section, name);
        List<Segment> segments = new ArrayList<>();
        for (ConfigSection inner : section.sections().values()) {
            segments.add(new Segment(
                    inner.string("type"),
                    inner.number("start_extent", 0, MAX_BYTES / extentBytes),
                    inner.number("extent_count", 1, MAX_BYTES / extentBytes),
                    inner));
        }
        segments.sort(Comparator.comparingLong(Segment::start));
        long next = 0;
        for (Segment segment : segments) {
            if (segment.start() != next) {
                throw section.corrupt("its segments overlap or leave a gap at extent " + next);
            }
            next += segment.extents();
            if (next > MAX_BYTES / extentBytes) {
                throw section.corrupt("it is larger than a volume can be");
            }
        }
        if (segments.isEmpty() || segments.size() != section.number("segment_count", 0, Integer.MAX_VALUE)) {
            throw section.corrupt("it has " + segments.size() + " segments, not as many as it says");
        }
        return new LogicalVolume(name, uuid(section), section.hasWord("status", "VISIBLE"), List.copyOf(segments));
    }

    /** Extents of a physical volume that a segment claims. */
    private record Claim(String member, long first, long count, String volume) {}

    private void requireDisjoint(Map<String, LogicalVolume> volumes) throws CorruptException {
        List<Claim> claims = new ArrayList<>();
        for (LogicalVolume volume : volumes.values()) {
            for (Segment segment : volume.segments()) {
                if (Stripes.describes(segment)) {
                    Stripes stripes = Stripes.parse(segment);
                    for (Stripes.Area area : stripes.areas()) {
                        if (members.containsKey(area.on())) {
                            claims.add(new Claim(area.on(), area.firstExtent(), stripes.extents(), volume.name()));
                        }
                    }
                }
            }
        }
        claims.sort(Comparator.comparing(Claim::member).thenComparingLong(Claim::first));
        Claim before = null;
        for (Claim claim : claims) {
            if (claim.first() + claim.count() > members.get(claim.member()).extents()) {
                throw body.corrupt(claim.volume() + " reaches past the last extent of " + claim.member());
            }
            if (before != null
                    && before.member().equals(claim.member())
                    && before.first() + before.count() > claim.first()) {
                throw body.corrupt(before.volume() + " and " + claim.volume() + " both have extent " + claim.first()
                        + " of " + claim.member());
            }
            before = claim;
        }
    }

    private static void requireName(ConfigSection section, String name) throws CorruptException {
        if (!LvmNames.isName(name)) {
            throw section.corrupt("its name is none that LVM allows");
        }
    }

    private static String uuid(ConfigSection section) throws CorruptException {
        String uuid = section.string("id").replace("-", "");
        if (!LvmNames.isUuid(uuid)) {
            throw section.corrupt("its id is no UUID");
        }
        return uuid;
    }
}
