package dev.varve.backup;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Sorts more items than fit in memory: sorted runs go to a scratch file and are merged on the way out. Equal items keep
 * the order in which they were added. Add everything, then call {@link #sorted} once. Not thread safe.
 *
 * <p>Memory: {@code maxInMemory} items, and 16 KiB for each run while merging.
 */
final class ScratchSort<T> implements Closeable {
    private static final int RUN_BUFFER_BYTES = 16 * 1024;

    private final Comparator<? super T> order;
    private final Codec<T> codec;
    private final int maxInMemory;
    private final Path directory;
    private final List<T> items = new ArrayList<>();
    private final List<Run> runs = new ArrayList<>();
    private ScratchFile file;

    ScratchSort(Path directory, int maxInMemory, Comparator<? super T> order, Codec<T> codec) {
        this.directory = directory;
        this.maxInMemory = maxInMemory;
        this.order = order;
        this.codec = codec;
    }

    void add(T item) throws IOException {
        if (items.size() == maxInMemory) {
            spill();
        }
        items.add(item);
    }

    /** Everything added, in order. */
    Cursor<T> sorted() throws IOException {
        items.sort(order);
        if (runs.isEmpty()) {
            int[] next = {0};
            return () -> next[0] < items.size() ? items.get(next[0]++) : null;
        }
        PriorityQueue<Head<T>> heads = new PriorityQueue<>(
                runs.size() + 1,
                Comparator.<Head<T>, T>comparing(head -> head.item, order).thenComparing(head -> head.run));
        for (int i = 0; i < runs.size(); i++) {
            Run run = runs.get(i);
            DataInputStream in = new DataInputStream(new BufferedInputStream(new RunInput(run), RUN_BUFFER_BYTES));
            long[] left = {run.count()};
            push(heads, i, () -> left[0]-- > 0 ? codec.read(in) : null);
        }
        int[] next = {0};
        push(heads, runs.size(), () -> next[0] < items.size() ? items.get(next[0]++) : null);
        return () -> {
            Head<T> head = heads.poll();
            if (head == null) {
                return null;
            }
            push(heads, head.run, head.rest);
            return head.item;
        };
    }

    private void push(PriorityQueue<Head<T>> heads, int run, Cursor<T> rest) throws IOException {
        T item = rest.next();
        if (item != null) {
            heads.add(new Head<>(item, run, rest));
        }
    }

    private void spill() throws IOException {
        if (file == null) {
            file = ScratchFile.create(directory);
        }
        items.sort(order);
        long start = file.size();
        try (DataOutputStream out = new DataOutputStream(new BufferedOutputStream(new RunOutput(start), 1 << 16))) {
            for (T item : items) {
                codec.write(out, item);
            }
        }
        runs.add(new Run(start, items.size()));
        items.clear();
    }

    @Override
    public void close() throws IOException {
        items.clear();
        if (file != null) {
            file.close();
        }
    }

    /** How an item is written to the scratch file. */
    interface Codec<T> {
        void write(DataOutputStream out, T item) throws IOException;

        T read(DataInputStream in) throws IOException;
    }

    /** Items one after another. */
    @FunctionalInterface
    interface Cursor<T> {
        /** The next item, or null at the end. */
        T next() throws IOException;
    }

    private record Run(long start, long count) {}

    private record Head<T>(T item, int run, Cursor<T> rest) {}

    private final class RunInput extends InputStream {
        private long position;

        RunInput(Run run) {
            position = run.start();
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            int read = file.readUpTo(position, ByteBuffer.wrap(target, offset, length));
            position += read;
            return read == 0 && length > 0 ? -1 : read;
        }
    }

    private final class RunOutput extends OutputStream {
        private long position;

        RunOutput(long start) {
            position = start;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] source, int offset, int length) throws IOException {
            file.write(position, ByteBuffer.wrap(source, offset, length));
            position += length;
        }
    }
}
