package dev.varve.repository;

import dev.varve.backend.Backend;
import dev.varve.backend.Patience;
import dev.varve.backend.location.BackendLocation;
import java.io.IOException;

/** How the place of a cold tier is opened. */
public interface TierOpener {
    /** By the addresses that users write. */
    TierOpener BY_ADDRESS = new TierOpener() {
        @Override
        public Backend open(String address, Patience patience) throws IOException {
            return BackendLocation.parse(address).open(patience);
        }

        @Override
        public Backend create(String address) throws IOException {
            return BackendLocation.parse(address).create();
        }
    };

    /** @throws IOException if it can't be reached */
    Backend open(String address, Patience patience) throws IOException;

    /** As {@link #open}, and makes what is missing. */
    Backend create(String address) throws IOException;
}
