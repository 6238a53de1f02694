package dev.varve.index;

import dev.varve.model.PackId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The packs of a delta and their numbers in it. Thread safe. Memory: about 100 bytes a pack. */
final class DeltaPacks {
    private final Map<PackId, Integer> numbers = new HashMap<>();
    private final List<PackId> ids = new ArrayList<>();

    synchronized int numberOf(PackId pack) {
        Integer number = numbers.get(pack);
        if (number == null) {
            number = ids.size();
            ids.add(pack);
            numbers.put(pack, number);
        }
        return number;
    }

    synchronized PackId get(int number) {
        return ids.get(number);
    }

    /** Which numbers belong to these packs. */
    synchronized boolean[] chosen(Collection<PackId> packs) {
        boolean[] chosen = new boolean[ids.size()];
        for (PackId pack : packs) {
            Integer number = numbers.get(pack);
            if (number != null) {
                chosen[number] = true;
            }
        }
        return chosen;
    }
}
