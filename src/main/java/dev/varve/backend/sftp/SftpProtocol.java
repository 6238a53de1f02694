package dev.varve.backend.sftp;

/** The numbers of SFTP version 3 (draft-ietf-secsh-filexfer-02), and OpenSSH's extensions to it (its file PROTOCOL). */
final class SftpProtocol {
    static final int VERSION = 3;

    static final int INIT = 1;
    static final int VERSION_REPLY = 2;
    static final int OPEN = 3;
    static final int CLOSE = 4;
    static final int READ = 5;
    static final int WRITE = 6;
    static final int LSTAT = 7;
    static final int FSTAT = 8;
    static final int OPENDIR = 11;
    static final int READDIR = 12;
    static final int REMOVE = 13;
    static final int MKDIR = 14;
    static final int STAT = 17;
    static final int RENAME = 18;
    static final int EXTENDED = 200;

    static final int STATUS = 101;
    static final int HANDLE = 102;
    static final int DATA = 103;
    static final int NAME = 104;
    static final int ATTRS = 105;
    static final int EXTENDED_REPLY = 201;

    static final int OK = 0;
    static final int EOF = 1;
    static final int NO_SUCH_FILE = 2;
    static final int PERMISSION_DENIED = 3;
    static final int FAILURE = 4;
    static final int OP_UNSUPPORTED = 8;

    static final int OPEN_READ = 0x01;
    static final int OPEN_WRITE = 0x02;
    static final int OPEN_CREATE = 0x08;
    static final int OPEN_EXCLUSIVE = 0x20;

    static final int ATTRIBUTE_SIZE = 0x01;
    static final int ATTRIBUTE_OWNER = 0x02;
    static final int ATTRIBUTE_PERMISSIONS = 0x04;
    static final int ATTRIBUTE_TIMES = 0x08;
    static final int ATTRIBUTE_EXTENDED = 0x8000_0000;

    static final String FSYNC = "fsync@openssh.com";
    static final String HARDLINK = "hardlink@openssh.com";
    static final String STATVFS = "statvfs@openssh.com";

    /** Every server takes reads and writes of this many bytes. */
    static final int PIECE_BYTES = 32 << 10;

    /** More than any server sends; OpenSSH's messages have 256 KiB at most. */
    static final int MAX_MESSAGE_BYTES = 1 << 20;

    private SftpProtocol() {}
}
