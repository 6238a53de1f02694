package dev.varve.backup;

import dev.varve.chunk.Chunker;
import dev.varve.device.BlockSource;
import dev.varve.fs.InodeScan;
import dev.varve.fs.Volume;
import dev.varve.fs.VolumeInode;
import dev.varve.fs.probe.VolumeProbe;
import dev.varve.model.ByteString;
import dev.varve.model.PackKind;
import dev.varve.repository.ChunkLane;
import dev.varve.repository.ChunkSink;
import dev.varve.snapshot.ContentReader;
import dev.varve.snapshot.DirectoryEntry;
import dev.varve.snapshot.ImageReader;
import dev.varve.snapshot.StoredInode;
import dev.varve.snapshot.StoredVolume;
import dev.varve.snapshot.VolumeCache;
import dev.varve.testing.MemoryChunks;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/** The outcome of one ingest into memory, with ways to look at what was stored. */
final class Layer {
    final VolumeOutcome outcome;
    final StoredVolume stored;
    final List<String> problems;

    private Layer(VolumeOutcome outcome, StoredVolume stored, List<String> problems) {
        this.outcome = outcome;
        this.stored = stored;
        this.problems = problems;
    }

    static Layer of(MemoryChunks chunks, TestVolume test, UnaryOperator<Volume> forge, Layer previous, Path scratch)
            throws IOException {
        return of(chunks, chunks, test.source(), forge, previous, 0, scratch);
    }

    /** @param forge puts something between the volume and the ingest */
    static Layer of(
            MemoryChunks chunks,
            ChunkSink sink,
            BlockSource source,
            UnaryOperator<Volume> forge,
            Layer previous,
            double verify,
            Path scratch)
            throws IOException {
        return of(chunks, sink, source, forge, previous, verify, false, scratch);
    }

    static Layer of(
            MemoryChunks chunks,
            ChunkSink sink,
            BlockSource source,
            UnaryOperator<Volume> forge,
            Layer previous,
            double verify,
            boolean packsLost,
            Path scratch)
            throws IOException {
        ProblemLog problems = new ProblemLog();
        CountedSource counted = new CountedSource(source);
        try (Volume volume = forge.apply(VolumeProbe.open(counted));
                ChunkPipeline pipeline = new ChunkPipeline(sink, 2)) {
            ChunkLane metadata = sink.lane(PackKind.METADATA);
            VolumeOutcome outcome = ingest(pipeline, metadata, scratch, problems, counted, chunks, packsLost)
                    .files(volume, previous == null ? null : previous.stored, verify);
            pipeline.finish();
            metadata.close();
            return layer(chunks, outcome, problems);
        }
    }

    static Layer raw(MemoryChunks chunks, BlockSource source, Path scratch) throws IOException {
        ProblemLog problems = new ProblemLog();
        try (source;
                ChunkPipeline pipeline = new ChunkPipeline(chunks, 2)) {
            ChunkLane metadata = chunks.lane(PackKind.METADATA);
            CountedSource counted = new CountedSource(source);
            VolumeOutcome outcome = ingest(pipeline, metadata, scratch, problems, counted, chunks, false)
                    .raw();
            pipeline.finish();
            return layer(chunks, outcome, problems);
        }
    }

    private static VolumeIngest ingest(
            ChunkPipeline pipeline,
            ChunkLane metadata,
            Path scratch,
            ProblemLog problems,
            CountedSource counted,
            MemoryChunks chunks,
            boolean packsLost) {
        Ingest ingest = new Ingest(
                "vol",
                pipeline,
                new Chunker(new byte[32]),
                metadata,
                packsLost,
                scratch,
                problems,
                BackupProgress.SILENT);
        return new VolumeIngest(
                ingest, "/test/vol.img", ByteString.utf8("/"), counted, chunks::newBytes, chunks::newBytes);
    }

    private static Layer layer(MemoryChunks chunks, VolumeOutcome outcome, ProblemLog problems) {
        StoredVolume stored = new StoredVolume(chunks, outcome.record(), VolumeCache.ofBytes(1 << 20));
        return new Layer(outcome, stored, problems.lines());
    }

    /** The same layer as another process would read it. */
    Layer withoutCache(MemoryChunks chunks) {
        return new Layer(outcome, new StoredVolume(chunks, outcome.record(), VolumeCache.ofBytes(1 << 20)), problems);
    }

    IngestCounts counts() {
        return outcome.counts();
    }

    /** The inode at a path of names joined by {@code /}. */
    StoredInode at(String path) throws IOException {
        StoredInode inode = stored.root();
        for (String name : path.split("/", -1)) {
            if (!name.isEmpty()) {
                DirectoryEntry entry = stored.lookup(inode, ByteString.utf8(name));
                if (entry == null) {
                    throw new IOException("no " + name + " in " + path);
                }
                inode = stored.inode(entry.inode());
            }
        }
        return inode;
    }

    byte[] content(String path) throws IOException {
        ContentReader reader = stored.open(at(path));
        ByteBuffer target = ByteBuffer.allocate(Math.toIntExact(reader.size()));
        reader.read(0, target);
        return target.array();
    }

    byte[] image() throws IOException {
        ImageReader reader = stored.image();
        ByteBuffer target = ByteBuffer.allocate(Math.toIntExact(reader.size()));
        while (target.hasRemaining() && reader.read(target.position(), target) > 0) {}
        return target.array();
    }

    /** What the image of a volume must be: allocated blocks as they are; unwritten ones, the journal's body and the rest zero. */
    static byte[] expectedImage(TestVolume test) throws IOException {
        byte[] device = test.bytes();
        byte[] expected = new byte[device.length];
        try (Volume volume = test.open()) {
            int blockSize = volume.info().blockSize();
            long blocks = (device.length + blockSize - 1L) / blockSize;
            volume.allocatedRuns(0, blocks, (first, count) -> {
                int from = (int) first * blockSize;
                System.arraycopy(
                        device, from, expected, from, (int) Math.min(count * blockSize, device.length - (long) from));
            });
            InodeScan scan = volume.scan();
            for (VolumeInode inode = scan.next(); inode != null; inode = scan.next()) {
                boolean journal = inode.role() == VolumeInode.Role.JOURNAL;
                if (journal || inode.attributes().isRegular()) {
                    volume.extents(inode, (logical, physical, count, unwritten) -> {
                        long from = physical + (journal && logical == 0 ? 1 : 0);
                        if (journal || unwritten) {
                            Arrays.fill(
                                    expected, (int) from * blockSize, (int) (physical + count) * blockSize, (byte) 0);
                        }
                    });
                }
            }
        }
        return expected;
    }
}
