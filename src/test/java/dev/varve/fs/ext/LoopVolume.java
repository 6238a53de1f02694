package dev.varve.fs.ext;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A small volume in an image file that the kernel can mount: for tests that compare our reader with it. Needs root. */
final class LoopVolume implements AutoCloseable {
    final Path image;
    private final Path directory;
    private final Path mountPoint;
    private boolean mounted;

    private LoopVolume(Path directory, Path image) throws IOException {
        this.directory = directory;
        this.image = image;
        mountPoint = Files.createDirectory(directory.resolve(image.getFileName() + ".mnt"));
    }

    /** @param options of mke2fs, separated by blanks */
    static LoopVolume make(Path directory, String size, String options) throws IOException {
        Path image = directory.resolve("volume.img");
        List<String> command = new ArrayList<>(List.of("mke2fs", "-q", "-F"));
        command.addAll(Arrays.asList(options.split(" ")));
        command.add(image.toString());
        command.add(size);
        run(command);
        return new LoopVolume(directory, image);
    }

    static LoopVolume of(Path directory, Path image) throws IOException {
        return new LoopVolume(directory, image);
    }

    Path mount(String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of("mount", "-t", "ext4", "-o"));
        command.add(String.join(",", concat("loop", options)));
        command.add(image.toString());
        command.add(mountPoint.toString());
        run(command);
        mounted = true;
        return mountPoint;
    }

    private static List<String> concat(String first, String... rest) {
        List<String> all = new ArrayList<>(List.of(first));
        all.addAll(Arrays.asList(rest));
        return all;
    }

    void unmount() throws IOException {
        if (mounted) {
            run(List.of("umount", mountPoint.toString()));
            mounted = false;
        }
    }

    void fill(int seed) throws IOException {
        python("fill.py", mountPoint.toString(), Integer.toString(seed));
    }

    /** Changes things at random and leaves some of it not synced. */
    void churn(int seed, int rounds) throws IOException {
        python("churn.py", mountPoint.toString(), Integer.toString(seed), Integer.toString(rounds));
    }

    /** What the kernel says of the mounted volume. */
    List<String> manifest(boolean birthTimes) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(mountPoint.toString()));
        if (birthTimes) {
            arguments.add("birth");
        }
        return python("manifest.py", arguments.toArray(String[]::new)).lines().toList();
    }

    /** Another image: what a snapshot taken now would show. */
    Path copy(String name) throws IOException {
        Path copy = directory.resolve(name);
        run(List.of("cp", "--sparse=always", image.toString(), copy.toString()));
        return copy;
    }

    private String python(String script, String... arguments) throws IOException {
        Path file = directory.resolve(script);
        try (var resource = LoopVolume.class.getResourceAsStream(script)) {
            Files.write(file, resource.readAllBytes());
        }
        List<String> command = new ArrayList<>(List.of("/usr/bin/python3", file.toString()));
        command.addAll(Arrays.asList(arguments));
        return run(command);
    }

    /** Runs a program. @throws IOException with its output unless it exits with 0 */
    static String run(List<String> command) throws IOException {
        return runWithin(command, 0);
    }

    /** Runs a program. @throws IOException with its output unless it exits with one of the codes given */
    static String runWithin(List<String> command, Integer... exits) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("LC_ALL", "C.UTF-8");
        builder.environment().put("PATH", "/usr/sbin:/sbin:/usr/bin:/bin");
        Process process = builder.start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        try {
            if (!process.waitFor(120, TimeUnit.SECONDS) || !Arrays.asList(exits).contains(process.exitValue())) {
                process.destroyForcibly();
                throw new IOException(String.join(" ", command) + " failed: " + output);
            }
        } catch (InterruptedException e) {
            throw new IOException("interrupted", e);
        }
        return output;
    }

    @Override
    public void close() throws IOException {
        unmount();
    }
}
