package dev.varve.repository;

import dev.varve.backend.Backend;
import dev.varve.backend.ObjectNames;
import dev.varve.crypto.KeyDerivation;
import dev.varve.crypto.KeyFile;
import dev.varve.crypto.MasterKey;
import dev.varve.crypto.Password;
import dev.varve.model.AuthenticationException;
import dev.varve.model.BackendException;
import dev.varve.model.CorruptException;
import dev.varve.model.NotFoundException;
import dev.varve.model.RefusedException;
import dev.varve.model.RepositoryId;
import dev.varve.model.VarveException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;

/**
 * The passwords of a repository: one key file each, all of which wrap the same master key (docs/format.md, "Key files"). Not
 * thread safe.
 */
public final class KeyRing {
    /** More than a key file can have. */
    private static final int MAX_KEY_FILE_BYTES = 4096;

    private final Backend backend;
    private final RepositoryId repository;
    private final SecureRandom random = new SecureRandom();

    KeyRing(Backend backend, RepositoryId repository) {
        this.backend = backend;
        this.repository = repository;
    }

    /**
     * What is known of a key without its password.
     *
     * @param id 16 hexadecimal digits
     */
    public record KeyInfo(String id, String label, Instant created) {}

    /** By age. */
    public List<KeyInfo> list() throws IOException {
        List<KeyInfo> keys = new ArrayList<>();
        for (String name : names()) {
            KeyFile file = read(name);
            keys.add(new KeyInfo(idOf(name), file.label(), file.created()));
        }
        keys.sort(Comparator.comparing(KeyInfo::created).thenComparing(KeyInfo::id));
        return keys;
    }

    /** Lets another password open the repository. Returns the id of the new key. */
    String add(MasterKey master, Password password, String label, KeyDerivation derivation, Instant now)
            throws IOException {
        byte[] id = new byte[8];
        random.nextBytes(id);
        String hex = HexFormat.of().formatHex(id);
        KeyFile file = KeyFile.create(master, password, repository, derivation, now, label, random);
        backend.put(ObjectNames.KEYS + hex, ByteBuffer.wrap(file.encode()));
        return hex;
    }

    /** Takes away what another repository's making left here. Only for whoever has just made this one. */
    void keepOnly(String id) throws IOException {
        for (String name : names()) {
            if (!name.equals(ObjectNames.KEYS + id)) {
                backend.delete(name);
            }
        }
    }

    /** Takes a key file away that opens nothing. */
    void drop(String id) throws IOException {
        backend.delete(ObjectNames.KEYS + id);
    }

    /**
     * Takes a password away.
     *
     * @throws RefusedException if it is the last one that can be used: damaged key files don't count
     * @throws NotFoundException if there is no such key
     */
    public void remove(String id) throws IOException {
        List<String> names = names();
        if (!names.contains(ObjectNames.KEYS + id)) {
            throw new NotFoundException("no key " + id + "; see varve key list");
        }
        String name = ObjectNames.KEYS + id;
        byte[] removed = bytes(name);
        requireAnother(name, id);
        backend.delete(name);
        try {
            // Someone else may have taken the other one away meanwhile.
            requireAnother(name, id);
        } catch (IOException e) {
            backend.put(name, ByteBuffer.wrap(removed));
            throw e;
        }
    }

    /** @throws RefusedException unless there is another key file that can be used */
    private void requireAnother(String name, String id) throws IOException {
        for (String other : names()) {
            if (!other.equals(name) && isUsable(other)) {
                return;
            }
        }
        throw new RefusedException("key " + id
                + " is the last one that is whole: without it nothing could be read any more; add another first");
    }

    private boolean isUsable(String name) throws IOException {
        try {
            read(name);
            return true;
        } catch (BackendException e) {
            throw e;
        } catch (VarveException e) { // damaged, of a newer version, or taken away just now
            return false;
        }
    }

    /**
     * Tries the password on every key file. A damaged key file does not hinder the others.
     *
     * @throws AuthenticationException if it opens none
     */
    MasterKey unlock(Password password) throws IOException {
        VarveException damage = null;
        AuthenticationException wrong = null;
        List<String> names = names();
        for (String name : names) {
            try {
                return read(name).unlock(password, repository);
            } catch (AuthenticationException e) {
                wrong = e;
            } catch (BackendException e) {
                throw e;
            } catch (VarveException e) { // damaged, of a newer version, or too costly: another may still open
                damage = e;
            }
        }
        if (names.isEmpty()) {
            throw new CorruptException(
                    backend.describe() + "/" + ObjectNames.KEYS, -1, "no key file is left; put one back from a copy");
        }
        if (wrong == null && damage != null) {
            throw damage;
        }
        throw new AuthenticationException("wrong password for the repository in " + backend.describe()
                + (damage == null ? "" : " (and a key file cannot be used: " + damage.getMessage() + ")"));
    }

    private List<String> names() throws IOException {
        List<String> names = new ArrayList<>();
        backend.list(ObjectNames.KEYS, object -> names.add(object.name()));
        names.sort(Comparator.naturalOrder());
        return names;
    }

    private KeyFile read(String name) throws IOException {
        return KeyFile.decode(backend.describe() + "/" + name, bytes(name));
    }

    private byte[] bytes(String name) throws IOException {
        ByteBuffer stored = ByteBuffer.allocate(MAX_KEY_FILE_BYTES);
        int length = backend.read(name, 0, stored);
        byte[] bytes = new byte[length];
        stored.flip().get(bytes);
        return bytes;
    }

    private static String idOf(String name) {
        return name.substring(ObjectNames.KEYS.length());
    }
}
