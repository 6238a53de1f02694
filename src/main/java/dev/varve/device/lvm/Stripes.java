package dev.varve.device.lvm;

import dev.varve.device.lvm.VolumeGroup.Segment;
import dev.varve.model.CorruptException;
import java.util.ArrayList;
import java.util.List;

/**
 * The fields of a segment of type {@code striped}; with one stripe it is what lvm2 calls linear.
 *
 * @param extents of each area
 * @param stripeBytes how much lies on one area before the next one's turn; the whole area if there is only one
 */
record Stripes(List<Area> areas, long extents, long stripeBytes) {
    private static final int MAX_STRIPES = 128;
    private static final long MAX_STRIPE_SECTORS = 1L << 31;

    /**
     * A stretch of a physical volume, or of another logical volume.
     *
     * @param on its name in the description
     */
    record Area(String on, long firstExtent) {}

    static boolean describes(Segment segment) {
        return segment.type().equals("striped") || segment.type().equals("linear");
    }

    static Stripes parse(Segment segment) throws CorruptException {
        ConfigSection body = segment.body();
        int count = (int) body.number("stripe_count", 1, MAX_STRIPES);
        List<?> words = body.list("stripes");
        if (words.size() != 2 * count) {
            throw body.corrupt(
                    "stripe_count is " + count + ", but stripes has " + words.size() + " values, not two each");
        }
        List<Area> areas = new ArrayList<>();
        for (int i = 0; i < words.size(); i += 2) {
            boolean valid = words.get(i) instanceof String
                    && words.get(i + 1) instanceof Long extent
                    && extent >= 0
                    && extent <= Integer.MAX_VALUE * 2L;
            if (!valid) {
                throw body.corrupt("stripes is not a list of names and extents");
            }
            areas.add(new Area((String) words.get(i), (Long) words.get(i + 1)));
        }
        if (segment.extents() % count != 0) {
            throw body.corrupt("extent_count is no multiple of stripe_count");
        }
        long stripe =
                count == 1 ? Long.MAX_VALUE : body.number("stripe_size", 1, MAX_STRIPE_SECTORS) * Sources.SECTOR_BYTES;
        return new Stripes(List.copyOf(areas), segment.extents() / count, stripe);
    }
}
