package dev.varve.posix;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.model.ByteString;
import dev.varve.model.FileType;
import dev.varve.model.Timestamp;
import dev.varve.model.Xattr;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PosixTest {
    @TempDir
    Path directory;

    private Descriptor top;

    @BeforeEach
    void open() throws IOException {
        top = Posix.open(directory, OpenFlags.RDONLY | OpenFlags.DIRECTORY, 0);
    }

    @AfterEach
    void close() throws IOException {
        top.close();
    }

    @Test
    void namesAreBytesAndContentTimesAndSizeComeBack() throws IOException {
        ByteString name = ByteString.of(new byte[] {'a', (byte) 0xff, (byte) 0xfe, ' ', '\n'});
        Timestamp time = new Timestamp(-5_000_000_001L, 999_999_999);
        ByteBuffer data =
                ByteBuffer.allocateDirect(5).put("hello".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        int flags = OpenFlags.CREAT | OpenFlags.EXCL | OpenFlags.RDWR;
        try (Descriptor file = Posix.openAt(top, name, flags, 0600)) {
            file.write(100_000, data.flip());
            file.truncate(200_000);
            file.chmod(06751);
            file.setTimes(new Timestamp(1_600_000_000, 999_999_999));
            FileStatus status = file.status();
            assertEquals(200_000, status.size());
            assertEquals(FileType.REGULAR.bits() | 06751, status.mode());
            assertEquals(new Timestamp(1_600_000_000, 999_999_999), status.mtime());
            assertEquals(status.mtime(), status.atime());
            assertTrue(status.blocks() < 100, "the hole stays a hole");
            ByteBuffer back = ByteBuffer.allocateDirect(5);
            assertEquals(5, file.read(100_000, back));
            assertEquals(data.rewind(), back.flip());
        }
        Posix.setTimes(top, name, time);
        assertNotEquals(0, Posix.status(top, name).inode());
        assertEquals(1, Posix.status(top, name).nlink());
    }

    @Test
    void symbolicLinksAreNeverFollowed() throws IOException {
        Posix.symlink(ByteString.utf8("/etc"), top, ByteString.utf8("link"));
        PosixException e = assertThrows(PosixException.class, () -> Posix.openDirectory(top, ByteString.utf8("link")));
        assertTrue(e.is(Errno.ENOTDIR) || e.is(Errno.ELOOP), e.getMessage());
        e = assertThrows(
                PosixException.class,
                () -> Posix.openAt(top, ByteString.utf8("link"), OpenFlags.WRONLY | OpenFlags.CREAT, 0600));
        assertTrue(e.is(Errno.ELOOP), e.getMessage());
        assertEquals(
                FileType.SYMLINK, Posix.status(top, ByteString.utf8("link")).type());
        assertEquals(ByteString.utf8("/etc"), Posix.readlink(top, ByteString.utf8("link")));
        Posix.setTimes(top, ByteString.utf8("link"), new Timestamp(1, 2));
        assertEquals(
                new Timestamp(1, 2), Posix.status(top, ByteString.utf8("link")).mtime());
    }

    @Test
    void errorsSayWhatAndWhy() throws IOException {
        assertNull(Posix.statusOrNull(top, ByteString.utf8("none")));
        PosixException e = assertThrows(PosixException.class, () -> Posix.unlink(top, ByteString.utf8("none")));
        assertEquals(directory + "/none: No such file or directory", e.getMessage());
        assertEquals(Errno.ENOENT, e.errno());
        Posix.mkdir(top, ByteString.utf8("d"), 0700);
        e = assertThrows(PosixException.class, () -> Posix.mkdir(top, ByteString.utf8("d"), 0700));
        assertTrue(e.is(Errno.EEXIST));
        e = assertThrows(PosixException.class, () -> Posix.mkdir(top, ByteString.of(new byte[] {'x', 0, 'y'}), 0700));
        assertTrue(e.is(Errno.EINVAL), "the kernel would see only x");
        assertFalse(Errno.isDiskFull(Errno.EIO));
        assertTrue(Errno.isDiskFull(Errno.ENOSPC));
    }

    @Test
    void hardLinksFifosAndRenames() throws IOException {
        Files.writeString(directory.resolve("one"), "1");
        Posix.link(top, ByteString.utf8("one"), top, ByteString.utf8("two"));
        assertEquals(2, Posix.status(top, ByteString.utf8("two")).nlink());
        Posix.rename(top, ByteString.utf8("two"), ByteString.utf8("three"));
        assertNull(Posix.statusOrNull(top, ByteString.utf8("two")));
        Posix.mknod(top, ByteString.utf8("pipe"), FileType.FIFO.bits() | 0600, 0);
        assertEquals(FileType.FIFO, Posix.status(top, ByteString.utf8("pipe")).type());
        try (Descriptor pipe = Posix.openAt(top, ByteString.utf8("pipe"), OpenFlags.PATH, 0)) {
            pipe.chmodPath(0123);
            assertEquals(0123, pipe.status().mode() & 07777);
        }
        assertThrows(
                PosixException.class, () -> Posix.rename(directory.resolve("one"), directory.resolve("three"), false));
        Posix.rename(directory.resolve("one"), directory.resolve("four"), false);
        assertTrue(Files.exists(directory.resolve("four")));
    }

    @Test
    void userAttributesComeBack() throws IOException {
        Path file = Files.createFile(directory.resolve("f"));
        Xattr xattr = new Xattr(ByteString.utf8("user.x"), ByteString.of(new byte[] {0, 1, (byte) 0xff}));
        try (Descriptor open = Posix.openAt(top, ByteString.utf8("f"), OpenFlags.WRONLY, 0)) {
            ExtendedAttributes.set(open, xattr);
            assertEquals(List.of(xattr), ExtendedAttributes.list(file));
            ExtendedAttributes.remove(open, xattr.name());
            ExtendedAttributes.remove(open, xattr.name());
            assertEquals(List.of(), ExtendedAttributes.list(file));
        }
    }

    @Test
    void flagsComeBackWhereTheFileSystemHasThem() throws IOException {
        Path work = Files.createTempFile(Path.of("target"), "flags", ".tmp");
        try (Descriptor file = Posix.open(work, OpenFlags.RDONLY, 0)) {
            int before = InodeFlags.get(file);
            InodeFlags.set(file, before | InodeFlags.NODUMP | InodeFlags.NOATIME);
            assertEquals(before | InodeFlags.NODUMP | InodeFlags.NOATIME, InodeFlags.get(file));
            assertEquals(0, InodeFlags.projectId(file));
        } finally {
            Files.delete(work);
        }
    }

    @Test
    void deviceNumbersAreGlibcs() {
        assertEquals(0x0801, FileStatus.makedev(8, 1));
        long large = FileStatus.makedev(0x12345, 0xabcdef);
        assertEquals(0x12345, FileStatus.major(large));
        assertEquals(0xabcdef, FileStatus.minor(large));
    }

    @Test
    void aClosedDescriptorIsNotUsed() throws IOException {
        Descriptor file = Posix.open(directory, OpenFlags.RDONLY, 0);
        file.close();
        file.close();
        assertThrows(IllegalStateException.class, file::status);
        assertArrayEquals(new byte[] {'a', 0}, Posix.z(ByteString.utf8("a")));
    }
}
