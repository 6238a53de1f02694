package dev.varve.repository;

import java.io.IOException;
import java.util.List;

/** The sealed manifests of a repository. What they say is the business of the layer above. Thread safe. */
public interface ManifestStore {
    /** The object name of the snapshot of this name and host; says nothing to those without the key. */
    String objectName(String host, String snapshotName);

    /** Object names of all manifests, in no order. */
    List<String> list() throws IOException;

    /**
     * The plaintext of a manifest.
     *
     * @throws dev.varve.model.NotFoundException if there is none
     * @throws dev.varve.model.CorruptException if it is damaged or not by this repository's key
     */
    byte[] read(String objectName) throws IOException;

    /**
     * Publishes a manifest: the commit of a snapshot. Everything that it refers to must be durable.
     *
     * @throws dev.varve.model.AlreadyExistsException if the name is taken, or was taken by a snapshot that is forgotten;
     *     exactly one of several racing calls wins
     */
    void publish(String objectName, byte[] plaintext) throws IOException;

    /** Whether a snapshot of this name was forgotten: then the name is not used again. */
    boolean isForgotten(String objectName) throws IOException;

    /**
     * Removes a snapshot; its name stays taken. Killed at any point it has removed it or not, and may be called again. What the
     * snapshot held stays stored until a prune.
     */
    void forget(String objectName) throws IOException;
}
