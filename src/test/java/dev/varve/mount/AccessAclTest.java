package dev.varve.mount;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.model.Attributes;
import dev.varve.model.ByteString;
import dev.varve.model.Timestamp;
import dev.varve.model.Xattr;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AccessAclTest {
    private static final int OWNER = 1000;
    private static final int GROUP = 2000;
    /** user::rwx, user:1234:---, user:1235:rwx, group::r--, group:99:rwx, mask::r-x, other::r-x. */
    private static final byte[] ACL = acl(new int[][] {
        {1, 7, -1}, {2, 0, 1234}, {2, 7, 1235}, {4, 4, -1}, {8, 7, 99}, {8, 0, 98}, {0x10, 5, -1}, {0x20, 5, -1}
    });

    @Test
    void rightsAreThoseOfTheFirstEntryThatFits() throws IOException {
        assertTrue(permits(ACL, new Caller(0, 0, 0), 7), "root");
        assertTrue(permits(ACL, new Caller(OWNER, 1, 0), 7), "the owner, whom no mask concerns");
        assertFalse(permits(ACL, new Caller(1234, GROUP, 0), 4), "named with nothing, though group and others may");
        assertTrue(permits(ACL, new Caller(1235, 1, 0), 5));
        assertFalse(permits(ACL, new Caller(1235, 1, 0), 2), "masked");
        int self = (int) ProcessHandle.current().pid();
        assertTrue(permits(ACL, new Caller(5, GROUP, self), 4));
        assertFalse(permits(ACL, new Caller(5, GROUP, self), 1), "the mask has x, the group has not");
        assertTrue(permits(ACL, new Caller(5, 99, self), 5));
        assertFalse(permits(ACL, new Caller(5, 98, self), 4), "a group with nothing does not fall through to others");
        assertTrue(permits(ACL, new Caller(5, 5, self), 5), "others");
    }

    @Test
    void whoseGroupsAreUnknownGetsNothingThatDependsOnThem() throws IOException {
        assertFalse(permits(ACL, new Caller(5, 99, 0), 4));
        assertFalse(permits(ACL, new Caller(5, 99, Integer.MAX_VALUE), 4));
    }

    @Test
    void groupsAreReadFromTheStatusOfTheProcess() {
        Caller caller = new Caller(5, 6, 7);
        assertEquals(
                Set.of(6, 4, 24, -2), caller.groups("Name:\tx\nGid:\t1\t1\nGroups:\t4 24 4294967294 \nNStgid:\t1\n"));
        assertEquals(Set.of(6), caller.groups("Groups:\t\n"));
        assertNull(caller.groups("Name:\tx\n"));
    }

    @Test
    void whatIsNoAclGrantsNothing() throws IOException {
        for (int length = 0; length < ACL.length; length++) {
            if (length % 8 != 4) {
                assertFalse(permits(Arrays.copyOf(ACL, length), new Caller(5, 5, 0), 1), "cut to " + length);
            }
        }
        byte[] other = ACL.clone();
        other[0] = 3;
        assertFalse(permits(other, new Caller(OWNER, 5, 0), 1));
    }

    static byte[] acl(int[][] entries) {
        ByteBuffer acl = ByteBuffer.allocate(4 + 8 * entries.length).order(ByteOrder.LITTLE_ENDIAN);
        acl.putInt(2);
        for (int[] entry : entries) {
            acl.putShort((short) entry[0]).putShort((short) entry[1]).putInt(entry[2]);
        }
        return acl.array();
    }

    private static boolean permits(byte[] acl, Caller caller, int wanted) throws IOException {
        Timestamp t = Timestamp.EPOCH;
        Attributes attributes = new Attributes(0100644, OWNER, GROUP, 0, 0, 1, t, t, t, 0, 0, 0, 0);
        Xattr xattr = new Xattr(ByteString.utf8("system.posix_acl_access"), ByteString.of(acl));
        return AccessAcl.permits(List.of(xattr), attributes, caller, wanted);
    }
}
