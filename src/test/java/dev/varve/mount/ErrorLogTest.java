package dev.varve.mount;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.model.BackendException;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class ErrorLogTest {
    private final AtomicLong now = new AtomicLong();
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final ErrorLog log = new ErrorLog(new PrintStream(bytes, true, StandardCharsets.UTF_8), now::get);

    private List<String> lines() {
        return bytes.toString(StandardCharsets.UTF_8).lines().toList();
    }

    @Test
    void aTierThatIsAwayIsOneLineAMinute() {
        BackendException away = new BackendException("tier vault: connection refused", true, true, null);
        for (int i = 0; i < 100; i++) {
            log.report("read /a", away);
            now.addAndGet(500_000_000L);
        }
        assertEquals(List.of("varve: read /a: tier vault: connection refused"), lines());
        log.report("read /b", new java.io.IOException("damaged"));
        assertTrue(lines().get(1).startsWith("varve: read /b: damaged (99 errors"), lines().get(1));
        now.addAndGet(ErrorLog.AWAY_NANOS);
        log.report("read /a", away);
        assertEquals(3, lines().size());
    }

    @Test
    void whatIsTooMuchIsCounted() {
        for (int i = 0; i < ErrorLog.LINES_PER_WINDOW + 5; i++) {
            log.report("read /a", new java.io.IOException("damaged"));
        }
        assertEquals(ErrorLog.LINES_PER_WINDOW, lines().size());
        now.addAndGet(ErrorLog.WINDOW_NANOS);
        log.report("read /a", new java.io.IOException("damaged"));
        assertTrue(lines().get(ErrorLog.LINES_PER_WINDOW).endsWith("(5 errors before it were not shown)"));
    }
}
