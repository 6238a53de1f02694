package dev.varve.repository;

import dev.varve.backend.Backend;
import dev.varve.backend.ObjectNames;
import dev.varve.bytes.ByteReader;
import dev.varve.bytes.ByteWriter;
import dev.varve.model.BackendException;
import dev.varve.model.CorruptException;
import dev.varve.model.NotFoundException;
import dev.varve.model.VarveException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Tags and holds of snapshots (docs/format.md, "Labels"). Each is an object of its own, which is written once; to take a label
 * off is to delete its objects, so whoever may only add can't release a hold. The same label put twice at once is two objects
 * that say the same. Thread safe. Memory: 200 bytes a label.
 */
public final class SnapshotLabels {
    public static final int TAG = 0;
    public static final int HOLD = 1;

    /** The longest tag, in bytes of UTF-8. */
    public static final int MAX_TAG_BYTES = 100;

    private static final int HEX_DIGITS = 32;

    private final Backend backend;
    private final SealedRecords records;
    private final SecureRandom random = new SecureRandom();

    SnapshotLabels(Backend backend, SealedRecords records) {
        this.backend = backend;
        this.records = records;
    }

    /** What one snapshot is labelled with. */
    public record Labels(Set<String> tags, boolean held) {
        public static final Labels NONE = new Labels(Set.of(), false);

        public Labels {
            tags = java.util.Collections.unmodifiableSet(new TreeSet<>(tags));
        }
    }

    /** All labels at one moment, by the object name of the snapshot, and what could not be read. */
    public record All(Map<String, Labels> bySnapshot, List<VarveException> problems) {
        public All {
            bySnapshot = Map.copyOf(bySnapshot);
            problems = List.copyOf(problems);
        }

        public Labels of(String snapshotObject) {
            return bySnapshot.getOrDefault(snapshotObject, Labels.NONE);
        }
    }

    /** Whether this may be a tag: visible characters without commas, at most {@link #MAX_TAG_BYTES} bytes. */
    public static boolean isTag(String text) {
        return !text.isEmpty()
                && text.getBytes(StandardCharsets.UTF_8).length <= MAX_TAG_BYTES
                && text.codePoints()
                        .noneMatch(c -> c == ','
                                || c == 0xFFFD
                                || Character.isWhitespace(c)
                                || Character.isSpaceChar(c)
                                || Character.isISOControl(c)
                                || Character.getType(c) == Character.FORMAT);
    }

    /**
     * Lists and reads all labels. One that is damaged counts as a hold, for it may have been one.
     */
    public All all() throws IOException {
        Map<String, List<Label>> found = new HashMap<>();
        List<VarveException> problems = new ArrayList<>();
        for (String object : objects(ObjectNames.LABELS)) {
            String snapshot = snapshotOf(object);
            if (snapshot == null) {
                continue;
            }
            Label label;
            try {
                label = readOrNull(object);
            } catch (BackendException e) {
                throw e;
            } catch (VarveException e) {
                problems.add(e);
                label = new Label(object, HOLD, "");
            }
            if (label == null) {
                continue;
            }
            found.computeIfAbsent(snapshot, none -> new ArrayList<>()).add(label);
        }
        Map<String, Labels> labels = new HashMap<>();
        found.forEach((snapshot, list) -> labels.put(snapshot, merged(list)));
        return new All(labels, problems);
    }

    /** The labels of one snapshot, read anew. @throws CorruptException if one is damaged */
    public Labels of(String snapshotObject) throws IOException {
        return merged(read(snapshotObject, false));
    }

    /** Puts a tag on a snapshot; nothing happens if it is there. */
    public void addTag(String snapshotObject, String tag) throws IOException {
        if (!isTag(tag)) {
            throw new IllegalArgumentException("not a tag: " + tag);
        }
        add(snapshotObject, TAG, tag);
    }

    /** Takes a tag off. @return whether it was there */
    public boolean removeTag(String snapshotObject, String tag) throws IOException {
        return remove(snapshotObject, TAG, tag);
    }

    /** From now on nothing removes this snapshot until it is released. */
    public void hold(String snapshotObject) throws IOException {
        add(snapshotObject, HOLD, "");
    }

    /** @return whether it was held */
    public boolean release(String snapshotObject) throws IOException {
        return remove(snapshotObject, HOLD, "");
    }

    /** Removes all labels of a snapshot that is gone. */
    public void removeAll(String snapshotObject) throws IOException {
        for (String object : objects(prefix(snapshotObject))) {
            records.delete(object);
        }
    }

    private record Label(String object, int kind, String tag) {}

    private static Labels merged(List<Label> labels) {
        Set<String> tags = new TreeSet<>();
        boolean held = false;
        for (Label label : labels) {
            held |= label.kind == HOLD;
            if (label.kind == TAG) {
                tags.add(label.tag);
            }
        }
        return new Labels(tags, held);
    }

    private void add(String snapshotObject, int kind, String tag) throws IOException {
        for (Label label : read(snapshotObject, true)) {
            if (label.kind == kind && label.tag.equals(tag)) {
                return;
            }
        }
        byte[] name = new byte[HEX_DIGITS / 2];
        random.nextBytes(name);
        byte[] text = tag.getBytes(StandardCharsets.UTF_8);
        records.put(
                prefix(snapshotObject) + HexFormat.of().formatHex(name),
                SealedRecords.Kind.LABEL,
                new ByteWriter().u8(kind).u8(text.length).bytes(text).toByteArray());
    }

    private boolean remove(String snapshotObject, int kind, String tag) throws IOException {
        boolean found = false;
        for (Label label : read(snapshotObject, true)) {
            if (label.kind == kind && label.tag.equals(tag)) {
                records.delete(label.object);
                found = true;
            }
        }
        return found;
    }

    private List<Label> read(String snapshotObject, boolean passDamaged) throws IOException {
        List<Label> labels = new ArrayList<>();
        for (String object : objects(prefix(snapshotObject))) {
            try {
                Label label = readOrNull(object);
                if (label != null) {
                    labels.add(label);
                }
            } catch (CorruptException e) {
                if (!passDamaged) {
                    throw e;
                }
                // A damaged label stays, and counts as a hold, until release deletes its object.
                labels.add(new Label(object, HOLD, ""));
            }
        }
        return labels;
    }

    /** @return null when it was taken off since it was listed */
    private Label readOrNull(String object) throws IOException {
        try {
            return read(object);
        } catch (NotFoundException e) {
            return null;
        }
    }

    private Label read(String object) throws IOException {
        ByteReader in = records.read(object, SealedRecords.Kind.LABEL);
        int kind = in.u8();
        String tag = new String(in.bytes(in.u8()), StandardCharsets.UTF_8);
        in.expectEnd();
        if (kind == TAG ? !isTag(tag) : kind != HOLD || !tag.isEmpty()) {
            throw in.corrupt("impossible label");
        }
        return new Label(object, kind, tag);
    }

    private List<String> objects(String prefix) throws IOException {
        List<String> names = new ArrayList<>();
        backend.list(prefix, object -> names.add(object.name()));
        return names;
    }

    /** {@code labels/<32 hex of the snapshot>-}. */
    private static String prefix(String snapshotObject) {
        return ObjectNames.LABELS + snapshotObject.substring(ObjectNames.SNAPSHOTS.length()) + "-";
    }

    /** The snapshot of a label's object name, or null when it is no label's. */
    private static String snapshotOf(String object) {
        String name = object.substring(ObjectNames.LABELS.length());
        return name.matches("[0-9a-f]{32}-[0-9a-f]{32}") ? ObjectNames.SNAPSHOTS + name.substring(0, HEX_DIGITS) : null;
    }
}
