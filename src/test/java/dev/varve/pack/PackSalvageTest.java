package dev.varve.pack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.backend.ObjectNames;
import dev.varve.backend.memory.MemoryBackend;
import dev.varve.crypto.RepositoryKeys;
import dev.varve.model.PackId;
import dev.varve.model.PackKind;
import dev.varve.testing.Keys;
import dev.varve.testing.Packs;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class PackSalvageTest {
    private final RepositoryKeys keys = Keys.encrypted();
    private final MemoryBackend backend = new MemoryBackend();
    private final PackTrailer written;
    private final byte[] stored;

    PackSalvageTest() throws IOException {
        written = Packs.write(backend, keys, PackKind.DATA, 5_000, Packs.chunks(1, 30, 2_000));
        stored = PackTest.bytes(backend, written.pack());
    }

    @Test
    void aWholePackGivesAllItsChunksAndNoDamage() throws IOException {
        PackSalvage.Result result = salvage(stored);
        assertEquals(written.entries(), result.entries());
        assertTrue(result.damage().isEmpty());
    }

    @Test
    void aPackWithoutTrailerGivesAllItsChunks() throws IOException {
        PackTrailer.Frame last = written.frames().get(written.frames().size() - 1);
        PackSalvage.Result result = salvage(Arrays.copyOf(stored, last.offset() + last.length()));
        assertEquals(written.entries(), result.entries());
        assertTrue(result.damage().isEmpty());
    }

    @Test
    void aDamagedFrameBodyCostsThisFrameOnly() throws IOException {
        PackTrailer.Frame hurt = written.frames().get(1);
        byte[] damaged = stored.clone();
        damaged[hurt.offset() + 60] ^= 1;
        assertOnlyLost(hurt, salvage(damaged));
    }

    @Test
    void aDamagedFrameHeaderCostsThisFrameOnly() throws IOException {
        PackTrailer.Frame hurt = written.frames().get(1);
        byte[] damaged = stored.clone();
        damaged[hurt.offset() + 9] ^= 1;
        assertOnlyLost(hurt, salvage(damaged));
    }

    @Test
    void aPackCutInsideAFrameGivesTheFramesBefore() throws IOException {
        PackTrailer.Frame second = written.frames().get(1);
        PackSalvage.Result result = salvage(Arrays.copyOf(stored, second.offset() + second.length() - 1));
        assertEquals(written.entries().subList(0, written.frames().get(0).chunkCount()), result.entries());
        assertEquals(1, result.damage().size());
        assertEquals(second.offset(), result.damage().get(0).offset());
    }

    @Test
    void everyCutGivesOnlyChunksThatWereWritten() throws IOException {
        List<PackEntry> entries = written.entries();
        for (int length = 0; length < stored.length; length += 97) {
            assertTrue(
                    entries.containsAll(salvage(Arrays.copyOf(stored, length)).entries()));
        }
    }

    private void assertOnlyLost(PackTrailer.Frame hurt, PackSalvage.Result result) throws IOException {
        List<PackEntry> left = written.entries().stream()
                .filter(entry -> entry.location().frameOffset() != hurt.offset())
                .toList();
        assertEquals(left, result.entries());
        assertEquals(1, result.damage().size());
        assertEquals(hurt.offset(), result.damage().get(0).offset());
    }

    private PackSalvage.Result salvage(byte[] bytes) throws IOException {
        PackId id = written.pack();
        MemoryBackend one = new MemoryBackend();
        one.put(ObjectNames.pack(id), ByteBuffer.wrap(bytes));
        return new PackSalvage(one, keys).salvage(id);
    }
}
