package dev.varve.backup;

import dev.varve.device.BlockSource;
import dev.varve.device.FileBlockSource;
import dev.varve.fs.Volume;
import dev.varve.fs.probe.VolumeProbe;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** An image file with a file system that mke2fs filled from a directory; changed by debugfs or byte by byte. */
final class TestVolume {
    final Path image;

    private TestVolume(Path image) {
        this.image = image;
    }

    static TestVolume of(Path image) {
        return new TestVolume(image);
    }

    /** @param options more of mke2fs */
    static TestVolume make(Path image, Path content, int mebibytes, String... options)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("mke2fs", "-q", "-F", "-t", "ext4", "-d", content.toString()));
        if (!List.of(options).contains("-b")) {
            command.addAll(List.of("-b", "4096"));
        }
        command.addAll(List.of(options));
        command.addAll(List.of(image.toString(), mebibytes + "M"));
        run(command.toArray(String[]::new));
        return new TestVolume(image);
    }

    void debugfs(String request) throws IOException, InterruptedException {
        run("debugfs", "-w", "-R", request, image.toString());
    }

    BlockSource source() throws IOException {
        return FileBlockSource.open(image);
    }

    Volume open() throws IOException {
        return VolumeProbe.open(source());
    }

    long blockSize() throws IOException {
        try (Volume volume = open()) {
            return volume.info().blockSize();
        }
    }

    /** The first block of an inode on the device. */
    long firstBlock(long inode) throws IOException {
        try (Volume volume = open()) {
            List<Long> blocks = new ArrayList<>();
            volume.extents(volume.inode(inode), (logical, physical, count, unwritten) -> blocks.add(physical));
            return blocks.get(0);
        }
    }

    void write(long offset, byte[] bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(image, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(bytes), offset);
        }
    }

    byte[] bytes() throws IOException {
        return Files.readAllBytes(image);
    }

    /** Runs a program and expects success. @return what it printed */
    static String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        int status = process.waitFor();
        if (status != 0) {
            throw new IOException(String.join(" ", command) + ": exit " + status + ": " + output);
        }
        return output;
    }
}
