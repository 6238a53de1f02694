package dev.varve.view;

import dev.varve.model.ByteString;
import dev.varve.model.FileType;
import dev.varve.repository.ChunkSource;
import dev.varve.snapshot.Manifest;
import dev.varve.snapshot.StoredVolume;
import dev.varve.snapshot.VolumeCache;
import dev.varve.snapshot.VolumeRecord;
import dev.varve.view.SyntheticDirectory.Child;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A snapshot as a tree: its volumes joined at their mount points, the one at {@code /} (or else the first) in place 0. Raw
 * volumes are only among the images. The manifest is untrusted: a mount point that is no absolute path without {@code ..}
 * keeps its volume out of the tree.
 */
final class JoinedSnapshot {
    private final List<StoredVolume> volumes = new ArrayList<>();
    private final SyntheticAttributes look;
    private final JoinPoint root;

    /** @param path of the dated directory from the top of the mount */
    JoinedSnapshot(Manifest manifest, String path, ChunkSource chunks, VolumeCache cache, SyntheticAttributes owner) {
        this.look = owner.at(manifest.time());
        this.root = new JoinPoint(path, ByteString.EMPTY, look);
        List<VolumeRecord> ordered = new ArrayList<>(manifest.volumes());
        ordered.sort((a, b) -> Boolean.compare(isRoot(b), isRoot(a)));
        int place = 0;
        for (VolumeRecord record : ordered) {
            StoredVolume volume = new StoredVolume(chunks, record, cache);
            volumes.add(volume);
            List<ByteString> components = record.isRaw() ? null : PathNames.components(record.mountPoint());
            if (components != null) {
                JoinPoint point = root;
                for (ByteString component : components) {
                    point = point.descend(component);
                }
                if (point.volume() == null) {
                    point.mount(new OpenVolume(volume, place++));
                }
            }
        }
    }

    /** Names the dated directory before anyone looks inside. */
    long inodeNumber() {
        return root.inodeNumber();
    }

    SyntheticDirectory.NodeOpener tree() {
        return root::node;
    }

    /** The directory with one image a volume. */
    SyntheticDirectory images(String imagesPath) {
        List<Child> files = new ArrayList<>();
        Set<String> taken = new HashSet<>();
        for (StoredVolume volume : volumes) {
            ByteString name = ByteString.utf8(volume.name() + ".img");
            if (PathNames.isComponent(name) && taken.add(volume.name())) {
                VolumeRecord record = volume.record();
                long deviceBytes = record.info().deviceBytes();
                long used = record.isRaw()
                        ? deviceBytes
                        : deviceBytes
                                - record.info().freeBlocks() * record.info().blockSize();
                long number = InodeNumbers.synthetic(imagesPath + "/" + volume.name() + ".img");
                files.add(new Child(
                        name,
                        number,
                        FileType.REGULAR.bits(),
                        () -> new ImageFile(number, look.image(deviceBytes, Math.max(0, used)), volume)));
            }
        }
        return new SyntheticDirectory(InodeNumbers.synthetic(imagesPath), look, files);
    }

    private static boolean isRoot(VolumeRecord record) {
        List<ByteString> components = record.isRaw() ? null : PathNames.components(record.mountPoint());
        return components != null && components.isEmpty();
    }
}
