package dev.varve.repository;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.varve.codec.DecodedFrame;
import dev.varve.model.ChunkLocation;
import dev.varve.model.PackId;
import java.io.Closeable;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Opened frames, bounded by their bytes. Of a cold tier's frames, which are large, parts are kept; what is not in memory may be
 * on disk ({@link PackPool#cached}). A frame that several threads want at once is read once. Read-ahead is a hint: when
 * its queue is full it is dropped. Thread safe; no lock is held while a frame is read.
 */
final class FrameCache implements Closeable {
    private static final int READ_AHEAD_QUEUE = 64;
    private static final int WHOLE = -1;

    private final Cache<Key, DecodedFrame> frames;
    private final ConcurrentMap<Key, CompletableFuture<DecodedFrame>> loading = new ConcurrentHashMap<>();
    private final ThreadPoolExecutor readAhead;

    /** @param part of the frame; always 0 in the hot tier, {@link #WHOLE} only while one is loaded */
    private record Key(PackId pack, int offset, int part) {}

    @FunctionalInterface
    private interface Reading {
        DecodedFrame read() throws IOException;
    }

    FrameCache(RepositoryOptions options) {
        this.frames = Caffeine.newBuilder()
                .maximumWeight(options.cacheBytes())
                .weigher((Key key, DecodedFrame frame) -> frame.sizeBytes())
                .executor(Runnable::run)
                .build();
        AtomicInteger count = new AtomicInteger();
        this.readAhead = new ThreadPoolExecutor(
                options.readAheadThreads(),
                options.readAheadThreads(),
                10,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(READ_AHEAD_QUEUE),
                task -> {
                    Thread thread = new Thread(task, "varve-read-ahead-" + count.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        readAhead.allowCoreThreadTimeOut(true);
    }

    /** The frame, or the part of it, that holds this location; it is asked by the offsets of the whole frame. */
    DecodedFrame get(PackPool pool, ChunkLocation location) throws IOException {
        Key key = key(pool, location);
        DecodedFrame cached = frames.getIfPresent(key);
        return cached != null ? cached : load(pool, key, location.frameLength());
    }

    void prefetch(PackPool pool, ChunkLocation location) {
        Key key = key(pool, location);
        if (frames.getIfPresent(key) != null
                || loading.containsKey(key)
                || loading.containsKey(new Key(key.pack(), key.offset(), WHOLE))) {
            return;
        }
        try {
            readAhead.execute(() -> {
                try {
                    if (frames.getIfPresent(key) == null) {
                        load(pool, key, location.frameLength());
                    }
                } catch (IOException e) {
                    // Whoever reads this frame for its content meets the same failure and reports it.
                    frames.invalidate(key);
                }
            });
        } catch (RejectedExecutionException e) {
            // Read-ahead is a hint; the queue is full, so the reader will read by itself.
            frames.cleanUp();
        }
    }

    private static Key key(PackPool pool, ChunkLocation location) {
        return new Key(
                location.pack(), location.frameOffset(), pool.isHot() ? 0 : DecodedFrame.partOf(location.offset()));
    }

    private DecodedFrame load(PackPool pool, Key key, int length) throws IOException {
        if (pool.isHot()) {
            return once(key, () -> keep(key, pool.packs().readFrame(key.pack(), key.offset(), length)));
        }
        DecodedFrame part = once(key, () -> {
            DecodedFrame onDisk = pool.cached(key.pack(), key.offset(), key.part());
            return onDisk == null ? null : keep(key, onDisk);
        });
        if (part != null) {
            return part;
        }
        DecodedFrame whole = once(new Key(key.pack(), key.offset(), WHOLE), () -> {
            DecodedFrame read = pool.packs().readFrame(key.pack(), key.offset(), length);
            pool.cache().put(key.pack(), key.offset(), read);
            return read;
        });
        DecodedFrame wanted = null;
        for (int number = 0; number < whole.partLimit(); number++) {
            DecodedFrame some = whole.part(number);
            if (some != null) {
                keep(new Key(key.pack(), key.offset(), number), some);
                wanted = number == key.part() ? some : wanted;
            }
        }
        return wanted != null ? wanted : whole; // a location that is not in the frame: the caller sees that
    }

    private DecodedFrame keep(Key key, DecodedFrame frame) {
        frames.put(key, frame);
        return frame;
    }

    private DecodedFrame once(Key key, Reading reading) throws IOException {
        CompletableFuture<DecodedFrame> mine = new CompletableFuture<>();
        CompletableFuture<DecodedFrame> other = loading.putIfAbsent(key, mine);
        if (other != null) {
            return await(other);
        }
        try {
            DecodedFrame frame = reading.read();
            mine.complete(frame);
            return frame;
        } catch (IOException | RuntimeException | Error e) {
            mine.completeExceptionally(e);
            throw e;
        } finally {
            loading.remove(key);
        }
    }

    private static DecodedFrame await(CompletableFuture<DecodedFrame> other) throws IOException {
        try {
            return other.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            throw e;
        }
    }

    @Override
    public void close() {
        readAhead.shutdown();
        frames.invalidateAll();
    }
}
