package dev.varve.cli;

import dev.varve.model.ByteString;
import dev.varve.model.NotFoundException;
import dev.varve.model.RefusedException;
import dev.varve.posix.Descriptor;
import dev.varve.restore.ImageRestore;
import dev.varve.snapshot.ImageReader;
import dev.varve.snapshot.Manifest;
import dev.varve.snapshot.StoredVolume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code varve image}. */
@Command(
        name = "image",
        description = "Write the image of a whole volume to a file or a block device.",
        footer = {
            "",
            "A file is sparse, and under its name only when it is whole (before: FILE.partial). A device must be",
            "large enough and not in use; what it held is gone afterwards, free blocks included.",
            "",
            "  varve image 2024-05-01 --output /dev/vg0/root",
            "  varve image latest /home --output home.img",
            "  varve image latest vg0-root --output - | ssh spare dd of=/dev/vg0/root bs=1M"
        })
final class ImageCommand implements Callable<Integer> {
    private final CliContext context;

    @Mixin
    private RepositoryOption repository;

    @Mixin
    private HostOption host;

    @Parameters(index = "0", paramLabel = "NAME", description = "A snapshot's name, or latest.")
    private String name;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "VOLUME",
            description = "Name or mount point of the volume; needed when there are several.")
    private String volume;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE|DEVICE",
            required = true,
            description = "Where to; - for standard output.")
    private String output;

    @Option(names = "--force", description = "Replace a file; overwrite a device that carries a file system.")
    private boolean force;

    ImageCommand(CliContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws IOException {
        requireOutsideRepository();
        try (OpenedSnapshots opened = OpenedSnapshots.open(repository, context)) {
            Manifest manifest = opened.find(host, name);
            ImageReader image = choose(manifest, opened.volumes(manifest)).image();
            LongAdder done = new LongAdder();
            ImageRestore restore = new ImageRestore(image, context.workers(), done::add);
            boolean pipe = output.equals("-");
            long start = System.nanoTime();
            try (ProgressLine line = ProgressLine.start(
                    context, () -> "image: " + Sizes.bytes(done.sum()) + " of " + Sizes.bytes(image.size()))) {
                if (pipe) {
                    restore.pipe(Descriptor.standardOutput());
                } else {
                    restore.write(Path.of(output), force);
                }
            }
            if (!pipe) {
                context.terminal()
                        .line("wrote the image of " + Sizes.bytes(image.size()) + " to " + output + " in "
                                + Sizes.seconds(System.nanoTime() - start));
            }
            return opened.exitCode();
        }
    }

    private void requireOutsideRepository() throws IOException {
        Path directory = Path.of(output).toAbsolutePath().normalize().getParent();
        Path place = repository.location(context).directory();
        if (!output.equals("-")
                && directory != null
                && Files.isDirectory(directory)
                && place != null
                && Files.isDirectory(place)
                && directory.toRealPath().startsWith(place.toRealPath())) {
            throw new RefusedException(output + " lies in the repository; give another --output");
        }
    }

    private StoredVolume choose(Manifest manifest, List<StoredVolume> volumes) throws IOException {
        String names = volumes.stream()
                .map(v -> v.name() + " (" + v.record().mountPoint().display() + ")")
                .collect(Collectors.joining(", "));
        if (volume == null) {
            if (volumes.size() != 1) {
                throw new RefusedException(
                        "snapshot " + manifest.name() + " has " + volumes.size() + " volumes; name one: " + names);
            }
            return volumes.get(0);
        }
        ByteString wanted = CliContext.bytes(volume);
        for (StoredVolume candidate : volumes) {
            if (ByteString.utf8(candidate.name()).equals(wanted)
                    || candidate.record().mountPoint().equals(wanted)) {
                return candidate;
            }
        }
        throw new NotFoundException(
                "snapshot " + manifest.name() + " has no volume " + wanted.display() + "; it has " + names);
    }
}
