package dev.varve.view;

import dev.varve.model.NotFoundException;
import java.util.Collection;
import java.util.TreeSet;

/** Whose snapshots stand at the top of the view. */
final class HostChoice {
    private HostChoice() {}

    /**
     * The requested host, else this machine if the repository has it, else the only one; this machine, too, while there is
     * none at all.
     *
     * @param requested or null
     * @throws NotFoundException when none of these is there; the message names the hosts
     */
    static String choose(Collection<String> hosts, String requested, String machine) throws NotFoundException {
        if (requested != null) {
            if (!hosts.contains(requested)) {
                throw new NotFoundException(
                        "no snapshot of host " + requested + " in the repository; it has " + names(hosts));
            }
            return requested;
        }
        if (hosts.isEmpty() || hosts.contains(machine)) {
            return machine;
        }
        if (hosts.size() == 1) {
            return hosts.iterator().next();
        }
        throw new NotFoundException("the repository has no snapshot of this machine (" + machine
                + "); choose one of its hosts with --host: " + names(hosts));
    }

    private static String names(Collection<String> hosts) {
        return hosts.isEmpty() ? "none" : String.join(", ", new TreeSet<>(hosts));
    }
}
