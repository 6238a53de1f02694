package dev.varve.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** tier, recall and init with a cold tier, on small raw volumes. */
class TierCommandTest {
    @TempDir
    Path temp;

    private Map<String, String> environment;
    private byte[] content;

    @BeforeEach
    void make() throws IOException {
        environment = Map.of(
                "VARVE_REPO",
                temp.resolve("hot").toString(),
                "TZ",
                "UTC",
                "XDG_CACHE_HOME",
                temp.resolve("home").toString());
        content = new byte[3_000_000];
        new Random(1).nextBytes(content);
        byte[] text = "a line of text that compresses well, number after number\n".getBytes();
        for (int i = 1_000_000; i < 2_000_000; i++) {
            content[i] = text[i % text.length];
        }
        Files.write(temp.resolve("disk.img"), content);
        assertEquals(
                0,
                varve("init", "--unencrypted", "--cold", temp.resolve("cold").toString())
                        .code());
        CommandRun backup = varve(
                "backup",
                "--raw",
                "--host",
                "web",
                "--at",
                "2024-05-01T02:00:00Z",
                temp.resolve("disk.img").toString());
        assertEquals(0, backup.code(), backup.err());
    }

    private CommandRun varve(String... words) {
        return CommandRun.of(environment, words);
    }

    private CommandRun varveIn(String repository, String... words) {
        Map<String, String> other = new java.util.HashMap<>(environment);
        other.put("VARVE_REPO", temp.resolve(repository).toString());
        return CommandRun.of(other, words);
    }

    private void apply() {
        CommandRun run = varve("tier", "apply", "--grace", "0", "--unused-for", "0");
        assertEquals(0, run.code(), run.err());
        assertTrue(run.out().contains("cold: copied: "), run.out());
    }

    private void assertImage(String repository, String target) throws IOException {
        CommandRun image = varveIn(
                repository,
                "image",
                "2024-05-01",
                "--host",
                "web",
                "--output",
                temp.resolve(target).toString());
        assertEquals(0, image.code(), image.err());
        assertArrayEquals(content, Files.readAllBytes(temp.resolve(target)));
    }

    private long packs(String place) throws IOException {
        try (Stream<Path> files = Files.walk(temp.resolve(place).resolve("packs"))) {
            return files.filter(Files::isRegularFile).count();
        }
    }

    private void delete(String place) throws IOException {
        try (Stream<Path> files = Files.walk(temp.resolve(place))) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    @Test
    void oldDataGoesAndComesBackWhenItIsRead() throws IOException {
        long before = packs("hot");
        CommandRun dry = varve("tier", "apply", "--dry-run");
        assertEquals(0, dry.code(), dry.err());
        assertTrue(dry.out().contains("would be copied: "), dry.out());
        assertEquals(before, packs("hot"));
        apply();
        assertTrue(packs("hot") < before, "data left");
        assertImage("hot", "back.img");
        CommandRun list = varve("tier", "list");
        assertEquals(3, list.out().lines().count(), list.out());
        assertTrue(varve("tier", "list", "--json").out().contains("\"tier\":\"cold\""));
        CommandRun check = varve("check", "--read-data");
        assertEquals(0, check.code(), check.err());
    }

    @Test
    void theColdTierAloneIsReadLikeARepositoryAndOnlyRead() throws IOException {
        apply();
        delete("hot");
        assertImage("cold", "back.img");
        CommandRun refused = varveIn("cold", "tag", "add", "--host", "web", "2024-05-01", "x");
        assertEquals(1, refused.code());
        assertTrue(refused.err().contains("is the cold tier of a repository and is only read"), refused.err());
        assertEquals(1, refused.err().lines().count(), refused.err());
    }

    @Test
    void aNewHotTierIsMadeOfAColdOne() throws IOException {
        apply();
        delete("hot");
        CommandRun refused =
                varveIn("new", "init", "--cold", temp.resolve("cold").toString());
        assertEquals(1, refused.code());
        assertTrue(refused.err().contains("--take-over"), refused.err());
        CommandRun init = varveIn(
                "new", "init", "--take-over", "--cold", temp.resolve("cold").toString());
        assertEquals(0, init.code(), init.err());
        assertTrue(init.out().contains("again, with 1 snapshot whose data lies in"), init.out());
        assertImage("new", "back.img");
        CommandRun backup = varveIn(
                "new",
                "backup",
                "--raw",
                "--host",
                "web",
                temp.resolve("disk.img").toString());
        assertEquals(0, backup.code(), backup.err());
        CommandRun tiers = varveIn("new", "tier", "apply");
        assertEquals(0, tiers.code(), tiers.err());
    }

    @Test
    void anOldHotTierLeavesAloneWhatANewOneTookOver() throws IOException {
        apply();
        assertEquals(
                0,
                varveIn(
                                "new",
                                "init",
                                "--take-over",
                                "--cold",
                                temp.resolve("cold").toString())
                        .code());
        for (List<String> words : List.of(List.of("prune", "--grace", "0"), List.of("tier", "apply"))) {
            CommandRun old = varve(words.toArray(String[]::new));
            assertEquals(3, old.code(), old.err());
            assertTrue(old.err().contains("belongs to another repository by now"), old.err());
        }
        assertImage("new", "back.img");
        CommandRun removed = varve("tier", "remove", "--force", "cold");
        assertEquals(0, removed.code(), removed.err());
        assertEquals(2, varve("init", "--take-over").code());
    }

    @Test
    void whatIsRecalledIsHotAndStays() throws IOException {
        apply();
        CommandRun plan = varve("recall", "--host", "web", "--plan", "--json", "2024-05-01");
        assertEquals(0, plan.code(), plan.err());
        assertTrue(plan.out().contains("{\"tier\":\"cold\",\"bytes\":3000000"), plan.out());
        CommandRun recall = varve("recall", "--host", "web", "2024-05-01");
        assertEquals(0, recall.code(), recall.err());
        assertTrue(recall.out().contains("brought 2.86 MiB into the hot tier"), recall.out());
        CommandRun again = varve("tier", "apply", "--grace", "0");
        assertEquals(0, again.code(), again.err());
        Files.move(temp.resolve("cold"), temp.resolve("taken"));
        assertImage("hot", "back.img");
    }

    @Test
    void wrongUseIsOneLine() {
        for (List<String> words : List.of(
                List.of("tier", "add", "Cold!", temp.resolve("x").toString()),
                List.of("tier", "add", "hot", temp.resolve("x").toString()),
                List.of("tier", "add", "cold", temp.resolve("x").toString()),
                List.of("tier", "add", "other", temp.resolve("cold").toString()),
                List.of("tier", "add", "other", temp.resolve("hot").toString()),
                List.of("tier", "add", "other", temp.toString()),
                List.of("tier", "apply", "nowhere"),
                List.of("tier", "remove", "nowhere"))) {
            CommandRun run = varve(words.toArray(String[]::new));
            assertEquals(1, run.code(), words + run.err());
            assertEquals(1, run.err().lines().count(), run.err());
            assertTrue(run.err().startsWith("varve: "), run.err());
        }
        assertEquals(2, varve("tier").code());
        assertEquals(2, varve("tier", "apply", "--nice", "20").code());
        assertEquals(2, varve("tier", "apply", "--older-than", "soon").code());
        assertEquals(2, varve("tier", "apply", "--limit", "much").code());
        assertFalse(Files.exists(temp.resolve("x").resolve("config")));
    }

    @Test
    void aTierThatIsAwayIsNamedAndTheRestGoesOn() throws IOException {
        apply();
        Files.move(temp.resolve("cold"), temp.resolve("taken"));
        CommandRun list = varve("tier", "list");
        assertEquals(3, list.code());
        assertEquals(1, list.err().lines().count(), list.err());
        assertEquals(0, varve("snapshots").code());
        CommandRun image = varve(
                "image",
                "2024-05-01",
                "--host",
                "web",
                "--output",
                temp.resolve("no.img").toString());
        assertEquals(1, image.code());
        assertEquals(1, image.err().lines().count(), image.err());
        assertTrue(image.err().contains("tier cold"), image.err());
        CommandRun apply = varve("tier", "apply");
        assertEquals(3, apply.code(), apply.out());
        CommandRun check = varve("check");
        assertEquals(3, check.code(), check.err());
        assertTrue(check.out().contains("no damage in what could be reached"), check.out());
        CommandRun prune = varve("prune");
        assertEquals(3, prune.code());
        assertFalse(prune.err().contains("that no pack holds"), prune.err());
        Files.move(temp.resolve("taken"), temp.resolve("cold"));
        assertImage("hot", "back.img");
    }
}
