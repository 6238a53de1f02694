package dev.varve.repository;

import dev.varve.backend.Backend;
import dev.varve.backend.ObjectNames;
import dev.varve.model.BackendException;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;

/**
 * To which hot tier a cold one belongs (docs/format.md, "Tiers"): it has one object {@code owner/<id>}, and who knows the tier by
 * another id must leave it alone. When a new hot tier is made of a cold one, the old one, should it be there still, must not prune it.
 */
final class TierOwner {
    private TierOwner() {}

    /** Ids under which a place is known as a tier; none if it is no tier. */
    static Set<String> of(Backend place) throws IOException {
        Set<String> ids = new HashSet<>();
        place.list(ObjectNames.OWNER, object -> ids.add(object.name().substring(ObjectNames.OWNER.length())));
        return ids;
    }

    /** Makes a place the tier of this id and of no other. The new owner comes first: at no moment it is nobody's. */
    static void take(Backend place, SealedRecords records, String id) throws IOException {
        Set<String> before = of(place);
        records.putUnlessThere(ObjectNames.OWNER + id, SealedRecords.Kind.OWNER, new byte[0]);
        for (String other : before) {
            if (!other.equals(id)) {
                records.delete(ObjectNames.OWNER + other);
            }
        }
    }

    /** @throws BackendException unless the place is the tier of this id and of no other */
    static void require(Backend place, String id) throws IOException {
        if (!of(place).equals(Set.of(id))) {
            throw new BackendException(
                    place.describe() + " belongs to another repository by now, which was made of it;"
                            + " use that one, or take the tier out of this one: varve tier remove --force",
                    false,
                    true,
                    null);
        }
    }
}
