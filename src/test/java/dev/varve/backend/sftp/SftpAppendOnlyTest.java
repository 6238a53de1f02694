package dev.varve.backend.sftp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.backend.Backend;
import dev.varve.backend.ObjectWriter;
import dev.varve.backend.Retries;
import dev.varve.backend.RetryPolicy;
import dev.varve.model.AlreadyExistsException;
import dev.varve.model.BackendException;
import dev.varve.model.PackKind;
import dev.varve.testing.SshServer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The set-up of docs/operations.md, "A machine that may only add": what it must allow, and what it must not. */
@Tag("root")
class SftpAppendOnlyTest {
    /** As docs/operations.md has them. */
    private static final String OPTIONS =
            "-u 0277 -P remove,rmdir,rename,posix-rename,setstat,fsetstat,lsetstat,symlink";

    private static final Retries RETRIES = Retries.of(RetryPolicy.DEFAULT);

    @TempDir
    Path directory;

    @Test
    void aMachineThatMayOnlyAddAddsAndCanNeitherDeleteNorOverwrite() throws Exception {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path root = directory.resolve("repo");
        try (SshServer server = SshServer.start(directory.resolve("server"), "nobody", OPTIONS)) {
            SftpLocation location =
                    new SftpLocation("127.0.0.1", "nobody", server.port(), root.toString(), null, server.knownHosts());
            SshConnector connector = new SshConnector(location, server.home(), null);
            made(root);
            try (Backend backend = SftpBackend.open(connector, root.toString(), RETRIES)) {
                backend.put("packs/ab/x", ByteBuffer.wrap(new byte[] {1, 2, 3}));
                try (ObjectWriter writer = backend.create(PackKind.DATA)) {
                    writer.write(ByteBuffer.allocate(3_000_000));
                    writer.commit("packs/cd/y");
                }
                assertEquals(3, backend.read("packs/ab/x", 0, ByteBuffer.allocate(10)));
                assertThrows(AlreadyExistsException.class, () -> backend.put("packs/ab/x", ByteBuffer.allocate(1)));
                BackendException e = assertThrows(BackendException.class, () -> backend.delete("packs/ab/x"));
                assertFalse(e.retryable());
                assertTrue(e.getMessage().contains("permission denied"), e.getMessage());
            }
            attack(connector, root);
            assertEquals(3, Files.size(root.resolve("packs/ab/x")));
            assertEquals(
                    "r--------",
                    PosixFilePermissions.toString(Files.getPosixFilePermissions(root.resolve("packs/ab/x"))));
        }
    }

    /** By hand, as a client would that is not ours. */
    private static void attack(SshConnector connector, Path root) throws IOException {
        String target = root + "/packs/ab/x";
        try (SftpChannels channels = new SftpChannels(connector)) {
            SftpFiles files = new SftpFiles(channels.take());
            denied(() -> files.open(target, SftpProtocol.OPEN_WRITE));
            denied(() -> files.remove(target));
            denied(() -> files.rename(target, root + "/packs/ab/z"));
            denied(() -> files.channel()
                    .ask(new SftpRequest(9) // SETSTAT
                            .string(target)
                            .u32(SftpProtocol.ATTRIBUTE_PERMISSIONS)
                            .u32(0666))
                    .ok());
            denied(() -> files.channel()
                    .ask(new SftpRequest(SftpProtocol.EXTENDED)
                            .string("posix-rename@openssh.com")
                            .string(root + "/tmp")
                            .string(target))
                    .ok());
        }
    }

    private interface Attempt {
        void run() throws IOException;
    }

    private static void denied(Attempt attempt) {
        SftpStatusException e = assertThrows(SftpStatusException.class, attempt::run);
        assertTrue(
                List.of(SftpProtocol.PERMISSION_DENIED, SftpProtocol.OP_UNSUPPORTED)
                        .contains(e.code()),
                e.getMessage());
    }

    /** What init makes, by somebody who may do everything, given to the user who comes in. */
    private void made(Path root) throws Exception {
        try (SshServer admin = SshServer.start(directory.resolve("admin"))) {
            SftpLocation location = new SftpLocation(
                    "127.0.0.1", admin.user(), admin.port(), root.toString(), null, admin.knownHosts());
            SftpBackend.create(new SshConnector(location, admin.home(), null), root.toString(), RETRIES)
                    .close();
        }
        assertEquals(
                0,
                new ProcessBuilder("chown", "-R", "nobody", root.toString())
                        .inheritIO()
                        .start()
                        .waitFor());
    }
}
