package dev.varve.retention;

import dev.varve.model.ByteString;
import dev.varve.model.PackKind;
import dev.varve.model.RefusedException;
import dev.varve.model.Timestamp;
import dev.varve.repository.ChunkLane;
import dev.varve.repository.ChunkSource;
import dev.varve.repository.Repository;
import dev.varve.repository.WriteSession;
import dev.varve.snapshot.Content;
import dev.varve.snapshot.ContentReader;
import dev.varve.snapshot.ContentWriter;
import dev.varve.snapshot.Manifest;
import dev.varve.snapshot.SnapshotPublisher;
import dev.varve.snapshot.VolumeCache;
import dev.varve.snapshot.VolumeRecord;
import dev.varve.testing.StoredInodes;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A backup in steps, so that other things can happen in between: it does with the repository what a backup does, with made-up
 * content. A volume is a list of numbers, each of which stands for a chunk.
 */
final class ModelWriter implements Closeable {
    private final String host;
    private final Repository repository;
    private final Clock clock;
    private final WriteSession session;
    private final List<VolumeRecord> volumes = new ArrayList<>();
    private final List<List<Integer>> contents = new ArrayList<>();

    ModelWriter(String host, Repository repository, Clock clock) throws IOException {
        this(host, repository, clock, repository.begin(clock, java.util.Set.of()));
    }

    private ModelWriter(String host, Repository repository, Clock clock, WriteSession session) {
        this.host = host;
        this.repository = repository;
        this.clock = clock;
        this.session = session;
    }

    /** As a backup does it: what lies in cold tiers is not stored again. */
    static ModelWriter countingOnTiers(String host, Repository repository, Clock clock) throws IOException {
        return new ModelWriter(host, repository, clock, repository.beginCountingOnTiers(clock, new ArrayList<>()));
    }

    /** How many of the chunks from 0 on are new to the repository. */
    long newDataChunks(int count) {
        long bytes = 0;
        for (int i = 0; i < count; i++) {
            bytes += chunk(i).length;
        }
        return session.newBytes() < bytes ? 0 : session.newChunks();
    }

    /** A snapshot that was published. */
    record Published(Manifest manifest, List<List<Integer>> contents) {}

    static byte[] chunk(int number) {
        Random random = new Random(number);
        byte[] bytes = new byte[100 + random.nextInt(1500)];
        random.nextBytes(bytes);
        return bytes;
    }

    /** Takes over a volume of an older snapshot without looking at its chunks, where that may be. @return whether it may */
    boolean takeOver(Published older, int volume) {
        if (!session.buildsOn(older.manifest().objectName())) {
            return false;
        }
        add(older.manifest().volumes().get(volume).image(), older.contents().get(volume));
        return true;
    }

    void write(List<Integer> numbers) throws IOException {
        try (ChunkLane data = session.lane(PackKind.DATA);
                ChunkLane metadata = session.lane(PackKind.METADATA)) {
            ContentWriter writer = new ContentWriter(metadata);
            for (int number : numbers) {
                byte[] chunk = chunk(number);
                writer.addChunk(data.put(chunk, 0, chunk.length), chunk.length);
            }
            add(writer.finish(), numbers);
        }
    }

    private void add(Content content, List<Integer> numbers) {
        volumes.add(new VolumeRecord(
                "v" + volumes.size(),
                "test",
                ByteString.utf8("/"),
                StoredInodes.info(0, 4096),
                null,
                content,
                StoredInodes.NO_STATISTICS));
        contents.add(List.copyOf(numbers));
    }

    void tick() throws IOException {
        session.watch().tick();
    }

    /** @throws RefusedException when it stood still for too long */
    Published publish(Runnable beforePublishing) throws IOException {
        session.commit();
        session.close();
        session.watch().settle();
        beforePublishing.run();
        Instant now = clock.instant();
        Manifest manifest = new SnapshotPublisher(repository.manifests(), "model")
                .publish(host, new Timestamp(now.getEpochSecond(), 0), ZoneOffset.UTC, volumes, false);
        if (session.watch().isLate()) {
            repository.manifests().forget(manifest.objectName());
            throw new RefusedException("late");
        }
        return new Published(manifest, List.copyOf(contents));
    }

    /** Broken off: what it wrote is garbage. */
    @Override
    public void close() throws IOException {
        session.close();
    }

    /** Compares every byte of a snapshot. */
    static void assertReads(ChunkSource chunks, Published snapshot, String what) throws IOException {
        for (int i = 0; i < snapshot.contents().size(); i++) {
            VolumeRecord record = snapshot.manifest().volumes().get(i);
            ContentReader reader = new ContentReader(chunks, VolumeCache.ofBytes(1 << 20), record.image());
            long at = 0;
            for (int number : snapshot.contents().get(i)) {
                byte[] expected = chunk(number);
                ByteBuffer read = ByteBuffer.allocate(expected.length);
                while (read.hasRemaining() && reader.read(at + read.position(), read) > 0) {}
                if (!ByteBuffer.wrap(expected).equals(read.flip())) {
                    throw new AssertionError(what + ": chunk " + number + " of "
                            + snapshot.manifest().name());
                }
                at += expected.length;
            }
        }
    }
}
