package dev.varve.repository;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.backend.memory.MemoryBackend;
import dev.varve.model.AlreadyExistsException;
import dev.varve.model.CorruptException;
import dev.varve.model.NotFoundException;
import dev.varve.model.UnsupportedFormatException;
import dev.varve.testing.Damage;
import dev.varve.testing.Keys;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class RepositoryConfigTest {
    private final MemoryBackend backend = new MemoryBackend();

    @Test
    void whatIsWrittenIsReadAndIsWrittenOnce() throws IOException {
        for (boolean encrypted : new boolean[] {true, false}) {
            MemoryBackend fresh = new MemoryBackend();
            RepositoryConfig config = new RepositoryConfig(Keys.REPOSITORY, encrypted);
            config.write(fresh);
            assertEquals(config, RepositoryConfig.read(fresh));
            assertThrows(AlreadyExistsException.class, () -> config.write(fresh));
        }
    }

    @Test
    void noRepositorySaysWhatToDo() {
        NotFoundException e = assertThrows(NotFoundException.class, () -> RepositoryConfig.read(backend));
        assertTrue(e.getMessage().contains("varve init"));
    }

    @Test
    void aNewerFormatIsUnsupportedWhateverFollows() throws IOException {
        byte[] newer = new byte[1_000];
        System.arraycopy(new RepositoryConfig(Keys.REPOSITORY, true).encode(), 0, newer, 0, 32);
        newer[8] = 2;
        backend.put("config", ByteBuffer.wrap(newer));
        assertThrows(UnsupportedFormatException.class, () -> RepositoryConfig.read(backend));
    }

    @Test
    void aLongerConfigIsCorrupt() throws IOException {
        byte[] longer = new byte[33];
        System.arraycopy(new RepositoryConfig(Keys.REPOSITORY, true).encode(), 0, longer, 0, 32);
        backend.put("config", ByteBuffer.wrap(longer));
        assertThrows(CorruptException.class, () -> RepositoryConfig.read(backend));
    }

    @Test
    void aDamagedConfigIsRefused() {
        RepositoryConfig config = new RepositoryConfig(Keys.REPOSITORY, true);
        byte[] sample = config.encode();
        int refused =
                Damage.everywhere(sample, damaged -> assertEquals(config, RepositoryConfig.decode("config", damaged)));
        assertEquals(4 * sample.length + 1, refused);
    }
}
