package dev.varve.cli;

import dev.varve.crypto.KeyDerivation;
import dev.varve.model.RefusedException;
import dev.varve.repository.Repository;
import dev.varve.repository.RepositoryLocation;
import dev.varve.repository.RepositoryOptions;
import dev.varve.repository.TierAdoption;
import dev.varve.repository.TierRecord;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code varve init}. */
@Command(
        name = "init",
        description = "Make a repository in an empty or new place.",
        footer = {
            "",
            "Without the password the backups are lost: keep a copy of it elsewhere.",
            "",
            "  varve init --repo /mnt/backup/varve",
            "  varve init --repo sftp://backup@vault.example/srv/varve",
            "  varve init --repo s3://bucket/varve",
            "  varve init --hot /mnt/backup/varve --cold s3://bucket/varve-cold",
            "  VARVE_PASSWORD_FILE=/root/varve.password varve init --repo /mnt/backup/varve"
        })
final class InitCommand implements Callable<Integer> {
    private final CliContext context;

    @Mixin
    private RepositoryOption repository;

    @Option(
            names = "--unencrypted",
            description = "No password: whoever can read the directory can read every backup in it.")
    private boolean unencrypted;

    @Option(
            names = "--take-over",
            description = "With --cold, the tier of a repository that is lost: make a new repository of it.")
    private boolean takeOver;

    @Option(names = "--cold", paramLabel = "PLACE", description = "Add a cold tier, called cold, there.")
    private String cold;

    @Spec
    private CommandSpec spec;

    InitCommand(CliContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws IOException {
        RepositoryLocation location = repository.location(context);
        if (takeOver || cold != null && isTier()) {
            return adopt(location);
        }
        if (unencrypted) {
            create(location, null);
            context.terminal()
                    .error("warning: not encrypted: whoever can read " + location.describe() + " can read its backups");
        } else {
            create(
                    location,
                    () -> PasswordSource.current(context)
                            .read("new password for the repository in " + location.describe(), true));
        }
        return ErrorReport.DONE;
    }

    private boolean isTier() throws IOException {
        return RepositoryLocation.parse(cold, context.variable("XDG_CACHE_HOME"))
                .isTier();
    }

    private int adopt(RepositoryLocation location) throws IOException {
        if (!takeOver) {
            throw new RefusedException(
                    cold + " is the cold tier of a repository; if that is lost for good, make a new one"
                            + " of the tier with --take-over");
        }
        if (cold == null || !isTier()) {
            throw new ParameterException(
                    spec.commandLine(), "--take-over needs --cold with the tier of a lost repository");
        }
        if (unencrypted) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--unencrypted makes a new repository; " + cold + " is a tier of one that is lost");
        }
        RepositoryLocation tier = RepositoryLocation.parse(cold, context.variable("XDG_CACHE_HOME"));
        try (Repository lost = tier.open(
                        () -> PasswordSource.current(context)
                                .read("password of the repository whose cold tier is " + tier.describe(), false),
                        RepositoryOptions.defaults());
                ProgressLine line = ProgressLine.start(context, () -> "copying metadata from " + tier.describe())) {
            List<String> problems;
            try (TierAdoption adoption = lost.adoption(tier, location)) {
                problems = adoption.run(TierCommand.address(cold), Instant.now());
            }
            problems.forEach(context.terminal()::error);
            int snapshots = lost.manifests().list().size();
            context.terminal()
                    .line("made repository " + lost.config().id().toHex() + " in " + location.describe()
                            + " again, with " + Sizes.count(snapshots, "snapshot") + " whose data lies in "
                            + tier.describe());
            return problems.isEmpty() ? ErrorReport.DONE : ErrorReport.INCOMPLETE;
        }
    }

    private void create(RepositoryLocation location, RepositoryLocation.Passwords passwords) throws IOException {
        try (Repository made = location.create(passwords, KeyDerivation.DEFAULT)) {
            if (cold != null) {
                made.tierChanges()
                        .add("cold", TierCommand.address(cold), TierRecord.DEFAULT_CACHE_BYTES, Instant.now());
            }
            boolean reserved = made.directory() == null || made.reserve().restore();
            if (!reserved) {
                context.terminal()
                        .error("warning: no room in " + location.describe()
                                + " for a reserve of 32 MiB, by which old backups could be removed from a full disk");
            }
            context.terminal()
                    .line("made repository " + made.config().id().toHex() + " in " + location.describe()
                            + (passwords == null ? ", not encrypted" : ""));
        }
    }
}
