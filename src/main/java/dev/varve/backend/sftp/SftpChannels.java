package dev.varve.backend.sftp;

import com.jcraft.jsch.Session;
import dev.varve.model.BackendException;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * One SSH session with a few SFTP channels, each of which the server works on with a process of its own: a long force in one does
 * not hold up the reads in another. A session that is lost is made anew at the next use. Thread safe; the lock is held while
 * connecting, since nobody could go on without.
 */
final class SftpChannels implements Closeable {
    /** OpenSSH allows ten in a session. */
    private static final int MAX_CHANNELS = 4;

    private final SshConnector connector;
    private final List<SftpChannel> channels = new ArrayList<>();
    private Session session;
    private boolean closed;
    private volatile BackendException lastFailure;

    SftpChannels(SshConnector connector) {
        this.connector = connector;
    }

    /**
     * One that the fewest use; whoever takes it gives it back. Whoever waited while another found no connection has found none either:
     * they don't try one after another.
     */
    SftpChannel take() throws IOException {
        return take(lastFailure);
    }

    private synchronized SftpChannel take(BackendException failureBefore) throws IOException {
        if (closed) {
            throw new IllegalStateException("the backend is closed");
        }
        channels.removeIf(channel -> !channel.isAlive());
        if (session == null || !session.isConnected()) {
            disconnect();
            BackendException failure = lastFailure;
            if (failure != failureBefore) {
                throw new BackendException(failure.getMessage(), failure.retryable(), failure.away(), failure);
            }
            session = connect();
        }
        SftpChannel least = channels.stream()
                .min(Comparator.comparingInt(channel -> channel.users().get()))
                .orElse(null);
        if (least == null || (least.users().get() > 0 && channels.size() < MAX_CHANNELS)) {
            least = another(least);
        }
        least.users().incrementAndGet();
        return least;
    }

    private Session connect() throws IOException {
        try {
            return connector.connect();
        } catch (BackendException e) {
            lastFailure = e;
            throw e;
        }
    }

    private SftpChannel another(SftpChannel instead) throws IOException {
        try {
            SftpChannel opened = SftpChannel.open(session, connector.place(), connector.patience());
            channels.add(opened);
            return opened;
        } catch (BackendException e) {
            // A server may allow fewer: then those that there are must do.
            if (instead == null || !instead.isAlive()) {
                disconnect();
                throw e;
            }
            return instead;
        }
    }

    void give(SftpChannel channel) {
        channel.users().decrementAndGet();
    }

    private void disconnect() {
        channels.forEach(channel -> channel.fail(new IOException("the connection was closed")));
        channels.clear();
        if (session != null) {
            session.disconnect();
            session = null;
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        disconnect();
    }
}
