package dev.varve.crypto;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.bytes.ByteWriter;
import dev.varve.bytes.Checksums;
import dev.varve.model.AuthenticationException;
import dev.varve.model.CorruptException;
import dev.varve.model.RefusedException;
import dev.varve.model.RepositoryId;
import dev.varve.model.UnsupportedFormatException;
import dev.varve.model.VarveException;
import dev.varve.testing.Damage;
import dev.varve.testing.Keys;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class KeyFileTest {
    private static final KeyDerivation CHEAP = new KeyDerivation(8, 1, 1);

    private final MasterKey master = MasterKey.random(new SecureRandom());

    @Test
    void theRightPasswordOpensTheMasterKey() throws IOException {
        byte[] stored = keyFile("sésame", "ops").encode();
        KeyFile read = KeyFile.decode("keys/1", stored);
        assertEquals("ops", read.label());
        assertEquals(Instant.ofEpochSecond(1_700_000_000), read.created());
        assertEquals(CHEAP, read.derivation());
        try (Password password = Password.of("sésame".toCharArray());
                MasterKey opened = read.unlock(password, Keys.REPOSITORY)) {
            assertArrayEquals(master.reveal(), opened.reveal());
        }
        try (Password fromFile = Password.ofBytes("sésame\r\n".getBytes(StandardCharsets.UTF_8));
                MasterKey opened = read.unlock(fromFile, Keys.REPOSITORY)) {
            assertArrayEquals(master.reveal(), opened.reveal());
        }
    }

    @Test
    void aWrongPasswordSaysSoInOneLine() throws IOException {
        KeyFile file = keyFile("right", "");
        try (Password wrong = Password.of("wrong".toCharArray())) {
            AuthenticationException e =
                    assertThrows(AuthenticationException.class, () -> file.unlock(wrong, Keys.REPOSITORY));
            assertEquals("wrong password", e.getMessage());
        }
    }

    @Test
    void aKeyFileOfAnotherRepositoryDoesNotOpen() throws IOException {
        KeyFile file = keyFile("right", "");
        try (Password password = Password.of("right".toCharArray())) {
            assertThrows(AuthenticationException.class, () -> file.unlock(password, new RepositoryId(1, 1)));
        }
    }

    @Test
    void severalPasswordsOpenOneMasterKey() throws IOException {
        for (String word : new String[] {"one", "two"}) {
            try (Password password = Password.of(word.toCharArray());
                    MasterKey opened = keyFile(word, word).unlock(password, Keys.REPOSITORY)) {
                assertArrayEquals(master.reveal(), opened.reveal());
            }
        }
    }

    @Test
    void aDamagedKeyFileIsRefused() throws IOException {
        byte[] stored = keyFile("right", "ops").encode();
        try (Password password = Password.of("right".toCharArray())) {
            int refused = Damage.everywhere(stored, damaged -> {
                try (MasterKey opened = KeyFile.decode("keys/1", damaged).unlock(password, Keys.REPOSITORY)) {
                    assertArrayEquals(master.reveal(), opened.reveal());
                }
            });
            assertEquals(4 * stored.length + 1, refused);
        }
    }

    @Test
    void damageWithARightChecksumIsStillNotAKey() throws IOException {
        byte[] stored = keyFile("right", "ops").encode();
        try (Password password = Password.of("right".toCharArray())) {
            for (int i = 0; i < stored.length - 4; i++) {
                byte[] forged = stored.clone();
                forged[i] ^= 1;
                seal(forged);
                assertThrows(
                        VarveException.class,
                        () -> KeyFile.decode("keys/1", forged).unlock(password, Keys.REPOSITORY));
            }
        }
    }

    @Test
    void absurdCostsAreRefusedBeforeAnyWork() throws IOException {
        int[][] absurd = {{1 << 21, 1, 1}, {-1, 1, 1}, {1 << 20, 64, 1}, {64, 1 << 20, 1}, {64, 1, 1000}, {8, 1, 16}};
        for (int[] costs : absurd) {
            byte[] stored = keyFile("right", "ops").encode();
            byte[] fields =
                    new ByteWriter().i32(costs[0]).i32(costs[1]).i32(costs[2]).toByteArray();
            System.arraycopy(fields, 0, stored, 12, 12);
            seal(stored);
            assertThrows(CorruptException.class, () -> KeyFile.decode("keys/1", stored));
        }
    }

    @Test
    void aNewerKeyFileIsUnsupported() throws IOException {
        byte[] stored = keyFile("right", "ops").encode();
        stored[8] = 2;
        assertThrows(UnsupportedFormatException.class, () -> KeyFile.decode("keys/1", stored));
    }

    @Test
    void aLongLabelIsRefused() {
        assertThrows(RefusedException.class, () -> keyFile("x", "é".repeat(128)));
    }

    @Test
    void anEmptyPasswordIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> Password.of(new char[0]));
        assertThrows(IllegalArgumentException.class, () -> Password.ofBytes(new byte[] {'\n'}));
    }

    @Test
    void closedSecretsAreClearedAndUnusable() {
        Password password = Password.of("abc".toCharArray());
        byte[] bytes = password.bytes();
        password.close();
        assertTrue(Arrays.equals(new byte[3], bytes));
        assertThrows(IllegalStateException.class, password::bytes);
        MasterKey key = MasterKey.random(new SecureRandom());
        key.close();
        assertThrows(IllegalStateException.class, key::reveal);
    }

    @Test
    void theMasterKeyIsNotInTheFile() throws IOException {
        String stored = new String(keyFile("right", "ops").encode(), StandardCharsets.ISO_8859_1);
        assertFalse(stored.contains(new String(master.reveal(), StandardCharsets.ISO_8859_1)));
    }

    private static void seal(byte[] keyFile) {
        byte[] crc = new ByteWriter()
                .i32(Checksums.crc32c(keyFile, 0, keyFile.length - 4))
                .toByteArray();
        System.arraycopy(crc, 0, keyFile, keyFile.length - 4, 4);
    }

    private KeyFile keyFile(String word, String label) throws RefusedException {
        try (Password password = Password.of(word.toCharArray())) {
            return KeyFile.create(
                    master,
                    password,
                    Keys.REPOSITORY,
                    CHEAP,
                    Instant.ofEpochSecond(1_700_000_000, 5),
                    label,
                    new SecureRandom());
        }
    }
}
