package dev.varve.view;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.model.BackendException;
import dev.varve.model.NotFoundException;
import dev.varve.snapshot.Manifest;
import dev.varve.snapshot.VolumeCache;
import dev.varve.snapshot.VolumeRecord;
import dev.varve.testing.MemoryChunks;
import dev.varve.testing.SampleVolume;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class DatedViewTest {
    private final MemoryChunks chunks = new MemoryChunks();
    private final List<Manifest> manifests = new ArrayList<>();

    @Test
    void topShowsDatesLatestImagesAndHosts() throws IOException {
        manifests.add(SampleVolume.manifest("web", "2024-05-01", 100, root()));
        manifests.add(SampleVolume.manifest("web", "2024-05-01T14-00-00", 200, root()));
        try (DatedView view = view(null)) {
            assertEquals(List.of("2024-05-01", "2024-05-01T14-00-00", "hosts", "images", "latest"), names(view, "/"));
            assertEquals("2024-05-01T14-00-00", link(view, "/latest"));
            assertEquals(List.of("root.img"), names(view, "/images/2024-05-01"));
            assertEquals(List.of("web"), names(view, "/hosts"));
            assertEquals(
                    names(view, "/").stream().filter(n -> !n.equals("hosts")).toList(), names(view, "/hosts/web"));
        }
    }

    @Test
    void fileIsFoundByItsPathAndRead() throws IOException {
        manifests.add(SampleVolume.manifest("web", "2024-05-01", 100, root()));
        try (DatedView view = view(null)) {
            assertEquals("root:x:0", read(view, "/2024-05-01/etc/passwd"));
            assertEquals("root:x:0", read(view, "/hosts/web/2024-05-01/etc/passwd"));
            assertNull(node(view, "/2024-05-01/etc/nothing"));
            assertNull(node(view, "/2024-05-01/nothing/passwd"));
            assertNull(node(view, "/2024-05-01/etc/passwd/below"));
            assertNull(node(view, "/2023-01-01"));
        }
    }

    @Test
    void nameThatIsNotUtf8RoundTrips() throws IOException {
        SampleVolume volume = new SampleVolume("root", "/").file("/caf\u00e9\u00ff", "bytes");
        manifests.add(SampleVolume.manifest("web", "2024-05-01", 100, volume.write(chunks)));
        try (DatedView view = view(null)) {
            assertEquals(List.of("caf\u00e9\u00ff"), names(view, "/2024-05-01"));
            assertEquals("bytes", read(view, "/2024-05-01/caf\u00e9\u00ff"));
        }
    }

    @Test
    void imageHasTheSizeOfTheDeviceAndItsBytes() throws IOException {
        SampleVolume volume = new SampleVolume("root", "/").file("/a", "content of a");
        manifests.add(SampleVolume.manifest("web", "2024-05-01", 100, volume.write(chunks)));
        try (DatedView view = view(null)) {
            ViewNode image = node(view, "/images/2024-05-01/root.img");
            assertEquals(3 * SampleVolume.BLOCK_BYTES, image.attributes().size());
            assertEquals(2 * 8, image.attributes().blocks());
            assertEquals(0100400, image.attributes().mode());
            ByteBuffer bytes = ByteBuffer.allocate(3 * SampleVolume.BLOCK_BYTES + 1);
            assertEquals(
                    3 * SampleVolume.BLOCK_BYTES, ((ReadableNode) image).open().read(0, bytes));
            assertArrayEquals(volume.firstBlock(), java.util.Arrays.copyOf(bytes.array(), SampleVolume.BLOCK_BYTES));
            assertEquals(
                    "content of a",
                    new String(bytes.array(), SampleVolume.BLOCK_BYTES, 12, StandardCharsets.ISO_8859_1));
        }
    }

    @Test
    void volumesAreJoinedAtTheirMountPoints() throws IOException {
        VolumeRecord home = new SampleVolume("home", "/home")
                .directory("/eve")
                .file("/eve/f", "home")
                .write(chunks);
        VolumeRecord deep =
                new SampleVolume("deep", "/home/eve/deep/er").file("/g", "deep").write(chunks);
        VolumeRecord data =
                new SampleVolume("data", "/srv/data").file("/h", "data").write(chunks);
        manifests.add(SampleVolume.manifest("web", "2024-05-01", 100, home, deep, data, root()));
        try (DatedView view = view(null)) {
            assertEquals("home", read(view, "/2024-05-01/home/eve/f"));
            assertEquals("deep", read(view, "/2024-05-01/home/eve/deep/er/g"));
            assertEquals("data", read(view, "/2024-05-01/srv/data/h"));
            assertNull(node(view, "/2024-05-01/home/hidden-below-the-mount"));
            assertEquals(
                    List.of("etc", "home", "srv"),
                    names(view, "/2024-05-01").stream().sorted().toList());
            assertEquals(
                    List.of("deep", "f"),
                    names(view, "/2024-05-01/home/eve").stream().sorted().toList());
            assertEquals(
                    node(view, "/2024-05-01").attributes().nlink() + 1,
                    node(view, "/2024-05-01").linkCount());
        }
    }

    @Test
    void volumesWithoutARootVolumeStandInMadeDirectories() throws IOException {
        manifests.add(SampleVolume.manifest(
                "web",
                "2024-05-01",
                100,
                new SampleVolume("home", "/export/home").file("/f", "x").write(chunks)));
        try (DatedView view = view(null)) {
            assertEquals(List.of("export"), names(view, "/2024-05-01"));
            assertEquals("x", read(view, "/2024-05-01/export/home/f"));
        }
    }

    @Test
    void rootVolumeShowsTheOriginalInodeNumbers() throws IOException {
        SampleVolume volume = sample();
        manifests.add(SampleVolume.manifest("web", "2024-05-01", 100, volume.write(chunks)));
        try (DatedView view = view(null)) {
            assertEquals(2, node(view, "/2024-05-01").inodeNumber());
            assertEquals(
                    volume.number("/etc/passwd"),
                    node(view, "/2024-05-01/etc/passwd").inodeNumber());
        }
    }

    @Test
    void noDirectoryHasTheNumberOfOneAboveIt() throws IOException {
        VolumeRecord home = new SampleVolume("home", "/home").directory("/eve").write(chunks);
        VolumeRecord deep =
                new SampleVolume("deep", "/home/eve").directory("/g").write(chunks);
        manifests.add(SampleVolume.manifest("web", "2024-05-01", 100, root(), home, deep));
        try (DatedView view = view(null)) {
            for (String top : List.of("", "/hosts/web")) {
                Set<Long> seen = new HashSet<>();
                String path = "";
                for (String name : (top + "/2024-05-01/home/eve/g").split("/", -1)) {
                    path += name.isEmpty() ? "" : "/" + name;
                    assertTrue(seen.add(node(view, path.isEmpty() ? "/" : path).inodeNumber()), path);
                }
            }
        }
    }

    @Test
    void listingSaysTheNumberThatStatSays() throws IOException {
        VolumeRecord home = new SampleVolume("home", "/home").directory("/eve").write(chunks);
        VolumeRecord data =
                new SampleVolume("data", "/srv/data").directory("/g").write(chunks);
        manifests.add(SampleVolume.manifest("web", "2024-05-01", 100, root(), home, data));
        try (DatedView view = view(null)) {
            for (String path : List.of(
                    "/",
                    "/hosts",
                    "/hosts/web",
                    "/images",
                    "/images/2024-05-01",
                    "/2024-05-01",
                    "/2024-05-01/srv",
                    "/2024-05-01/home")) {
                DirectoryNode directory = assertInstanceOf(DirectoryNode.class, node(view, path));
                directory.list(0, (name, number, type, index) -> {
                    assertEquals(directory.child(name).inodeNumber(), number, path + " " + name);
                    return true;
                });
            }
        }
    }

    @Test
    void listingGoesOnFromAnyEntry() throws IOException {
        SampleVolume volume = new SampleVolume("root", "/").directory("/many");
        for (int i = 0; i < 5000; i++) {
            volume.file("/many/entry-" + i, "");
        }
        VolumeRecord mounted = new SampleVolume("sub", "/many/zzz").write(chunks);
        manifests.add(SampleVolume.manifest("web", "2024-05-01", 100, volume.write(chunks), mounted));
        try (DatedView view = view(null)) {
            DirectoryNode many = (DirectoryNode) node(view, "/2024-05-01/many");
            assertEquals(5001, many.entryCount());
            List<String> all = names(view, "/2024-05-01/many");
            assertEquals(5001, new HashSet<>(all).size());
            for (int from : new int[] {0, 1, 2500, 4999, 5000, 5001}) {
                List<String> rest = new ArrayList<>();
                many.list(from, (name, number, type, index) -> {
                    assertEquals(from + rest.size(), index);
                    rest.add(new String(name.toBytes(), StandardCharsets.ISO_8859_1));
                    return true;
                });
                assertEquals(all.subList(from, all.size()), rest);
            }
        }
    }

    @Test
    void newSnapshotAppearsAndLatestMoves() throws IOException, InterruptedException {
        manifests.add(SampleVolume.manifest("web", "2024-05-01", 100, root()));
        try (DatedView view = view(null)) {
            CountDownLatch changed = new CountDownLatch(1);
            view.onChange(changed::countDown);
            view.watch(problem -> {});
            synchronized (manifests) {
                manifests.add(SampleVolume.manifest("web", "2024-05-02", 200, root()));
            }
            assertTrue(changed.await(5, TimeUnit.SECONDS));
            assertEquals("2024-05-02", link(view, "/latest"));
            assertEquals("root:x:0", read(view, "/2024-05-02/etc/passwd"));
        }
    }

    @Test
    void forgottenSnapshotDisappears() throws IOException {
        manifests.add(SampleVolume.manifest("web", "2024-05-01", 100, root()));
        manifests.add(SampleVolume.manifest("web", "2024-05-02", 200, root()));
        try (DatedView view = view(null)) {
            assertEquals("root:x:0", read(view, "/2024-05-01/etc/passwd"));
            manifests.remove(0);
            view.refresh();
            assertNull(node(view, "/2024-05-01/etc/passwd"));
        }
    }

    @Test
    void repositoryThatFailsForAWhileLeavesTheViewAsItWas() throws IOException, InterruptedException {
        Manifest manifest = SampleVolume.manifest("web", "2024-05-01", 100, root());
        List<String> problems = new ArrayList<>();
        CountDownLatch failed = new CountDownLatch(2);
        boolean[] opened = {false};
        SnapshotList list = () -> {
            if (opened[0]) {
                failed.countDown();
                throw new BackendException("the disk is away", true, null);
            }
            opened[0] = true;
            return List.of(manifest);
        };
        try (DatedView view = new DatedView(list, chunks, VolumeCache.ofBytes(1 << 20), null)) {
            view.watch(problem -> problems.add(problem.getMessage()));
            assertTrue(failed.await(10, TimeUnit.SECONDS));
            assertEquals(List.of("the disk is away"), problems);
            assertEquals("root:x:0", read(view, "/2024-05-01/etc/passwd"));
        }
    }

    @Test
    void hostIsChosenByRequestThenMachineThenAsTheOnlyOne() throws IOException {
        assertEquals("b", HostChoice.choose(List.of("a", "b"), "b", "a"));
        assertEquals("a", HostChoice.choose(List.of("a", "b"), null, "a"));
        assertEquals("b", HostChoice.choose(List.of("b"), null, "a"));
        assertEquals("a", HostChoice.choose(List.of(), null, "a"));
    }

    @Test
    void hostThatCannotBeChosenNamesThoseThereAre() {
        var unknown = assertThrows(NotFoundException.class, () -> HostChoice.choose(List.of("b", "a"), "c", "a"));
        assertTrue(unknown.getMessage().endsWith("a, b"), unknown.getMessage());
        var open = assertThrows(NotFoundException.class, () -> HostChoice.choose(List.of("b", "a"), null, "c"));
        assertTrue(open.getMessage().contains("--host: a, b"), open.getMessage());
    }

    @Test
    void hostileNamesInAManifestStayOutOfTheTree() throws IOException {
        manifests.add(SampleVolume.manifest("web", "2024-05-01", 100, root()));
        manifests.add(SampleVolume.manifest("web", "../escape", 101, root()));
        manifests.add(SampleVolume.manifest("web", "images", 102, root()));
        manifests.add(SampleVolume.manifest("..", "2024-05-01", 103, root()));
        manifests.add(SampleVolume.manifest(
                "web",
                "2024-05-02",
                90,
                new SampleVolume("evil", "/a/../../b").file("/f", "x").write(chunks)));
        try (DatedView view = view("web")) {
            assertEquals(List.of("2024-05-01", "2024-05-02", "hosts", "images", "latest"), names(view, "/"));
            assertEquals(List.of("web"), names(view, "/hosts"));
            assertEquals(List.of(), names(view, "/2024-05-02"));
            assertEquals(List.of("evil.img"), names(view, "/images/2024-05-02"));
        }
    }

    @Test
    void damagedDirectoryIsAnErrorAndItsNeighboursAreNot() throws IOException {
        VolumeRecord record = root();
        manifests.add(SampleVolume.manifest("web", "2024-05-01", 100, record));
        try (DatedView view = view(null)) {
            var etc = ((VolumeDirectory) node(view, "/2024-05-01/etc"));
            assertNotEquals(0, etc.entryCount());
            chunks.ids().forEach(chunks::remove);
        }
        try (DatedView view = view(null)) {
            assertEquals(5 - 1, names(view, "/").size());
            assertThrows(IOException.class, () -> node(view, "/2024-05-01/etc/passwd"));
        }
    }

    private SampleVolume sample() {
        return new SampleVolume("root", "/")
                .directory("/etc")
                .file("/etc/passwd", "root:x:0")
                .directory("/home")
                .file("/home/hidden-below-the-mount", "");
    }

    private VolumeRecord root() throws IOException {
        return sample().write(chunks);
    }

    private DatedView view(String host) throws IOException {
        return new DatedView(
                () -> {
                    synchronized (manifests) {
                        return List.copyOf(manifests);
                    }
                },
                chunks,
                VolumeCache.ofBytes(8 << 20),
                host);
    }

    private static ViewNode node(DatedView view, String path) throws IOException {
        byte[] bytes = path.getBytes(StandardCharsets.ISO_8859_1);
        return view.resolve(bytes, bytes.length);
    }

    private static List<String> names(DatedView view, String path) throws IOException {
        List<String> names = new ArrayList<>();
        ((DirectoryNode) node(view, path)).list(0, (name, number, type, index) -> {
            names.add(new String(name.toBytes(), StandardCharsets.ISO_8859_1));
            return true;
        });
        return names;
    }

    private static String link(DatedView view, String path) throws IOException {
        return ((LinkNode) node(view, path)).target().display();
    }

    private static String read(DatedView view, String path) throws IOException {
        ReadableNode file = (ReadableNode) node(view, path);
        ByteBuffer bytes = ByteBuffer.allocate(100);
        int length = file.open().read(0, bytes);
        return new String(bytes.array(), 0, length, StandardCharsets.ISO_8859_1);
    }
}
