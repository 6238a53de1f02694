package dev.varve.backend.location;

import dev.varve.backend.Backend;
import dev.varve.backend.CircuitBreaker;
import dev.varve.backend.ObjectNames;
import dev.varve.backend.Patience;
import dev.varve.backend.Retries;
import dev.varve.backend.RetryingBackend;
import dev.varve.backend.ThrottledBackend;
import dev.varve.backend.TokenBucket;
import dev.varve.backend.local.LocalBackend;
import dev.varve.backend.s3.S3Backend;
import dev.varve.backend.s3.S3Location;
import dev.varve.backend.sftp.SftpBackend;
import dev.varve.backend.sftp.SftpLocation;
import dev.varve.model.NotFoundException;
import dev.varve.model.RefusedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where objects are kept, as a user writes it: a path, {@code sftp://user@host/path} or {@code s3://bucket/prefix}, the latter two with
 * settings behind a question mark. The clients of SFTP and S3 are loaded only when such an address is opened.
 */
public final class BackendLocation {
    private static final Pattern ADDRESS = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*)://.*");

    private final Path directory;
    private final SftpLocation sftp;
    private final S3Location s3;
    private final Long upBytesPerSecond;
    private final Long downBytesPerSecond;

    private BackendLocation(Path directory, SftpLocation sftp, S3Location s3, Long up, Long down) {
        this.directory = directory;
        this.sftp = sftp;
        this.s3 = s3;
        this.upBytesPerSecond = up;
        this.downBytesPerSecond = down;
    }

    /** @throws RefusedException if it is an address that varve does not know, or one with a setting that it does not know */
    public static BackendLocation parse(String text) throws RefusedException {
        Matcher address = ADDRESS.matcher(text);
        if (!address.matches()) {
            return new BackendLocation(Path.of(text), null, null, null, null);
        }
        int query = text.indexOf('?');
        String place = query < 0 ? text : text.substring(0, query);
        Map<String, String> settings = Settings.parse(query < 0 ? "" : text.substring(query + 1));
        Long up = Settings.bytesPerSecond("upload-limit", settings.remove("upload-limit"));
        Long down = Settings.bytesPerSecond("download-limit", settings.remove("download-limit"));
        BackendLocation location = switch (address.group(1)) {
            case SftpLocation.SCHEME -> new BackendLocation(null, SftpLocation.parse(place, settings), null, up, down);
            case S3Location.SCHEME -> new BackendLocation(null, null, S3Location.parse(place, settings), up, down);
            default ->
                throw new RefusedException(
                        address.group(1)
                                + ":// is no kind of repository; give a directory, sftp://user@host/path or s3://bucket/prefix");
        };
        if (!settings.isEmpty()) {
            throw new RefusedException(location.describe() + ": there is no setting "
                    + String.join(", ", settings.keySet()) + " for such a repository");
        }
        return location;
    }

    /** The directory as it was written; null for one that is elsewhere. */
    public Path directory() {
        return directory;
    }

    /** For messages: as it was written, without settings. */
    public String describe() {
        if (directory != null) {
            return directory.toString();
        }
        return sftp != null ? sftp.describe() : s3.describe();
    }

    /**
     * Opens it. A server that can't be reached is an error at once; later such failures are waited out.
     *
     * @throws NotFoundException if there is no such directory
     */
    public Backend open() throws IOException {
        return open(Patience.PATIENT);
    }

    /**
     * As {@link #open()}. With {@link Patience#INTERACTIVE} reads of a server that is away fail within seconds, and at once for a while
     * after one did ({@link CircuitBreaker}); a name that is looked up in vain may take as long as the resolver does.
     */
    public Backend open(Patience patience) throws IOException {
        if (directory != null) {
            return LocalBackend.open(directory.toAbsolutePath());
        }
        Backend opened = retrying(
                sftp != null ? SftpBackend.open(sftp, patience) : reached(S3Backend.open(s3, patience)),
                patience.retries());
        return patience == Patience.PATIENT ? opened : new CircuitBreaker(opened);
    }

    /** Opens it for a new repository, and makes what is missing; a bucket must be there. */
    public Backend create() throws IOException {
        if (directory != null) {
            return LocalBackend.create(directory);
        }
        Retries retries = Patience.PATIENT.retries();
        return retrying(sftp != null ? SftpBackend.create(sftp, retries) : S3Backend.create(s3, retries), retries);
    }

    /** What is wrong with address, keys or region shows with the first request; one for an object says it best. */
    private static Backend reached(Backend backend) throws IOException {
        try {
            backend.read(ObjectNames.CONFIG, 0, ByteBuffer.allocate(1));
            return backend;
        } catch (NotFoundException e) {
            return backend; // what is missing is for the caller to say
        } catch (IOException | RuntimeException e) {
            backend.close();
            throw e;
        }
    }

    private Backend retrying(Backend backend, Retries retries) {
        Backend limited = upBytesPerSecond == null && downBytesPerSecond == null
                ? backend
                : new ThrottledBackend(backend, bucket(upBytesPerSecond), bucket(downBytesPerSecond));
        return new RetryingBackend(limited, retries);
    }

    private static TokenBucket bucket(Long bytesPerSecond) {
        return bytesPerSecond == null ? null : TokenBucket.ofRate(bytesPerSecond);
    }
}
