package dev.varve.device.lvm;

import dev.varve.bytes.ByteReader;
import dev.varve.device.BlockSource;
import dev.varve.model.CorruptException;
import dev.varve.model.RefusedException;
import java.io.IOException;

/**
 * The first block of a thin pool's metadata: thin_disk_superblock of the kernel's {@code dm-thin-metadata.c}.
 *
 * @param mappingRoot block of the tree of devices, whose values are the roots of their mappings
 * @param detailsRoot block of the tree of what is known of each device
 * @param blockBytes size of a data block
 */
record ThinSuperblock(long transaction, long mappingRoot, long detailsRoot, long blockBytes) {
    private static final long MAGIC = 27022010;
    private static final int SALT = 160774;
    private static final int MAX_VERSION = 2;
    private static final int UUID_BYTES = 16;
    private static final int SPACE_MAP_ROOT_BYTES = 128;
    private static final int MIN_BLOCK_SECTORS = 128;
    private static final int MAX_BLOCK_SECTORS = 1 << 21;

    /**
     * @throws CorruptException if it is damaged
     * @throws RefusedException if it has features that are not known here
     */
    static ThinSuperblock read(BlockSource metadata) throws IOException {
        byte[] block = Sources.readBytes(metadata, 0, ThinNode.BLOCK_BYTES);
        ByteReader reader = ByteReader.of(metadata.name(), block);
        int checksum = reader.i32();
        reader.i32(); // flags: needs_check is no obstacle to reading
        long place = reader.u64();
        reader.skip(UUID_BYTES);
        if (reader.u64() != MAGIC) {
            throw reader.corrupt("no thin pool metadata here");
        }
        if (checksum != ThinNode.checksum(block, SALT) || place != 0) {
            throw reader.corrupt(
                    "the superblock of the thin pool has a wrong checksum; repair it with thin_repair first");
        }
        long version = reader.u32();
        if (version < 1 || version > MAX_VERSION) {
            throw new RefusedException(metadata.name() + ": thin pool metadata of version " + version
                    + "; varve reads 1 to " + MAX_VERSION + ": use a newer varve, or lvm2");
        }
        reader.i32(); // its time, which counts snapshots
        long transaction = reader.u64();
        reader.u64(); // held root: a metadata snapshot for user space
        reader.skip(2 * SPACE_MAP_ROOT_BYTES);
        long mappingRoot = reader.u64();
        long detailsRoot = reader.u64();
        int sectors = reader.u32("data block size in sectors", MIN_BLOCK_SECTORS, MAX_BLOCK_SECTORS);
        int metadataSectors = ThinNode.BLOCK_BYTES / Sources.SECTOR_BYTES;
        reader.u32("metadata block size in sectors", metadataSectors, metadataSectors);
        reader.u64(); // size of the metadata device
        reader.i32();
        reader.i32(); // compatible features
        int incompatible = reader.i32();
        if (incompatible != 0) {
            throw new RefusedException(metadata.name() + ": thin pool metadata with unknown features (0x"
                    + Integer.toHexString(incompatible) + "): use a newer varve, or lvm2");
        }
        return new ThinSuperblock(transaction, mappingRoot, detailsRoot, (long) sectors * Sources.SECTOR_BYTES);
    }
}
