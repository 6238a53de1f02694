package dev.varve.cli;

import dev.varve.mount.Unmount;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code varve umount}. */
@Command(
        name = "umount",
        description = "Unmount what varve mount mounted, and wait until it has ended.",
        footer = {"", "  varve umount /backups"})
final class UmountCommand implements Callable<Integer> {
    @Parameters(paramLabel = "DIR", description = "The mount point.")
    private Path mountPoint;

    @Override
    public Integer call() throws IOException, InterruptedException {
        Unmount.unmount(mountPoint.toAbsolutePath());
        return ErrorReport.DONE;
    }
}
