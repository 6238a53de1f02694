package dev.varve.mount;

import dev.varve.model.Attributes;
import dev.varve.model.ByteString;
import dev.varve.model.Xattr;
import dev.varve.view.ViewNode;
import java.io.IOException;
import java.util.List;
import java.util.Set;

/**
 * The access ACL of a node (man 5 acl, "Access check algorithm"). The kernel, which looks at the mode of a FUSE file only, takes the
 * mask for the rights of the group and knows no named users; what it grants is granted only if this grants it, too. An ACL
 * that is none grants nothing. The bytes come from the backup and are not trusted.
 */
final class AccessAcl {
    static final int READ = 4;
    static final int SEARCH = 1;

    private static final ByteString NAME = ByteString.utf8("system.posix_acl_access");
    private static final int VERSION = 2;
    private static final int HEADER_BYTES = 4;
    private static final int ENTRY_BYTES = 8;
    private static final int OWNER = 0x01;
    private static final int USER = 0x02;
    private static final int OWNING_GROUP = 0x04;
    private static final int GROUP = 0x08;
    private static final int MASK = 0x10;
    private static final int OTHER = 0x20;

    private final ByteString value;
    private final Attributes attributes;

    private AccessAcl(ByteString value, Attributes attributes) {
        this.value = value;
        this.attributes = attributes;
    }

    /** Whether the node's ACL, if it has one, lets the caller do all of {@code wanted}. Root may everything. */
    static boolean permits(ViewNode node, Caller caller, int wanted) throws IOException {
        return permits(node.xattrs(), node.attributes(), caller, wanted);
    }

    static boolean permits(List<Xattr> xattrs, Attributes attributes, Caller caller, int wanted) throws IOException {
        if (caller.uid() != 0) {
            for (Xattr xattr : xattrs) {
                if (xattr.name().equals(NAME)) {
                    return new AccessAcl(xattr.value(), attributes).permits(caller, wanted);
                }
            }
        }
        return true;
    }

    private boolean permits(Caller caller, int wanted) throws IOException {
        if (value.length() < HEADER_BYTES
                || number(0, HEADER_BYTES) != VERSION
                || (value.length() - HEADER_BYTES) % ENTRY_BYTES != 0) {
            return false;
        }
        if (caller.uid() == attributes.uid()) {
            return grants(rights(OWNER, 0), wanted);
        }
        int mask = rights(MASK, 0);
        int named = rights(USER, caller.uid());
        if (named >= 0) {
            return grants(named & mask, wanted);
        }
        Set<Integer> groups = caller.groups();
        if (groups == null) {
            return false;
        }
        boolean member = false;
        for (int at = HEADER_BYTES; at < value.length(); at += ENTRY_BYTES) {
            int tag = number(at, 2);
            int group = tag == OWNING_GROUP ? attributes.gid() : number(at + 4, 4);
            if ((tag == OWNING_GROUP || tag == GROUP) && groups.contains(group)) {
                member = true;
                if (grants(number(at + 2, 2) & mask, wanted)) {
                    return true;
                }
            }
        }
        return !member && grants(rights(OTHER, 0), wanted);
    }

    private static boolean grants(int rights, int wanted) {
        return rights >= 0 && (rights & wanted) == wanted;
    }

    /** Of the first entry with this tag (and, for a user, this id); −1, all bits, if there is none: no mask masks nothing. */
    private int rights(int tag, int id) {
        for (int at = HEADER_BYTES; at < value.length(); at += ENTRY_BYTES) {
            if (number(at, 2) == tag && (tag != USER || number(at + 4, 4) == id)) {
                return number(at + 2, 2);
            }
        }
        return -1;
    }

    private int number(int at, int bytes) {
        int number = 0;
        for (int i = bytes - 1; i >= 0; i--) {
            number = number << 8 | value.at(at + i) & 0xff;
        }
        return number;
    }
}
