package dev.varve.snapshot;

/** Constants of the metadata chunks and the manifest (docs/format.md, "A volume, as stored"). */
public final class SnapshotFormat {
    /** First byte of a chunk that holds parts of a content. */
    public static final int PARTS_TAG = 0x70;

    /** First byte of an inode page. */
    public static final int INODE_PAGE_TAG = 0x69;

    /** First byte of a directory leaf. */
    public static final int DIRECTORY_LEAF_TAG = 0x64;

    /** First byte of an inner directory node. */
    public static final int DIRECTORY_NODE_TAG = 0x44;

    /** First byte of an image region. */
    public static final int IMAGE_REGION_TAG = 0x72;

    /** First eight bytes of a manifest's plaintext: "VARVEMAN", little-endian. */
    public static final long MANIFEST_MAGIC = 0x4e414d4556524156L;

    public static final int MANIFEST_VERSION = 1;

    /** No chunk that a content refers to is longer; nor is any chunk of metadata. */
    static final int MAX_CHUNK_BYTES = 8 << 20;

    /** Bytes of an inode's record that a writer stores at most, so that a page of the largest inodes is still one chunk. */
    static final int MAX_INODE_BYTES = 100 << 10;

    /** Bytes of names and values of attributes that one inode can have; what a page costs decoded is bounded by it. */
    static final int MAX_XATTR_BYTES = 1 << 20;

    /** Inodes of a page. */
    public static final int INODES_PER_PAGE = 64;

    /** Slots of a block of a fixed-record index. */
    public static final int INDEX_BLOCK_SLOTS = 256;

    /** Bytes of a block of a fixed-record index. */
    public static final int INDEX_BLOCK_BYTES = INDEX_BLOCK_SLOTS * 32;

    /** Device blocks of an image region. */
    public static final int REGION_BLOCKS = 32768;

    /** Bytes of a raw chunk of an image region; the last of a run may be shorter. */
    public static final int RAW_CHUNK_BYTES = 32 * 1024;

    /** A node of parts or entries is not cut before it holds this many. */
    public static final int NODE_MIN = 64;

    /** A node of parts or entries is cut at the latest when it holds this many. */
    public static final int NODE_MAX = 1024;

    /** Inner directory nodes above a leaf; more than any directory needs. */
    static final int DIRECTORY_MAX_LEVELS = 8;

    private SnapshotFormat() {}

    /** Whether a node ends after its {@code count}th item, whose hash this is: about 256 after the least, so that an insertion moves few boundaries. */
    static boolean cutsAfter(int count, long hash) {
        return count >= NODE_MAX || (count >= NODE_MIN && (hash & 0xff) == 0);
    }
}
