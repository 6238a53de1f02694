package dev.varve.pack;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.backend.ObjectNames;
import dev.varve.backend.memory.MemoryBackend;
import dev.varve.codec.DecodedFrame;
import dev.varve.codec.FrameBuilder;
import dev.varve.codec.FrameChunk;
import dev.varve.codec.FrameWriter;
import dev.varve.codec.SealedFrame;
import dev.varve.crypto.RepositoryKeys;
import dev.varve.model.ByteString;
import dev.varve.model.ChunkId;
import dev.varve.model.ChunkLocation;
import dev.varve.model.CorruptException;
import dev.varve.model.NotFoundException;
import dev.varve.model.PackId;
import dev.varve.model.PackKind;
import dev.varve.testing.Damage;
import dev.varve.testing.FaultyBackend;
import dev.varve.testing.Keys;
import dev.varve.testing.Packs;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PackTest {
    private final RepositoryKeys keys = Keys.encrypted();
    private final MemoryBackend backend = new MemoryBackend();

    @Test
    void everyChunkComesBackFromWhereTheTrailerSaysItLies() throws IOException {
        List<byte[]> chunks = Packs.chunks(1, 200, 40_000);
        PackTrailer written = Packs.write(backend, keys, PackKind.DATA, 256 << 10, chunks);
        PackReader reader = new PackReader(backend, keys);

        PackTrailer read = reader.readTrailer(written.pack());

        assertEquals(written.entries(), read.entries());
        assertEquals(PackKind.DATA, read.kind());
        assertEquals(PackKind.DATA, reader.readHeader(written.pack()).kind());
        assertEquals(200, read.chunkCount());
        assertAllChunks(reader, read.entries(), Packs.byId(keys, chunks));
    }

    @Test
    void anUnencryptedPackComesBackToo() throws IOException {
        RepositoryKeys plain = Keys.unencrypted();
        List<byte[]> chunks = Packs.chunks(2, 20, 40_000);
        PackTrailer written = Packs.write(backend, plain, PackKind.METADATA, 64 << 10, chunks);
        PackReader reader = new PackReader(backend, plain);
        assertEquals(PackKind.METADATA, reader.readTrailer(written.pack()).kind());
        assertAllChunks(reader, reader.readTrailer(written.pack()).entries(), Packs.byId(plain, chunks));
    }

    @Test
    void aTrailerLongerThanTheFirstReadIsReadWhole() throws IOException {
        List<byte[]> chunks = Packs.chunks(3, 6_000, 40);
        PackTrailer written = Packs.write(backend, keys, PackKind.DATA, 4096, chunks);
        PackTrailer read = new PackReader(backend, keys).readTrailer(written.pack());
        assertEquals(6_000, read.chunkCount());
        assertEquals(written.entries(), read.entries());
    }

    @Test
    void aDamagedPackGivesNamedErrorsOrRightBytesNeverWrongOnes() throws IOException {
        for (RepositoryKeys each : List.of(keys, Keys.unencrypted())) {
            List<byte[]> chunks = Packs.chunks(4, 4, 60);
            MemoryBackend whole = new MemoryBackend();
            PackTrailer written = Packs.write(whole, each, PackKind.DATA, 100, chunks);
            List<PackEntry> entries = written.entries();
            Map<ChunkId, byte[]> byId = Packs.byId(each, chunks);
            byte[] sample = bytes(whole, written.pack());
            int refused = Damage.everywhere(sample, damaged -> {
                MemoryBackend one = new MemoryBackend();
                one.put(ObjectNames.pack(written.pack()), ByteBuffer.wrap(damaged));
                PackReader reader = new PackReader(one, each);
                reader.readHeader(written.pack());
                assertEquals(entries, reader.readTrailer(written.pack()).entries());
                assertAllChunks(reader, entries, byId);
            });
            assertEquals(4 * sample.length + 1, refused, "every byte is held against something");
        }
    }

    @Test
    void errorsNamePackAndOffset() throws IOException {
        PackTrailer written = Packs.write(backend, keys, PackKind.DATA, 100, Packs.chunks(6, 4, 60));
        PackTrailer.Frame frame = written.frames().get(1);
        FaultyBackend faulty = new FaultyBackend(backend);
        faulty.flipOnRead(ObjectNames.pack(written.pack()), frame.offset() + 50);
        CorruptException e = assertThrows(
                CorruptException.class,
                () -> new PackReader(faulty, keys).readFrame(written.pack(), frame.offset(), frame.length()));
        assertEquals(ObjectNames.pack(written.pack()), e.resource());
        assertEquals(frame.offset(), e.offset());
        assertTrue(e.getMessage().contains(written.pack().toHex())
                && e.getMessage().contains("byte " + frame.offset()));
    }

    @Test
    void aFrameLengthThatCannotBeIsRefusedBeforeAnythingIsRead() throws IOException {
        PackTrailer written = Packs.write(backend, keys, PackKind.DATA, 100, Packs.chunks(6, 4, 60));
        PackReader reader = new PackReader(backend, keys);
        for (int length : new int[] {1, 63, Integer.MAX_VALUE}) {
            assertThrows(CorruptException.class, () -> reader.readFrame(written.pack(), 32, length));
        }
        assertThrows(CorruptException.class, () -> reader.readFrame(written.pack(), 0, 100));
        assertThrows(CorruptException.class, () -> reader.readFrame(written.pack(), 1 << 30, 100));
        assertThrows(NotFoundException.class, () -> reader.readFrame(new PackId(1, 2), 32, 100));
    }

    @Test
    void aPackUnderAnotherPacksNameIsRefused() throws IOException {
        PackTrailer written = Packs.write(backend, keys, PackKind.DATA, 100, Packs.chunks(7, 4, 60));
        PackId other = new PackId(7, 7);
        backend.put(ObjectNames.pack(other), ByteBuffer.wrap(bytes(backend, written.pack())));
        assertThrows(CorruptException.class, () -> new PackReader(backend, keys).readTrailer(other));
    }

    @Test
    void anotherRepositorysPackIsRefused() throws IOException {
        PackTrailer written = Packs.write(backend, keys, PackKind.DATA, 100, Packs.chunks(8, 4, 60));
        PackReader stranger = new PackReader(backend, Keys.encrypted());
        assertThrows(CorruptException.class, () -> stranger.readTrailer(written.pack()));
    }

    @Test
    void aFrameSwappedForAnotherIsNoticedByTheChunksIds() throws IOException {
        List<byte[]> chunks = Packs.chunks(9, 2, 60);
        PackTrailer written = Packs.write(backend, keys, PackKind.DATA, 1, chunks);
        PackReader reader = new PackReader(backend, keys);
        PackEntry first = written.entries().get(0);
        PackTrailer.Frame second = written.frames().get(1);
        DecodedFrame wrong = reader.readFrame(written.pack(), second.offset(), second.length());
        ChunkLocation location = first.location();
        assertFalse(wrong.holds(first.id(), location.offset(), location.length()));
    }

    @Test
    void aWriterIsUnusableAfterItsFirstErrorAndLeavesNothing() throws IOException {
        FaultyBackend faulty = new FaultyBackend(backend);
        faulty.fullAfterBytes(100);
        SealedFrame frame = frame(PackKind.DATA);
        try (PackWriter writer = new PackWriter(faulty, keys, PackKind.DATA)) {
            assertThrows(IOException.class, () -> writer.append(frame));
            faulty.heal();
            assertThrows(IllegalStateException.class, () -> writer.append(frame));
            assertThrows(IllegalStateException.class, writer::commit);
        }
        assertTrue(names().isEmpty());
    }

    @Test
    void aWriterClosedUncommittedLeavesNothing() throws IOException {
        try (PackWriter writer = new PackWriter(backend, keys, PackKind.DATA)) {
            writer.append(frame(PackKind.DATA));
        }
        assertTrue(names().isEmpty());
    }

    @Test
    void aFrameOfTheOtherKindIsRefused() throws IOException {
        try (PackWriter writer = new PackWriter(backend, keys, PackKind.DATA)) {
            assertThrows(IllegalArgumentException.class, () -> writer.append(frame(PackKind.METADATA)));
        }
    }

    @Test
    void aTrailerWhoseFramesLeaveGapsOrOverlapIsRefused() throws IOException {
        byte[] plain = PackTrailer.encode(
                List.of(new PackTrailer.Frame(40, 100, 13, 1, ByteString.of(new byte[16]))),
                List.of(List.of(new FrameChunk(new ChunkId(1, 2, 3, 4), 0, 5))));
        assertThrows(CorruptException.class, () -> PackTrailer.decode("p", new PackId(1, 1), 0, 140, plain));
    }

    @Test
    void aHostileTrailerIsRefusedWhateverItsCounts() {
        for (int frames : new int[] {-1, 1, 1 << 27, 1 << 30}) {
            byte[] plain = ByteBuffer.allocate(72)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putInt(frames)
                    .putInt(frames)
                    .array();
            assertThrows(CorruptException.class, () -> PackTrailer.decode("p", new PackId(1, 1), 0, 140, plain));
        }
    }

    private SealedFrame frame(PackKind kind) {
        FrameBuilder builder = new FrameBuilder(1000);
        byte[] chunk = new byte[500];
        builder.add(keys.chunkIds().id(chunk, 0, 500), chunk, 0, 500);
        return new FrameWriter(keys.frames()).seal(kind, builder);
    }

    private Set<String> names() {
        Set<String> names = new HashSet<>();
        backend.list("", object -> names.add(object.name()));
        return names;
    }

    static byte[] bytes(MemoryBackend backend, PackId pack) throws IOException {
        String name = ObjectNames.pack(pack);
        ByteBuffer all = ByteBuffer.allocate((int) backend.size(name));
        backend.read(name, 0, all);
        return all.array();
    }

    static void assertAllChunks(PackReader reader, List<PackEntry> entries, Map<ChunkId, byte[]> expected)
            throws IOException {
        List<ChunkId> seen = new ArrayList<>();
        for (PackEntry entry : entries) {
            ChunkLocation at = entry.location();
            DecodedFrame frame = reader.readFrame(at.pack(), at.frameOffset(), at.frameLength());
            byte[] bytes = new byte[at.length()];
            frame.copyTo(at.offset(), bytes, 0, at.length());
            assertArrayEquals(expected.get(entry.id()), bytes);
            seen.add(entry.id());
        }
        assertEquals(
                new ArrayList<>(expected.keySet()), seen.stream().distinct().toList());
    }
}
