package dev.varve.view;

import dev.varve.model.ByteString;
import java.io.IOException;

/** A directory of the view. */
public sealed interface DirectoryNode extends ViewNode permits SyntheticDirectory, VolumeDirectory {
    /** The node of a name, or null when there is none. {@code .} and {@code ..} are the caller's business. */
    ViewNode child(ByteString name) throws IOException;

    /** How many names {@link #list} visits from 0. */
    long entryCount();

    /**
     * Whether the entries can never change, so that a number stands for the same entry in a later listing too. A listing of
     * a directory that may change must be taken in one go.
     */
    boolean isFixed();

    /** Visits the entries from number {@code from} on until the visitor has enough. Seeking costs the depth of a tree, not a scan. */
    void list(long from, EntryVisitor visitor) throws IOException;

    /** Receives an entry and its number in the directory. */
    @FunctionalInterface
    interface EntryVisitor {
        /**
         * @param typeBits the S_IFMT part of the mode
         * @return whether to go on
         */
        boolean entry(ByteString name, long inodeNumber, int typeBits, long index) throws IOException;
    }
}
