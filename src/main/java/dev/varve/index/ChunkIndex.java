package dev.varve.index;

import dev.varve.model.ChunkId;
import dev.varve.model.ChunkLocation;
import dev.varve.model.CorruptException;
import dev.varve.model.PackId;
import dev.varve.model.UnsupportedFormatException;
import dev.varve.posix.ProcessLock;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * Where every chunk lies: a local directory of immutable segments and the list that names them (docs/format.md, "Chunk
 * index"). A cache of the packs' trailers: a segment that is damaged or missing is left out and said so in
 * {@link #problems}, its packs are then no longer in {@link #packs}, and whoever can read packs enters them again. A lookup
 * never fails for damage and never gives wrong bytes: it finds less.
 *
 * <p>Write order: segment (forced, renamed), then list (forced, renamed). A kill in between leaves a file that the next
 * writer removes.
 *
 * <p>Thread safe. Lookups take no lock: they use the current {@link IndexView}, which is replaced as a whole. Writers of
 * all processes are kept apart by {@link ProcessLock}, held from reading the list until it is replaced; this object's monitor
 * guards what it knows of damage and the change of views, and no one waits for the lock while holding it. Memory: 40 bytes a
 * pack and segment; the rest is page cache.
 */
public final class ChunkIndex implements Closeable {
    private static final String LIST = "segments";
    private static final String LOCK = "lock";
    private static final int LIST_CHANGES_FOLLOWED = 20;
    private static final Pattern OWN_FILES =
            Pattern.compile("[0-9a-f]{16}\\.(segment|segment\\.tmp|filter\\.tmp)|segments\\.tmp");

    private final Path directory;
    private final MergePolicy mergePolicy;
    private final SecureRandom random = new SecureRandom();
    private final Set<Long> damaged = new HashSet<>();
    private final List<String> problems = new ArrayList<>();
    private byte[] seenList = new byte[0];
    private final List<Segment> aside = new ArrayList<>();
    private volatile IndexView view = IndexView.EMPTY;

    private ChunkIndex(Path directory, MergePolicy mergePolicy) {
        this.directory = directory;
        this.mergePolicy = mergePolicy;
    }

    /**
     * Opens an index; an empty one when there is none. The directory is made (0700) when missing.
     *
     * @throws dev.varve.model.UnsupportedFormatException if a newer varve wrote the list
     * @throws dev.varve.model.BackendException if the disk fails
     */
    public static ChunkIndex open(Path directory) throws IOException {
        return open(directory, SegmentFormat.MAX_ENTRIES);
    }

    static ChunkIndex open(Path directory, long maxMergedEntries) throws IOException {
        ChunkIndex index = new ChunkIndex(directory, new MergePolicy(maxMergedEntries));
        try {
            IndexFiles.createDirectory(directory);
            index.load();
        } catch (IOException e) {
            throw IndexFiles.named(directory, e);
        }
        return index;
    }

    /** The segments as they are now, for work that needs them to stay the same. */
    public IndexView view() {
        return view;
    }

    /** Where a chunk lies, by the newest segment that knows it, or null. */
    public ChunkLocation find(ChunkId id) {
        return find(id, location -> true);
    }

    /** The newest of a chunk's locations that is acceptable, or null. */
    public ChunkLocation find(ChunkId id, Predicate<ChunkLocation> acceptable) {
        while (true) {
            IndexView current = view;
            try {
                return current.find(id, acceptable);
            } catch (CorruptException e) {
                leaveOut(current, e);
            }
        }
    }

    public boolean contains(ChunkId id) {
        return find(id) != null;
    }

    /** Entries of all segments; a chunk in several counts more than once. */
    public long size() {
        return view.ordinalCount();
    }

    /** Whether the pack's chunks are in the index. */
    public boolean coversPack(PackId pack) {
        return view.coversPack(pack);
    }

    /** All packs whose chunks are in the index. A new set, about 100 bytes a pack. */
    public Set<PackId> packs() {
        return view.packs();
    }

    /** What was found damaged or missing since opening, one line each. */
    public synchronized List<String> problems() {
        return List.copyOf(problems);
    }

    /**
     * Takes up what other processes have published or merged. Reads the list, which is small (about 20 µs when nothing
     * changed).
     *
     * @return whether the view changed
     */
    public boolean refresh() throws IOException {
        try {
            byte[] list = readList();
            synchronized (this) {
                if (Arrays.equals(list, seenList)) {
                    return false;
                }
            }
            load();
            return true;
        } catch (IOException e) {
            throw IndexFiles.named(directory, e);
        }
    }

    /**
     * Makes the delta's entries that lie in these packs part of the index, durably, as one new segment. The delta itself
     * is left alone; see {@link IndexDelta#drop}.
     *
     * @param packs durable packs, all of whose chunks are in the delta (or already in the index); may have none
     */
    public void publish(IndexDelta delta, Collection<PackId> packs) throws IOException {
        publish(delta, packs, Set.of());
    }

    /** @param shadowed those of the packs of which a chunk is not in the delta, since it is there with another location */
    public void publish(IndexDelta delta, Collection<PackId> packs, Collection<PackId> shadowed) throws IOException {
        try {
            IndexFiles.createAgain(directory);
            try (ProcessLock lock = ProcessLock.acquire(directory.resolve(LOCK))) {
                SegmentList list = beginChange();
                commit(list.with(writeDelta(directory, delta, packs), packs, shadowed));
            }
        } catch (IOException e) {
            throw IndexFiles.named(directory, e);
        }
    }

    /**
     * As {@link #publish}, but only for this object and until it is closed: for readers, when the index cannot be written. The
     * segment lies in the system's directory for temporary files, without a name.
     */
    public void publishAside(IndexDelta delta, Collection<PackId> packs) throws IOException {
        Path place = null;
        try {
            place = Files.createTempDirectory("varve-index-");
            SegmentList.Entry entry = writeDelta(place, delta, packs);
            Segment segment = Segment.open(place, entry);
            Files.delete(place.resolve(entry.fileName()));
            Files.delete(place);
            synchronized (this) {
                aside.add(segment);
                load();
            }
        } catch (IOException e) {
            throw IndexFiles.named(place == null ? directory : place, e);
        }
    }

    private SegmentList.Entry writeDelta(Path place, IndexDelta delta, Collection<PackId> packs) throws IOException {
        try (SegmentWriter writer = new SegmentWriter(place, random.nextLong(), delta.count(packs), packs)) {
            delta.write(packs, writer);
            return writer.finish();
        }
    }

    /**
     * Merges small segments while there are many of one size. May take as long as rewriting the index takes (about a
     * second per million chunks); other writers wait, readers do not.
     *
     * @return whether anything was merged
     */
    public boolean mergeSmall() throws IOException {
        boolean changed = false;
        try {
            IndexFiles.createAgain(directory);
            while (mergeOnce()) {
                changed = true;
            }
        } catch (IOException e) {
            throw IndexFiles.named(directory, e);
        }
        return changed;
    }

    /** @return whether there may be more to do */
    private boolean mergeOnce() throws IOException {
        try (ProcessLock lock = ProcessLock.acquire(directory.resolve(LOCK))) {
            SegmentList list = beginChange();
            Optional<MergePolicy.Run> run = mergePolicy.pick(
                    list.entries().stream().map(SegmentList.Entry::chunks).toList());
            if (run.isEmpty()) {
                run = mostlyDropped(list, byName(view));
            }
            if (run.isEmpty()) {
                return false;
            }
            merge(list, run.get());
            return true;
        }
    }

    /** A segment most of whose packs are dropped. */
    private static Optional<MergePolicy.Run> mostlyDropped(SegmentList list, Map<Long, Segment> open) {
        if (list.dropped().isEmpty()) {
            return Optional.empty();
        }
        for (int i = 0; i < list.entries().size(); i++) {
            Segment segment = open.get(list.entries().get(i).name());
            if (segment != null && 2 * covered(segment, list.dropped()).size() > segment.packs().length) {
                return Optional.of(new MergePolicy.Run(i, i + 1));
            }
        }
        return Optional.empty();
    }

    private static List<PackId> covered(Segment segment, Set<PackId> packs) {
        return packs.stream().filter(segment::coversPack).toList();
    }

    /** With the lock held. */
    private void merge(SegmentList list, MergePolicy.Run run) throws IOException {
        IndexView current = view;
        Map<Long, Segment> open = byName(current);
        List<Segment> segments = new ArrayList<>();
        Set<PackId> stillDropped = new HashSet<>();
        for (int i = 0; i < list.entries().size(); i++) {
            Segment segment = open.get(list.entries().get(i).name());
            if (segment == null) {
                return; // a reader has met damage just now
            }
            if (i >= run.from() && i < run.to()) {
                segments.add(segment);
            } else {
                stillDropped.addAll(covered(segment, list.dropped()));
            }
        }
        Set<PackId> shadowed = new HashSet<>();
        try {
            SegmentList.Entry merged = writeMerged(segments, list.dropped(), shadowed::add);
            commit(list.replace(run.from(), run.to(), merged, stillDropped, shadowed));
        } catch (CorruptException e) {
            leaveOut(current, e);
        }
    }

    private SegmentList.Entry writeMerged(List<Segment> oldestFirst, Set<PackId> dropped, Consumer<PackId> shadowed)
            throws IOException {
        Set<PackId> packs = new TreeSet<>();
        long entries = 0;
        for (Segment segment : oldestFirst) {
            Collections.addAll(packs, segment.packs());
            entries += segment.size();
        }
        packs.removeAll(dropped);
        List<Segment> newestFirst = new ArrayList<>(oldestFirst);
        Collections.reverse(newestFirst);
        EntryMerge merge = new EntryMerge(newestFirst, new long[newestFirst.size()], dropped, shadowed);
        try (SegmentWriter writer = new SegmentWriter(directory, random.nextLong(), entries, packs)) {
            while (merge.next()) {
                writer.put(merge.id(), merge.location());
            }
            return writer.finish();
        }
    }

    /**
     * Reads every segment whole and leaves out the damaged ones.
     *
     * @return what was found, one line each; empty when all is well
     */
    public List<String> verify() throws IOException {
        List<String> found = new ArrayList<>();
        refresh();
        IndexView current = view;
        for (Segment segment : current.segments()) {
            try {
                segment.verify();
            } catch (CorruptException e) {
                found.add(e.getMessage());
                leaveOut(current, e);
            }
        }
        return found;
    }

    /**
     * Forgets, durably, what lies in packs that are gone. Cheap: they are listed, and their entries left out at lookup until a
     * merge does. Packs that share chunks with others ({@link SegmentList#shadowed}) are forgotten with them, since an entry of
     * theirs may have been left out for one that is gone now: they are to be entered again.
     */
    public void drop(Collection<PackId> gone) throws IOException {
        try {
            IndexFiles.createAgain(directory);
            try (ProcessLock lock = ProcessLock.acquire(directory.resolve(LOCK))) {
                SegmentList list = beginChange();
                SegmentList changed = list.drop(gone);
                if (!changed.equals(list)) {
                    commit(changed);
                }
            }
        } catch (IOException e) {
            throw IndexFiles.named(directory, e);
        }
    }

    /** Forgets everything, durably. Views taken before stay good. */
    public void reset() throws IOException {
        try {
            IndexFiles.createAgain(directory);
            try (ProcessLock lock = ProcessLock.acquire(directory.resolve(LOCK))) {
                beginChange();
                synchronized (this) {
                    aside.clear();
                }
                commit(SegmentList.EMPTY);
            }
        } catch (IOException e) {
            throw IndexFiles.named(directory, e);
        }
    }

    /** Lets the segments go. Views taken before stay good. */
    @Override
    public void close() {
        view = IndexView.EMPTY;
    }

    /** With the lock held: the list as it is on disk, damaged segments left out, and nothing else in the directory. */
    private SegmentList beginChange() throws IOException {
        SegmentList list = load();
        sweep(list);
        synchronized (this) {
            return list.without(damaged);
        }
    }

    private void commit(SegmentList changed) throws IOException {
        SegmentList list = changed.fits() ? changed : SegmentList.EMPTY;
        Path temporary = directory.resolve(LIST + SegmentWriter.TEMPORARY_SUFFIX);
        try (FileChannel channel = IndexFiles.openPrivate(temporary, StandardOpenOption.CREATE)) {
            channel.truncate(0);
            IndexFiles.writeFully(channel, list.encode());
            channel.force(true);
        }
        IndexFiles.publish(temporary, directory.resolve(LIST));
        sweep(load());
    }

    /** With the lock held: removes files of ours that the list on disk, which this is, does not name. */
    private void sweep(SegmentList list) throws IOException {
        Set<String> named = new HashSet<>();
        for (SegmentList.Entry entry : list.entries()) {
            named.add(entry.fileName());
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                if (OWN_FILES.matcher(name).matches() && !named.contains(name)) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    /** The list's bytes; none when there is no list. */
    private byte[] readList() throws IOException {
        try (var in = Files.newInputStream(directory.resolve(LIST))) {
            return in.readNBytes(SegmentList.MAX_BYTES + 1);
        } catch (NoSuchFileException e) {
            return new byte[0];
        }
    }

    /**
     * Makes the segments of the list on disk the view, keeping those that are open already. A segment that is gone is either
     * merged away, then there is a newer list, or lost. The list is read with the monitor held, so that none replaces a newer.
     *
     * @return the list, damaged segments included
     */
    private synchronized SegmentList load() throws IOException {
        byte[] bytes = readList();
        for (int changes = 0; ; ) {
            SegmentList list = decode(bytes);
            try {
                view = openAll(list);
                seenList = bytes;
                return list;
            } catch (NoSuchFileException e) {
                byte[] newer = readList();
                if (Arrays.equals(newer, bytes) || ++changes > LIST_CHANGES_FOLLOWED) {
                    leaveOutMissing(list);
                } else {
                    bytes = newer;
                }
            }
        }
    }

    /** A damaged list is as good as none. */
    private SegmentList decode(byte[] bytes) throws IOException {
        if (bytes.length == 0) {
            return SegmentList.EMPTY;
        }
        try {
            return SegmentList.decode(directory.resolve(LIST).toString(), bytes);
        } catch (CorruptException e) {
            problems.add(e.getMessage());
            return SegmentList.EMPTY;
        }
    }

    private IndexView openAll(SegmentList list) throws IOException {
        Map<Long, Segment> open = byName(view);
        List<Segment> newestFirst = new ArrayList<>();
        for (SegmentList.Entry entry : list.entries()) {
            if (damaged.contains(entry.name())) {
                continue;
            }
            Segment segment = open.get(entry.name());
            try {
                newestFirst.add(segment != null ? segment : Segment.open(directory, entry));
            } catch (CorruptException | UnsupportedFormatException e) {
                damaged.add(entry.name());
                problems.add(e.getMessage());
            }
        }
        Collections.reverse(newestFirst);
        for (Segment segment : aside) {
            if (!damaged.contains(segment.entry().name())) {
                newestFirst.add(segment);
            }
        }
        return new IndexView(newestFirst, list.dropped());
    }

    private void leaveOutMissing(SegmentList list) {
        for (SegmentList.Entry entry : list.entries()) {
            Path file = directory.resolve(entry.fileName());
            if (!Files.exists(file) && damaged.add(entry.name())) {
                problems.add(file + ": is missing");
            }
        }
    }

    private static Map<Long, Segment> byName(IndexView view) {
        Map<Long, Segment> segments = new HashMap<>();
        for (Segment segment : view.segments()) {
            segments.put(segment.entry().name(), segment);
        }
        return segments;
    }

    /** Goes on without the segment in which damage was met; the next writer takes it from the list. */
    private synchronized void leaveOut(IndexView metIn, CorruptException damage) {
        for (Segment segment : metIn.segments()) {
            if (segment.resource().equals(damage.resource())
                    && damaged.add(segment.entry().name())) {
                problems.add(damage.getMessage());
            }
        }
        view = new IndexView(
                view.segments().stream()
                        .filter(segment -> !damaged.contains(segment.entry().name()))
                        .toList(),
                view.dropped());
    }
}
