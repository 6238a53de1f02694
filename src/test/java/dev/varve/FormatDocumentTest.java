package dev.varve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.chunk.ChunkerFormat;
import dev.varve.codec.Codec;
import dev.varve.codec.EnvelopeHeader;
import dev.varve.codec.FrameFormat;
import dev.varve.crypto.KeyDerivation;
import dev.varve.crypto.KeyFile;
import dev.varve.crypto.KeyPurpose;
import dev.varve.crypto.MasterKey;
import dev.varve.crypto.Sealer;
import dev.varve.index.IndexConstants;
import dev.varve.model.ChunkId;
import dev.varve.model.PackId;
import dev.varve.model.PackKind;
import dev.varve.pack.PackFormat;
import dev.varve.repository.RepositoryConfig;
import dev.varve.repository.SealedManifests;
import dev.varve.repository.SealedRecords;
import dev.varve.repository.SnapshotLabels;
import dev.varve.snapshot.Content;
import dev.varve.snapshot.SnapshotFormat;
import dev.varve.snapshot.StoredInode;
import dev.varve.tier.ReadCacheFormat;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Holds the constants of docs/format.md against the code's. A new constant goes into the document's last table and into {@link #inCode}. */
class FormatDocumentTest {
    private static final Pattern ROW = Pattern.compile("^\\| ([A-Z][A-Z0-9_]+) \\| (0x[0-9A-F]+|[0-9]+) \\|$");

    private static Map<String, Long> inCode() {
        Map<String, Long> code = new TreeMap<>();
        code.put("CONFIG_MAGIC", RepositoryConfig.MAGIC);
        code.put("CONFIG_VERSION", (long) RepositoryConfig.VERSION);
        code.put("CONFIG_BYTES", (long) RepositoryConfig.BYTES);
        code.put("KEY_FILE_MAGIC", KeyFile.MAGIC);
        code.put("KEY_FILE_VERSION", (long) KeyFile.VERSION);
        code.put("KDF_ARGON2ID", (long) KeyFile.KDF_ARGON2ID);
        code.put("KDF_SALT_BYTES", (long) KeyFile.SALT_BYTES);
        code.put("KDF_MAX_MEMORY_KIB", (long) KeyDerivation.MAX_MEMORY_KIB);
        code.put("KDF_MAX_PASSES", (long) KeyDerivation.MAX_PASSES);
        code.put("KDF_MAX_LANES", (long) KeyDerivation.MAX_LANES);
        code.put("KDF_DEFAULT_MEMORY_KIB", (long) KeyDerivation.DEFAULT.memoryKib());
        code.put("KDF_DEFAULT_PASSES", (long) KeyDerivation.DEFAULT.passes());
        code.put("MASTER_KEY_BYTES", (long) MasterKey.BYTES);
        code.put("NONCE_BYTES", (long) Sealer.NONCE_BYTES);
        code.put("TAG_BYTES", (long) Sealer.TAG_BYTES);
        code.put("ENVELOPE_HEADER_BYTES", (long) EnvelopeHeader.BYTES);
        code.put("ENVELOPE_VERSION", (long) EnvelopeHeader.VERSION);
        code.put("ENVELOPE_MAX_PLAIN_BYTES", (long) EnvelopeHeader.MAX_PLAIN_BYTES);
        code.put("CODEC_RAW", (long) Codec.RAW.code());
        code.put("CODEC_LZ4", (long) Codec.LZ4.code());
        code.put("CODEC_XZ", (long) Codec.XZ.code());
        code.put("FRAME_MAGIC", (long) FrameFormat.MAGIC);
        code.put("FRAME_HOT_TARGET_BYTES", (long) FrameFormat.HOT_TARGET_BYTES);
        code.put("FRAME_COLD_TARGET_BYTES", (long) FrameFormat.COLD_TARGET_BYTES);
        code.put("FRAME_MAX_CHUNKS", (long) FrameFormat.MAX_CHUNKS);
        code.put("KIND_DATA", (long) FrameFormat.code(PackKind.DATA));
        code.put("KIND_METADATA", (long) FrameFormat.code(PackKind.METADATA));
        code.put("CHUNK_ID_BYTES", (long) ChunkId.BYTES);
        code.put("CHUNK_MIN_BYTES", (long) ChunkerFormat.MIN_BYTES);
        code.put("CHUNK_NORMAL_BYTES", (long) ChunkerFormat.NORMAL_BYTES);
        code.put("CHUNK_MAX_BYTES", (long) ChunkerFormat.MAX_BYTES);
        code.put("CHUNK_EARLY_MASK", ChunkerFormat.EARLY_MASK);
        code.put("CHUNK_LATE_MASK", ChunkerFormat.LATE_MASK);
        code.put("PACK_MAGIC", (long) PackFormat.MAGIC);
        code.put("PACK_VERSION", (long) PackFormat.VERSION);
        code.put("PACK_HEADER_BYTES", (long) PackFormat.HEADER_BYTES);
        code.put("PACK_TARGET_BYTES", (long) PackFormat.TARGET_BYTES);
        code.put("TRAILER_MAGIC", (long) PackFormat.TRAILER_MAGIC);
        code.put("FOOTER_MAGIC", (long) PackFormat.FOOTER_MAGIC);
        code.put("FOOTER_BYTES", (long) PackFormat.FOOTER_BYTES);
        code.put("PACK_ID_BYTES", (long) PackId.BYTES);
        code.put("FRAME_TABLE_ENTRY_BYTES", (long) FrameFormat.TABLE_ENTRY_BYTES);
        code.put("MANIFEST_ENVELOPE_MAGIC", (long) SealedManifests.MAGIC);
        code.put("MANIFEST_MAGIC", SnapshotFormat.MANIFEST_MAGIC);
        code.put("MANIFEST_VERSION", (long) SnapshotFormat.MANIFEST_VERSION);
        code.put("RECORD_MAGIC", (long) SealedRecords.MAGIC);
        for (SealedRecords.Kind kind : SealedRecords.Kind.values()) {
            code.put("RECORD_" + kind, (long) kind.code());
        }
        code.put("LABEL_TAG", (long) SnapshotLabels.TAG);
        code.put("LABEL_HOLD", (long) SnapshotLabels.HOLD);
        code.put("LABEL_MAX_TAG_BYTES", (long) SnapshotLabels.MAX_TAG_BYTES);
        code.put("PARTS_TAG", (long) SnapshotFormat.PARTS_TAG);
        code.put("INODE_PAGE_TAG", (long) SnapshotFormat.INODE_PAGE_TAG);
        code.put("DIRECTORY_LEAF_TAG", (long) SnapshotFormat.DIRECTORY_LEAF_TAG);
        code.put("DIRECTORY_NODE_TAG", (long) SnapshotFormat.DIRECTORY_NODE_TAG);
        code.put("IMAGE_REGION_TAG", (long) SnapshotFormat.IMAGE_REGION_TAG);
        code.put("CONTENT_MAX_ROOT_PARTS", (long) Content.MAX_ROOT_PARTS);
        code.put("CONTENT_MAX_DEPTH", (long) Content.MAX_DEPTH);
        code.put("NODE_MIN", (long) SnapshotFormat.NODE_MIN);
        code.put("NODE_MAX", (long) SnapshotFormat.NODE_MAX);
        code.put("INODES_PER_PAGE", (long) SnapshotFormat.INODES_PER_PAGE);
        code.put("INDEX_BLOCK_SLOTS", (long) SnapshotFormat.INDEX_BLOCK_SLOTS);
        code.put("REGION_BLOCKS", (long) SnapshotFormat.REGION_BLOCKS);
        code.put("RAW_CHUNK_BYTES", (long) SnapshotFormat.RAW_CHUNK_BYTES);
        code.put("FINGERPRINT_BYTES", (long) StoredInode.FINGERPRINT_BYTES);
        code.put("READ_CACHE_TABLE_MAGIC", (long) ReadCacheFormat.TABLE_MAGIC);
        code.put("READ_CACHE_MAX_PARTS", (long) ReadCacheFormat.MAX_PARTS);
        code.put("READ_CACHE_TABLE_PART_BYTES", (long) ReadCacheFormat.TABLE_PART_BYTES);
        code.putAll(IndexConstants.inCode());
        return code;
    }

    @Test
    void everyConstantOfTheDocumentIsTheCodesAndTheOtherWayRound() throws IOException {
        Map<String, Long> documented = new TreeMap<>();
        for (String line : document().lines().toList()) {
            Matcher row = ROW.matcher(line);
            if (row.matches()) {
                String value = row.group(2);
                documented.put(
                        row.group(1),
                        value.startsWith("0x")
                                ? Long.parseUnsignedLong(value.substring(2), 16)
                                : Long.parseLong(value));
            }
        }
        assertEquals(inCode(), documented);
    }

    @Test
    void everyKeyLabelIsInTheDocument() throws IOException {
        String document = document();
        for (KeyPurpose purpose : KeyPurpose.values()) {
            assertTrue(document.contains("| `" + purpose.label() + "` |"), purpose.label());
        }
    }

    private static String document() throws IOException {
        return Files.readString(Path.of("docs/format.md"), StandardCharsets.UTF_8);
    }
}
