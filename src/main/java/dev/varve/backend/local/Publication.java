package dev.varve.backend.local;

import dev.varve.model.AlreadyExistsException;
import dev.varve.model.BackendException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * Gives a finished file its name, once: by a hard link, which never replaces; or, on a file system without hard links, by
 * a rename while holding a reservation, a file that only one can make. Then forces the directory. Thread safe.
 */
final class Publication {
    private final TemporaryFiles temporaries;
    private final DurableDirectories directories;
    private final boolean hardLinks;

    /** @param hardLinks whether to try them at all */
    Publication(TemporaryFiles temporaries, DurableDirectories directories, boolean hardLinks) {
        this.temporaries = temporaries;
        this.directories = directories;
        this.hardLinks = hardLinks;
    }

    /** The temporary name may or may not be left; its owner removes it. */
    void publish(Path temporary, Path target) throws IOException {
        Path parent = target.getParent();
        directories.ensure(parent);
        if (!hardLinks || !link(temporary, target)) {
            rename(temporary, target);
        }
        directories.force(parent);
    }

    /** @return false when the file system has no hard links, or a rename may tell better what is wrong */
    private static boolean link(Path temporary, Path target) throws IOException {
        try {
            Files.createLink(target, temporary);
            return true;
        } catch (FileAlreadyExistsException e) {
            throw taken(target);
        } catch (NoSuchFileException | AccessDeniedException e) {
            throw e;
        } catch (UnsupportedOperationException | FileSystemException e) {
            return false;
        }
    }

    private void rename(Path temporary, Path target) throws IOException {
        Path reservation = temporaries.reservation(target);
        try {
            Files.createFile(reservation);
        } catch (FileAlreadyExistsException e) {
            throw Files.exists(target)
                    ? taken(target)
                    : new BackendException(target + ": another process is storing it", true, e);
        }
        try {
            if (Files.exists(target)) {
                throw taken(target);
            }
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.delete(reservation);
        }
    }

    private static AlreadyExistsException taken(Path target) {
        return new AlreadyExistsException(target + " exists already");
    }
}
