package dev.varve.backend.s3;

import dev.varve.backend.ObjectWriter;
import dev.varve.model.PackKind;
import java.io.IOException;
import java.lang.annotation.Annotation;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Runs {@link S3ServerContract}, one line a test, and measures. For native-tests/s3. */
public final class S3ServerCheck {
    private static final int PACK_BYTES = 64 << 20;
    private static final int PACKS = 8;
    private static final int FRAME_BYTES = 256 << 10;
    private static final int READERS = 8;

    private S3ServerCheck() {}

    /** @param names of tests; none for all, and the measuring */
    public static void main(String[] names) throws Exception {
        int passed = 0;
        int failed = 0;
        for (Method test : annotated(Test.class)) {
            if (names.length > 0 && !List.of(names).contains(test.getName())) {
                continue;
            }
            try {
                run(test);
                passed++;
                System.out.println("ok " + test.getName());
            } catch (InvocationTargetException e) {
                failed++;
                System.out.println("FAIL " + test.getName() + ": " + e.getCause());
                e.getCause().printStackTrace();
            }
        }
        if (names.length == 0) {
            measure();
        }
        System.out.println(passed + " passed, " + failed + " failed");
        System.exit(failed > 0 || passed == 0 ? 1 : 0);
    }

    private static List<Method> annotated(Class<? extends Annotation> annotation) {
        List<Method> methods = new ArrayList<>();
        for (Class<?> type = S3ServerContract.class; type != Object.class; type = type.getSuperclass()) {
            for (Method method : type.getDeclaredMethods()) {
                if (method.isAnnotationPresent(annotation)) {
                    method.setAccessible(true);
                    methods.add(method);
                }
            }
        }
        methods.sort(Comparator.comparing(Method::getName));
        return methods;
    }

    private static void run(Method test) throws Exception {
        S3ServerContract contract = new S3ServerContract();
        for (Method before : annotated(BeforeEach.class)) {
            before.invoke(contract);
        }
        try {
            test.invoke(contract);
        } finally {
            for (Method after : annotated(AfterEach.class)) {
                after.invoke(contract);
            }
        }
    }

    private static void measure() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(READERS);
        try (S3Backend backend = S3Backend.open(
                S3ServerContract.location(S3ServerContract.bucket(false), null, null), S3ServerContract.RETRIES)) {
            byte[] content = new byte[1 << 20];
            new Random(1).nextBytes(content);
            long begun = System.nanoTime();
            for (int i = 0; i < PACKS; i++) {
                pack(backend, "packs/00/" + i, content);
            }
            double up = (double) PACKS * PACK_BYTES / (System.nanoTime() - begun);
            begun = System.nanoTime();
            List<Callable<Long>> readers = new ArrayList<>();
            for (int r = 0; r < READERS; r++) {
                String name = "packs/00/" + r % PACKS;
                readers.add(() -> frames(backend, name));
            }
            long bytes = 0;
            for (Future<Long> reader : threads.invokeAll(readers)) {
                bytes += reader.get();
            }
            double down = (double) bytes / (System.nanoTime() - begun);
            System.out.printf(
                    Locale.ROOT,
                    "speed: up %.0f MB/s (packs of 64 MiB, one after another), down %.0f MB/s (256 KiB reads, %d at once)%n",
                    up * 1000,
                    down * 1000,
                    READERS);
        } finally {
            threads.shutdownNow();
        }
    }

    private static void pack(S3Backend backend, String name, byte[] content) throws IOException {
        try (ObjectWriter writer = backend.create(PackKind.DATA)) {
            while (writer.position() < PACK_BYTES) {
                writer.write(ByteBuffer.wrap(content));
            }
            writer.commit(name);
        }
    }

    private static long frames(S3Backend backend, String name) throws IOException {
        ByteBuffer frame = ByteBuffer.allocate(FRAME_BYTES);
        long total = 0;
        for (int offset = 0; offset < PACK_BYTES; offset += FRAME_BYTES) {
            total += backend.read(name, offset, frame.clear());
        }
        return total;
    }
}
