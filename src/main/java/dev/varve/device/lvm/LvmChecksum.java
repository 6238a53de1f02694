package dev.varve.device.lvm;

/** LVM's checksum of labels and metadata: the CRC-32 of Ethernet, reflected, from a start value of its own and without the last inversion. */
final class LvmChecksum {
    private static final int POLYNOMIAL = 0xedb88320;
    private static final int INITIAL = 0xf597a6cf;
    private static final int[] TABLE = table();

    private LvmChecksum() {}

    private static int[] table() {
        int[] table = new int[256];
        for (int i = 0; i < table.length; i++) {
            int register = i;
            for (int bit = 0; bit < 8; bit++) {
                register = (register & 1) == 0 ? register >>> 1 : register >>> 1 ^ POLYNOMIAL;
            }
            table[i] = register;
        }
        return table;
    }

    static int of(byte[] bytes, int offset, int length) {
        int register = INITIAL;
        for (int i = offset; i < offset + length; i++) {
            register = register >>> 8 ^ TABLE[(register ^ bytes[i]) & 0xff];
        }
        return register;
    }
}
