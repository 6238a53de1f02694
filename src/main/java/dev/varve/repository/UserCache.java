package dev.varve.repository;

import dev.varve.model.RepositoryId;
import java.nio.file.Path;

/** Where a user's machine keeps what of a repository can't lie beside its packs: {@code $XDG_CACHE_HOME/varve}, {@code ~/.cache/varve} when not set. */
final class UserCache {
    private UserCache() {}

    /** @param cacheHome what XDG_CACHE_HOME says; null or empty when not set */
    static Path root(String cacheHome) {
        Path home = cacheHome != null && !cacheHome.isEmpty()
                ? Path.of(cacheHome)
                : Path.of(System.getProperty("user.home"), ".cache");
        return home.resolve("varve");
    }

    /** Of one repository. */
    static Path of(Path root, RepositoryId id) {
        return root.resolve(id.toHex());
    }
}
