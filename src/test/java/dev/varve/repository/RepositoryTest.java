package dev.varve.repository;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.crypto.KeyDerivation;
import dev.varve.crypto.Password;
import dev.varve.model.AlreadyExistsException;
import dev.varve.model.AuthenticationException;
import dev.varve.model.BackendException;
import dev.varve.model.ChunkId;
import dev.varve.model.CorruptException;
import dev.varve.model.MissingChunkException;
import dev.varve.model.NotFoundException;
import dev.varve.model.PackKind;
import dev.varve.model.RefusedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RepositoryTest {
    private static final KeyDerivation QUICK = new KeyDerivation(64, 1, 1);

    @TempDir
    Path temp;

    private Path directory() {
        return temp.resolve("repo");
    }

    private Repository create() throws IOException {
        return Repository.create(directory(), Password.of("secret".toCharArray()), QUICK);
    }

    private Repository open() throws IOException {
        return Repository.open(directory(), Password.of("secret".toCharArray()), RepositoryOptions.defaults());
    }

    private static Map<ChunkId, byte[]> put(Repository repository, long seed, int count) throws IOException {
        Random random = new Random(seed);
        Map<ChunkId, byte[]> put = new LinkedHashMap<>();
        try (WriteSession session = repository.begin()) {
            try (ChunkLane data = session.lane(PackKind.DATA);
                    ChunkLane metadata = session.lane(PackKind.METADATA)) {
                for (int i = 0; i < count; i++) {
                    byte[] chunk = new byte[1 + random.nextInt(60_000)];
                    random.nextBytes(chunk);
                    put.put((i % 3 == 0 ? metadata : data).put(chunk, 0, chunk.length), chunk);
                }
            }
            session.commit();
        }
        return put;
    }

    private static void assertHolds(Repository repository, Map<ChunkId, byte[]> chunks) throws IOException {
        for (var entry : chunks.entrySet()) {
            assertArrayEquals(entry.getValue(), repository.chunks().read(entry.getKey()));
            ByteBuffer tail = ByteBuffer.allocate(10);
            int from = entry.getValue().length - 1;
            assertEquals(1, repository.chunks().read(entry.getKey(), from, tail));
            assertEquals(entry.getValue()[from], tail.get(0));
        }
    }

    private List<Path> files(String below) throws IOException {
        Path from = directory().resolve(below);
        if (!Files.exists(from)) {
            return List.of();
        }
        try (Stream<Path> walk = Files.walk(from)) {
            return walk.filter(Files::isRegularFile).sorted().toList();
        }
    }

    @Test
    void whatWasPutIsThereAfterReopening() throws IOException {
        Map<ChunkId, byte[]> put;
        try (Repository repository = create()) {
            put = put(repository, 1, 300);
            assertHolds(repository, put);
        }
        try (Repository repository = open()) {
            assertHolds(repository, put);
        }
    }

    @Test
    void aSessionMayHaveMoreUnderWayThanItsDeltaIsMadeFor() throws IOException {
        create().close();
        RepositoryOptions oneEntry = RepositoryOptions.defaults().writing(256 << 10, 1);
        try (Repository repository = Repository.open(directory(), Password.of("secret".toCharArray()), oneEntry)) {
            assertHolds(repository, put(repository, 8, 100));
        }
    }

    @Test
    void anUnencryptedRepositoryWorksWithoutPassword() throws IOException {
        Map<ChunkId, byte[]> put;
        try (Repository repository = Repository.create(directory(), null)) {
            put = put(repository, 2, 50);
        }
        assertFalse(Repository.isEncrypted(directory()));
        try (Repository repository = Repository.open(directory(), null, RepositoryOptions.defaults())) {
            assertHolds(repository, put);
        }
    }

    @Test
    void puttingTheSameAgainStoresNothing() throws IOException {
        try (Repository repository = create()) {
            put(repository, 3, 100);
            long packs = files("packs").size();
            put(repository, 3, 100);
            assertEquals(packs, files("packs").size());
        }
    }

    @Test
    void aSessionThatIsNotCommittedLeavesNothingThatCounts() throws IOException {
        try (Repository repository = create()) {
            ChunkId id;
            try (WriteSession session = repository.begin()) {
                try (ChunkLane lane = session.lane(PackKind.DATA)) {
                    id = lane.put(new byte[] {1, 2, 3}, 0, 3);
                }
            }
            assertThrows(MissingChunkException.class, () -> repository.chunks().read(id));
            assertEquals(List.of(), files("packs"));
        }
    }

    @Test
    void anIndexThatIsGoneOrGarbageIsMadeAnew() throws IOException {
        Map<ChunkId, byte[]> put;
        try (Repository repository = create()) {
            put = put(repository, 4, 100);
        }
        for (Path file : files("index")) {
            Files.delete(file);
        }
        try (Repository repository = open()) {
            assertHolds(repository, put);
        }
        for (Path file : files("index")) {
            Files.write(file, new byte[] {1, 2, 3});
        }
        try (Repository repository = open()) {
            assertHolds(repository, put);
        }
    }

    @Test
    void aWriterDoesNotCountOnChunksOfALostPack() throws IOException {
        try (Repository repository = create()) {
            put(repository, 5, 100);
            for (Path pack : files("packs")) {
                Files.delete(pack);
            }
            Map<ChunkId, byte[]> again = put(repository, 5, 100);
            try (Repository other = open()) {
                assertHolds(other, again);
            }
        }
    }

    @Test
    void aReaderSeesWhatAnotherProcessWritesLater() throws IOException {
        try (Repository writer = create();
                Repository reader = open()) {
            assertHolds(reader, put(writer, 6, 20));
            assertHolds(reader, put(writer, 7, 20));
        }
    }

    @Test
    void twoWritersAtOnceBothSucceedAndStoreTheSameChunkAtMostTwice() throws Exception {
        try (Repository first = create();
                Repository second = open()) {
            AtomicReference<Throwable> failure = new AtomicReference<>();
            List<Thread> threads = new ArrayList<>();
            for (Repository repository : List.of(first, second)) {
                Thread thread = new Thread(() -> {
                    try {
                        for (int round = 0; round < 5; round++) {
                            assertHolds(repository, put(repository, round, 60));
                        }
                    } catch (Throwable e) {
                        failure.set(e);
                    }
                });
                thread.start();
                threads.add(thread);
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertEquals(null, failure.get());
        }
    }

    @Test
    void everyFileIsPrivate() throws IOException {
        try (Repository repository = create()) {
            put(repository, 8, 20);
        }
        try (Stream<Path> walk = Files.walk(directory())) {
            for (Path path : walk.toList()) {
                String expected = Files.isDirectory(path) ? "rwx------" : "rw-------";
                assertEquals(
                        expected, PosixFilePermissions.toString(Files.getPosixFilePermissions(path)), path.toString());
            }
        }
    }

    @Test
    void severalPasswordsOpenOneRepositoryUntilTheyAreTakenAway() throws IOException {
        Map<ChunkId, byte[]> put;
        try (Repository repository = create()) {
            put = put(repository, 9, 5);
            String id = repository.addPassword(Password.of("other".toCharArray()), "second admin");
            try (Repository other =
                    Repository.open(directory(), Password.of("other".toCharArray()), RepositoryOptions.defaults())) {
                assertHolds(other, put);
                assertEquals(2, other.keys().list().size());
                other.keys().remove(id);
            }
            assertThrows(
                    AuthenticationException.class,
                    () -> Repository.open(
                            directory(), Password.of("other".toCharArray()), RepositoryOptions.defaults()));
            String last = repository.keys().list().get(0).id();
            assertThrows(RefusedException.class, () -> repository.keys().remove(last));
            assertThrows(NotFoundException.class, () -> repository.keys().remove("0123456789abcdef"));
        }
    }

    @Test
    void aWrongPasswordAMissingRepositoryAndAFullDirectoryAreSaidSo() throws IOException {
        assertThrows(NotFoundException.class, this::open);
        create().close();
        AuthenticationException wrong = assertThrows(
                AuthenticationException.class,
                () -> Repository.open(directory(), Password.of("no".toCharArray()), RepositoryOptions.defaults()));
        assertTrue(wrong.getMessage().contains("wrong password"), wrong.getMessage());
        assertFalse(wrong.getMessage().contains("secret"));
        assertThrows(AlreadyExistsException.class, this::create);
        Path full = Files.createDirectory(temp.resolve("full"));
        Files.writeString(full.resolve("letter"), "dear diary");
        assertThrows(RefusedException.class, () -> Repository.create(full, null));
    }

    @Test
    void aDamagedKeyFileIsNamedAndDoesNotHinderAnother() throws IOException {
        create().close();
        Path key = files("keys").get(0);
        byte[] good = Files.readAllBytes(key);
        byte[] bad = good.clone();
        bad[40] ^= 1;
        Files.write(key, bad);
        CorruptException damaged = assertThrows(CorruptException.class, this::open);
        assertTrue(damaged.getMessage().contains(key.getFileName().toString()), damaged.getMessage());
        Files.write(key.resolveSibling("ffffffffffffffff"), good);
        open().close();
    }

    @Test
    void everyFlippedOrCutByteOfAPackGivesItsChunkOrANamedError() throws IOException {
        Map<ChunkId, byte[]> put;
        try (Repository repository = create()) {
            put = put(repository, 10, 3);
        }
        List<Path> packs = new ArrayList<>(files("packs"));
        packs.sort(Comparator.comparingLong(path -> path.toFile().length()));
        Path pack = packs.get(0);
        byte[] good = Files.readAllBytes(pack);
        Random random = new Random(10);
        for (int i = 0; i < 120; i++) {
            byte[] bad = good.clone();
            int at = i < 60 ? i : random.nextInt(good.length);
            if (i % 10 == 9) {
                bad = java.util.Arrays.copyOf(good, at);
            } else {
                bad[at] ^= (byte) (1 << random.nextInt(8));
            }
            Files.write(pack, bad);
            try (Repository repository = open()) {
                for (var entry : put.entrySet()) {
                    try {
                        assertArrayEquals(entry.getValue(), repository.chunks().read(entry.getKey()));
                    } catch (dev.varve.model.VarveException e) {
                        assertFalse(e.getMessage().isBlank());
                    }
                }
            }
        }
    }

    @Test
    void chunksOfAFrameThatWasFoundDamagedAreStoredAgainAndReadFromTheirNewPlace() throws IOException {
        Map<ChunkId, byte[]> put;
        try (Repository repository = create()) {
            put = put(repository, 11, 30);
        }
        List<Path> packs = files("packs");
        for (Path pack : packs) {
            byte[] bytes = Files.readAllBytes(pack);
            bytes[200] ^= 1;
            Files.write(pack, bytes);
        }
        try (Repository repository = open()) {
            for (ChunkId id : put.keySet()) {
                try {
                    repository.chunks().read(id);
                } catch (CorruptException e) {
                    assertTrue(e.getMessage().contains("packs/"), e.getMessage());
                }
            }
            put(repository, 11, 30);
            assertEquals(packs.size() * 2, files("packs").size());
            assertHolds(repository, put);
        }
        try (Repository repository = open()) {
            assertHolds(repository, put);
        }
    }

    @Test
    void aReaderGetsAlongWhereTheIndexCannotBeWrittenAndAWriterSaysSo() throws IOException {
        Map<ChunkId, byte[]> put;
        try (Repository repository = create()) {
            put = put(repository, 12, 60);
        }
        for (Path file : files("index")) {
            Files.delete(file);
        }
        Files.createDirectory(directory().resolve("index/lock")); // what must be a file: also root cannot lock it
        try (Repository repository = open()) {
            assertHolds(repository, put);
            assertEquals(put.size(), repository.indexView().ordinalCount());
            assertThrows(BackendException.class, () -> put(repository, 13, 1));
        }
        assertEquals(List.of(), files("index"));
    }

    @Test
    void theLastKeyThatIsWholeStaysWhateverOthersAreDamaged() throws IOException {
        try (Repository repository = create()) {
            String first = repository.keys().list().get(0).id();
            String second = repository.addPassword(Password.of("other".toCharArray()), "second");
            Path file = directory().resolve("keys").resolve(second);
            byte[] bytes = Files.readAllBytes(file);
            bytes[0] ^= 1;
            Files.write(file, bytes);
            assertThrows(RefusedException.class, () -> repository.keys().remove(first));
            open().close();
            repository.keys().remove(second);
            assertEquals(1, repository.keys().list().size());
        }
    }

    @Test
    void whatAMakingThatWasBrokenOffLeftDoesNotHinderTheNext() throws IOException {
        create().close();
        Files.delete(directory().resolve("config"));
        for (Path file : files("index")) {
            Files.delete(file);
        }
        Files.deleteIfExists(directory().resolve("index")); // the config is written before there is an index
        Path left = files("keys").get(0);
        create().close();
        assertFalse(Files.exists(left));
        assertEquals(1, files("keys").size());
        open().close();
    }
}
