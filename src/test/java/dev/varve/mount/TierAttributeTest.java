package dev.varve.mount;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class TierAttributeTest {
    private static String value(Map<String, Long> bytes) {
        return new String(TierAttribute.value(new TreeMap<>(bytes)), StandardCharsets.UTF_8);
    }

    @Test
    void saysWhereTheBytesLie() {
        assertEquals("hot estimate=0s", value(Map.of()));
        assertEquals("hot hot=5 estimate=0s", value(Map.of("hot", 5L)));
        assertEquals("cold vault=41943040 estimate=1s", value(Map.of("vault", 40L << 20)));
        assertEquals("mixed hot=5 vault=41943041 estimate=2s", value(Map.of("hot", 5L, "vault", (40L << 20) + 1)));
    }
}
