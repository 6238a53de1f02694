package dev.varve.backend;

import dev.varve.model.PackKind;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.function.Consumer;

/**
 * A place for named immutable objects. Names are {@code /}-separated lower-case ASCII ({@code [a-z0-9._-]}, no segment
 * {@code .} or {@code ..}). An object is never visible in part and never changes once visible. Thread safe.
 */
public interface Backend extends Closeable {
    /** For messages: a path or an address, without secrets. */
    String describe();

    /**
     * Stores an object durably: when this returns it survives a power cut.
     *
     * @param content from position to limit
     * @throws dev.varve.model.AlreadyExistsException if the name is taken; exactly one of several racing calls wins
     * @throws dev.varve.model.NoSpaceException if the disk is full; nothing is left behind
     * @throws dev.varve.model.BackendException on any other failure
     */
    void put(String name, ByteBuffer content) throws IOException;

    /**
     * A new pack: an object that is written in pieces and named at the end.
     *
     * @param kind what goes into it: data, which is read seldom, may be kept where reading is slow or costs
     */
    ObjectWriter create(PackKind kind) throws IOException;

    /**
     * Reads from {@code offset} until the buffer is full or the object ends.
     *
     * @return the number of bytes read; 0 at or behind the end
     * @throws dev.varve.model.NotFoundException if there is no such object
     * @throws dev.varve.model.DelayedAccessException if it is archived: see {@link #recall}
     */
    int read(String name, long offset, ByteBuffer target) throws IOException;

    /** Bytes of an object. @throws dev.varve.model.NotFoundException if there is none */
    long size(String name) throws IOException;

    /** Calls {@code visitor} for every object whose name starts with {@code prefix}, in no order; unfinished objects are not shown. */
    void list(String prefix, Consumer<StoredObject> visitor) throws IOException;

    /**
     * Makes sure that objects survive a power cut, whoever stored them: a listing may show what another process has named but
     * not yet made durable. To be called before anything durable refers to an object that one has not stored oneself. Names
     * that are gone by now are passed over. Here nothing to do: for backends where an object is not visible before it is
     * durable.
     *
     * @throws dev.varve.model.BackendException if that cannot be made sure
     */
    default void settle(Collection<String> names) throws IOException {}

    /**
     * Whether an object can be read now. Here always: for backends that have no archive.
     *
     * @throws dev.varve.model.NotFoundException if there is no such object
     */
    default Availability availability(String name) throws IOException {
        size(name);
        return Availability.READY;
    }

    /**
     * Asks for an archived object to be readable for some days; that takes hours, see {@link #availability}. May be repeated, which
     * is harmless for what is asked for already and prolongs what is back. Nothing to do for what was never archived.
     *
     * @param days from when it is back, at least one
     * @throws dev.varve.model.NotFoundException if there is no such object
     */
    default void recall(String name, int days) throws IOException {
        size(name);
    }

    /**
     * How many small reads at once are quicker than fewer. Here twice the processors, as for a disk; a server far away has it wait
     * for many.
     */
    default int parallelReads() {
        return Math.max(2, Math.min(16, 2 * Runtime.getRuntime().availableProcessors()));
    }

    /** Removes an object durably; no error if there is none. */
    void delete(String name) throws IOException;

    @Override
    void close() throws IOException;
}
