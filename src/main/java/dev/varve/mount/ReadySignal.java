package dev.varve.mount;

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
     */
    static ReadySignal ofBackgroundChild() {
        return () -> {
            System.out.println(BackgroundMount.READY);
            System.out.flush();
            Libc libc = new Libc();
            libc.newSession();
            libc.leaveDirectory();
            libc.duplicate(BackgroundMount.STDERR, BackgroundMount.STDOUT);
        };
    }
}
