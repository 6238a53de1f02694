package dev.varve.model;

/** A volume that this reader cannot read correctly as files; a raw image of it always works. */
public final class UnsupportedVolumeException extends VarveException {
    private static final long serialVersionUID = 1L;

    /** @param feature what stands in the way, by the kernel's name where it has one */
    public UnsupportedVolumeException(String volume, String feature) {
        super(volume + ": " + feature + "; back it up as a raw image with --raw");
    }
}
