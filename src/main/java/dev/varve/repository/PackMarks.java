package dev.varve.repository;

import dev.varve.backend.Backend;
import dev.varve.backend.ObjectNames;
import dev.varve.bytes.ByteReader;
import dev.varve.bytes.ByteWriter;
import dev.varve.model.BackendException;
import dev.varve.model.CorruptException;
import dev.varve.model.NotFoundException;
import dev.varve.model.PackId;
import dev.varve.model.VarveException;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Marks of packs that are to be deleted, and keeps, by which a running backup says which of those it builds on (docs/format.md,
 * "Marks"; why this is safe: docs/decisions). Thread safe. Memory: what is listed.
 */
public final class PackMarks {
    private static final int NAME_BYTES = 16;
    private static final String HOT_TIER = "0".repeat(2 * NAME_BYTES);
    private static final int MAX_SNAPSHOTS = 200_000;
    private static final int MAX_MARKS = 10_000;

    /** A keep names no more, so that it is one envelope. */
    private static final int MAX_KEPT = 400_000;

    private final Backend backend;
    private final SealedRecords records;
    private final StoredPacks packs;
    private final SecureRandom random = new SecureRandom();

    /** Looks for packs in all tiers. */
    @FunctionalInterface
    interface StoredPacks {
        /** Those that are not there. */
        Set<PackId> missing(Set<PackId> wanted) throws IOException;
    }

    PackMarks(Backend backend, SealedRecords records, StoredPacks packs) {
        this.backend = backend;
        this.records = records;
        this.packs = packs;
    }

    /** Object names of all marks, sorted. */
    public Set<String> names() throws IOException {
        Set<String> names = new TreeSet<>();
        backend.list(ObjectNames.MARKS, object -> {
            if (isName(object.name().substring(ObjectNames.MARKS.length()))) {
                names.add(object.name());
            }
        });
        return names;
    }

    /**
     * All marks by name.
     *
     * @param known those that were read before; a mark never changes
     * @throws CorruptException if one is damaged: deleting it harms nothing
     */
    public Map<String, PruneMark> all(Map<String, PruneMark> known) throws IOException {
        Map<String, PruneMark> marks = new TreeMap<>();
        for (String name : names()) {
            PruneMark mark = known.get(name);
            try {
                marks.put(name, mark != null ? mark : read(name));
            } catch (NotFoundException e) {
                marks.remove(name); // taken back since it was listed
            }
        }
        return marks;
    }

    /** Removes marks that can't be read: no packs are deleted by them. @return what was wrong with them */
    public List<VarveException> removeDamaged() throws IOException {
        List<VarveException> problems = new ArrayList<>();
        for (String name : names()) {
            VarveException problem = damageOf(name);
            if (problem != null) {
                records.delete(name);
                problems.add(problem);
            }
        }
        return problems;
    }

    /** @return null if the mark can be read, or was taken back since it was listed */
    private VarveException damageOf(String name) throws IOException {
        try {
            read(name);
            return null;
        } catch (NotFoundException e) {
            return null;
        } catch (CorruptException e) {
            return e;
        }
    }

    /** Marks packs of one tier ({@link PruneMark#tier}). @return the mark, which is stored */
    public PruneMark put(String tier, Instant time, Set<String> snapshots, Set<String> knew, Set<PackId> packs)
            throws IOException {
        PruneMark mark = new PruneMark(ObjectNames.MARKS + randomName(), tier, time, snapshots, knew, packs);
        ByteWriter out = new ByteWriter();
        out.u64(time.getEpochSecond());
        out.bytes(tier.isEmpty() ? new byte[NAME_BYTES] : HexFormat.of().parseHex(tier));
        names(out, snapshots, ObjectNames.SNAPSHOTS);
        names(out, knew, ObjectNames.MARKS);
        packs(out, packs);
        records.put(mark.objectName(), SealedRecords.Kind.MARK, out.toByteArray());
        return mark;
    }

    /** Takes a mark back, with all its keeps. */
    public void remove(String markName) throws IOException {
        records.delete(markName);
        for (String keep : keeps(markName)) {
            records.delete(keep);
        }
    }

    /** Says that these packs of a mark are needed by what is not published yet. */
    public void keep(String markName, Collection<PackId> packs) throws IOException {
        List<PackId> all = new ArrayList<>(packs);
        for (int from = 0; from < all.size(); from += MAX_KEPT) {
            ByteWriter out = new ByteWriter();
            packs(out, all.subList(from, Math.min(all.size(), from + MAX_KEPT)));
            records.put(keepPrefix(markName) + randomName(), SealedRecords.Kind.KEEP, out.toByteArray());
        }
    }

    /**
     * The packs of a mark that some backup needs.
     *
     * @throws CorruptException if a keep is damaged: then it is not known which
     * @throws NotFoundException if the mark is taken back meanwhile: its keeps may have gone before they were listed
     */
    public Set<PackId> kept(String markName) throws IOException {
        Set<PackId> kept = new HashSet<>();
        for (String keep : keeps(markName)) {
            ByteReader in = records.read(keep, SealedRecords.Kind.KEEP);
            kept.addAll(packs(in, MAX_KEPT));
            in.expectEnd();
        }
        if (!isThere(markName)) { // a mark goes before its keeps: while it stands, all of them were seen
            throw new NotFoundException(markName + ": was taken back");
        }
        return kept;
    }

    /** Removes keeps whose mark is gone. */
    public void removeLooseKeeps() throws IOException {
        List<String> keeps = new ArrayList<>();
        backend.list(ObjectNames.KEEPS, object -> keeps.add(object.name()));
        // Marks are listed after keeps: whose mark is not there now has been decided upon.
        Set<String> marks = names();
        for (String keep : keeps) {
            String name = keep.substring(ObjectNames.KEEPS.length());
            int dash = name.indexOf('-');
            if (dash > 0 && !marks.contains(ObjectNames.MARKS + name.substring(0, dash))) {
                records.delete(keep);
            }
        }
    }

    boolean isThere(String objectName) throws IOException {
        return records.exists(objectName);
    }

    /** Those of these packs that are in no tier now. Memory: 100 bytes for each pack there is. */
    Set<PackId> missing(Set<PackId> wanted) throws IOException {
        return packs.missing(wanted);
    }

    private PruneMark read(String name) throws IOException {
        ByteReader in;
        try {
            in = records.read(name, SealedRecords.Kind.MARK);
        } catch (NotFoundException | BackendException e) {
            throw e;
        } catch (CorruptException e) {
            CorruptException corrupt =
                    new CorruptException(name, -1, "the mark is damaged; varve prune removes it, which harms nothing");
            corrupt.initCause(e);
            throw corrupt;
        }
        long seconds = in.u64();
        String tier = HexFormat.of().formatHex(in.bytes(NAME_BYTES));
        Set<String> snapshots = names(in, ObjectNames.SNAPSHOTS, MAX_SNAPSHOTS);
        Set<String> knew = names(in, ObjectNames.MARKS, MAX_MARKS);
        Set<PackId> packs = packs(in, PruneMark.MAX_PACKS);
        in.expectEnd();
        if (seconds < 0 || seconds > Instant.MAX.getEpochSecond()) {
            throw in.corrupt("an impossible time");
        }
        return new PruneMark(
                name, tier.equals(HOT_TIER) ? "" : tier, Instant.ofEpochSecond(seconds), snapshots, knew, packs);
    }

    private List<String> keeps(String markName) throws IOException {
        List<String> names = new ArrayList<>();
        backend.list(keepPrefix(markName), object -> names.add(object.name()));
        return names;
    }

    private static String keepPrefix(String markName) {
        return ObjectNames.KEEPS + markName.substring(ObjectNames.MARKS.length()) + "-";
    }

    private String randomName() {
        byte[] name = new byte[NAME_BYTES];
        random.nextBytes(name);
        return HexFormat.of().formatHex(name);
    }

    private static boolean isName(String name) {
        return name.length() == 2 * NAME_BYTES
                && name.chars().allMatch(c -> c >= '0' && c <= '9' || c >= 'a' && c <= 'f');
    }

    private static void names(ByteWriter out, Set<String> names, String prefix) {
        out.u32(names.size());
        for (String name : new TreeSet<>(names)) {
            out.bytes(HexFormat.of().parseHex(name.substring(prefix.length())));
        }
    }

    private static Set<String> names(ByteReader in, String prefix, int max) throws CorruptException {
        int count = in.u32("number of names", 0, max);
        Set<String> names = new HashSet<>();
        for (int i = 0; i < count; i++) {
            names.add(prefix + HexFormat.of().formatHex(in.bytes(NAME_BYTES)));
        }
        return names;
    }

    private static void packs(ByteWriter out, Collection<PackId> packs) {
        out.u32(packs.size());
        for (PackId pack : new TreeSet<>(packs)) {
            out.bytes(HexFormat.of().parseHex(pack.toHex()));
        }
    }

    private static Set<PackId> packs(ByteReader in, int max) throws CorruptException {
        int count = in.u32("number of packs", 0, max);
        Set<PackId> packs = new HashSet<>();
        for (int i = 0; i < count; i++) {
            packs.add(PackId.parse(HexFormat.of().formatHex(in.bytes(PackId.BYTES))));
        }
        return packs;
    }
}
