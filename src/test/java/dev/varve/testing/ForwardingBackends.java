package dev.varve.testing;

import dev.varve.backend.Backend;
import dev.varve.backend.ForwardingBackend;

/** Backends around others, for tests. */
public final class ForwardingBackends {
    private ForwardingBackends() {}

    /** The same, not closed with it: what it holds is looked at afterwards. */
    public static Backend unclosed(Backend backend) {
        return new ForwardingBackend(backend) {
            @Override
            public void close() {}
        };
    }
}
