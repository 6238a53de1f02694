package dev.varve.repository;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.backend.Backend;
import dev.varve.backend.ForwardingBackend;
import dev.varve.backend.ObjectNames;
import dev.varve.backend.StoredObject;
import dev.varve.backend.memory.MemoryBackend;
import dev.varve.crypto.KeyDerivation;
import dev.varve.model.BackendException;
import dev.varve.model.ChunkId;
import dev.varve.model.MissingChunkException;
import dev.varve.model.PackKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A machine whose index is lost, or that never had one. */
class IndexCatchUpTest {
    private static final int DATA_PACKS = 2 * IndexCatchUp.MANY;
    private static final int METADATA_PACKS = 3;

    private final MemoryBackend memory = new MemoryBackend();
    private final List<ChunkId> data = new ArrayList<>();
    private final List<ChunkId> metadata = new ArrayList<>();
    private int machines;

    @TempDir
    Path temp;

    /** Counts what is asked of it. */
    private static class Counting extends ForwardingBackend {
        final AtomicInteger sizes = new AtomicInteger();
        final AtomicInteger headers = new AtomicInteger();
        final AtomicInteger tails = new AtomicInteger();

        Counting(Backend inner) {
            super(inner);
        }

        @Override
        public long size(String name) throws IOException {
            sizes.addAndGet(name.startsWith(ObjectNames.PACKS) ? 1 : 0);
            return super.size(name);
        }

        @Override
        public int read(String name, long offset, ByteBuffer target) throws IOException {
            if (name.startsWith(ObjectNames.PACKS)) {
                (offset == 0 && target.remaining() == 32 ? headers : tails).incrementAndGet();
            }
            return super.read(name, offset, target);
        }

        /** The repository outlives a machine. */
        @Override
        public void close() {}
    }

    @BeforeEach
    void write() throws IOException {
        Repository.create(new Counting(memory), temp.resolve("first"), null, KeyDerivation.DEFAULT)
                .close();
        try (Repository repository = machine(new Counting(memory))) {
            write(repository, PackKind.DATA, DATA_PACKS, data);
            write(repository, PackKind.METADATA, METADATA_PACKS, metadata);
        }
    }

    /** One chunk a pack. */
    private static void write(Repository repository, PackKind kind, int count, List<ChunkId> ids) throws IOException {
        try (WriteSession session = repository.begin()) {
            for (int i = 0; i < count; i++) {
                try (ChunkLane lane = session.lane(kind)) {
                    byte[] chunk = chunk(kind, i);
                    ids.add(lane.put(chunk, 0, chunk.length));
                }
            }
            session.commit();
        }
    }

    private static byte[] chunk(PackKind kind, int number) {
        byte[] chunk = new byte[5_000];
        new Random(kind.ordinal() * 1_000_000L + number).nextBytes(chunk);
        return chunk;
    }

    /** One that knows nothing. */
    private Repository machine(Backend backend) throws IOException {
        return Repository.open(
                backend,
                temp.resolve("machine-" + machines++),
                null,
                RepositoryOptions.defaults().writing(1, 1 << 19));
    }

    private void assertAllIsThere(Repository repository) throws IOException {
        for (int i = 0; i < DATA_PACKS; i++) {
            assertArrayEquals(chunk(PackKind.DATA, i), repository.chunks().read(data.get(i)));
        }
        for (int i = 0; i < METADATA_PACKS; i++) {
            assertArrayEquals(chunk(PackKind.METADATA, i), repository.chunks().read(metadata.get(i)));
        }
    }

    @Test
    void eachPackIsReadOnceAndNotAskedForItsSize() throws IOException {
        Counting backend = new Counting(memory);
        try (Repository repository = machine(backend)) {
            assertEquals(List.of(), repository.catchUp());
            assertEquals(DATA_PACKS + METADATA_PACKS, backend.tails.get());
            assertEquals(0, backend.sizes.get());
            assertEquals(0, backend.headers.get());
            assertAllIsThere(repository);
        }
    }

    @Test
    void whoListsFilesReadsTheTrailersOfMetadataAlone() throws IOException {
        Counting backend = new Counting(memory);
        try (Repository repository = machine(backend)) {
            repository.chunks().read(metadata.get(0));
            assertEquals(DATA_PACKS + METADATA_PACKS, backend.headers.get());
            assertEquals(METADATA_PACKS + 1, backend.tails.get()); // and the frame
            repository.chunks().read(metadata.get(1));
            assertEquals(DATA_PACKS + METADATA_PACKS, backend.headers.get());
            assertAllIsThere(repository);
            assertEquals(DATA_PACKS + METADATA_PACKS, backend.headers.get());
            ChunkId nowhere = ChunkId.of(new byte[ChunkId.BYTES]);
            assertThrows(MissingChunkException.class, () -> repository.chunks().read(nowhere));
        }
    }

    @Test
    void whoLooksForDataFirstFindsItInOneGo() throws IOException {
        try (Repository repository = machine(new Counting(memory))) {
            repository.chunks().read(data.get(DATA_PACKS - 1));
            assertAllIsThere(repository);
        }
    }

    @Test
    void whatIsNoPackIsAProblemAndHoldsUpNothing() throws IOException {
        List<String> names = new ArrayList<>();
        memory.list(ObjectNames.PACKS, object -> names.add(object.name()));
        String forged = ObjectNames.PACKS + "ab/ab" + "0".repeat(30);
        memory.put(forged, ByteBuffer.allocate(10));
        try (Repository repository = machine(new Counting(memory))) {
            assertAllIsThere(repository);
            assertEquals(1, repository.catchUp().size());
        }
    }

    @Test
    void aPackThatIsDeletedWhileItIsReadIsPassedOver() throws IOException {
        Backend listsMore = new Counting(memory) {
            @Override
            public void list(String prefix, java.util.function.Consumer<StoredObject> visitor) throws IOException {
                super.list(prefix, visitor);
                if (prefix.equals(ObjectNames.PACKS)) {
                    visitor.accept(new StoredObject(ObjectNames.PACKS + "ab/ab" + "0".repeat(30), 5_000));
                }
            }
        };
        try (Repository repository = machine(listsMore)) {
            assertAllIsThere(repository);
            assertEquals(List.of(), repository.catchUp());
        }
    }

    @Test
    void aBackendThatFailsIsToldAndNothingIsTakenForMissing() throws IOException {
        AtomicInteger left = new AtomicInteger(50);
        Backend breaks = new Counting(memory) {
            @Override
            public int read(String name, long offset, ByteBuffer target) throws IOException {
                if (name.startsWith(ObjectNames.PACKS) && left.getAndDecrement() < 0) {
                    throw new BackendException("away", false, null);
                }
                return super.read(name, offset, target);
            }
        };
        try (Repository repository = machine(breaks)) {
            assertThrows(BackendException.class, () -> repository.chunks().read(metadata.get(0)));
            assertThrows(BackendException.class, repository::catchUp);
            left.set(Integer.MAX_VALUE);
            assertAllIsThere(repository);
        }
    }

    /** Every read waits until as many are under way. */
    @Test
    void asManyPacksAreReadAtOnceAsTheBackendAnswersBest() throws IOException {
        int together = 20; // more than processors here
        CyclicBarrier barrier = new CyclicBarrier(together);
        AtomicInteger left = new AtomicInteger((DATA_PACKS + METADATA_PACKS) / together * together);
        Backend waits = new Counting(memory) {
            @Override
            public int parallelReads() {
                return together;
            }

            @Override
            public int read(String name, long offset, ByteBuffer target) throws IOException {
                if (name.startsWith(ObjectNames.PACKS) && left.getAndDecrement() > 0) {
                    try {
                        barrier.await(60, TimeUnit.SECONDS);
                    } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
                        throw new BackendException("only " + barrier.getNumberWaiting() + " at once", false, e);
                    }
                }
                return super.read(name, offset, target);
            }
        };
        try (Repository repository = machine(waits)) {
            assertEquals(List.of(), repository.catchUp());
            assertTrue(left.get() <= 0);
        }
    }
}
