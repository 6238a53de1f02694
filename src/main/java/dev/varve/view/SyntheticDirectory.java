package dev.varve.view;

import dev.varve.model.Attributes;
import dev.varve.model.ByteString;
import dev.varve.model.FileType;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/** A directory that is in no backup: the top, {@code images}, {@code hosts}, the way to a mount point. Memory: about 200 bytes an entry. */
public final class SyntheticDirectory implements DirectoryNode {
    private final long inodeNumber;
    private final Attributes attributes;
    private final NavigableMap<ByteString, Child> byName = new TreeMap<>();
    private final List<Child> inOrder;

    /** Of two children with one name the first stays. */
    SyntheticDirectory(long inodeNumber, SyntheticAttributes look, Collection<Child> children) {
        this.inodeNumber = inodeNumber;
        int directories = 0;
        for (Child child : children) {
            if (byName.putIfAbsent(child.name(), child) == null && child.typeBits() == FileType.DIRECTORY.bits()) {
                directories++;
            }
        }
        this.inOrder = List.copyOf(byName.values());
        this.attributes = look.directory(2 + directories);
    }

    @Override
    public long inodeNumber() {
        return inodeNumber;
    }

    @Override
    public Attributes attributes() {
        return attributes;
    }

    @Override
    public ViewNode child(ByteString name) throws IOException {
        Child child = byName.get(name);
        return child == null ? null : child.opener().open();
    }

    @Override
    public long entryCount() {
        return inOrder.size();
    }

    @Override
    public boolean isFixed() {
        return false;
    }

    @Override
    public void list(long from, EntryVisitor visitor) throws IOException {
        for (long i = Math.max(0, from); i < inOrder.size(); i++) {
            Child child = inOrder.get((int) i);
            if (!visitor.entry(child.name(), child.inodeNumber(), child.typeBits(), i)) {
                return;
            }
        }
    }

    /** An entry, whose node is made when someone looks. */
    record Child(ByteString name, long inodeNumber, int typeBits, NodeOpener opener) {
        static Child directory(ByteString name, long inodeNumber, NodeOpener opener) {
            return new Child(name, inodeNumber, FileType.DIRECTORY.bits(), opener);
        }

        static Child of(ByteString name, ViewNode node) {
            return new Child(name, node.inodeNumber(), node.attributes().mode() & FileType.MASK, () -> node);
        }
    }

    /** Makes a node. */
    @FunctionalInterface
    interface NodeOpener {
        ViewNode open() throws IOException;
    }
}
