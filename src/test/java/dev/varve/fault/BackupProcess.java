package dev.varve.fault;

import dev.varve.repository.Repository;
import dev.varve.snapshot.Manifest;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A backup in a process of its own, to be killed. Says {@code begin} when the virtual machine is up, and the snapshot's name at the end. */
final class BackupProcess {
    private BackupProcess() {}

    public static void main(String[] arguments) throws IOException {
        Path repository = Path.of(arguments[0]);
        String host = arguments[1];
        Path image = Path.of(arguments[2]);
        System.out.println("begin");
        try (Repository opened = Repository.open(repository, null, Backups.OPTIONS)) {
            Manifest manifest = Backups.run(opened, host, image, 2).manifest();
            System.out.println(manifest.name());
        }
    }

    static Process start(Path repository, String host, Path image) throws IOException {
        return java(BackupProcess.class.getName(), repository.toString(), host, image.toString())
                .redirectError(Redirect.INHERIT)
                .start();
    }

    /** A quick small JVM on the tests' class path. */
    static ProcessBuilder java(String... mainAndArguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xshare:auto",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx256m",
                "-Dfile.encoding=ISO-8859-1",
                "-cp",
                System.getProperty("java.class.path")));
        command.addAll(List.of(mainAndArguments));
        return new ProcessBuilder(command);
    }
}
