package dev.varve.index;

import java.util.Comparator;
import java.util.Objects;
import org.mapdb.serializer.GroupSerializer;

/**
 * The part of a group serializer that an immutable sorted table needs; what MapDB would need to change a node is not
 * supported. A group of keys or values is called a run here.
 */
abstract class NodeSerializer<A> implements GroupSerializer<A> {
    @Override
    public int valueArraySearch(Object run, A key, @SuppressWarnings("rawtypes") Comparator comparator) {
        return valueArraySearch(run, key);
    }

    @Override
    public boolean equals(A first, A second) {
        return Objects.equals(first, second);
    }

    @Override
    public Object valueArrayEmpty() {
        return valueArrayFromArray(new Object[0]);
    }

    @Override
    public Object valueArrayPut(Object run, int pos, A newValue) {
        throw immutable();
    }

    @Override
    public Object valueArrayUpdateVal(Object run, int pos, A newValue) {
        throw immutable();
    }

    @Override
    public Object valueArrayCopyOfRange(Object run, int from, int to) {
        throw immutable();
    }

    @Override
    public Object valueArrayDeleteValue(Object run, int pos) {
        throw immutable();
    }

    static UnsupportedOperationException immutable() {
        return new UnsupportedOperationException("segments are immutable");
    }
}
