package dev.varve.mount;

import com.kenai.jffi.MemoryIO;
import dev.varve.model.ByteString;
import dev.varve.view.ViewNode;
import java.nio.charset.StandardCharsets;

/**
 * Space that one thread reuses for all its calls: the path it works on, and the name and struct stat of the directory entry it
 * hands out. The native part lives as long as the process, as the threads of a mount do.
 */
final class CallScratch {
    private static final int PATH_MAX = 4096;
    private static final int NAME_BYTES = 256;

    private final MemoryIO memory;
    private final long name;
    private final long stat;
    private byte[] path = new byte[PATH_MAX];
    private byte[] nameBytes = new byte[NAME_BYTES];
    private int pathLength;

    CallScratch(MemoryIO memory, int statBytes) {
        this.memory = memory;
        this.name = memory.allocateMemory(NAME_BYTES, true);
        this.stat = memory.allocateMemory(statBytes, true);
    }

    /** libfuse joins names to paths that may be longer than PATH_MAX. */
    void readPath(long address) {
        pathLength = Math.toIntExact(memory.getStringLength(address));
        if (pathLength > path.length) {
            path = new byte[pathLength * 2];
        }
        memory.getByteArray(address, path, 0, pathLength);
    }

    byte[] path() {
        return path;
    }

    int pathLength() {
        return pathLength;
    }

    /** Of the path without its last name. */
    int parentLength() {
        int slash = pathLength - 1;
        while (slash > 0 && path[slash] != '/') {
            slash--;
        }
        return Math.max(slash, 0);
    }

    CallScratch entry(String text, StatLayout layout, ViewNode node) {
        ByteString ascii = ByteString.of(text.getBytes(StandardCharsets.US_ASCII));
        return entry(ascii, layout, node.inodeNumber(), node.attributes().mode());
    }

    /** Names longer than NAME_MAX do not exist in the view. */
    CallScratch entry(ByteString entryName, StatLayout layout, long inodeNumber, int typeBits) {
        int length = Math.min(entryName.length(), NAME_BYTES - 1);
        if (length == entryName.length()) {
            entryName.copyTo(nameBytes, 0);
        } else {
            nameBytes = entryName.toBytes();
        }
        nameBytes[length] = 0;
        memory.putByteArray(name, nameBytes, 0, length + 1);
        layout.writeEntry(stat, inodeNumber, typeBits);
        return this;
    }

    long nameAddress() {
        return name;
    }

    long statAddress() {
        return stat;
    }
}
