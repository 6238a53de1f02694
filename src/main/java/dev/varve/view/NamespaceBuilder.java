package dev.varve.view;

import dev.varve.model.ByteString;
import dev.varve.repository.ChunkSource;
import dev.varve.snapshot.Manifest;
import dev.varve.snapshot.VolumeCache;
import dev.varve.view.SyntheticDirectory.Child;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Lays a list of snapshots out as directories:
 *
 * <pre>
 *   2024-05-01/  2024-05-01T14-00-00/  latest -> 2024-05-01T14-00-00
 *   images/2024-05-01/vg0-root.img
 *   hosts/NAME/…                          the same again for every host
 * </pre>
 *
 * Names come from manifests, which are untrusted: what cannot be a file name is left out. Nothing is read from the repository
 * here; trees open when someone looks inside.
 */
final class NamespaceBuilder {
    private static final ByteString LATEST = ByteString.utf8("latest");
    private static final ByteString IMAGES = ByteString.utf8("images");
    private static final ByteString HOSTS = ByteString.utf8("hosts");

    private final ChunkSource chunks;
    private final VolumeCache cache;
    private final SyntheticAttributes owner;

    NamespaceBuilder(ChunkSource chunks, VolumeCache cache, SyntheticAttributes owner) {
        this.chunks = chunks;
        this.cache = cache;
        this.owner = owner;
    }

    /** @param host whose snapshots stand at the top */
    Namespace build(List<Manifest> manifests, String host) {
        NavigableMap<String, List<Manifest>> byHost = new TreeMap<>();
        for (Manifest manifest : manifests) {
            byHost.computeIfAbsent(manifest.host(), h -> new ArrayList<>()).add(manifest);
        }
        Manifest newest = newest(manifests);
        SyntheticAttributes look = newest == null ? owner : owner.at(newest.time());
        List<Child> top = new ArrayList<>();
        top.add(Child.of(HOSTS, hosts(byHost, look)));
        top.addAll(layout("", byHost.getOrDefault(host, List.of()), look));
        Manifest shown = newest(byHost.getOrDefault(host, List.of()));
        return new Namespace(
                new SyntheticDirectory(InodeNumbers.synthetic("/"), look, top),
                shown == null ? ViewSize.NOTHING : ViewSize.of(shown));
    }

    private SyntheticDirectory hosts(Map<String, List<Manifest>> byHost, SyntheticAttributes look) {
        List<Child> hosts = new ArrayList<>();
        for (Map.Entry<String, List<Manifest>> entry : byHost.entrySet()) {
            ByteString name = ByteString.utf8(entry.getKey());
            if (PathNames.isComponent(name)) {
                String path = "/hosts/" + entry.getKey();
                SyntheticAttributes hostLook = owner.at(newest(entry.getValue()).time());
                hosts.add(Child.of(
                        name,
                        new SyntheticDirectory(
                                InodeNumbers.synthetic(path), hostLook, layout(path, entry.getValue(), hostLook))));
            }
        }
        return new SyntheticDirectory(InodeNumbers.synthetic("/hosts"), look, hosts);
    }

    /** Fixed names come first, so that no snapshot can take one of them. */
    private List<Child> layout(String path, List<Manifest> snapshots, SyntheticAttributes look) {
        List<Child> children = new ArrayList<>();
        List<Child> images = new ArrayList<>();
        List<Child> dates = new ArrayList<>();
        String imagesPath = path + "/images";
        Manifest newest = newest(snapshots);
        for (Manifest manifest : snapshots) {
            ByteString name = ByteString.utf8(manifest.name());
            if (PathNames.isComponent(name)) {
                JoinedSnapshot joined =
                        new JoinedSnapshot(manifest, path + "/" + manifest.name(), chunks, cache, owner);
                dates.add(Child.directory(name, joined.inodeNumber(), joined.tree()));
                images.add(Child.of(name, joined.images(imagesPath + "/" + manifest.name())));
            }
        }
        children.add(Child.of(IMAGES, new SyntheticDirectory(InodeNumbers.synthetic(imagesPath), look, images)));
        if (newest != null) {
            ByteString target = ByteString.utf8(newest.name());
            children.add(Child.of(
                    LATEST,
                    new LinkNode(InodeNumbers.synthetic(path + "/latest"), look.link(target.length()), target)));
        }
        children.addAll(dates);
        return children;
    }

    private static Manifest newest(List<Manifest> manifests) {
        Manifest newest = null;
        for (Manifest manifest : manifests) {
            if (newest == null || ViewSize.isNewer(manifest, newest)) {
                newest = manifest;
            }
        }
        return newest;
    }
}
