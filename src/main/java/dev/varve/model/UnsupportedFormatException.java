package dev.varve.model;

/** A stored object of a version or with an option that this program does not know: a newer varve is needed. */
public final class UnsupportedFormatException extends VarveException {
    private static final long serialVersionUID = 1L;

    public UnsupportedFormatException(String resource, String found, String supported) {
        super(resource + ": found " + found + ", this varve reads " + supported + "; use a newer varve");
    }
}
