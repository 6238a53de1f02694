package dev.varve.repository;

import dev.varve.backend.Backend;
import dev.varve.backend.ObjectNames;
import dev.varve.codec.DecodedFrame;
import dev.varve.crypto.RepositoryKeys;
import dev.varve.index.ChunkIndex;
import dev.varve.index.IndexView;
import dev.varve.model.BackendException;
import dev.varve.model.ChunkId;
import dev.varve.model.CorruptException;
import dev.varve.model.NotFoundException;
import dev.varve.model.PackId;
import dev.varve.model.VarveException;
import dev.varve.pack.PackEntry;
import dev.varve.pack.PackReader;
import dev.varve.pack.PackTrailer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;

/**
 * Verifies packs: that each is whole and lists what it holds, and, where data is to be read, that every frame opens and every
 * chunk is what its name says. Works on all cores, and on several packs at once where a backend has it wait. Memory: the list of packs (130 bytes each) and a pack's trailer
 * a thread.
 */
public final class PackVerifier {
    private static final int MAX_WAITING = 16;

    private final String tier;
    private final Backend backend;
    private final PackReader packs;
    private final RepositoryKeys keys;
    private final ChunkIndex index;

    PackVerifier(String tier, Backend backend, PackReader packs, RepositoryKeys keys, ChunkIndex index) {
        this.tier = tier;
        this.backend = backend;
        this.packs = packs;
        this.keys = keys;
        this.index = index;
    }

    /** The name of the tier. */
    public String tier() {
        return tier;
    }

    /** The index of the tier as it is now. */
    public IndexView indexView() {
        return index.view();
    }

    /** Told of what is found; calls come from several threads, one at a time. */
    public interface Listener {
        /** @param chunks those that can't be read because of it */
        void damaged(PackId pack, String message, Set<ChunkId> chunks);

        /** A pack that the index names is not there: lost, or pruned. @param chunks those that the index places in it */
        void missing(PackId pack, Set<ChunkId> chunks);

        /** @param bytes of plaintext read and found good since the last call */
        void verified(int packsDone, int packsInAll, long bytes);
    }

    /**
     * @param readPercent share of the packs whose data is read, 0 to 100; which ones is left to chance
     */
    public void verify(double readPercent, RandomGenerator random, Listener listener) throws IOException {
        Map<PackId, Long> sizes = new HashMap<>();
        backend.list(ObjectNames.PACKS, object -> {
            PackId id = ObjectNames.packId(object.name());
            if (id != null) {
                sizes.put(id, object.sizeBytes());
            }
        });
        List<PackId> stored = List.copyOf(sizes.keySet());
        Set<PackId> chosen = choose(stored, readPercent, random);
        ConcurrentLinkedQueue<PackId> queue = new ConcurrentLinkedQueue<>(stored);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        AtomicInteger done = new AtomicInteger();
        Set<PackId> unlisted = new HashSet<>(index.packs());
        unlisted.removeAll(sizes.keySet());
        for (PackId lost : unlisted) {
            listener.missing(lost, chunksOf(lost));
        }
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < threads(); i++) {
            Thread thread = new Thread(
                    () -> {
                        for (PackId id = queue.poll(); id != null && failure.get() == null; id = queue.poll()) {
                            try {
                                long bytes = verify(id, sizes.get(id), chosen.contains(id), listener);
                                synchronized (listener) {
                                    listener.verified(done.incrementAndGet(), stored.size(), bytes);
                                }
                            } catch (
                                    Throwable
                                            e) { // whatever it is: a pack that was not verified must not count as good
                                failure.compareAndSet(null, e);
                            }
                        }
                    },
                    "varve-verify-" + i);
            thread.start();
            threads.add(thread);
        }
        join(threads);
        rethrow(failure.get());
    }

    /** What is read here is larger than what {@link Backend#parallelReads} means, and more is done with it. */
    private int threads() {
        return Math.max(Runtime.getRuntime().availableProcessors(), Math.min(MAX_WAITING, backend.parallelReads() / 2));
    }

    private static void rethrow(Throwable failure) throws IOException {
        if (failure instanceof IOException e) {
            throw e;
        }
        if (failure != null) {
            throw new IllegalStateException("packs could not be verified: " + failure, failure);
        }
    }

    private static Set<PackId> choose(List<PackId> stored, double percent, RandomGenerator random) {
        Set<PackId> chosen = new HashSet<>();
        for (PackId id : stored) {
            if (random.nextDouble() * 100 < percent) {
                chosen.add(id);
            }
        }
        if (chosen.isEmpty() && percent > 0 && !stored.isEmpty()) {
            chosen.add(stored.get(random.nextInt(stored.size())));
        }
        return chosen;
    }

    private static void join(List<Thread> threads) throws IOException {
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new java.io.InterruptedIOException("interrupted while packs were verified");
            }
        }
    }

    /** @return bytes of plaintext that were read and good */
    private long verify(PackId id, long size, boolean readData, Listener listener) throws IOException {
        PackTrailer trailer;
        try {
            packs.readHeader(id);
            trailer = packs.readTrailer(id, size);
        } catch (BackendException e) {
            throw e;
        } catch (NotFoundException e) {
            reportMissing(listener, id);
            return 0;
        } catch (VarveException e) {
            report(listener, id, e.getMessage(), chunksOf(id));
            return 0;
        }
        return readData ? readFrames(id, trailer, listener) : 0;
    }

    private void reportMissing(Listener listener, PackId pack) throws IOException {
        Set<ChunkId> chunks = chunksOf(pack);
        synchronized (listener) {
            listener.missing(pack, chunks);
        }
    }

    private long readFrames(PackId id, PackTrailer trailer, Listener listener) throws IOException {
        List<PackEntry> entries = trailer.entries();
        long bytes = 0;
        int next = 0;
        for (PackTrailer.Frame frame : trailer.frames()) {
            List<PackEntry> inFrame = entries.subList(next, next + frame.chunkCount());
            next += frame.chunkCount();
            try {
                bytes += readFrame(id, frame, inFrame);
            } catch (BackendException e) {
                throw e;
            } catch (NotFoundException e) {
                reportMissing(listener, id);
                return bytes;
            } catch (VarveException e) {
                Set<ChunkId> hurt = new HashSet<>();
                inFrame.forEach(entry -> hurt.add(entry.id()));
                report(listener, id, e.getMessage(), hurt);
            }
        }
        return bytes;
    }

    private long readFrame(PackId id, PackTrailer.Frame frame, List<PackEntry> entries) throws IOException {
        DecodedFrame decoded = packs.readFrame(id, frame.offset(), frame.length());
        if (decoded.chunkCount() != entries.size()) {
            throw new CorruptException(
                    ObjectNames.pack(id), frame.offset(), "the frame does not hold the chunks that the trailer lists");
        }
        for (int i = 0; i < entries.size(); i++) {
            PackEntry entry = entries.get(i);
            if (decoded.offset(i) != entry.location().offset()
                    || decoded.length(i) != entry.location().length()
                    || !decoded.id(i, keys.chunkIds()).equals(entry.id())) {
                throw new CorruptException(
                        ObjectNames.pack(id),
                        frame.offset(),
                        "chunk " + entry.id().toHex() + " is not what its name says");
            }
        }
        return decoded.dataLength();
    }

    private static void report(Listener listener, PackId pack, String message, Set<ChunkId> chunks) {
        synchronized (listener) {
            listener.damaged(pack, message, chunks);
        }
    }

    /** What the index says a pack holds: its own list is lost. Reads the whole index. */
    private Set<ChunkId> chunksOf(PackId pack) throws IOException {
        Set<ChunkId> chunks = new HashSet<>();
        IndexView view = index.view();
        view.forEach((id, location, ordinal) -> {
            if (location.pack().equals(pack)) {
                chunks.add(id);
            }
        });
        return chunks;
    }
}
