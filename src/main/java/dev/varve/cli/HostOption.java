package dev.varve.cli;

import dev.varve.model.NotFoundException;
import dev.varve.snapshot.SnapshotCatalog;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;

/** {@code --host}, and whose snapshots are meant without it. */
final class HostOption {
    private static final Path HOST_NAME = Path.of("/proc/sys/kernel/hostname");

    @Option(
            names = "--host",
            paramLabel = "NAME",
            description = "Whose snapshots; else this machine's, else those of the only host.")
    private String host;

    /** What was given, or null. */
    String given() {
        return host == null ? null : CliContext.text(host);
    }

    /** The host that was given, else this machine's name. */
    String givenOrThisMachine() throws IOException {
        return host == null ? thisMachine() : given();
    }

    /** The host that was given, else this machine if it has snapshots, else the only one. */
    String choose(SnapshotCatalog catalog) throws IOException {
        return choose(catalog, given());
    }

    /** @param given or null */
    static String choose(SnapshotCatalog catalog, String given) throws IOException {
        if (given != null) {
            return given;
        }
        List<String> hosts = catalog.hosts();
        String machine = thisMachine();
        if (hosts.isEmpty() || hosts.contains(machine)) {
            return machine;
        }
        if (hosts.size() == 1) {
            return hosts.get(0);
        }
        throw new NotFoundException("no snapshot of this machine (" + machine
                + ") in this repository; choose a host with --host: " + String.join(", ", hosts));
    }

    static String thisMachine() throws IOException {
        return Files.readString(HOST_NAME, StandardCharsets.UTF_8).trim();
    }
}
