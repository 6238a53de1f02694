package dev.varve.golden;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.Random;

/**
 * An ext4 volume with one of everything, made by mke2fs and debugfs alone: no mount, no root, and at a time, uuid and hash
 * seed that are given, so that it is the same whenever it is made.
 */
final class GoldenVolume {
    private static final String TIME = "1714557600"; // 2024-05-01T10:00:00Z
    private static final String UUID = "11111111-2222-4333-8444-555555555555";
    private static final String ACL =
            "0200000001000600ffffffff02000400e803000004000400ffffffff10000600ffffffff20000000ffffffff";
    private static final String CAPABILITY = "0100000200200000000000000000000000000000";

    private final Path directory;
    private final StringBuilder requests = new StringBuilder();

    private GoldenVolume(Path directory) {
        this.directory = directory;
    }

    static Path make(Path directory) throws IOException {
        Path image = directory.resolve("root.img");
        run(
                "mke2fs",
                "-q",
                "-F",
                "-t",
                "ext4",
                "-b",
                "1024",
                "-N",
                "480",
                "-O",
                "^has_journal",
                "-U",
                UUID,
                "-E",
                "hash_seed=" + UUID + ",root_owner=0:0",
                "-L",
                "golden",
                image.toString(),
                "1024k");
        GoldenVolume volume = new GoldenVolume(directory);
        volume.fill();
        volume.apply(image);
        return image;
    }

    /** The next day: a file gone, a file new, one with other attributes. */
    static void change(Path directory, Path image) throws IOException {
        GoldenVolume volume = new GoldenVolume(directory);
        volume.request("rm /removed");
        volume.file("added", "came on the second day\n".getBytes(StandardCharsets.ISO_8859_1));
        volume.request("sif /short mode 0100600");
        volume.request("sif /short uid 1000");
        volume.apply(image);
    }

    /** What is kept raw: some blocks, a hole, and a length that is no multiple of anything. */
    static Path raw(Path directory) throws IOException {
        Path image = directory.resolve("boot.img");
        byte[] content = new byte[70_001];
        System.arraycopy(text(20_000, 7), 0, content, 0, 20_000);
        System.arraycopy(text(5_001, 8), 0, content, 65_000, 5_001);
        Files.write(image, content);
        return image;
    }

    private void fill() throws IOException {
        file("short", "a short file\n".getBytes(StandardCharsets.ISO_8859_1));
        file("empty", new byte[0]);
        file("removed", "gone on the second day\n".getBytes(StandardCharsets.ISO_8859_1));
        file("long", text(330_000, 1));
        sparse();
        request("ln /short /second-name");
        request("sif /short links_count 2");
        request("symlink /fast-link short");
        request("symlink /slow-link " + "very/".repeat(40) + "long");
        request("mkdir /devices");
        request("cd /devices");
        request("mknod block b 8 17");
        request("mknod character c 5 1");
        request("sif character block[0] 0"); // and then the wide form: 300, 70000
        request("sif character block[1] 0x11112c70");
        request("mknod fifo p");
        request("cd /");
        file("non-utf8-\u00fe\u00ff", "the name is bytes\n".getBytes(StandardCharsets.ISO_8859_1));
        file("attributes", "with attributes\n".getBytes(StandardCharsets.ISO_8859_1));
        xattr("attributes", "user.note", "6e6f7465");
        xattr("attributes", "system.posix_acl_access", ACL);
        xattr("attributes", "security.capability", CAPABILITY);
        file("future", "after 2038\n".getBytes(StandardCharsets.ISO_8859_1));
        request("sif /future mtime @" + (5_000_000_000L - (1L << 32)));
        request("sif /future mtime_extra " + (1 | 123_456_789 << 2));
        file("past", "before 1970\n".getBytes(StandardCharsets.ISO_8859_1));
        request("sif /past mtime @" + ((1L << 32) - 1000));
        request("sif /past mtime_extra " + (1 << 2));
        request("mkdir /large");
        request("cd /large");
        for (int i = 0; i < 400; i++) {
            request("mknod fifo-" + i + " p"); // these names make three nodes: docs/format.md, "Directories"
        }
        request("cd /");
        request("mkdir /lost+found/deep");
    }

    private void sparse() throws IOException {
        Path local = directory.resolve("sparse");
        try (FileChannel channel = FileChannel.open(local, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(text(3_000, 2)), 0);
            channel.write(ByteBuffer.wrap(text(3_000, 3)), 200 << 10);
            channel.write(ByteBuffer.wrap(new byte[1]), (1 << 20) - 1);
        }
        request("write " + local + " sparse");
    }

    private void file(String name, byte[] content) throws IOException {
        Path local = directory.resolve("content-" + requests.length());
        Files.write(local, content);
        request("write " + local + " " + name);
    }

    private void xattr(String file, String name, String valueHex) throws IOException {
        Path local = directory.resolve("value-" + requests.length());
        Files.write(local, HexFormat.of().parseHex(valueHex));
        request("ea_set -f " + local + " /" + file + " " + name);
    }

    private void request(String line) {
        requests.append(line).append('\n');
    }

    private void apply(Path image) throws IOException {
        Path script = directory.resolve("requests");
        Files.write(script, requests.toString().getBytes(StandardCharsets.ISO_8859_1));
        run("debugfs", "-w", "-f", script.toString(), image.toString());
        run("e2fsck", "-fn", image.toString());
    }

    /** Lines that compress well and yet are all different. */
    private static byte[] text(int length, long seed) {
        Random random = new Random(seed);
        StringBuilder text = new StringBuilder(length + 300);
        while (text.length() < length) {
            text.append("the quick brown fox jumps over the lazy dog,\n".repeat(1 + random.nextInt(3)))
                    .append("and nobody knows how often it did: ")
                    .append(random.nextInt(1000))
                    .append('\n');
        }
        return text.substring(0, length).getBytes(StandardCharsets.ISO_8859_1);
    }

    private static void run(String... command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("PATH", "/usr/sbin:/sbin:/usr/bin:/bin");
        builder.environment().put("E2FSPROGS_FAKE_TIME", TIME);
        Process process = builder.start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        try {
            // debugfs ends well whatever its requests do, but then it says more than their echo.
            boolean wrong = output.lines()
                    .anyMatch(line ->
                            !line.isBlank() && !line.startsWith("debugfs") && !line.startsWith("Allocated inode"));
            if (process.waitFor() != 0 || command[0].equals("debugfs") && wrong) {
                throw new IOException(String.join(" ", command) + ": exit " + process.exitValue() + ": " + output);
            }
        } catch (InterruptedException e) {
            throw new IOException("interrupted", e);
        }
    }
}
