package dev.varve.snapshot;

import dev.varve.model.NotFoundException;
import dev.varve.model.VarveException;
import dev.varve.repository.ManifestStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * The snapshots of a repository. A manifest that is damaged is left out and named in {@link #problems}. Thread safe: a refresh
 * replaces the list as a whole. Memory: about 2 KiB a snapshot and volume.
 */
public final class SnapshotCatalog {
    private static final Comparator<Manifest> BY_TIME =
            Comparator.comparing(Manifest::time).thenComparing(Manifest::host).thenComparing(Manifest::name);

    private final ManifestStore manifests;
    private volatile State state = new State(List.of(), Map.of(), List.of());

    private record State(List<Manifest> snapshots, Map<String, Manifest> byObject, List<VarveException> problems) {}

    /** Lists and reads all manifests. */
    public SnapshotCatalog(ManifestStore manifests) throws IOException {
        this.manifests = manifests;
        refresh();
    }

    /**
     * Lists the manifests again and reads those that are new.
     *
     * @return whether anything changed
     */
    public synchronized boolean refresh() throws IOException {
        Map<String, Manifest> known = state.byObject;
        Map<String, Manifest> now = new LinkedHashMap<>();
        List<VarveException> problems = new ArrayList<>();
        for (String object : manifests.list()) {
            Manifest manifest = known.get(object);
            if (manifest == null) {
                manifest = read(object, problems);
            }
            if (manifest != null) {
                now.put(object, manifest);
            }
        }
        boolean changed = !now.keySet().equals(known.keySet()) || problems.size() != state.problems.size();
        if (changed) {
            List<Manifest> sorted = new ArrayList<>(now.values());
            sorted.sort(BY_TIME);
            state = new State(List.copyOf(sorted), now, List.copyOf(problems));
        }
        return changed;
    }

    /** By time. */
    public List<Manifest> snapshots() {
        return state.snapshots;
    }

    /** Of one host, by time. */
    public List<Manifest> snapshots(String host) {
        return state.snapshots.stream().filter(m -> m.host().equals(host)).toList();
    }

    /** Sorted. */
    public List<String> hosts() {
        TreeSet<String> hosts = new TreeSet<>();
        state.snapshots.forEach(m -> hosts.add(m.host()));
        return List.copyOf(hosts);
    }

    /** Manifests that could not be read. */
    public List<VarveException> problems() {
        return state.problems;
    }

    /** The newest snapshot of a host, or null. */
    public Manifest latest(String host) {
        List<Manifest> all = snapshots(host);
        return all.isEmpty() ? null : all.get(all.size() - 1);
    }

    /**
     * A snapshot by name.
     *
     * @param name a name, {@code latest}, or the date and time of a snapshot that is called by its date
     * @throws NotFoundException naming what there is
     */
    public Manifest find(String host, String name) throws NotFoundException {
        List<Manifest> all = snapshots(host);
        if (all.isEmpty()) {
            throw new NotFoundException("no snapshot of host " + host + " in this repository"
                    + (hosts().isEmpty() ? "" : "; hosts: " + String.join(", ", hosts())));
        }
        if (name.equals("latest")) {
            return all.get(all.size() - 1);
        }
        Map<String, Manifest> byName = new HashMap<>();
        for (Manifest manifest : all) {
            byName.putIfAbsent(SnapshotName.dateTime(manifest), manifest);
        }
        for (Manifest manifest : all) {
            byName.put(manifest.name(), manifest);
        }
        Manifest found = byName.get(name);
        if (found == null) {
            throw new NotFoundException("no snapshot " + name + " of host " + host + "; see varve snapshots (newest: "
                    + all.get(all.size() - 1).name() + ")");
        }
        return found;
    }

    /** @return null when it vanished since it was listed, or cannot be read */
    private Manifest read(String object, List<VarveException> problems) throws IOException {
        try {
            return ManifestFormat.decode(object, manifests.read(object));
        } catch (NotFoundException e) {
            return null;
        } catch (dev.varve.model.BackendException e) {
            throw e;
        } catch (VarveException e) {
            problems.add(e);
            return null;
        }
    }
}
