package dev.varve.mount;

import dev.varve.model.ByteString;
import dev.varve.repository.TierRecord;
import dev.varve.tiering.RecallPlan;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * What {@code getfattr -n user.varve.tier} shows of a file: {@code hot}, {@code cold} or {@code mixed}, the bytes in each tier by its
 * name, and how long reading what is cold may take. It is not listed, so that copies of files do not carry it.
 */
final class TierAttribute {
    static final ByteString NAME = ByteString.of("user.varve.tier".getBytes(StandardCharsets.US_ASCII));

    private TierAttribute() {}

    static byte[] value(Map<String, Long> bytes) {
        long hot = bytes.getOrDefault(TierRecord.HOT, 0L);
        long cold = bytes.values().stream().mapToLong(Long::longValue).sum() - hot;
        StringBuilder text = new StringBuilder(cold == 0 ? "hot" : hot == 0 ? "cold" : "mixed");
        bytes.forEach((tier, count) -> text.append(' ').append(tier).append('=').append(count));
        text.append(" estimate=")
                .append((cold + RecallPlan.ASSUMED_BYTES_PER_SECOND - 1) / RecallPlan.ASSUMED_BYTES_PER_SECOND)
                .append('s');
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }
}
