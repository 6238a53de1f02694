package dev.varve.mount;

import java.io.PrintStream;

/** Told when a mount answers. */
@FunctionalInterface
public interface ReadySignal {
    void ready();

    /** For a mount that stays in the foreground. */
    static ReadySignal none() {
        return () -> {};
    }

    /**
     * For a process that {@link BackgroundMount} started: tells the parent, and lets go of everything that came from it: terminal,
     * standard input and output, working directory. Standard error is the log.
     *
     * @param out standard output, a pipe to the parent
     */
    static ReadySignal ofBackgroundChild(PrintStream out) {
        return () -> {
            out.println(BackgroundMount.READY);
            out.flush();
            Libc libc = new Libc();
            libc.newSession();
            libc.leaveDirectory();
            libc.duplicate(BackgroundMount.STDERR, BackgroundMount.STDOUT);
        };
    }
}
