package dev.varve.device.lvm;

import dev.varve.device.lvm.VolumeGroup.LogicalVolume;
import dev.varve.model.NotFoundException;
import dev.varve.model.RefusedException;
import java.util.List;

/** Finds the volume that was asked for; what is wrong is said together with what is there. */
record VolumeChoice(VolumeGroup group, LogicalVolume volume) {
    private static final int MAX_LISTED = 20;

    /**
     * @throws NotFoundException if there is no such group or volume
     * @throws RefusedException if none was named, or two groups have the name
     */
    static VolumeChoice of(PhysicalVolumes disks, LogicalVolumeAddress address)
            throws NotFoundException, RefusedException {
        List<String> offered = disks.groups().stream()
                .flatMap(group -> group.offered().stream())
                .toList();
        if (disks.groups().isEmpty()) {
            throw new NotFoundException(address + ": no volume group is described on "
                    + String.join(", ", disks.names()) + "; name the other disks of the group too");
        }
        if (address.group().isEmpty()) {
            throw new RefusedException(address + " names no logical volume; there is " + listed(offered));
        }
        List<VolumeGroup> groups = disks.groups().stream()
                .filter(group -> group.name().equals(address.group()))
                .toList();
        if (groups.isEmpty()) {
            throw new NotFoundException(address + ": no volume group " + address.group() + " on "
                    + String.join(", ", disks.names()) + "; there is " + listed(offered));
        }
        if (groups.size() > 1) {
            throw new RefusedException(address + ": two volume groups have this name, "
                    + LvmNames.dashed(groups.get(0).id()) + " and "
                    + LvmNames.dashed(groups.get(1).id()) + "; name only the disks of one of them");
        }
        VolumeGroup group = groups.get(0);
        if (address.volume().isEmpty()) {
            throw new RefusedException(address + " names no logical volume; there is " + listed(group.offered()));
        }
        LogicalVolume volume = group.volumes().get(address.volume());
        if (volume == null || volume.is("snapshot")) {
            throw new NotFoundException(address + ": no such logical volume; there is " + listed(group.offered()));
        }
        return new VolumeChoice(group, volume);
    }

    static String listed(List<String> names) {
        if (names.isEmpty()) {
            return "none";
        }
        String first = String.join(", ", names.subList(0, Math.min(MAX_LISTED, names.size())));
        return names.size() > MAX_LISTED ? first + " and " + (names.size() - MAX_LISTED) + " more" : first;
    }
}
