package dev.varve.testing;

import java.io.Closeable;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.gaul.s3proxy.BlobStores;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.blobstore.BlobStore;

/** An S3 server in this process, on loopback, which keeps its objects in files; its keys are this process's while it runs. */
public final class S3Server implements Closeable {
    public static final String BUCKET = "varve-test";

    private static final String KEY = "AKIAVARVETEST";
    private static final String SECRET = "only-for-tests";

    private final S3Proxy proxy;
    private final BlobStore store;

    private S3Server(S3Proxy proxy, BlobStore store) {
        this.proxy = proxy;
        this.store = store;
    }

    /** @param directory its own */
    public static S3Server start(Path directory) throws Exception {
        Properties settings = new Properties();
        settings.setProperty(
                "jclouds.filesystem.basedir", Files.createDirectories(directory).toString());
        BlobStore store = BlobStores.create("filesystem", settings);
        store.createContainer(BUCKET);
        S3Proxy proxy = S3Proxy.builder()
                .blobStore(store)
                .endpoint(URI.create("http://127.0.0.1:0"))
                .awsAuthentication(AuthenticationType.AWS_V4, KEY, SECRET)
                .metricsEnabled(false)
                .build();
        proxy.start();
        S3Server server = new S3Server(proxy, store);
        server.giveKeys();
        return server;
    }

    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + proxy.getPort());
    }

    public int port() {
        return proxy.getPort();
    }

    /** An address for the command line. */
    public String address(String prefix) {
        return "s3://" + BUCKET + "/" + prefix + "?endpoint=" + endpoint();
    }

    /** Makes this server's keys those that clients find. */
    public void giveKeys() {
        giveKeys(KEY, SECRET);
    }

    public static void giveKeys(String key, String secret) {
        System.setProperty("aws.accessKeyId", key);
        System.setProperty("aws.secretAccessKey", secret);
    }

    @Override
    public void close() {
        System.clearProperty("aws.accessKeyId");
        System.clearProperty("aws.secretAccessKey");
        try {
            proxy.stop();
            store.close();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
