package dev.varve.bytes;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.function.Supplier;

/**
 * Things that are dear to make and may serve one thread at a time: ciphers, hash states, scratch arrays. A pool instead
 * of a ThreadLocal, so that what it holds dies with its owner. Thread safe; never blocks. Memory: at most
 * {@code capacity} idle things; what is given back beyond that is left to the collector.
 */
public final class Pool<T> {
    private final ArrayBlockingQueue<T> idle;
    private final Supplier<? extends T> maker;

    public Pool(int capacity, Supplier<? extends T> maker) {
        this.idle = new ArrayBlockingQueue<>(capacity);
        this.maker = maker;
    }

    /** One that nobody else uses until {@link #give}. */
    public T take() {
        T thing = idle.poll();
        return thing == null ? maker.get() : thing;
    }

    /** Gives one back; it must be as good as new. What fails is not given back. */
    @SuppressWarnings({"ReturnValueIgnored", "CheckReturnValue"}) // a full pool drops it: that is the bound
    public void give(T thing) {
        idle.offer(thing);
    }
}
