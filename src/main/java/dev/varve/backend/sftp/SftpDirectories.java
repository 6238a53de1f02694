package dev.varve.backend.sftp;

import dev.varve.backend.ObjectNames;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** Directories that are known to be there, made where they are missing. Thread safe. Memory: one path for each directory used. */
final class SftpDirectories {
    /** Of all objects there are or may be: see docs/format.md, "Repository directory". */
    private static final List<String> NAMES =
            List.of(ObjectNames.TEMPORARY, "packs", "keys", "snapshots", "labels", "forgotten", "marks", "keeps");

    private static final int SHARDS = 256;

    private final String root;
    private final Set<String> known = ConcurrentHashMap.newKeySet();

    SftpDirectories(String root) {
        this.root = root;
        known.add(root);
    }

    /** The directory of an object and those between it and the root. */
    void ensureParent(SftpFiles files, String path) throws IOException {
        ensure(files, path.substring(0, path.lastIndexOf('/')));
    }

    private void ensure(SftpFiles files, String directory) throws IOException {
        if (known.contains(directory)) {
            return;
        }
        ensureParent(files, directory);
        make(files, directory, files.channel().await(files.makeDirectory(directory)));
        known.add(directory);
    }

    /** The root, and all above it. */
    void makeRoot(SftpFiles files) throws IOException {
        for (int slash = root.indexOf('/', 1); slash > 0; slash = root.indexOf('/', slash + 1)) {
            String above = root.substring(0, slash);
            if (!files.isDirectory(above)) {
                make(files, above, files.channel().await(files.makeDirectory(above)));
            }
        }
        make(files, root, files.channel().await(files.makeDirectory(root)));
    }

    /** Every directory that a repository will have, so that a machine that may only add to it needs to make none. */
    void makeAll(SftpFiles files) throws IOException {
        List<String> wanted = new ArrayList<>();
        NAMES.forEach(name -> wanted.add(root + "/" + name));
        for (int shard = 0; shard < SHARDS; shard++) {
            wanted.add(root + "/packs/" + Character.forDigit(shard / 16, 16) + Character.forDigit(shard % 16, 16));
        }
        List<CompletableFuture<SftpReply>> answers = new ArrayList<>();
        wanted.forEach(directory -> answers.add(files.makeDirectory(directory)));
        for (int i = 0; i < wanted.size(); i++) {
            make(files, wanted.get(i), files.channel().await(answers.get(i)));
        }
    }

    private static void make(SftpFiles files, String directory, SftpReply answer) throws IOException {
        try {
            answer.ok();
        } catch (SftpStatusException e) {
            if (!files.isDirectory(directory)) {
                throw e;
            }
        }
    }
}
