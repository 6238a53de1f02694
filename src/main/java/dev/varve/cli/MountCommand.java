package dev.varve.cli;

import dev.varve.crypto.Password;
import dev.varve.mount.BackgroundMount;
import dev.varve.mount.FuseConfiguration;
import dev.varve.mount.MountChecks;
import dev.varve.mount.MountRequest;
import dev.varve.mount.MountService;
import dev.varve.mount.ReadySignal;
import dev.varve.repository.Repository;
import dev.varve.repository.RepositoryLocation;
import dev.varve.repository.RepositoryOptions;
import dev.varve.snapshot.SnapshotCatalog;
import dev.varve.snapshot.VolumeCache;
import dev.varve.view.DatedView;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code varve mount}. */
@Command(
        name = "mount",
        description = "Show the snapshots as dated directories; returns when they can be read.",
        footer = {
            "",
            "DIR/2024-05-01/…         a day's files        DIR/latest      the newest snapshot",
            "DIR/images/2024-05-01/…  whole volumes        DIR/hosts/NAME  the same for every host",
            "",
            "  varve mount /backups",
            "  varve umount /backups"
        })
final class MountCommand implements Callable<Integer> {
    private final CliContext context;

    @Mixin
    private RepositoryOption repository;

    @Mixin
    private HostOption host;

    @Parameters(paramLabel = "DIR", description = "An empty directory to mount on.")
    private Path mountPoint;

    @Option(names = "--foreground", description = "Stay until it is unmounted; for systemd.")
    private boolean foreground;

    @Option(
            names = "--allow-other",
            arity = "1",
            paramLabel = "true|false",
            description = "Let other users in, each with the rights the files give. True for root, else false.")
    private Boolean allowOther;

    @Option(
            names = "--log",
            paramLabel = "FILE",
            description = "Where a background mount writes its errors; else ~/.local/state/varve/mount-DIR.log.")
    private Path log;

    MountCommand(CliContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        RepositoryLocation location = repository.location(context);
        if (!foreground && !BackgroundMount.isChild()) {
            return inBackground(location);
        }
        Path directory = location.localDirectory();
        MountService.prepare();
        boolean asked = PasswordSource.current(context).isAsked();
        if (asked) {
            MountChecks.verify(request(directory)); // in vain is nobody to be asked
        }
        try (Repository opened = repository.open(context)) {
            MountRequest request = request(directory);
            if (!asked) {
                MountChecks.verify(request);
            }
            SnapshotCatalog catalog = new SnapshotCatalog(opened.manifests());
            catalog.problems().forEach(problem -> context.terminal().error(problem.getMessage()));
            VolumeCache cache = VolumeCache.ofBytes(RepositoryOptions.defaults().cacheBytes() / 2);
            try (DatedView view = new DatedView(
                    () -> {
                        opened.refresh();
                        catalog.refresh();
                        return catalog.snapshots();
                    },
                    opened.chunks(),
                    cache,
                    host.given())) {
                MountService.serve(
                        request,
                        view,
                        BackgroundMount.isChild() ? ReadySignal.ofBackgroundChild(System.out) : ReadySignal.none(),
                        System.err,
                        // A repository that is only read has nothing to finish; exit() would wait for the hook that
                        // calls this.
                        () -> Runtime.getRuntime().halt(ErrorReport.DONE));
            }
        }
        return ErrorReport.DONE;
    }

    private MountRequest request(Path directory) {
        boolean shared = allowOther == null ? FuseConfiguration.isRoot() : allowOther;
        return new MountRequest(mountPoint.toAbsolutePath(), directory, shared);
    }

    /** Only a password that must be asked for is this process's business; all else is the child's, which says what is wrong. */
    private int inBackground(RepositoryLocation location) throws IOException, InterruptedException {
        PasswordSource source = PasswordSource.current(context);
        byte[] password = null;
        if (source.isAsked() && location.isEncrypted()) {
            MountChecks.verify(request(location.localDirectory()));
            password = source.readBytes("password of the repository in " + location.describe(), false);
            byte[] asked = password;
            // Found out here, where it can be asked for again, rather than in the child.
            location.open(() -> Password.ofBytes(asked), RepositoryOptions.defaults())
                    .close();
        }
        PrintStream err = new PrintStream(System.err, true, StandardCharsets.ISO_8859_1);
        return BackgroundMount.start(context.arguments(), mountPoint.toAbsolutePath(), password, log, err);
    }
}
