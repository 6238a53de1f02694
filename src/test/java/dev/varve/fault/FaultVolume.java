package dev.varve.fault;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/** A small ext4 volume in a file, made without mounting anything, and the same volume a day later. */
final class FaultVolume {
    private static final int FILE_BYTES = 96 << 10;

    private FaultVolume() {}

    /** @param kibibytes of content that does not compress, in files of 96 KiB and some small ones */
    static Path make(Path directory, String name, int kibibytes, long seed) throws IOException {
        Path tree = Files.createDirectories(directory.resolve(name + ".tree"));
        Random random = new Random(seed);
        for (int i = 0; i * FILE_BYTES < kibibytes << 10; i++) {
            Files.write(tree.resolve("file" + i), random(random, FILE_BYTES));
        }
        Path small = Files.createDirectories(tree.resolve("small"));
        for (int i = 0; i < 20; i++) {
            Files.writeString(small.resolve("note" + i), ("note " + i + " of " + seed + "\n").repeat(i + 1));
        }
        Path image = directory.resolve(name + ".img");
        int blocks = 1200 + kibibytes * 5 / 4;
        run(
                "mke2fs",
                "-q",
                "-F",
                "-t",
                "ext4",
                "-b",
                "1024",
                "-N",
                "128",
                "-O",
                "^has_journal",
                "-d",
                tree.toString(),
                image.toString(),
                blocks + "k");
        return image;
    }

    /** A quarter of a MiB: two short files, one long one, a directory and a link. */
    static Path tiny(Path directory) throws IOException {
        Path tree = Files.createDirectories(directory.resolve("tiny.tree"));
        Files.write(tree.resolve("long"), random(new Random(3), 40_000));
        Files.writeString(tree.resolve("short"), "a short file\n");
        Files.createDirectories(tree.resolve("directory"));
        Files.writeString(tree.resolve("directory/other"), "another\n".repeat(500));
        Files.createSymbolicLink(tree.resolve("link"), Path.of("short"));
        Path image = directory.resolve("tiny.img");
        run(
                "mke2fs",
                "-q",
                "-F",
                "-t",
                "ext4",
                "-b",
                "1024",
                "-N",
                "32",
                "-O",
                "^has_journal",
                "-d",
                tree.toString(),
                image.toString(),
                "256k");
        return image;
    }

    /** A copy to which files were added. */
    static Path later(Path image, String name, int kibibytes, long seed) throws IOException {
        Path copy = image.resolveSibling(name + ".img");
        Files.copy(image, copy);
        Path grown = image.resolveSibling(name + ".new");
        Random random = new Random(seed);
        StringBuilder requests = new StringBuilder();
        for (int i = 0; i * FILE_BYTES < kibibytes << 10; i++) {
            Path file = image.resolveSibling(name + ".new" + i);
            Files.write(file, random(random, FILE_BYTES));
            requests.append("write ").append(file).append(" later").append(i).append('\n');
        }
        requests.append("rm file0\n");
        Files.writeString(grown, requests);
        run("resize2fs", "-f", copy.toString(), Files.size(copy) / 1024 + kibibytes * 5 / 4 + 256 + "k");
        run("debugfs", "-w", "-f", grown.toString(), copy.toString());
        return copy;
    }

    /** As if the volume had been frozen long after its files were written, so that a later backup may take them over. */
    static void settle(Path image) throws IOException {
        run(
                List.of("E2FSPROGS_FAKE_TIME=" + (System.currentTimeMillis() / 1000 + 100_000)),
                "tune2fs",
                "-L",
                "later",
                image.toString());
    }

    static byte[] random(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    /** Runs a program and expects success. @return what it printed */
    static String run(String... command) throws IOException {
        return run(List.of(), command);
    }

    /** @param environment {@code NAME=value} */
    static String run(List<String> environment, String... command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        for (String variable : environment) {
            String[] parts = variable.split("=", 2);
            builder.environment().put(parts[0], parts[1]);
        }
        builder.environment().put("PATH", "/usr/sbin:/sbin:/usr/bin:/bin");
        Process process = builder.start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        try {
            if (process.waitFor() != 0) {
                throw new IOException(String.join(" ", command) + ": exit " + process.exitValue() + ": " + output);
            }
        } catch (InterruptedException e) {
            throw new IOException("interrupted", e);
        }
        return output;
    }
}
