package dev.varve.repository;

import dev.varve.backend.Backend;
import dev.varve.backend.ObjectNames;
import dev.varve.backend.ObjectWriter;
import dev.varve.model.AlreadyExistsException;
import dev.varve.model.NotFoundException;
import dev.varve.model.PackId;
import dev.varve.model.PackKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;

/**
 * Copies objects of a repository to a cold tier as they are: sealed, under the same names, so that the tier can be opened as a
 * repository by itself. Not thread safe. Memory: the names of a kind of object, and one piece of {@value #PIECE_BYTES} bytes.
 */
public final class TierMirror {
    private static final int PIECE_BYTES = 4 << 20;

    private final Backend hot;
    private final Backend tier;
    private final SealedRecords tierRecords;

    TierMirror(Backend hot, Backend tier, SealedRecords tierRecords) {
        this.hot = hot;
        this.tier = tier;
        this.tierRecords = tierRecords;
    }

    /** What opens a repository: its config and passwords. Passwords that were taken away are taken away here, too. */
    public void copyOpening() throws IOException {
        Set<String> keys = names(hot, ObjectNames.KEYS);
        Set<String> there = names(tier, ObjectNames.KEYS);
        copyMissing(keys, there);
        copyMissing(Set.of(ObjectNames.CONFIG), names(tier, ObjectNames.CONFIG));
        for (String name : there) {
            if (!keys.contains(name)) {
                tier.delete(name);
            }
        }
    }

    /** Tags and holds, added and taken off. */
    public void copyLabels() throws IOException {
        Set<String> labels = names(hot, ObjectNames.LABELS);
        Set<String> there = names(tier, ObjectNames.LABELS);
        copyMissing(labels, there);
        for (String name : there) {
            if (!labels.contains(name)) {
                tier.delete(name);
            }
        }
    }

    /** Forgets in the tier what was forgotten in the repository. What is not known there stays. */
    public void forget() throws IOException {
        Set<String> tombstones = names(hot, ObjectNames.FORGOTTEN);
        Set<String> snapshots = names(tier, ObjectNames.SNAPSHOTS);
        Set<String> there = names(tier, ObjectNames.FORGOTTEN);
        for (String tombstone : tombstones) {
            String snapshot = ObjectNames.SNAPSHOTS + tombstone.substring(ObjectNames.FORGOTTEN.length());
            if (snapshots.contains(snapshot)) {
                tierRecords.putUnlessThere(tombstone, SealedRecords.Kind.TOMBSTONE, new byte[0]);
                tier.delete(snapshot);
            } else if (!there.contains(tombstone)) {
                tierRecords.putUnlessThere(tombstone, SealedRecords.Kind.TOMBSTONE, new byte[0]);
            }
        }
    }

    /** Names of the manifests that are in the tier. */
    public Set<String> snapshots() throws IOException {
        return names(tier, ObjectNames.SNAPSHOTS);
    }

    /** Publishes a snapshot in the tier. All that it refers to must be durable there. No error if it is there, or gone by now. */
    public void publish(String name) throws IOException {
        try {
            copy(name);
        } catch (NotFoundException gone) {
            return; // taken away since
        } catch (AlreadyExistsException there) {
            return; // by another run
        }
    }

    /** Copies a pack as it is. @return its bytes; 0 if it is there, or gone from the repository */
    public long copyPack(PackId pack) throws IOException {
        String name = ObjectNames.pack(pack);
        try (ObjectWriter writer = tier.create(PackKind.METADATA)) {
            ByteBuffer piece = ByteBuffer.allocate(PIECE_BYTES);
            long offset = 0;
            for (int count = hot.read(name, 0, piece); count > 0; count = hot.read(name, offset, piece.clear())) {
                offset += count;
                writer.write(piece.flip());
            }
            writer.commit(name);
            return offset;
        } catch (NotFoundException | AlreadyExistsException e) {
            return 0; // pruned meanwhile, or copied by another run: the caller looks at the index again
        }
    }

    private void copyMissing(Set<String> names, Set<String> there) throws IOException {
        for (String name : names) {
            if (!there.contains(name)) {
                publish(name);
            }
        }
    }

    /** A small object. */
    private void copy(String name) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(hot.size(name), Integer.MAX_VALUE));
        hot.read(name, 0, bytes);
        tier.put(name, bytes.flip());
    }

    private static Set<String> names(Backend backend, String prefix) throws IOException {
        Set<String> names = new HashSet<>();
        backend.list(prefix, object -> names.add(object.name()));
        return names;
    }
}
