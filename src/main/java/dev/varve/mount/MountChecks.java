package dev.varve.mount;

import dev.varve.model.NotFoundException;
import dev.varve.model.RefusedException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;

/** What must hold before a mount is tried; each failure is one line that says what to do. */
public final class MountChecks {
    private static final Path DEVICE = Path.of("/dev/fuse");

    /** Where libfuse looks for fusermount whatever PATH says. */
    private static final Path PROGRAMS = Path.of("/bin");

    private MountChecks() {}

    /**
     * Looks at this machine and at the mount point. A dead mount that a killed varve left there is taken away first.
     *
     * @throws RefusedException when it must not or cannot be
     * @throws NotFoundException when the mount point does not exist
     */
    public static void verify(MountRequest request) throws IOException, InterruptedException {
        machine(DEVICE, System.getenv("PATH"), PROGRAMS, new Libc().effectiveUser());
        LibFuse.load();
        if (request.allowOther()) {
            FuseConfiguration.requireAllowOther(new Libc().effectiveUser());
        }
        Path place = resolved(request.mountPoint());
        MountTable.Entry mounted = MountTable.read().on(place);
        if (mounted != null && mounted.type().startsWith("fuse")) {
            recover(place, mounted);
        }
        if (!Files.isDirectory(place)) {
            throw new RefusedException(request.mountPoint() + " is not a directory; mount on an empty directory");
        }
        apart(place, request.repository().toRealPath());
        empty(place);
    }

    /** The mount point without symbolic links, also when its file system is dead and cannot be asked. */
    static Path resolved(Path mountPoint) throws IOException {
        Path parent = mountPoint.normalize().getParent();
        if (parent == null) {
            throw new RefusedException("the root directory is no place for a mount");
        }
        try {
            Path inParent = parent.toRealPath().resolve(mountPoint.normalize().getFileName());
            return Files.isSymbolicLink(inParent) ? inParent.toRealPath() : existing(inParent, mountPoint);
        } catch (NoSuchFileException e) {
            throw missing(mountPoint);
        }
    }

    static void machine(Path device, String path, Path programs, int user) throws RefusedException {
        if (!Files.exists(device)) {
            throw new RefusedException(
                    device + " is missing; load the kernel module (modprobe fuse), or give the container the device");
        }
        if (user != 0 && !(Files.isReadable(device) && Files.isWritable(device))) {
            throw new RefusedException(
                    device + " is not open to this user; as root: chmod 666 " + device + " (or mount as root)");
        }
        if (user != 0 && !onPath("fusermount", path, programs)) {
            throw new RefusedException(
                    "fusermount is not installed; on Debian and Ubuntu: apt install fuse3 (or mount as root)");
        }
    }

    /** Neither may contain the other: reading the mount would change or hide what it is read from. */
    static void apart(Path place, Path repository) throws RefusedException {
        if (place.startsWith(repository)) {
            throw new RefusedException(
                    "mount point " + place + " is inside the repository " + repository + "; mount somewhere else");
        }
        if (repository.startsWith(place)) {
            throw new RefusedException(
                    "the repository " + repository + " is inside the mount point " + place + "; mount somewhere else");
        }
    }

    private static void recover(Path place, MountTable.Entry mounted) throws IOException, InterruptedException {
        if (!isDead(place)) {
            throw new RefusedException(
                    place + (mounted.isVarve() ? " is mounted already" : " has another file system mounted")
                            + "; varve umount " + place + " takes it away");
        }
        Unmount.detach(place, true);
    }

    /** ENOTCONN: nobody answers for the file system any more. Java has no exception of its own for it. */
    private static boolean isDead(Path place) {
        try {
            Files.getAttribute(place, "unix:ino");
            return false;
        } catch (IOException e) {
            String message = String.valueOf(e.getMessage());
            return message.contains("not connected") || message.contains("aborted");
        }
    }

    private static Path existing(Path place, Path asTyped) throws IOException {
        if (!Files.exists(place, java.nio.file.LinkOption.NOFOLLOW_LINKS) && !isDead(place)) {
            throw missing(asTyped);
        }
        return place;
    }

    private static NotFoundException missing(Path mountPoint) {
        return new NotFoundException("mount point " + mountPoint + " does not exist; make it with mkdir");
    }

    private static void empty(Path place) throws IOException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(place)) {
            if (entries.iterator().hasNext()) {
                throw new RefusedException(
                        "mount point " + place + " is not empty; its files would be hidden: use an empty directory");
            }
        } catch (NotDirectoryException e) {
            throw new RefusedException(place + " is not a directory; mount on an empty directory");
        }
    }

    private static boolean onPath(String program, String path, Path programs) {
        for (String directory : (path == null ? "/usr/bin:/bin" : path).split(":", -1)) {
            if (!directory.isEmpty() && Files.isExecutable(Path.of(directory, program))) {
                return true;
            }
        }
        return Files.isExecutable(programs.resolve(program));
    }
}
