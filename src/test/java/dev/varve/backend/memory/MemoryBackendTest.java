package dev.varve.backend.memory;

import dev.varve.backend.Backend;
import dev.varve.backend.BackendContract;

class MemoryBackendTest extends BackendContract {
    @Override
    protected Backend newBackend() {
        return new MemoryBackend();
    }
}
