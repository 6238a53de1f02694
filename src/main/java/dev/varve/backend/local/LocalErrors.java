package dev.varve.backend.local;

import dev.varve.model.BackendException;
import dev.varve.model.NoSpaceException;
import dev.varve.model.NotFoundException;
import dev.varve.model.VarveException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Turns what the operating system says into the errors that {@link dev.varve.backend.Backend} promises. */
final class LocalErrors {
    private LocalErrors() {}

    static VarveException reading(Path path, IOException error) {
        if (error instanceof VarveException named) {
            return named;
        }
        if (error instanceof NoSuchFileException) {
            NotFoundException missing = new NotFoundException(path + ": there is no such object");
            missing.initCause(error);
            return missing;
        }
        return new BackendException(path + ": cannot read: " + reason(error), false, error);
    }

    /** @param bytes how much was to be written */
    static VarveException writing(Path path, long bytes, IOException error) {
        if (error instanceof VarveException named) {
            return named;
        }
        if (isFull(path, bytes, error)) {
            String wanted = bytes > 0 ? bytes + " bytes wanted" : "no room for another file";
            return new NoSpaceException(
                    path + ": disk full: " + wanted + ", " + freeBytes(path)
                            + " free; make room there and run it again",
                    error);
        }
        return new BackendException(path + ": cannot write: " + reason(error), false, error);
    }

    /** The C library's message, which may be in the user's language: then the free space decides. */
    private static boolean isFull(Path path, long bytes, IOException error) {
        String message = String.valueOf(error.getMessage());
        if (message.contains("No space left on device") || message.contains("Disk quota exceeded")) {
            return true;
        }
        long free = freeBytes(path);
        return bytes > 0 && free >= 0 && free < bytes && !(error instanceof AccessDeniedException);
    }

    /** −1 when even that can't be found out. */
    private static long freeBytes(Path path) {
        Path existing = path;
        while (existing != null && !Files.exists(existing)) {
            existing = existing.getParent();
        }
        if (existing == null) {
            return -1;
        }
        try {
            FileStore store = Files.getFileStore(existing);
            return store.getUsableSpace();
        } catch (IOException e) {
            return -1;
        }
    }

    private static String reason(IOException error) {
        if (error instanceof FileAlreadyExistsException) {
            return "is there, and no directory; give another place";
        }
        if (error instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (error instanceof FileSystemException named && named.getReason() != null) {
            return named.getReason();
        }
        return error.getMessage() == null ? error.getClass().getSimpleName() : error.getMessage();
    }
}
