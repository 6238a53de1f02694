package dev.varve.device;

import dev.varve.model.BackendException;
import dev.varve.model.CorruptException;
import dev.varve.model.NotFoundException;
import dev.varve.model.RefusedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * An image file or a block device, opened for reading only: nothing here can write to it. Positional reads through one
 * channel, so any number of threads may read at once. Its size is taken once, when it is opened.
 */
public final class FileBlockSource implements BlockSource {
    private static final int TYPE_MASK = 0170000;
    private static final int REGULAR = 0100000;
    private static final int BLOCK_DEVICE = 0060000;
    private static final int SYSFS_SECTOR_BYTES = 512;

    private final Path path;
    private final FileChannel channel;
    private final boolean blockDevice;
    private final long sizeBytes;

    private FileBlockSource(Path path, FileChannel channel, boolean blockDevice, long sizeBytes) {
        this.path = path;
        this.channel = channel;
        this.blockDevice = blockDevice;
        this.sizeBytes = sizeBytes;
    }

    /**
     * Opens a block device or an image file.
     *
     * @throws NotFoundException if there is none
     * @throws RefusedException if it is a directory or anything else that is no place for a volume
     * @throws BackendException if it may not be read
     */
    public static FileBlockSource open(Path path) throws IOException {
        try {
            int mode = (Integer) Files.getAttribute(path, "unix:mode");
            boolean blockDevice = (mode & TYPE_MASK) == BLOCK_DEVICE;
            if (Files.isDirectory(path)) {
                throw new RefusedException(path + " is a directory; name a block device or an image file");
            }
            if (!blockDevice && (mode & TYPE_MASK) != REGULAR) {
                throw new RefusedException(path + " is neither a block device nor a regular file");
            }
            return open(path, blockDevice);
        } catch (NoSuchFileException e) {
            NotFoundException missing = new NotFoundException(path + " does not exist");
            missing.initCause(e);
            throw missing;
        } catch (AccessDeniedException e) {
            throw new BackendException(path + ": permission denied; reading a volume needs root", false, e);
        }
    }

    private static FileBlockSource open(Path path, boolean blockDevice) throws IOException {
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
        try {
            long size = channel.size(); // of a block device: the JDK asks BLKGETSIZE64
            if (size == 0 && blockDevice) {
                size = sysfsSize(path);
            }
            return new FileBlockSource(path, channel, blockDevice, size);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static long sysfsSize(Path path) throws IOException {
        long device = (Long) Files.getAttribute(path, "unix:rdev");
        long major = device >> 8 & 0xfff | device >> 32 & 0xfffff000L;
        long minor = device & 0xff | device >> 12 & 0xffffff00L;
        String sectors = Files.readString(Path.of("/sys/dev/block/" + major + ":" + minor + "/size"));
        return Long.parseLong(sectors.strip()) * SYSFS_SECTOR_BYTES;
    }

    @Override
    public String name() {
        return path.toString();
    }

    @Override
    public long sizeBytes() {
        return sizeBytes;
    }

    /** Whether this is a block device rather than a file. */
    public boolean isBlockDevice() {
        return blockDevice;
    }

    @Override
    public void read(long offset, ByteBuffer target) throws IOException {
        if (offset < 0 || target.remaining() > sizeBytes - offset) {
            throw new CorruptException(name(), offset, "read of " + target.remaining() + " bytes reaches past the end");
        }
        long position = offset;
        while (target.hasRemaining()) {
            int count;
            try {
                count = channel.read(target, position);
            } catch (IOException e) {
                throw new BackendException(name() + " at byte " + position + ": " + e.getMessage(), false, e);
            }
            if (count < 0) {
                throw new CorruptException(name(), position, "ends here, but had " + sizeBytes + " bytes when opened");
            }
            position += count;
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
