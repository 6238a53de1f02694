package dev.varve.device.lvm;

import dev.varve.device.BlockSource;
import dev.varve.device.FileBlockSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A logical volume, read straight from its physical volumes, without lvm2 and device-mapper. Read-only and thread safe; owns the devices and
 * closes them. They must not change meanwhile: a volume group that is active belongs to the kernel. Memory: the group's description while it
 * is opened; then about 100 bytes a segment, and what {@link ThinMetadata} and {@link ExceptionStore} say.
 */
public final class LogicalVolumeSource implements BlockSource {
    private final String name;
    private final List<BlockSource> devices;
    private final BlockSource content;
    private final Set<String> deviceMapperIds;
    private final List<String> warnings;

    private LogicalVolumeSource(
            String name,
            List<BlockSource> devices,
            BlockSource content,
            Set<String> deviceMapperIds,
            List<String> warnings) {
        this.name = name;
        this.devices = devices;
        this.content = content;
        this.deviceMapperIds = deviceMapperIds;
        this.warnings = warnings;
    }

    /**
     * Opens a logical volume.
     *
     * @throws dev.varve.model.NotFoundException if a device or the volume is not there; the message says what is
     * @throws dev.varve.model.RefusedException if it can't be read right: a disk is missing, or a kind of segment not read here
     * @throws dev.varve.model.CorruptException if what describes it is damaged
     */
    public static LogicalVolumeSource open(LogicalVolumeAddress address) throws IOException {
        List<BlockSource> devices = new ArrayList<>();
        try {
            for (Path device : address.devices()) {
                devices.add(FileBlockSource.open(device));
            }
            return open(address, devices);
        } catch (IOException | RuntimeException e) {
            for (BlockSource device : devices) {
                device.close();
            }
            throw e;
        }
    }

    /** The same with devices that are open; they belong to the volume only if this returns. */
    static LogicalVolumeSource open(LogicalVolumeAddress address, List<BlockSource> devices) throws IOException {
        PhysicalVolumes disks = PhysicalVolumes.find(devices);
        VolumeChoice choice = VolumeChoice.of(disks, address);
        VolumeAssembly assembly = new VolumeAssembly(choice.group(), disks);
        BlockSource content = assembly.volume(choice.volume());
        Set<String> ids = assembly.partIds().stream()
                .map(id -> "LVM-" + choice.group().id() + id)
                .collect(Collectors.toUnmodifiableSet());
        return new LogicalVolumeSource(address.text(), List.copyOf(devices), content, ids, disks.warnings());
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long sizeBytes() {
        return content.sizeBytes();
    }

    /** What the UUIDs of this volume's device-mapper devices, and of those it is made of, start with where it is active. */
    public Set<String> deviceMapperIds() {
        return deviceMapperIds;
    }

    /** Damage that reading could do without: lines to show. */
    public List<String> warnings() {
        return warnings;
    }

    @Override
    public void read(long offset, ByteBuffer target) throws IOException {
        content.read(offset, target);
    }

    @Override
    public void close() throws IOException {
        IOException failure = null;
        for (BlockSource device : devices) {
            try {
                device.close();
            } catch (IOException e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
