package dev.varve.testing;

import dev.varve.crypto.MasterKey;
import dev.varve.crypto.RepositoryKeys;
import dev.varve.model.RepositoryId;
import java.security.SecureRandom;

/** Keys for tests. */
public final class Keys {
    public static final RepositoryId REPOSITORY = new RepositoryId(0x0123456789abcdefL, 0x1122334455667788L);

    private Keys() {}

    public static RepositoryKeys encrypted() {
        try (MasterKey master = MasterKey.random(new SecureRandom())) {
            return RepositoryKeys.derive(REPOSITORY, master, new SecureRandom());
        }
    }

    public static RepositoryKeys unencrypted() {
        try (MasterKey master = MasterKey.unencrypted()) {
            return RepositoryKeys.derive(REPOSITORY, master, new SecureRandom());
        }
    }
}
