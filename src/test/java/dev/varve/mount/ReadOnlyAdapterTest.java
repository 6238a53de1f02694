package dev.varve.mount;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.kenai.jffi.MemoryIO;
import dev.varve.model.Attributes;
import dev.varve.model.Timestamp;
import dev.varve.snapshot.VolumeCache;
import dev.varve.snapshot.VolumeRecord;
import dev.varve.testing.MemoryChunks;
import dev.varve.testing.SampleVolume;
import dev.varve.view.DatedView;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import ru.serce.jnrfuse.struct.FileStat;

/** Drives the adapter as libfuse does, without mounting. */
class ReadOnlyAdapterTest {
    private static final String DATE = "/2024-05-01";
    private static final int MANY = ReadOnlyAdapter.WHOLE_ENTRIES + 1000;

    private final MemoryIO memory = MemoryIO.getInstance();
    private final MemoryChunks chunks = new MemoryChunks();
    private final ByteArrayOutputStream logged = new ByteArrayOutputStream();
    private final SampleVolume volume = new SampleVolume("root", "/")
            .directory("/etc")
            .file("/etc/passwd", "root:x:0")
            .mode("/etc/passwd", 0640, 7)
            .hardLink("/etc/passwd-", "/etc/passwd")
            .xattr("/etc/passwd", "user.a", new byte[] {1, 0, 2})
            .xattr("/etc/passwd", "system.posix_acl_access", new byte[28])
            .link("/link", "etc/passwd")
            .file("/caf\u00e9\u00ff", "bytes")
            .directory("/many");

    private DatedView view;
    private ReadOnlyAdapter adapter;
    private final long buffer = memory.allocateMemory(1 << 20, true);
    private final long info = memory.allocateMemory(FileInfoLayout.SIZE_BYTES, true);

    @BeforeEach
    void open() throws IOException {
        for (int i = 0; i < MANY; i++) {
            volume.file("/many/entry-" + i, "");
        }
        VolumeRecord record = volume.write(chunks);
        view = new DatedView(
                () -> List.of(SampleVolume.manifest("web", "2024-05-01", 100, record)),
                chunks,
                VolumeCache.ofBytes(8 << 20),
                null);
        adapter = new ReadOnlyAdapter(view, memory, log(), null);
    }

    private ErrorLog log() {
        return new ErrorLog(new PrintStream(logged, true), System::nanoTime);
    }

    @AfterEach
    void close() {
        view.close();
        memory.freeMemory(buffer);
        memory.freeMemory(info);
    }

    @Test
    void statShowsTheOriginalsAttributes() {
        assertEquals(0, adapter.getattr(path(DATE + "/etc/passwd"), buffer));
        FileStat stat = FileStat.of(Pointer.wrap(Runtime.getSystemRuntime(), buffer));
        assertEquals(volume.number("/etc/passwd"), stat.st_ino.longValue());
        assertEquals(0100640, stat.st_mode.intValue());
        assertEquals(2, stat.st_nlink.intValue());
        assertEquals(7, stat.st_uid.intValue());
        assertEquals(7, stat.st_gid.intValue());
        assertEquals(8, stat.st_size.longValue());
        assertEquals(8, stat.st_blocks.longValue());
        Timestamp time = SampleVolume.TIME;
        assertEquals(time.seconds(), stat.st_mtim.tv_sec.longValue());
        assertEquals(time.nanos(), stat.st_mtim.tv_nsec.longValue());
        assertEquals(time.nanos(), stat.st_ctim.tv_nsec.longValue());
        assertEquals(time.seconds(), stat.st_atim.tv_sec.longValue());
    }

    @Test
    void nameThatIsNotThereIsEnoentAndNotLogged() {
        assertEquals(-Errno.ENOENT, adapter.getattr(path(DATE + "/none"), buffer));
        assertEquals(-Errno.ENOENT, adapter.open(path(DATE + "/none"), info));
        assertEquals(-Errno.ENOENT, adapter.readdir(path("/none"), 0, (b, n, s, o) -> 0, 0));
        assertEquals(-Errno.ENOENT, adapter.getxattr(path("/none"), path("user.a"), buffer, 10));
        assertEquals(-Errno.ENOENT, adapter.listxattr(path("/none"), buffer, 10));
        assertEquals(-Errno.ENOENT, adapter.access(path("/none"), 4));
        assertEquals(-Errno.ENOENT, adapter.readlink(path("/none"), buffer, 10));
        assertEquals("", logged.toString(StandardCharsets.UTF_8));
    }

    @Test
    void fileIsReadThroughItsHandleAndForgottenOnRelease() {
        assertEquals(0, adapter.open(path(DATE + "/etc/passwd"), info));
        assertEquals(8, adapter.read(path(DATE + "/etc/passwd"), buffer, 100, 0, info));
        assertEquals("root:x:0", text(buffer));
        assertEquals(3, adapter.read(0, buffer, 100, 5, info));
        assertEquals(0, adapter.read(0, buffer, 100, 8, info));
        assertEquals(1, adapter.openFiles());
        adapter.release(info);
        assertEquals(0, adapter.openFiles());
        assertEquals(-Errno.EBADF, adapter.read(0, buffer, 100, 0, info));
    }

    @Test
    void openingToWriteIsRefused() {
        for (int flags : new int[] {1, 2, 01000}) {
            memory.putInt(info, flags);
            assertEquals(-Errno.EROFS, adapter.open(path(DATE + "/etc/passwd"), info));
        }
        assertEquals(-Errno.EROFS, adapter.access(path(DATE + "/etc/passwd"), 2));
        assertEquals(0, adapter.openFiles());
    }

    @Test
    void accessKnowsWhatIsAProgram() {
        assertEquals(0, adapter.access(path(DATE + "/etc/passwd"), 4));
        assertEquals(-Errno.EACCES, adapter.access(path(DATE + "/etc/passwd"), 1));
        assertEquals(0, adapter.access(path(DATE + "/etc"), 1));
    }

    @Test
    void linkTargetEndsWithNulAndIsCutToTheBuffer() {
        assertEquals(0, adapter.readlink(path(DATE + "/link"), buffer, 100));
        assertEquals("etc/passwd", text(buffer));
        assertEquals(0, adapter.readlink(path(DATE + "/link"), buffer, 4));
        assertEquals("etc", text(buffer));
        assertEquals(0, adapter.readlink(path("/latest"), buffer, 100));
        assertEquals("2024-05-01", text(buffer));
        assertEquals(-Errno.EINVAL, adapter.readlink(path(DATE + "/etc"), buffer, 100));
    }

    @Test
    void attributesFollowTheContractOfSizes() {
        long file = path(DATE + "/etc/passwd");
        assertEquals(3, adapter.getxattr(file, path("user.a"), 0, 0));
        assertEquals(-Errno.ERANGE, adapter.getxattr(file, path("user.a"), buffer, 2));
        assertEquals(3, adapter.getxattr(file, path("user.a"), buffer, 3));
        assertEquals(2, memory.getByte(buffer + 2));
        assertEquals(28, adapter.getxattr(file, path("system.posix_acl_access"), buffer, 64));
        assertEquals(-Errno.ENODATA, adapter.getxattr(file, path("user.b"), buffer, 3));
        assertEquals(-Errno.ENODATA, adapter.getxattr(path(DATE + "/etc"), path("user.a"), buffer, 3));
        int length = "user.a".length() + "system.posix_acl_access".length() + 2;
        assertEquals(length, adapter.listxattr(file, 0, 0));
        assertEquals(-Errno.ERANGE, adapter.listxattr(file, buffer, length - 1L));
        assertEquals(length, adapter.listxattr(file, buffer, length));
        assertEquals("user.a", text(buffer));
        assertEquals(0, adapter.listxattr(path(DATE + "/etc"), buffer, 10));
    }

    @Test
    void smallDirectoryComesWholeWithItsTypes() {
        List<String> names = new ArrayList<>();
        int answer = adapter.readdir(
                path(DATE),
                77,
                (given, name, stat, next) -> {
                    assertEquals(77, given);
                    assertEquals(0, next);
                    FileStat entry = FileStat.of(Pointer.wrap(Runtime.getSystemRuntime(), stat));
                    names.add(text(name) + " " + Integer.toOctalString(entry.st_mode.intValue() & 0170000));
                    return 0;
                },
                0);
        assertEquals(0, answer);
        assertEquals(
                List.of(". 40000", ".. 40000", "caf\u00e9\u00ff 100000", "etc 40000", "link 120000", "many 40000"),
                names);
    }

    @Test
    void largeDirectoryGoesOnFromEveryOffset() {
        List<String> names = new ArrayList<>();
        List<Long> offsets = new ArrayList<>();
        long[] at = {0};
        int before;
        do {
            before = names.size();
            int[] room = {97};
            assertEquals(
                    0,
                    adapter.readdir(
                            path(DATE + "/many"),
                            0,
                            (given, name, stat, next) -> {
                                if (room[0]-- == 0) {
                                    return 1;
                                }
                                names.add(text(name));
                                offsets.add(next);
                                at[0] = next;
                                return 0;
                            },
                            at[0]));
        } while (names.size() > before);
        assertEquals(MANY + 2, names.size());
        assertEquals(MANY + 2, new HashSet<>(names).size());
        for (int i = 0; i < names.size() - 1; i += 371) {
            List<String> first = new ArrayList<>();
            adapter.readdir(
                    path(DATE + "/many"),
                    0,
                    (given, name, stat, next) -> {
                        first.add(text(name));
                        return 1;
                    },
                    offsets.get(i));
            assertEquals(names.get(i + 1), first.get(0));
        }
    }

    @Test
    void namesAreBytes() {
        assertEquals(0, adapter.open(path(DATE + "/caf\u00e9\u00ff"), info));
        assertEquals(5, adapter.read(0, buffer, 100, 0, info));
        assertEquals("bytes", text(buffer));
    }

    @Test
    void statfsHasNothingFree() {
        assertEquals(0, adapter.statfs(path("/"), buffer));
        assertEquals(4096, memory.getLong(buffer));
        assertTrue(memory.getLong(buffer + 16) > 0);
        assertEquals(0, memory.getLong(buffer + 24));
        assertEquals(255, memory.getLong(buffer + 80));
    }

    @Test
    void whomAnAclKeepsOutIsRefusedWhateverTheModeSays() throws IOException {
        byte[] acl =
                AccessAclTest.acl(new int[][] {{1, 7, -1}, {2, 0, 1234}, {4, 4, -1}, {0x10, 7, -1}, {0x20, 7, -1}});
        MemoryChunks own = new MemoryChunks();
        VolumeRecord record = new SampleVolume("root", "/")
                .directory("/shut")
                .file("/shut/open", "x")
                .file("/secret", "x")
                .xattr("/shut", "system.posix_acl_access", acl)
                .xattr("/secret", "system.posix_acl_access", acl)
                .xattr("/secret", "user.a", new byte[1])
                .write(own);
        List<Integer> user = new ArrayList<>(List.of(1234));
        try (DatedView guarded = new DatedView(
                () -> List.of(SampleVolume.manifest("web", "2024-05-01", 100, record)),
                own,
                VolumeCache.ofBytes(8 << 20),
                null)) {
            ReadOnlyAdapter shared =
                    new ReadOnlyAdapter(guarded, memory, log(), () -> new Caller(user.get(0), user.get(0), 0));
            assertEquals(-Errno.EACCES, shared.open(path(DATE + "/secret"), info));
            assertEquals(-Errno.EACCES, shared.getxattr(path(DATE + "/secret"), path("user.a"), buffer, 9));
            assertEquals(0, shared.getattr(path(DATE + "/secret"), buffer), "its directory may be searched");
            assertEquals(-Errno.EACCES, shared.readdir(path(DATE + "/shut"), 0, (b, n, s, o) -> 0, 0));
            assertEquals(-Errno.EACCES, shared.open(path(DATE + "/shut/open"), info));
            assertEquals(-Errno.EACCES, shared.getattr(path(DATE + "/shut/open"), buffer));
            assertEquals(0, shared.getattr(path(DATE + "/shut"), buffer));
            user.set(0, 0);
            assertEquals(0, shared.open(path(DATE + "/shut/open"), info));
        }
        assertEquals("", logged.toString(StandardCharsets.UTF_8));
    }

    @Test
    void timesBefore1970AndAfter2038AreShownToTheNanosecond() {
        long stat = memory.allocateMemory(512, true);
        for (Timestamp time : List.of(
                new Timestamp(-1, 999_999_999),
                new Timestamp(-2_147_483_648L, 1),
                new Timestamp(2_147_483_648L, 2),
                new Timestamp(15_032_385_535L, 3))) {
            Attributes a = new Attributes(0100644, 1, 1, 1, 8, 1, time, time, time, 0, 0, 0, 0);
            new StatLayout(memory).write(stat, 1, a, 1);
            FileStat shown = FileStat.of(Pointer.wrap(Runtime.getSystemRuntime(), stat));
            assertEquals(time.seconds(), shown.st_mtim.tv_sec.longValue());
            assertEquals(time.nanos(), shown.st_mtim.tv_nsec.longValue());
            assertEquals(time.seconds(), shown.st_ctim.tv_sec.longValue());
        }
        memory.freeMemory(stat);
    }

    @Test
    void damageIsEioAndOneLineThatNamesThePath() {
        assertEquals(0, adapter.open(path(DATE + "/etc/passwd"), info));
        chunks.ids().forEach(chunks::remove);
        assertEquals(-Errno.EIO, adapter.read(path(DATE + "/etc/passwd"), buffer, 100, 0, info));
        String line = logged.toString(StandardCharsets.UTF_8);
        assertTrue(line.startsWith("varve: read " + DATE + "/etc/passwd: chunk "), line);
        assertEquals(1, line.lines().count());
    }

    @Test
    void anythingThrownInsideIsEio() {
        int answer = adapter.readdir(
                path(DATE),
                0,
                (given, name, stat, next) -> {
                    throw new IllegalStateException("inside");
                },
                0);
        assertEquals(-Errno.EIO, answer);
        assertFalse(logged.toString(StandardCharsets.UTF_8).isEmpty());
    }

    private long path(String latin1) {
        return LibFuse.string(memory, latin1.getBytes(StandardCharsets.ISO_8859_1));
    }

    private String text(long address) {
        return new String(memory.getZeroTerminatedByteArray(address), StandardCharsets.ISO_8859_1);
    }
}
