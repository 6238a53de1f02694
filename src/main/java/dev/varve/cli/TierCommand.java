package dev.varve.cli;

import dev.varve.backend.location.BackendLocation;
import dev.varve.model.BackendException;
import dev.varve.model.NotFoundException;
import dev.varve.model.RefusedException;
import dev.varve.repository.PackAccess;
import dev.varve.repository.Repository;
import dev.varve.repository.TierRecord;
import dev.varve.tiering.TierRemoval;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code varve tier} and its parts. */
@Command(
        name = "tier",
        description = {
            "Cold tiers: places for old data and a second copy of all.",
            "A cold tier alone, with the password, can be mounted and restored from like a repository."
        },
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            TierCommand.Add.class,
            TierCommand.ListTiers.class,
            TierCommand.Remove.class,
            TierApplyCommand.class
        },
        footer = {
            "",
            "  varve tier add vault sftp://backup@vault.example/srv/varve-cold",
            "  varve tier apply",
            "  varve tier list"
        })
final class TierCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Say add, list, remove or apply");
    }

    /** @throws NotFoundException naming what there is */
    static TierRecord find(Repository repository, String name) throws NotFoundException {
        List<TierRecord> tiers = repository.tiers();
        for (TierRecord tier : tiers) {
            if (tier.name().equals(name)) {
                return tier;
            }
        }
        throw new NotFoundException("no tier " + name + " in this repository"
                + (tiers.isEmpty()
                        ? "; add one with varve tier add"
                        : "; tiers: "
                                + String.join(
                                        ", ",
                                        tiers.stream().map(TierRecord::name).toList())));
    }

    /** An address as it is kept: it must mean the same wherever varve is called. */
    static String address(String word) throws RefusedException {
        Path directory = BackendLocation.parse(word).directory();
        return directory == null ? word : directory.toAbsolutePath().normalize().toString();
    }

    /** A size of a command line, as wrong usage if it is none. */
    static long size(CommandSpec spec, String option, String word) {
        try {
            return SizeArgument.parse(word);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), option + ": " + e.getMessage(), e);
        }
    }

    /** {@code varve tier add}. */
    @Command(
            name = "add",
            description = "Add a cold tier in an empty or new place. Data goes there with varve tier apply.")
    static final class Add implements Callable<Integer> {
        private final CliContext context;

        @Mixin
        private RepositoryOption repository;

        @Parameters(index = "0", paramLabel = "NAME", description = "What to call it, such as vault.")
        private String name;

        @Parameters(
                index = "1",
                paramLabel = "PLACE",
                description = "A directory, sftp://user@host/path or s3://bucket/prefix.")
        private String place;

        @Option(
                names = "--cache",
                paramLabel = "SIZE",
                defaultValue = "10G",
                description = "Local disk for what was read of it (${DEFAULT-VALUE}).")
        private String cache;

        @Spec
        private CommandSpec spec;

        Add(CliContext context) {
            this.context = context;
        }

        @Override
        public Integer call() throws IOException {
            long cacheBytes = size(spec, "--cache", cache);
            try (Repository opened = repository.open(context)) {
                TierRecord tier = opened.tierChanges().add(name, address(place), cacheBytes, Instant.now());
                context.terminal().line("added tier " + tier.name() + "; fill it with varve tier apply");
            }
            return ErrorReport.DONE;
        }
    }

    /** {@code varve tier list}. */
    @Command(name = "list", description = "Show the tiers, what is stored in each, and whether it can be reached.")
    static final class ListTiers implements Callable<Integer> {
        private final CliContext context;

        @Mixin
        private RepositoryOption repository;

        @Option(names = "--json", description = "As a JSON array.")
        private boolean json;

        ListTiers(CliContext context) {
            this.context = context;
        }

        @Override
        public Integer call() throws IOException {
            try (Repository opened = repository.open(context)) {
                boolean complete = true;
                JsonWriter writer = json ? new JsonWriter(context.terminal()).beginArray() : null;
                List<String[]> rows = new ArrayList<>();
                rows.add(new String[] {"TIER", "PACKS", "STORED", "CACHE", "PLACE"});
                for (PackAccess tier : opened.packsOfTiers()) {
                    TierRecord record = tier.isHot() ? null : find(opened, tier.tier());
                    String place = record == null ? opened.describe() : record.address();
                    long packs = -1;
                    long bytes = -1;
                    try {
                        packs = tier.sizes().size();
                        bytes = tier.sizes().values().stream()
                                .mapToLong(Long::longValue)
                                .sum();
                    } catch (BackendException e) {
                        context.terminal().error(e.getMessage());
                        complete = false;
                    }
                    if (json) {
                        writer.beginObject()
                                .member("tier", tier.tier())
                                .member("place", place)
                                .member("reachable", packs >= 0)
                                .member("packs", packs)
                                .member("bytes", bytes)
                                .member("cacheBytes", record == null ? 0 : record.cacheBytes())
                                .endObject();
                    } else {
                        rows.add(new String[] {
                            tier.tier(),
                            packs < 0 ? "?" : Long.toString(packs),
                            bytes < 0 ? "?" : Sizes.bytes(bytes),
                            record == null ? "-" : Sizes.bytes(record.cacheBytes()),
                            place
                        });
                    }
                }
                if (json) {
                    writer.endArray().finish();
                } else {
                    Table.print(rows, context.terminal(), 1, 2, 3);
                }
                return complete ? ErrorReport.DONE : ErrorReport.INCOMPLETE;
            }
        }
    }

    /** {@code varve tier remove}. */
    @Command(
            name = "remove",
            description =
                    "Take a cold tier out of the repository. What lies there stays there, and can be mounted by itself.")
    static final class Remove implements Callable<Integer> {
        private final CliContext context;

        @Mixin
        private RepositoryOption repository;

        @Parameters(paramLabel = "NAME", description = "The tier.")
        private String name;

        @Option(names = "--force", description = "Also if snapshots have data that lies only there.")
        private boolean force;

        Remove(CliContext context) {
            this.context = context;
        }

        @Override
        public Integer call() throws IOException {
            try (Repository opened = repository.open(context)) {
                new TierRemoval(opened, find(opened, name)).run(force);
                context.terminal().line("removed tier " + name);
            }
            return ErrorReport.DONE;
        }
    }
}
