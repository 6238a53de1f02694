package dev.varve.backup;

import dev.varve.snapshot.InodeCursor;
import dev.varve.snapshot.StoredInode;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The inodes of the previous snapshot by ascending number, read ahead on a thread of its own, which also looks up whether what
 * they name is stored: on a night without changes these two are half of the work. For one consumer. Memory: {@value #BATCHES}
 * batches of {@value #BATCH_INODES} inodes.
 */
final class PreviousInodes implements Closeable {
    private static final int BATCHES = 16;
    private static final int BATCH_INODES = 256;
    private static final long LOOK_MILLIS = 20;

    private final InodeCursor cursor;
    private final Lookup lookup;
    private final ArrayBlockingQueue<Batch> batches = new ArrayBlockingQueue<>(BATCHES);
    private Thread thread;
    private volatile boolean closed;
    private Batch current = new Batch(List.of(), false, null);
    private int next;

    /**
     * An inode of the previous snapshot.
     *
     * @param isNamedStored whether the chunks that the inode itself names are stored
     */
    record Previous(StoredInode inode, boolean isNamedStored) {}

    /** @param failure what ended the reading behind these, or null */
    private record Batch(List<Previous> inodes, boolean isLast, Throwable failure) {}

    /** Says whether the chunks that an inode itself names are stored. Called on the thread of its own. */
    @FunctionalInterface
    interface Lookup {
        boolean namedAreStored(StoredInode inode) throws IOException;
    }

    /** @param cursor at the first inode wanted; used by the thread from the first {@link #next} on */
    PreviousInodes(InodeCursor cursor, Lookup lookup) {
        this.cursor = cursor;
        this.lookup = lookup;
    }

    /** The next inode, or null at the end, also behind a failure, which is thrown once. */
    Previous next() throws IOException {
        if (thread == null) {
            thread = new Thread(this::readAhead, "varve-previous");
            thread.setDaemon(true);
            thread.start();
        }
        while (next == current.inodes().size()) {
            if (current.isLast()) {
                Throwable failure = current.failure();
                current = new Batch(List.of(), true, null);
                next = 0;
                rethrow(failure);
                return null;
            }
            try {
                current = batches.take();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted while the previous snapshot was read");
            }
            next = 0;
        }
        return current.inodes().get(next++);
    }

    private static void rethrow(Throwable failure) throws IOException {
        if (failure instanceof IOException e) {
            throw e;
        }
        if (failure != null) {
            throw new IllegalStateException("the previous snapshot could not be read: " + failure, failure);
        }
    }

    private void readAhead() {
        List<Previous> inodes = new ArrayList<>(BATCH_INODES);
        Throwable failure = null;
        try {
            for (StoredInode inode = cursor.next(); inode != null && !closed; inode = cursor.next()) {
                inodes.add(new Previous(inode, lookup.namedAreStored(inode)));
                if (inodes.size() == BATCH_INODES) {
                    hand(new Batch(inodes, false, null));
                    inodes = new ArrayList<>(BATCH_INODES);
                }
            }
        } catch (IOException | RuntimeException | Error e) {
            failure = e;
        }
        hand(new Batch(inodes, true, failure));
    }

    private void hand(Batch batch) {
        try {
            boolean taken = false;
            while (!closed && !taken) {
                taken = batches.offer(batch, LOOK_MILLIS, TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            closed = true;
        }
    }

    /** Without interrupting the thread: that would close the files it reads, for others too. */
    @Override
    public void close() throws IOException {
        closed = true;
        if (thread != null) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted while a backup was ended");
            }
        }
    }
}
