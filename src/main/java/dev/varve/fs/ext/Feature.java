package dev.varve.fs.ext;

import dev.varve.model.UnsupportedVolumeException;
import java.util.ArrayList;
import java.util.List;

/** The feature bits of the superblock by the names e2fsprogs gives them, and which of them this reader reads correctly. */
enum Feature {
    DIR_PREALLOC(Set.COMPAT, 0x1, "dir_prealloc"),
    IMAGIC_INODES(Set.COMPAT, 0x2, "imagic_inodes"),
    HAS_JOURNAL(Set.COMPAT, 0x4, "has_journal"),
    EXT_ATTR(Set.COMPAT, 0x8, "ext_attr"),
    RESIZE_INODE(Set.COMPAT, 0x10, "resize_inode"),
    DIR_INDEX(Set.COMPAT, 0x20, "dir_index"),
    LAZY_BG(Set.COMPAT, 0x40, "lazy_bg"),
    EXCLUDE_BITMAP(Set.COMPAT, 0x100, "exclude_bitmap"),
    SPARSE_SUPER2(Set.COMPAT, 0x200, "sparse_super2"),
    FAST_COMMIT(Set.COMPAT, 0x400, "fast_commit"),
    STABLE_INODES(Set.COMPAT, 0x800, "stable_inodes"),
    ORPHAN_FILE(Set.COMPAT, 0x1000, "orphan_file"),

    COMPRESSION(Set.INCOMPAT, 0x1, "compression", false),
    FILETYPE(Set.INCOMPAT, 0x2, "filetype"),
    NEEDS_RECOVERY(Set.INCOMPAT, 0x4, "needs_recovery"),
    JOURNAL_DEV(Set.INCOMPAT, 0x8, "journal_dev", false),
    META_BG(Set.INCOMPAT, 0x10, "meta_bg"),
    EXTENTS(Set.INCOMPAT, 0x40, "extent"),
    BIT64(Set.INCOMPAT, 0x80, "64bit"),
    MMP(Set.INCOMPAT, 0x100, "mmp"),
    FLEX_BG(Set.INCOMPAT, 0x200, "flex_bg"),
    EA_INODE(Set.INCOMPAT, 0x400, "ea_inode"),
    DIRDATA(Set.INCOMPAT, 0x1000, "dirdata", false),
    CSUM_SEED(Set.INCOMPAT, 0x2000, "metadata_csum_seed"),
    LARGEDIR(Set.INCOMPAT, 0x4000, "large_dir"),
    INLINE_DATA(Set.INCOMPAT, 0x8000, "inline_data"),
    ENCRYPT(Set.INCOMPAT, 0x10000, "encrypt", false),
    CASEFOLD(Set.INCOMPAT, 0x20000, "casefold"),

    SPARSE_SUPER(Set.RO_COMPAT, 0x1, "sparse_super"),
    LARGE_FILE(Set.RO_COMPAT, 0x2, "large_file"),
    BTREE_DIR(Set.RO_COMPAT, 0x4, "btree_dir"),
    HUGE_FILE(Set.RO_COMPAT, 0x8, "huge_file"),
    GDT_CSUM(Set.RO_COMPAT, 0x10, "uninit_bg"),
    DIR_NLINK(Set.RO_COMPAT, 0x20, "dir_nlink"),
    EXTRA_ISIZE(Set.RO_COMPAT, 0x40, "extra_isize"),
    HAS_SNAPSHOT(Set.RO_COMPAT, 0x80, "snapshot", false),
    QUOTA(Set.RO_COMPAT, 0x100, "quota"),
    BIGALLOC(Set.RO_COMPAT, 0x200, "bigalloc"),
    METADATA_CSUM(Set.RO_COMPAT, 0x400, "metadata_csum"),
    REPLICA(Set.RO_COMPAT, 0x800, "replica", false),
    READONLY(Set.RO_COMPAT, 0x1000, "read-only"),
    PROJECT(Set.RO_COMPAT, 0x2000, "project"),
    SHARED_BLOCKS(Set.RO_COMPAT, 0x4000, "shared_blocks"),
    VERITY(Set.RO_COMPAT, 0x8000, "verity"),
    ORPHAN_PRESENT(Set.RO_COMPAT, 0x10000, "orphan_present");

    /** The three words of the superblock that hold feature bits. */
    enum Set {
        COMPAT,
        INCOMPAT,
        RO_COMPAT
    }

    private static final int EXT3_INCOMPAT = 0x2 | 0x4 | 0x8 | 0x10;
    private static final int EXT3_RO_COMPAT = 0x1 | 0x2 | 0x4;

    private final Set set;
    private final int bit;
    private final String label;
    private final boolean readable;

    Feature(Set set, int bit, String label) {
        this(set, bit, label, true);
    }

    Feature(Set set, int bit, String label, boolean readable) {
        this.set = set;
        this.bit = bit;
        this.label = label;
        this.readable = readable;
    }

    int bit() {
        return bit;
    }

    /** The bits of one superblock. */
    record Bits(int compat, int incompat, int roCompat) {
        private int word(Set set) {
            return switch (set) {
                case COMPAT -> compat;
                case INCOMPAT -> incompat;
                case RO_COMPAT -> roCompat;
            };
        }

        boolean has(Feature feature) {
            return (word(feature.set) & feature.bit) != 0;
        }

        /** Names in the order of the words, unknown bits by number. */
        List<String> names() {
            List<String> names = new ArrayList<>();
            for (Set set : Set.values()) {
                int rest = word(set);
                for (Feature feature : Feature.values()) {
                    if (feature.set == set && has(feature)) {
                        names.add(feature.label);
                        rest &= ~feature.bit;
                    }
                }
                if (rest != 0) {
                    names.add(unknown(set, rest));
                }
            }
            return names;
        }

        private static String unknown(Set set, int rest) {
            return set.name().toLowerCase(java.util.Locale.ROOT) + "_0x" + Integer.toHexString(rest);
        }

        /**
         * Refuses what this reader would read wrongly. Unknown read-only-compatible bits are refused as well: they leave
         * files readable, but may change what the allocation bitmaps mean, as bigalloc did.
         */
        void refuseUnreadable(String device) throws UnsupportedVolumeException {
            if (has(JOURNAL_DEV)) {
                throw new UnsupportedVolumeException(device, "external ext journal (journal_dev), not a file system");
            }
            if (has(ENCRYPT)) {
                throw new UnsupportedVolumeException(
                        device, "feature encrypt: names and data of encrypted directories are ciphertext");
            }
            int unknownIncompat = incompat;
            int unknownRoCompat = roCompat;
            for (Feature feature : Feature.values()) {
                if (has(feature) && !feature.readable) {
                    throw new UnsupportedVolumeException(device, "feature " + feature.label + " is not supported");
                }
                unknownIncompat &= feature.set == Set.INCOMPAT ? ~feature.bit : -1;
                unknownRoCompat &= feature.set == Set.RO_COMPAT ? ~feature.bit : -1;
            }
            if (unknownIncompat != 0) {
                throw new UnsupportedVolumeException(
                        device, "unknown feature " + unknown(Set.INCOMPAT, unknownIncompat));
            }
            if (unknownRoCompat != 0) {
                throw new UnsupportedVolumeException(
                        device, "unknown feature " + unknown(Set.RO_COMPAT, unknownRoCompat));
            }
        }

        /** The name blkid gives: ext4 has a feature that ext3 lacks, ext3 a journal. */
        String type() {
            if ((incompat & ~EXT3_INCOMPAT) != 0 || (roCompat & ~EXT3_RO_COMPAT) != 0) {
                return "ext4";
            }
            return has(HAS_JOURNAL) ? "ext3" : "ext2";
        }
    }
}
