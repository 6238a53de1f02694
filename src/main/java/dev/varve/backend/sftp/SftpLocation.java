package dev.varve.backend.sftp;

import dev.varve.model.RefusedException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Map;

/**
 * Where an SFTP repository is: {@code sftp://[user@]host[:port]/absolute/path}.
 *
 * @param host as it was given: a name that {@code ~/.ssh/config} may explain
 * @param user null for that of {@code ~/.ssh/config}, else the user's own name
 * @param port −1 for that of {@code ~/.ssh/config}, else 22
 * @param path absolute, without a slash at its end
 * @param identityFile a private key to try first; null for none
 * @param knownHostsFile null for {@code ~/.ssh/known_hosts} and {@code /etc/ssh/ssh_known_hosts}
 */
public record SftpLocation(String host, String user, int port, String path, Path identityFile, Path knownHostsFile) {
    public static final String SCHEME = "sftp";

    private static final String FORM = "sftp://user@host/absolute/path";

    /**
     * @param address without its query
     * @param settings {@code identity-file}, {@code known-hosts}; those that are used are taken out
     * @throws RefusedException if it is no such address
     */
    public static SftpLocation parse(String address, Map<String, String> settings) throws RefusedException {
        URI uri;
        try {
            uri = new URI(address);
        } catch (URISyntaxException e) {
            throw new RefusedException(address + " is not an address: " + e.getReason() + "; write " + FORM);
        }
        String host = uri.getHost();
        String user = uri.getUserInfo();
        String path = uri.getPath() == null ? "" : uri.getPath().replaceAll("/+$", "");
        if (host == null || path.isEmpty() || uri.getFragment() != null) {
            throw new RefusedException(address + " does not name a host and a directory; write " + FORM);
        }
        if (user != null && user.contains(":")) {
            // Not repeated here: it holds a secret.
            throw new RefusedException("an sftp address holds no password; use a key, and write " + FORM);
        }
        return new SftpLocation(
                host.startsWith("[") ? host.substring(1, host.length() - 1) : host,
                user,
                uri.getPort(),
                path,
                path(settings.remove("identity-file")),
                path(settings.remove("known-hosts")));
    }

    private static Path path(String setting) {
        return setting == null ? null : Path.of(setting).toAbsolutePath();
    }

    /** For messages. */
    public String describe() {
        String shown = host.contains(":") ? "[" + host + "]" : host;
        return SCHEME + "://" + (user == null ? "" : user + "@") + shown + (port < 0 ? "" : ":" + port) + path;
    }
}
