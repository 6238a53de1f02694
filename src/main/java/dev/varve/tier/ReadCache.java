package dev.varve.tier;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.varve.bytes.ScratchBuffers;
import dev.varve.codec.DecodedFrame;
import dev.varve.crypto.RepositoryKeys;
import dev.varve.model.CorruptException;
import dev.varve.model.PackId;
import dev.varve.model.VarveException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Frames of the cold tier that were read, kept on the local disk as LZ4, sealed as all else (docs/format.md, "Read cache").
 * Of a frame one part is read at a time, so a small read opens 256 KiB. It survives restarts, and several processes may
 * share the directory; each repository has its own.
 *
 * <p>The cache never fails a read: what is damaged is removed and counts as not there; when the directory can't be used, it
 * is so for some time ({@link #RETRY_AFTER}) that nothing is stored, and {@link #problems} says why.
 *
 * <p>Bounded: room is reserved before a frame is stored, in a number that all processes share, so their entries together do
 * not pass the size (what is not counted: directories, three small files, and the rest of each file's last block). Room is
 * made in the background, least recently used first; a frame that finds no room is not stored. Use is noted in the files'
 * times, to {@link #TOUCH_AFTER}.
 *
 * <p>Thread safe; reading takes no lock. Memory: 2 MB for the tables of the {@value #TABLES} files read last, the list of
 * files while room is made ({@link Eviction}), and a stored frame's bytes a {@link #put}.
 */
public final class ReadCache implements Closeable {
    /** A file's time may be that much behind its last use. */
    static final Duration TOUCH_AFTER = Duration.ofMinutes(10);

    /** After a failure nothing is stored for this long. */
    static final Duration RETRY_AFTER = Duration.ofMinutes(1);

    private static final int TABLES = 2048;
    private static final int SCRATCH = 16;
    private static final long CLOSE_WAIT_SECONDS = 10;

    private final CacheDirectory directory;
    private final long sizeBytes;
    private final EntryCodec codec;
    private final Clock clock;
    private final Usage usage;
    private final Eviction eviction;
    private final ThreadPoolExecutor ownWorker;
    private final CacheProblems problems;
    private final Cache<EntryName, KnownFile> known =
            Caffeine.newBuilder().maximumSize(TABLES).executor(Runnable::run).build();
    private final Set<EntryName> storing = ConcurrentHashMap.newKeySet();
    private final ScratchBuffers scratchBuffers = new ScratchBuffers(SCRATCH);
    private volatile long pausedSinceMillis = Long.MIN_VALUE;
    private volatile boolean closed;

    /** A file's table and the time that it carries. */
    private record KnownFile(EntryCodec.StoredTable stored, AtomicLong usedMillis) {}

    private ReadCache(Path directory, long sizeBytes, RepositoryKeys keys, Clock clock, Executor worker) {
        this.directory = new CacheDirectory(directory);
        this.sizeBytes = sizeBytes;
        this.codec = new EntryCodec(keys);
        this.clock = clock;
        this.problems = new CacheProblems(directory);
        this.usage = new Usage(directory);
        this.ownWorker = worker == null ? worker() : null;
        this.eviction = new Eviction(
                this.directory, usage, sizeBytes, clock, worker == null ? ownWorker : worker, this::pauseAfter);
    }

    /**
     * Opens the cache; looks at nothing but the directory itself, which is made (0700) with its parents if missing.
     *
     * @param directory of this repository alone
     * @param sizeBytes what all entries together may take; 0 turns the cache off, and then the directory is left as it is
     */
    public static ReadCache open(Path directory, long sizeBytes, RepositoryKeys keys) {
        return open(directory, sizeBytes, keys, Clock.systemUTC(), null);
    }

    /** @param worker makes room; null for a thread of its own */
    static ReadCache open(Path directory, long sizeBytes, RepositoryKeys keys, Clock clock, Executor worker) {
        if (sizeBytes < 0) {
            throw new IllegalArgumentException("a cache of " + sizeBytes + " bytes");
        }
        ReadCache cache = new ReadCache(directory, sizeBytes, keys, clock, worker);
        if (sizeBytes > 0) {
            try {
                cache.directory.createAll();
            } catch (IOException e) {
                cache.pauseAfter(e);
            }
        }
        return cache;
    }

    private static ThreadPoolExecutor worker() {
        ThreadPoolExecutor worker = new ThreadPoolExecutor(
                1,
                1,
                10,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                task -> {
                    Thread thread = new Thread(task, "varve-read-cache");
                    thread.setDaemon(true);
                    return thread;
                },
                new ThreadPoolExecutor.DiscardPolicy());
        worker.allowCoreThreadTimeOut(true);
        return worker;
    }

    /**
     * A part of a frame: table (mostly from memory) and part are one positional read each.
     *
     * @param part see {@link DecodedFrame#partOf}
     * @return null when it is not there
     */
    public DecodedFrame get(PackId pack, int frameOffset, int part) {
        if (sizeBytes == 0 || closed) {
            return null;
        }
        EntryName name = new EntryName(pack, frameOffset);
        Path file = directory.file(name);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return read(name, file, channel, part);
        } catch (NoSuchFileException e) {
            known.invalidate(name); // a miss: never stored, or made room
            return null;
        } catch (VarveException damage) {
            problems.add("removed a damaged entry", damage);
            remove(name);
            return null;
        } catch (IOException e) {
            problems.add("cannot read", e);
            return null;
        }
    }

    private DecodedFrame read(EntryName name, Path file, FileChannel channel, int number) throws IOException {
        KnownFile before = known.getIfPresent(name);
        if (before != null) {
            DecodedFrame frame = readPart(name, file, channel, before, number);
            if (frame != null) {
                return frame;
            }
        }
        // Not known, or another process has removed the file and stored the frame anew since.
        KnownFile found = readTable(name, file, channel);
        known.put(name, found);
        DecodedFrame frame = readPart(name, file, channel, found, number);
        if (frame == null && found.stored().table().part(number) != null) {
            throw new CorruptException(file.toString(), -1, "part " + number + " is not there");
        }
        return frame;
    }

    private KnownFile readTable(EntryName name, Path file, FileChannel channel) throws IOException {
        ByteBuffer start = ByteBuffer.allocate(ReadCacheFormat.MAX_TABLE_BYTES);
        FileBytes.readUpTo(channel, 0, start);
        EntryCodec.StoredTable stored = codec.openTable(file.toString(), name, start.flip(), channel.size());
        return new KnownFile(
                stored, new AtomicLong(Files.getLastModifiedTime(file).toMillis()));
    }

    /** Null when the table does not name the part or the file has other bytes there. */
    private DecodedFrame readPart(EntryName name, Path file, FileChannel channel, KnownFile at, int number)
            throws IOException {
        PartTable.Part part = at.stored().table().part(number);
        if (part == null) {
            return null;
        }
        long offset = at.stored().offsetOf(part);
        byte[] scratch = scratchBuffers.take(part.storedLength());
        ByteBuffer bytes = ByteBuffer.wrap(scratch, 0, part.storedLength());
        FileBytes.readUpTo(channel, offset, bytes);
        DecodedFrame frame = part.is(bytes.flip()) ? codec.openPart(file.toString(), offset, part, bytes) : null;
        scratchBuffers.give(scratch);
        if (frame != null) {
            touch(name, at);
        }
        return frame;
    }

    private void touch(EntryName name, KnownFile file) {
        long now = clock.millis();
        long used = file.usedMillis().get();
        if (now - used < TOUCH_AFTER.toMillis() || !file.usedMillis().compareAndSet(used, now)) {
            return;
        }
        try {
            directory.touch(name, clock.instant());
        } catch (NoSuchFileException e) {
            known.invalidate(name); // it made room while it was read
        } catch (IOException e) {
            problems.add("cannot note the use of entries", e);
        }
    }

    private void remove(EntryName name) {
        known.invalidate(name);
        try {
            long freed = directory.remove(name);
            if (freed > 0) {
                usage.release(freed);
            }
        } catch (IOException e) {
            problems.add("cannot remove a damaged entry", e);
        }
    }

    /**
     * Stores a frame, unless it is there, or there is no room yet. Takes the time of compressing and sealing it.
     *
     * @param whole not a part
     */
    public void put(PackId pack, int frameOffset, DecodedFrame whole) {
        if (whole.offset(0) != 0) {
            throw new IllegalArgumentException("only part of a frame, from " + whole.offset(0));
        }
        EntryName name = new EntryName(pack, frameOffset);
        if (sizeBytes == 0 || closed || paused() || !storing.add(name)) {
            return;
        }
        try {
            if (!Files.exists(directory.file(name))) {
                store(name, codec.seal(name, whole));
            }
        } catch (IOException e) {
            pauseAfter(e);
        } finally {
            storing.remove(name);
        }
    }

    private void store(EntryName name, ByteBuffer[] pieces) throws IOException {
        long bytes = 0;
        for (ByteBuffer piece : pieces) {
            bytes += piece.remaining();
        }
        if (bytes > sizeBytes) {
            return;
        }
        directory.createAgain();
        if (usage.uncertain()) {
            eviction.request(0);
        }
        long used = usage.reserve(bytes, sizeBytes);
        if (used < 0) {
            eviction.request(bytes);
            return;
        }
        try {
            directory.store(name, pieces);
        } catch (IOException | RuntimeException | Error e) {
            usage.release(bytes);
            throw e;
        }
        if (used > eviction.highMark()) {
            eviction.request(0);
        }
    }

    private boolean paused() {
        long since = clock.millis() - pausedSinceMillis;
        return pausedSinceMillis != Long.MIN_VALUE && since >= 0 && since < RETRY_AFTER.toMillis();
    }

    private void pauseAfter(IOException failure) {
        pausedSinceMillis = clock.millis();
        problems.add("cannot store", failure);
    }

    /** What went wrong since it was opened, each kind once; the cache went on without. */
    public List<String> problems() {
        return problems.list();
    }

    /** Waits until room is no longer being made. */
    @Override
    public void close() {
        closed = true;
        eviction.close();
        known.invalidateAll();
        if (ownWorker != null) {
            ownWorker.shutdown();
            try {
                if (!ownWorker.awaitTermination(CLOSE_WAIT_SECONDS, TimeUnit.SECONDS)) {
                    problems.add("a disk does not answer", new IOException("still busy after closing"));
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
