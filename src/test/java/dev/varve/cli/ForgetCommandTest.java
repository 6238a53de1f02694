package dev.varve.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** forget and tag on small raw volumes. */
class ForgetCommandTest {
    @TempDir
    Path temp;

    private Map<String, String> environment;

    @BeforeEach
    void make() throws IOException {
        environment = Map.of("VARVE_REPO", temp.resolve("repository").toString(), "TZ", "UTC");
        byte[] content = new byte[100_000];
        new Random(1).nextBytes(content);
        Files.write(temp.resolve("disk.img"), content);
        assertEquals(0, varve("init", "--unencrypted").code());
    }

    private CommandRun varve(String... words) {
        return CommandRun.of(environment, words);
    }

    private void backup(String host, String time, String... more) {
        List<String> words = new java.util.ArrayList<>(List.of(
                "backup",
                "--raw",
                "--host",
                host,
                "--at",
                time,
                temp.resolve("disk.img").toString()));
        words.addAll(List.of(more));
        CommandRun run = varve(words.toArray(String[]::new));
        assertEquals(0, run.code(), run.err());
    }

    private List<String> names(String host) {
        return varve("snapshots", "--host", host)
                .out()
                .lines()
                .skip(1)
                .map(line -> line.substring(0, line.indexOf(' ')))
                .toList();
    }

    @Test
    void withoutARuleNothingIsDone() {
        backup("web", "2024-05-01T02:00:00Z");
        CommandRun run = varve("forget");
        assertEquals(2, run.code());
        assertEquals(
                "varve: Nothing says what to keep: give --keep-daily or another --keep rule; see varve help forget\n",
                run.err());
        assertEquals(2, varve("forget", "--keep-last", "0").code());
        assertEquals(2, varve("forget", "--keep-last", "1", "2024-05-01").code());
        assertEquals(2, varve("forget", "--keep-within", "soon").code());
        assertEquals(2, varve("forget", "--keep-daily", "-3").code());
        assertEquals(List.of("2024-05-01"), names("web"));
    }

    @Test
    void aTableSaysWhatStaysAndWhy() {
        for (String day : List.of("01", "02", "03")) {
            backup("web", "2024-05-" + day + "T02:00:00Z");
        }
        backup("mail", "2024-05-01T02:00:00Z");
        CommandRun dry = varve("forget", "--keep-last", "1", "--keep-weekly", "2", "--dry-run");
        assertEquals(0, dry.code(), dry.err());
        List<String> lines =
                dry.out().lines().map(line -> line.replaceAll(" +", " ")).toList();
        assertEquals("HOST NAME TIME STAYS BECAUSE", lines.get(0));
        assertTrue(lines.get(1).matches("mail 2024-05-01 2024-05-01 .* yes last, weekly"), lines.get(1));
        assertTrue(lines.get(2).matches("web 2024-05-03 2024-05-03 .* yes last, weekly"), lines.get(2));
        assertTrue(lines.get(3).matches("web 2024-05-02 2024-05-02 .* no"), lines.get(3));
        assertEquals("2 snapshots kept, 2 would be forgotten", lines.get(5));
        assertEquals(3, names("web").size());

        CommandRun run = varve("forget", "--keep-last", "1", "--host", "web");
        assertTrue(run.out().endsWith("1 snapshot kept, 2 forgotten; varve prune frees the room\n"), run.out());
        assertEquals(List.of("2024-05-03"), names("web"));
        assertEquals(List.of("2024-05-01"), names("mail"));
        CommandRun json = varve("forget", "--keep-last", "1", "--json");
        assertTrue(
                json.out()
                        .contains("{\"name\":\"2024-05-03\",\"host\":\"web\",\"time\":\"2024-05-03T02:00:00Z\","
                                + "\"stays\":true,\"reasons\":[\"last\"]}"),
                json.out());
    }

    @Test
    void tagsAndHoldsAreShownAndKeepSnapshots() {
        backup("web", "2024-05-01T02:00:00Z", "--tag", "before-upgrade", "--tag", "x");
        backup("web", "2024-05-02T02:00:00Z");
        backup("web", "2024-05-03T02:00:00Z");
        assertEquals(
                0, varve("tag", "add", "--hold", "2024-05-02", "--host", "web").code());
        String listed = varve("snapshots").out();
        assertTrue(listed.lines().anyMatch(line -> line.endsWith("before-upgrade,x")), listed);
        assertTrue(listed.lines().anyMatch(line -> line.endsWith("(held)")), listed);
        String json = varve("snapshots", "--json").out();
        assertTrue(json.contains("\"held\":false,\"tags\":[\"before-upgrade\",\"x\"]"), json);
        assertTrue(json.contains("\"held\":true,\"tags\":[]"), json);

        CommandRun run = varve("forget", "--keep-tag", "x");
        assertEquals(0, run.code(), run.err());
        assertEquals(List.of("2024-05-01", "2024-05-02"), names("web"));
        CommandRun held = varve("forget", "2024-05-02", "--host", "web");
        assertEquals(1, held.code());
        assertTrue(held.err().contains("is held; release it first"), held.err());
        assertEquals(
                0,
                varve("tag", "remove", "--release", "2024-05-02", "x", "--host", "web")
                                .code()
                        - 1);
        assertEquals(
                0, varve("forget", "2024-05-02", "2024-05-02", "--host", "web").code());
        assertEquals(List.of("2024-05-01"), names("web"));
    }

    @Test
    void whatIsNotThereIsSaid() {
        backup("web", "2024-05-01T02:00:00Z");
        assertEquals(1, varve("forget", "2024-05-09", "--host", "web").code());
        CommandRun run = varve("tag", "remove", "2024-05-01", "x", "--host", "web");
        assertEquals(1, run.code());
        assertEquals("varve: snapshot 2024-05-01 of host web has no tag x\n", run.err());
        assertEquals(2, varve("tag", "add", "2024-05-01").code());
        assertEquals(2, varve("tag", "remove", "2024-05-01").code());
        assertEquals(2, varve("tag").code());
        assertEquals(2, varve("tag", "add", "2024-05-01", "a,b").code());
        assertEquals(2, varve("backup", "--tag", "a b", "x").code());
    }

    @Test
    void aForgottenDateIsNotUsedAgain() {
        backup("web", "2024-05-01T02:00:00Z");
        backup("web", "2024-05-02T02:00:00Z");
        assertEquals(0, varve("forget", "2024-05-01", "--host", "web").code());
        backup("web", "2024-05-01T03:00:00Z");
        assertEquals(List.of("2024-05-01T03-00-00", "2024-05-02"), names("web"));
        assertEquals(0, varve("forget", "2024-05-01T03-00-00", "--host", "web").code());
        CommandRun again = varve(
                "backup",
                "--raw",
                "--host",
                "web",
                "--at",
                "2024-05-01T03:00:00Z",
                temp.resolve("disk.img").toString());
        assertEquals(1, again.code());
        assertTrue(again.err().contains("was forgotten; names are not used again"), again.err());
    }

    @Test
    void pruneSaysWhatItDid() throws IOException {
        backup("web", "2024-05-01T02:00:00Z");
        byte[] other = new byte[100_000];
        new Random(2).nextBytes(other);
        Files.write(temp.resolve("disk.img"), other);
        backup("web", "2024-05-02T02:00:00Z");
        assertEquals(0, varve("forget", "--keep-last", "1").code());
        CommandRun dry = varve("prune", "--dry-run");
        assertTrue(
                dry.out().startsWith("would be deleted: 0 packs\nwould be marked, for a prune after 24h: "), dry.out());
        CommandRun marked = varve("prune");
        assertEquals(0, marked.code(), marked.err());
        assertTrue(marked.out().startsWith("deleted: 0 packs\nmarked, for a prune after 24h: 1 pack, 9"), marked.out());
        CommandRun waiting = varve("prune");
        assertTrue(waiting.out().contains("marked before and waiting: 1 pack, 9"), waiting.out());
        CommandRun deleted = varve("prune", "--grace", "0", "--json");
        assertEquals(0, deleted.code(), deleted.err());
        assertTrue(deleted.out().startsWith("{\"dryRun\":false,\"deletedPacks\":1,\"deletedBytes\":"), deleted.out());
        assertTrue(deleted.out().endsWith("\"problems\":[]}\n"), deleted.out());
        assertEquals(0, varve("check", "--read-data").code());
        assertEquals(List.of("2024-05-02"), names("web"));
    }

    @Test
    void wrongPruneOptionsAreNamed() {
        assertEquals(
                "varve: --grace is at least 2h, or 0 if no backup runs anywhere; see varve help prune\n",
                varve("prune", "--grace", "1h").err());
        assertEquals(2, varve("prune", "--grace", "1m").code());
        assertEquals(2, varve("prune", "--grace", "now").code());
        assertEquals(
                "varve: --max-repack: 'much' is no size: write 500M, 10G or 1.5T; see varve help prune\n",
                varve("prune", "--max-repack", "much").err());
        assertEquals(
                1, varve("prune", "--repo", temp.resolve("nowhere").toString()).code());
    }

    @Test
    void sizes() {
        assertEquals(500, SizeArgument.parse("500"));
        assertEquals(1536, SizeArgument.parse("1.5k"));
        assertEquals(10L << 30, SizeArgument.parse("10GiB"));
        assertEquals(3L << 40, SizeArgument.parse("3T"));
    }
}
