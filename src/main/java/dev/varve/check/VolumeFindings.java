package dev.varve.check;

import dev.varve.model.BackendException;
import dev.varve.model.FileType;
import dev.varve.model.VarveException;
import dev.varve.repository.ChunkSource;
import dev.varve.snapshot.Manifest;
import dev.varve.snapshot.StoredInode;
import dev.varve.snapshot.StoredVolume;
import dev.varve.snapshot.VolumeCache;
import dev.varve.snapshot.VolumeRecord;
import dev.varve.snapshot.VolumeVerifier;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What is hurt in one volume of one snapshot, to be said in paths. Memory: what is hurt. Findings may come from several threads. */
final class VolumeFindings implements VolumeVerifier.Damage {
    /** Deeper trees exist only in crafted repositories: a path has at most 4,096 bytes. */
    private static final int MAX_DEPTH = 4096;

    private final Manifest manifest;
    private final VolumeRecord volume;
    private final Map<Long, String> inodes = new TreeMap<>();
    private final Set<Long> pages = new HashSet<>();
    private final List<String> others = new ArrayList<>();

    VolumeFindings(Manifest manifest, VolumeRecord volume) {
        this.manifest = manifest;
        this.volume = volume;
    }

    @Override
    public synchronized void inode(long number, String reason) {
        inodes.putIfAbsent(number, reason);
    }

    @Override
    public synchronized void inodePage(long pageNumber, String reason) {
        if (pages.add(pageNumber)) {
            others.add("inode page " + (pageNumber < 0 ? "index" : pageNumber) + ": " + reason);
        }
    }

    @Override
    public synchronized void image(String reason) {
        others.add("volume image: " + reason);
    }

    /** Adds a line for every path that is hurt and every other finding. Walks the tree only if an inode is hurt. */
    synchronized void name(ChunkSource chunks, VolumeCache cache, List<String> problems) throws IOException {
        String where =
                "snapshot " + manifest.name() + " of host " + manifest.host() + ", volume " + volume.name() + ": ";
        others.stream().sorted().forEach(other -> problems.add(where + other));
        if (inodes.isEmpty() && pages.isEmpty()) {
            return;
        }
        StoredVolume stored = new StoredVolume(chunks, volume, cache);
        Set<Long> named = new HashSet<>();
        try {
            walk(stored, stored.root(), volume.mountPoint().display(), 0, new HashSet<>(), (path, number) -> {
                String reason = inodes.get(number);
                if (reason != null || pages.contains(number / 64)) {
                    named.add(number);
                    problems.add(where + path + ": " + (reason == null ? "its inode is lost" : reason));
                }
            });
        } catch (VarveException e) {
            if (e instanceof BackendException) {
                throw e;
            }
            problems.add(where + "the tree could not be walked: " + e.getMessage());
        }
        inodes.forEach((number, reason) -> {
            if (!named.contains(number)) {
                problems.add(where + "inode " + number + ": " + reason);
            }
        });
    }

    @FunctionalInterface
    private interface PathVisitor {
        void path(String path, long number);
    }

    private void walk(
            StoredVolume stored,
            StoredInode directory,
            String path,
            int depth,
            Set<Long> ancestors,
            PathVisitor visitor)
            throws IOException {
        visitor.path(path, directory.number());
        if (depth > MAX_DEPTH || !ancestors.add(directory.number())) {
            return;
        }
        String prefix = path.endsWith("/") ? path : path + "/";
        try {
            stored.list(directory, 0, (entry, index) -> {
                String child = prefix + entry.name().display();
                if (entry.type() == FileType.DIRECTORY && !pages.contains(entry.inode() / 64)) {
                    walk(stored, stored.inode(entry.inode()), child, depth + 1, ancestors, visitor);
                } else {
                    visitor.path(child, entry.inode());
                }
                return true;
            });
        } catch (VarveException e) {
            if (e instanceof BackendException) {
                throw e;
            }
            inodes.putIfAbsent(directory.number(), e.getMessage());
        } finally {
            ancestors.remove(directory.number());
        }
    }
}
