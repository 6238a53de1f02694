package dev.varve.repository;

import dev.varve.backend.Backend;
import dev.varve.backend.ObjectNames;
import dev.varve.backend.location.BackendLocation;
import dev.varve.crypto.KeyDerivation;
import dev.varve.crypto.Password;
import dev.varve.model.AlreadyExistsException;
import dev.varve.model.BackendException;
import dev.varve.model.NotFoundException;
import dev.varve.model.RefusedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A repository as a user names it: a directory, or an address ({@link BackendLocation}). Of one that is elsewhere the index, and
 * whatever else must be local, is in the user's cache, in a directory with the repository's id for a name.
 */
public final class RepositoryLocation {
    private final BackendLocation place;
    private final Path cache;

    /** Gives the password when it is known that one is needed; the caller of this closes it. */
    @FunctionalInterface
    public interface Passwords {
        Password read() throws IOException;
    }

    private RepositoryLocation(BackendLocation place, Path cache) {
        this.place = place;
        this.cache = cache;
    }

    /**
     * @param cacheHome what XDG_CACHE_HOME says; null or empty when not set
     * @throws RefusedException if it is no address that varve knows
     */
    public static RepositoryLocation parse(String text, String cacheHome) throws RefusedException {
        return new RepositoryLocation(
                BackendLocation.parse(text), UserCache.root(cacheHome).toAbsolutePath());
    }

    /** For messages. */
    public String describe() {
        return place.describe();
    }

    /** The directory as it was written; null for a repository that is elsewhere. */
    public Path directory() {
        return place.directory();
    }

    /** Where on this machine varve keeps something of it: the directory, or the cache, which is made. Absolute. */
    public Path localDirectory() throws IOException {
        if (place.directory() != null) {
            return place.directory().toAbsolutePath();
        }
        try {
            return Files.createDirectories(
                    cache, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (IOException e) {
            throw new BackendException(
                    cache + ": cannot be made: " + e.getMessage() + "; set XDG_CACHE_HOME to a directory of your own",
                    false,
                    e);
        }
    }

    /** Whether a password is needed. @throws NotFoundException if there is no repository */
    public boolean isEncrypted() throws IOException {
        try (Backend backend = place.open()) {
            return RepositoryConfig.read(backend).encrypted();
        }
    }

    /** Whether there is the cold tier of a repository. False when nothing is there yet. */
    public boolean isTier() throws IOException {
        if (place.directory() != null && !Files.isDirectory(place.directory())) {
            return false;
        }
        try (Backend backend = place.open()) {
            backend.size(ObjectNames.CONFIG);
            return !TierOwner.of(backend).isEmpty();
        } catch (NotFoundException no) {
            return false;
        }
    }

    /**
     * Opens it; the caller closes it.
     *
     * @param passwords asked only if the repository is encrypted
     * @throws NotFoundException and the others as {@link Repository#open(Path, Password, RepositoryOptions)}
     */
    public Repository open(Passwords passwords, RepositoryOptions options) throws IOException {
        if (place.directory() != null) {
            Path directory = place.directory().toAbsolutePath(); // a mount changes the working directory
            try (Password password = Repository.isEncrypted(directory) ? passwords.read() : null) {
                return Repository.open(directory, password, options);
            }
        }
        localDirectory();
        Backend backend = place.open();
        RepositoryConfig config;
        Password password;
        try {
            config = RepositoryConfig.read(backend);
            password = config.encrypted() ? passwords.read() : null;
        } catch (IOException | RuntimeException e) {
            backend.close();
            throw e;
        }
        try (password) {
            return Repository.open(
                    backend, Repository.indexDirectory(UserCache.of(cache, config.id())), password, options);
        }
    }

    /**
     * Makes a repository; the caller closes it.
     *
     * @param passwords null for a repository without encryption; asked only if there may be a repository
     * @throws AlreadyExistsException if there is one
     * @throws RefusedException if there is anything else
     */
    public Repository create(Passwords passwords, KeyDerivation derivation) throws IOException {
        if (place.directory() != null) {
            if (Files.exists(place.directory().resolve(ObjectNames.CONFIG))) {
                throw new AlreadyExistsException(describe() + " is a repository already");
            }
            try (Password password = passwords == null ? null : passwords.read()) {
                return Repository.create(place.directory(), password, derivation);
            }
        }
        localDirectory();
        Backend backend = place.create();
        try {
            requireEmpty(backend);
            try (Password password = passwords == null ? null : passwords.read()) {
                return Repository.create(
                        backend, id -> Repository.indexDirectory(UserCache.of(cache, id)), password, derivation);
            }
        } catch (IOException | RuntimeException e) {
            backend.close();
            throw e;
        }
    }

    /** The place itself, whatever is there; the caller closes it. */
    Backend openPlace() throws IOException {
        return place.open();
    }

    /**
     * Makes the place that of a repository whose objects are copied there; the caller closes it.
     *
     * @throws RefusedException if it is not empty
     */
    Backend createEmpty() throws IOException {
        localDirectory();
        Backend backend = place.create();
        try {
            requireEmpty(backend);
            return backend;
        } catch (IOException | RuntimeException e) {
            backend.close();
            throw e;
        }
    }

    private void requireEmpty(Backend backend) throws IOException {
        if (exists(backend)) {
            throw new AlreadyExistsException(describe() + " is a repository already");
        }
        AtomicReference<String> other = new AtomicReference<>();
        backend.list("", object -> {
            // What an earlier try left that was broken off before its config.
            if (!object.name().startsWith(ObjectNames.KEYS)) {
                other.set(object.name());
            }
        });
        if (other.get() != null) {
            throw new RefusedException(
                    describe() + " is not empty: it has " + other.get() + "; give an empty or new place");
        }
    }

    private static boolean exists(Backend backend) throws IOException {
        try {
            backend.size(ObjectNames.CONFIG);
            return true;
        } catch (NotFoundException e) {
            return false;
        }
    }
}
