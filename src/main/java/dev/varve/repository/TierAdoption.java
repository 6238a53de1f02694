package dev.varve.repository;

import dev.varve.backend.Backend;
import dev.varve.backend.ObjectNames;
import dev.varve.backend.ObjectWriter;
import dev.varve.crypto.RepositoryKeys;
import dev.varve.model.AlreadyExistsException;
import dev.varve.model.BackendException;
import dev.varve.model.PackId;
import dev.varve.model.PackKind;
import dev.varve.model.VarveException;
import dev.varve.pack.PackReader;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * A new hot tier for a repository whose old one is lost, from its cold tier: metadata and all small objects are copied, data stays
 * where it is. The config comes last, so what was broken off is no repository and is begun anew. Not thread safe. Memory: the
 * names of objects, 100 bytes each, and one piece of {@value #PIECE_BYTES} bytes.
 */
public final class TierAdoption implements Closeable {
    private static final int PIECE_BYTES = 4 << 20;

    private final Backend tier;
    private final Backend place;
    private final RepositoryKeys keys;
    private final Backend hot;

    /**
     * @param tier as it is read
     * @param place the same, to be written to
     */
    TierAdoption(Backend tier, Backend place, RepositoryKeys keys, Backend hot) {
        this.tier = tier;
        this.place = place;
        this.keys = keys;
        this.hot = hot;
    }

    /** @return problems: packs of metadata that could not be read */
    public List<String> run(String address, Instant now) throws IOException {
        List<String> problems = new ArrayList<>();
        copyAll(ObjectNames.KEYS);
        PackReader packs = new PackReader(tier, keys);
        for (String name : names(ObjectNames.PACKS)) {
            PackId pack = ObjectNames.packId(name);
            try {
                if (pack != null && packs.readHeader(pack).kind() == PackKind.METADATA) {
                    copy(name);
                }
            } catch (BackendException e) {
                throw e;
            } catch (VarveException e) {
                problems.add(e.getMessage());
            }
        }
        copyAll(ObjectNames.FORGOTTEN);
        copyAll(ObjectNames.SNAPSHOTS);
        copyAll(ObjectNames.LABELS);
        TierRecord record = new TierRecord(
                TierRecords.newObjectName(new SecureRandom()), "cold", address, TierRecord.DEFAULT_CACHE_BYTES, now);
        new TierRecords(hot, new SealedRecords(hot, keys)).add(record);
        // From here on the old hot tier, should it be there still, leaves the cold one alone.
        TierOwner.take(place, new SealedRecords(place, keys), record.id());
        copy(ObjectNames.CONFIG);
        return problems;
    }

    private void copyAll(String prefix) throws IOException {
        for (String name : names(prefix)) {
            copy(name);
        }
    }

    private List<String> names(String prefix) throws IOException {
        List<String> names = new ArrayList<>();
        tier.list(prefix, object -> names.add(object.name()));
        return names;
    }

    private void copy(String name) throws IOException {
        try (ObjectWriter writer = hot.create(PackKind.METADATA)) {
            ByteBuffer piece = ByteBuffer.allocate(PIECE_BYTES);
            long offset = 0;
            for (int count = tier.read(name, 0, piece); count > 0; count = tier.read(name, offset, piece.clear())) {
                offset += count;
                writer.write(piece.flip());
            }
            writer.commit(name);
        } catch (AlreadyExistsException there) {
            return; // from a try that was broken off: the same name has the same content
        }
    }

    @Override
    public void close() throws IOException {
        hot.close();
        place.close();
    }
}
