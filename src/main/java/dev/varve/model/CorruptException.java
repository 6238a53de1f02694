package dev.varve.model;

/** Stored bytes are not what they must be: a damaged pack, manifest, segment, or file system. */
public final class CorruptException extends VarveException {
    private static final long serialVersionUID = 1L;

    private final String resource;
    private final long offset;

    /**
     * @param resource the object, file or device
     * @param offset bytes from its start, or −1 when the whole is meant
     */
    public CorruptException(String resource, long offset, String reason) {
        super(resource + (offset < 0 ? "" : " at byte " + offset) + ": " + reason);
        this.resource = resource;
        this.offset = offset;
    }

    public String resource() {
        return resource;
    }

    public long offset() {
        return offset;
    }
}
