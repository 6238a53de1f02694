package dev.varve.repository;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.varve.codec.DecodedFrame;
import dev.varve.model.ChunkLocation;
import dev.varve.model.PackId;
import dev.varve.pack.PackReader;
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
 * Opened frames, bounded by their bytes. A frame that several threads want at once is read once. Read-ahead is a hint: when
 * its queue is full it is dropped. Thread safe; no lock is held while a frame is read.
 */
final class FrameCache implements Closeable {
    private static final int READ_AHEAD_QUEUE = 64;

    private final PackReader packs;
    private final Cache<Key, DecodedFrame> frames;
    private final ConcurrentMap<Key, CompletableFuture<DecodedFrame>> loading = new ConcurrentHashMap<>();
    private final ThreadPoolExecutor readAhead;

    private record Key(PackId pack, int offset) {}

    FrameCache(PackReader packs, RepositoryOptions options) {
        this.packs = packs;
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

    DecodedFrame get(ChunkLocation location) throws IOException {
        Key key = new Key(location.pack(), location.frameOffset());
        DecodedFrame cached = frames.getIfPresent(key);
        return cached != null ? cached : load(key, location.frameLength());
    }

    void prefetch(ChunkLocation location) {
        Key key = new Key(location.pack(), location.frameOffset());
        if (frames.getIfPresent(key) != null || loading.containsKey(key)) {
            return;
        }
        try {
            readAhead.execute(() -> {
                try {
                    if (frames.getIfPresent(key) == null) {
                        load(key, location.frameLength());
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

    private DecodedFrame load(Key key, int length) throws IOException {
        CompletableFuture<DecodedFrame> mine = new CompletableFuture<>();
        CompletableFuture<DecodedFrame> other = loading.putIfAbsent(key, mine);
        if (other != null) {
            return await(other);
        }
        try {
            DecodedFrame frame = packs.readFrame(key.pack(), key.offset(), length);
            frames.put(key, frame);
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
