package dev.varve.backup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.varve.model.ByteString;
import dev.varve.model.FileType;
import dev.varve.model.VarveException;
import dev.varve.snapshot.StoredVolume;
import dev.varve.snapshot.VolumeCache;
import dev.varve.testing.MemoryChunks;
import dev.varve.testing.MemoryVolume;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class InodePathsTest {
    private final MemoryChunks chunks = new MemoryChunks();
    private final MemoryVolume made = new MemoryVolume(chunks);

    private static ByteString path(String path) {
        return ByteString.utf8(path);
    }

    @Test
    void filesAndDirectoriesAreFoundWhereverTheyLie() throws IOException {
        long a = made.directory(MemoryVolume.ROOT, "a", 0755);
        long deep = made.directory(made.directory(a, "b", 0755), "c", 0755);
        long file = made.file(deep, "file", new byte[0]);
        long other = made.file(MemoryVolume.ROOT, "zz", new byte[0]);
        InodePaths paths = new InodePaths(made.build("/"), InodePaths.MAX_ENTRIES);
        paths.find(Set.of(file, deep, other, MemoryVolume.ROOT, 99L));
        assertEquals(path("/a/b/c/file"), paths.of(file));
        assertEquals(path("/a/b/c"), paths.of(deep));
        assertEquals(path("/zz"), paths.of(other));
        assertEquals(path("/"), paths.of(MemoryVolume.ROOT));
        assertNull(paths.of(99));
        assertNull(paths.of(a));
    }

    @Test
    void directoriesThatHoldEachOtherEnd() throws IOException {
        long a = made.directory(MemoryVolume.ROOT, "a", 0755);
        made.link(a, path("up"), MemoryVolume.ROOT, FileType.DIRECTORY);
        made.link(a, path("self"), a, FileType.DIRECTORY);
        long file = made.file(MemoryVolume.ROOT, "z", new byte[0]);
        InodePaths paths = new InodePaths(made.build("/"), InodePaths.MAX_ENTRIES);
        paths.find(Set.of(file, 99L));
        assertEquals(path("/z"), paths.of(file));
    }

    @Test
    void theWalkEndsAfterSoManyEntries() throws IOException {
        long first = made.file(MemoryVolume.ROOT, "a", new byte[0]);
        long second = made.file(MemoryVolume.ROOT, "b", new byte[0]);
        InodePaths paths = new InodePaths(made.build("/"), 1);
        paths.find(Set.of(first, second));
        assertEquals(path("/a"), paths.of(first));
        assertNull(paths.of(second));
    }

    @Test
    void whatWasFoundBeforeDamageStays() throws IOException {
        long first = made.file(MemoryVolume.ROOT, "a", new byte[0]);
        made.link(MemoryVolume.ROOT, path("b"), 4000, FileType.DIRECTORY); // there is no such inode
        StoredVolume volume = new StoredVolume(chunks, made.build("/").record(), VolumeCache.ofBytes(1 << 20));
        InodePaths paths = new InodePaths(volume, InodePaths.MAX_ENTRIES);
        assertThrows(VarveException.class, () -> paths.find(Set.of(first, 99L)));
        assertEquals(path("/a"), paths.of(first));
    }

    @Test
    void linesSayWhatIsKnown() {
        ProblemLog log = new ProblemLog();
        log.add("general");
        log.add("root", 12, "cannot be read: x");
        log.add("home", 12, "cannot be read: y");
        assertEquals(Set.of(12L), log.inodes("home"));
        assertEquals(
                List.of("general", "root: /etc/x (inode 12): cannot be read: x", "home: inode 12: cannot be read: y"),
                log.lines((volume, inode) -> volume.equals("root") ? "/etc/x" : null));
    }
}
