package dev.varve.backend.sftp;

import java.io.IOException;

/**
 * What a server says of a file.
 *
 * @param sizeBytes −1 when it does not say
 * @param mode type and permission bits as in {@code stat(2)}; 0 when it does not say
 * @param modifiedSeconds since 1970; 0 when it does not say
 */
record SftpAttributes(long sizeBytes, int mode, long modifiedSeconds) {
    private static final int TYPE_MASK = 0170000;
    private static final int TYPE_DIRECTORY = 0040000;
    private static final int TYPE_REGULAR = 0100000;

    static SftpAttributes decode(SftpReply reply) throws IOException {
        int flags = reply.u32();
        long size = (flags & SftpProtocol.ATTRIBUTE_SIZE) == 0 ? -1 : reply.u64();
        if ((flags & SftpProtocol.ATTRIBUTE_OWNER) != 0) {
            reply.u64();
        }
        int mode = (flags & SftpProtocol.ATTRIBUTE_PERMISSIONS) == 0 ? 0 : reply.u32();
        long modified = 0;
        if ((flags & SftpProtocol.ATTRIBUTE_TIMES) != 0) {
            reply.u32();
            modified = Integer.toUnsignedLong(reply.u32());
        }
        if ((flags & SftpProtocol.ATTRIBUTE_EXTENDED) != 0) {
            int pairs = reply.u32();
            for (int i = 0; i < pairs; i++) {
                reply.bytes();
                reply.bytes();
            }
        }
        return new SftpAttributes(size, mode, modified);
    }

    boolean isDirectory() {
        return (mode & TYPE_MASK) == TYPE_DIRECTORY;
    }

    boolean isRegularFile() {
        return (mode & TYPE_MASK) == TYPE_REGULAR;
    }
}
