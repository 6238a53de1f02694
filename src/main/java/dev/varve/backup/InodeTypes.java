package dev.varve.backup;

import dev.varve.model.FileType;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The type of every inode of the tree that has been seen: one byte an inode in a sparse scratch file, with the pages in use
 * kept in memory. Not thread safe. Memory: 128 pages of 64 KiB, however many inodes there are.
 */
final class InodeTypes implements Closeable {
    private static final int PAGE_BYTES = 64 * 1024;
    private static final int PAGES = 128;

    /** From the bits of st_mode to the byte that is kept; no type has 0. */
    private static final int TYPE_SHIFT = 12;

    private final ScratchFile file;
    private final Map<Long, Page> pages = new LinkedHashMap<>(PAGES * 2, 0.75f, true);
    private Page last;

    InodeTypes(Path scratchDirectory) throws IOException {
        file = ScratchFile.create(scratchDirectory);
    }

    void set(long inode, FileType type) throws IOException {
        Page page = page(inode / PAGE_BYTES);
        page.bytes[(int) (inode % PAGE_BYTES)] = (byte) (type.bits() >> TYPE_SHIFT);
        page.changed = true;
    }

    /** The type, or null if it was never set. */
    FileType get(long inode) throws IOException {
        return FileType.ofMode(page(inode / PAGE_BYTES).bytes[(int) (inode % PAGE_BYTES)] << TYPE_SHIFT);
    }

    private Page page(long number) throws IOException {
        if (last != null && last.number == number) {
            return last;
        }
        Page page = pages.get(number);
        if (page == null) {
            page = new Page(number, pages.size() < PAGES ? new byte[PAGE_BYTES] : evict());
            file.readUpTo(number * PAGE_BYTES, ByteBuffer.wrap(page.bytes));
            pages.put(number, page);
        }
        last = page;
        return page;
    }

    /** Makes room. @return the array of the page that left, zeroed */
    private byte[] evict() throws IOException {
        Page eldest = pages.values().iterator().next();
        pages.remove(eldest.number);
        if (eldest.changed) {
            file.write(eldest.number * PAGE_BYTES, ByteBuffer.wrap(eldest.bytes));
        }
        Arrays.fill(eldest.bytes, (byte) 0);
        return eldest.bytes;
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    private static final class Page {
        final long number;
        final byte[] bytes;
        boolean changed;

        Page(long number, byte[] bytes) {
            this.number = number;
            this.bytes = bytes;
        }
    }
}
