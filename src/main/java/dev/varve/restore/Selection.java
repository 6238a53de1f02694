package dev.varve.restore;

import dev.varve.model.ByteString;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Which part of a tree is wanted: the paths as a tree of names, so that a directory on the way to two of them is visited once. */
final class Selection {
    private final Map<ByteString, Selection> below = new TreeMap<>();
    private boolean whole;

    static Selection of(List<List<ByteString>> paths) {
        Selection top = new Selection();
        for (List<ByteString> path : paths) {
            Selection place = top;
            for (ByteString name : path) {
                place = place.below.computeIfAbsent(name, key -> new Selection());
            }
            place.whole = true;
        }
        return top;
    }

    /** Whether everything at and below this is wanted. */
    boolean isWhole() {
        return whole;
    }

    /** Otherwise: the wanted names. */
    Map<ByteString, Selection> below() {
        return below;
    }
}
