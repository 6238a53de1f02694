package dev.varve.restore;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.model.AlreadyExistsException;
import dev.varve.model.ByteString;
import dev.varve.model.ChunkId;
import dev.varve.model.MissingChunkException;
import dev.varve.model.PackKind;
import dev.varve.model.RefusedException;
import dev.varve.posix.Descriptor;
import dev.varve.posix.FileStatus;
import dev.varve.posix.OpenFlags;
import dev.varve.posix.Posix;
import dev.varve.repository.ChunkLane;
import dev.varve.snapshot.Content;
import dev.varve.snapshot.ContentWriter;
import dev.varve.snapshot.ImageReader;
import dev.varve.snapshot.StoredVolume;
import dev.varve.snapshot.VolumeCache;
import dev.varve.snapshot.VolumeRecord;
import dev.varve.testing.MemoryChunks;
import dev.varve.testing.Shell;
import dev.varve.testing.StoredInodes;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageRestoreTest {
    private static final int DATA_BYTES = 100_000;
    private static final long HOLE_BYTES = 5_000_000;

    @TempDir
    Path directory;

    private final MemoryChunks chunks = new MemoryChunks();
    private final byte[] expected = new byte[(int) (2 * DATA_BYTES + HOLE_BYTES)];
    private final AtomicLong done = new AtomicLong();
    private ChunkId last;

    /** Data, a hole, data; some of the data zeros. */
    private ImageReader image() throws IOException {
        ChunkLane lane = chunks.lane(PackKind.METADATA);
        ContentWriter content = new ContentWriter(lane);
        Random random = new Random(7);
        byte[] data = new byte[DATA_BYTES];
        random.nextBytes(data);
        Arrays.fill(data, 8192, 65536, (byte) 0);
        System.arraycopy(data, 0, expected, 0, DATA_BYTES);
        content.addChunk(lane.put(data, 0, DATA_BYTES), DATA_BYTES);
        content.addHole(HOLE_BYTES);
        random.nextBytes(data);
        System.arraycopy(data, 0, expected, (int) (DATA_BYTES + HOLE_BYTES), DATA_BYTES);
        last = lane.put(data, 0, DATA_BYTES);
        content.addChunk(last, DATA_BYTES);
        Content finished = content.finish();
        VolumeRecord raw = new VolumeRecord(
                "raw",
                "raw.img",
                ByteString.utf8("/"),
                StoredInodes.info(finished.size(), 512),
                null,
                finished,
                StoredInodes.NO_STATISTICS);
        return new StoredVolume(chunks, raw, VolumeCache.ofBytes(1 << 20)).image();
    }

    private ImageRestore restore() throws IOException {
        return new ImageRestore(image(), 3, done::addAndGet);
    }

    @Test
    void aFileIsSparseAndExact() throws IOException {
        Path file = directory.resolve("out.img");
        restore().write(file, false);
        assertArrayEquals(expected, Files.readAllBytes(file));
        assertEquals(expected.length, done.get());
        assertTrue(blocks(file) * 512 < 200_000, "blocks: " + blocks(file));
        assertFalse(Files.exists(directory.resolve("out.img.partial")));
    }

    @Test
    void anExistingFileIsRefusedUnlessForced() throws IOException {
        Path file = Files.writeString(directory.resolve("out.img"), "precious");
        AlreadyExistsException e =
                assertThrows(AlreadyExistsException.class, () -> restore().write(file, false));
        assertEquals(file + " exists; give another --output, or --force to replace it", e.getMessage());
        assertEquals("precious", Files.readString(file));
        restore().write(file, true);
        assertArrayEquals(expected, Files.readAllBytes(file));
    }

    @Test
    void aBrokenRunLeavesNothing() throws IOException {
        Path file = directory.resolve("out.img");
        ImageRestore broken = restore();
        chunks.remove(last);
        assertThrows(MissingChunkException.class, () -> broken.write(file, false));
        assertFalse(Files.exists(file));
        assertFalse(Files.exists(directory.resolve("out.img.partial")));
        restore().write(file, false);
        assertArrayEquals(expected, Files.readAllBytes(file));
    }

    @Test
    void aPartialFileThatIsThereIsRefusedUnlessForced() throws IOException {
        Path file = directory.resolve("out.img");
        Path partial = Files.writeString(directory.resolve("out.img.partial"), "precious");
        AlreadyExistsException e =
                assertThrows(AlreadyExistsException.class, () -> restore().write(file, false));
        assertTrue(e.getMessage().startsWith(partial + " exists; "), e.getMessage());
        assertEquals("precious", Files.readString(partial));
        restore().write(file, true);
        assertArrayEquals(expected, Files.readAllBytes(file));
        assertFalse(Files.exists(partial));
    }

    @Test
    void aPipeGetsTheWholeImageInOrder() throws IOException {
        Path file = directory.resolve("piped");
        try (Descriptor out = Posix.open(file, OpenFlags.CREAT | OpenFlags.WRONLY, 0600)) {
            restore().pipe(out);
        }
        assertArrayEquals(expected, Files.readAllBytes(file));
        assertEquals(expected.length, done.get());
    }

    @Test
    void whatIsNeitherFileNorDeviceIsRefused() {
        assertThrows(RefusedException.class, () -> restore().write(Path.of("/dev/null"), true));
        assertThrows(RefusedException.class, () -> restore().write(directory, true));
    }

    @Test
    void signaturesAreRecognised() throws IOException {
        Path file = directory.resolve("device");
        try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
            raw.setLength(1 << 20);
            assertNull(signature(file));
            raw.seek(0x1fe);
            raw.write(new byte[] {0x55, (byte) 0xaa});
            assertEquals("a boot sector or partition table", signature(file));
            raw.seek(512);
            raw.writeBytes("EFI PART");
            assertEquals("a GPT partition table", signature(file));
            raw.seek(512);
            raw.writeBytes("LABELONE");
            assertEquals("an LVM physical volume", signature(file));
            raw.seek(0x438);
            raw.write(new byte[] {0x53, (byte) 0xef});
            assertEquals("an ext2/3/4 file system", signature(file));
        }
    }

    @Test
    void usedDevicesAreToldFromProcAndSys() throws IOException {
        Path proc = Files.createDirectories(directory.resolve("proc/self")).getParent();
        Path sys = Files.createDirectories(directory.resolve("sys/dev/block/8:0/sda1"))
                .resolve("../../../..");
        Files.writeString(proc.resolve("self/mountinfo"), "24 1 8:2 / /mnt rw - ext4 /dev/sda2 rw\n");
        DeviceUse use = new DeviceUse(proc, sys);
        long disk = FileStatus.makedev(8, 0);
        use.requireUnused("/dev/sda", disk);
        RefusedException e =
                assertThrows(RefusedException.class, () -> use.requireUnused("/dev/sda2", FileStatus.makedev(8, 2)));
        assertEquals("/dev/sda2 is mounted on /mnt; unmount it first", e.getMessage());
        Path partition = directory.resolve("sys/dev/block/8:0/sda1");
        Files.writeString(partition.resolve("partition"), "1");
        Files.writeString(partition.resolve("dev"), "8:2\n");
        e = assertThrows(RefusedException.class, () -> use.requireUnused("/dev/sda", disk));
        assertEquals("partition sda1 of /dev/sda is mounted on /mnt; unmount it first", e.getMessage());
        Files.writeString(partition.resolve("dev"), "8:1\n");
        Files.createDirectories(partition.resolve("holders/dm-0"));
        e = assertThrows(RefusedException.class, () -> use.requireUnused("/dev/sda", disk));
        assertEquals("partition sda1 of /dev/sda is in use by dm-0; detach that first", e.getMessage());
    }

    @Test
    @Tag("root")
    void aDeviceGetsEveryByteAndRefusalsComeFirst() throws IOException {
        Path backing = directory.resolve("backing");
        byte[] old = new byte[6 << 20];
        Arrays.fill(old, (byte) 'o');
        Files.write(backing, old);
        Path small = Files.write(directory.resolve("small"), new byte[1 << 20]);
        Path device = Path.of(Shell.sh(directory, "losetup -f --show " + backing));
        Path smallDevice = Path.of(Shell.sh(directory, "losetup -f --show " + small));
        try {
            RefusedException e =
                    assertThrows(RefusedException.class, () -> restore().write(smallDevice, true));
            assertTrue(e.getMessage().contains("has 1048576 bytes, the image 5200000"), e.getMessage());
            restore().write(device, false);
            byte[] now = Files.readAllBytes(device);
            assertArrayEquals(expected, Arrays.copyOf(now, expected.length));
            assertEquals('o', now[now.length - 1], "what lies behind the image is not touched");
            Shell.sh(directory, "mkfs.ext4 -q -F " + device);
            e = assertThrows(RefusedException.class, () -> restore().write(device, false));
            assertEquals(device + " carries an ext2/3/4 file system; --force overwrites it", e.getMessage());
            Path mounted = Files.createDirectory(directory.resolve("mounted"));
            Shell.sh(directory, "mount " + device + " " + mounted);
            try {
                e = assertThrows(RefusedException.class, () -> restore().write(device, true));
                assertEquals(device + " is mounted on " + mounted + "; unmount it first", e.getMessage());
            } finally {
                Shell.sh(directory, "umount " + mounted);
            }
            restore().write(device, true);
            assertArrayEquals(expected, Arrays.copyOf(Files.readAllBytes(device), expected.length));
        } finally {
            Shell.sh(directory, "losetup -d " + device + "; losetup -d " + smallDevice);
        }
    }

    private static String signature(Path file) throws IOException {
        try (Descriptor open = Posix.open(file, OpenFlags.RDONLY, 0)) {
            return DeviceSignature.find(open, open.status().size());
        }
    }

    private static long blocks(Path file) throws IOException {
        try (Descriptor open = Posix.open(file, OpenFlags.PATH, 0)) {
            return open.status().blocks();
        }
    }
}
