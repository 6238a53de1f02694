package dev.varve.fs.ext;

import dev.varve.device.LongTable;
import dev.varve.device.OverlayBlockSource;
import dev.varve.model.CorruptException;
import java.io.IOException;
import java.util.zip.CRC32C;

/**
 * Replays a jbd2 log as the kernel does (fs/jbd2/recovery.c), but into an overlay: scan for the last committed transaction,
 * collect revokes, lay the committed blocks over the device. Drops a last transaction without a commit block. Hostile
 * input: a pass ends with an error once it has gone round the log. Used once, by one thread. Memory: 32 bytes a block.
 */
final class JournalReplay {
    private static final int DESCRIPTOR = 1;
    private static final int COMMIT = 2;
    private static final int REVOKE = 5;
    private static final int HEADER = 12;
    private static final int TAIL = 4;
    private static final int FLAG_ESCAPE = 1;
    private static final int FLAG_SAME_UUID = 2;
    private static final int FLAG_LAST_TAG = 8;
    private static final int UUID = 16;
    private static final int COMMIT_CHECKSUM = 16;
    private static final int COMMIT_SECONDS = 48;
    private static final int CRC32_TYPE = 1;
    private static final int CRC32_SIZE = 4;

    private enum Pass {
        SCAN,
        REVOKE,
        REPLAY
    }

    /** What the scan makes of a commit block. */
    private enum Verdict {
        COMMITTED,
        END
    }

    private final Layout layout;
    private final JournalFile file;
    private final JournalSuperblock journal;
    private final OverlayBlockSource.Builder overlay;
    private final LongTable revoked = new LongTable();
    private final byte[] block;
    private final byte[] data;

    private boolean endKnown;
    private int end;
    private long next;
    private long consumed;
    private int transaction;
    private int blockChecksums;
    private long lastCommitSeconds;
    private boolean suspicious;

    JournalReplay(Layout layout, JournalFile file, JournalSuperblock journal, OverlayBlockSource.Builder overlay) {
        this.layout = layout;
        this.file = file;
        this.journal = journal;
        this.overlay = overlay;
        block = new byte[layout.superblock.blockSize];
        data = new byte[layout.superblock.blockSize];
    }

    /** @return the number of the first transaction that is not part of the log */
    int replay() throws IOException {
        pass(Pass.SCAN);
        if (!endKnown) {
            end = transaction;
        }
        endKnown = true;
        pass(Pass.REVOKE);
        pass(Pass.REPLAY);
        return end;
    }

    private void pass(Pass pass) throws IOException {
        next = journal.start;
        consumed = 0;
        transaction = journal.sequence;
        blockChecksums = ~0;
        while (pass == Pass.SCAN || transaction - end < 0) {
            long number = next;
            file.read(number, block);
            if (Raw.be32(block, 0) != JournalSuperblock.MAGIC || Raw.be32(block, 8) != transaction) {
                break;
            }
            advance(1);
            int type = Raw.be32(block, 4);
            if (type == DESCRIPTOR) {
                descriptor(pass, number);
            } else if (type == REVOKE) {
                revoke(pass, number);
            } else if (type == COMMIT) {
                if (pass == Pass.SCAN && commit(number) == Verdict.END) {
                    break;
                }
                transaction++;
            } else {
                break;
            }
        }
        if (pass != Pass.SCAN && transaction != end) {
            throw corrupt(next, "passes end at transactions " + end + " and " + transaction);
        }
    }

    private void advance(long count) throws CorruptException {
        consumed += count;
        if (consumed > journal.last - journal.first) {
            throw corrupt(next, "goes round in circles");
        }
        next += count;
        if (next >= journal.last) {
            next -= journal.last - journal.first;
        }
    }

    private void descriptor(Pass pass, long number) throws IOException {
        if (journal.checksummed() && !tailMatches()) {
            if (pass != Pass.SCAN) {
                throw corrupt(number, "descriptor block does not match its checksum");
            }
            suspicious = true; // may be a leftover: its commit block will tell by its time
        }
        boolean summing = pass == Pass.SCAN && journal.checksumV1 && !endKnown;
        if (summing) {
            blockChecksums = Crc32Be.update(blockChecksums, block);
        }
        int tagBytes = journal.tagBytes();
        int limit = block.length - (journal.checksummed() ? TAIL : 0);
        int at = HEADER;
        while (at + tagBytes <= limit) {
            int flags = Raw.be16(block, at + 6);
            long dataBlock = next;
            advance(1);
            if (summing) {
                file.read(dataBlock, data);
                blockChecksums = Crc32Be.update(blockChecksums, data);
            } else if (pass == Pass.REPLAY) {
                layOver(at, flags, dataBlock);
            }
            at += tagBytes + ((flags & FLAG_SAME_UUID) == 0 ? UUID : 0);
            if ((flags & FLAG_LAST_TAG) != 0) {
                break;
            }
        }
    }

    private void layOver(int tag, int flags, long dataBlock) throws IOException {
        long target = Raw.ube32(block, tag) | (journal.wide ? Raw.ube32(block, tag + 8) << 32 : 0);
        if (revoked.contains(target) && transaction - (int) revoked.get(target, 0) <= 0) {
            return;
        }
        if (target < 0 || target >= layout.superblock.blocksCount) {
            throw corrupt(next, "holds block " + target + ", outside the file system");
        }
        if (journal.checksummed()) {
            file.read(dataBlock, data);
            byte[] sequence = new byte[4];
            Raw.putBe32(sequence, 0, transaction);
            CRC32C crc = journal.seed.begin();
            crc.update(sequence);
            crc.update(data);
            int checksum = Crc32cChain.state(crc);
            boolean matches = journal.checksumV3
                    ? checksum == Raw.be32(block, tag + 12)
                    : (checksum & 0xffff) == Raw.be16(block, tag + 4);
            if (!matches) {
                throw corrupt(dataBlock, "block for device block " + target + " does not match its checksum");
            }
        }
        overlay.redirect(target, file.offset(dataBlock), (flags & FLAG_ESCAPE) != 0);
    }

    private void revoke(Pass pass, long number) throws CorruptException {
        boolean matches = !journal.checksummed() || tailMatches();
        if (pass == Pass.SCAN) {
            suspicious |= !matches;
        }
        if (pass != Pass.REVOKE) {
            return;
        }
        long used = Raw.ube32(block, HEADER);
        int limit = block.length - (journal.checksummed() ? TAIL : 0);
        if (!matches || used > limit) {
            throw corrupt(
                    number,
                    matches ? "revoke block of " + used + " bytes" : "revoke block does not match its checksum");
        }
        int record = journal.wide ? 8 : 4;
        for (int at = HEADER + 4; at + record <= used; at += record) {
            long target = journal.wide ? Raw.be64(block, at) : Raw.ube32(block, at);
            boolean newer = !revoked.contains(target) || transaction - (int) revoked.get(target, 0) > 0;
            if (target >= 0 && newer) {
                revoked.put(target, transaction);
            }
        }
    }

    private Verdict commit(long number) throws CorruptException {
        long seconds = Raw.be64(block, COMMIT_SECONDS);
        if (suspicious) {
            if (seconds >= lastCommitSeconds) {
                throw corrupt(number, "transaction " + transaction + " does not match its checksum");
            }
            return Verdict.END;
        }
        boolean matches = journal.checksumV1 ? matchesV1(number) : !journal.checksummed() || commitChecksumMatches();
        if (!matches) {
            if (seconds < lastCommitSeconds) {
                return Verdict.END; // left over from an earlier round
            }
            if (!journal.asyncCommit) {
                throw corrupt(number, "commit block of transaction " + transaction + " does not match its checksum");
            }
            endKnown = true;
            end = transaction;
            return Verdict.COMMITTED;
        }
        lastCommitSeconds = seconds;
        return Verdict.COMMITTED;
    }

    private boolean matchesV1(long number) throws CorruptException {
        if (endKnown) {
            // A transaction after the one that failed: that one was no unfinished tail.
            throw corrupt(number, "transaction " + end + " does not match its checksum");
        }
        int stored = Raw.be32(block, COMMIT_CHECKSUM);
        int type = Raw.u8(block, HEADER);
        int size = Raw.u8(block, HEADER + 1);
        boolean unused = type == 0 && size == 0 && stored == 0;
        boolean matches = type == CRC32_TYPE && size == CRC32_SIZE && stored == blockChecksums;
        if (unused || matches) {
            blockChecksums = ~0;
        }
        return unused || matches;
    }

    private boolean commitChecksumMatches() {
        return sumWithout(COMMIT_CHECKSUM) == Raw.be32(block, COMMIT_CHECKSUM);
    }

    private boolean tailMatches() {
        int tail = block.length - TAIL;
        return sumWithout(tail) == Raw.be32(block, tail);
    }

    /** The checksum of the block with the four bytes at {@code offset} taken as zeros. */
    private int sumWithout(int offset) {
        CRC32C crc = journal.seed.begin();
        crc.update(block, 0, offset);
        crc.update(new byte[4]);
        crc.update(block, offset + 4, block.length - offset - 4);
        return Crc32cChain.state(crc);
    }

    private CorruptException corrupt(long journalBlock, String reason) throws CorruptException {
        return layout.corrupt(file.offset(journalBlock), "journal " + reason + "; run e2fsck");
    }
}
