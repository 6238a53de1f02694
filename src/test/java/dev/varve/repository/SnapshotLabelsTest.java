package dev.varve.repository;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.backend.memory.MemoryBackend;
import dev.varve.crypto.KeyDerivation;
import dev.varve.crypto.Password;
import dev.varve.model.AlreadyExistsException;
import dev.varve.model.CorruptException;
import dev.varve.model.NotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotLabelsTest {
    @TempDir
    Path temp;

    private final MemoryBackend backend = new MemoryBackend();
    private Repository repository;
    private SnapshotLabels labels;
    private String first;
    private String second;

    @BeforeEach
    void make() throws IOException {
        repository = Repository.create(
                backend, temp.resolve("index"), Password.of("secret".toCharArray()), new KeyDerivation(64, 1, 1));
        labels = repository.labels();
        first = repository.manifests().objectName("web", "2024-05-01");
        second = repository.manifests().objectName("web", "2024-05-02");
    }

    @AfterEach
    void close() throws IOException {
        repository.close();
    }

    private List<String> objects(String prefix) {
        List<String> names = new ArrayList<>();
        backend.list(prefix, object -> names.add(object.name()));
        return names;
    }

    @Test
    void labelsArePutOnAndTakenOff() throws IOException {
        labels.addTag(first, "release");
        labels.addTag(first, "a");
        labels.addTag(first, "release");
        labels.hold(first);
        labels.hold(first);
        labels.addTag(second, "a");
        assertEquals(4, objects("labels/").size());
        assertEquals(new SnapshotLabels.Labels(Set.of("a", "release"), true), labels.of(first));
        assertEquals(new SnapshotLabels.Labels(Set.of("a"), false), labels.all().of(second));
        assertEquals(SnapshotLabels.Labels.NONE, labels.all().of("snapshots/" + "0".repeat(32)));
        assertTrue(labels.removeTag(first, "a"));
        assertFalse(labels.removeTag(first, "a"));
        assertTrue(labels.release(first));
        assertFalse(labels.release(first));
        assertEquals(new SnapshotLabels.Labels(Set.of("release"), false), labels.of(first));
        labels.removeAll(first);
        assertEquals(SnapshotLabels.Labels.NONE, labels.of(first));
        assertEquals(new SnapshotLabels.Labels(Set.of("a"), false), labels.of(second));
    }

    @Test
    void whatCanBeATag() {
        for (String good : List.of("a", "before-upgrade", "größe", "v1.2/x", "x".repeat(100))) {
            assertTrue(SnapshotLabels.isTag(good), good);
        }
        for (String bad : List.of("", "a b", "a,b", "a\n", "\u00a0", "\u202e", "\ufffd", "x".repeat(101))) {
            assertFalse(SnapshotLabels.isTag(bad), bad);
            assertThrows(IllegalArgumentException.class, () -> labels.addTag(first, bad));
        }
    }

    @Test
    void aLabelThatIsDamagedOrMovedCountsAsAHoldAndReleaseRemovesIt() throws IOException {
        labels.addTag(first, "a");
        String object = objects("labels/").get(0);
        ByteBuffer content = ByteBuffer.allocate((int) backend.size(object));
        backend.read(object, 0, content);
        String moved = "labels/" + second.substring("snapshots/".length()) + object.substring(object.indexOf('-'));
        backend.put(moved, content.flip());
        assertTrue(labels.all().of(second).held());
        assertEquals(1, labels.all().problems().size());
        assertThrows(CorruptException.class, () -> labels.of(second));
        assertTrue(labels.release(second));
        assertEquals(List.of(object), objects("labels/"));
        assertEquals(List.of(), labels.all().problems());
    }

    @Test
    void everyFlippedByteOfALabelIsFound() throws IOException {
        labels.addTag(first, "a");
        String object = objects("labels/").get(0);
        byte[] content = new byte[(int) backend.size(object)];
        backend.read(object, 0, ByteBuffer.wrap(content));
        for (int i = 0; i < content.length; i++) {
            backend.delete(object);
            content[i] ^= 1;
            backend.put(object, ByteBuffer.wrap(content));
            content[i] ^= 1;
            assertTrue(labels.all().of(first).held(), "byte " + i);
        }
        for (int length = 0; length < content.length; length++) {
            backend.delete(object);
            backend.put(object, ByteBuffer.wrap(content, 0, length));
            assertTrue(labels.all().of(first).held(), "length " + length);
        }
    }

    @Test
    void theNameOfAForgottenSnapshotIsNotUsedAgain() throws IOException {
        ManifestStore manifests = repository.manifests();
        manifests.publish(first, new byte[] {1});
        assertFalse(manifests.isForgotten(first));
        manifests.forget(first);
        manifests.forget(first);
        assertTrue(manifests.isForgotten(first));
        assertThrows(NotFoundException.class, () -> manifests.read(first));
        assertThrows(AlreadyExistsException.class, () -> manifests.publish(first, new byte[] {2}));
        assertEquals(List.of(), manifests.list());
        manifests.publish(second, new byte[] {2});
        assertEquals(List.of(second), manifests.list());
    }
}
