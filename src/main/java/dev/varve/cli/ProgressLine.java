package dev.varve.cli;

import dev.varve.posix.Posix;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** One line on standard error that is rewritten a few times a second while long work runs; nothing unless that is a terminal. */
final class ProgressLine implements AutoCloseable {
    private static final int STANDARD_ERROR = 2;
    private static final long INTERVAL_MILLIS = 250;
    private static final String ERASE = "\r\u001b[K";

    private final Terminal terminal;
    private final Supplier<String> text;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread painter;

    private ProgressLine(Terminal terminal, Supplier<String> text, boolean shown) {
        this.terminal = terminal;
        this.text = text;
        this.painter = shown ? new Thread(this::paint, "progress") : null;
    }

    static ProgressLine start(CliContext context, Supplier<String> text) {
        ProgressLine line = new ProgressLine(context.terminal(), text, Posix.isTerminal(STANDARD_ERROR));
        if (line.painter != null) {
            line.painter.setDaemon(true);
            line.painter.start();
        }
        return line;
    }

    private void paint() {
        try {
            while (!closed.await(INTERVAL_MILLIS, TimeUnit.MILLISECONDS)) {
                terminal.raw(ERASE + Terminal.oneLine(text.get()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        terminal.raw(ERASE);
    }

    @Override
    public void close() {
        closed.countDown();
        if (painter != null) {
            try {
                painter.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
